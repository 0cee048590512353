// SPDX-License-Identifier: MIT
//! The functions are those of the library, with the types of the headers, as a C compiler sees them.

use crate::source;
use std::{collections::BTreeSet, env, fs, path::PathBuf, process::Command};

/// The C type that has the same representation.
fn c_type(rust: &str) -> String {
    if let Some(pointee) = rust.strip_prefix("*const ") {
        return c_type(pointee) + " const *";
    }
    if let Some(pointee) = rust.strip_prefix("*mut ") {
        return c_type(pointee) + " *";
    }
    match rust {
        "void" | "c_void" => "void".to_owned(),
        "c_char" => "char".to_owned(),
        "c_int" => "int".to_owned(),
        "usize" => "size_t".to_owned(),
        "i32" | "i64" => format!("int{}_t", &rust[1..]),
        "u32" | "u64" => format!("uint{}_t", &rust[1..]),
        "mplan_event" | "mplan_exit" | "mplan_failure" | "mplan_feature" | "mplan_mount" | "mplan_node"
        | "mplan_op" | "mplan_prepare_args" => format!("struct {}", rust),
        object => object.to_owned(),
    }
}

fn prototype(function: &source::Function) -> String {
    let parameters: Vec<String> = function.parameters.iter().map(|(_, kind)| c_type(kind)).collect();
    let parameters = if parameters.is_empty() { "void".to_owned() } else { parameters.join(", ") };
    format!("{} {}({});\n", c_type(&function.result), function.name, parameters)
}

/// What the compiler says of the headers followed by `declarations`.
fn compile(name: &str, declarations: &str) -> Result<(), String> {
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&file, format!("#include <mountplan/mountplan.h>\n{}", declarations)).unwrap();
    let flags = Command::new("pkg-config").args(["--cflags", "mountplan"]).output().unwrap();
    let compiler = env::var("CC").unwrap_or_else(|_| "cc".to_owned());
    let done = Command::new(compiler)
        .args(["-std=c99", "-pedantic", "-Werror", "-fsyntax-only"])
        .args(String::from_utf8(flags.stdout).unwrap().split_whitespace())
        .arg(file)
        .output()
        .unwrap();
    if done.status.success() {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&done.stderr).into_owned())
    }
}

#[test]
fn have_the_types_of_the_headers() {
    let declarations: String = source::functions().iter().map(prototype).collect();
    assert_eq!(compile("functions.c", &declarations), Ok(()));
}

#[test]
fn of_another_type_are_found() {
    for wrong in ["int mplan_parent_mode(uint32_t);", "void mplan_plan_free(mplan_plan const *);"] {
        assert!(compile("wrong.c", wrong).is_err(), "{}", wrong);
    }
}

#[test]
fn are_all_that_the_library_exports() {
    let map = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../capi/mountplan.map");
    let map = fs::read_to_string(map).unwrap();
    let exported: BTreeSet<String> = map
        .lines()
        .map(|line| line.trim().trim_end_matches(';'))
        .filter(|line| line.starts_with("mplan_"))
        .map(str::to_owned)
        .collect();
    let declared: BTreeSet<String> = source::functions().into_iter().map(|function| function.name).collect();
    assert_eq!(declared, exported);
}
