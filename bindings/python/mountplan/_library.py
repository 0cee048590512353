# SPDX-License-Identifier: MIT
"""The loaded library and the prototypes of its functions; how strings go in and out of it, and how a failure becomes an exception."""

from __future__ import annotations

import ctypes
import os
from ctypes import POINTER, c_char_p, c_int, c_int32, c_int64, c_size_t, c_uint32, c_uint64, c_void_p
from typing import Any, Callable, Optional, Union

from . import _structures as structures

VERSION = (0, 1, 0)

StrPath = Union[str, bytes, "os.PathLike[str]", "os.PathLike[bytes]"]

_out = POINTER(c_void_p)  # receives an object, or an error
_strings = POINTER(c_char_p)

# Name without mplan_ -> what it returns, and what it takes.
PROTOTYPES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "version": (c_char_p, ()),
    "backend_name": (c_char_p, (c_uint32,)),
    "op_kind_name": (c_char_p, (c_uint32,)),
    "parent_mode": (c_uint32, (c_uint32,)),
    "overlay_escape": (c_int64, (c_char_p, c_size_t, c_char_p, c_size_t)),
    "mount_bind": (c_int, (c_char_p, c_char_p, c_uint64, _out)),
    "mount_remount": (c_int, (c_char_p, c_uint64, _out)),
    "mount_tmpfs": (c_int, (c_char_p, c_char_p, c_uint64, c_uint32, c_uint64, _out)),
    "table_read_self": (c_int, (c_uint64, _out, _out)),
    "table_read_pid": (c_int, (c_int32, c_uint64, _out, _out)),
    "table_read_fd": (c_int, (c_int, c_uint64, _out, _out)),
    "table_parse": (c_int, (c_char_p, c_size_t, c_uint64, _out, _out)),
    "table_ref": (c_void_p, (c_void_p,)),
    "table_unref": (None, (c_void_p,)),
    "table_count": (c_size_t, (c_void_p,)),
    "table_flags": (c_uint64, (c_void_p,)),
    "table_get": (c_int, (c_void_p, c_size_t, POINTER(structures.mplan_mount), c_size_t)),
    "table_find_id": (c_int64, (c_void_p, c_uint64)),
    "table_unknown_option": (c_int64, (c_void_p, c_size_t, c_size_t, c_char_p, c_size_t)),
    "table_super_option": (c_int64, (c_void_p, c_size_t, c_size_t, c_char_p, c_size_t)),
    "tree_unfold": (c_int, (c_void_p, c_char_p, c_uint64, _out, _out)),
    "tree_free": (None, (c_void_p,)),
    "tree_count": (c_size_t, (c_void_p,)),
    "tree_get": (c_int, (c_void_p, c_size_t, POINTER(structures.mplan_node), c_size_t)),
    "tree_table": (c_void_p, (c_void_p,)),
    "plan_new": (c_int, (_out, _out)),
    "plan_free": (None, (c_void_p,)),
    "plan_set_flags": (c_int, (c_void_p, c_uint64, _out)),
    "plan_set_parent_mode": (c_int, (c_void_p, c_uint32, _out)),
    "plan_bind": (c_int, (c_void_p, c_char_p, c_char_p, c_uint64, _out)),
    "plan_bind_fd": (c_int, (c_void_p, c_int, c_char_p, c_uint64, _out)),
    "plan_remount": (c_int, (c_void_p, c_char_p, c_uint64, _out)),
    "plan_tmpfs": (c_int, (c_void_p, c_char_p, c_uint64, c_uint32, c_uint64, _out)),
    "plan_proc": (c_int, (c_void_p, c_char_p, c_uint64, _out)),
    "plan_sysfs": (c_int, (c_void_p, c_char_p, c_uint64, _out)),
    "plan_devpts": (c_int, (c_void_p, c_char_p, c_uint64, _out)),
    "plan_mqueue": (c_int, (c_void_p, c_char_p, c_uint64, _out)),
    "plan_bpf": (c_int, (c_void_p, c_char_p, c_uint64, _out)),
    "plan_ramfs": (c_int, (c_void_p, c_char_p, c_uint64, _out)),
    "plan_dev": (c_int, (c_void_p, c_char_p, c_uint64, _out)),
    "plan_overlay": (c_int, (c_void_p, c_char_p, c_uint64, _out)),
    "plan_dir": (c_int, (c_void_p, c_char_p, c_uint32, c_uint64, _out)),
    "plan_file": (c_int, (c_void_p, c_char_p, c_char_p, c_size_t, c_uint32, c_uint64, _out)),
    "plan_file_fd": (c_int, (c_void_p, c_int, c_char_p, c_uint32, c_uint64, _out)),
    "plan_symlink": (c_int, (c_void_p, c_char_p, c_char_p, c_uint64, _out)),
    "plan_chmod": (c_int, (c_void_p, c_char_p, c_uint32, c_uint64, _out)),
    "plan_mask": (c_int, (c_void_p, c_char_p, c_uint64, _out)),
    "plan_propagation": (c_int, (c_void_p, c_char_p, c_uint64, _out)),
    "plan_move": (c_int, (c_void_p, c_char_p, c_char_p, c_uint64, _out)),
    "plan_unmount": (c_int, (c_void_p, c_char_p, c_uint64, _out)),
    "plan_root": (c_int, (c_void_p, c_char_p, c_uint64, _out)),
    "plan_etc": (c_int, (c_void_p, c_char_p, c_char_p, c_uint64, _out)),
    "plan_count": (c_size_t, (c_void_p,)),
    "plan_get": (c_int, (c_void_p, c_size_t, POINTER(structures.mplan_op), c_size_t)),
    "plan_layer": (c_char_p, (c_void_p, c_size_t, c_size_t)),
    "plan_validate": (c_int, (c_void_p, _out)),
    "op_add_layer": (c_int, (c_void_p, c_int, c_char_p, _out)),
    "op_add_layer_fd": (c_int, (c_void_p, c_int, c_int, _out)),
    "op_add_data_layer": (c_int, (c_void_p, c_int, c_char_p, _out)),
    "op_set_upper": (c_int, (c_void_p, c_int, c_char_p, c_char_p, _out)),
    "op_set_attrs": (c_int, (c_void_p, c_int, c_uint64, c_uint64, _out)),
    "op_set_symlinks": (c_int, (c_void_p, c_int, c_uint32, _out)),
    "op_set_source_path": (c_int, (c_void_p, c_int, c_char_p, _out)),
    "op_set_idmap": (c_int, (c_void_p, c_int, c_int, _out)),
    "op_set_inodes": (c_int, (c_void_p, c_int, c_uint64, _out)),
    "explain": (c_int, (c_void_p, POINTER(structures.mplan_prepare_args), c_size_t, _out, _out)),
    "trace_count": (c_size_t, (c_void_p,)),
    "trace_get": (c_int, (c_void_p, c_size_t, POINTER(structures.mplan_event), c_size_t)),
    "trace_text": (c_char_p, (c_void_p,)),
    "trace_backend": (c_int, (c_void_p,)),
    "trace_free": (None, (c_void_p,)),
    "prepare": (c_int, (c_void_p, POINTER(structures.mplan_prepare_args), c_size_t, _out, _out)),
    "prepared_free": (None, (c_void_p,)),
    "prepared_backend": (c_int, (c_void_p,)),
    "prepared_created_count": (c_size_t, (c_void_p,)),
    "prepared_created": (c_char_p, (c_void_p, c_size_t)),
    "prepared_error": (c_int, (c_void_p, POINTER(structures.mplan_failure), c_size_t, _out)),
    "apply": (c_int, (c_void_p, _out)),
    "apply_in_child": (c_int, (c_void_p, POINTER(structures.mplan_failure), c_size_t)),
    "spawn_new": (c_int, (_out, _out)),
    "spawn_free": (None, (c_void_p,)),
    "spawn_set_argv": (c_int, (c_void_p, _strings, c_size_t, _out)),
    "spawn_set_env": (c_int, (c_void_p, _strings, c_size_t, _out)),
    "spawn_set_cwd": (c_int, (c_void_p, c_char_p, _out)),
    "spawn_set_hostname": (c_int, (c_void_p, c_char_p, _out)),
    "spawn_set_namespaces": (c_int, (c_void_p, c_uint64, _out)),
    "spawn_set_flags": (c_int, (c_void_p, c_uint64, _out)),
    "spawn_add_uid_map": (c_int, (c_void_p, c_uint32, c_uint32, c_uint32, _out)),
    "spawn_add_gid_map": (c_int, (c_void_p, c_uint32, c_uint32, c_uint32, _out)),
    "spawn_set_ids": (c_int, (c_void_p, c_uint32, c_uint32, _out)),
    "spawn_set_capabilities": (c_int, (c_void_p, c_uint64, _out)),
    "spawn_add_fd": (c_int, (c_void_p, c_int, c_int, _out)),
    "spawn_start": (c_int, (c_void_p, c_void_p, POINTER(structures.mplan_prepare_args), c_size_t, _out, _out)),
    "process_pid": (c_int32, (c_void_p,)),
    "process_pidfd": (c_int, (c_void_p,)),
    "process_wait": (c_int, (c_void_p, POINTER(structures.mplan_exit), c_size_t, _out)),
    "process_signal": (c_int, (c_void_p, c_int, _out)),
    "process_free": (None, (c_void_p,)),
    "features_read": (c_int, (c_uint64, _out, _out)),
    "features_count": (c_size_t, (c_void_p,)),
    "features_get": (c_int, (c_void_p, c_size_t, POINTER(structures.mplan_feature), c_size_t)),
    "features_backend": (c_int, (c_void_p,)),
    "features_free": (None, (c_void_p,)),
    "error_free": (None, (c_void_p,)),
    "error_kind": (c_int, (c_void_p,)),
    "error_errno": (c_int, (c_void_p,)),
    "error_stage": (c_int, (c_void_p,)),
    "error_op": (c_int, (c_void_p,)),
    "error_left": (c_int, (c_void_p,)),
    "error_line": (c_uint64, (c_void_p,)),
    "error_column": (c_uint64, (c_void_p,)),
    "error_cause": (c_void_p, (c_void_p,)),
    **{
        f"error_{name}": (c_char_p, (c_void_p,))
        for name in ("op_name", "call", "source", "target", "path", "detail", "log", "hint", "message")
    },
}


