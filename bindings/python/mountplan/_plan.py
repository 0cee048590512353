# SPDX-License-Identifier: MIT
"""Building, reading, explaining and preparing a plan: mountplan/plan.h, which is the reference for every op."""

from __future__ import annotations

import dataclasses
from typing import Any, Optional, Union

from ._apply import Arguments, EventFunction, Prepared, Trace
from ._constants import Attr, Backend, OpKind, Symlink
from ._error import call
from ._handle import Entries, fill, record
from ._library import StrPath, decode_optional, encode, encode_optional, function
from ._structures import mplan_op


@dataclasses.dataclass(frozen=True)
class OpRecord:
    """An op as it was added."""

    kind: OpKind
    mode: int
    flags: int
    size: int
    attrs_set: Attr
    attrs_clear: Attr
    symlinks: Symlink
    source_fd: int  #: the plan's own descriptor; -1 where the source is none
    source: Optional[str]
    target: Optional[str]
    name: str
    layers: int


class Op:
    """An op of a plan, to say more of it. Each method returns the op, so that they can be chained."""

    def __init__(self, plan: Plan, index: int) -> None:
        self._plan = plan
        self.index = index

    def _call(self, name: str, *arguments: Any) -> Op:
        call(name, self._plan._pointer, self.index, *arguments)
        return self

    def set_attrs(self, set: int = 0, clear: int = 0) -> Op:
        """Attributes (Attr) that the mount has besides its defaults, and defaults that it does not have."""
        return self._call("op_set_attrs", set, clear)

    def set_symlinks(self, policy: int) -> Op:
        """What to do when the last component of the target is a symbolic link: Symlink."""
        return self._call("op_set_symlinks", policy)

    def set_source_path(self, path: StrPath) -> Op:
        """A relative path beneath the source descriptor of Plan.bind_fd()."""
        return self._call("op_set_source_path", encode(path))

    def set_idmap(self, userns_fd: int) -> Op:
        """Idmaps the mount by a user namespace."""
        return self._call("op_set_idmap", userns_fd)

    def set_inodes(self, inodes: int) -> Op:
        """Most inodes of a tmpfs."""
        return self._call("op_set_inodes", inodes)

    def add_layer(self, source: StrPath) -> Op:
        """A lower layer of an overlay, below those already there."""
        return self._call("op_add_layer", encode(source))

    def add_layer_fd(self, source_fd: int) -> Op:
        """As add_layer(), an open directory."""
        return self._call("op_add_layer_fd", source_fd)

    def add_data_layer(self, source: StrPath) -> Op:
        """A layer whose files are reached through redirects only."""
        return self._call("op_add_data_layer", encode(source))

    def set_upper(self, upper: StrPath, work: StrPath) -> Op:
        """Upper and work directory of a persistent overlay."""
        return self._call("op_set_upper", encode(upper), encode(work))


