#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The manuals say what there is: every function of the library, every option of the command and nothing else, examples to the letter."""
import os
import pathlib
import re
import subprocess
import unittest

SOURCE = pathlib.Path(os.environ["SOURCE"])
MANUALS = pathlib.Path(os.environ["MANUALS"])
PAGES = {path.stem: path.read_text() for path in sorted((SOURCE / "docs/man").glob("*.scd"))}
FUNCTIONS = set(re.findall(r"^ +(mplan_\w+);", (SOURCE / "capi/mountplan.map").read_text(), re.MULTILINE))


def output(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def rendered(page):
    return re.sub(".\b", "", output("mandoc", "-T", "utf8", "-O", "width=200", str(MANUALS / page)))


def squeezed(text):
    return " ".join(text.split())


class Functions(unittest.TestCase):
    def test_each_has_a_page_of_its_name(self):
        pages = {path.name for path in [*MANUALS.glob("*.3"), *MANUALS.glob("names/*.3")]}
        self.assertEqual({f"{name}.3" for name in FUNCTIONS} - pages, set())

    def test_a_page_of_a_name_leads_to_the_page_that_describes_it(self):
        for path in MANUALS.glob("names/*.3"):
            page = re.fullmatch(r"\.so man3/(\S+\.3)\n", path.read_text()).group(1)
            self.assertIn(f"*{path.stem}*()", PAGES[page])

    def test_what_is_described_is_there(self):
        named = {name for text in PAGES.values() for name in re.findall(r"\*(mplan_\w+)\*\(", text)}
        pages = {page[:-2] for page in PAGES if page.endswith(".3")}
        self.assertEqual(named - pages, FUNCTIONS - pages)

    def test_the_prototypes_are_those_of_the_header(self):
        for page, text in PAGES.items():
            for header in re.findall(r"^@synopsis (.*)@$", text, re.MULTILINE):
                declared = re.findall(r"^MPLAN_API (.*?;)", (SOURCE / "include/mountplan" / header).read_text(), re.DOTALL | re.MULTILINE)
                shown = squeezed(rendered(page))
                self.assertTrue(declared)
                for prototype in declared:
                    self.assertIn(squeezed(prototype), shown)


class Options(unittest.TestCase):
    def described(self, section, pattern):
        text = re.search(rf"^# {section}$(.*?)^# ", PAGES["mountplan.1"], re.DOTALL | re.MULTILINE).group(1)
        return set(re.findall(pattern, text, re.MULTILINE))

    def offered(self, commands, pattern):
        texts = [output(os.environ["MOUNTPLAN"], command, "--help") for command in commands]
        return {found for text in texts for found in re.findall(pattern, text, re.MULTILINE)}

    def test_each_option_of_a_plan_with_its_arguments_and_no_other(self):
        described = {re.sub(r"[*_]", "", line) for line in self.described("OPTIONS OF RUN, EXPLAIN AND APPLY", r"^\*-.*$")}
        offered = self.offered(["run", "explain", "apply", "convert"], r"^  (-\S+(?: [A-Z]+)*) +[^ ]")
        self.assertIn("--ro-bind SRC DEST", offered)
        self.assertEqual(described, offered)

    def test_each_option_of_a_view_and_no_other(self):
        described = self.described("OPTIONS OF LIST, TREE AND FEATURES", r"(?:^|, )\*(-[^*]+)\*")
        offered = self.offered(["list", "tree", "features"], r"(?:^  |^  -\w,)(--?[-\w]+)")
        offered |= self.offered(["list", "tree", "features"], r"^  -\w,(--[-\w]+)")
        self.assertEqual(described, offered)

    def test_each_command_is_in_the_synopsis(self):
        commands = re.findall(r"^  (\w+) ", output(os.environ["MOUNTPLAN"], "--help"), re.MULTILINE)
        self.assertEqual(re.findall(r"^\*mountplan (\w+)\*", PAGES["mountplan.1"], re.MULTILINE)[: len(commands)], commands)


class Pages(unittest.TestCase):
    def test_examples_are_shown_to_the_letter(self):
        shown = set()
        for page, text in PAGES.items():
            lines = {line.strip() for line in rendered(page).splitlines()}
            for example in re.findall(r"^@example (.*)@$", text, re.MULTILINE):
                wanted = {line.strip() for line in (SOURCE / "examples" / example).read_text().splitlines()[1:]}
                self.assertEqual(wanted - lines - {""}, set(), page)
                shown.add(example)
        self.assertEqual({path.name for path in (SOURCE / "examples").glob("*.c")}, shown)

    def test_mandoc_has_nothing_against_them(self):
        for page in PAGES:
            done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", str(MANUALS / page)], capture_output=True, text=True)
            # scdoc begins a paragraph where another has just begun; that changes nothing.
            found = [line for line in done.stdout.splitlines() if "skipping paragraph macro: PP" not in line]
            self.assertEqual(found, [])


if __name__ == "__main__":
    unittest.main()
