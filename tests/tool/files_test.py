#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the mountplan command reads from files, and writes as such: plan files, OCI configurations, convert. Nothing here mounts."""
import json
import os
import tempfile
import unittest

from command_test import run


class PlanFiles(unittest.TestCase):
    def file(self, text):
        file = tempfile.NamedTemporaryFile("w", suffix=".json")
        file.write(text)
        file.flush()
        self.addCleanup(file.close)
        return file.name

    def test_the_document_shows_one_that_is_right(self):
        with open(os.path.join(os.path.dirname(__file__), "../../docs/plan-files.md")) as file:
            document = file.read()
        shown = document.split("```json\n")[1].split("```")[0]
        result = run("check", "--plan", self.file(shown))
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, b"", b""))

    def test_an_error_tells_file_line_column_and_pointer(self):
        name = self.file('{"ops": [\n  {"op": "tmpfs", "target": "/a", "perms": 5}]}')
        result = run("check", "--plan", name)
        self.assertEqual(result.returncode, 1)
        self.assertEqual(result.stderr.decode(), f"mountplan: {name}:2:44: /ops/0/perms: must be a string, not a number\n")

    def test_what_an_option_refuses_is_told_with_its_place(self):
        name = self.file('{"ops": [{"op": "tmpfs", "target": "/a", "size": 0}]}')
        self.assertIn(f"{name}:1:50: /ops/0/size: --size: BYTES must be", run("check", "--plan", name).stderr.decode())

    def test_what_the_library_refuses_is_told_with_the_place_of_the_op(self):
        name = self.file('{"ops": [{"op": "dir", "target": "/a"}, {"op": "tmpfs", "target": "/a/../b", "perms": "700"}]}')
        message = run("check", "--plan", name).stderr.decode()
        self.assertTrue(message.startswith(f"mountplan: {name}:1:41: /ops/1: op 1 (--perms 700 --tmpfs /a/../b): "), message)
        message = run("explain", "--plan", name).stderr.decode()
        self.assertTrue(message.startswith(f"mountplan: op 1 ({name}:1:41: /ops/1: --perms 700 --tmpfs /a/../b): "), message)

    def test_check_tells_everything_that_is_wrong_with_each_file(self):
        first = self.file('{"ops": [\n{"op": "mask", "target": "/a/b"},\n{"op": "tmpfs", "target": "/a", "size": "no"},\n'
                          '{"op": "dir", "target": "b"},\n{"op": "ro-overlay", "target": "/c"},\n{"op": "symlink", "source": "x", "target": "/"}]}')
        second = self.file("[]")
        right = self.file('{"ops": []}')
        result = run("check", first, right, second, "/nowhere")
        self.assertEqual((result.returncode, result.stdout), (1, b""))
        told = [line.split(": ")[1] for line in result.stderr.decode().splitlines() if line.startswith("mountplan: ")]
        self.assertEqual(told, [f"{first}:3:41", f"{first}:4:1", f"{first}:5:1", f"{first}:6:1", f"{second}:1:1", "--plan"])
        self.assertEqual(run("check", right).returncode, 0)
        self.assertEqual(run("check", "--no-such-option", right).returncode, 2)

    def test_contradictions_are_all_found(self):
        name = self.file('{"ops": [{"op": "mask", "target": "/a/b"}, {"op": "mask", "target": "/a/c"},\n{"op": "tmpfs", "target": "/a"}]}')
        lines = run("check", name).stderr.decode().splitlines()
        self.assertEqual([line[:len(f"mountplan: {name}:1:10")] for line in lines], [f"mountplan: {name}:1:10", f"mountplan: {name}:1:44"])
        self.assertIn('op 2 tmpfs "/a" would cover it', lines[1])

    def test_standard_input(self):
        self.assertIn(b"standard input:1:1", run("check", "--plan", "-", input=b"[]").stderr)
        self.assertIn(b"standard input:1:1", run("check", "-", input=b"[]").stderr)

    def test_a_missing_file(self):
        self.assertEqual(run("check", "--plan", "/nowhere").stderr, b"mountplan: --plan: cannot open /nowhere: No such file or directory\n")

    def test_options_become_a_plan_file_and_the_same_options_again(self):
        words = ["--unshare-pid", "--setenv", "A", "b c", "--setenv", "D", "", "--cap-add", "ALL", "--cap-add", "CAP_KILL", "--perms", "0700",
                 "--size", "4096", "--tmpfs", "/t", "--overlay-src", "/a", "--overlay-src", "/b", "--tmp-overlay", "/o", "--bind-fd", "0", "/d"]
        plan = run("convert", "-J", *words)
        self.assertEqual((plan.returncode, plan.stderr), (0, b""))
        again = run("convert", "--plan", self.file(plan.stdout.decode()))
        direct = run("convert", *words)
        self.assertEqual(again.stdout, direct.stdout)
        self.assertEqual(direct.stdout.decode().splitlines()[1:3], ["--setenv A 'b c'", "--setenv D ''"])

    def test_an_order_that_a_plan_file_can_not_have_is_refused(self):
        result = run("convert", "-J", "--setenv", "A", "b", "--clearenv", "--setenv", "C", "d")
        self.assertEqual((result.returncode, result.stdout), (2, b""))
        self.assertIn(b"can not hold these options in this order", result.stderr)

    def test_text_that_is_no_utf_8_is_refused(self):
        result = run("convert", "-J", "--dir", b"/\xff")
        self.assertEqual((result.returncode, result.stdout), (2, b""))


