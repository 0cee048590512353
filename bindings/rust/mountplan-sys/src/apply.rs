// SPDX-License-Identifier: MIT
// <mountplan/apply.h>
use crate::{mplan_error, mplan_plan};
use std::os::raw::{c_char, c_int, c_void};

opaque! { mplan_prepared mplan_trace }

pub const MPLAN_BACKEND_AUTO: u32 = 0;
pub const MPLAN_BACKEND_DETACHED: u32 = 1;
pub const MPLAN_BACKEND_FD: u32 = 2;
pub const MPLAN_BACKEND_CLASSIC: u32 = 3;

pub const MPLAN_PREPARE_IN_PLACE: u64 = 1 << 0;
pub const MPLAN_PREPARE_DEFERRED: u64 = 1 << 1;
pub const MPLAN_PREPARE_PIVOT: u64 = 1 << 2;
pub const MPLAN_PREPARE_VERIFY: u64 = 1 << 3;

pub const MPLAN_FAILURE_SIZE: usize = 3072;

pub type mplan_event_fn = Option<unsafe extern "C" fn(event: *const mplan_event, data: *mut c_void) -> c_int>;

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mplan_event {
    pub op: i32,
    pub reserved: i32,
    pub result: i64,
    pub flags: u64,
    pub op_name: *const c_char,
    pub call: *const c_char,
    pub source: *const c_char,
    pub target: *const c_char,
    pub text: *const c_char,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mplan_prepare_args {
    pub flags: u64,
    pub backend: u32,
    pub root_fd: i32,
    pub has_root_fd: u32,
    pub reserved: u32,
    pub root: *const c_char,
    pub event: mplan_event_fn,
    pub event_data: *mut c_void,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mplan_failure {
    pub bytes: [u8; MPLAN_FAILURE_SIZE],
}

extern "C" {
    pub fn mplan_explain(
        plan: *const mplan_plan,
        args: *const mplan_prepare_args,
        size: usize,
        out: *mut *mut mplan_trace,
        err: *mut *mut mplan_error,
    ) -> c_int;
    pub fn mplan_trace_count(trace: *const mplan_trace) -> usize;
    pub fn mplan_trace_get(trace: *const mplan_trace, i: usize, out: *mut mplan_event, size: usize) -> c_int;
    pub fn mplan_trace_text(trace: *const mplan_trace) -> *const c_char;
    pub fn mplan_trace_backend(trace: *const mplan_trace) -> c_int;
    pub fn mplan_trace_free(trace: *mut mplan_trace);
    pub fn mplan_prepare(
        plan: *const mplan_plan,
        args: *const mplan_prepare_args,
        size: usize,
        out: *mut *mut mplan_prepared,
        err: *mut *mut mplan_error,
    ) -> c_int;
    pub fn mplan_prepared_free(prepared: *mut mplan_prepared);
    pub fn mplan_prepared_backend(prepared: *const mplan_prepared) -> c_int;
    pub fn mplan_apply(prepared: *mut mplan_prepared, err: *mut *mut mplan_error) -> c_int;
    pub fn mplan_prepared_created_count(prepared: *const mplan_prepared) -> usize;
    pub fn mplan_prepared_created(prepared: *const mplan_prepared, i: usize) -> *const c_char;
    pub fn mplan_apply_in_child(prepared: *mut mplan_prepared, out: *mut mplan_failure, size: usize) -> c_int;
    pub fn mplan_prepared_error(
        prepared: *const mplan_prepared,
        failure: *const mplan_failure,
        size: usize,
        err: *mut *mut mplan_error,
    ) -> c_int;
}
