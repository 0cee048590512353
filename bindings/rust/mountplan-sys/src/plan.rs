// SPDX-License-Identifier: MIT
// <mountplan/plan.h>
use crate::mplan_error;
use std::os::raw::{c_char, c_int, c_void};

opaque! { mplan_plan }

pub const MPLAN_OP_BIND: u32 = 1;
pub const MPLAN_OP_REMOUNT: u32 = 2;
pub const MPLAN_OP_TMPFS: u32 = 3;
pub const MPLAN_OP_PROC: u32 = 4;
pub const MPLAN_OP_SYSFS: u32 = 5;
pub const MPLAN_OP_DEVPTS: u32 = 6;
pub const MPLAN_OP_MQUEUE: u32 = 7;
pub const MPLAN_OP_BPF: u32 = 8;
pub const MPLAN_OP_RAMFS: u32 = 9;
pub const MPLAN_OP_DEV: u32 = 10;
pub const MPLAN_OP_OVERLAY: u32 = 11;
pub const MPLAN_OP_DIR: u32 = 12;
pub const MPLAN_OP_FILE: u32 = 13;
pub const MPLAN_OP_SYMLINK: u32 = 14;
pub const MPLAN_OP_CHMOD: u32 = 15;
pub const MPLAN_OP_MASK: u32 = 16;
pub const MPLAN_OP_PROPAGATION: u32 = 17;
pub const MPLAN_OP_MOVE: u32 = 18;
pub const MPLAN_OP_UNMOUNT: u32 = 19;
pub const MPLAN_OP_ROOT: u32 = 20;
pub const MPLAN_OP_ETC: u32 = 21;

pub const MPLAN_REMOUNT_BEST_EFFORT: u64 = 1 << 8;
pub const MPLAN_REMOUNT_SKIP_AUTOFS: u64 = 1 << 9;
pub const MPLAN_REMOUNT_SKIP_VANISHED: u64 = 1 << 10;

pub const MPLAN_TMPFS_READONLY: u64 = 1 << 0;

pub const MPLAN_PROC_HIDEPID_NOACCESS: u64 = 1 << 0;
pub const MPLAN_PROC_HIDEPID_INVISIBLE: u64 = 1 << 1;
pub const MPLAN_PROC_HIDEPID_PTRACEABLE: u64 = 1 << 2;
pub const MPLAN_PROC_SUBSET_PID: u64 = 1 << 3;
pub const MPLAN_PROC_FALLBACK_SUBSET: u64 = 1 << 4;
pub const MPLAN_PROC_FALLBACK_BIND: u64 = 1 << 5;

pub const MPLAN_DEV_WRITABLE: u64 = 1 << 0;
pub const MPLAN_DEV_MQUEUE: u64 = 1 << 1;
pub const MPLAN_DEV_CONSOLE: u64 = 1 << 2;

pub const MPLAN_OVERLAY_EPHEMERAL: u64 = 1 << 0;
pub const MPLAN_OVERLAY_READONLY: u64 = 1 << 1;
pub const MPLAN_OVERLAY_DEVICE: u64 = 1 << 2;
pub const MPLAN_OVERLAY_TRUSTED_XATTR: u64 = 1 << 3;
pub const MPLAN_OVERLAY_REDIRECT_DIR: u64 = 1 << 4;
pub const MPLAN_OVERLAY_METACOPY: u64 = 1 << 5;
pub const MPLAN_OVERLAY_INDEX: u64 = 1 << 6;
pub const MPLAN_OVERLAY_VOLATILE: u64 = 1 << 7;
pub const MPLAN_OVERLAY_XINO: u64 = 1 << 8;

pub const MPLAN_FILE_WRITABLE: u64 = 1 << 0;
pub const MPLAN_FILE_COPY: u64 = 1 << 1;

pub const MPLAN_SYMLINK_DEREFERENCE: u64 = 1 << 0;

pub const MPLAN_PROPAGATION_RECURSIVE: u64 = 1 << 8;

pub const MPLAN_PLAN_CREATE: u64 = 1 << 0;

