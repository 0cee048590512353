// SPDX-License-Identifier: MIT
//! A program that runs inside a plan.
use crate::{error, sys, Result};
use std::{
    mem::size_of_val,
    os::unix::io::{BorrowedFd, RawFd},
    ptr::NonNull,
};

/// A running program. Dropping it leaves the program alone, which is then the caller's to wait for.
#[derive(Debug)]
pub struct Process(pub(crate) NonNull<sys::mplan_process>);

// Used by one thread at a time.
unsafe impl Send for Process {}

impl Process {
    /// Process id in the caller's pid namespace: of the program, or of the reaper in front of it.
    pub fn id(&self) -> i32 {
        unsafe { sys::mplan_process_pid(self.0.as_ptr()) }
    }

    /// A pidfd of that process, readable when it ended; none on kernels before 5.3.
    pub fn pidfd(&self) -> Option<BorrowedFd<'_>> {
        let fd: RawFd = unsafe { sys::mplan_process_pidfd(self.0.as_ptr()) };
        // Open as long as the object lives, which is borrowed.
        (fd >= 0).then(|| unsafe { BorrowedFd::borrow_raw(fd) })
    }

    /// Waits for the end. Again gives the same.
    pub fn wait(&mut self) -> Result<ExitStatus> {
        let mut end = sys::mplan_exit { code: 0, signal: 0 };
        error::call(|err| unsafe { sys::mplan_process_wait(self.0.as_ptr(), &mut end, size_of_val(&end), err) })?;
        Ok(ExitStatus { code: end.code, signal: end.signal })
    }

    /// Sends a signal; a reaper passes it on to the program, but SIGKILL, which ends all, and SIGSTOP. ESRCH: it has ended.
    pub fn signal(&mut self, signal: i32) -> Result<()> {
        error::call(|err| unsafe { sys::mplan_process_signal(self.0.as_ptr(), signal, err) })?;
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        unsafe { sys::mplan_process_free(self.0.as_ptr()) };
    }
}

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ExitStatus {
    code: i32,
    signal: i32,
}

impl ExitStatus {
    /// Exit status, 0 to 255; 128 + signal where a signal ended it.
    pub fn code(self) -> i32 {
        self.code
    }

    /// The signal that ended it.
    pub fn signal(self) -> Option<i32> {
        Some(self.signal).filter(|&signal| signal != 0)
    }

    /// Whether it exited with 0.
    pub fn success(self) -> bool {
        self.code == 0
    }
}
