// SPDX-License-Identifier: MIT
//! The plan: one method for each op.
use crate::{error, sys, text, AddedOp, Op, Ops, PrepareOptions, Propagation, Result, Trace};
use std::{
    ffi::OsStr,
    os::raw::c_int,
    os::unix::io::{AsFd, AsRawFd},
    path::Path,
    ptr::{self, NonNull},
};

flags! {
    /// Flags of binds and remounts. The default is read-only and nodev.
    BindFlags {
        /// Leave it writable.
        WRITABLE = MPLAN_BIND_WRITABLE,
        /// Leave device nodes usable.
        DEVICE = MPLAN_BIND_DEVICE,
        /// A missing source skips the op. Not with `ENSURE`.
        OPTIONAL = MPLAN_BIND_OPTIONAL,
        /// A missing source directory is made, mode 0700. Not with `OPTIONAL`.
        ENSURE = MPLAN_BIND_ENSURE,
        /// Everything mounted below comes along. Always the case for binds in plans.
        RECURSIVE = MPLAN_BIND_RECURSIVE,
    }
}

flags! {
    /// Flags of [`Plan::remount`]. The default is read-only and nodev, for one mount, and to fail where a mount below refuses.
    RemountFlags {
        /// Leave it writable.
        WRITABLE = MPLAN_BIND_WRITABLE,
        /// Leave device nodes usable.
        DEVICE = MPLAN_BIND_DEVICE,
        /// Every visible mount below, too.
        RECURSIVE = MPLAN_BIND_RECURSIVE,
        /// Skip a mount that refuses; each is told by an event.
        BEST_EFFORT = MPLAN_REMOUNT_BEST_EFFORT,
        /// Skip automount points and dead automounts.
        SKIP_AUTOFS = MPLAN_REMOUNT_SKIP_AUTOFS,
        /// Skip a mount that is gone when its turn comes.
        SKIP_VANISHED = MPLAN_REMOUNT_SKIP_VANISHED,
    }
}

flags! {
    /// Flags of [`Plan::tmpfs`].
    TmpfsFlags {
        /// Read-only from the start.
        READONLY = MPLAN_TMPFS_READONLY,
    }
}

flags! {
    /// Flags of [`Plan::proc`], proc(5). At most one HIDEPID.
    ProcFlags {
        /// Other users' processes are there, but not accessible.
        HIDEPID_NOACCESS = MPLAN_PROC_HIDEPID_NOACCESS,
        /// Other users' processes are not there.
        HIDEPID_INVISIBLE = MPLAN_PROC_HIDEPID_INVISIBLE,
        /// Processes that may not be traced are not there.
        HIDEPID_PTRACEABLE = MPLAN_PROC_HIDEPID_PTRACEABLE,
        /// Only the process directories.
        SUBSET_PID = MPLAN_PROC_SUBSET_PID,
        /// Where the kernel refuses a new proc: one with only the process directories.
        FALLBACK_SUBSET = MPLAN_PROC_FALLBACK_SUBSET,
        /// Where the kernel refuses a new proc: the caller's own, read-only, which shows the caller's processes.
        FALLBACK_BIND = MPLAN_PROC_FALLBACK_BIND,
    }
}

flags! {
    /// Flags of [`Plan::dev`].
    DevFlags {
        /// Leave /dev itself writable; then there is no separate tmpfs on shm.
        WRITABLE = MPLAN_DEV_WRITABLE,
        /// A POSIX message queue file system on mqueue.
        MQUEUE = MPLAN_DEV_MQUEUE,
        /// console is a bind of the terminal on descriptor 1; skipped where that is no terminal.
        CONSOLE = MPLAN_DEV_CONSOLE,
    }
}