def _load() -> ctypes.CDLL:
    library = ctypes.CDLL(os.environ.get("MOUNTPLAN_LIBRARY") or "libmountplan.so.0")
    for name, (result, arguments) in PROTOTYPES.items():
        try:
            function = getattr(library, "mplan_" + name)
        except AttributeError:
            raise ImportError(f"{library._name} is not a libmountplan of version 0.1: it has no mplan_{name}()") from None
        function.restype = result
        function.argtypes = arguments
    version = library.mplan_version().decode()
    # Before 1.0 a minor version may change what functions mean.
    if version.split(".")[:2] != [str(number) for number in VERSION[:2]]:
        raise ImportError(f"{library._name} has version {version}, and this package is for 0.1")
    return library


_library = _load()


def function(name: str) -> Any:
    """The C function mplan_NAME."""
    return getattr(_library, "mplan_" + name)


def encode(path: StrPath) -> bytes:
    """As the library takes it. A NUL would cut it short there."""
    given = os.fsencode(path)
    if b"\0" in given:
        raise ValueError("embedded null byte")
    return given


def encode_optional(path: Optional[StrPath]) -> Optional[bytes]:
    return None if path is None else encode(path)


def decode(text: bytes) -> str:
    return os.fsdecode(text)


def decode_optional(text: Optional[bytes]) -> Optional[str]:
    return None if text is None else decode(text)


def read_string(copy: Callable[[Any, int], int]) -> Optional[str]:
    """What a function writes that is called like snprintf(3); None where it has nothing (any negative result)."""
    buffer = ctypes.create_string_buffer(256)
    length = copy(buffer, len(buffer))
    if length >= len(buffer):
        buffer = ctypes.create_string_buffer(length + 1)
        length = copy(buffer, len(buffer))
    return None if length < 0 else decode(buffer.raw[:length])
