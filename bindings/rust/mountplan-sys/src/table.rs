// SPDX-License-Identifier: MIT
// <mountplan/table.h>
use crate::mplan_error;
use std::os::raw::{c_char, c_int, c_void};

opaque! { mplan_table }

pub const MPLAN_TABLE_UNSTABLE: u64 = 1 << 0;

pub const MPLAN_TABLE_READ_STATMOUNT: u64 = 1 << 0;
pub const MPLAN_TABLE_READ_MOUNTINFO: u64 = 1 << 1;

pub const MPLAN_TABLE_MAX_BYTES: usize = 1 << 30;
pub const MPLAN_TABLE_MAX_MOUNTS: usize = 1 << 24;
pub const MPLAN_TABLE_MAX_LINE: usize = 1 << 26;

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mplan_mount {
    pub id: u64,
    pub parent_id: u64,
    pub major: u32,
    pub minor: u32,
    pub attributes: u64,
    pub propagation: u64,
    pub shared: u64,
    pub master: u64,
    pub propagate_from: u64,
    pub root: *const c_char,
    pub mount_point: *const c_char,
    pub options: *const c_char,
    pub optional: *const c_char,
    pub r#type: *const c_char,
    pub source: *const c_char,
    pub super_options: *const c_char,
    pub unique_id: u64,
}

extern "C" {
    pub fn mplan_table_read_self(flags: u64, out: *mut *mut mplan_table, err: *mut *mut mplan_error) -> c_int;
    pub fn mplan_table_read_pid(pid: i32, flags: u64, out: *mut *mut mplan_table, err: *mut *mut mplan_error) -> c_int;
    pub fn mplan_table_read_fd(fd: c_int, flags: u64, out: *mut *mut mplan_table, err: *mut *mut mplan_error) -> c_int;
    pub fn mplan_table_parse(
        buf: *const c_void,
        len: usize,
        flags: u64,
        out: *mut *mut mplan_table,
        err: *mut *mut mplan_error,
    ) -> c_int;
    pub fn mplan_table_ref(table: *mut mplan_table) -> *mut mplan_table;
    pub fn mplan_table_unref(table: *mut mplan_table);
    pub fn mplan_table_count(table: *const mplan_table) -> usize;
    pub fn mplan_table_flags(table: *const mplan_table) -> u64;
    pub fn mplan_table_get(table: *const mplan_table, i: usize, out: *mut mplan_mount, size: usize) -> c_int;
    pub fn mplan_table_find_id(table: *const mplan_table, id: u64) -> i64;
    pub fn mplan_table_unknown_option(
        table: *const mplan_table,
        i: usize,
        word: usize,
        out: *mut c_char,
        size: usize,
    ) -> i64;
    pub fn mplan_table_super_option(
        table: *const mplan_table,
        i: usize,
        option: usize,
        out: *mut c_char,
        size: usize,
    ) -> i64;
}
