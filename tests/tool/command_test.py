#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The mountplan command as a user runs it: usage errors, explain, and list and tree on given tables. Nothing here mounts."""
import json
import os
import subprocess
import tempfile
import unittest

MOUNTPLAN = os.environ["MOUNTPLAN"]


def run(*words, locale="C.UTF-8", **options):
    environment = dict(os.environ, LC_ALL=locale)
    return subprocess.run([MOUNTPLAN, *words], capture_output=True, env=environment, **options)


class Table:
    """A file with mountinfo text, for -F."""

    def __init__(self, text):
        self.file = tempfile.NamedTemporaryFile()
        self.file.write(text if isinstance(text, bytes) else text.encode())
        self.file.flush()

    def json(self, command, *words):
        result = run(command, "-J", "-F", self.file.name, *words)
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout)["filesystems"]

    def lines(self, command, *words, **options):
        result = run(command, "-F", self.file.name, *words, **options)
        assert result.returncode == 0, result.stderr
        return result.stdout.decode().splitlines()


class Usage(unittest.TestCase):
    def refused(self, *words, code=2):
        result = run(*words)
        self.assertEqual(result.returncode, code, result)
        self.assertEqual(result.stdout, b"")
        return result.stderr.decode()

    def test_no_command(self):
        self.assertEqual(self.refused(), "mountplan: a command is missing (mountplan --help lists them)\n")

    def test_unknown_command(self):
        self.assertEqual(self.refused("frobnicate"), "mountplan: unknown command frobnicate\n")

    def test_run_without_a_command(self):
        self.assertEqual(self.refused("run", "--dir", "/a"), "mountplan: run: COMMAND is missing\n")

    def test_bubblewrap_option_out_of_scope(self):
        self.assertEqual(
            self.refused("run", "--seccomp", "3", "true"),
            "mountplan: --seccomp is a bubblewrap option that mountplan does not offer\n",
        )

    def test_option_where_a_path_is_wanted(self):
        self.assertIn("--tmpfs: DEST is missing", self.refused("run", "--tmpfs", "--proc", "/proc", "true"))

    def test_hostname_without_its_namespace(self):
        self.assertEqual(self.refused("run", "--hostname", "x", "true"), "mountplan: --hostname needs --unshare-uts\n")

    def test_apply_without_root(self):
        self.assertEqual(self.refused("apply", "--dir", "/a"), "mountplan: apply: --root DIR is missing\n")

    def test_relative_target_names_the_option_as_typed(self):
        self.assertTrue(self.refused("run", "--tmpfs", "a", "true").startswith("mountplan: op 0 (--tmpfs a): "))

    def test_control_characters_do_not_reach_the_terminal(self):
        self.assertIn("unknown command \\x1b[2J", self.refused("\x1b[2J"))

    def test_file_and_process_exclude_each_other(self):
        self.refused("list", "-F", "x", "-N", "1")

    def test_missing_file(self):
        self.assertEqual(self.refused("list", "-F", "/nowhere", code=1), "mountplan: /nowhere: No such file or directory\n")

    def test_malformed_table_tells_where(self):
        table = Table("1 0 0:1 / / rw - tmpfs tmpfs rw\n2 1 x / /a rw - tmpfs tmpfs rw\n")
        message = self.refused("list", "-F", table.file.name, code=1)
        self.assertTrue(message.startswith(f"mountplan: {table.file.name}: line 2 column 5: "), message)

    def test_help_goes_to_standard_output(self):
        for words in (["--help"], ["run", "--help"], ["apply", "--help"], ["explain", "--help"], ["features", "--help"], ["tree", "--help"]):
            result = run(*words)
            self.assertEqual((result.returncode, result.stderr), (0, b""), words)
            self.assertIn(b"mountplan", result.stdout)

    def test_full_output_is_a_failure(self):
        with open("/dev/full", "w") as full:
            result = subprocess.run([MOUNTPLAN, "--help"], stdout=full, stderr=subprocess.PIPE)
        self.assertEqual(result.returncode, 1)


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

    def options(self, *words, **parts):
        path = self.config(**parts)
        result = run("convert", *words, "--oci", path)
        self.assertEqual((result.returncode, result.stderr), (0, b""))
        lines = result.stdout.decode().replace(os.path.dirname(path) + "/", "").splitlines()
        self.assertEqual(lines[0], "--dev-bind rootfs /")
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