flags! {
    /// Flags of [`Plan::overlay`]. Neither `EPHEMERAL` nor `READONLY` means persistent, with [`AddedOp::upper`].
    OverlayFlags {
        /// Changes are gone with the sandbox.
        EPHEMERAL = MPLAN_OVERLAY_EPHEMERAL,
        /// No upper directory.
        READONLY = MPLAN_OVERLAY_READONLY,
        /// Leave device nodes usable.
        DEVICE = MPLAN_OVERLAY_DEVICE,
        /// Never userxattr.
        TRUSTED_XATTR = MPLAN_OVERLAY_TRUSTED_XATTR,
        /// The option redirect_dir.
        REDIRECT_DIR = MPLAN_OVERLAY_REDIRECT_DIR,
        /// The option metacopy.
        METACOPY = MPLAN_OVERLAY_METACOPY,
        /// The option index.
        INDEX = MPLAN_OVERLAY_INDEX,
        /// The option volatile.
        VOLATILE = MPLAN_OVERLAY_VOLATILE,
        /// The option xino.
        XINO = MPLAN_OVERLAY_XINO,
    }
}

flags! {
    /// Flags of [`Plan::file`] and [`Plan::file_fd`].
    FileFlags {
        /// The sandbox may write it.
        WRITABLE = MPLAN_FILE_WRITABLE,
        /// A plain file with this content instead of a mount.
        COPY = MPLAN_FILE_COPY,
    }
}

flags! {
    /// Flags of [`Plan::symlink`].
    SymlinkFlags {
        /// The text is the absolute path of a link on the host, whose text is taken.
        DEREFERENCE = MPLAN_SYMLINK_DEREFERENCE,
    }
}

flags! {
    /// Flags of [`Plan::propagation`].
    PropagationFlags {
        /// Everything below, too.
        RECURSIVE = MPLAN_PROPAGATION_RECURSIVE,
    }
}

flags! {
    /// Settings of a plan as a whole.
    PlanFlags {
        /// A missing mount point inside a writable tree of the caller is made there, and reported.
        CREATE = MPLAN_PLAN_CREATE,
    }
}

/// An ordered list of ops, each one thing to do at one target: an absolute path inside the new root. A pure description: building and
/// validating it touches nothing. An op that is refused leaves the plan as it was.
#[derive(Debug)]
pub struct Plan(NonNull<sys::mplan_plan>);

// Used by one thread at a time.
unsafe impl Send for Plan {}

impl Plan {
    /// An empty plan.
    pub fn new() -> Result<Plan> {
        let mut plan = ptr::null_mut();
        error::call(|err| unsafe { sys::mplan_plan_new(&mut plan, err) })?;
        Ok(Plan(unsafe { NonNull::new_unchecked(plan) }))
    }

    pub(crate) fn raw(&self) -> *mut sys::mplan_plan {
        self.0.as_ptr()
    }

