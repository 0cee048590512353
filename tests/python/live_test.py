# SPDX-License-Identifier: MIT
"""Real mounts, in a mount namespace of this process's own that is made private first, below a tmpfs of its own."""

import ctypes
import os
import signal
import tempfile
import unittest

import mountplan

CLONE_NEWNS, CLONE_NEWUSER, MS_REC, MS_PRIVATE, MNT_DETACH = 0x20000, 0x10000000, 0x4000, 0x40000, 2
libc = ctypes.CDLL(None, use_errno=True)
scratch = ""


def enter_namespaces():
    uid, gid = os.geteuid(), os.getegid()
    if libc.unshare(CLONE_NEWNS | (CLONE_NEWUSER if uid else 0)) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    if uid:
        for name, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {gid} 1")):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
    if libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None) != 0:
        raise OSError(ctypes.get_errno(), "mount")
    global scratch
    scratch = tempfile.mkdtemp()
    mountplan.mount_tmpfs("scratch", scratch)


def tearDownModule():
    libc.umount2(os.fsencode(scratch), MNT_DETACH)
    os.rmdir(scratch)


def setUpModule():
    try:
        enter_namespaces()
    except OSError as error:
        if os.environ.get("MOUNTPLAN_REQUIRE_LIVE") == "1":
            raise
        raise unittest.SkipTest(f"no namespaces: {error}")


def mounts_below(path):
    with mountplan.Table.read_self() as table:
        return {mount.mount_point: mount for mount in table if mount.mount_point.startswith(path + "/")}


class Apply(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.mkdtemp(dir=scratch)
        self.source = tempfile.mkdtemp(dir=scratch)

    def test_a_plan_is_mounted_as_it_says(self):
        plan = mountplan.Plan()
        plan.bind(self.source, "/data").set_attrs(mountplan.Attr.NOEXEC)
        plan.tmpfs("/tmp", mode=0o1777)
        plan.file("/note", "text\n")
        heard = []
        with plan.prepare(root=self.root, event=heard.append) as prepared:
            prepared.apply()
        self.assertIn("data", os.listdir(self.root))
        with open(f"{self.root}/note") as file:
            self.assertEqual(file.read(), "text\n")
        attributes = mounts_below(self.root)[f"{self.root}/data"].attributes
        asked = mountplan.Attr.RDONLY | mountplan.Attr.NOSUID | mountplan.Attr.NODEV | mountplan.Attr.NOEXEC
        self.assertEqual(attributes & asked, asked)
        self.assertIn("tmpfs", {event.op_name for event in heard})

    def test_a_failure_leaves_nothing(self):
        before = mounts_below(self.root)
        plan = mountplan.Plan()
        plan.tmpfs("/tmp")
        plan.remount("/nothing")
        with self.assertRaises(mountplan.MountPlanError) as raised:
            plan.apply(root=self.root)
        self.assertEqual((raised.exception.op, raised.exception.op_name), (1, "remount"))
        self.assertEqual((mounts_below(self.root), os.listdir(self.root)), (before, []))

    def test_what_is_made_in_the_callers_tree_is_told(self):
        plan = mountplan.Plan()
        plan.set_flags(mountplan.PlanFlag.CREATE)
        plan.tmpfs("/new")
        with plan.prepare(root=self.root, flags=mountplan.Prepare.IN_PLACE) as prepared:
            prepared.apply()
            self.assertEqual(prepared.created, ["/new"])

    def test_a_failure_in_a_child_is_an_error_in_the_parent(self):
        plan = mountplan.Plan()
        plan.remount("/nothing")
        prepared = plan.prepare(root=self.root)
        read, write = os.pipe()
        pid = os.fork()
        if pid == 0:
            failure = prepared.apply_in_child()
            os.write(write, failure or b"")
            os._exit(0)
        os.waitpid(pid, 0)
        error = prepared.error(os.read(read, 4096))
        self.assertEqual((error.op_name, error.target, error.stage), ("remount", "/nothing", mountplan.Stage.APPLY))

    def test_bytes_that_are_no_failure_are_an_argument_error(self):
        prepared = mountplan.Plan().prepare(root=self.root)
        for given in (b"", bytes(3072), bytes(4096)):
            self.assertEqual(prepared.error(given).kind, mountplan.ErrorKind.ARGUMENT)

    def test_single_mounts_need_no_plan(self):
        mountplan.mount_bind(self.source, self.root, mountplan.Bind.WRITABLE)
        mountplan.mount_remount(self.root)
        with self.assertRaises(OSError):
            os.mkdir(f"{self.root}/new")


class Run(unittest.TestCase):
    def setUp(self):
        self.plan = mountplan.Plan()
        self.plan.bind("/", "/")

    def start(self, *argv, **options):
        spawn = mountplan.Spawn().set_argv(argv).set_env({"NAME": "value"})
        return spawn.start(self.plan, **options)

    def test_a_program_runs_inside_the_plan(self):
        with self.start("/bin/sh", "-c", '[ "$NAME" = value ] && mkdir /new 2>&1 | grep -q Read-only && exit 7') as process:
            self.assertGreater(process.pid, 0)
            self.assertEqual(process.wait(), mountplan.Exit(7, 0))
            self.assertEqual(process.wait(), mountplan.Exit(7, 0))

    def test_a_signal_ends_it(self):
        with self.start("/bin/sleep", "60") as process:
            process.signal(signal.SIGTERM)
            self.assertEqual(process.wait(), mountplan.Exit(128 + signal.SIGTERM, signal.SIGTERM))

    def test_a_program_that_is_not_there_is_an_error(self):
        with self.assertRaises(mountplan.MountPlanError) as raised:
            self.start("/no/such/program")
        self.assertEqual(raised.exception.call, "execve")

    def test_a_callback_is_told_of_every_step_even_if_it_raises_too_late(self):
        heard = []

        def hear(event):
            heard.append(event)
            if event.op >= 0:  # a step of the child: what is prepared belongs to no op
                raise ValueError("too late")

        with self.start("/bin/true", event=hear) as process:
            self.assertEqual(process.wait().code, 0)
        self.assertEqual(heard[-1].op, -1)
        self.assertIn("bind", [event.op_name for event in heard])


if __name__ == "__main__":
    unittest.main()
