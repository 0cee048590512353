# SPDX-License-Identifier: MIT
"""The mount table, and the tree it unfolds to: mountplan/table.h, mountplan/tree.h."""

from __future__ import annotations

import dataclasses
import itertools
import os
from collections.abc import Iterator
from typing import Optional, Union

from ._constants import Attr, NodeReason, Propagation, TableFlag
from ._handle import Entries, fill, record
from ._library import StrPath, encode_optional, function, read_string
from ._structures import mplan_mount, mplan_node


@dataclasses.dataclass(frozen=True)
class Mount:
    """One mount."""

    id: int
    parent_id: int  #: the mount's own id for a root without parent
    major: int
    minor: int
    attributes: Attr
    propagation: Propagation
    shared: int  #: peer group; 0 where not shared
    master: int  #: peer group of the master; 0 where not a slave
    propagate_from: int
    root: str
    mount_point: str
    options: str
    optional: str
    type: str
    source: str
    super_options: str  #: still escaped; see Table.super_options()
    unique_id: int  #: 0 where it is not known


@dataclasses.dataclass(frozen=True)
class Node:
    """One node of a tree. Indices of nodes are -1 where there is none."""

    mount: int  #: index in the table
    parent: int
    first_child: int
    next_sibling: int
    depth: int
    reason: NodeReason
    covered: bool  #: cannot be reached by its path


class Table(Entries[Mount]):
    """A snapshot of the mounts of a mount namespace. It never changes."""

    _free = "table_unref"
    _count = "table_count"

    @classmethod
    def read_self(cls, flags: int = 0) -> Table:
        """The mounts of the calling thread's mount namespace. flags: TableRead."""
        return cls._made("table_read_self", flags)

    @classmethod
    def read_pid(cls, pid: int, flags: int = 0) -> Table:
        """The mounts of another process's mount namespace. flags: TableRead."""
        return cls._made("table_read_pid", pid, flags)

    @classmethod
    def read_fd(cls, fd: int) -> Table:
        """The mounts in mountinfo text, read from a descriptor to its end."""
        return cls._made("table_read_fd", fd, 0)

    @classmethod
    def parse(cls, text: Union[str, bytes]) -> Table:
        """The mounts in mountinfo text."""
        given = os.fsencode(text)
        return cls._made("table_parse", given, len(given), 0)

    def _entry(self, index: int) -> Mount:
        given = fill("table_get", self._pointer, index, mplan_mount())
        return record(Mount, given, attributes=Attr(given.attributes), propagation=Propagation(given.propagation))

    @property
    def flags(self) -> TableFlag:
        return TableFlag(function("table_flags")(self._pointer))

    def find_id(self, id: int) -> Optional[int]:
        """Index of the mount with this id."""
        found = int(function("table_find_id")(self._pointer, id))
        return None if found < 0 else found

    def _words(self, name: str, index: int) -> Iterator[str]:
        at = self._index(index)
        for word in itertools.count():
            text = read_string(lambda out, size: int(function(name)(self._pointer, at, word, out, size)))
            if text is None:
                return
            yield text

    def unknown_options(self, index: int) -> list[str]:
        """The per-mount options of a mount that are in no attribute bit."""
        return list(self._words("table_unknown_option", index))

    def super_options(self, index: int) -> list[str]:
        """The per-superblock options of a mount, unescaped."""
        return list(self._words("table_super_option", index))

    def unfold(self, target: Optional[StrPath] = None, flags: int = 0) -> Tree:
        """The hierarchy at and below `target`, or of the whole table. flags: Unfold."""
        return Tree._made("tree_unfold", self._pointer, encode_optional(target), flags)


class Tree(Entries[Node]):
    """The hierarchy of mounts, in pre-order, covered mounts resolved. It keeps its table alive."""

    _free = "tree_free"
    _count = "tree_count"

    def _entry(self, index: int) -> Node:
        given = fill("tree_get", self._pointer, index, mplan_node())
        return record(Node, given, reason=NodeReason(given.reason), covered=given.covered != 0)

    def table(self) -> Table:
        """The table it was unfolded from."""
        table = Table.__new__(Table)
        table._own(function("table_ref")(function("tree_table")(self._pointer)))
        return table
