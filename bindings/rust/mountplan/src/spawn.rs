// SPDX-License-Identifier: MIT
//! Running a program inside a plan: what to run, and how.
use crate::{error, event::Listener, sys, text, Backend, Event, Plan, Process, Result};
use std::{
    ffi::{CString, OsStr, OsString},
    mem::{size_of_val, zeroed},
    ops::ControlFlow,
    os::raw::c_char,
    os::unix::io::{AsFd, AsRawFd, BorrowedFd},
    path::{Path, PathBuf},
    ptr::{self, NonNull},
};

flags! {
    /// Namespaces to create, namespaces(7). The mount namespace is always new.
    Namespaces {
        /// User and group ids and capabilities: with it no privilege is needed.
        USER = MPLAN_NAMESPACE_USER,
        /// Process ids.
        PID = MPLAN_NAMESPACE_PID,
        /// Network.
        NET = MPLAN_NAMESPACE_NET,
        /// System V IPC and POSIX message queues.
        IPC = MPLAN_NAMESPACE_IPC,
        /// Host name.
        UTS = MPLAN_NAMESPACE_UTS,
        /// Root of the control groups.
        CGROUP = MPLAN_NAMESPACE_CGROUP,
    }
}

flags! {
    /// How the program is run.
    SpawnFlags {
        /// Everything is killed when the thread that called [`Spawn::start`] ends.
        DIE_WITH_PARENT = MPLAN_SPAWN_DIE_WITH_PARENT,
        /// setsid(2) before the program is executed.
        NEW_SESSION = MPLAN_SPAWN_NEW_SESSION,
        /// With a pid namespace the program is process 1; the default is a small reaper in front of it.
        AS_PID_1 = MPLAN_SPAWN_AS_PID_1,
        /// Do not set no_new_privs.
        KEEP_PRIVILEGES = MPLAN_SPAWN_KEEP_PRIVILEGES,
        /// With a net namespace: leave the loopback device down.
        NO_LOOPBACK = MPLAN_SPAWN_NO_LOOPBACK,
        /// Do not compare what is mounted with the plan before the program is executed.
        NO_VERIFY = MPLAN_SPAWN_NO_VERIFY,
    }
}

#[derive(Clone, Copy, Debug)]
struct Range {
    inside: u32,
    outside: u32,
    count: u32,
}

/// A program to run in new namespaces, in the root that a plan describes. Built like a [`std::process::Command`]; what is not acceptable is an
/// error of [`Spawn::start`].
///
/// ```no_run
/// use mountplan::{BindFlags, Namespaces, Plan, Spawn};
///
/// # fn main() -> Result<(), mountplan::Error> {
/// let mut plan = Plan::new()?;
/// plan.bind("/", "/", BindFlags::NONE)?; // all of the host, read-only
/// let mut process = Spawn::new("/bin/ls").arg("/").namespaces(Namespaces::USER | Namespaces::PID).start(&plan)?;
/// assert!(process.wait()?.success());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Spawn<'a> {
    arguments: Vec<OsString>,
    environment: Option<Vec<OsString>>,
    directory: Option<PathBuf>,
    host_name: Option<OsString>,
    namespaces: Namespaces,
    flags: SpawnFlags,
    uid_map: Vec<Range>,
    gid_map: Vec<Range>,
    ids: Option<(u32, u32)>,
    capabilities: Option<u64>,
    fds: Vec<(BorrowedFd<'a>, i32)>,
    backend: u32,
    listener: Option<Listener<'a>>,
}

