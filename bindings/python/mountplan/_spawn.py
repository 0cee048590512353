# SPDX-License-Identifier: MIT
"""Running a program inside a plan: mountplan/spawn.h."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from ctypes import byref, c_char_p, sizeof
from typing import Any, Optional

from ._apply import Arguments, EventFunction
from ._constants import Backend
from ._error import call
from ._handle import Handle, record
from ._library import StrPath, encode, encode_optional, function
from ._plan import Plan
from ._structures import mplan_exit


@dataclasses.dataclass(frozen=True)
class Exit:
    """How a process ended."""

    code: int  #: exit status; 128 + signal where a signal ended it
    signal: int  #: 0 where it exited by itself


class Process(Handle):
    """A program that runs. One that still runs at close() is left alone, and is the caller's to wait for."""

    _free = "process_free"

    @property
    def pid(self) -> int:
        """Of the program, or of the reaper in front of it."""
        return int(function("process_pid")(self._pointer))

    @property
    def pidfd(self) -> int:
        """Readable when the process ended; the library's own. -1 where the kernel has none."""
        return int(function("process_pidfd")(self._pointer))

    def wait(self) -> Exit:
        """Waits for the end. Again gives the same."""
        out = mplan_exit()
        call("process_wait", self._pointer, byref(out), sizeof(out))
        return record(Exit, out)

    def signal(self, signal: int) -> None:
        """Sends a signal."""
        call("process_signal", self._pointer, signal)


class Spawn(Handle):
    """What to run, and how. Each setter returns the object, so that they can be chained."""

    _free = "spawn_free"

    def __init__(self) -> None:
        self._own_made("spawn_new")

    def _call(self, name: str, *arguments: Any) -> Spawn:
        call(name, self._pointer, *arguments)
        return self

    def _call_strings(self, name: str, strings: Iterable[StrPath]) -> Spawn:
        given = [encode(string) for string in strings]
        return self._call(name, (c_char_p * len(given))(*given), len(given))

    def set_argv(self, argv: Iterable[StrPath]) -> Spawn:
        """The program and its arguments."""
        return self._call_strings("spawn_set_argv", argv)

    def set_env(self, env: Mapping[str, str]) -> Spawn:
        """The whole environment. Until it is set the program gets the caller's."""
        return self._call_strings("spawn_set_env", (f"{name}={value}" for name, value in env.items()))

    def set_cwd(self, path: Optional[StrPath]) -> Spawn:
        """Working directory inside the new root; None is `/`."""
        return self._call("spawn_set_cwd", encode_optional(path))

    def set_hostname(self, name: Optional[str]) -> Spawn:
        """Host name; needs Namespace.UTS."""
        return self._call("spawn_set_hostname", encode_optional(name))

    def set_namespaces(self, namespaces: int) -> Spawn:
        """Namespaces to create besides the mount namespace: Namespace."""
        return self._call("spawn_set_namespaces", namespaces)

    def set_flags(self, flags: int) -> Spawn:
        """SpawnFlag."""
        return self._call("spawn_set_flags", flags)

    def add_uid_map(self, inside: int, outside: int, count: int) -> Spawn:
        """A range of the user id map; needs Namespace.USER."""
        return self._call("spawn_add_uid_map", inside, outside, count)

    def add_gid_map(self, inside: int, outside: int, count: int) -> Spawn:
        """A range of the group id map; needs Namespace.USER."""
        return self._call("spawn_add_gid_map", inside, outside, count)

    def set_ids(self, uid: int, gid: int) -> Spawn:
        """User and group the program runs as, inside the user namespace."""
        return self._call("spawn_set_ids", uid, gid)

    def set_capabilities(self, keep: int) -> Spawn:
        """Capabilities to keep, a bit each."""
        return self._call("spawn_set_capabilities", keep)

    def add_fd(self, fd: int, child_fd: int) -> Spawn:
        """Hands a descriptor to the program, as number `child_fd`."""
        return self._call("spawn_add_fd", fd, child_fd)

    def start(self, plan: Plan, *, flags: int = 0, backend: int = Backend.AUTO, event: Optional[EventFunction] = None) -> Process:
        """Starts the program inside the plan; returns when it was executed. flags: Prepare."""
        return Arguments(flags, backend, event=event).make(Process, "spawn_start", self._pointer, plan._pointer)
