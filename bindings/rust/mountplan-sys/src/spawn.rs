// SPDX-License-Identifier: MIT
// <mountplan/spawn.h>
use crate::{mplan_error, mplan_plan, mplan_prepare_args};
use std::os::raw::{c_char, c_int};

opaque! { mplan_spawn mplan_process }

pub const MPLAN_NAMESPACE_USER: u64 = 1 << 0;
pub const MPLAN_NAMESPACE_PID: u64 = 1 << 1;
pub const MPLAN_NAMESPACE_NET: u64 = 1 << 2;
pub const MPLAN_NAMESPACE_IPC: u64 = 1 << 3;
pub const MPLAN_NAMESPACE_UTS: u64 = 1 << 4;
pub const MPLAN_NAMESPACE_CGROUP: u64 = 1 << 5;

pub const MPLAN_SPAWN_DIE_WITH_PARENT: u64 = 1 << 0;
pub const MPLAN_SPAWN_NEW_SESSION: u64 = 1 << 1;
pub const MPLAN_SPAWN_AS_PID_1: u64 = 1 << 2;
pub const MPLAN_SPAWN_KEEP_PRIVILEGES: u64 = 1 << 3;
pub const MPLAN_SPAWN_NO_LOOPBACK: u64 = 1 << 4;
pub const MPLAN_SPAWN_NO_VERIFY: u64 = 1 << 5;

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mplan_exit {
    pub code: i32,
    pub signal: i32,
}

extern "C" {
    pub fn mplan_spawn_new(out: *mut *mut mplan_spawn, err: *mut *mut mplan_error) -> c_int;
    pub fn mplan_spawn_free(spawn: *mut mplan_spawn);
    pub fn mplan_spawn_set_argv(
        spawn: *mut mplan_spawn,
        argv: *const *const c_char,
        count: usize,
        err: *mut *mut mplan_error,
    ) -> c_int;
    pub fn mplan_spawn_set_env(
        spawn: *mut mplan_spawn,
        env: *const *const c_char,
        count: usize,
        err: *mut *mut mplan_error,
    ) -> c_int;
    pub fn mplan_spawn_set_cwd(spawn: *mut mplan_spawn, path: *const c_char, err: *mut *mut mplan_error) -> c_int;
    pub fn mplan_spawn_set_hostname(spawn: *mut mplan_spawn, name: *const c_char, err: *mut *mut mplan_error) -> c_int;
    pub fn mplan_spawn_set_namespaces(spawn: *mut mplan_spawn, namespaces: u64, err: *mut *mut mplan_error) -> c_int;
    pub fn mplan_spawn_set_flags(spawn: *mut mplan_spawn, flags: u64, err: *mut *mut mplan_error) -> c_int;
    pub fn mplan_spawn_add_uid_map(
        spawn: *mut mplan_spawn,
        inside: u32,
        outside: u32,
        count: u32,
        err: *mut *mut mplan_error,
    ) -> c_int;
    pub fn mplan_spawn_add_gid_map(
        spawn: *mut mplan_spawn,
        inside: u32,
        outside: u32,
        count: u32,
        err: *mut *mut mplan_error,
    ) -> c_int;
    pub fn mplan_spawn_set_ids(spawn: *mut mplan_spawn, uid: u32, gid: u32, err: *mut *mut mplan_error) -> c_int;
    pub fn mplan_spawn_set_capabilities(spawn: *mut mplan_spawn, keep: u64, err: *mut *mut mplan_error) -> c_int;
    pub fn mplan_spawn_add_fd(spawn: *mut mplan_spawn, fd: c_int, child_fd: c_int, err: *mut *mut mplan_error)
        -> c_int;
    pub fn mplan_spawn_start(
        spawn: *const mplan_spawn,
        plan: *const mplan_plan,
        args: *const mplan_prepare_args,
        size: usize,
        out: *mut *mut mplan_process,
        err: *mut *mut mplan_error,
    ) -> c_int;
    pub fn mplan_process_pid(process: *const mplan_process) -> i32;
    pub fn mplan_process_pidfd(process: *const mplan_process) -> c_int;
    pub fn mplan_process_wait(
        process: *mut mplan_process,
        out: *mut mplan_exit,
        size: usize,
        err: *mut *mut mplan_error,
    ) -> c_int;
    pub fn mplan_process_signal(process: *mut mplan_process, signal: c_int, err: *mut *mut mplan_error) -> c_int;
    pub fn mplan_process_free(process: *mut mplan_process);
}
