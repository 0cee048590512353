# SPDX-License-Identifier: MIT
"""What works here, and single mounts without a plan: mountplan/features.h, mountplan/mount.h."""

from __future__ import annotations

import dataclasses
from typing import Optional

from ._constants import Backend
from ._error import call
from ._handle import Entries, fill, record
from ._library import StrPath, encode, encode_optional, function, read_string
from ._structures import mplan_feature


@dataclasses.dataclass(frozen=True)
class Feature:
    """One thing that was tried."""

    name: str
    needed: str  #: what it is for
    error: int  #: 0 works; else an errno


class Features(Entries[Feature]):
    """What this kernel, and the privileges of the calling thread, allow."""

    _free = "features_free"
    _count = "features_count"

    def __init__(self) -> None:
        self._own_made("features_read", 0)

    def _entry(self, index: int) -> Feature:
        return record(Feature, fill("features_get", self._pointer, index, mplan_feature()))

    @property
    def backend(self) -> Backend:
        """What Backend.AUTO picks here."""
        return Backend(function("features_backend")(self._pointer))


def version() -> str:
    """Version of the library that was loaded."""
    return str(function("version")().decode())


def mount_bind(source: StrPath, target: StrPath, flags: int = 0) -> None:
    """Binds one file or directory, in the calling thread's mount namespace. flags: Bind."""
    call("mount_bind", encode(source), encode(target), flags)


def mount_remount(target: StrPath, flags: int = 0) -> None:
    """Adds attributes to a mount. flags: Bind."""
    call("mount_remount", encode(target), flags)


def mount_tmpfs(name: Optional[str], target: StrPath, size: int = 0, mode: int = 0o755, flags: int = 0) -> None:
    """Mounts a new tmpfs. flags: Attr."""
    call("mount_tmpfs", encode_optional(name), encode(target), size, mode, flags)


def parent_mode(mode: int) -> int:
    """The permission for missing parents of something with permission `mode`."""
    return int(function("parent_mode")(mode))


def overlay_escape(path: StrPath) -> str:
    """A path as a lowerdir= option string takes it."""
    given = encode(path)
    return read_string(lambda out, size: int(function("overlay_escape")(given, len(given), out, size))) or ""
