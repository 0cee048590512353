// SPDX-License-Identifier: MIT
//! Events: one step that happened, or would happen, and handing it to a closure of the caller.
use crate::{sys, text, Attributes};
use std::{
    any::Any,
    ffi::OsStr,
    fmt,
    marker::PhantomData,
    ops::ControlFlow,
    os::raw::{c_int, c_void},
    panic::{catch_unwind, resume_unwind, AssertUnwindSafe},
    path::Path,
    ptr::NonNull,
};

/// What a source or target resolved to, one system call, or one option that the library does not know.
#[derive(Clone, Copy)]
pub struct Event<'e> {
    pub(crate) raw: sys::mplan_event,
    pub(crate) borrowed: PhantomData<&'e ()>,
}

impl<'e> Event<'e> {
    /// Index of the op; none for work of the plan as a whole.
    pub fn op(&self) -> Option<usize> {
        usize::try_from(self.raw.op).ok()
    }

    /// Name of the op, such as `bind`.
    pub fn op_name(&self) -> Option<&'e str> {
        unsafe { text::name_from_c(self.raw.op_name) }
    }

    /// Name of the system call, such as `open_tree`.
    pub fn call(&self) -> Option<&'e str> {
        unsafe { text::name_from_c(self.raw.call) }
    }

    /// What the call returned, or a negative errno value.
    pub fn result(&self) -> i64 {
        self.raw.result
    }

    /// The attributes that the call sets.
    pub fn attributes(&self) -> Attributes {
        Attributes::from_bits(self.raw.flags)
    }

    /// Source of the op.
    pub fn source(&self) -> Option<&'e Path> {
        unsafe { text::path_from_c(self.raw.source) }
    }

    /// Target of the op.
    pub fn target(&self) -> Option<&'e Path> {
        unsafe { text::path_from_c(self.raw.target) }
    }

    /// The call with its arguments, in one line.
    pub fn text(&self) -> &'e OsStr {
        unsafe { text::from_c(self.raw.text) }.unwrap_or_else(|| OsStr::new(""))
    }
}

impl fmt::Debug for Event<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = out.debug_struct("Event");
        shown
            .field("op", &self.op())
            .field("text", &self.text())
            .field("result", &self.result())
            .finish_non_exhaustive()
    }
}

type Function<'a> = dyn FnMut(&Event<'_>) -> ControlFlow<()> + Send + 'a;

struct State<'a> {
    function: Box<Function<'a>>,
    panic: Option<Box<dyn Any + Send>>,
}

/// A closure at an address that does not move, as C keeps it between calls.
pub(crate) struct Listener<'a>(NonNull<State<'a>>);

// The closure is Send, and nobody else has it.
unsafe impl Send for Listener<'_> {}

impl<'a> Listener<'a> {
    pub(crate) fn new(function: impl FnMut(&Event<'_>) -> ControlFlow<()> + Send + 'a) -> Listener<'a> {
        Listener(NonNull::from(Box::leak(Box::new(State { function: Box::new(function), panic: None }))))
    }

    /// Tells C where to deliver events. The listener must be there as long as they are.
    pub(crate) fn listen(listener: &Option<Listener<'a>>, args: &mut sys::mplan_prepare_args) {
        if let Some(listener) = listener {
            args.event = Some(deliver);
            args.event_data = listener.0.as_ptr().cast();
        }
    }

    /// A panic of the closure can not go through C: it goes on here, after the call.
    pub(crate) fn go_on(listener: &Option<Listener<'a>>) {
        // No call of the library is under way, so that nothing else uses the state.
        let panic = listener.as_ref().and_then(|listener| unsafe { (*listener.0.as_ptr()).panic.take() });
        if let Some(panic) = panic {
            resume_unwind(panic);
        }
    }
}

impl Drop for Listener<'_> {
    fn drop(&mut self) {
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}

impl fmt::Debug for Listener<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Listener")
    }
}

unsafe extern "C" fn deliver(event: *const sys::mplan_event, data: *mut c_void) -> c_int {
    // The library calls with what Listener::listen() gave it, from the thread that called the library.
    let (state, raw) = unsafe { (&mut *data.cast::<State<'_>>(), *event) };
    if state.panic.is_some() {
        return 1;
    }
    let event = Event { raw, borrowed: PhantomData };
    match catch_unwind(AssertUnwindSafe(|| (state.function)(&event))) {
        Ok(flow) => c_int::from(flow.is_break()),
        Err(panic) => {
            state.panic = Some(panic);
            1
        }
    }
}
