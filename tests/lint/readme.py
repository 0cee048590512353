#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that the C program in README.md is examples/first.c, byte for byte.

Usage: readme.py SOURCE_DIRECTORY
"""

import pathlib
import re
import sys


def main():
    root = pathlib.Path(sys.argv[1])
    blocks = re.findall(r"^```c\n(.*?)^```$", (root / "README.md").read_text(), re.DOTALL | re.MULTILINE)
    if (root / "examples/first.c").read_text() in blocks:
        return 0
    print("README.md: no ```c block is the text of examples/first.c")
    return 1


if __name__ == "__main__":
    sys.exit(main())
