// SPDX-License-Identifier: MIT
//! Looking at the ops of a plan.
use crate::{plan::Plan, sys, text, Attributes, Symlinks};
use std::{
    ffi::OsStr,
    fmt,
    os::unix::io::{BorrowedFd, RawFd},
    path::Path,
};

choice! {
    /// Kinds of op: what each does is said at the method of [`Plan`] that adds it.
    OpKind: u32 {
        /// [`Plan::bind`]
        Bind = MPLAN_OP_BIND,
        /// [`Plan::remount`]
        Remount = MPLAN_OP_REMOUNT,
        /// [`Plan::tmpfs`]
        Tmpfs = MPLAN_OP_TMPFS,
        /// [`Plan::proc`]
        Proc = MPLAN_OP_PROC,
        /// [`Plan::sysfs`]
        Sysfs = MPLAN_OP_SYSFS,
        /// [`Plan::devpts`]
        Devpts = MPLAN_OP_DEVPTS,
        /// [`Plan::mqueue`]
        Mqueue = MPLAN_OP_MQUEUE,
        /// [`Plan::bpf`]
        Bpf = MPLAN_OP_BPF,
        /// [`Plan::ramfs`]
        Ramfs = MPLAN_OP_RAMFS,
        /// [`Plan::dev`]
        Dev = MPLAN_OP_DEV,
        /// [`Plan::overlay`]
        Overlay = MPLAN_OP_OVERLAY,
        /// [`Plan::dir`]
        Dir = MPLAN_OP_DIR,
        /// [`Plan::file`]
        File = MPLAN_OP_FILE,
        /// [`Plan::symlink`]
        Symlink = MPLAN_OP_SYMLINK,
        /// [`Plan::chmod`]
        Chmod = MPLAN_OP_CHMOD,
        /// [`Plan::mask`]
        Mask = MPLAN_OP_MASK,
        /// [`Plan::propagation`]
        Propagation = MPLAN_OP_PROPAGATION,
        /// [`Plan::move_mount`]
        Move = MPLAN_OP_MOVE,
        /// [`Plan::unmount`]
        Unmount = MPLAN_OP_UNMOUNT,
        /// [`Plan::root`]
        Root = MPLAN_OP_ROOT,
        /// [`Plan::etc`]
        Etc = MPLAN_OP_ETC,
    }
}

/// An op as it was added.
#[derive(Clone, Copy)]
pub struct Op<'p> {
    plan: &'p Plan,
    index: usize,
    raw: sys::mplan_op,
}

impl<'p> Op<'p> {
    pub(crate) fn get(plan: &'p Plan, index: usize) -> Option<Op<'p>> {
        // The strings are the plan's, which does not change while it is borrowed.
        let raw = unsafe { text::filled(|out, size| sys::mplan_plan_get(plan.raw(), index, out, size)) }?;
        Some(Op { plan, index, raw })
    }

    /// Index in the plan, counted from 0.
    pub fn index(&self) -> usize {
        self.index
    }

    /// What it does.
    pub fn kind(&self) -> OpKind {
        OpKind::from_raw(self.raw.kind)
    }

    /// Name of the kind, such as `bind`.
    pub fn name(&self) -> &'static str {
        unsafe { text::name_from_c(self.raw.name) }.unwrap_or("")
    }

    /// Absolute path inside the new root, cleaned.
    pub fn target(&self) -> &'p Path {
        unsafe { text::path_from_c(self.raw.target) }.unwrap_or_else(|| Path::new(""))
    }

    /// Path, text of a symbolic link, or upper directory; none where there is none.
    pub fn source(&self) -> Option<&'p OsStr> {
        unsafe { text::from_c(self.raw.source) }
    }

    /// The plan's own descriptor, where the source is one.
    pub fn source_fd(&self) -> Option<BorrowedFd<'p>> {
        let fd: RawFd = self.raw.source_fd;
        // Open as long as the plan lives, which is borrowed.
        (fd >= 0).then(|| unsafe { BorrowedFd::borrow_raw(fd) })
    }

    /// Permission, where the op has one.
    pub fn mode(&self) -> u32 {
        self.raw.mode
    }

    /// The bits of the flags it was added with.
    pub fn flag_bits(&self) -> u64 {
        self.raw.flags
    }

    /// Bytes: size of a tmpfs, or length of the content of a file.
    pub fn size(&self) -> u64 {
        self.raw.size
    }

    /// The attributes it sets, defaults included.
    pub fn attributes(&self) -> Attributes {
        Attributes::from_bits(self.raw.attrs_set)
    }

    /// The default attributes it was asked not to set.
    pub fn cleared_attributes(&self) -> Attributes {
        Attributes::from_bits(self.raw.attrs_clear)
    }

    /// What it does when the last component of its target is a symbolic link.
    pub fn symlinks(&self) -> Symlinks {
        Symlinks::from_raw(self.raw.symlinks)
    }

    /// Lower layers of an overlay, the top one first.
    pub fn layers(&self) -> Layers<'p> {
        Layers { plan: self.plan, op: self.index, range: 0..self.raw.layers as usize }
    }
}

impl fmt::Debug for Op<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = out.debug_struct("Op");
        shown.field("index", &self.index).field("kind", &self.kind());
        shown.field("source", &self.source()).field("target", &self.target()).finish_non_exhaustive()
    }
}

/// Lower layers of an overlay: the path of each; none where it is a descriptor.
#[derive(Clone, Debug)]
pub struct Layers<'p> {
    plan: &'p Plan,
    op: usize,
    range: std::ops::Range<usize>,
}

impl<'p> Iterator for Layers<'p> {
    type Item = Option<&'p Path>;

    fn next(&mut self) -> Option<Option<&'p Path>> {
        let layer = self.range.next()?;
        Some(unsafe { text::path_from_c(sys::mplan_plan_layer(self.plan.raw(), self.op, layer)) })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.range.size_hint()
    }
}

impl ExactSizeIterator for Layers<'_> {}

indexed! {
    /// The ops of a plan, in order.
    Ops: Plan gives Op
}
