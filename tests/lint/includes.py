#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks who includes whom: modules of src/ by the table below, capi above them all, tools on the public headers alone.

Usage: includes.py SOURCE_DIRECTORY | includes.py --self-test
"""

import pathlib
import re
import sys
import tempfile

# Module -> modules it may include besides itself. CONTRIBUTING.md has the reasons.
MAY_INCLUDE = {
    "base": "",
    "path": "base",
    "kernel": "base",
    "table": "base path kernel",
    "tree": "base path table",
    "plan": "base path",
    "engine": "base path kernel table tree plan",
    "spawn": "base kernel engine",
    "diag": "base kernel plan",
    "capi": "base path kernel table tree plan engine spawn diag",
}

# Headers of the C++ library that need no code of libstdc++, do not throw and do not allocate.
PURE_CXX = set(
    """algorithm array atomic bit charconv climits compare concepts cstdarg cstddef cstdint cstring cerrno cstdlib csignal cctype
    ctime initializer_list iterator limits memory new numeric optional ranges span string_view tuple type_traits utility variant""".split()
)
FORBIDDEN_C = {"stdio.h", "assert.h", "locale.h", "pthread.h", "threads.h", "setjmp.h"}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)
SOURCES = ("*.h", "*.hpp", "*.c", "*.cpp")


def files_of(directory):
    return sorted(path for pattern in SOURCES for path in directory.rglob(pattern)) if directory.is_dir() else []


def includes_of(path):
    text = path.read_text()
    for match in INCLUDE.finditer(text):
        yield text.count("\n", 0, match.start(2)) + 1, match.group(1) == "<", match.group(2)


def wrong_in_module(module, angled, name):
    """Why a file of the module may not include this; None when it may."""
    first = name.split("/")[0]
    if angled:
        if name.startswith("mountplan/") or "/" in name:
            return None  # a public header, or one of the system's
        if name in FORBIDDEN_C:
            return "not for the library"
        if not name.endswith(".h") and name not in PURE_CXX:
            return "needs libstdc++, throws or allocates"
        return None
    if first not in MAY_INCLUDE or "/" not in name:
        return "is no module of src/, written as \"module/file.hpp\""
    if first != module and first not in MAY_INCLUDE[module].split():
        return f"{module} may include: {MAY_INCLUDE[module] or 'nothing'}"
    return None


def check_modules(root):
    for folder in sorted(path for path in (root / "src").iterdir() if path.is_dir()):
        if folder.name not in MAY_INCLUDE:
            yield f"{folder}: a module that is not in the table of {pathlib.Path(__file__).name}"
    for module in MAY_INCLUDE:
        folder = root / "capi" if module == "capi" else root / "src" / module
        for path in files_of(folder):
            for line, angled, name in includes_of(path):
                why = wrong_in_module(module, angled, name)
                if why:
                    yield f"{path}:{line}: {name}: {why}"


def check_public_headers(root):
    for path in files_of(root / "include"):
        for line, angled, name in includes_of(path):
            if not angled or not (name.startswith("mountplan/") or name in ("stddef.h", "stdint.h")):
                yield f"{path}:{line}: {name}: public headers include <mountplan/...>, <stddef.h> and <stdint.h> alone"


def check_users(root):
    """The command and the examples see what every user of the library sees."""
    for user in ("tools", "examples"):
        for path in files_of(root / user):
            for line, _, name in includes_of(path):
                if (root / "src" / name).exists() or name.split("/")[0] == "capi":
                    yield f"{path}:{line}: {name}: {user} may include <mountplan/...> of this library alone"


def check(root):
    return [*check_modules(root), *check_public_headers(root), *check_users(root)]


SELF_TEST = {
    # file: (text, findings expected)
    "src/base/good.hpp": ('#include <cstddef>\n#include "base/other.hpp"\n', 0),
    "src/base/upward.cpp": ('#include "engine/program.hpp"\n', 1),
    "src/spawn/sideways.cpp": ('#include "plan/plan.hpp"\n#include "engine/program.hpp"\n', 1),
    "src/tree/outward.cpp": ('#include "capi/handle.hpp"\n', 1),
    "src/plan/unknown.cpp": ('#include "plan.hpp"\n', 1),
    "src/plan/heavy.cpp": ("#include <vector>\n#  include <stdio.h>\n", 2),
    "src/extra/file.cpp": ("", 1),
    "capi/plan.cpp": ('#include "plan/plan.hpp"\n#include <mountplan/plan.h>\n#include <sys/stat.h>\n', 0),
    "include/mountplan/plan.h": ("#include <stdio.h>\n#include <stdint.h>\n", 1),
    "tools/main.cpp": ('#include <vector>\n#include <mountplan/plan.h>\n#include "base/good.hpp"\n', 1),
}


def self_test():
    with tempfile.TemporaryDirectory() as name:
        root = pathlib.Path(name)
        for file, (text, _) in SELF_TEST.items():
            (root / file).parent.mkdir(parents=True, exist_ok=True)
            (root / file).write_text(text)
        findings = check(root)
        wrong = []
        for file, (_, expected) in SELF_TEST.items():
            key = str(root / file) if not file.startswith("src/extra") else str(root / "src/extra")
            found = [finding for finding in findings if finding.startswith(key + ":")]
            if len(found) != expected:
                wrong.append(f"{file}: {expected} findings expected, {len(found)} found: {found}")
        return wrong


def main():
    findings = self_test() if sys.argv[1] == "--self-test" else check(pathlib.Path(sys.argv[1]))
    print("\n".join(findings))
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
