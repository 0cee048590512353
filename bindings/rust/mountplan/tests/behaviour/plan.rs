// SPDX-License-Identifier: MIT
//! Plans: each op has its method, and what was added can be looked at.
use mountplan::{
    Attributes, BindFlags, DevFlags, ErrorKind, FileFlags, OpKind, OverlayFlags, Plan, PlanFlags, ProcFlags,
    Propagation, PropagationFlags, RemountFlags, SymlinkFlags, Symlinks, TmpfsFlags,
};
use std::{
    ffi::{OsStr, OsString},
    fs::File,
    os::unix::ffi::OsStringExt,
    path::Path,
};

fn one(add: impl FnOnce(&mut Plan) -> mountplan::Result<()>) -> Plan {
    let mut plan = Plan::new().unwrap();
    add(&mut plan).unwrap();
    plan
}

#[test]
fn each_method_adds_the_op_of_its_name() {
    let directory = File::open("/").unwrap();
    let mut plan = Plan::new().unwrap();
    let mut kinds = vec![];
    macro_rules! add {
        ($($method:ident($($argument:expr),*) is $kind:ident;)*) => {$(
            let op = plan.$method($($argument),*).unwrap();
            assert_eq!(op.index(), kinds.len());
            kinds.push(OpKind::$kind);
        )*};
    }
    add! {
        bind("/usr", "/usr", BindFlags::OPTIONAL) is Bind;
        bind_fd(&directory, "/all", BindFlags::NONE) is Bind;
        remount("/usr", RemountFlags::RECURSIVE) is Remount;
        tmpfs("/tmp", 4096, 0o1777, TmpfsFlags::NONE) is Tmpfs;
        proc("/proc", ProcFlags::NONE) is Proc;
        sysfs("/sys") is Sysfs;
        devpts("/pts") is Devpts;
        mqueue("/queue") is Mqueue;
        bpf("/bpf") is Bpf;
        ramfs("/ram") is Ramfs;
        dev("/dev", DevFlags::MQUEUE) is Dev;
        overlay("/data", OverlayFlags::READONLY) is Overlay;
        dir("/dir", 0o750) is Dir;
        file("/file", "content", 0o444, FileFlags::NONE) is File;
        file_fd(&directory, "/copy", 0o444, FileFlags::NONE) is File;
        symlink("file", "/link", SymlinkFlags::NONE) is Symlink;
        chmod("/dir", 0o700) is Chmod;
        mask("/file") is Mask;
        propagation("/usr", Propagation::PRIVATE, PropagationFlags::RECURSIVE) is Propagation;
        move_mount("/ram", "/moved") is Move;
        unmount("/moved") is Unmount;
        root("/", BindFlags::NONE) is Root;
        etc("host") is Etc;
    }
    assert_eq!(plan.iter().map(|op| op.kind()).collect::<Vec<_>>(), kinds);
    assert_eq!(plan.len(), kinds.len());
}

#[test]
fn an_op_is_shown_as_it_was_added() {
    let plan = one(|plan| plan.bind("source", "//a/./b", BindFlags::WRITABLE | BindFlags::DEVICE).map(|_| ()));
    let op = plan.get(0).unwrap();
    assert_eq!((op.name(), op.target(), op.source()), ("bind", Path::new("/a/b"), Some(OsStr::new("source"))));
    assert_eq!(op.flag_bits(), BindFlags::WRITABLE.bits() | BindFlags::DEVICE.bits());
    assert_eq!(op.attributes(), Attributes::NOSUID);
    assert!(op.source_fd().is_none() && plan.get(1).is_none());
}

#[test]
fn an_op_from_a_descriptor_has_the_plans_own_one() {
    let plan = one(|plan| {
        let directory = File::open("/").unwrap();
        plan.bind_fd(&directory, "/all", BindFlags::NONE)?.source_path("usr").map(|_| ())
    });
    assert!(plan.get(0).unwrap().source_fd().is_some());
}

#[test]
fn an_added_op_may_be_told_more() {
    let plan = one(|plan| {
        plan.tmpfs("/tmp", 0, 0o755, TmpfsFlags::NONE)?
            .attributes(Attributes::NOEXEC, Attributes::NODEV)?
            .symlinks(Symlinks::Follow)?
            .inodes(100)
            .map(|_| ())
    });
    let op = plan.get(0).unwrap();
    assert!(op.attributes().contains(Attributes::NOEXEC | Attributes::NOSUID));
    assert!(!op.attributes().contains(Attributes::NODEV));
    assert_eq!((op.cleared_attributes(), op.symlinks()), (Attributes::NODEV, Symlinks::Follow));
}

#[test]
fn an_overlay_has_the_layers_it_was_given() {
    let directory = File::open("/").unwrap();
    let plan = one(|plan| {
        plan.overlay("/data", OverlayFlags::NONE)?.layer("/a")?.layer_fd(&directory)?.upper("/up", "/work").map(|_| ())
    });
    let op = plan.get(0).unwrap();
    assert_eq!(op.layers().collect::<Vec<_>>(), [Some(Path::new("/a")), None]);
    assert_eq!(op.source(), Some(OsStr::new("/up")));
}

#[test]
fn what_does_not_fit_an_op_is_an_error() {
    let mut plan = Plan::new().unwrap();
    let error = plan.dir("/dir", 0o755).unwrap().layer("/a").unwrap_err();
    assert_eq!(error.raw_os_error(), 95);
    assert_eq!(plan.len(), 1);
}

#[test]
fn a_refused_op_leaves_the_plan_as_it_was() {
    let mut plan = Plan::new().unwrap();
    let error = plan.bind("/usr", "/..", BindFlags::NONE).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Argument);
    let error = plan.set_flags(PlanFlags::from_bits(1 << 40)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Argument);
    assert!(plan.is_empty());
}

#[test]
fn paths_are_bytes() {
    let name = OsString::from_vec(b"/\xff\xfe,:\\\n".to_vec());
    let plan = one(|plan| plan.bind(&name, &name, BindFlags::NONE).map(|_| ()));
    assert_eq!(plan.get(0).unwrap().target().as_os_str(), name);
    assert_eq!(plan.get(0).unwrap().source(), Some(name.as_os_str()));
}

#[test]
fn validating_names_the_op_that_contradicts() {
    let mut plan = Plan::new().unwrap();
    plan.overlay("/data", OverlayFlags::NONE).unwrap();
    let error = plan.validate().unwrap_err();
    assert_eq!((error.kind(), error.op()), (ErrorKind::Validation, Some(0)));
}

#[test]
fn flags_print_by_name_and_by_number_where_they_have_none() {
    assert_eq!(format!("{:?}", BindFlags::WRITABLE | BindFlags::OPTIONAL), "{WRITABLE, OPTIONAL}");
    assert_eq!(format!("{:?}", BindFlags::from_bits(1 << 40)), "{0x10000000000}");
    assert_eq!(format!("{:?}", BindFlags::NONE), "{}");
}

#[test]
fn a_plan_goes_to_another_thread() {
    let plan = one(|plan| plan.dir("/dir", 0o755).map(|_| ()));
    assert_eq!(std::thread::spawn(move || plan.len()).join().unwrap(), 1);
}
