#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that what runs in a child after fork(2) needs nothing of libc but mem... and str... functions: no allocation, no locks, no stdio.

Every object of the modules below is looked at, except those that are named with a reason.

Usage: apply_symbols.py OBJECT... | apply_symbols.py --self-test
"""

import re
import subprocess
import sys

MODULES = ("base", "path", "kernel", "table", "tree", "engine", "spawn")
EXEMPT = {
    "base/arena": "memory of prepare",
    "engine/expand": "helpers become steps in prepare",
    "engine/prepare": "allocates what apply uses",
    "engine/program": "frees it",
    "kernel/model": "the recording kernel is not for children",
    "kernel/model_calls": "the same",
    "kernel/model_mounts": "the same",
    "spawn/idmap": "in the parent",
    "spawn/launch": "in the parent, before the child is made",
    "spawn/spec": "filled by the caller",
    "spawn/start": "in the parent",
    "table/memory": "malloc(3) for callers of the table functions; apply gives it a region",
}
OURS = re.compile(r"_ZN?K?\w*9mountplan")
# __x86_get_cpuid_feature_leaf only gives the address of what the loader has found out.
ALLOWED = re.compile(r"(__)?(mem|str)\w+|_GLOBAL_OFFSET_TABLE_|__stack_chk_fail|__popcountdi2|__x86_get_cpuid_feature_leaf")


def name_of(path):
    """"engine/apply" for build/.../engine/apply.cpp.o; None for an object of another module."""
    found = re.search(r"/(\w+)/(\w+)\.cpp\.o$", path)
    return "/".join(found.groups()) if found and found.group(1) in MODULES or found and "/engine/ops/" in path else None


def unwelcome(listing):
    names = [line.split()[0] for line in listing.splitlines() if line.strip()]
    return [name for name in names if not OURS.match(name) and not ALLOWED.fullmatch(name)]


def check(listings):
    for name in sorted(set(EXEMPT) - set(listings)):
        yield f"{name} is exempt but there is no such object"
    for name, listing in sorted(listings.items()):
        bad = unwelcome(listing)
        if bad and name not in EXEMPT:
            yield f"{name} needs {', '.join(bad)}"


def undefined(path):
    return subprocess.run(["nm", "-u", "--format=posix", path], check=True, capture_output=True, text=True).stdout


def self_test():
    listings = dict.fromkeys(EXEMPT, "malloc U\n")
    listings["engine/apply"] = "memcpy U\n__memcpy_chk U\n_ZN9mountplan6engine4walkEv U\n_ZNK9mountplan6kernel6Kernel4openEv U\n"
    listings["engine/undo"] = "memcpy U\nrealloc U\n_ZNSt6vectorIiE4growEv U\n"
    findings = list(check(listings))
    del listings["base/arena"]
    findings += [finding for finding in check(listings) if "arena" in finding]
    expected = ["engine/undo needs realloc, _ZNSt6vectorIiE4growEv", "base/arena is exempt but there is no such object"]
    objects = {"x/CMakeFiles/y.dir/engine/apply.cpp.o": "engine/apply", "x/engine/ops/bind.cpp.o": "ops/bind", "x/capi/plan.cpp.o": None}
    wrong = [f"{path}: {name_of(path)}" for path, name in objects.items() if name_of(path) != name]
    return wrong + ([] if findings == expected else [f"found {findings}"])


def main():
    if sys.argv[1] == "--self-test":
        findings = self_test()
    else:
        findings = list(check({name_of(path): undefined(path) for path in sys.argv[1:] if name_of(path)}))
    print("\n".join(findings))
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
