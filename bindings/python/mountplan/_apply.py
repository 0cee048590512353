# SPDX-License-Identifier: MIT
"""Carrying out a plan: mountplan/apply.h. Plan.explain() and Plan.prepare() make what is here."""

from __future__ import annotations

import dataclasses
from ctypes import byref, c_void_p, sizeof
from typing import Any, Callable, Optional

from ._constants import Attr, Backend, ErrorKind
from ._error import MountPlanError, call, take
from ._handle import AnyHandle, Entries, Handle, fill, record
from ._library import StrPath, decode, encode, function
from ._structures import event_function, mplan_event, mplan_failure, mplan_prepare_args


@dataclasses.dataclass(frozen=True)
class Event:
    """One thing that happened, or would happen."""

    op: int  #: index of the op; -1 for work of the plan as a whole
    result: int  #: of the call: >= 0, or a negative errno value
    flags: Attr  #: attributes the call sets
    op_name: Optional[str]
    call: Optional[str]
    source: Optional[str]
    target: Optional[str]
    text: Optional[str]  #: the call with its arguments


EventFunction = Callable[[Event], None]


def _event(given: mplan_event) -> Event:
    return record(Event, given, flags=Attr(given.flags))


class Arguments:
    """struct mplan_prepare_args, with all that it points to, and what a callback raised."""

    def __init__(
        self,
        flags: int = 0,
        backend: int = Backend.AUTO,
        root: Optional[StrPath] = None,
        root_fd: Optional[int] = None,
        event: Optional[EventFunction] = None,
    ) -> None:
        self._raised: Optional[BaseException] = None
        self._struct = mplan_prepare_args(flags=flags, backend=backend)
        if root is not None:
            self._struct.root = encode(root)
        if root_fd is not None:
            self._struct.root_fd = root_fd
            self._struct.has_root_fd = 1
        if event is not None:
            self._struct.event = event_function(self._tell(event))

    def _tell(self, event: EventFunction) -> Callable[[Any, Any], int]:
        def told(given: Any, _data: Any) -> int:
            try:
                event(_event(given.contents))
            except BaseException as raised:  # it must not pass through C
                self._raised = raised
                return 1
            return 0

        return told

    def make(self, kind: type[AnyHandle], name: str, *arguments: Any) -> AnyHandle:
        """What mplan_NAME(arguments..., args, size, &object, &error) makes; or what the callback raised, when that stopped it."""
        try:
            return kind._made(name, *arguments, byref(self._struct), sizeof(self._struct))
        except MountPlanError as error:
            if error.kind == ErrorKind.CALLBACK and self._raised is not None:
                raise self._raised from None
            raise


class Trace(Entries[Event]):
    """What applying a plan would do, step by step."""

    _free = "trace_free"
    _count = "trace_count"

    def _entry(self, index: int) -> Event:
        return _event(fill("trace_get", self._pointer, index, mplan_event()))

    @property
    def text(self) -> str:
        """The whole, one numbered call per line with its op beside it."""
        return decode(function("trace_text")(self._pointer))

    @property
    def backend(self) -> Backend:
        return Backend(function("trace_backend")(self._pointer))


class Prepared(Handle):
    """A plan that is ready to be applied, once."""

    _free = "prepared_free"
    _arguments: Arguments  # the callback is told of the steps of apply(), too

    @property
    def backend(self) -> Backend:
        return Backend(function("prepared_backend")(self._pointer))

    def apply(self) -> None:
        """Applies the plan in the calling thread's mount namespace: all of it, or on failure nothing."""
        call("apply", self._pointer)

    @property
    def created(self) -> list[str]:
        """What apply() made in trees of the caller: missing mount points, sources with ENSURE."""
        count = function("prepared_created_count")(self._pointer)
        return [decode(function("prepared_created")(self._pointer, i)) for i in range(count)]

    def apply_in_child(self) -> Optional[bytes]:
        """As apply(), in a child after os.fork(): None, or the failure for the parent's error()."""
        failure = mplan_failure()
        result = function("apply_in_child")(self._pointer, byref(failure), sizeof(failure))
        return None if result >= 0 else bytes(failure.bytes)

    def error(self, failure: bytes) -> MountPlanError:
        """In the parent: the error that a child's apply_in_child() returned."""
        given = mplan_failure()
        size = min(len(failure), sizeof(given))
        given.bytes[:size] = list(failure[:size])
        error = c_void_p()
        function("prepared_error")(self._pointer, byref(given), len(failure), byref(error))
        return take(error)