class OciFiles(unittest.TestCase):
    def config(self, **parts):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        path = os.path.join(directory.name, "config.json")
        with open(path, "w") as file:
            json.dump({"ociVersion": "1.0.2", "root": {"path": "rootfs"}, **parts}, file)
        return path

    def options(self, *words, expected="--dev-bind rootfs /", **parts):
        path = self.config(**parts)
        result = run("convert", *words, "--oci", path)
        self.assertEqual((result.returncode, result.stderr), (0, b""))
        lines = result.stdout.decode().replace(os.path.dirname(path) + "/", "").splitlines()
        self.assertEqual(lines[0], expected)
        return lines[1:]

    def refusal(self, **parts):
        path = self.config(**parts)
        result = run("check", path)
        self.assertEqual(result.returncode, 1)
        return [line.split(": ", 2)[2] for line in result.stderr.decode().splitlines()]

    def mount(self, **mount):
        return self.options(mounts=[mount])

    def test_binds(self):
        bind = {"destination": "/d", "type": "bind", "source": "s"}
        self.assertEqual(self.mount(**bind, options=["rbind"]), ["--dev-bind s /d"])
        self.assertEqual(self.mount(**bind, options=["bind"]), ["--flags alone", "--dev-bind s /d"])
        self.assertEqual(self.mount(**bind, options=["rbind", "ro", "nodev", "nosuid"]), ["--ro-bind s /d"])
        self.assertEqual(self.mount(**bind, options=["rbind", "rro", "rnoexec"]), ["--attrs ro,noexec", "--dev-bind s /d"])
        self.assertEqual(self.mount(**bind, options=["rbind", "ro", "rw", "nodev", "rprivate"]), ["--bind s /d"])
        self.assertEqual(self.mount(destination="/d", type="none", source="/s", options=["rbind"]), ["--dev-bind /s /d"])
        mapping = [{"containerID": 0, "hostID": 5, "size": 2}]
        self.assertEqual(self.mount(**bind, options=["rbind", "ridmap"], uidMappings=mapping, gidMappings=mapping),
                         ["--idmap 'u:0:5:2 g:0:5:2'", "--dev-bind s /d"])

    def test_file_systems(self):
        self.assertEqual(self.mount(destination="/t", type="tmpfs", options=["mode=1777", "size=64k", "nr_inodes=1k", "dev", "noatime"]),
                         ["--perms 1777", "--size 65536", "--attrs dev,noatime", "--inodes 1024", "--tmpfs /t"])
        self.assertEqual(self.mount(destination="/p", type="proc", options=["hidepid=2", "subset=pid"]),
                         ["--flags hidepid=invisible,subset=pid", "--new-proc /p"])
        self.assertEqual(self.mount(destination="/o", type="overlay", options=["lowerdir=/b\\:c:/a", "upperdir=u", "workdir=w", "index=on"]),
                         ["--overlay-src /a", "--overlay-src /b:c", "--flags index", "--overlay u w /o"])
        self.assertEqual(self.mount(destination="/m", type="mqueue", options=["unbindable"]), ["--mqueue /m", "--propagation unbindable /m"])

    def test_read_only_and_masked_paths_and_root(self):
        mounts = [{"destination": "/proc", "type": "proc"}, {"destination": "/sys", "type": "sysfs"}, {"destination": "/t", "type": "tmpfs"},
                  {"destination": "/d", "type": "bind", "source": "/s", "options": ["rbind", "nodev", "noexec"]}]
        linux = {"maskedPaths": ["/proc/kcore"], "readonlyPaths": ["/proc/sys", "/t"], "rootfsPropagation": "runbindable"}
        self.assertEqual(self.options(mounts=mounts, linux=linux)[3:],
                         ["--tmpfs /t", "--attrs noexec", "--bind /s /d", "--attrs noexec", "--ro-bind-try /proc/sys /proc/sys", "--remount-ro /t",
                          "--mask /proc/kcore", "--propagation runbindable /"])
        self.assertEqual(self.options(root={"path": "rootfs", "readonly": True}), ["--remount-ro /"])

    def test_what_can_not_be_carried_out_is_named_with_its_place(self):
        told = self.refusal(mounts=[{"destination": "/a", "type": "nfs"}, {"destination": "/b", "type": "tmpfs", "options": ["sync", "sized=1"]},
                                    {"destination": "/c", "type": "bind", "source": "/", "options": ["rbind", "rslave", "rrw", "suid"]},
                                    {"type": "proc"}, {"destination": "/e", "type": "cgroup"}], linux={"readonlyPaths": ["/"]})
        self.assertEqual([line.split(": ")[0] for line in told],
                         ["/mounts/0/type", "/mounts/1/options/0", "/mounts/1/options/1", "/mounts/2/options/1", "/mounts/2/options/2",
                          "/mounts/2/options/3", "/mounts/3", "/mounts/4/type", "/linux/readonlyPaths/0"])
        self.assertIn("--oci-skip nfs leaves it out", told[0])

    def test_values_of_the_wrong_form_are_told_as_those_of_plan_files(self):
        told = self.refusal(mounts=[7, {"destination": 5}, {"type": "proc"}, {"destination": "/a\0b", "type": "tmpfs"}], linux={"maskedPaths": {}})
        self.assertEqual(told, ["/mounts/0: must be an object, not a number", "/mounts/1/destination: must be a string, not a number",
                                '/mounts/2: "destination" is missing', "/mounts/3/destination: has a NUL byte",
                                "/linux/maskedPaths: must be an array, not an object"])

    def test_read_only_paths_that_might_be_elsewhere_are_refused(self):
        proc = {"destination": "/proc", "type": "proc"}
        below = {"destination": "/proc/fs/x", "type": "tmpfs"}
        paths = ["/proc/1", "/proc/self/fd", "/proc/net", "/proc/fs", "/etc", "/var/run/x", "/proc/sys"]
        told = self.refusal(mounts=[proc, below], linux={"readonlyPaths": paths})
        self.assertEqual([line.split(": ")[0] for line in told], [f"/linux/readonlyPaths/{i}" for i in range(6)])
        self.refusal(mounts=[{**proc, "options": ["subset=pid"]}], linux={"readonlyPaths": ["/proc/sys"]})
        self.refusal(mounts=[{"destination": "/d", "type": "overlay", "options": ["lowerdir=/a"]}], linux={"readonlyPaths": ["/d/x"]})

    def test_paths_that_are_masked_and_read_only_are_masked(self):
        linux = {"maskedPaths": ["/proc/sys", "/proc/bus/x"], "readonlyPaths": ["/proc/sys", "/proc/bus"]}
        words = self.options(mounts=[{"destination": "/proc", "type": "proc"}], linux=linux)
        self.assertEqual(words[-2:], ["--mask /proc/sys", "--mask /proc/bus/x"])

    def test_what_holds_for_all_below_is_not_taken_off_by_a_plain_word(self):
        bind = {"destination": "/d", "type": "bind", "source": "/s"}
        self.assertEqual(self.mount(**bind, options=["rbind", "rro", "rnodev", "rw", "dev"]), ["--ro-bind /s /d"])

    def test_empty_paths_are_refused(self):
        self.refusal(root={"path": ""})
        self.refusal(mounts=[{"destination": "/d", "type": "overlay", "options": ["lowerdir=/a::/b"]}])

    def test_a_tmpfs_without_a_mode_is_open_to_all(self):
        self.assertEqual(self.mount(destination="/t", type="tmpfs"), ["--perms 1777", "--tmpfs /t"])

    def test_what_is_left_out_is_told(self):
        path = self.config(hostname="h", mounts=[{"destination": "/a", "type": "nfs"}, {"destination": "/c", "type": "cgroup", "options": ["ro"]},
                                                 {"destination": "/b", "type": "tmpfs", "options": ["sync"]}])
        result = run("convert", "--oci-skip", "nfs", "--oci-skip", "sync", "--oci", path)
        self.assertEqual(result.returncode, 0)
        self.assertEqual(result.stdout.decode().splitlines()[-1], "--tmpfs /b")
        notes = result.stderr.decode()
        for told in ("nfs is left out", "sync is left out", "the read-only cgroup at /c is left out", "not read, as it does not describe mounts: hostname"):
            self.assertIn(told, notes)

    def test_what_is_to_be_left_out_may_be_said_before_and_after(self):
        path = self.config(mounts=[{"destination": "/a", "type": "nfs"}, {"destination": "/b", "type": "tmpfs", "options": ["sync"]}])
        skip = ["--oci-skip", "nfs", "--oci-skip", "sync"]
        before = run("convert", *skip, "--oci", path, "--dir", "/c")
        self.assertEqual([line.split()[0] for line in before.stdout.decode().splitlines()], ["--dev-bind", "--perms", "--tmpfs", "--dir"])
        for words in (["--oci", path, *skip, "--dir", "/c"], ["--oci", path, "--dir", "/c", *skip],
                      ["--from", "options", *skip[:2], "--oci", path, "--", "--dir", "/c", *skip[2:]]):
            with self.subTest(words):
                after = run("convert", *words)
                self.assertEqual((after.returncode, after.stdout, after.stderr), (0, before.stdout, before.stderr))
        self.assertEqual(run("check", "--oci", path, *skip).returncode, 0)

    def test_the_place_of_a_configuration_between_options_counts(self):
        path = self.config()
        self.assertEqual(self.options("--attrs", "noexec", expected="--attrs noexec"), ["--dev-bind rootfs /"])
        for words in (["--dir", "/c", "--oci", path], ["--oci", path, "--oci", path]):
            with self.subTest(words):
                result = run("convert", *words)
                self.assertEqual(result.returncode, 2)
                self.assertIn(f"op 1 ({path}:".encode(), result.stderr)
                self.assertIn(b"an op at / must come first", result.stderr)

    def test_configurations_without_end_are_refused(self):
        path = self.config(mounts=[{"destination": f"/{i}", "type": "mqueue"} for i in range(20_000)])
        result = run("convert", *["--oci", path] * 5)
        self.assertEqual((result.returncode, result.stderr), (2, b"mountplan: --oci: more than 100000 arguments\n"))


