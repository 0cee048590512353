// SPDX-License-Identifier: MIT
//! What explaining a plan gives.
use crate::{sys, text, Backend, Event};
use std::{ffi::OsStr, fmt, marker::PhantomData, ptr::NonNull};

/// The steps that applying a plan would take. Prints as one numbered call per line with its op beside it.
#[derive(Debug)]
pub struct Trace(pub(crate) NonNull<sys::mplan_trace>);

// Never changes.
unsafe impl Send for Trace {}
unsafe impl Sync for Trace {}

impl Trace {
    /// Number of steps.
    pub fn len(&self) -> usize {
        unsafe { sys::mplan_trace_count(self.0.as_ptr()) }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Step `index`, counted from 0.
    pub fn get(&self, index: usize) -> Option<Event<'_>> {
        // The strings are the trace's.
        let raw = unsafe { text::filled(|out, size| sys::mplan_trace_get(self.0.as_ptr(), index, out, size)) }?;
        Some(Event { raw, borrowed: PhantomData })
    }

    /// The steps in order.
    pub fn iter(&self) -> Events<'_> {
        Events::new(self)
    }

    /// All as text.
    pub fn text(&self) -> &OsStr {
        unsafe { text::from_c(sys::mplan_trace_text(self.0.as_ptr())) }.unwrap_or_else(|| OsStr::new(""))
    }

    /// The backend the steps are for.
    pub fn backend(&self) -> Backend {
        Backend::from_raw(unsafe { sys::mplan_trace_backend(self.0.as_ptr()) } as u32)
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text().to_string_lossy())
    }
}

impl Drop for Trace {
    fn drop(&mut self) {
        unsafe { sys::mplan_trace_free(self.0.as_ptr()) };
    }
}

indexed! {
    /// The steps of a trace, in order.
    Events: Trace gives Event
}
