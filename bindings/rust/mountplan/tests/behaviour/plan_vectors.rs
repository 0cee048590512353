// SPDX-License-Identifier: MIT
//! The plans among the vectors: how each is built, what it then is, what explaining it gives, and what is refused.
use crate::{
    json::Json,
    vectors::{files, json},
};
use mountplan::{
    AddedOp, Attributes, Backend, BindFlags, DevFlags, Error, ErrorKind, FileFlags, Op, OverlayFlags, Plan, PlanFlags,
    PrepareOptions, ProcFlags, Propagation, PropagationFlags, RemountFlags, Result, SymlinkFlags, Symlinks, TmpfsFlags,
};
use std::ffi::OsStr;

/// One call of an adder or setter of plans.
fn call_plan<'p>(plan: &'p mut Plan, name: &str, arguments: &[Json]) -> Result<Option<AddedOp<'p>>> {
    let text = |i: usize| arguments[i].text();
    let bits = |i: usize| arguments[i].number() as u64;
    let mode = |i: usize| arguments[i].number() as u32;
    // Where these crates have no flags, as there are none.
    let no_flags = |i: usize| assert_eq!(bits(i), 0, "flags of {}", name);
    match name {
        "plan_set_flags" => return plan.set_flags(PlanFlags::from_bits(bits(0))).map(|()| None),
        "plan_set_parent_mode" => return plan.set_parent_mode(mode(0)).map(|()| None),
        "plan_sysfs" | "plan_devpts" | "plan_mqueue" | "plan_bpf" | "plan_ramfs" | "plan_mask" | "plan_unmount" => {
            no_flags(1)
        }
        "plan_dir" | "plan_chmod" | "plan_move" | "plan_etc" => no_flags(2),
        _ => {}
    }
    let added = match name {
        "plan_bind" => plan.bind(text(0), text(1), BindFlags::from_bits(bits(2))),
        "plan_remount" => plan.remount(text(0), RemountFlags::from_bits(bits(1))),
        "plan_tmpfs" => plan.tmpfs(text(0), bits(1), mode(2), TmpfsFlags::from_bits(bits(3))),
        "plan_proc" => plan.proc(text(0), ProcFlags::from_bits(bits(1))),
        "plan_sysfs" => plan.sysfs(text(0)),
        "plan_devpts" => plan.devpts(text(0)),
        "plan_mqueue" => plan.mqueue(text(0)),
        "plan_bpf" => plan.bpf(text(0)),
        "plan_ramfs" => plan.ramfs(text(0)),
        "plan_dev" => plan.dev(text(0), DevFlags::from_bits(bits(1))),
        "plan_overlay" => plan.overlay(text(0), OverlayFlags::from_bits(bits(1))),
        "plan_dir" => plan.dir(text(0), mode(1)),
        "plan_file" => plan.file(text(0), text(1), mode(2), FileFlags::from_bits(bits(3))),
        "plan_symlink" => plan.symlink(text(0), text(1), SymlinkFlags::from_bits(bits(2))),
        "plan_chmod" => plan.chmod(text(0), mode(1)),
        "plan_mask" => plan.mask(text(0)),
        "plan_propagation" => plan.propagation(text(0), Propagation::from_bits(bits(1)), PropagationFlags::NONE),
        "plan_move" => plan.move_mount(text(0), text(1)),
        "plan_unmount" => plan.unmount(text(0)),
        "plan_root" => plan.root(text(0), BindFlags::from_bits(bits(1))),
        "plan_etc" if arguments[0] == Json::Null => plan.etc(text(1)),
        "plan_etc" => plan.etc_from(text(0), text(1)),
        other => panic!("no method for {}", other),
    };
    added.map(Some)
}

/// One call of a modifier of ops.
fn call_op<'p>(op: AddedOp<'p>, name: &str, arguments: &[Json]) -> Result<AddedOp<'p>> {
    let text = |i: usize| arguments[i].text();
    let bits = |i: usize| arguments[i].number() as u64;
    match name {
        "op_set_attrs" => op.attributes(Attributes::from_bits(bits(0)), Attributes::from_bits(bits(1))),
        "op_set_symlinks" => op.symlinks(Symlinks::from_raw(bits(0) as u32)),
        "op_set_source_path" => op.source_path(text(0)),
        "op_set_inodes" => op.inodes(bits(0)),
        "op_add_layer" => op.layer(text(0)),
        "op_add_data_layer" => op.data_layer(text(0)),
        "op_set_upper" => op.upper(text(0), text(1)),
        other => panic!("no method for {}", other),
    }
}

