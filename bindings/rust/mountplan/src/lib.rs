// SPDX-License-Identifier: MIT
//! Mount plans for sandboxes and containers: describe a root file system once; get it mounted exactly as described, or not at all.
//!
//! A [`Plan`] is an ordered list of ops. Building one touches nothing, and [`Plan::explain`] says what it would do:
//!
//! ```
//! use mountplan::{BindFlags, DevFlags, Plan, ProcFlags, TmpfsFlags};
//!
//! # fn main() -> Result<(), mountplan::Error> {
//! let mut plan = Plan::new()?;
//! plan.bind("/usr", "/usr", BindFlags::NONE)?; // read-only, nosuid, nodev
//! plan.tmpfs("/tmp", 0, 0o1777, TmpfsFlags::NONE)?;
//! plan.proc("/proc", ProcFlags::NONE)?;
//! plan.dev("/dev", DevFlags::NONE)?;
//! plan.validate()?;
//! # Ok(())
//! # }
//! ```
//!
//! [`Spawn`] runs a program inside a plan. [`PrepareOptions`] applies a plan in the calling thread's mount namespace. A [`Table`] is a
//! snapshot of the mounts of a namespace, and a [`Tree`] says which of them can be seen where.
//!
//! Paths and names are bytes, so they are [`OsStr`](std::ffi::OsStr) and [`Path`](std::path::Path). A NUL byte in one of them is an
//! [`Error`], like everything else that the library refuses; nothing here panics. The reference for each op is the comment of its C
//! function in `<mountplan/plan.h>`.
//!
//! What is [`Send`] and not [`Sync`] may be used by one thread at a time. Applying a plan concerns the mount namespace of the calling thread.
#![deny(missing_docs, missing_debug_implementations, unsafe_op_in_unsafe_fn)]

use mountplan_sys as sys;

#[macro_use]
mod macros;

mod added_op;
mod attributes;
mod error;
mod event;
mod features;
pub mod mount;
mod op;
mod plan;
mod prepare;
mod prepared;
mod process;
mod spawn;
mod table;
mod text;
mod trace;
mod tree;

pub use added_op::{AddedOp, Symlinks};
pub use attributes::{Attributes, Propagation};
pub use error::{Error, ErrorKind, Result, Stage};
pub use event::Event;
pub use features::{Feature, Features};
pub use op::{Layers, Op, OpKind, Ops};
pub use plan::{
    BindFlags, DevFlags, FileFlags, OverlayFlags, Plan, PlanFlags, ProcFlags, PropagationFlags, RemountFlags,
    SymlinkFlags, TmpfsFlags,
};
pub use prepare::{Backend, PrepareFlags, PrepareOptions};
pub use prepared::{Created, Failure, Prepared};
pub use process::{ExitStatus, Process};
pub use spawn::{Namespaces, Spawn, SpawnFlags};
pub use table::{Mount, Mounts, ReadFlags, Table};
pub use trace::{Events, Trace};
pub use tree::{Children, Node, NodeReason, Nodes, Tree, UnfoldFlags};

/// The version of the library that is linked, as `"MAJOR.MINOR.PATCH"`.
///
/// ```
/// assert!(mountplan::version().starts_with("0."));
/// ```
pub fn version() -> &'static str {
    // The library promises a string with static lifetime.
    let version = unsafe { std::ffi::CStr::from_ptr(sys::mplan_version()) };
    version.to_str().unwrap_or("")
}
