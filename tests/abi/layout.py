#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the C program that prints what the headers fix for callers compiled against them: sizes, offsets and constants.

The program prints, header by header and in the order of the text,
    struct NAME size N
    field STRUCT.FIELD offset N size N
    const NAME VALUE                      (a number, or a string in C's quotes)
Its output is layout.txt, which the tests of every binding compare their own declarations with. It is the same on all 64-bit systems.

Usage: layout.py HEADER_DIRECTORY >layout.c
"""

import pathlib
import re
import sys

ITEM = re.compile(
    r"^#define[ ]+(?P<text>MPLAN_\w+)[ ]+\"[^\n]*\"|^#define[ ]+(?P<number>MPLAN_\w+)[ ]+\d+"
    r"|^enum\s*\{(?P<enum>[^}]*)\}|^struct\s+(?P<struct>\w+)\s*\{(?P<fields>[^}]*)\}",
    re.MULTILINE,
)

HEAD = """// SPDX-License-Identifier: MIT
// Made by layout.py.
#include <mountplan/mountplan.h>
#include <stdio.h>

static void text(const char *name, const char *value) {
  printf("const %s \\"", name);
  for (; *value != '\\0'; value++) {
    printf(*value == '\\\\' || *value == '"' ? "\\\\%c" : "%c", *value);
  }
  puts("\\"");
}
#define NUMBER(name) printf("const %s %lld\\n", #name, (long long)(name))
#define STRUCT(type) printf("struct %s size %zu\\n", #type, sizeof(struct type))
#define FIELD(type, field) \\
  printf("field %s.%s offset %zu size %zu\\n", #type, #field, offsetof(struct type, field), sizeof(((struct type *)0)->field))

int main(void) {
"""


def statements(text):
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    for item in ITEM.finditer(text):
        if item["text"]:
            yield f'text("{item["text"]}", {item["text"]});'
        elif item["number"]:
            yield f"NUMBER({item['number']});"
        elif item["enum"]:
            for name in re.findall(r"\b(MPLAN_\w+)\s*=", item["enum"]):
                yield f"NUMBER({name});"
        else:
            yield f"STRUCT({item['struct']});"
            for name in re.findall(r"(\w+)(?:\[\w+\])?;", item["fields"]):
                yield f"FIELD({item['struct']}, {name});"


def main():
    print(HEAD, end="")
    for header in sorted(pathlib.Path(sys.argv[1]).rglob("*.h")):
        print("\n".join("  " + statement for statement in statements(header.read_text())))
    print("  return 0;\n}")


if __name__ == "__main__":
    main()
