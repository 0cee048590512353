// SPDX-License-Identifier: MIT
// <mountplan/tree.h>
use crate::{mplan_error, mplan_table};
use std::os::raw::{c_char, c_int};

opaque! { mplan_tree }

pub const MPLAN_UNFOLD_OWNER: u64 = 1 << 0;

pub const MPLAN_NODE_VISIBLE: u32 = 0;
pub const MPLAN_NODE_STACKED: u32 = 1;
pub const MPLAN_NODE_UNDER_SIBLING: u32 = 2;
pub const MPLAN_NODE_ORPHAN: u32 = 3;
pub const MPLAN_NODE_DUPLICATE: u32 = 4;
pub const MPLAN_NODE_INHERITED: u32 = 5;

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mplan_node {
    pub mount: u64,
    pub parent: i64,
    pub first_child: i64,
    pub next_sibling: i64,
    pub depth: u32,
    pub reason: u32,
    pub covered: u32,
    pub reserved: u32,
}

extern "C" {
    pub fn mplan_tree_unfold(
        table: *mut mplan_table,
        target: *const c_char,
        flags: u64,
        out: *mut *mut mplan_tree,
        err: *mut *mut mplan_error,
    ) -> c_int;
    pub fn mplan_tree_free(tree: *mut mplan_tree);
    pub fn mplan_tree_count(tree: *const mplan_tree) -> usize;
    pub fn mplan_tree_get(tree: *const mplan_tree, i: usize, out: *mut mplan_node, size: usize) -> c_int;
    pub fn mplan_tree_table(tree: *const mplan_tree) -> *const mplan_table;
}