    fn add(
        &mut self,
        function: impl FnOnce(*mut sys::mplan_plan, *mut *mut sys::mplan_error) -> c_int,
    ) -> Result<AddedOp<'_>> {
        let index = error::call(|err| function(self.raw(), err))?;
        Ok(AddedOp { plan: self, index: index as usize })
    }

    /// Settings of the whole plan; replaces the earlier ones.
    pub fn set_flags(&mut self, flags: PlanFlags) -> Result<()> {
        error::call(|err| unsafe { sys::mplan_plan_set_flags(self.raw(), flags.bits(), err) })?;
        Ok(())
    }

    /// Permission for missing parents and missing mount point directories. Until it is set: 0700 for bind and overlay,
    /// [`parent_mode`](crate::mount::parent_mode) for tmpfs, 0755 for everything else.
    pub fn set_parent_mode(&mut self, mode: u32) -> Result<()> {
        error::call(|err| unsafe { sys::mplan_plan_set_parent_mode(self.raw(), mode, err) })?;
        Ok(())
    }

    /// Binds `source`, a path on the host, with everything mounted below it. Read-only and nodev unless asked otherwise; nosuid always. A missing
    /// target is made: a directory, or an empty file.
    pub fn bind(
        &mut self,
        source: impl AsRef<Path>,
        target: impl AsRef<Path>,
        flags: BindFlags,
    ) -> Result<AddedOp<'_>> {
        let (source, target) = (text::to_c("source", source.as_ref())?, text::to_c("target", target.as_ref())?);
        self.add(|plan, err| unsafe { sys::mplan_plan_bind(plan, source.as_ptr(), target.as_ptr(), flags.bits(), err) })
    }

    /// As [`Plan::bind`], the source being what is open; with [`AddedOp::source_path`] a path beneath it. The descriptor is duplicated.
    pub fn bind_fd(&mut self, source: impl AsFd, target: impl AsRef<Path>, flags: BindFlags) -> Result<AddedOp<'_>> {
        let target = text::to_c("target", target.as_ref())?;
        let source = source.as_fd();
        self.add(|plan, err| unsafe {
            sys::mplan_plan_bind_fd(plan, source.as_raw_fd(), target.as_ptr(), flags.bits(), err)
        })
    }

    /// Adds attributes to the mount that has its root at `target`.
    pub fn remount(&mut self, target: impl AsRef<Path>, flags: RemountFlags) -> Result<AddedOp<'_>> {
        let target = text::to_c("target", target.as_ref())?;
        self.add(|plan, err| unsafe { sys::mplan_plan_remount(plan, target.as_ptr(), flags.bits(), err) })
    }

    /// A new tmpfs. `size` is in bytes, 0 is the kernel's default; nosuid and nodev.
    pub fn tmpfs(&mut self, target: impl AsRef<Path>, size: u64, mode: u32, flags: TmpfsFlags) -> Result<AddedOp<'_>> {
        let target = text::to_c("target", target.as_ref())?;
        self.add(|plan, err| unsafe { sys::mplan_plan_tmpfs(plan, target.as_ptr(), size, mode, flags.bits(), err) })
    }

    /// A proc of the pid namespace the plan is applied in; nosuid, nodev, noexec.
    pub fn proc(&mut self, target: impl AsRef<Path>, flags: ProcFlags) -> Result<AddedOp<'_>> {
        let target = text::to_c("target", target.as_ref())?;
        self.add(|plan, err| unsafe { sys::mplan_plan_proc(plan, target.as_ptr(), flags.bits(), err) })
    }

    /// A sysfs; read-only, nosuid, nodev, noexec.
    pub fn sysfs(&mut self, target: impl AsRef<Path>) -> Result<AddedOp<'_>> {
        let target = text::to_c("target", target.as_ref())?;
        self.add(|plan, err| unsafe { sys::mplan_plan_sysfs(plan, target.as_ptr(), 0, err) })
    }

    /// A new devpts instance; nosuid, noexec.
    pub fn devpts(&mut self, target: impl AsRef<Path>) -> Result<AddedOp<'_>> {
        let target = text::to_c("target", target.as_ref())?;
        self.add(|plan, err| unsafe { sys::mplan_plan_devpts(plan, target.as_ptr(), 0, err) })
    }

    /// The message queues of the ipc namespace the plan is applied in; nosuid, nodev, noexec.
    pub fn mqueue(&mut self, target: impl AsRef<Path>) -> Result<AddedOp<'_>> {
        let target = text::to_c("target", target.as_ref())?;
        self.add(|plan, err| unsafe { sys::mplan_plan_mqueue(plan, target.as_ptr(), 0, err) })
    }

    /// A new bpf file system; nosuid, nodev, noexec.
    pub fn bpf(&mut self, target: impl AsRef<Path>) -> Result<AddedOp<'_>> {
        let target = text::to_c("target", target.as_ref())?;
        self.add(|plan, err| unsafe { sys::mplan_plan_bpf(plan, target.as_ptr(), 0, err) })
    }

    /// A new ramfs; nosuid, nodev, noexec.
    pub fn ramfs(&mut self, target: impl AsRef<Path>) -> Result<AddedOp<'_>> {
        let target = text::to_c("target", target.as_ref())?;
        self.add(|plan, err| unsafe { sys::mplan_plan_ramfs(plan, target.as_ptr(), 0, err) })
    }

    /// A minimal /dev on a tmpfs of its own: null zero full random urandom tty from the host; stdin stdout stderr fd core ptmx as links; shm; a
    /// new devpts on pts.
    pub fn dev(&mut self, target: impl AsRef<Path>, flags: DevFlags) -> Result<AddedOp<'_>> {
        let target = text::to_c("target", target.as_ref())?;
        self.add(|plan, err| unsafe { sys::mplan_plan_dev(plan, target.as_ptr(), flags.bits(), err) })
    }

    /// An overlay. Layers are added with [`AddedOp::layer`], top first; nosuid and nodev.
    pub fn overlay(&mut self, target: impl AsRef<Path>, flags: OverlayFlags) -> Result<AddedOp<'_>> {
        let target = text::to_c("target", target.as_ref())?;
        self.add(|plan, err| unsafe { sys::mplan_plan_overlay(plan, target.as_ptr(), flags.bits(), err) })
    }

    /// A directory with this mode; one that is already there is left as it is.
    pub fn dir(&mut self, target: impl AsRef<Path>, mode: u32) -> Result<AddedOp<'_>> {
        let target = text::to_c("target", target.as_ref())?;
        self.add(|plan, err| unsafe { sys::mplan_plan_dir(plan, target.as_ptr(), mode, 0, err) })
    }

    /// A file with this content: a read-only nodev bind of a file that has no other name.
    pub fn file(
        &mut self,
        target: impl AsRef<Path>,
        content: impl AsRef<[u8]>,
        mode: u32,
        flags: FileFlags,
    ) -> Result<AddedOp<'_>> {
        let target = text::to_c("target", target.as_ref())?;
        let content = content.as_ref();
        self.add(|plan, err| unsafe {
            sys::mplan_plan_file(plan, target.as_ptr(), content.as_ptr().cast(), content.len(), mode, flags.bits(), err)
        })
    }

    /// As [`Plan::file`], the content being read from `source` at apply. The descriptor is duplicated, and its offset does not move where it can
    /// seek.
    pub fn file_fd(
        &mut self,
        source: impl AsFd,
        target: impl AsRef<Path>,
        mode: u32,
        flags: FileFlags,
    ) -> Result<AddedOp<'_>> {
        let target = text::to_c("target", target.as_ref())?;
        let source = source.as_fd();
        self.add(|plan, err| unsafe {
            sys::mplan_plan_file_fd(plan, source.as_raw_fd(), target.as_ptr(), mode, flags.bits(), err)
        })
    }

    /// A symbolic link with this text. The same link already there is fine.
    pub fn symlink(
        &mut self,
        text: impl AsRef<OsStr>,
        target: impl AsRef<Path>,
        flags: SymlinkFlags,
    ) -> Result<AddedOp<'_>> {
        let (link, target) = (text::to_c("text", text.as_ref())?, text::to_c("target", target.as_ref())?);
        self.add(|plan, err| unsafe {
            sys::mplan_plan_symlink(plan, link.as_ptr(), target.as_ptr(), flags.bits(), err)
        })
    }

    /// Sets the permission of something that exists.
    pub fn chmod(&mut self, target: impl AsRef<Path>, mode: u32) -> Result<AddedOp<'_>> {
        let target = text::to_c("target", target.as_ref())?;
        self.add(|plan, err| unsafe { sys::mplan_plan_chmod(plan, target.as_ptr(), mode, 0, err) })
    }

    /// Hides a file under the null device, or a directory under an empty read-only tmpfs. A missing target is skipped.
    pub fn mask(&mut self, target: impl AsRef<Path>) -> Result<AddedOp<'_>> {
        let target = text::to_c("target", target.as_ref())?;
        self.add(|plan, err| unsafe { sys::mplan_plan_mask(plan, target.as_ptr(), 0, err) })
    }

    /// Sets the propagation of the mount that has its root at `target`, to one of the four types.
    pub fn propagation(
        &mut self,
        target: impl AsRef<Path>,
        propagation: Propagation,
        flags: PropagationFlags,
    ) -> Result<AddedOp<'_>> {
        let target = text::to_c("target", target.as_ref())?;
        let flags = propagation.bits() | flags.bits();
        self.add(|plan, err| unsafe { sys::mplan_plan_propagation(plan, target.as_ptr(), flags, err) })
    }

    /// Moves the mount that has its root at `source`, a path inside the new root.
    pub fn move_mount(&mut self, source: impl AsRef<Path>, target: impl AsRef<Path>) -> Result<AddedOp<'_>> {
        let (source, target) = (text::to_c("source", source.as_ref())?, text::to_c("target", target.as_ref())?);
        self.add(|plan, err| unsafe { sys::mplan_plan_move(plan, source.as_ptr(), target.as_ptr(), 0, err) })
    }

    /// Detaches the mount that has its root at `target` and everything below.
    pub fn unmount(&mut self, target: impl AsRef<Path>) -> Result<AddedOp<'_>> {
        let target = text::to_c("target", target.as_ref())?;
        self.add(|plan, err| unsafe { sys::mplan_plan_unmount(plan, target.as_ptr(), 0, err) })
    }

    /// Binds every entry of the host directory `source` to the same name at `/`, except proc, dev, tmp, mnt and etc. Once per plan. `WRITABLE` and
    /// `DEVICE` are the flags that have a meaning here.
    pub fn root(&mut self, source: impl AsRef<Path>, flags: BindFlags) -> Result<AddedOp<'_>> {
        let source = text::to_c("source", source.as_ref())?;
        self.add(|plan, err| unsafe { sys::mplan_plan_root(plan, source.as_ptr(), flags.bits(), err) })
    }

    /// Makes /etc, binds the host's /etc to /etc/.host/PREFIX, and links each entry to its place there, except .host, passwd and group. Once per
    /// plan.
    pub fn etc(&mut self, prefix: impl AsRef<OsStr>) -> Result<AddedOp<'_>> {
        let prefix = text::to_c("prefix", prefix.as_ref())?;
        self.add(|plan, err| unsafe { sys::mplan_plan_etc(plan, ptr::null(), prefix.as_ptr(), 0, err) })
    }

    /// As [`Plan::etc`], with another directory of the host.
    pub fn etc_from(&mut self, source: impl AsRef<Path>, prefix: impl AsRef<OsStr>) -> Result<AddedOp<'_>> {
        let (source, prefix) = (text::to_c("source", source.as_ref())?, text::to_c("prefix", prefix.as_ref())?);
        self.add(|plan, err| unsafe { sys::mplan_plan_etc(plan, source.as_ptr(), prefix.as_ptr(), 0, err) })
    }

    /// Number of ops.
    pub fn len(&self) -> usize {
        unsafe { sys::mplan_plan_count(self.raw()) }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Op `index`, counted from 0.
    pub fn get(&self, index: usize) -> Option<Op<'_>> {
        Op::get(self, index)
    }

    /// The ops in order.
    pub fn iter(&self) -> Ops<'_> {
        Ops::new(self)
    }

    /// Checks the plan as a whole without looking at any file.
    pub fn validate(&self) -> Result<()> {
        error::call(|err| unsafe { sys::mplan_plan_validate(self.raw(), err) })?;
        Ok(())
    }

    /// Says what applying the plan as a fresh root would do here: [`PrepareOptions::explain`] with the defaults.
    pub fn explain(&self) -> Result<Trace> {
        PrepareOptions::new().explain(self)
    }
}

impl Drop for Plan {
    fn drop(&mut self) {
        unsafe { sys::mplan_plan_free(self.raw()) };
    }
}
