# SPDX-License-Identifier: MIT
"""Objects of the library as Python objects: freed once, at the end of `with`, by close(), or with the object; sequences where they have
entries."""

from __future__ import annotations

import dataclasses
import weakref
from abc import abstractmethod
from collections.abc import Sequence
from ctypes import Structure, byref, c_void_p, sizeof
from typing import Any, Optional, TypeVar, Union, overload

from ._error import call
from ._library import decode, function

AnyHandle = TypeVar("AnyHandle", bound="Handle")
Record = TypeVar("Record")


class Handle:
    """An object that the library made. Using it after close() is a ValueError."""

    _free = ""  # name of the function that ends its life

    def __init__(self) -> None:
        raise TypeError(f"{type(self).__name__} is made by other objects or by its class methods")

    def _own(self, pointer: Optional[int]) -> None:
        self._value = pointer
        self._finalizer = weakref.finalize(self, function(self._free), pointer)

    @classmethod
    def _made(cls: type[AnyHandle], name: str, *arguments: Any) -> AnyHandle:
        """What mplan_NAME(arguments..., &object, &error) makes."""
        handle = cls.__new__(cls)
        handle._own_made(name, *arguments)
        return handle

    def _own_made(self, name: str, *arguments: Any) -> None:
        out = c_void_p()
        call(name, *arguments, byref(out))
        self._own(out.value)

    @property
    def _pointer(self) -> c_void_p:
        if not self._finalizer.alive:
            raise ValueError(f"{type(self).__name__} is closed")
        return c_void_p(self._value)

    def close(self) -> None:
        """Frees the object. More than once is fine."""
        self._finalizer()

    def __enter__(self: AnyHandle) -> AnyHandle:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


class Entries(Handle, Sequence[Record]):
    """An object with entries that are read one by one."""

    _count = ""  # name of the function that counts them

    @abstractmethod
    def _entry(self, index: int) -> Record:
        """Entry `index`, which exists."""

    def _index(self, index: int) -> int:
        """As the library counts, from an index that may count from the end."""
        given = index + len(self) if index < 0 else index
        if not 0 <= given < len(self):
            raise IndexError("index out of range")
        return given

    def __len__(self) -> int:
        return int(function(self._count)(self._pointer))

    @overload
    def __getitem__(self, index: int) -> Record: ...
    @overload
    def __getitem__(self, index: slice) -> list[Record]: ...
    def __getitem__(self, index: Union[int, slice]) -> Union[Record, list[Record]]:
        if isinstance(index, slice):
            return [self._entry(i) for i in range(*index.indices(len(self)))]
        return self._entry(self._index(index))


def fill(name: str, pointer: c_void_p, index: int, out: Structure) -> Any:
    """`out`, filled by mplan_NAME(pointer, index, &out, sizeof out)."""
    if function(name)(pointer, index, byref(out), sizeof(out)) < 0:
        raise IndexError("index out of range")
    return out


def record(kind: type[Record], given: Any, /, **made: Any) -> Record:
    """The dataclass with the fields of a struct of the same names, strings decoded; those in `made` as they are given."""
    for field in dataclasses.fields(kind):
        if field.name not in made:
            value = getattr(given, field.name)
            made[field.name] = decode(value) if isinstance(value, bytes) else value
    return kind(**made)
