# SPDX-License-Identifier: MIT
"""libmountplan: describe a root file system once; get it mounted exactly as described, or not at all."""

from . import vocabulary
from ._apply import Event, Prepared, Trace
from ._constants import (
    Attr,
    Backend,
    Bind,
    Dev,
    ErrorKind,
    File,
    Namespace,
    NodeReason,
    OpKind,
    Overlay,
    PlanFlag,
    Prepare,
    Proc,
    Propagation,
    Remount,
    SpawnFlag,
    Stage,
    Symlink,
    SymlinkFlag,
    TableFlag,
    TableMax,
    TableRead,
    Tmpfs,
    Unfold,
)
from ._error import MountPlanError
from ._features import Feature, Features, mount_bind, mount_remount, mount_tmpfs, overlay_escape, parent_mode, version
from ._plan import Op, OpRecord, Plan
from ._spawn import Exit, Process, Spawn
from ._table import Mount, Node, Table, Tree

__version__ = "0.1.0"

__all__ = [
    "Attr",
    "Backend",
    "Bind",
    "Dev",
    "ErrorKind",
    "Event",
    "Exit",
    "Feature",
    "Features",
    "File",
    "Mount",
    "MountPlanError",
    "Namespace",
    "Node",
    "NodeReason",
    "Op",
    "OpKind",
    "OpRecord",
    "Overlay",
    "Plan",
    "PlanFlag",
    "Prepare",
    "Prepared",
    "Proc",
    "Process",
    "Propagation",
    "Remount",
    "Spawn",
    "SpawnFlag",
    "Stage",
    "Symlink",
    "SymlinkFlag",
    "Table",
    "TableFlag",
    "TableMax",
    "TableRead",
    "Tmpfs",
    "Trace",
    "Tree",
    "Unfold",
    "mount_bind",
    "mount_remount",
    "mount_tmpfs",
    "overlay_escape",
    "parent_mode",
    "version",
    "vocabulary",
]