class Explain(unittest.TestCase):
    def steps(self, *words):
        result = run("explain", "-J", *words)
        self.assertEqual((result.returncode, result.stderr), (0, b""))
        return json.loads(result.stdout)["steps"]

    def test_steps_are_numbered_and_name_the_op(self):
        steps = self.steps("--tmpfs", "/a", "--dir", "/b")
        self.assertEqual([step["number"] for step in steps], list(range(1, len(steps) + 1)))
        self.assertEqual({step["op"]: step["op-name"] for step in steps if step["op"] >= 0}, {0: "tmpfs", 1: "dir"})

    def test_each_backend_can_be_explained(self):
        for backend in ("detached", "fd", "classic"):
            result = run("explain", "-J", "--backend", backend, "--tmpfs", "/a")
            if result.returncode == 125:  # this kernel does not have it
                self.assertIn(b"mountplan: ", result.stderr)
            else:
                self.assertEqual(json.loads(result.stdout)["backend"], backend)

    def test_root_is_left_as_it_was(self):
        with tempfile.TemporaryDirectory() as root:
            self.steps("--root", root, "--in-place", "--tmpfs", "/a", "--dir", "/b")
            self.assertEqual(os.listdir(root), [])

    def test_missing_source_names_the_option_as_typed(self):
        result = run("explain", "--dir", "/a", "--ro-bind", "/no such", "/b")
        self.assertEqual(result.returncode, 125)
        self.assertEqual(
            result.stderr.decode().splitlines()[0],
            "mountplan: op 1 (--ro-bind '/no such' /b): openat: No such file or directory",
        )

    def test_contradiction_is_wrong_usage(self):
        result = run("explain", "--ro-overlay", "/a")
        self.assertEqual(result.returncode, 2)
        self.assertEqual(result.stderr, b"mountplan: op 0 (--ro-overlay /a): an overlay needs a lower layer\n")


class List(unittest.TestCase):
    def test_every_field(self):
        table = Table("36 35 98:0 /mnt1 /mnt\\040two rw,noatime shared:3 master:1 - ext3 /dev/root rw,x=a\\054b\n")
        self.assertEqual(
            table.json("list"),
            [
                {
                    "id": 36,
                    "parent": 35,
                    "maj:min": "98:0",
                    "fsroot": "/mnt1",
                    "target": "/mnt two",
                    "vfs-options": "rw,noatime",
                    "opt-fields": "shared:3 master:1",
                    "fstype": "ext3",
                    "source": "/dev/root",
                    "fs-options": "rw,x=a,b",
                    "propagation": "shared,slave",
                }
            ],
        )

    def test_empty_source_and_no_optional_fields(self):
        mount = Table("1 1 0:1 / / rw - tmpfs  rw\n").json("list")[0]
        self.assertEqual((mount["source"], mount["opt-fields"], mount["propagation"]), ("", "", "private"))

    def test_bytes_that_are_not_utf8(self):
        mount = Table(b"1 1 0:1 / /a\xff\xc3\xa9 rw - tmpfs t rw\n").json("list")[0]
        self.assertEqual(mount["target"].encode("utf-8", "surrogateescape"), b"/a\xff\xc3\xa9")

    def test_propagation_words(self):
        for fields, expected in (
            ("", "private"),
            ("shared:1 ", "shared"),
            ("master:1 ", "private,slave"),
            ("shared:2 master:1 ", "shared,slave"),
            ("unbindable ", "private,unbindable"),
        ):
            mount = Table(f"1 1 0:1 / / rw {fields}- tmpfs t rw\n").json("list")[0]
            self.assertEqual(mount["propagation"], expected)

    def test_columns(self):
        table = Table("1 1 0:1 / / rw,relatime - tmpfs root rw\n2 1 0:2 /sub /a\\012b ro - ext4 /dev/x rw,errors=panic\n")
        self.assertEqual(
            table.lines("list"),
            [
                "TARGET  SOURCE       FSTYPE OPTIONS",
                "/       root         tmpfs  rw,relatime",
                "/a\\x0ab /dev/x[/sub] ext4   ro,errors=panic",
            ],
        )

    def test_empty_table(self):
        self.assertEqual(Table("").json("list"), [])

    def test_own_table(self):
        with open("/proc/self/mountinfo", "rb") as file:
            ids = [int(line.split()[0]) for line in file]
        result = run("list", "-J")
        self.assertEqual([mount["id"] for mount in json.loads(result.stdout)["filesystems"]], ids)


