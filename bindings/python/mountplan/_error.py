# SPDX-License-Identifier: MIT
"""MountPlanError, and calling a function that can fail."""

from __future__ import annotations

import os
from ctypes import byref, c_void_p
from typing import Any, Optional

from ._constants import ErrorKind, Stage
from ._library import decode, decode_optional, function


class MountPlanError(OSError):
    """A failure of the library.

    errno, strerror and filename are those of OSError; filename is the path that the failure is about. str() is one line that says it all
    but the hint. __cause__ is the error that this one follows from.
    """

    kind: ErrorKind
    stage: Stage
    op: Optional[int]  #: index of the op in the plan
    op_name: Optional[str]  #: "bind"
    call: Optional[str]  #: the system call that failed, "move_mount"
    source: Optional[str]  #: of the op
    target: Optional[str]  #: of the op
    path: Optional[str]  #: what the call was about, where it is neither source nor target
    line: Optional[int]  #: of the input text, counted from 1
    column: Optional[int]  #: in bytes, counted from 1
    detail: Optional[str]  #: what exactly is wrong
    log: Optional[str]  #: the kernel's own message
    hint: Optional[str]  #: what can be done about it
    left: int  #: number of changes that could not be taken back
    message: str

    @classmethod
    def _of(cls, error: Any) -> MountPlanError:
        """The exception that says what a mplan_error says."""

        def number(name: str) -> int:
            return int(function("error_" + name)(error))

        def text(name: str) -> Optional[str]:
            return decode_optional(function("error_" + name)(error))

        errno = number("errno")
        made = cls(errno, os.strerror(errno), text("path") or text("target") or text("source"))
        made.kind = ErrorKind(number("kind"))
        made.stage = Stage(number("stage"))
        made.op = None if number("op") < 0 else number("op")
        made.op_name = text("op_name")
        made.call = text("call")
        made.source = text("source")
        made.target = text("target")
        made.path = text("path")
        made.line = number("line") or None
        made.column = number("column") or None
        made.detail = text("detail")
        made.log = text("log")
        made.hint = text("hint")
        made.left = number("left")
        made.message = decode(function("error_message")(error))
        cause = function("error_cause")(error)
        if cause:
            made.__cause__ = cls._of(cause)
        return made

    def __str__(self) -> str:
        return self.message


def take(error: c_void_p) -> MountPlanError:
    """The exception in place of an error object, which is freed."""
    try:
        return MountPlanError._of(error)
    finally:
        function("error_free")(error)


def call(name: str, *arguments: Any) -> int:
    """Calls mplan_NAME(arguments..., &error)."""
    error = c_void_p()
    result = int(function(name)(*arguments, byref(error)))
    if result < 0:
        raise take(error)
    return result
