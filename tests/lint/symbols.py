#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks what the built library offers and needs.

Offers: the exported symbols of both libraries, the version script, the MPLAN_API functions of the headers and Debian's symbols file are
the same names.
Needs: libc alone; nothing of libstdc++; nothing that runs before main(); no thread-local storage.

Usage: symbols.py LIBRARY.so LIBRARY.a VERSION_SCRIPT HEADER_DIRECTORY DEBIAN_SYMBOLS | symbols.py --self-test CXX_COMPILER
"""

import pathlib
import re
import subprocess
import sys
import tempfile

# What a C++ compiler asks of libstdc++ and libgcc_eh. Destructors of static objects (__cxa_atexit) are in libc, and as unwelcome.
CXX_RUNTIME = re.compile(r"_Z|__cxa_(?!finalize$)|__gxx_|_Unwind_|__dynamic_cast")
# Weak references the C runtime's start files make in every shared object.
START_FILES = {"_ITM_deregisterTMCloneTable", "_ITM_registerTMCloneTable", "__gmon_start__"}
# Sections that exist only for code that runs before main() or for thread-locals.
FORBIDDEN_SECTIONS = re.compile(r"\.(init_array|fini_array|preinit_array|ctors|dtors|tdata|tbss)\b")
NEEDED = ["libc.so.6"]


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def exported(library):
    lines = run("nm", "-D", "--defined-only", "--format=posix", library).splitlines()
    # A version node is listed as an absolute symbol.
    return {line.split()[0].split("@")[0] for line in lines if line.split()[1] != "A"}


def in_version_script(path):
    text = re.sub(r"#.*", "", pathlib.Path(path).read_text())
    return set(re.findall(r"\b(\w+)\s*;", text)) - {"local", "global"}


def in_headers(directory):
    text = "".join(path.read_text() for path in sorted(pathlib.Path(directory).rglob("*.h")))
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"^\s*#.*$", "", text, flags=re.MULTILINE)
    return set(re.findall(r"MPLAN_API\b[^;(]*?\b(\w+)\s*\(", text))


def undefined(*arguments):
    for line in run("nm", "--undefined-only", "--format=posix", *arguments).splitlines():
        if not line.endswith(":"):  # the name of an archive member
            name, kind = line.split()[:2]
            yield name, kind


def in_debian_symbols(path):
    return set(re.findall(r"^ (\w+)@\w+\.\w+ ", pathlib.Path(path).read_text(), re.MULTILINE))


def check_offers(library, archive, script, headers, debian_symbols):
    # Each place that has the names of all functions; manual pages belong here, too, once there are some.
    sets = {
        "exported": exported(library),
        "global in the archive": global_names(archive),
        "the version script": in_version_script(script),
        "the headers": in_headers(headers),
        "the Debian symbols file": in_debian_symbols(debian_symbols),
    }
    everything = set().union(*sets.values())
    for name in sorted(everything):
        missing = [where for where, names in sets.items() if name not in names]
        if missing:
            yield f"{name}: not in {' and '.join(missing)}"
        if not name.startswith("mplan_"):
            yield f"{name}: does not begin with mplan_"
    if not everything:
        yield "no names found at all"


def check_needs(library, archive):
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]", run("readelf", "-d", library))
    if needed != NEEDED:
        yield f"{library}: NEEDED is {needed}, not {NEEDED}"
    for name, kind in undefined("-D", library):
        base = name.split("@")[0]
        if base not in START_FILES and ("@GLIBC_" not in name or CXX_RUNTIME.match(base)):
            yield f"{library}: {name} ({kind}) is not a function of libc"
    for name in sorted({name for name, _ in undefined(archive) if CXX_RUNTIME.match(name)} - defined(archive)):
        yield f"{archive}: {name} is a symbol of the C++ runtime"
    for section in sorted({match.group(0) for match in FORBIDDEN_SECTIONS.finditer(run("readelf", "-SW", archive))}):
        yield f"{archive}: has a section {section}: a static constructor or a thread-local"


def global_names(archive):
    lines = run("nm", "--defined-only", "--extern-only", "--format=posix", archive).splitlines()
    return {line.split()[0] for line in lines if line.strip() and not line.endswith(":")}


def defined(archive):
    lines = run("nm", "--defined-only", "--format=posix", archive).splitlines()
    return {line.split()[0] for line in lines if not line.endswith(":")}


WRONG_SOURCE = """
#include <cstdlib>
#include <stdexcept>
thread_local int count = rand();
extern "C" int mplan_good(int x) { if (x > count) throw std::runtime_error("no"); return x; }
extern "C" int stray(void) { return 0; }
"""
WRONG_HEADER = "/* MPLAN_API int mplan_in_comment(void); */\n#define MPLAN_API\nMPLAN_API int mplan_good(int x);\nMPLAN_API int\nmplan_gone(void);\n"
WRONG_SCRIPT = "X { global: mplan_good; mplan_gone; # mplan_remark;\n local: *; };\n"
WRONG_SYMBOLS = "libwrong.so.0 libwrong0 #MINVER#\n X_0.1@X_0.1 0.1.0\n mplan_good@X_0.1 0.1.0\n mplan_old@X_0.1 0.1.0\n"
WRONG_FINDINGS = [
    "mplan_gone: not in exported and global in the archive and the Debian symbols file",
    "mplan_old: not in exported",
    "stray: not in the version script and the headers",
    "stray: does not begin with mplan_",
    "NEEDED is ['libstdc++.so.6'",
    "__gxx_personality_v0",
    "a symbol of the C++ runtime",
    "has a section .tbss",
]


def self_test(compiler):
    with tempfile.TemporaryDirectory() as name:
        place = pathlib.Path(name)
        (place / "wrong.cpp").write_text(WRONG_SOURCE)
        (place / "wrong.h").write_text(WRONG_HEADER)
        (place / "wrong.map").write_text(WRONG_SCRIPT)
        (place / "wrong.symbols").write_text(WRONG_SYMBOLS)
        run(compiler, "-fPIC", "-c", str(place / "wrong.cpp"), "-o", str(place / "wrong.o"))
        run("ar", "rcs", str(place / "wrong.a"), str(place / "wrong.o"))
        run(compiler, "-shared", str(place / "wrong.o"), "-o", str(place / "wrong.so"))
        findings = [
            *check_offers(place / "wrong.so", place / "wrong.a", place / "wrong.map", place, place / "wrong.symbols"),
            *check_needs(place / "wrong.so", place / "wrong.a"),
        ]
    missed = [f"not found: {expected}" for expected in WRONG_FINDINGS if not any(expected in finding for finding in findings)]
    if any("mplan_good:" in finding or "mplan_in_comment" in finding or "mplan_remark" in finding for finding in findings):
        missed.append("found where nothing is wrong")
    return missed + findings if missed else []


def main():
    if sys.argv[1] == "--self-test":
        findings = self_test(sys.argv[2])
    else:
        library, archive, script, headers, debian_symbols = sys.argv[1:]
        findings = [*check_offers(library, archive, script, headers, debian_symbols), *check_needs(library, archive)]
    print("\n".join(findings))
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
