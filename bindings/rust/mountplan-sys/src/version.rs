// SPDX-License-Identifier: MIT
// <mountplan/version.h>
use std::os::raw::c_char;

pub const MPLAN_VERSION_MAJOR: u32 = 0;
pub const MPLAN_VERSION_MINOR: u32 = 1;
pub const MPLAN_VERSION_PATCH: u32 = 0;
pub const MPLAN_VERSION_STRING: &[u8] = b"0.1.0\0";

extern "C" {
    pub fn mplan_version() -> *const c_char;
}