impl<'a> Spawn<'a> {
    /// The program, which is also its own name; without a slash it is searched in PATH of its environment.
    pub fn new(program: impl AsRef<OsStr>) -> Spawn<'a> {
        Spawn {
            arguments: vec![program.as_ref().to_owned()],
            environment: None,
            directory: None,
            host_name: None,
            namespaces: Namespaces::NONE,
            flags: SpawnFlags::NONE,
            uid_map: Vec::new(),
            gid_map: Vec::new(),
            ids: None,
            capabilities: None,
            fds: Vec::new(),
            backend: sys::MPLAN_BACKEND_AUTO,
            listener: None,
        }
    }

    /// Adds an argument.
    pub fn arg(&mut self, argument: impl AsRef<OsStr>) -> &mut Spawn<'a> {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    /// Adds arguments.
    pub fn args(&mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> &mut Spawn<'a> {
        self.arguments.extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    /// The whole environment, name and value of each variable. Until it is set the program gets the caller's.
    pub fn environment<N: AsRef<OsStr>, V: AsRef<OsStr>>(
        &mut self,
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> &mut Spawn<'a> {
        let join = |(name, value): (N, V)| {
            let mut variable = name.as_ref().to_owned();
            variable.push("=");
            variable.push(value);
            variable
        };
        self.environment = Some(variables.into_iter().map(join).collect());
        self
    }

    /// Working directory inside the new root, absolute; `/` until it is set.
    pub fn current_dir(&mut self, path: impl AsRef<Path>) -> &mut Spawn<'a> {
        self.directory = Some(path.as_ref().to_owned());
        self
    }

    /// Host name; needs [`Namespaces::UTS`].
    pub fn host_name(&mut self, name: impl AsRef<OsStr>) -> &mut Spawn<'a> {
        self.host_name = Some(name.as_ref().to_owned());
        self
    }

    /// The namespaces to create. Without `USER` the caller needs CAP_SYS_ADMIN.
    pub fn namespaces(&mut self, namespaces: Namespaces) -> &mut Spawn<'a> {
        self.namespaces = namespaces;
        self
    }

    /// How the program is run.
    pub fn flags(&mut self, flags: SpawnFlags) -> &mut Spawn<'a> {
        self.flags = flags;
        self
    }

    /// Maps `count` user ids from `inside` in the sandbox to those from `outside` in the caller's user namespace. Until a range is added, the
    /// caller's own id is mapped to itself.
    pub fn map_uids(&mut self, inside: u32, outside: u32, count: u32) -> &mut Spawn<'a> {
        self.uid_map.push(Range { inside, outside, count });
        self
    }

    /// As [`Spawn::map_uids`], for group ids.
    pub fn map_gids(&mut self, inside: u32, outside: u32, count: u32) -> &mut Spawn<'a> {
        self.gid_map.push(Range { inside, outside, count });
        self
    }

    /// User and group the program runs as, inside the user namespace.
    pub fn ids(&mut self, uid: u32, gid: u32) -> &mut Spawn<'a> {
        self.ids = Some((uid, gid));
        self
    }

    /// The capabilities to keep: bit n is capability n of capabilities(7).
    pub fn capabilities(&mut self, keep: u64) -> &mut Spawn<'a> {
        self.capabilities = Some(keep);
        self
    }

    /// Hands `fd` to the program as descriptor number `child_fd`. 0 to 2 are inherited unless given here; all others are closed.
    pub fn fd(&mut self, fd: &'a impl AsFd, child_fd: i32) -> &mut Spawn<'a> {
        self.fds.push((fd.as_fd(), child_fd));
        self
    }

    /// Forces a backend.
    pub fn backend(&mut self, backend: Backend) -> &mut Spawn<'a> {
        self.backend = backend.as_raw();
        self
    }

    /// Is told about each step in order, as by [`PrepareOptions::on_event`](crate::PrepareOptions::on_event).
    pub fn on_event(&mut self, function: impl FnMut(&Event<'_>) -> ControlFlow<()> + Send + 'a) -> &mut Spawn<'a> {
        self.listener = Some(Listener::new(function));
        self
    }

    /// Starts the program inside the plan and waits until it was executed, or until something failed; then no child is left.
    pub fn start(&mut self, plan: &Plan) -> Result<Process> {
        let spawn = self.filled()?;
        let mut args: sys::mplan_prepare_args = unsafe { zeroed() };
        args.backend = self.backend;
        Listener::listen(&self.listener, &mut args);
        let mut process = ptr::null_mut();
        let result = error::call(|err| unsafe {
            sys::mplan_spawn_start(spawn.0.as_ptr(), plan.raw(), &args, size_of_val(&args), &mut process, err)
        });
        let result = result.map(|_| Process(unsafe { NonNull::new_unchecked(process) }));
        Listener::go_on(&self.listener);
        result
    }

    /// The object of C, with everything that was set.
    fn filled(&self) -> Result<Raw> {
        let raw = Raw::new()?;
        let spawn = raw.0.as_ptr();
        let arguments = Strings::new("argument", &self.arguments)?;
        error::call(|err| unsafe { sys::mplan_spawn_set_argv(spawn, arguments.pointers(), arguments.len(), err) })?;
        if let Some(environment) = &self.environment {
            let strings = Strings::new("environment", environment)?;
            error::call(|err| unsafe { sys::mplan_spawn_set_env(spawn, strings.pointers(), strings.len(), err) })?;
        }
        let directory = self.directory.as_ref().map(|path| text::to_c("current_dir", path)).transpose()?;
        error::call(|err| unsafe { sys::mplan_spawn_set_cwd(spawn, text::pointer(&directory), err) })?;
        let name = self.host_name.as_ref().map(|name| text::to_c("host_name", name)).transpose()?;
        error::call(|err| unsafe { sys::mplan_spawn_set_hostname(spawn, text::pointer(&name), err) })?;
        error::call(|err| unsafe { sys::mplan_spawn_set_namespaces(spawn, self.namespaces.bits(), err) })?;
        error::call(|err| unsafe { sys::mplan_spawn_set_flags(spawn, self.flags.bits(), err) })?;
        for &Range { inside, outside, count } in &self.uid_map {
            error::call(|err| unsafe { sys::mplan_spawn_add_uid_map(spawn, inside, outside, count, err) })?;
        }
        for &Range { inside, outside, count } in &self.gid_map {
            error::call(|err| unsafe { sys::mplan_spawn_add_gid_map(spawn, inside, outside, count, err) })?;
        }
        if let Some((uid, gid)) = self.ids {
            error::call(|err| unsafe { sys::mplan_spawn_set_ids(spawn, uid, gid, err) })?;
        }
        if let Some(keep) = self.capabilities {
            error::call(|err| unsafe { sys::mplan_spawn_set_capabilities(spawn, keep, err) })?;
        }
        for (fd, child_fd) in &self.fds {
            error::call(|err| unsafe { sys::mplan_spawn_add_fd(spawn, fd.as_raw_fd(), *child_fd, err) })?;
        }
        Ok(raw)
    }
}

/// A spawn object of C, freed at the end.
struct Raw(NonNull<sys::mplan_spawn>);

impl Raw {
    fn new() -> Result<Raw> {
        let mut spawn = ptr::null_mut();
        error::call(|err| unsafe { sys::mplan_spawn_new(&mut spawn, err) })?;
        Ok(Raw(unsafe { NonNull::new_unchecked(spawn) }))
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        unsafe { sys::mplan_spawn_free(self.0.as_ptr()) };
    }
}

/// Strings as C wants an array of them.
struct Strings {
    pointers: Vec<*const c_char>,
    _strings: Vec<CString>,
}

impl Strings {
    fn new(what: &str, strings: &[OsString]) -> Result<Strings> {
        let strings = strings.iter().map(|string| text::to_c(what, string)).collect::<Result<Vec<_>>>()?;
        Ok(Strings { pointers: strings.iter().map(|string| string.as_ptr()).collect(), _strings: strings })
    }

    fn pointers(&self) -> *const *const c_char {
        self.pointers.as_ptr()
    }

    fn len(&self) -> usize {
        self.pointers.len()
    }
}