STACK = """1 1 0:1 / / rw - tmpfs root rw
2 1 0:2 / /a rw - tmpfs lower rw
3 2 0:3 / /a rw - tmpfs upper rw
4 1 0:4 / /b rw - tmpfs b rw
5 4 0:5 / /b/c rw - tmpfs c rw
"""


class Tree(unittest.TestCase):
    def test_children_are_nested(self):
        root = Table(STACK).json("tree")[0]
        self.assertEqual([child["id"] for child in root["children"]], [2, 4])
        self.assertEqual([child["id"] for child in root["children"][0]["children"]], [3])
        self.assertNotIn("children", root["children"][1]["children"][0])

    def test_every_node_tells_whether_and_why_it_is_covered(self):
        root = Table(STACK).json("tree")[0]
        lower = root["children"][0]
        self.assertEqual((lower["covered"], lower["reason"]), (True, "stacked"))
        upper = lower["children"][0]
        self.assertEqual((upper["covered"], upper["reason"]), (False, "visible"))

    def test_flat_has_visible_mounts_in_order(self):
        self.assertEqual([mount["id"] for mount in Table(STACK).json("tree", "-l")], [1, 3, 4, 5])

    def test_target_is_the_top_of_the_tree(self):
        self.assertEqual([mount["id"] for mount in Table(STACK).json("tree", "/b")], [4])

    def test_target_that_is_no_mount_point(self):
        table = Table(STACK)
        result = run("tree", "-F", table.file.name, "/b/d")
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"/b/d", result.stderr)

    def test_orphans_are_a_forest(self):
        table = Table("2 1 0:2 / /a rw - tmpfs a rw\n3 1 0:3 / /b rw - tmpfs b rw\n")
        self.assertEqual([mount["id"] for mount in table.json("tree")], [2, 3])

    def test_drawing_leaves_covered_mounts_out(self):
        self.assertEqual(
            [line.split()[0] for line in Table(STACK).lines("tree")], ["TARGET", "/", "├─/a", "└─/b", "└─/b/c"]
        )
        self.assertEqual(Table(STACK).lines("tree")[-1].split("c", 1)[0], "  └─/b/")

    def test_drawing_of_all_marks_covered_mounts(self):
        lines = Table(STACK).lines("tree", "--all")
        self.assertTrue(lines[2].startswith("├─/a (stacked)"), lines)
        self.assertTrue(lines[3].startswith("│ └─/a "), lines)

    def test_drawing_is_ascii_where_the_locale_is(self):
        self.assertEqual(Table(STACK).lines("tree", locale="C")[2].split()[0], "|-/a")

    def test_depth_has_no_limit(self):
        lines = ["1 1 0:1 / / rw - tmpfs t rw\n"]
        lines += [f"{i} {i - 1} 0:1 / /{'a/' * 3}{i} rw - tmpfs t rw\n" for i in range(2, 20000)]
        table = Table("".join(lines))
        result = run("tree", "-J", "-F", table.file.name)
        self.assertEqual(result.returncode, 0)
        self.assertEqual(result.stdout.count(b'"children"'), 19998)


if __name__ == "__main__":
    unittest.main()
