# SPDX-License-Identifier: MIT
"""The package says the same as the headers: structs and constants as in tests/abi/layout.txt, functions as in the version script."""

import ctypes
import inspect
import json
import pathlib
import re
import unittest

import mountplan
from mountplan import _constants, _library, _structures, vocabulary

ROOT = pathlib.Path(__file__).parents[2]
LAYOUT = [line.split(maxsplit=2) for line in (ROOT / "tests/abi/layout.txt").read_text().splitlines()]

# Beginning of the C names -> the enums that have the rest. The longest beginning counts.
ENUMS = {
    "ATTR_": _constants.Attr,
    "BACKEND_": _constants.Backend,
    "BIND_": _constants.Bind,
    "DEV_": _constants.Dev,
    "ERROR_": _constants.ErrorKind,
    "FILE_": _constants.File,
    "NAMESPACE_": _constants.Namespace,
    "NODE_": _constants.NodeReason,
    "OP_": _constants.OpKind,
    "OVERLAY_": _constants.Overlay,
    "PLAN_": _constants.PlanFlag,
    "PREPARE_": _constants.Prepare,
    "PROC_": _constants.Proc,
    "PROPAGATION_": _constants.Propagation,
    "REMOUNT_": _constants.Remount,
    "SPAWN_": _constants.SpawnFlag,
    "STAGE_": _constants.Stage,
    "SYMLINK_": _constants.Symlink,
    "SYMLINK_DEREFERENCE": _constants.SymlinkFlag,
    "TABLE_": _constants.TableFlag,
    "TABLE_MAX_": _constants.TableMax,
    "TABLE_READ_": _constants.TableRead,
    "TMPFS_": _constants.Tmpfs,
    "UNFOLD_": _constants.Unfold,
}
OTHERS = {
    "FAILURE_SIZE": _structures.FAILURE_SIZE,
    "VERSION_MAJOR": _library.VERSION[0],
    "VERSION_MINOR": _library.VERSION[1],
    "VERSION_PATCH": _library.VERSION[2],
    "VERSION_STRING": mountplan.__version__,
}


def constant(name):
    if name in OTHERS:
        return OTHERS[name]
    if hasattr(vocabulary, name):
        return getattr(vocabulary, name)
    beginning = max((beginning for beginning in ENUMS if name.startswith(beginning)), key=len)
    rest = name[len(beginning) :] or "DEREFERENCE"
    return int(ENUMS[beginning][rest])


class Layout(unittest.TestCase):
    def test_every_struct_has_the_size_of_c(self):
        expected = {name: int(rest.split()[1]) for what, name, rest in LAYOUT if what == "struct"}
        classes = inspect.getmembers(_structures, lambda it: inspect.isclass(it) and issubclass(it, ctypes.Structure))
        self.assertEqual({name: ctypes.sizeof(kind) for name, kind in classes if kind is not ctypes.Structure}, expected)

    def test_every_field_is_where_it_is_in_c(self):
        expected = [(name, rest) for what, name, rest in LAYOUT if what == "field"]
        found = []
        for struct in dict.fromkeys(name.split(".")[0] for name, _ in expected):
            for field, *_ in getattr(_structures, struct)._fields_:
                at = getattr(getattr(_structures, struct), field)
                found.append((f"{struct}.{field}", f"offset {at.offset} size {at.size}"))
        self.assertEqual(found, expected)

    def test_every_constant_has_the_value_of_c(self):
        expected = {name[len("MPLAN_") :]: json.loads(value) for what, name, value in LAYOUT if what == "const"}
        self.assertEqual({name: constant(name) for name in expected}, expected)

    def test_there_are_no_constants_that_c_does_not_have(self):
        numbers = sum(value.isdigit() for what, _, value in LAYOUT if what == "const") - sum(isinstance(it, int) for it in OTHERS.values())
        self.assertEqual(sum(len(enum.__members__) for enum in ENUMS.values()), numbers)

    def test_every_exported_function_has_a_prototype(self):
        script = (ROOT / "capi/mountplan.map").read_text()
        self.assertEqual(sorted(_library.PROTOTYPES), sorted(re.findall(r"mplan_(\w+);", script)))

    def test_every_prototype_has_as_many_parameters_as_in_c(self):
        text = "".join(header.read_text() for header in sorted((ROOT / "include/mountplan").glob("*.h")))
        text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
        found = {}
        for name, parameters in re.findall(r"MPLAN_API\b[^;(]*?\bmplan_(\w+)\s*\(([^)]*)\)", text):
            found[name] = 0 if parameters == "void" else parameters.count(",") + 1
        self.assertEqual({name: len(takes) for name, (_, takes) in _library.PROTOTYPES.items()}, found)


if __name__ == "__main__":
    unittest.main()
