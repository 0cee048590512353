#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The shell completions: each shell reads its own, bash and fish complete by them, and no option of the command is missing."""
import os
import pathlib
import re
import shutil
import subprocess
import unittest

MOUNTPLAN = os.environ["MOUNTPLAN"]
SCRIPTS = os.environ["COMPLETIONS"]
FILES = {"bash": "mountplan", "zsh": "_mountplan", "fish": "mountplan.fish"}
COMMANDS = ["run", "explain", "apply", "check", "convert", "list", "tree", "features"]


def output(*words, **options):
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True, cwd=SCRIPTS, **options).stdout


def options_of(command):
    return re.findall(r"^  (-[-\w]+)(?:,(--[-\w]+))?", output(MOUNTPLAN, command, "--help"), re.MULTILINE)


def needs(shell):
    return unittest.skipUnless(shutil.which(shell), f"no {shell} here")


class Scripts(unittest.TestCase):
    def parsed_by(self, shell):
        result = subprocess.run([shell, "-n", FILES[shell]], cwd=SCRIPTS, capture_output=True, text=True)
        self.assertEqual((result.returncode, result.stderr), (0, ""))

    @needs("bash")
    def test_bash_reads_its_script(self):
        self.parsed_by("bash")

    @needs("zsh")
    def test_zsh_reads_its_script(self):
        self.parsed_by("zsh")

    @needs("fish")
    def test_fish_reads_its_script(self):
        self.parsed_by("fish")

    def test_zsh_and_fish_have_every_option_of_every_command(self):
        zsh = pathlib.Path(SCRIPTS, "_mountplan").read_text()
        fish = pathlib.Path(SCRIPTS, "mountplan.fish").read_text()
        for command in COMMANDS:
            in_zsh = re.search(rf"^    {command}\)\n(.*?);;", zsh, re.DOTALL | re.MULTILINE).group(1)
            in_fish = "".join(line for line in fish.splitlines(True) if f"from {command}'" in line)
            names = [name for pair in options_of(command) for name in pair if name]
            self.assertIn("--help", names)
            for name in names:
                self.assertIn(f"'*{name}[", in_zsh)
                self.assertIn(f" -l {name[2:]} " if name.startswith("--") else f" -s {name[1:]} ", in_fish)


@needs("bash")
class Bash(unittest.TestCase):
    def complete(self, *words):
        """What bash offers for the last of these words."""
        script = 'source ./mountplan; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _mountplan; printf "%s\\n" "${COMPREPLY[@]}"'
        return output("bash", "--norc", "-c", script, "bash", "mountplan", *words).split()

    def test_the_first_word_is_a_command(self):
        self.assertEqual(self.complete(""), [*COMMANDS, "--help", "--version"])
        self.assertEqual(self.complete("ex"), ["explain"])

    def test_every_option_of_every_command_is_offered(self):
        for command in COMMANDS:
            self.assertEqual(set(self.complete(command, "-")), {name for pair in options_of(command) for name in pair if name})

    def test_options_begin_as_typed(self):
        self.assertEqual(self.complete("run", "--ro-bind-"), ["--ro-bind-try", "--ro-bind-fd", "--ro-bind-data"])

    def test_an_argument_that_is_a_path_is_a_file(self):
        self.assertEqual(self.complete("run", "--ro-bind", "./_mount"), ["./_mountplan"])
        self.assertEqual(self.complete("run", "--ro-bind", "/", "./_mount"), ["./_mountplan"])

    def test_an_argument_from_a_list_is_one_of_it(self):
        self.assertEqual(self.complete("apply", "--backend", ""), ["auto", "detached", "fd", "classic"])
        self.assertEqual(self.complete("run", "--cap-drop", "CAP_SYS_A"), ["CAP_SYS_ADMIN"])
        self.assertEqual(self.complete("run", "--propagation", "rs"), ["rslave", "rshared"])

    def test_an_argument_that_is_a_number_is_left_alone(self):
        self.assertEqual(self.complete("run", "--perms", ""), [])

    def test_options_go_on_after_the_arguments_of_one(self):
        self.assertEqual(self.complete("run", "--bind", "/a", "/a", "--unshare-p"), ["--unshare-pid"])

    def test_what_follows_the_options_of_run_is_a_program_and_its_files(self):
        self.assertIn("bash", self.complete("run", "--unshare-pid", "bas"))
        self.assertIn("bash", self.complete("run", "--", "bas"))
        self.assertEqual(self.complete("run", "bash", "./_mount"), ["./_mountplan"])
        self.assertEqual(self.complete("run", "bash", "--unshare-p"), [])

    def test_the_target_of_tree_is_a_directory(self):
        self.assertEqual(self.complete("tree", "--all", "/us"), ["/usr"])


@needs("fish")
class Fish(unittest.TestCase):
    def complete(self, line):
        return [text.split("\t")[0] for text in output("fish", "--no-config", "-c", f"source mountplan.fish; complete -C '{line}'").split("\n")]

    def test_options_and_their_words(self):
        self.assertIn("--ro-bind", self.complete("mountplan run --ro-b"))
        self.assertNotIn("--ro-bind", self.complete("mountplan list --ro-b"))
        self.assertEqual(self.complete("mountplan apply --backend d")[0], "detached")


if __name__ == "__main__":
    unittest.main()
