// SPDX-License-Identifier: MIT
// <mountplan/error.h>
use std::os::raw::{c_char, c_int};

opaque! { mplan_error }

pub const MPLAN_ERROR_SYSCALL: c_int = 1;
pub const MPLAN_ERROR_ARGUMENT: c_int = 2;
pub const MPLAN_ERROR_PARSE: c_int = 3;
pub const MPLAN_ERROR_VALIDATION: c_int = 4;
pub const MPLAN_ERROR_UNSUPPORTED: c_int = 5;
pub const MPLAN_ERROR_SAFETY: c_int = 6;
pub const MPLAN_ERROR_STATE: c_int = 7;
pub const MPLAN_ERROR_NOMEM: c_int = 8;
pub const MPLAN_ERROR_CHILD: c_int = 9;
pub const MPLAN_ERROR_CALLBACK: c_int = 10;
pub const MPLAN_ERROR_INTERNAL: c_int = 11;

pub const MPLAN_STAGE_NONE: c_int = 0;
pub const MPLAN_STAGE_VALIDATE: c_int = 1;
pub const MPLAN_STAGE_PREPARE: c_int = 2;
pub const MPLAN_STAGE_APPLY: c_int = 3;
pub const MPLAN_STAGE_COMMIT: c_int = 4;

extern "C" {
    pub fn mplan_error_free(error: *mut mplan_error);
    pub fn mplan_error_kind(error: *const mplan_error) -> c_int;
    pub fn mplan_error_errno(error: *const mplan_error) -> c_int;
    pub fn mplan_error_stage(error: *const mplan_error) -> c_int;
    pub fn mplan_error_op(error: *const mplan_error) -> c_int;
    pub fn mplan_error_left(error: *const mplan_error) -> c_int;
    pub fn mplan_error_op_name(error: *const mplan_error) -> *const c_char;
    pub fn mplan_error_call(error: *const mplan_error) -> *const c_char;
    pub fn mplan_error_source(error: *const mplan_error) -> *const c_char;
    pub fn mplan_error_target(error: *const mplan_error) -> *const c_char;
    pub fn mplan_error_path(error: *const mplan_error) -> *const c_char;
    pub fn mplan_error_line(error: *const mplan_error) -> u64;
    pub fn mplan_error_column(error: *const mplan_error) -> u64;
    pub fn mplan_error_detail(error: *const mplan_error) -> *const c_char;
    pub fn mplan_error_log(error: *const mplan_error) -> *const c_char;
    pub fn mplan_error_hint(error: *const mplan_error) -> *const c_char;
    pub fn mplan_error_cause(error: *const mplan_error) -> *const mplan_error;
    pub fn mplan_error_message(error: *const mplan_error) -> *const c_char;
}
