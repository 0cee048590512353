#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""mountplan run on real mounts, in namespaces of its own: as who runs the tests and, when that is root, as uid 65534 too.

Skipped (77) where the system allows no such namespaces."""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

MOUNTPLAN = os.environ["MOUNTPLAN"]
LIBRARY = os.environ["MOUNTPLAN_LIBRARY"]
NOBODY = 65534
# What a shell needs, wherever this system keeps it.
SYSTEM = []
for directory in ("/usr", "/bin", "/lib", "/lib64"):
    if os.path.islink(directory):
        SYSTEM += ["--symlink", os.readlink(directory), directory]
    elif os.path.isdir(directory):
        SYSTEM += ["--ro-bind", directory, directory]


class Run(unittest.TestCase):
    command = MOUNTPLAN
    identity = {}

    def run_command(self, *words, fds=(), **options):
        words = [self.command, "run", *SYSTEM, *words]
        return subprocess.run(words, capture_output=True, text=True, pass_fds=fds, **self.identity, **options)

    def output(self, *words, **options):
        result = self.run_command(*words, **options)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return result.stdout

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name
        os.chmod(self.directory, 0o777)

    def file(self, name, text):
        path = os.path.join(self.directory, name)
        with open(path, "w") as file:
            file.write(text)
        os.chmod(path, 0o666)
        return path

    # Modifiers of the library

    def test_attributes_flags_and_moves(self):
        words = ["--flags", "subset=pid", "--new-proc", "/proc", "--unshare-pid", "--inodes", "7", "--attrs", "noexec", "--tmpfs", "/t",
                 "--bind", self.directory, "/m", "--move", "/m", "/n", "--tmpfs", "/w", "--unmount", "/w", "--attrs", "noexec",
                 "--ro-bind", self.directory, "/l"]
        mounts = {line.split()[1]: line.split()[3].split(",")
                  for line in self.output(*words, "cat", "/proc/self/mounts").splitlines()}
        self.assertIn("subset=pid", mounts["/proc"])
        self.assertLessEqual({"noexec", "nr_inodes=7"}, set(mounts["/t"]))
        self.assertIn("/n", mounts)
        self.assertNotIn("/m", mounts)
        self.assertNotIn("/w", mounts)
        self.assertLessEqual({"ro", "noexec"}, set(mounts["/l"]))

    def test_a_path_beneath_is_bound(self):
        self.file("inside", "text")
        self.assertEqual(self.output("--beneath", "inside", "--ro-bind", self.directory, "/l", "cat", "/l"), "text")

    def test_a_path_beneath_is_not_looked_for_outside(self):
        os.symlink("/usr", os.path.join(self.directory, "link"))
        result = self.run_command("--beneath", "link", "--ro-bind", self.directory, "/l", "true")
        self.assertEqual(result.returncode, 125)
        self.assertIn("No such file", result.stderr)

    def test_a_bind_alone_takes_nothing_along(self):
        self.assertEqual(self.output("--flags", "alone", "--bind", self.directory, "/m", "ls", "/m"), "")
        result = self.run_command("--flags", "alone", "--bind", "/", "/m", "true")
        self.assertEqual(result.returncode, 125)
        self.assertIn("is mounted below /", result.stderr)

    def test_id_map_shows_other_owners_and_leaves_no_process(self):
        if os.geteuid() != 0 or self.identity:
            self.skipTest("ids of others need privilege")
        with open(MOUNTPLAN, "rb") as program:
            if b"__tsan_init" in program.read():
                self.skipTest("ThreadSanitizer has a thread of its own in every process, which can enter no user namespace then")
        path = self.file("owned", "")
        os.chown(path, 0, 0)
        result = self.run_command("--idmap", "b:0:1234:1", "--ro-bind", self.directory, "/m", "stat", "-c", "%u", "/m/owned")
        if "mount_setattr" in result.stderr:
            self.skipTest("this file system or kernel has no id maps")
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "1234\n", ""))

    # OCI configurations

    # What `runc spec` writes, or with --rootless.
    def bundle(self, rootless):
        root = os.path.join(self.directory, "rootfs")
        for directory in ("proc", "dev", "sys", "etc"):
            os.makedirs(os.path.join(root, directory))
        tmpfs = ["nosuid", "noexec", "nodev"]
        mounts = [("/proc", "proc", "proc", None), ("/dev", "tmpfs", "tmpfs", ["nosuid", "strictatime", "mode=755", "size=65536k"]),
                  ("/dev/pts", "devpts", "devpts", ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"] + ([] if rootless else ["gid=5"])),
                  ("/dev/shm", "tmpfs", "shm", tmpfs + ["mode=1777", "size=65536k"]), ("/dev/mqueue", "mqueue", "mqueue", tmpfs),
                  ("/sys", "none", "/sys", ["rbind"] + tmpfs + ["ro"]) if rootless else ("/sys", "sysfs", "sysfs", tmpfs + ["ro"]),
                  ("/sys/fs/cgroup", "cgroup", "cgroup", tmpfs + ["relatime", "ro"])]
        mounts = [dict(zip(("destination", "type", "source", "options"), mount)) for mount in mounts]
        # The programs of this system, which the root of a real bundle has.
        mounts += [{"destination": path, "type": "bind", "source": os.path.realpath(path), "options": ["rbind", "ro"]}
                   for path in ("/usr", "/bin", "/lib", "/lib64") if os.path.isdir(path)]
        linux = {"maskedPaths": ["/proc/acpi", "/proc/kcore", "/proc/keys", "/sys/firmware"],
                 "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"], "namespaces": []}
        config = {"ociVersion": "1.0.2", "process": {}, "root": {"path": "rootfs", "readonly": True}, "mounts": mounts, "linux": linux}
        for directory, _, _ in os.walk(root):
            os.chmod(directory, 0o777)
        return self.file("config.json", json.dumps(config))

    def run_oci(self, config, *words):
        return subprocess.run([self.command, "run", "--unshare-pid", "--unshare-ipc", "--oci", config, *words], capture_output=True, text=True,
                              **self.identity)

    def test_the_configuration_of_runc_spec(self):
        rootless = bool(self.identity) or os.geteuid() != 0
        config = self.bundle(rootless)
        result = self.run_oci(config, "--", "/bin/sh", "-c", "cat /proc/self/mounts; echo >/dev/null; ! touch /etc/x 2>/dev/null")
        self.assertEqual(result.returncode, 0, result.stderr)
        mounts = {line.split()[1]: line.split()[2:4] for line in result.stdout.splitlines()}
        self.assertIn("ro", mounts["/"][1].split(","))
        self.assertIn("ro", mounts["/proc/sys"][1].split(","))
        self.assertEqual([mounts[path][0] for path in ("/proc", "/dev", "/dev/pts", "/dev/shm", "/dev/mqueue", "/sys")],
                         ["proc", "tmpfs", "devpts", "tmpfs", "mqueue", "sysfs"])
        self.assertIn("the read-only cgroup at /sys/fs/cgroup is left out", result.stderr)
        self.assertEqual("gid=5 is left out" in result.stderr, not rootless)

    def test_read_only_paths_of_a_writable_root(self):
        config = self.bundle(True)
        with open(config) as file:
            parts = json.load(file)
        parts["root"]["readonly"] = False
        parts["linux"]["readonlyPaths"] = ["/dev/shm", "/proc/sys"]
        parts["linux"]["maskedPaths"] = ["/proc/sys/kernel"]
        config = self.file("config.json", json.dumps(parts))
        result = self.run_oci(config, "--", "/bin/sh", "-c", "touch /here && ! touch /dev/shm/x 2>/dev/null && ls /proc/sys && ls /proc/sys/kernel | wc -l")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stdout.splitlines()[-1], "0")

    # Exit codes

    def test_exit_code_is_that_of_the_command(self):
        self.assertEqual(self.run_command("sh", "-c", "exit 7").returncode, 7)

    def test_signal_is_128_and_its_number(self):
        self.assertEqual(self.run_command("sh", "-c", "kill -TERM $$").returncode, 128 + signal.SIGTERM)

    def test_command_that_is_not_there(self):
        result = self.run_command("no-such-command")
        self.assertEqual(result.returncode, 127)
        self.assertIn("No such file or directory", result.stderr)

    def test_command_that_is_not_executable(self):
        self.assertEqual(self.run_command("/usr").returncode, 126)

    def test_plan_that_fails_names_the_option_as_typed(self):
        result = self.run_command("--ro-bind", "/nowhere", "/a", "true")
        self.assertEqual(result.returncode, 125)
        self.assertIn("(--ro-bind /nowhere /a): ", result.stderr)
        self.assertIn("No such file or directory", result.stderr)

    # File system

    def test_read_only_bind_refuses_to_be_written(self):
        self.file("f", "old\n")
        result = self.run_command("--ro-bind", self.directory, "/x", "sh", "-c", "cat /x/f; echo new >/x/f")
        self.assertEqual(result.stdout, "old\n")
        self.assertIn("Read-only file system", result.stderr)

    def test_bind_is_written(self):
        path = self.file("f", "old\n")
        self.output("--bind", self.directory, "/x", "sh", "-c", "echo new >/x/f")
        with open(path) as file:
            self.assertEqual(file.read(), "new\n")

    def test_bind_of_what_is_missing_is_skipped_with_try(self):
        self.assertEqual(self.output("--bind-try", "/nowhere", "/x", "sh", "-c", "test -e /x || echo none"), "none\n")

    def test_old_root_is_gone(self):
        self.assertEqual(self.output("sh", "-c", f"test -e {self.directory} || echo gone"), "gone\n")

    def test_later_options_act_on_earlier_ones(self):
        self.assertEqual(self.output("--dir", "/a/old", "--tmpfs", "/a", "--dir", "/a/new", "ls", "/a"), "new\n")

    def test_permission_and_size_of_a_tmpfs(self):
        words = ("--perms", "1777", "--size", "65536", "--tmpfs", "/t")
        self.assertEqual(self.output(*words, "stat", "-c", "%a", "/t"), "1777\n")
        self.assertEqual(self.output(*words, "stat", "-f", "-c", "%b", "/t"), f"{65536 // os.sysconf('SC_PAGESIZE')}\n")

    def test_default_permissions_are_those_of_bubblewrap(self):
        with open(self.file("f", "x")) as file:
            fd = str(file.fileno())
            words = ("--dir", "/p/d", "--tmpfs", "/t", "--file", fd, "/f", "--ro-bind-data", fd, "/r", "--bind-data", fd, "/b")
            output = self.output(*words, "stat", "-c", "%a", "/p", "/p/d", "/t", "/f", "/r", "/b", fds=[file.fileno()])
        self.assertEqual(output.split(), ["755", "755", "755", "666", "600", "600"])

    def test_content_comes_from_a_pipe(self):
        self.assertEqual(self.output("--ro-bind-data", "0", "/f", "cat", "/f", input="text"), "text")

    def test_bind_from_a_descriptor(self):
        self.file("f", "x")
        fd = os.open(self.directory, os.O_PATH)
        self.addCleanup(os.close, fd)
        self.assertEqual(self.output("--ro-bind-fd", str(fd), "/d", "ls", "/d", fds=[fd]), "f\n")

    def test_last_layer_is_the_top_of_an_overlay(self):
        for layer in ("low", "high"):
            os.mkdir(os.path.join(self.directory, layer))
            self.file(f"{layer}/f", layer)
        layers = [word for layer in ("low", "high") for word in ("--overlay-src", os.path.join(self.directory, layer))]
        self.assertEqual(self.output(*layers, "--tmp-overlay", "/o", "sh", "-c", "cat /o/f; echo >/o/g"), "high")
        self.assertEqual(os.listdir(os.path.join(self.directory, "high")), ["f"])

    def test_mask_hides_files_and_directories(self):
        self.file("f", "secret")
        script = "cat /x/f; ls /x/d"
        os.mkdir(os.path.join(self.directory, "d"))
        self.file("d/g", "secret")
        words = ("--ro-bind", self.directory, "/x", "--mask", "/x/f", "--mask", "/x/d")
        self.assertEqual(self.output(*words, "sh", "-c", script), "")

    def test_target_that_is_a_link_is_followed_inside_the_root(self):
        words = ("--dir", "/real", "--symlink", "/real", "/link", "--tmpfs", "/link", "--dir", "/link/made")
        self.assertEqual(self.output(*words, "ls", "/real"), "made\n")

    # Namespaces and process

    def test_pid_namespace_has_a_proc_of_its_own(self):
        words = ("--unshare-pid", "--as-pid-1", "--proc", "/proc")
        self.assertEqual(self.output(*words, "sh", "-c", "echo $$ /proc/[0-9]*"), "1 /proc/1\n")

    def test_ids_in_a_user_namespace(self):
        self.assertEqual(self.output("--unshare-user", "--uid", "5", "--gid", "6", "sh", "-c", "id -u; id -g"), "5\n6\n")

    def test_host_name(self):
        self.assertEqual(self.output("--unshare-uts", "--hostname", "box", "uname", "-n"), "box\n")

    def test_a_plan_file_among_options(self):
        name = self.file("plan.json", '{"options": {"setenv": {"A": "b"}}, "ops": [{"op": "tmpfs", "target": "/tmp", "perms": "1777"}]}')
        self.assertEqual(self.output("--plan", name, "--dir", "/tmp/made", "sh", "-c", "echo $A; stat -c %a /tmp; ls /tmp"), "b\n1777\nmade\n")

    def test_unshare_all_with_proc_and_dev(self):
        words = ("--unshare-all", "--proc", "/proc", "--dev", "/dev")
        self.assertEqual(self.output(*words, "sh", "-c", "echo x >/dev/null; echo ok"), "ok\n")

    def test_environment_is_changed_in_order(self):
        words = ("--setenv", "GONE", "1", "--clearenv", "--setenv", "A", "b c", "--setenv", "B", "1", "--unsetenv", "B")
        self.assertEqual(sorted(self.output(*words, "env").splitlines()), ["A=b c", "PWD=/"])

    def test_working_directory_is_kept_where_it_exists(self):
        self.assertEqual(self.output("pwd", cwd="/usr/lib"), "/usr/lib\n")

    def test_working_directory_falls_back_to_home_and_root(self):
        environment = dict(os.environ, HOME="/usr")
        self.assertEqual(self.output("sh", "-c", "pwd; echo $PWD", cwd=self.directory, env=environment), "/usr\n/usr\n")
        environment["HOME"] = "/nowhere"
        self.assertEqual(self.output("sh", "-c", "pwd", cwd=self.directory, env=environment), "/\n")

    def test_working_directory_that_was_asked_for_must_exist(self):
        result = self.run_command("--chdir", "/nowhere", "true")
        self.assertEqual(result.returncode, 125)
        self.assertIn("chdir /nowhere: No such file or directory", result.stderr)

    def test_capabilities_are_kept_and_dropped_in_order(self):
        words = ("--unshare-user", "--unshare-pid", "--proc", "/proc", "--cap-drop", "ALL", "--cap-add", "CAP_NET_ADMIN")
        self.assertIn(f"{1 << 12:016x}", self.output(*words, "grep", "CapEff", "/proc/self/status"))

    def test_no_new_privileges(self):
        words = ("--unshare-pid", "--proc", "/proc")
        self.assertEqual(self.output(*words, "grep", "NoNewPrivs", "/proc/self/status").split(), ["NoNewPrivs:", "1"])

    def test_descriptors_are_closed_unless_kept(self):
        with open(self.file("f", "kept")) as file:
            fd = file.fileno()
            self.assertNotEqual(self.run_command("sh", "-c", f"cat <&{fd}", fds=[fd]).returncode, 0)
            self.assertEqual(self.output("--keep-fd", str(fd), "sh", "-c", f"cat <&{fd}", fds=[fd]), "kept")

    def test_arguments_from_a_descriptor(self):
        with open(self.file("args", "--setenv\0A\0b c\0")) as file:
            fd = file.fileno()
            self.assertEqual(self.output("--args", str(fd), "sh", "-c", "echo $A", fds=[fd]), "b c\n")

    def test_verbose_tells_each_step(self):
        result = self.run_command("--verbose", "--dir", "/marker", "true")
        self.assertEqual(result.returncode, 0)
        self.assertIn('mkdirat(', result.stderr)
        self.assertIn('"marker"', result.stderr)


@unittest.skipUnless(os.geteuid() == 0, "these are the identity of the tests already")
class RunUnprivileged(Run):
    identity = {"user": NOBODY, "group": NOBODY, "extra_groups": []}

    @classmethod
    def setUpClass(cls):
        # The build may be in a place only root can look into.
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        os.chmod(directory.name, 0o755)
        cls.command = shutil.copy(MOUNTPLAN, directory.name)
        shutil.copy(LIBRARY, directory.name)
        os.environ["LD_LIBRARY_PATH"] = directory.name


if __name__ == "__main__":
    probe = ["unshare", "--mount", "true"] if os.geteuid() == 0 else ["unshare", "--user", "--mount", "true"]
    if subprocess.run(probe, capture_output=True).returncode != 0 and "MOUNTPLAN_REQUIRE_LIVE" not in os.environ:
        print("no namespaces to be had here")
        sys.exit(77)
    unittest.main()
