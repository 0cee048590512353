# SPDX-License-Identifier: MIT
"""The numbers of the headers. NAME of class Bind is MPLAN_BIND_NAME in C, and so on; tests/python compares them with tests/abi/layout.txt."""

from __future__ import annotations

import enum


class ErrorKind(enum.IntEnum):
    """What went wrong, in kind."""

    SYSCALL = 1
    ARGUMENT = 2
    PARSE = 3
    VALIDATION = 4
    UNSUPPORTED = 5
    SAFETY = 6
    STATE = 7
    NOMEM = 8
    CHILD = 9
    CALLBACK = 10
    INTERNAL = 11


class Stage(enum.IntEnum):
    """When it went wrong."""

    NONE = 0
    VALIDATE = 1
    PREPARE = 2
    APPLY = 3
    COMMIT = 4


class Attr(enum.IntFlag):
    """Attributes of one mount."""

    RDONLY = 1 << 0
    NOSUID = 1 << 1
    NODEV = 1 << 2
    NOEXEC = 1 << 3
    NOSYMFOLLOW = 1 << 4
    NOATIME = 1 << 5
    NODIRATIME = 1 << 6
    RELATIME = 1 << 7
    STRICTATIME = 1 << 8


class Propagation(enum.IntFlag):
    """Propagation types. RECURSIVE is a flag of Plan.propagation()."""

    PRIVATE = 1 << 0
    SLAVE = 1 << 1
    SHARED = 1 << 2
    UNBINDABLE = 1 << 3
    RECURSIVE = 1 << 8


class TableFlag(enum.IntFlag):
    """Facts about a snapshot."""

    UNSTABLE = 1 << 0


class TableRead(enum.IntFlag):
    """How the kernel is asked for its mounts. The default is the text."""

    STATMOUNT = 1 << 0
    MOUNTINFO = 1 << 1


class TableMax(enum.IntEnum):
    """Limits of what is read."""

    BYTES = 1 << 30
    MOUNTS = 1 << 24
    LINE = 1 << 26


class Unfold(enum.IntFlag):
    """Flags of Table.unfold()."""

    OWNER = 1 << 0


class NodeReason(enum.IntEnum):
    """Why a node is, or is not, visible."""

    VISIBLE = 0
    STACKED = 1
    UNDER_SIBLING = 2
    ORPHAN = 3
    DUPLICATE = 4
    INHERITED = 5


class Bind(enum.IntFlag):
    """Flags of bind and remount. The default is read-only and without devices."""

    WRITABLE = 1 << 0
    DEVICE = 1 << 1
    OPTIONAL = 1 << 2
    ENSURE = 1 << 3
    RECURSIVE = 1 << 4


class Remount(enum.IntFlag):
    """More flags of Plan.remount()."""

    BEST_EFFORT = 1 << 8
    SKIP_AUTOFS = 1 << 9
    SKIP_VANISHED = 1 << 10


class Tmpfs(enum.IntFlag):
    """Flags of Plan.tmpfs()."""

    READONLY = 1 << 0


class Proc(enum.IntFlag):
    """Flags of Plan.proc()."""

    HIDEPID_NOACCESS = 1 << 0
    HIDEPID_INVISIBLE = 1 << 1
    HIDEPID_PTRACEABLE = 1 << 2
    SUBSET_PID = 1 << 3
    FALLBACK_SUBSET = 1 << 4
    FALLBACK_BIND = 1 << 5


class Dev(enum.IntFlag):
    """Flags of Plan.dev()."""

    WRITABLE = 1 << 0
    MQUEUE = 1 << 1
    CONSOLE = 1 << 2


class Overlay(enum.IntFlag):
    """Flags of Plan.overlay()."""

    EPHEMERAL = 1 << 0
    READONLY = 1 << 1
    DEVICE = 1 << 2
    TRUSTED_XATTR = 1 << 3
    REDIRECT_DIR = 1 << 4
    METACOPY = 1 << 5
    INDEX = 1 << 6
    VOLATILE = 1 << 7
    XINO = 1 << 8


class File(enum.IntFlag):
    """Flags of Plan.file() and Plan.file_fd()."""

    WRITABLE = 1 << 0
    COPY = 1 << 1


class SymlinkFlag(enum.IntFlag):
    """Flags of Plan.symlink()."""

    DEREFERENCE = 1 << 0


class Symlink(enum.IntEnum):
    """What to do when the last component of a target is a symbolic link: Op.set_symlinks()."""

    REFUSE = 0
    FOLLOW = 1
    MOUNT_ON = 2


class PlanFlag(enum.IntFlag):
    """Settings of a plan as a whole."""

    CREATE = 1 << 0


class OpKind(enum.IntEnum):
    """Kinds of op."""

    BIND = 1
    REMOUNT = 2
    TMPFS = 3
    PROC = 4
    SYSFS = 5
    DEVPTS = 6
    MQUEUE = 7
    BPF = 8
    RAMFS = 9
    DEV = 10
    OVERLAY = 11
    DIR = 12
    FILE = 13
    SYMLINK = 14
    CHMOD = 15
    MASK = 16
    PROPAGATION = 17
    MOVE = 18
    UNMOUNT = 19
    ROOT = 20
    ETC = 21


class Prepare(enum.IntFlag):
    """Flags of Plan.prepare() and Plan.explain()."""

    IN_PLACE = 1 << 0
    DEFERRED = 1 << 1
    PIVOT = 1 << 2
    VERIFY = 1 << 3


class Backend(enum.IntEnum):
    """Which kernel calls are used."""

    AUTO = 0
    DETACHED = 1
    FD = 2
    CLASSIC = 3


class Namespace(enum.IntFlag):
    """Namespaces to create. The mount namespace is always new."""

    USER = 1 << 0
    PID = 1 << 1
    NET = 1 << 2
    IPC = 1 << 3
    UTS = 1 << 4
    CGROUP = 1 << 5


class SpawnFlag(enum.IntFlag):
    """Flags of Spawn.set_flags()."""

    DIE_WITH_PARENT = 1 << 0
    NEW_SESSION = 1 << 1
    AS_PID_1 = 1 << 2
    KEEP_PRIVILEGES = 1 << 3
    NO_LOOPBACK = 1 << 4
    NO_VERIFY = 1 << 5
