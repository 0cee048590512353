// SPDX-License-Identifier: MIT
//! Explaining and preparing: options, events, and what the library refuses.
use mountplan::{Backend, BindFlags, ErrorKind, Failure, Features, Plan, PrepareFlags, PrepareOptions, TmpfsFlags};
use std::{
    fs::File,
    ops::ControlFlow,
    panic::{catch_unwind, AssertUnwindSafe},
};

fn plan() -> Plan {
    let mut plan = Plan::new().unwrap();
    plan.bind("/usr", "/usr", BindFlags::NONE).unwrap();
    plan.tmpfs("/tmp", 0, 0o1777, TmpfsFlags::NONE).unwrap();
    plan
}

#[test]
fn a_trace_has_the_steps_as_events_and_as_text() {
    let trace = plan().explain().unwrap();
    let texts: Vec<_> = trace.iter().map(|event| event.text().to_string_lossy().into_owned()).collect();
    assert!(!texts.is_empty() && texts.len() == trace.len());
    let all = trace.to_string();
    assert!(texts.iter().all(|text| all.contains(text)));
    let bind = trace.iter().find(|event| event.op() == Some(0)).unwrap();
    assert_eq!(bind.op_name(), Some("bind"));
    assert_eq!(bind.source(), Some("/usr".as_ref()));
}

#[test]
fn a_backend_can_be_forced() {
    let trace = PrepareOptions::new().backend(Backend::Classic).explain(&plan()).unwrap();
    assert_eq!((trace.backend(), trace.backend().name()), (Backend::Classic, Some("classic")));
}

#[test]
fn the_root_is_a_path_or_a_descriptor_and_not_both() {
    let directory = File::open("/usr").unwrap();
    assert!(PrepareOptions::new().root_fd(&directory).explain(&plan()).is_ok());
    let error = PrepareOptions::new().root("/usr").root_fd(&directory).explain(&plan()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Argument);
}

#[test]
fn a_flag_that_is_not_known_is_refused() {
    let error = PrepareOptions::new().flags(PrepareFlags::from_bits(1 << 60)).explain(&plan()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Argument);
}

#[test]
fn events_are_told_in_order() {
    let mut told = vec![];
    let on_event = |event: &mountplan::Event<'_>| {
        told.push(event.text().to_owned());
        ControlFlow::Continue(())
    };
    let trace = PrepareOptions::new().on_event(on_event).explain(&plan()).unwrap();
    let traced: Vec<_> = trace.iter().map(|event| event.text().to_owned()).collect();
    assert_eq!(told, traced);
}

#[test]
fn a_closure_that_breaks_stops_the_work() {
    let mut told = 0;
    let on_event = |_: &mountplan::Event<'_>| {
        told += 1;
        ControlFlow::Break(())
    };
    let error = PrepareOptions::new().root("/usr").on_event(on_event).prepare(&plan()).unwrap_err();
    assert_eq!((error.kind(), told), (ErrorKind::Callback, 1));
}

#[test]
fn a_closure_that_panics_panics_in_the_caller() {
    let on_event = |_: &mountplan::Event<'_>| -> ControlFlow<()> { panic!("on purpose") };
    let plan = plan();
    for prepare in [true, false] {
        let options = PrepareOptions::new().root("/usr").on_event(on_event);
        let run = AssertUnwindSafe(|| match prepare {
            true => options.prepare(&plan).map(|_| ()),
            false => options.explain(&plan).map(|_| ()),
        });
        let panic = catch_unwind(run).unwrap_err();
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"on purpose"));
    }
}

#[test]
fn preparing_outlives_the_plan_and_changes_nothing() {
    let prepared = PrepareOptions::new().root("/usr").prepare(&plan()).unwrap();
    assert_eq!(prepared.backend(), Features::read().unwrap().backend());
    assert_eq!(prepared.created().count(), 0);
}

#[test]
fn bytes_that_are_no_failure_are_an_error_of_their_own() {
    let prepared = PrepareOptions::new().root("/usr").prepare(&plan()).unwrap();
    let mut failure = Failure::new();
    failure.as_mut_bytes().fill(0xff);
    assert_eq!(prepared.error(&failure).kind(), ErrorKind::Argument);
}

#[test]
fn features_say_what_is_needed_for_what() {
    let features = Features::read().unwrap();
    assert!(features.iter().any(|feature| feature.name() == "open_tree"));
    assert!(features.iter().all(|feature| !feature.needed().is_empty()));
    assert!(features.iter().all(|feature| feature.works() == feature.error().is_none()));
}