pub const MPLAN_SYMLINK_REFUSE: u32 = 0;
pub const MPLAN_SYMLINK_FOLLOW: u32 = 1;
pub const MPLAN_SYMLINK_MOUNT_ON: u32 = 2;

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mplan_op {
    pub kind: u32,
    pub mode: u32,
    pub flags: u64,
    pub size: u64,
    pub attrs_set: u64,
    pub attrs_clear: u64,
    pub symlinks: u32,
    pub source_fd: i32,
    pub source: *const c_char,
    pub target: *const c_char,
    pub name: *const c_char,
    pub layers: u64,
}

extern "C" {
    pub fn mplan_plan_new(out: *mut *mut mplan_plan, err: *mut *mut mplan_error) -> c_int;
    pub fn mplan_plan_free(plan: *mut mplan_plan);
    pub fn mplan_plan_set_flags(plan: *mut mplan_plan, flags: u64, err: *mut *mut mplan_error) -> c_int;
    pub fn mplan_plan_set_parent_mode(plan: *mut mplan_plan, mode: u32, err: *mut *mut mplan_error) -> c_int;
    pub fn mplan_plan_bind(
        plan: *mut mplan_plan,
        source: *const c_char,
        target: *const c_char,
        flags: u64,
        err: *mut *mut mplan_error,
    ) -> c_int;
    pub fn mplan_plan_bind_fd(
        plan: *mut mplan_plan,
        source_fd: c_int,
        target: *const c_char,
        flags: u64,
        err: *mut *mut mplan_error,
    ) -> c_int;
    pub fn mplan_plan_remount(
        plan: *mut mplan_plan,
        target: *const c_char,
        flags: u64,
        err: *mut *mut mplan_error,
    ) -> c_int;
    pub fn mplan_plan_tmpfs(
        plan: *mut mplan_plan,
        target: *const c_char,
        size: u64,
        mode: u32,
        flags: u64,
        err: *mut *mut mplan_error,
    ) -> c_int;
    pub fn mplan_plan_proc(
        plan: *mut mplan_plan,
        target: *const c_char,
        flags: u64,
        err: *mut *mut mplan_error,
    ) -> c_int;
    pub fn mplan_plan_sysfs(
        plan: *mut mplan_plan,
        target: *const c_char,
        flags: u64,
        err: *mut *mut mplan_error,
    ) -> c_int;
    pub fn mplan_plan_devpts(
        plan: *mut mplan_plan,
        target: *const c_char,
        flags: u64,
        err: *mut *mut mplan_error,
    ) -> c_int;
    pub fn mplan_plan_mqueue(
        plan: *mut mplan_plan,
        target: *const c_char,
        flags: u64,
        err: *mut *mut mplan_error,
    ) -> c_int;
    pub fn mplan_plan_bpf(
        plan: *mut mplan_plan,
        target: *const c_char,
        flags: u64,
        err: *mut *mut mplan_error,
    ) -> c_int;
    pub fn mplan_plan_ramfs(
        plan: *mut mplan_plan,
        target: *const c_char,
        flags: u64,
        err: *mut *mut mplan_error,
    ) -> c_int;
    pub fn mplan_plan_dev(
        plan: *mut mplan_plan,
        target: *const c_char,
        flags: u64,
        err: *mut *mut mplan_error,
    ) -> c_int;
    pub fn mplan_plan_overlay(
        plan: *mut mplan_plan,
        target: *const c_char,
        flags: u64,
        err: *mut *mut mplan_error,
    ) -> c_int;
    pub fn mplan_op_add_layer(
        plan: *mut mplan_plan,
        op: c_int,
        source: *const c_char,
        err: *mut *mut mplan_error,
    ) -> c_int;
    pub fn mplan_op_add_layer_fd(
        plan: *mut mplan_plan,
        op: c_int,
        source_fd: c_int,
        err: *mut *mut mplan_error,
    ) -> c_int;
    pub fn mplan_op_add_data_layer(
        plan: *mut mplan_plan,
        op: c_int,
        source: *const c_char,
        err: *mut *mut mplan_error,
    ) -> c_int;
    pub fn mplan_op_set_upper(
        plan: *mut mplan_plan,
        op: c_int,
        upper: *const c_char,
        work: *const c_char,
        err: *mut *mut mplan_error,
    ) -> c_int;
    pub fn mplan_plan_dir(
        plan: *mut mplan_plan,
        target: *const c_char,
        mode: u32,
        flags: u64,
        err: *mut *mut mplan_error,
    ) -> c_int;
    pub fn mplan_plan_file(
        plan: *mut mplan_plan,
        target: *const c_char,
        data: *const c_void,
        len: usize,
        mode: u32,
        flags: u64,
        err: *mut *mut mplan_error,
    ) -> c_int;
    pub fn mplan_plan_file_fd(
        plan: *mut mplan_plan,
        fd: c_int,
        target: *const c_char,
        mode: u32,
        flags: u64,
        err: *mut *mut mplan_error,
    ) -> c_int;
    pub fn mplan_plan_symlink(
        plan: *mut mplan_plan,
        text: *const c_char,
        target: *const c_char,
        flags: u64,
        err: *mut *mut mplan_error,
    ) -> c_int;
    pub fn mplan_plan_chmod(
        plan: *mut mplan_plan,
        target: *const c_char,
        mode: u32,
        flags: u64,
        err: *mut *mut mplan_error,
    ) -> c_int;
    pub fn mplan_plan_mask(
        plan: *mut mplan_plan,
        target: *const c_char,
        flags: u64,
        err: *mut *mut mplan_error,
    ) -> c_int;
    pub fn mplan_plan_propagation(
        plan: *mut mplan_plan,
        target: *const c_char,
        flags: u64,
        err: *mut *mut mplan_error,
    ) -> c_int;
    pub fn mplan_plan_move(
        plan: *mut mplan_plan,
        source: *const c_char,
        target: *const c_char,
        flags: u64,
        err: *mut *mut mplan_error,
    ) -> c_int;
    pub fn mplan_plan_unmount(
        plan: *mut mplan_plan,
        target: *const c_char,
        flags: u64,
        err: *mut *mut mplan_error,
    ) -> c_int;
    pub fn mplan_plan_root(
        plan: *mut mplan_plan,
        source: *const c_char,
        flags: u64,
        err: *mut *mut mplan_error,
    ) -> c_int;
    pub fn mplan_plan_etc(
        plan: *mut mplan_plan,
        source: *const c_char,
        prefix: *const c_char,
        flags: u64,
        err: *mut *mut mplan_error,
    ) -> c_int;
    pub fn mplan_op_set_attrs(
        plan: *mut mplan_plan,
        op: c_int,
        set: u64,
        clear: u64,
        err: *mut *mut mplan_error,
    ) -> c_int;
    pub fn mplan_op_set_symlinks(plan: *mut mplan_plan, op: c_int, policy: u32, err: *mut *mut mplan_error) -> c_int;
    pub fn mplan_op_set_source_path(
        plan: *mut mplan_plan,
        op: c_int,
        path: *const c_char,
        err: *mut *mut mplan_error,
    ) -> c_int;
    pub fn mplan_op_set_idmap(plan: *mut mplan_plan, op: c_int, userns_fd: c_int, err: *mut *mut mplan_error) -> c_int;
    pub fn mplan_op_set_inodes(plan: *mut mplan_plan, op: c_int, inodes: u64, err: *mut *mut mplan_error) -> c_int;
    pub fn mplan_plan_count(plan: *const mplan_plan) -> usize;
    pub fn mplan_plan_get(plan: *const mplan_plan, i: usize, out: *mut mplan_op, size: usize) -> c_int;
    pub fn mplan_plan_layer(plan: *const mplan_plan, op: usize, layer: usize) -> *const c_char;
    pub fn mplan_op_kind_name(kind: u32) -> *const c_char;
    pub fn mplan_plan_validate(plan: *const mplan_plan, err: *mut *mut mplan_error) -> c_int;
}
