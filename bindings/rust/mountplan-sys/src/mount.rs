// SPDX-License-Identifier: MIT
// <mountplan/mount.h>
use crate::mplan_error;
use std::os::raw::{c_char, c_int};

pub const MPLAN_TYPE_PROC: &[u8] = b"proc\0";
pub const MPLAN_TYPE_SYSFS: &[u8] = b"sysfs\0";
pub const MPLAN_TYPE_DEVPTS: &[u8] = b"devpts\0";
pub const MPLAN_TYPE_TMPFS: &[u8] = b"tmpfs\0";
pub const MPLAN_TYPE_RAMFS: &[u8] = b"ramfs\0";
pub const MPLAN_TYPE_MQUEUE: &[u8] = b"mqueue\0";
pub const MPLAN_TYPE_BPF: &[u8] = b"bpf\0";
pub const MPLAN_TYPE_OVERLAY: &[u8] = b"overlay\0";
pub const MPLAN_SOURCE_NONE: &[u8] = b"none\0";
pub const MPLAN_SOURCE_PROC: &[u8] = b"proc\0";
pub const MPLAN_SOURCE_DEVPTS: &[u8] = b"devpts\0";
pub const MPLAN_SOURCE_MQUEUE: &[u8] = b"mqueue\0";
pub const MPLAN_SOURCE_OVERLAY: &[u8] = b"overlay\0";
pub const MPLAN_SOURCE_SYSFS: &[u8] = b"sysfs\0";
pub const MPLAN_SOURCE_BPF: &[u8] = b"bpf\0";
pub const MPLAN_SOURCE_RAMFS: &[u8] = b"ramfs\0";
pub const MPLAN_SOURCE_ROOTFS: &[u8] = b"rootfs\0";
pub const MPLAN_SOURCE_DEVTMPFS: &[u8] = b"devtmpfs\0";
pub const MPLAN_SOURCE_EPHEMERAL: &[u8] = b"ephemeral\0";
pub const MPLAN_SOURCE_READONLY: &[u8] = b"readonly\0";
pub const MPLAN_SOURCE_TMPFS: &[u8] = b"tmpfs\0";
pub const MPLAN_OVERLAY_LOWERDIR: &[u8] = b"lowerdir\0";
pub const MPLAN_OVERLAY_UPPERDIR: &[u8] = b"upperdir\0";
pub const MPLAN_OVERLAY_WORKDIR: &[u8] = b"workdir\0";
pub const MPLAN_OVERLAY_USERXATTR: &[u8] = b"userxattr\0";
pub const MPLAN_OVERLAY_ESCAPE: &[u8] = b"\\\0";
pub const MPLAN_OVERLAY_OPTION_SEPARATOR: &[u8] = b",\0";
pub const MPLAN_OVERLAY_PATH_SEPARATOR: &[u8] = b":\0";

pub const MPLAN_BIND_WRITABLE: u64 = 1 << 0;
pub const MPLAN_BIND_DEVICE: u64 = 1 << 1;
pub const MPLAN_BIND_OPTIONAL: u64 = 1 << 2;
pub const MPLAN_BIND_ENSURE: u64 = 1 << 3;
pub const MPLAN_BIND_RECURSIVE: u64 = 1 << 4;

extern "C" {
    pub fn mplan_mount_bind(
        source: *const c_char,
        target: *const c_char,
        flags: u64,
        err: *mut *mut mplan_error,
    ) -> c_int;
    pub fn mplan_mount_remount(target: *const c_char, flags: u64, err: *mut *mut mplan_error) -> c_int;
    pub fn mplan_mount_tmpfs(
        name: *const c_char,
        target: *const c_char,
        size: u64,
        mode: u32,
        flags: u64,
        err: *mut *mut mplan_error,
    ) -> c_int;
    pub fn mplan_parent_mode(mode: u32) -> u32;
    pub fn mplan_overlay_escape(text: *const c_char, len: usize, out: *mut c_char, size: usize) -> i64;
}
