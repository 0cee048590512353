// SPDX-License-Identifier: MIT
//! Errors say all that the library knows, in the ways that Rust programs ask.
use mountplan::{BindFlags, Error, ErrorKind, Plan, PrepareOptions, Spawn, Stage, Table, TmpfsFlags};
use std::{error::Error as _, io, path::Path};

fn missing_source() -> Error {
    let mut plan = Plan::new().unwrap();
    plan.tmpfs("/tmp", 0, 0o755, TmpfsFlags::NONE).unwrap();
    plan.bind("/no such directory", "/data", BindFlags::NONE).unwrap();
    plan.explain().unwrap_err()
}

#[test]
fn names_the_op_the_call_and_the_paths() {
    let error = missing_source();
    assert_eq!((error.kind(), error.stage()), (ErrorKind::Syscall, Stage::Prepare));
    assert_eq!((error.op(), error.op_name()), (Some(1), Some("bind")));
    assert_eq!(error.source_path(), Some(Path::new("/no such directory")));
    assert_eq!(error.target_path(), Some(Path::new("/data")));
    assert!(error.call().unwrap().starts_with("open"), "{:?}", error.call());
    assert_eq!((error.raw_os_error(), error.left()), (2, 0));
}

#[test]
fn prints_as_one_line_and_with_advice_on_a_second() {
    let error = missing_source();
    let line = error.to_string();
    assert!(line.starts_with("op 1 bind /no such directory -> /data: open"), "{}", line);
    assert!(line.contains(": No such file or directory"), "{}", line);
    match error.hint() {
        Some(hint) => assert_eq!(format!("{:#}", error), format!("{}\n{}", line, hint)),
        None => assert_eq!(format!("{:#}", error), line),
    }
}

#[test]
fn becomes_an_io_error_of_the_kind_of_its_errno_with_itself_within() {
    let error = io::Error::from(missing_source());
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
    let within = error.into_inner().unwrap().downcast::<Error>().unwrap();
    assert_eq!(within.op(), Some(1));
}

#[test]
fn has_its_cause_as_source() {
    let error = missing_source();
    assert_eq!(error.source().map(|cause| cause.to_string()), error.cause().map(|cause| cause.to_string()));
}

#[test]
fn of_malformed_text_has_line_and_column() {
    let error = Table::parse("21 1 0:20 / / rw - ext4 a rw\nx\n").unwrap_err();
    assert_eq!((error.kind(), error.line(), error.column()), (ErrorKind::Parse, Some(2), Some(2)));
    assert_eq!((error.op(), error.op_name(), error.source_path()), (None, None, None));
}

#[test]
fn of_an_argument_has_no_line() {
    let error = Plan::new().unwrap().dir("relative", 0o755).map(|_| ()).unwrap_err();
    assert_eq!((error.kind(), error.line(), error.column()), (ErrorKind::Argument, None, None));
}

#[test]
fn is_what_a_nul_byte_gives_wherever_text_goes_in() {
    let mut plan = Plan::new().unwrap();
    let errors = [
        plan.dir("/a\0b", 0o755).map(|_| ()).unwrap_err(),
        plan.bind("/a\0b", "/a", BindFlags::NONE).map(|_| ()).unwrap_err(),
        plan.etc("a\0b").map(|_| ()).unwrap_err(),
        PrepareOptions::new().root("/a\0b").explain(&plan).map(|_| ()).unwrap_err(),
        Spawn::new("/bin/true").arg("a\0b").start(&plan).map(|_| ()).unwrap_err(),
        Spawn::new("/bin/true").environment([("NAME", "a\0b")]).start(&plan).map(|_| ()).unwrap_err(),
        Spawn::new("/bin/true").current_dir("/a\0b").start(&plan).map(|_| ()).unwrap_err(),
        mountplan::mount::bind("/a\0b", "/a", BindFlags::NONE).unwrap_err(),
    ];
    for error in errors {
        assert_eq!((error.kind(), error.raw_os_error()), (ErrorKind::Argument, 22));
        assert!(error.to_string().contains("NUL"), "{}", error);
    }
    assert!(plan.is_empty());
}

#[test]
fn goes_to_other_threads_and_can_be_kept() {
    fn check<T: Send + Sync + Clone + 'static>(_: T) {}
    check(missing_source());
}