class Convert(unittest.TestCase):
    PLAN = ["--dev-bind", "/", "/", "--attrs", "noexec", "--dev-bind", "/usr", "/tmp", "--perms", "1777", "--size", "4096", "--tmpfs", "/mnt",
            "--flags", "subset=pid", "--new-proc", "/proc", "--ro-bind", "/usr", "/media", "--mask", "/proc/kcore", "--remount-ro", "/"]

    def output(self, *words, **options):
        result = run(*words, **options)
        self.assertEqual((result.returncode, result.stderr), (0, b""))
        return result.stdout

    def file(self, content):
        file = tempfile.NamedTemporaryFile(suffix=".json")
        file.write(content)
        file.flush()
        self.addCleanup(file.close)
        return file.name

    def test_each_form_says_the_same_plan(self):
        options = self.output("convert", *self.PLAN)
        steps = self.output("explain", *self.PLAN)
        for form, option in (("json", "--plan"), ("oci", "--oci")):
            with self.subTest(form):
                file = self.file(self.output("convert", "--to", form, *self.PLAN))
                self.assertEqual(self.output("convert", file), options)
                self.assertEqual(self.output("convert", "--from", form, file), options)
                self.assertEqual(self.output("explain", option, file), steps)

    def test_options_of_bubblewrap_there_and_back(self):
        words = ["--unshare-pid", "--ro-bind", "/usr", "/usr", "--overlay-src", "/a", "--tmp-overlay", "/o", "--perms", "0700", "--dir", "/d"]
        file = self.file(self.output("convert", "--from", "bwrap", "--to", "json", "--", *words))
        self.assertEqual(self.output("convert", "--to", "bwrap", file).decode().split(), words)

    def test_the_command_of_bubblewrap_is_left_out_and_told(self):
        result = run("convert", "--from", "bwrap", "--", "--dir", "/d", "ls", "-l")
        self.assertEqual((result.returncode, result.stdout), (0, b"--dir /d\n"))
        self.assertEqual(result.stderr, b"mountplan: note: the command ls is left out: a plan has none\n")

    def test_relative_host_paths_are_those_of_the_working_directory(self):
        bind = {"destination": "/d", "type": "bind", "source": "data", "options": ["rbind"]}
        overlay = {"destination": "/o", "type": "overlay", "options": ["lowerdir=low"]}
        options = b"--dev-bind bundle/rootfs /\n--dev-bind bundle/data /d\n--overlay-src bundle/low\n--ro-overlay /o\n"
        with tempfile.TemporaryDirectory() as here:
            os.mkdir(os.path.join(here, "bundle"))
            with open(os.path.join(here, "bundle/config.json"), "w") as file:
                json.dump({"ociVersion": "1.0.2", "root": {"path": "rootfs"}, "mounts": [bind, overlay]}, file)
            self.assertEqual(self.output("convert", "bundle/config.json", cwd=here), options)
            for form in ("json", "oci"):
                with self.subTest(form), open(os.path.join(here, form), "wb") as file:
                    file.write(self.output("convert", "--to", form, "bundle/config.json", cwd=here))
                    file.flush()
                    self.assertEqual(self.output("convert", form, cwd=here), options)

    def test_what_is_read_may_be_a_pipe(self):
        options = self.output("convert", *self.PLAN)
        for form in ("json", "oci"):
            text = self.output("convert", "--to", form, *self.PLAN)
            for file in ("-", "/dev/stdin"):
                with self.subTest(form=form, file=file):
                    self.assertEqual(self.output("check", file, input=text), b"")
                    self.assertEqual(self.output("convert", file, input=text), options)
                    wrong = run("check", file, input=text.replace(b"/media", b"media"))
                    self.assertIn(b"media", wrong.stderr)
                    self.assertEqual(wrong.returncode, 1)

    def test_what_options_read_is_read_once_whatever_follows_them(self):
        empty = self.file(b'{"ops": []}')
        plan = b'{"ops": [{"op": "dir", "target": "/d"}]}'
        for words in ([empty], ["--from", "json", empty], ["--from", "options", "--"]):
            with self.subTest(words):
                self.assertEqual(self.output("convert", "--plan", "/dev/stdin", *words, input=plan), b"--dir /d\n")
                self.assertEqual(self.output("convert", "--args", "0", *words, input=b"--dir\0/d\0"), b"--dir /d\n")
        told = run("check", "--plan", "/dev/stdin", empty, empty, input=b'{"ops": [{"op": "dir"}]}')
        self.assertEqual(told.stderr, b'mountplan: /dev/stdin:1:10: /ops/0: "target" is missing\n')

    def test_a_modifier_is_not_for_what_is_behind_the_dashes(self):
        result = run("convert", "--from", "bwrap", "--perms", "700", "--", "--dir", "/a")
        self.assertEqual((result.returncode, result.stdout), (2, b""))
        self.assertIn(b"--perms must be followed by one of: ", result.stderr)

    def test_what_the_other_form_can_not_say_is_named(self):
        for words, told in (
            (["--to", "bwrap", "--attrs", "ro", "--bind", "/", "/"], "bubblewrap has no --attrs: --attrs ro --bind / /"),
            (["--from", "bwrap", "--", "--mask", "/a"], "bubblewrap has no --mask: --mask /a"),
            (["--to", "oci", "--tmpfs", "/a"], "an OCI configuration needs a root, which is a first option --dev-bind DIR /"),
            (["--to", "oci", "--dev-bind", "/r", "/", "--dir", "/x"], "an OCI configuration can not say --dir /x"),
            (["--to", "oci", "--dev-bind", "/r", "/", "--unshare-pid"], "the mounts of an OCI configuration can not say --unshare-pid"),
            (["--to", "oci", "--dev-bind", "/r", "/", "--mask", "/x", "--tmpfs", "/q"],
             "an OCI configuration can not say this, or not in this place: --mask /x")):
            with self.subTest(words):
                result = run("convert", *words)
                self.assertEqual((result.returncode, result.stdout), (2, b""))
                self.assertEqual(result.stderr.decode(), f"mountplan: convert: {told}\n")


if __name__ == "__main__":
    unittest.main()
