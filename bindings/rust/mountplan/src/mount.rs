// SPDX-License-Identifier: MIT
//! Single mounts without a plan, in the calling thread's mount namespace, and the vocabulary of mounting.
use crate::{error, sys, text, Attributes, BindFlags, Result};
use std::{
    ffi::{OsStr, OsString},
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::Path,
    ptr,
};

/// The file system types that a user namespace may mount.
pub const TYPES: [&str; 8] = ["proc", "sysfs", "devpts", "tmpfs", "ramfs", "mqueue", "bpf", "overlay"];

/// Binds `source` onto the existing `target`: `WRITABLE`, `DEVICE` and `RECURSIVE` are the flags that have a meaning here.
pub fn bind(source: impl AsRef<Path>, target: impl AsRef<Path>, flags: BindFlags) -> Result<()> {
    let (source, target) = (text::to_c("source", source.as_ref())?, text::to_c("target", target.as_ref())?);
    error::call(|err| unsafe { sys::mplan_mount_bind(source.as_ptr(), target.as_ptr(), flags.bits(), err) })?;
    Ok(())
}

/// Adds attributes to the mount at `target`: nosuid, and read-only and nodev unless `WRITABLE` and `DEVICE` say otherwise.
pub fn remount(target: impl AsRef<Path>, flags: BindFlags) -> Result<()> {
    let target = text::to_c("target", target.as_ref())?;
    error::call(|err| unsafe { sys::mplan_mount_remount(target.as_ptr(), flags.bits(), err) })?;
    Ok(())
}

/// Mounts a new tmpfs on the existing directory `target`. `size` is in bytes, 0 is the kernel's default.
pub fn tmpfs(target: impl AsRef<Path>, size: u64, mode: u32, attributes: Attributes) -> Result<()> {
    let target = text::to_c("target", target.as_ref())?;
    error::call(|err| unsafe {
        sys::mplan_mount_tmpfs(ptr::null(), target.as_ptr(), size, mode, attributes.bits(), err)
    })?;
    Ok(())
}

/// The permission for missing parents of something with permission `mode`.
///
/// ```
/// assert_eq!(mountplan::mount::parent_mode(0o700), 0o700);
/// assert_eq!(mountplan::mount::parent_mode(0o644), 0o755);
/// ```
pub fn parent_mode(mode: u32) -> u32 {
    unsafe { sys::mplan_parent_mode(mode) }
}

/// Escapes a path for a `lowerdir=` option string.
///
/// ```
/// assert_eq!(mountplan::mount::overlay_escape("/a:b,c"), r"/a\:b\,c");
/// ```
pub fn overlay_escape(path: impl AsRef<OsStr>) -> OsString {
    let bytes = path.as_ref().as_bytes();
    // Every byte may need one more, and there is the NUL.
    let mut out = vec![0; 2 * bytes.len() + 1];
    let length =
        unsafe { sys::mplan_overlay_escape(bytes.as_ptr().cast(), bytes.len(), out.as_mut_ptr().cast(), out.len()) };
    out.truncate(usize::try_from(length).unwrap_or(0));
    OsString::from_vec(out)
}
