# SPDX-License-Identifier: MIT
"""The structs of the headers, field by field; tests/python compares them with tests/abi/layout.txt."""

from __future__ import annotations

from ctypes import CFUNCTYPE, POINTER, Structure, c_char_p, c_int, c_int32, c_int64, c_uint32, c_uint64, c_ubyte, c_void_p

FAILURE_SIZE = 3072


class mplan_event(Structure):
    _fields_ = [
        ("op", c_int32),
        ("reserved", c_int32),
        ("result", c_int64),
        ("flags", c_uint64),
        ("op_name", c_char_p),
        ("call", c_char_p),
        ("source", c_char_p),
        ("target", c_char_p),
        ("text", c_char_p),
    ]


event_function = CFUNCTYPE(c_int, POINTER(mplan_event), c_void_p)


class mplan_prepare_args(Structure):
    _fields_ = [
        ("flags", c_uint64),
        ("backend", c_uint32),
        ("root_fd", c_int32),
        ("has_root_fd", c_uint32),
        ("reserved", c_uint32),
        ("root", c_char_p),
        ("event", event_function),
        ("event_data", c_void_p),
    ]


class mplan_failure(Structure):
    _fields_ = [("bytes", c_ubyte * FAILURE_SIZE)]


class mplan_feature(Structure):
    _fields_ = [("name", c_char_p), ("needed", c_char_p), ("error", c_int32), ("reserved", c_uint32)]


class mplan_op(Structure):
    _fields_ = [
        ("kind", c_uint32),
        ("mode", c_uint32),
        ("flags", c_uint64),
        ("size", c_uint64),
        ("attrs_set", c_uint64),
        ("attrs_clear", c_uint64),
        ("symlinks", c_uint32),
        ("source_fd", c_int32),
        ("source", c_char_p),
        ("target", c_char_p),
        ("name", c_char_p),
        ("layers", c_uint64),
    ]


class mplan_exit(Structure):
    _fields_ = [("code", c_int32), ("signal", c_int32)]


class mplan_mount(Structure):
    _fields_ = [
        ("id", c_uint64),
        ("parent_id", c_uint64),
        ("major", c_uint32),
        ("minor", c_uint32),
        ("attributes", c_uint64),
        ("propagation", c_uint64),
        ("shared", c_uint64),
        ("master", c_uint64),
        ("propagate_from", c_uint64),
        ("root", c_char_p),
        ("mount_point", c_char_p),
        ("options", c_char_p),
        ("optional", c_char_p),
        ("type", c_char_p),
        ("source", c_char_p),
        ("super_options", c_char_p),
        ("unique_id", c_uint64),
    ]


class mplan_node(Structure):
    _fields_ = [
        ("mount", c_uint64),
        ("parent", c_int64),
        ("first_child", c_int64),
        ("next_sibling", c_int64),
        ("depth", c_uint32),
        ("reason", c_uint32),
        ("covered", c_uint32),
        ("reserved", c_uint32),
    ]
