#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that the programs shown in the documentation are those in examples/, which are compiled and run, byte for byte.

Usage: readme.py SOURCE_DIRECTORY
"""

import pathlib
import re
import sys


SHOWN = {"README.md": "first.c", "docs/cpp.md": "first.cpp", "docs/python.md": "first.py"}


def main():
    root = pathlib.Path(sys.argv[1])
    missing = 0
    for document, example in SHOWN.items():
        blocks = re.findall(r"^```\w+\n(.*?)^```$", (root / document).read_text(), re.DOTALL | re.MULTILINE)
        if (root / "examples" / example).read_text() not in blocks:
            print(f"{document}: no block is the text of examples/{example}")
            missing += 1
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
