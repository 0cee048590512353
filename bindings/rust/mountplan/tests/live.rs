// SPDX-License-Identifier: MIT
//! Real mounts: each test has a thread with a mount namespace of its own, made private, and an empty tmpfs to work in. Where that is not
//! allowed the tests say so and do nothing; with MOUNTPLAN_REQUIRE_LIVE=1 in the environment they fail.
use mountplan::{
    mount, Attributes, BindFlags, ErrorKind, Failure, Namespaces, Plan, PlanFlags, PrepareFlags, PrepareOptions,
    ProcFlags, ReadFlags, Spawn, Stage, Table, TmpfsFlags, UnfoldFlags,
};
use std::{
    env,
    ffi::CString,
    fs::{self, File},
    io::{self, Read},
    ops::ControlFlow,
    os::raw::{c_char, c_int, c_ulong, c_void},
    os::unix::io::{AsRawFd, FromRawFd},
    panic::{catch_unwind, AssertUnwindSafe},
    path::{Path, PathBuf},
    ptr,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

extern "C" {
    fn unshare(flags: c_int) -> c_int;
    fn mount(
        source: *const c_char,
        target: *const c_char,
        kind: *const c_char,
        flags: c_ulong,
        data: *const c_void,
    ) -> c_int;
    fn fork() -> c_int;
    fn _exit(status: c_int) -> !;
    fn pipe(fds: *mut c_int) -> c_int;
    fn write(fd: c_int, bytes: *const c_void, size: usize) -> isize;
    fn waitpid(pid: c_int, status: *mut c_int, options: c_int) -> c_int;
}

const CLONE_NEWNS: c_int = 0x20000;
const MS_REC_PRIVATE: c_ulong = 0x4000 | 0x40000;
const EROFS: i32 = 30;
const SIGKILL: i32 = 9;

/// A mount namespace for this thread, and an empty tmpfs in it.
fn enter_world() -> io::Result<PathBuf> {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("live-{}", COUNT.fetch_add(1, Ordering::Relaxed)));
    fs::create_dir_all(&place)?;
    let tmpfs = CString::new("tmpfs").unwrap();
    let done = unsafe {
        unshare(CLONE_NEWNS) == 0
            && mount(ptr::null(), b"/\0".as_ptr().cast(), ptr::null(), MS_REC_PRIVATE, ptr::null()) == 0
            && mount(tmpfs.as_ptr(), CString::new(place.to_str().unwrap())?.as_ptr(), tmpfs.as_ptr(), 0, ptr::null())
                == 0
    };
    if done {
        Ok(place)
    } else {
        Err(io::Error::last_os_error())
    }
}

/// Runs `body` with the path of an empty tmpfs that only it can see. It may panic.
fn live(body: impl FnOnce(&Path) + Send + 'static) {
    let run = || match enter_world() {
        Ok(place) => body(&place),
        Err(error) if env::var_os("MOUNTPLAN_REQUIRE_LIVE").map_or(false, |value| value == "1") => panic!("{}", error),
        Err(error) => eprintln!("skipped: no mount namespace: {}", error),
    };
    thread::spawn(run).join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
}

fn directories(place: &Path) -> (PathBuf, PathBuf) {
    let (source, root) = (place.join("source"), place.join("root"));
    fs::create_dir(&source).unwrap();
    fs::create_dir(&root).unwrap();
    fs::write(source.join("file"), "content").unwrap();
    (source, root)
}

fn mount_points() -> Vec<PathBuf> {
    Table::read_self(ReadFlags::NONE).unwrap().iter().map(|mount| mount.mount_point().to_owned()).collect()
}