class Plan(Entries[OpRecord]):
    """An ordered list of ops. Building it touches nothing. As a sequence: the ops as they were added."""

    _free = "plan_free"
    _count = "plan_count"

    def __init__(self) -> None:
        self._own_made("plan_new")

    def _entry(self, index: int) -> OpRecord:
        given = fill("plan_get", self._pointer, index, mplan_op())
        sets = {"attrs_set": Attr(given.attrs_set), "attrs_clear": Attr(given.attrs_clear)}
        return record(OpRecord, given, kind=OpKind(given.kind), symlinks=Symlink(given.symlinks), **sets)

    def layers(self, index: int) -> list[Optional[str]]:
        """Lower layers of an overlay, top first; None for those that are descriptors."""
        op = self._index(index)
        return [decode_optional(function("plan_layer")(self._pointer, op, layer)) for layer in range(self[op].layers)]

    def _add(self, name: str, *arguments: Any) -> Op:
        return Op(self, call(name, self._pointer, *arguments))

    def set_flags(self, flags: int) -> None:
        """Settings of the whole plan: PlanFlag."""
        call("plan_set_flags", self._pointer, flags)

    def set_parent_mode(self, mode: int) -> None:
        """Permission for missing parents and missing mount point directories."""
        call("plan_set_parent_mode", self._pointer, mode)

    def bind(self, source: StrPath, target: StrPath, flags: int = 0) -> Op:
        """Binds a path of the host, with everything mounted below; read-only, nosuid, nodev. flags: Bind."""
        return self._add("plan_bind", encode(source), encode(target), flags)

    def bind_fd(self, source_fd: int, target: StrPath, flags: int = 0) -> Op:
        """Binds what a descriptor has open. flags: Bind."""
        return self._add("plan_bind_fd", source_fd, encode(target), flags)

    def remount(self, target: StrPath, flags: int = 0) -> Op:
        """Adds attributes to the mount at the target. flags: Bind and Remount."""
        return self._add("plan_remount", encode(target), flags)

    def tmpfs(self, target: StrPath, size: int = 0, mode: int = 0o755, flags: int = 0) -> Op:
        """A new tmpfs. size: bytes, 0 is the kernel's default. flags: Tmpfs."""
        return self._add("plan_tmpfs", encode(target), size, mode, flags)

    def proc(self, target: StrPath, flags: int = 0) -> Op:
        """A new proc. flags: Proc."""
        return self._add("plan_proc", encode(target), flags)

    def sysfs(self, target: StrPath, flags: int = 0) -> Op:
        """A new sysfs, read-only."""
        return self._add("plan_sysfs", encode(target), flags)

    def devpts(self, target: StrPath, flags: int = 0) -> Op:
        """A new devpts instance."""
        return self._add("plan_devpts", encode(target), flags)

    def mqueue(self, target: StrPath, flags: int = 0) -> Op:
        """The message queues of the ipc namespace."""
        return self._add("plan_mqueue", encode(target), flags)

    def bpf(self, target: StrPath, flags: int = 0) -> Op:
        """A new bpf file system."""
        return self._add("plan_bpf", encode(target), flags)

    def ramfs(self, target: StrPath, flags: int = 0) -> Op:
        """A new ramfs."""
        return self._add("plan_ramfs", encode(target), flags)

    def dev(self, target: StrPath, flags: int = 0) -> Op:
        """A minimal /dev. flags: Dev."""
        return self._add("plan_dev", encode(target), flags)

    def overlay(self, target: StrPath, flags: int = 0) -> Op:
        """An overlay, whose layers are added to what this returns. flags: Overlay."""
        return self._add("plan_overlay", encode(target), flags)

    def dir(self, target: StrPath, mode: int = 0o755, flags: int = 0) -> Op:
        """A directory."""
        return self._add("plan_dir", encode(target), mode, flags)

    def file(self, target: StrPath, data: Union[str, bytes] = b"", mode: int = 0o444, flags: int = 0) -> Op:
        """A file with this content (text in UTF-8). flags: File."""
        given = data.encode() if isinstance(data, str) else bytes(data)
        return self._add("plan_file", encode(target), given, len(given), mode, flags)

    def file_fd(self, fd: int, target: StrPath, mode: int = 0o444, flags: int = 0) -> Op:
        """A file with what is read from a descriptor at apply. flags: File."""
        return self._add("plan_file_fd", fd, encode(target), mode, flags)

    def symlink(self, text: StrPath, target: StrPath, flags: int = 0) -> Op:
        """A symbolic link. flags: SymlinkFlag."""
        return self._add("plan_symlink", encode(text), encode(target), flags)

    def chmod(self, target: StrPath, mode: int, flags: int = 0) -> Op:
        """Sets the permission of something that exists."""
        return self._add("plan_chmod", encode(target), mode, flags)

    def mask(self, target: StrPath, flags: int = 0) -> Op:
        """Hides a file or directory."""
        return self._add("plan_mask", encode(target), flags)

    def propagation(self, target: StrPath, flags: int) -> Op:
        """Sets the propagation of a mount. flags: Propagation."""
        return self._add("plan_propagation", encode(target), flags)

    def move(self, source: StrPath, target: StrPath, flags: int = 0) -> Op:
        """Moves a mount inside the new root."""
        return self._add("plan_move", encode(source), encode(target), flags)

    def unmount(self, target: StrPath, flags: int = 0) -> Op:
        """Detaches a mount and everything below."""
        return self._add("plan_unmount", encode(target), flags)

    def root(self, source: StrPath, flags: int = 0) -> Op:
        """Binds every entry of a host directory to the same name at `/`, with exceptions. flags: Bind."""
        return self._add("plan_root", encode(source), flags)

    def etc(self, source: Optional[StrPath], prefix: StrPath, flags: int = 0) -> Op:
        """Makes /etc of links into a bind of a host directory (None is /etc)."""
        return self._add("plan_etc", encode_optional(source), encode(prefix), flags)

    def validate(self) -> None:
        """Checks the plan as a whole without looking at any file."""
        call("plan_validate", self._pointer)

    def explain(
        self,
        *,
        flags: int = 0,
        backend: int = Backend.AUTO,
        root: Optional[StrPath] = None,
        root_fd: Optional[int] = None,
        event: Optional[EventFunction] = None,
    ) -> Trace:
        """What applying the plan would do on this system, without changing anything. flags: Prepare."""
        arguments = Arguments(flags, backend, root, root_fd, event)
        return arguments.make(Trace, "explain", self._pointer)

    def prepare(
        self,
        *,
        flags: int = 0,
        backend: int = Backend.AUTO,
        root: Optional[StrPath] = None,
        root_fd: Optional[int] = None,
        event: Optional[EventFunction] = None,
    ) -> Prepared:
        """Resolves, checks and allocates, and changes nothing. flags: Prepare. event is told of each step, also of Prepared.apply(); what it
        raises stops the preparation, and is ignored later."""
        arguments = Arguments(flags, backend, root, root_fd, event)
        prepared = arguments.make(Prepared, "prepare", self._pointer)
        prepared._arguments = arguments
        return prepared

    def apply(
        self,
        *,
        flags: int = 0,
        backend: int = Backend.AUTO,
        root: Optional[StrPath] = None,
        root_fd: Optional[int] = None,
        event: Optional[EventFunction] = None,
    ) -> None:
        """Prepares and applies."""
        with self.prepare(flags=flags, backend=backend, root=root, root_fd=root_fd, event=event) as prepared:
            prepared.apply()
