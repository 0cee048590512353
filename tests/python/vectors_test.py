# SPDX-License-Identifier: MIT
"""The vectors of tests/vectors, read with the Python package. The README there says what is in them."""

import dataclasses
import json
import pathlib
import unittest

import mountplan

VECTORS = pathlib.Path(__file__).parents[1] / "vectors"


def load(kind):
    found = {path.stem: json.loads(path.read_text()) for path in sorted((VECTORS / kind).glob("*.json"))}
    assert found, f"no vectors in {VECTORS / kind}"
    return found.items()


def fields(record):
    """The fields of a dataclass, with flags as numbers."""
    return {name: int(value) if isinstance(value, int) else value for name, value in dataclasses.asdict(record).items()}


class Tables(unittest.TestCase):
    def unfold(self, table, target):
        try:
            with table.unfold(target) as tree:
                nodes = [(table[node.mount].id, node.covered) for node in tree]
        except mountplan.MountPlanError as error:
            return {"target": target, "error": error.detail}
        return {"target": target, "nodes": [id for id, _ in nodes], "visible": [id for id, covered in nodes if not covered]}

    def mounts(self, table):
        words = [{"unknown_options": table.unknown_options(i), "super_option_words": table.super_options(i)} for i in range(len(table))]
        return [{**fields(mount), **more} for mount, more in zip(table, words)]

    def test_each_is_read_as_it_says(self):
        for name, expected in load("tables"):
            text = (VECTORS / "tables" / f"{name}.mountinfo").read_bytes()
            with self.subTest(name):
                if "error" in expected:
                    with self.assertRaises(mountplan.MountPlanError) as raised:
                        mountplan.Table.parse(text)
                    error = raised.exception
                    self.assertEqual({"line": error.line, "column": error.column, "detail": error.detail}, expected["error"])
                    continue
                with mountplan.Table.parse(text) as table:
                    self.assertEqual([self.unfold(table, case["target"]) for case in expected["cases"]], expected["cases"])
                    if "mounts" in expected:
                        self.assertEqual(self.mounts(table), expected["mounts"])


class Plans(unittest.TestCase):
    def build(self, plan, calls):
        op = None
        for name, *arguments in calls:
            kind, method = name.split("_", 1)
            added = getattr(op if kind == "op" else plan, method)(*arguments)
            op = added if isinstance(added, mountplan.Op) else op

    def failure(self, vector):
        """What fails, and where."""
        stage = "add"
        try:
            with mountplan.Plan() as plan:
                self.build(plan, vector["calls"])
                stage = "validate"
                plan.validate()
                stage = "explain"
                plan.explain()
        except mountplan.MountPlanError as error:
            found = {"from": stage, "op": -1 if error.op is None else error.op}
            return {**{name: getattr(error, name) for name in vector["error"] if name not in found}, **found}
        return None

    def explain(self, plan, backend):
        try:
            with plan.explain(backend=backend) as trace:
                self.assertEqual(trace.backend, backend)
                self.assertEqual(len(trace), trace.text.count("\n"))
                return [[step.op, step.op_name, step.call, step.source, step.target, step.flags] for step in trace if step.flags]
        except mountplan.MountPlanError as error:
            if error.kind != mountplan.ErrorKind.UNSUPPORTED:
                raise
            self.skipTest(f"not on this kernel: {error}")

    def test_each_fails_as_it_says(self):
        for name, vector in load("plans"):
            if "error" in vector:
                with self.subTest(name):
                    self.assertEqual(self.failure(vector), vector["error"])

    def test_each_is_read_back_as_it_says(self):
        for name, vector in load("plans"):
            if "ops" in vector:
                with self.subTest(name), mountplan.Plan() as plan:
                    self.build(plan, vector["calls"])
                    ops = [{**fields(op), "layers": plan.layers(i)} for i, op in enumerate(plan)]
                    self.assertEqual(ops, [{**op, "source_fd": -1} for op in vector["ops"]])

    def test_each_is_explained_as_it_says(self):
        for name, vector in load("plans"):
            for backend, steps in vector.get("explain", {}).items():
                with self.subTest(name, backend=backend), mountplan.Plan() as plan:
                    self.build(plan, vector["calls"])
                    self.assertEqual(self.explain(plan, mountplan.Backend[backend.upper()]), steps)


if __name__ == "__main__":
    unittest.main()