fn build(plan: &mut Plan, calls: &[Json]) -> Result<()> {
    let name = |call: &Json| call.list()[0].text().to_owned();
    let mut calls = calls.iter().peekable();
    while let Some(call) = calls.next() {
        let mut op = call_plan(plan, &name(call), &call.list()[1..])?;
        while let Some(call) = calls.next_if(|call| name(call).starts_with("op_")) {
            op = Some(call_op(op.expect("an op to modify"), &name(call), &call.list()[1..])?);
        }
    }
    Ok(())
}

fn text(value: Option<impl AsRef<OsStr>>) -> Json {
    value.map_or(Json::Null, |text| Json::Text(text.as_ref().to_str().unwrap().to_owned()))
}

fn number(value: impl Into<i128>) -> Json {
    Json::Number(value.into())
}

fn object(members: Vec<(&str, Json)>) -> Json {
    Json::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn op_as_json(op: Op<'_>) -> Json {
    object(vec![
        ("kind", number(op.kind().as_raw())),
        ("name", text(Some(op.name()))),
        ("mode", number(op.mode())),
        ("flags", number(op.flag_bits())),
        ("size", number(op.size())),
        ("attrs_set", number(op.attributes().bits())),
        ("attrs_clear", number(op.cleared_attributes().bits())),
        ("symlinks", number(op.symlinks().as_raw())),
        ("source", text(op.source())),
        ("target", text(Some(op.target()))),
        ("layers", Json::List(op.layers().map(text).collect())),
    ])
}

/// The steps that set attributes; none where this kernel does not have the backend.
fn attribute_steps(plan: &Plan, backend: Backend) -> Option<Json> {
    let trace = match PrepareOptions::new().backend(backend).explain(plan) {
        Err(error) if error.kind() == ErrorKind::Unsupported => return None,
        result => result.unwrap(),
    };
    let step = |event: mountplan::Event<'_>| {
        Json::List(vec![
            number(event.op().map_or(-1, |op| op as i64)),
            text(event.op_name()),
            text(event.call()),
            text(event.source()),
            text(event.target()),
            number(event.attributes().bits()),
        ])
    };
    Some(Json::List(trace.iter().filter(|event| !event.attributes().is_empty()).map(step).collect()))
}

fn error_as_json(from: &str, error: &Error) -> Json {
    object(vec![
        ("from", text(Some(from))),
        ("errno", number(error.raw_os_error())),
        ("kind", number(error.kind().as_raw())),
        ("stage", number(error.stage().as_raw())),
        ("op", number(error.op().map_or(-1, |op| op as i64))),
        ("op_name", text(error.op_name())),
        ("call", text(error.call())),
        ("source", text(error.source_path())),
        ("target", text(error.target_path())),
        ("path", text(error.path())),
        ("detail", text(error.detail())),
        ("hint", text(error.hint())),
        ("message", text(Some(error.to_string()))),
    ])
}

#[test]
fn plans_are_what_they_say() {
    for file in files("plans", "json") {
        let vector = json(&file);
        let mut plan = Plan::new().unwrap();
        let built = build(&mut plan, vector.get("calls").unwrap().list());
        if let Some(expected) = vector.get("error") {
            let failed = match expected.get("from").unwrap().text() {
                "add" => ("add", built.unwrap_err()),
                "validate" => ("validate", built.and_then(|()| plan.validate()).unwrap_err()),
                _ => ("explain", built.and_then(|()| plan.explain()).unwrap_err()),
            };
            assert_eq!(&error_as_json(failed.0, &failed.1), expected, "{:?}", file);
            continue;
        }
        built.unwrap();
        let ops = Json::List(plan.iter().map(op_as_json).collect());
        assert_eq!(&ops, vector.get("ops").unwrap(), "{:?}", file);
        for backend in [Backend::Detached, Backend::Fd, Backend::Classic] {
            let expected = vector.get("explain").and_then(|explain| explain.get(backend.name().unwrap()));
            if let Some((expected, steps)) =
                expected.and_then(|expected| Some((expected, attribute_steps(&plan, backend)?)))
            {
                assert_eq!(&steps, expected, "{:?} with {:?}", file, backend);
            }
        }
    }
}