#[test]
fn what_is_applied_is_what_the_plan_says() {
    live(|place| {
        let (source, root) = directories(place);
        let mut plan = Plan::new().unwrap();
        plan.bind(&source, "/data", BindFlags::NONE).unwrap();
        plan.tmpfs("/tmp", 0, 0o1777, TmpfsFlags::NONE).unwrap();
        let options = PrepareOptions::new().root(&root).flags(PrepareFlags::VERIFY);
        let mut prepared = options.prepare(&plan).unwrap();
        prepared.apply().unwrap();
        assert_eq!(fs::read(root.join("data/file")).unwrap(), b"content");
        assert_eq!(fs::write(root.join("data/file"), "other").unwrap_err().raw_os_error(), Some(EROFS));
        fs::write(root.join("tmp/file"), "mine").unwrap();
        let tree = Table::read_self(ReadFlags::NONE).unwrap().unfold(root.join("data"), UnfoldFlags::NONE).unwrap();
        let attributes = tree.get(0).unwrap().mount().attributes();
        assert!(attributes.contains(Attributes::RDONLY | Attributes::NOSUID | Attributes::NODEV));
        assert_eq!(prepared.apply().unwrap_err().kind(), ErrorKind::State);
    });
}

#[test]
fn a_descriptor_is_as_good_as_a_path() {
    live(|place| {
        let (source, root) = directories(place);
        let mut plan = Plan::new().unwrap();
        plan.bind_fd(File::open(&source).unwrap(), "/data", BindFlags::NONE).unwrap();
        fs::rename(&source, place.join("elsewhere")).unwrap();
        let root_fd = File::open(&root).unwrap();
        PrepareOptions::new().root_fd(&root_fd).prepare(&plan).unwrap().apply().unwrap();
        assert_eq!(fs::read(root.join("data/file")).unwrap(), b"content");
    });
}

#[test]
fn an_op_that_fails_leaves_the_mounts_as_they_were() {
    live(|place| {
        let (source, root) = directories(place);
        let mut plan = Plan::new().unwrap();
        plan.bind(&source, "/data", BindFlags::NONE).unwrap();
        plan.proc("/data/file", ProcFlags::NONE).unwrap();
        let before = mount_points();
        let error = PrepareOptions::new().root(&root).prepare(&plan).unwrap().apply().unwrap_err();
        assert_eq!((error.op(), error.stage(), error.left()), (Some(1), Stage::Apply, 0));
        assert_eq!(mount_points(), before);
    });
}

#[test]
fn what_was_made_in_a_tree_of_the_caller_is_named() {
    live(|place| {
        let (source, root) = directories(place);
        let mut plan = Plan::new().unwrap();
        plan.set_flags(PlanFlags::CREATE).unwrap();
        plan.bind(&source, "/new", BindFlags::NONE).unwrap();
        let mut prepared = PrepareOptions::new().root(&root).flags(PrepareFlags::IN_PLACE).prepare(&plan).unwrap();
        prepared.apply().unwrap();
        assert_eq!(prepared.created().collect::<Vec<_>>(), [Path::new("/new")]);
    });
}

#[test]
fn a_closure_is_told_of_applying_and_its_panic_comes_after() {
    live(|place| {
        let (source, root) = directories(place);
        let mut plan = Plan::new().unwrap();
        plan.bind(&source, "/data", BindFlags::NONE).unwrap();
        let on_event = |event: &mountplan::Event<'_>| {
            assert_ne!(event.call(), Some("move_mount"), "on purpose");
            assert_ne!(event.call(), Some("mount"), "on purpose");
            ControlFlow::Continue(())
        };
        let mut prepared = PrepareOptions::new().root(&root).on_event(on_event).prepare(&plan).unwrap();
        catch_unwind(AssertUnwindSafe(|| prepared.apply())).unwrap_err();
        assert_eq!(fs::read(root.join("data/file")).unwrap(), b"content");
    });
}

#[test]
fn a_failure_in_a_forked_child_becomes_an_error_in_the_parent() {
    live(|place| {
        let (source, root) = directories(place);
        let mut plan = Plan::new().unwrap();
        plan.bind(&source, "/data", BindFlags::NONE).unwrap();
        plan.proc("/data/file", ProcFlags::NONE).unwrap();
        let mut prepared = PrepareOptions::new().root(&root).prepare(&plan).unwrap();
        let mut failure = Failure::new();
        let mut ends = [0; 2];
        assert_eq!(unsafe { pipe(ends.as_mut_ptr()) }, 0);
        let child = unsafe { fork() };
        if child == 0 {
            let status = prepared.apply_in_child(&mut failure).map_or_else(|errno| errno, |()| 0);
            unsafe {
                write(ends[1], failure.as_bytes().as_ptr().cast(), Failure::SIZE);
                _exit(status)
            }
        }
        let [mut reader, writer] = ends.map(|fd| unsafe { File::from_raw_fd(fd) });
        drop(writer);
        reader.read_exact(failure.as_mut_bytes()).unwrap();
        let mut status = 0;
        assert_eq!(unsafe { waitpid(child, &mut status, 0) }, child);
        let error = prepared.error(&failure);
        assert_eq!((error.op(), error.op_name(), error.stage()), (Some(1), Some("proc"), Stage::Apply));
        assert_eq!(status >> 8, error.raw_os_error());
    });
}

