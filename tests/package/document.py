#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes what a document tells its reader to type as a shell script, and checks that the program in it is the example.

Blocks of the language `sh` are commands; a block with the name of a file after its language is the program, which the reader saves there.

Usage: document.py DOCUMENT EXAMPLE
"""

import pathlib
import re
import sys


def main():
    document, example = map(pathlib.Path, sys.argv[1:])
    programs = 0
    for language, file, text in re.findall(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", document.read_text(), re.DOTALL | re.MULTILINE):
        if file:
            if text != example.read_text():
                sys.exit(f"{document}: the program is not {example}")
            programs += 1
            print(f"cat >{file} <<'END OF PROGRAM'\n{text}END OF PROGRAM")
        elif language == "sh":
            print(text, end="")
    if programs != 1:
        sys.exit(f"{document}: {programs} programs")


if __name__ == "__main__":
    main()
