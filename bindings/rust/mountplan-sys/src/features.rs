// SPDX-License-Identifier: MIT
// <mountplan/features.h>
use crate::mplan_error;
use std::os::raw::{c_char, c_int};

opaque! { mplan_features }

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mplan_feature {
    pub name: *const c_char,
    pub needed: *const c_char,
    pub error: i32,
    pub reserved: u32,
}

extern "C" {
    pub fn mplan_features_read(flags: u64, out: *mut *mut mplan_features, err: *mut *mut mplan_error) -> c_int;
    pub fn mplan_features_count(features: *const mplan_features) -> usize;
    pub fn mplan_features_get(features: *const mplan_features, i: usize, out: *mut mplan_feature, size: usize)
        -> c_int;
    pub fn mplan_features_backend(features: *const mplan_features) -> c_int;
    pub fn mplan_features_free(features: *mut mplan_features);
    pub fn mplan_backend_name(backend: u32) -> *const c_char;
}
