// SPDX-License-Identifier: MIT
//! A prepared plan, and applying it.
use crate::{error, event::Listener, sys, text, Backend, Error, Result};
use std::{fmt, mem::size_of, ops::Range, path::Path, ptr::NonNull};

/// A plan that is ready to be applied, once. The plan it was made from is not needed any more.
#[derive(Debug)]
pub struct Prepared<'a> {
    raw: NonNull<sys::mplan_prepared>,
    pub(crate) listener: Option<Listener<'a>>, // dropped after the object that tells it
}

// Used by one thread at a time; the listener is Send.
unsafe impl Send for Prepared<'_> {}

impl<'a> Prepared<'a> {
    pub(crate) fn new(raw: NonNull<sys::mplan_prepared>) -> Prepared<'a> {
        Prepared { raw, listener: None }
    }

    /// The backend that was chosen.
    pub fn backend(&self) -> Backend {
        Backend::from_raw(unsafe { sys::mplan_prepared_backend(self.raw.as_ptr()) } as u32)
    }

    /// Applies the plan in the calling thread's mount namespace: all of it, or on failure nothing. A second time is an error.
    pub fn apply(&mut self) -> Result<()> {
        let result = error::call(|err| unsafe { sys::mplan_apply(self.raw.as_ptr(), err) });
        Listener::go_on(&self.listener);
        result.map(|_| ())
    }

    /// As [`Prepared::apply`], for the child after fork(2): allocates nothing, takes no lock, is async-signal-safe, delivers no events. On
    /// failure returns the errno value and fills `failure`, which the child sends to its parent in one write.
    pub fn apply_in_child(&mut self, failure: &mut Failure) -> std::result::Result<(), i32> {
        let size = size_of::<sys::mplan_failure>();
        match unsafe { sys::mplan_apply_in_child(self.raw.as_ptr(), &mut failure.0, size) } {
            result if result < 0 => Err(-result),
            _ => Ok(()),
        }
    }

    /// In the parent: the failure that its child wrote, as an error. Bytes that are no failure are an error of kind
    /// [`Argument`](crate::ErrorKind::Argument).
    pub fn error(&self, failure: &Failure) -> Error {
        let size = size_of::<sys::mplan_failure>();
        let told = error::call(|err| unsafe { sys::mplan_prepared_error(self.raw.as_ptr(), &failure.0, size, err) });
        told.err().unwrap_or_else(|| Error::argument("failure is none".to_owned()))
    }

    /// What apply made in trees of the caller: missing mount points, and sources with `ENSURE`.
    pub fn created(&self) -> Created<'_> {
        Created { prepared: self, range: 0..unsafe { sys::mplan_prepared_created_count(self.raw.as_ptr()) } }
    }
}

impl Drop for Prepared<'_> {
    fn drop(&mut self) {
        unsafe { sys::mplan_prepared_free(self.raw.as_ptr()) };
    }
}

/// Paths of what apply made: inside the root, or on the host for a source.
#[derive(Clone, Debug)]
pub struct Created<'p> {
    prepared: &'p Prepared<'p>,
    range: Range<usize>,
}

impl<'p> Iterator for Created<'p> {
    type Item = &'p Path;

    fn next(&mut self) -> Option<&'p Path> {
        let index = self.range.next()?;
        unsafe { text::path_from_c(sys::mplan_prepared_created(self.prepared.raw.as_ptr(), index)) }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.range.size_hint()
    }
}

impl ExactSizeIterator for Created<'_> {}

/// A failure in a form that crosses fork(2): fixed size, below `PIPE_BUF`, so that one write(2) to a pipe is atomic.
#[derive(Clone)]
pub struct Failure(sys::mplan_failure);

impl Failure {
    /// Bytes of a failure.
    pub const SIZE: usize = sys::MPLAN_FAILURE_SIZE;

    /// No failure yet.
    pub const fn new() -> Failure {
        Failure(sys::mplan_failure { bytes: [0; Failure::SIZE] })
    }

    /// What the child writes to its parent.
    pub const fn as_bytes(&self) -> &[u8; Failure::SIZE] {
        &self.0.bytes
    }

    /// Where the parent reads it to.
    pub fn as_mut_bytes(&mut self) -> &mut [u8; Failure::SIZE] {
        &mut self.0.bytes
    }
}

impl Default for Failure {
    fn default() -> Failure {
        Failure::new()
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Failure")
    }
}
