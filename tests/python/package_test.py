# SPDX-License-Identifier: MIT
"""What the package adds to the library: exceptions, objects that close, sequences, paths of every kind, callbacks."""

import errno
import os
import pathlib
import pickle
import unittest

import mountplan


class Errors(unittest.TestCase):
    def test_a_failure_is_an_os_error_with_all_that_the_library_says(self):
        plan = mountplan.Plan()
        plan.tmpfs("/tmp")
        with self.assertRaises(OSError) as raised:
            plan.bind("/srv/data", "data")
        error = raised.exception
        self.assertIsInstance(error, mountplan.MountPlanError)
        self.assertEqual((error.errno, error.strerror), (errno.EINVAL, os.strerror(errno.EINVAL)))
        self.assertEqual(error.filename, "data")
        self.assertEqual((error.kind, error.stage), (mountplan.ErrorKind.ARGUMENT, mountplan.Stage.VALIDATE))
        self.assertEqual((error.op, error.op_name, error.call), (1, "bind", None))
        self.assertEqual((error.source, error.target, error.path), ("/srv/data", "data", None))
        self.assertEqual((error.line, error.column, error.left), (None, None, 0))
        self.assertEqual(error.detail, 'target "data" is not absolute')
        self.assertEqual(str(error), 'op 1 bind /srv/data -> data: Invalid argument (target "data" is not absolute)')

    def test_a_failure_can_be_pickled(self):
        with self.assertRaises(mountplan.MountPlanError) as raised:
            mountplan.Table.parse("no table")
        copy = pickle.loads(pickle.dumps(raised.exception))
        self.assertEqual((str(copy), copy.errno, copy.line), (str(raised.exception), errno.EBADMSG, 1))

    def test_a_hint_says_what_can_be_done(self):
        plan = mountplan.Plan()
        plan.bind("/no-such-directory", "/data")
        with self.assertRaises(mountplan.MountPlanError) as raised:
            plan.explain()
        self.assertIn("optional", raised.exception.hint)


class Objects(unittest.TestCase):
    def test_an_object_is_closed_at_the_end_of_with(self):
        with mountplan.Plan() as plan:
            plan.dir("/a")
        with self.assertRaisesRegex(ValueError, "Plan is closed"):
            plan.dir("/b")

    def test_closing_twice_is_fine(self):
        plan = mountplan.Plan()
        plan.close()
        plan.close()

    def test_an_object_that_others_make_is_not_made_alone(self):
        for kind in (mountplan.Table, mountplan.Tree, mountplan.Trace, mountplan.Prepared, mountplan.Process):
            with self.assertRaises(TypeError):
                kind()

    def test_a_tree_keeps_its_table(self):
        with mountplan.Table.read_self() as table:
            count = len(table)
            tree = table.unfold()
        self.assertEqual(len(tree.table()), count)

    def test_descriptors_are_given_back(self):
        before = len(os.listdir("/proc/self/fd"))
        for _ in range(3):
            plan = mountplan.Plan()
            plan.bind_fd(0, "/data")
            del plan
        self.assertEqual(len(os.listdir("/proc/self/fd")), before)


class Sequences(unittest.TestCase):
    def setUp(self):
        self.plan = mountplan.Plan()
        for name in "abc":
            self.plan.dir(f"/{name}")

    def test_entries_are_counted_from_both_ends_and_sliced(self):
        self.assertEqual([op.target for op in self.plan], ["/a", "/b", "/c"])
        self.assertEqual(self.plan[-1].target, "/c")
        self.assertEqual([op.target for op in self.plan[::-2]], ["/c", "/a"])
        self.assertEqual([op.target for op in reversed(self.plan)], ["/c", "/b", "/a"])

    def test_what_is_out_of_range_is_an_index_error(self):
        for index in (3, -4):
            with self.assertRaises(IndexError):
                self.plan[index]

    def test_features_tell_the_backend_that_is_picked(self):
        with mountplan.Features() as features, mountplan.Plan().explain() as trace:
            self.assertEqual(features.backend, trace.backend)
            self.assertIn("open_tree", [feature.name for feature in features])


class Paths(unittest.TestCase):
    def test_str_bytes_and_path_objects_are_the_same(self):
        plan = mountplan.Plan()
        for path in ("/a b", b"/a b", pathlib.Path("/a b")):
            plan.dir(path)
        self.assertEqual({op.target for op in plan}, {"/a b"})

    def test_bytes_that_are_no_text_come_back_as_they_were(self):
        plan = mountplan.Plan()
        plan.dir(b"/\xff\xfe")
        self.assertEqual(os.fsencode(plan[0].target), b"/\xff\xfe")

    def test_a_nul_does_not_cut_a_path_short(self):
        plan = mountplan.Plan()
        with self.assertRaisesRegex(ValueError, "null"):
            plan.bind("/etc\0/passwd", "/data")
        self.assertEqual(len(plan), 0)

    def test_a_file_may_have_every_byte(self):
        plan = mountplan.Plan()
        plan.file("/f", bytes(range(256)))
        self.assertEqual(plan[0].size, 256)


class Events(unittest.TestCase):
    def setUp(self):
        self.plan = mountplan.Plan()
        self.plan.dir("/a")

    def test_a_callback_is_told_of_each_step(self):
        heard = []
        trace = self.plan.explain(event=heard.append)
        self.assertEqual(heard, list(trace))

    def test_what_a_callback_raises_stops_the_preparation_and_is_raised(self):
        plan = mountplan.Plan()
        plan.bind("/", "/host")
        for work in (plan.explain, plan.prepare):
            with self.assertRaises(ZeroDivisionError):
                work(flags=mountplan.Prepare.PIVOT, event=lambda event: 1 // 0)


class Words(unittest.TestCase):
    def test_the_vocabulary_is_there(self):
        self.assertEqual(mountplan.version(), mountplan.__version__)
        self.assertEqual(mountplan.parent_mode(0o700), 0o700)
        self.assertEqual(mountplan.overlay_escape("a:b" * 200), "a\\:b" * 200)
        self.assertEqual(mountplan.vocabulary.TYPE_TMPFS, "tmpfs")


if __name__ == "__main__":
    unittest.main()
