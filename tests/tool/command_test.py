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
