// SPDX-License-Identifier: MIT
//! What can be said about an op after it was added.
use crate::{error, plan::Plan, sys, text, Attributes, Result};
use std::{
    os::raw::c_int,
    os::unix::io::{AsFd, AsRawFd},
    path::Path,
};

choice! {
    /// What to do when the last component of a target is a symbolic link.
    Symlinks: u32 {
        /// An error, which is the default.
        Refuse = MPLAN_SYMLINK_REFUSE,
        /// Follow it inside the new root.
        Follow = MPLAN_SYMLINK_FOLLOW,
        /// Mount on the link itself; files only, Linux 5.2.
        MountOn = MPLAN_SYMLINK_MOUNT_ON,
    }
}

/// An op of a plan that may still be told more. Each method returns the op again:
///
/// ```
/// use mountplan::{OverlayFlags, Plan};
///
/// # fn main() -> Result<(), mountplan::Error> {
/// let mut plan = Plan::new()?;
/// plan.overlay("/data", OverlayFlags::EPHEMERAL)?.layer("/srv/changes")?.layer("/srv/base")?;
/// assert_eq!(plan.get(0).unwrap().layers().len(), 2);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct AddedOp<'p> {
    pub(crate) plan: &'p mut Plan,
    pub(crate) index: usize,
}

impl<'p> AddedOp<'p> {
    /// Index of the op in the plan, counted from 0: what errors and events say.
    pub fn index(&self) -> usize {
        self.index
    }

    fn modify(
        self,
        function: impl FnOnce(*mut sys::mplan_plan, c_int, *mut *mut sys::mplan_error) -> c_int,
    ) -> Result<AddedOp<'p>> {
        // Larger than any plan where it does not fit, and so refused.
        let index = c_int::try_from(self.index).unwrap_or(c_int::MAX);
        error::call(|err| function(self.plan.raw(), index, err))?;
        Ok(self)
    }

    /// Attributes of the mount the op makes: those in `set` are set in addition, those in `clear` are not set although they are the op's
    /// default. A flag that the source already has is never cleared.
    pub fn attributes(self, set: Attributes, clear: Attributes) -> Result<AddedOp<'p>> {
        self.modify(|plan, op, err| unsafe { sys::mplan_op_set_attrs(plan, op, set.bits(), clear.bits(), err) })
    }

    /// What to do when the last component of the target is a symbolic link.
    pub fn symlinks(self, policy: Symlinks) -> Result<AddedOp<'p>> {
        self.modify(|plan, op, err| unsafe { sys::mplan_op_set_symlinks(plan, op, policy.as_raw(), err) })
    }

    /// A relative path beneath the source of [`Plan::bind_fd`]; never leaves it, whatever links it meets.
    pub fn source_path(self, path: impl AsRef<Path>) -> Result<AddedOp<'p>> {
        let path = text::to_c("path", path.as_ref())?;
        self.modify(|plan, op, err| unsafe { sys::mplan_op_set_source_path(plan, op, path.as_ptr(), err) })
    }

    /// Idmaps the mount that a bind makes by this user namespace. Linux 5.12.
    pub fn idmap(self, user_namespace: impl AsFd) -> Result<AddedOp<'p>> {
        let fd = user_namespace.as_fd().as_raw_fd();
        self.modify(|plan, op, err| unsafe { sys::mplan_op_set_idmap(plan, op, fd, err) })
    }

    /// Size limit of a tmpfs in inodes; 0 is the kernel's default.
    pub fn inodes(self, inodes: u64) -> Result<AddedOp<'p>> {
        self.modify(|plan, op, err| unsafe { sys::mplan_op_set_inodes(plan, op, inodes, err) })
    }

    /// Adds a lower layer of an overlay below those already there. At most 500.
    pub fn layer(self, source: impl AsRef<Path>) -> Result<AddedOp<'p>> {
        let source = text::to_c("source", source.as_ref())?;
        self.modify(|plan, op, err| unsafe { sys::mplan_op_add_layer(plan, op, source.as_ptr(), err) })
    }

    /// As [`AddedOp::layer`], the layer being an open directory.
    pub fn layer_fd(self, source: impl AsFd) -> Result<AddedOp<'p>> {
        let fd = source.as_fd().as_raw_fd();
        self.modify(|plan, op, err| unsafe { sys::mplan_op_add_layer_fd(plan, op, fd, err) })
    }

    /// Adds a data-only layer: its files are reached through redirects only. After all others. Linux 6.8.
    pub fn data_layer(self, source: impl AsRef<Path>) -> Result<AddedOp<'p>> {
        let source = text::to_c("source", source.as_ref())?;
        self.modify(|plan, op, err| unsafe { sys::mplan_op_add_data_layer(plan, op, source.as_ptr(), err) })
    }

    /// Upper and work directory of a persistent overlay: on the same file system, work empty.
    pub fn upper(self, upper: impl AsRef<Path>, work: impl AsRef<Path>) -> Result<AddedOp<'p>> {
        let (upper, work) = (text::to_c("upper", upper.as_ref())?, text::to_c("work", work.as_ref())?);
        self.modify(|plan, op, err| unsafe { sys::mplan_op_set_upper(plan, op, upper.as_ptr(), work.as_ptr(), err) })
    }
}
