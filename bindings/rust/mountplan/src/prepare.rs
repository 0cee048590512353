// SPDX-License-Identifier: MIT
//! How a plan is prepared and explained.
use crate::{error, event::Listener, sys, text, Event, Plan, Prepared, Result, Trace};
use std::{
    ffi::{CString, OsStr},
    mem::{size_of_val, zeroed},
    ops::ControlFlow,
    os::unix::io::{AsFd, AsRawFd, BorrowedFd},
    path::{Path, PathBuf},
    ptr::{self, NonNull},
};

choice! {
    /// Which kernel calls are used.
    Backend: u32 {
        /// The best that works here, found by trying each call.
        Auto = MPLAN_BACKEND_AUTO,
        /// Linux 6.15: the root is built attached nowhere and appears in one call.
        Detached = MPLAN_BACKEND_DETACHED,
        /// Linux 5.12: the new mount calls, in a staging place.
        Fd = MPLAN_BACKEND_FD,
        /// mount(2) through /proc.
        Classic = MPLAN_BACKEND_CLASSIC,
    }
}

impl Backend {
    /// Such as `detached`; none for an unknown one.
    pub fn name(self) -> Option<&'static str> {
        unsafe { text::name_from_c(sys::mplan_backend_name(self.as_raw())) }
    }
}

flags! {
    /// How the root comes about and is checked.
    PrepareFlags {
        /// The ops land in the tree that is at the root; the default is a fresh root over it.
        IN_PLACE = MPLAN_PREPARE_IN_PLACE,
        /// Sources are resolved at apply, in the namespace of that moment; for callers that fork and unshare.
        DEFERRED = MPLAN_PREPARE_DEFERRED,
        /// The new root becomes the root of the mount namespace, which must be the caller's own; the old one is detached.
        PIVOT = MPLAN_PREPARE_PIVOT,
        /// Before apply reports success, what is mounted is compared with the plan.
        VERIFY = MPLAN_PREPARE_VERIFY,
    }
}

/// Where and how a plan is applied.
///
/// ```
/// use mountplan::{Plan, PrepareOptions, TmpfsFlags};
///
/// # fn main() -> Result<(), mountplan::Error> {
/// let mut plan = Plan::new()?;
/// plan.tmpfs("/tmp", 0, 0o1777, TmpfsFlags::NONE)?;
/// println!("{}", PrepareOptions::new().root("/mnt").explain(&plan)?); // nothing was changed
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
pub struct PrepareOptions<'a> {
    flags: PrepareFlags,
    backend: u32,
    root: Option<PathBuf>,
    root_fd: Option<BorrowedFd<'a>>,
    listener: Option<Listener<'a>>,
}

impl<'a> PrepareOptions<'a> {
    /// The defaults: a fresh root, the best backend.
    pub fn new() -> PrepareOptions<'a> {
        PrepareOptions::default()
    }

    /// The directory the plan is applied to, absolute; not followed when it is a symbolic link.
    pub fn root(mut self, path: impl AsRef<Path>) -> PrepareOptions<'a> {
        self.root = Some(path.as_ref().to_owned());
        self
    }

    /// The directory the plan is applied to, open. Not together with [`PrepareOptions::root`].
    pub fn root_fd(mut self, fd: &'a impl AsFd) -> PrepareOptions<'a> {
        self.root_fd = Some(fd.as_fd());
        self
    }

    /// Forces a backend.
    pub fn backend(mut self, backend: Backend) -> PrepareOptions<'a> {
        self.backend = backend.as_raw();
        self
    }

    /// How the root comes about and is checked.
    pub fn flags(mut self, flags: PrepareFlags) -> PrepareOptions<'a> {
        self.flags = flags;
        self
    }

    /// Is told about each step in order, while preparing and applying. `Break` stops the work as long as nothing was changed, with an
    /// error of kind [`Callback`](crate::ErrorKind::Callback); later it is ignored. A panic goes on when the call that it happened in is over.
    pub fn on_event(mut self, function: impl FnMut(&Event<'_>) -> ControlFlow<()> + Send + 'a) -> PrepareOptions<'a> {
        self.listener = Some(Listener::new(function));
        self
    }

    /// Calls with the args of C, which are valid during the call.
    fn with_args<T>(&self, function: impl FnOnce(&sys::mplan_prepare_args) -> Result<T>) -> Result<T> {
        let to_c = |path: &PathBuf| text::to_c("root", AsRef::<OsStr>::as_ref(path));
        let root: Option<CString> = self.root.as_ref().map(to_c).transpose()?;
        let mut args: sys::mplan_prepare_args = unsafe { zeroed() };
        args.flags = self.flags.bits();
        args.backend = self.backend;
        args.root = text::pointer(&root);
        if let Some(fd) = self.root_fd {
            args.has_root_fd = 1;
            args.root_fd = fd.as_raw_fd();
        }
        Listener::listen(&self.listener, &mut args);
        let result = function(&args);
        Listener::go_on(&self.listener);
        result
    }

    /// Says what applying the plan would do on this system, without changing anything. Without a root the plan is explained for a fresh one.
    pub fn explain(self, plan: &Plan) -> Result<Trace> {
        self.with_args(|args| {
            let mut trace = ptr::null_mut();
            error::call(|err| unsafe { sys::mplan_explain(plan.raw(), args, size_of_val(args), &mut trace, err) })?;
            Ok(Trace(unsafe { NonNull::new_unchecked(trace) }))
        })
    }

    /// The host phase: validates the plan, picks the backend, resolves sources and root to descriptors and allocates all that applying will
    /// use. Changes nothing, except that sources with `ENSURE` are made.
    pub fn prepare(self, plan: &Plan) -> Result<Prepared<'a>> {
        let mut prepared = self.with_args(|args| {
            let mut prepared = ptr::null_mut();
            error::call(|err| unsafe { sys::mplan_prepare(plan.raw(), args, size_of_val(args), &mut prepared, err) })?;
            Ok(Prepared::new(unsafe { NonNull::new_unchecked(prepared) }))
        })?;
        prepared.listener = self.listener;
        Ok(prepared)
    }
}