#[test]
fn single_mounts_need_no_plan() {
    live(|place| {
        let (source, root) = directories(place);
        mount::tmpfs(&root, 0, 0o755, Attributes::NOEXEC).unwrap();
        fs::create_dir(root.join("data")).unwrap();
        mount::bind(&source, root.join("data"), BindFlags::WRITABLE).unwrap();
        fs::write(root.join("data/file"), "other").unwrap();
        mount::remount(root.join("data"), BindFlags::NONE).unwrap();
        assert_eq!(fs::write(root.join("data/file"), "more").unwrap_err().raw_os_error(), Some(EROFS));
    });
}

/// Everything of the host, read-only.
fn host() -> Plan {
    let mut plan = Plan::new().unwrap();
    plan.bind("/", "/", BindFlags::NONE).unwrap();
    plan
}

fn shell(script: &str) -> Spawn<'_> {
    let mut spawn = Spawn::new("/bin/sh");
    spawn.args(["-c", script]).namespaces(Namespaces::USER | Namespaces::PID | Namespaces::UTS);
    spawn
}

#[test]
fn a_program_has_what_it_was_given() {
    live(|place| {
        let out = File::create(place.join("out")).unwrap();
        let mut spawn = shell("pwd; echo $NAME; uname -n; echo five >&5");
        spawn.environment([("NAME", "value")]).current_dir("/usr").host_name("sandbox").fd(&out, 1).fd(&out, 5);
        assert!(spawn.start(&host()).unwrap().wait().unwrap().success());
        assert_eq!(fs::read_to_string(place.join("out")).unwrap(), "/usr\nvalue\nsandbox\nfive\n");
    });
}

#[test]
fn how_a_program_ended_is_told_each_time() {
    live(|_| {
        let mut process = shell("exit 7").start(&host()).unwrap();
        assert_eq!((process.wait().unwrap().code(), process.wait().unwrap().signal()), (7, None));
        assert_eq!(process.signal(SIGKILL).unwrap_err().kind(), ErrorKind::State);
    });
}

#[test]
fn a_program_can_be_killed() {
    live(|_| {
        let mut process = shell("exec sleep 1000").start(&host()).unwrap();
        assert!(process.id() > 0 && process.pidfd().map_or(true, |fd| fd.as_raw_fd() >= 0));
        process.signal(SIGKILL).unwrap();
        let end = process.wait().unwrap();
        assert_eq!((end.signal(), end.code(), end.success()), (Some(SIGKILL), 128 + SIGKILL, false));
    });
}

#[test]
fn a_program_that_is_not_there_is_an_error_of_start() {
    live(|_| {
        let mut spawn = Spawn::new("/no such program");
        let error = spawn.namespaces(Namespaces::USER).start(&host()).unwrap_err();
        assert_eq!(error.call(), Some("execve"));
        assert_eq!(io::Error::from(error).kind(), io::ErrorKind::NotFound);
    });
}

#[test]
fn a_spawn_can_be_used_again_and_tells_its_steps() {
    live(|_| {
        let mut calls = vec![];
        let mut spawn = shell("exit 0");
        spawn.on_event(|event| {
            calls.extend(event.call().map(str::to_owned));
            ControlFlow::Continue(())
        });
        for _ in 0..2 {
            assert!(spawn.start(&host()).unwrap().wait().unwrap().success());
        }
        drop(spawn);
        assert_eq!(calls.iter().filter(|call| *call == "pivot_root").count(), 2);
    });
}
