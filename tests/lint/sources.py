#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks every source file: the licence line first, at most 500 lines, and formatted when --clang-format is given.

Usage: sources.py SOURCE_DIRECTORY [--clang-format PROGRAM] | sources.py --self-test
"""

import pathlib
import subprocess
import sys
import tempfile

MOST_LINES = 500
LICENCE = "SPDX-License-Identifier: MIT"
C_FAMILY = {".h", ".hpp", ".c", ".cpp"}
OTHER = {".py", ".sh", ".cmake", ".rs", ".go"}
NOT_OURS = {"build", ".git", "__pycache__", "target"}


def is_source(path):
    if path.suffix in C_FAMILY | OTHER or path.name == "CMakeLists.txt":
        return True
    # Scripts have no suffix, but name their interpreter.
    return path.suffix == "" and path.read_bytes()[:2] == b"#!"


def sources(directory):
    for path in sorted(directory.iterdir()):
        if path.name in NOT_OURS or path.is_symlink():
            continue
        if path.is_dir():
            yield from sources(path)
        elif is_source(path):
            yield path


def check_text(path):
    lines = path.read_text().splitlines()
    head = lines[1:2] if lines and lines[0].startswith("#!") else lines[:1]
    if not head or LICENCE not in head[0]:
        yield f"{path}:1: must begin with the line `{LICENCE}`"
    if len(lines) > MOST_LINES:
        yield f"{path}: {len(lines)} lines; one file is one idea and at most {MOST_LINES} lines"


def check_format(paths, clang_format):
    done = subprocess.run([clang_format, "--dry-run", "-Werror", *paths], capture_output=True, text=True)
    return [line for line in done.stderr.splitlines() if "error:" in line]


def check(root, clang_format):
    paths = list(sources(root))
    findings = [finding for path in paths for finding in check_text(path)]
    if clang_format:
        findings += check_format([path for path in paths if path.suffix in C_FAMILY], clang_format)
    return findings


def self_test():
    cases = {
        "good.cpp": (f"// {LICENCE}\nint x;\n", 0),
        "script": (f"#!/bin/sh\n# {LICENCE}\n", 0),
        "notes.md": ("no licence line needed\n", 0),
        "bare.cpp": ("int x;\n", 1),
        "empty.hpp": ("", 1),
        "bare": ("#!/bin/sh\necho\n", 1),
        "long.cpp": (f"// {LICENCE}\n" + "\n" * MOST_LINES, 1),
    }
    wrong = []
    with tempfile.TemporaryDirectory() as name:
        for file, (text, _) in cases.items():
            pathlib.Path(name, file).write_text(text)
        findings = check(pathlib.Path(name), None)
        for file, (_, expected) in cases.items():
            found = sum(finding.startswith(f"{name}/{file}:") for finding in findings)
            if found != expected:
                wrong.append(f"{file}: {expected} findings expected, {found} found")
    return wrong


def main():
    if sys.argv[1] == "--self-test":
        findings = self_test()
    else:
        findings = check(pathlib.Path(sys.argv[1]), sys.argv[3] if len(sys.argv) > 3 else None)
    print("\n".join(findings))
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
