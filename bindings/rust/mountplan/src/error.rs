// SPDX-License-Identifier: MIT
//! Errors: everything the library says about a failure, copied, so that an error can go anywhere.
use crate::{sys, text};
use std::{
    fmt, io,
    os::raw::c_int,
    path::{Path, PathBuf},
    ptr,
};

/// What the functions of this crate return.
pub type Result<T> = std::result::Result<T, Error>;

choice! {
    /// What went wrong, in kind.
    ErrorKind: c_int {
        /// The kernel refused a call: see [`Error::call`] and [`Error::raw_os_error`].
        Syscall = MPLAN_ERROR_SYSCALL,
        /// An argument is not acceptable.
        Argument = MPLAN_ERROR_ARGUMENT,
        /// Malformed input text: see [`Error::line`] and [`Error::column`].
        Parse = MPLAN_ERROR_PARSE,
        /// The plan contradicts itself.
        Validation = MPLAN_ERROR_VALIDATION,
        /// This kernel or backend can not do it; nothing was changed.
        Unsupported = MPLAN_ERROR_UNSUPPORTED,
        /// Refused because it would break a security guarantee.
        Safety = MPLAN_ERROR_SAFETY,
        /// The call does not fit the state of the object or the system.
        State = MPLAN_ERROR_STATE,
        /// Out of memory.
        NoMemory = MPLAN_ERROR_NOMEM,
        /// The child of a spawn failed in a way that is no system call.
        Child = MPLAN_ERROR_CHILD,
        /// A callback asked to stop.
        Callback = MPLAN_ERROR_CALLBACK,
        /// A bug in the library.
        Internal = MPLAN_ERROR_INTERNAL,
    }
}

choice! {
    /// When it went wrong.
    Stage: c_int {
        /// Outside the life of a plan.
        None = MPLAN_STAGE_NONE,
        /// While the plan was built or validated.
        Validate = MPLAN_STAGE_VALIDATE,
        /// In the host phase: nothing was changed yet.
        Prepare = MPLAN_STAGE_PREPARE,
        /// While ops were carried out; what was done is undone, see [`Error::left`].
        Apply = MPLAN_STAGE_APPLY,
        /// While the finished root became the root.
        Commit = MPLAN_STAGE_COMMIT,
    }
}

const EINVAL: c_int = 22;

/// A failure. It prints as one line, `op 7 bind /srv/data -> /data: mount_setattr: Operation not permitted`, and with `{:#}` the advice
/// follows on a second one, where there is some.
///
/// ```
/// use mountplan::{BindFlags, ErrorKind, Plan};
///
/// # fn main() -> Result<(), mountplan::Error> {
/// let mut plan = Plan::new()?;
/// let error = plan.bind("/usr", "not/absolute", BindFlags::NONE).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Argument);
/// assert_eq!(std::io::Error::from(error).kind(), std::io::ErrorKind::InvalidInput);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Error(Box<Record>);

#[derive(Clone, Debug)]
struct Record {
    kind: ErrorKind,
    errno: c_int,
    stage: Stage,
    op: Option<usize>,
    left: u8,
    line: u64,
    column: u64,
    op_name: Option<String>,
    call: Option<String>,
    source: Option<PathBuf>,
    target: Option<PathBuf>,
    path: Option<PathBuf>,
    detail: Option<String>,
    log: Option<String>,
    hint: Option<String>,
    message: String,
    cause: Option<Error>,
}

impl Error {
    /// An argument that can not even be handed to C.
    pub(crate) fn argument(detail: String) -> Error {
        let message = format!("Invalid argument ({})", detail);
        Error(Box::new(Record {
            kind: ErrorKind::Argument,
            errno: EINVAL,
            stage: Stage::None,
            op: None,
            left: 0,
            line: 0,
            column: 0,
            op_name: None,
            call: None,
            source: None,
            target: None,
            path: None,
            detail: Some(detail),
            log: None,
            hint: None,
            message,
            cause: None,
        }))
    }

