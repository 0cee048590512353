// SPDX-License-Identifier: MIT
//! Text on its way to C and back.
use crate::error::{Error, Result};
use std::{
    ffi::{CStr, CString, OsStr},
    mem::{size_of, zeroed},
    os::{raw::c_char, raw::c_int, unix::ffi::OsStrExt},
    path::Path,
    ptr,
};

/// `text` with a NUL at its end. `what` names the parameter in the error for a NUL within.
pub(crate) fn to_c(what: &str, text: impl AsRef<OsStr>) -> Result<CString> {
    CString::new(text.as_ref().as_bytes()).map_err(|_| Error::argument(format!("{} has a NUL byte in it", what)))
}

/// NULL for none.
pub(crate) fn pointer(text: &Option<CString>) -> *const c_char {
    text.as_ref().map_or(ptr::null(), |text| text.as_ptr())
}

/// # Safety
/// `text` is NULL or a string that lives for `'a`.
pub(crate) unsafe fn from_c<'a>(text: *const c_char) -> Option<&'a OsStr> {
    if text.is_null() {
        return None;
    }
    Some(OsStr::from_bytes(unsafe { CStr::from_ptr(text) }.to_bytes()))
}

/// # Safety
/// As for [`from_c`].
pub(crate) unsafe fn path_from_c<'a>(text: *const c_char) -> Option<&'a Path> {
    unsafe { from_c(text) }.map(Path::new)
}

/// The names that the library gives to calls and ops, which are ASCII.
///
/// # Safety
/// As for [`from_c`].
pub(crate) unsafe fn name_from_c<'a>(text: *const c_char) -> Option<&'a str> {
    unsafe { from_c(text) }.and_then(OsStr::to_str)
}

/// A struct of C filled by one of the functions that take its size.
///
/// # Safety
/// All bits zero are a value of `T`, and `fill` writes no more than the size it is given.
pub(crate) unsafe fn filled<T>(fill: impl FnOnce(*mut T, usize) -> c_int) -> Option<T> {
    let mut value: T = unsafe { zeroed() };
    (fill(&mut value, size_of::<T>()) == 0).then_some(value)
}
