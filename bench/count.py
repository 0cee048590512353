#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Counts the instructions of parsing and unfolding fixed tables, and compares with the figures written down for this machine and compiler.

Usage: count.py VALGRIND PROGRAM FUNCTION FILE MACHINE COMPILER [--update]

FILE has lines `MACHINE COMPILER FUNCTION INSTRUCTIONS`. Fails when the count differs by more than 3 %, also when it is less, so that the figure
stays true; 77 (skipped) without valgrind or where none is written down, which with MOUNTPLAN_REQUIRE_LIVE=1 is a failure, too. After a change
that is meant: --update.
"""

import os
import pathlib
import re
import subprocess
import sys

LEEWAY = 0.03
SKIPPED = 1 if os.environ.get("MOUNTPLAN_REQUIRE_LIVE") == "1" else 77


def count(valgrind, program, function):
    command = [valgrind, "--tool=callgrind", "--callgrind-out-file=/dev/null", f"--toggle-collect={function}", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return int(re.search(r"Collected : (\d+)", done.stderr).group(1))


def main():
    valgrind, program, function, file, machine, compiler = sys.argv[1:7]
    key = [machine, compiler, function]
    path = pathlib.Path(file)
    lines = [line.split() for line in path.read_text().splitlines()]
    if not pathlib.Path(valgrind).exists():
        print("valgrind is not there: scripts/install-dependencies installs it")
        return SKIPPED
    counted = count(valgrind, program, function)
    if "--update" in sys.argv:
        lines = [line for line in lines if line[:3] != key] + [[*key, str(counted)]]
        path.write_text("".join(" ".join(line) + "\n" for line in sorted(lines)))
        return 0
    written = next((int(line[3]) for line in lines if line[:3] == key), None)
    if written is None:
        print(f"{function}: {counted} instructions; none written down for {machine} and {compiler}")
        return SKIPPED
    difference = counted / written - 1
    print(f"{function}: {counted} instructions, {difference:+.1%} of what is written down")
    return 0 if abs(difference) <= LEEWAY else 1


if __name__ == "__main__":
    sys.exit(main())