    /// # Safety
    /// `error` is an error object of the library.
    unsafe fn copy(error: *const sys::mplan_error) -> Error {
        // Every string is borrowed from the error, and copied at once.
        unsafe {
            let path = |text| text::path_from_c(text).map(Path::to_owned);
            let words = |text| text::from_c(text).map(|text| text.to_string_lossy().into_owned());
            let cause = sys::mplan_error_cause(error);
            Error(Box::new(Record {
                kind: ErrorKind::from_raw(sys::mplan_error_kind(error)),
                errno: sys::mplan_error_errno(error),
                stage: Stage::from_raw(sys::mplan_error_stage(error)),
                op: usize::try_from(sys::mplan_error_op(error)).ok(),
                left: u8::try_from(sys::mplan_error_left(error)).unwrap_or(u8::MAX),
                line: sys::mplan_error_line(error),
                column: sys::mplan_error_column(error),
                op_name: words(sys::mplan_error_op_name(error)),
                call: words(sys::mplan_error_call(error)),
                source: path(sys::mplan_error_source(error)),
                target: path(sys::mplan_error_target(error)),
                path: path(sys::mplan_error_path(error)),
                detail: words(sys::mplan_error_detail(error)),
                log: words(sys::mplan_error_log(error)),
                hint: words(sys::mplan_error_hint(error)),
                message: words(sys::mplan_error_message(error)).unwrap_or_default(),
                cause: if cause.is_null() { None } else { Some(Error::copy(cause)) },
            }))
        }
    }

    /// What went wrong, in kind.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The errno value, positive: 2 for ENOENT.
    pub fn raw_os_error(&self) -> i32 {
        self.0.errno
    }

    /// When it went wrong.
    pub fn stage(&self) -> Stage {
        self.0.stage
    }

    /// Index of the op in the plan; none where no op is concerned.
    pub fn op(&self) -> Option<usize> {
        self.0.op
    }

    /// Name of the op, such as `bind`.
    pub fn op_name(&self) -> Option<&str> {
        self.0.op_name.as_deref()
    }

    /// How many changes could not be taken back after the failure; 0 is what to expect, 255 stands for that many and more.
    pub fn left(&self) -> u8 {
        self.0.left
    }

    /// Name of the failed system call, such as `move_mount`.
    pub fn call(&self) -> Option<&str> {
        self.0.call.as_deref()
    }

    /// Source of the op, as it was given.
    pub fn source_path(&self) -> Option<&Path> {
        self.0.source.as_deref()
    }

    /// Target of the op, as it was given.
    pub fn target_path(&self) -> Option<&Path> {
        self.0.target.as_deref()
    }

    /// The path the failed call was about, where it is neither source nor target.
    pub fn path(&self) -> Option<&Path> {
        self.0.path.as_deref()
    }

    /// Line of the input text, counted from 1.
    pub fn line(&self) -> Option<u64> {
        Some(self.0.line).filter(|&line| line != 0)
    }

    /// Byte column in that line, counted from 1.
    pub fn column(&self) -> Option<u64> {
        Some(self.0.column).filter(|&column| column != 0)
    }

    /// What exactly is wrong, one sentence; none where the errno says it all.
    pub fn detail(&self) -> Option<&str> {
        self.0.detail.as_deref()
    }

    /// The kernel's own message from the log of fsopen(2).
    pub fn log(&self) -> Option<&str> {
        self.0.log.as_deref()
    }

    /// What the reader can do about it.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// The error this one follows from; also [`std::error::Error::source`].
    pub fn cause(&self) -> Option<&Error> {
        self.0.cause.as_ref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0.message)?;
        match self.hint() {
            Some(hint) if out.alternate() => write!(out, "\n{}", hint),
            _ => Ok(()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause().map(|cause| cause as _)
    }
}

/// The kind is that of the errno value; the error itself is within.
impl From<Error> for io::Error {
    fn from(error: Error) -> io::Error {
        io::Error::new(io::Error::from_raw_os_error(error.raw_os_error()).kind(), error)
    }
}

/// Calls a function of the library whose last parameter is an error.
pub(crate) fn call(function: impl FnOnce(*mut *mut sys::mplan_error) -> c_int) -> Result<c_int> {
    let mut error = ptr::null_mut();
    let result = function(&mut error);
    if result >= 0 {
        return Ok(result);
    }
    // The object is ours, and not used after it is freed. NULL is read as no error, and freed, too.
    let copy = unsafe { Error::copy(error) };
    unsafe { sys::mplan_error_free(error) };
    Err(copy)
}
