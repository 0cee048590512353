// SPDX-License-Identifier: MIT
//! The vectors that every language reads: what each says is what this crate finds.
use crate::json::Json;
use mountplan::{Mount, Table, UnfoldFlags};
use std::{ffi::OsStr, fs, path::Path, path::PathBuf};

/// The files with this extension in a directory of the vectors.
pub fn files(directory: &str, extension: &str) -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/vectors").join(directory);
    let files = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<_> = files.filter(|file| file.extension() == Some(extension.as_ref())).collect();
    assert!(!files.is_empty());
    files
}

pub fn json(file: &Path) -> Json {
    Json::parse(&fs::read_to_string(file).unwrap())
}

/// Ids of all nodes and of the visible ones, or what is wrong.
fn unfold(table: &Table, target: &Json) -> Result<(Vec<i128>, Vec<i128>), String> {
    let tree = match target {
        Json::Null => table.unfold_all(),
        target => table.unfold(target.text(), UnfoldFlags::NONE),
    };
    let tree = tree.map_err(|error| error.detail().unwrap().to_owned())?;
    let nodes = tree.iter().map(|node| node.mount().id() as i128).collect();
    let visible = tree.iter().filter(|node| !node.is_covered()).map(|node| node.mount().id() as i128).collect();
    Ok((nodes, visible))
}

fn check_mount(mount: &Mount<'_>, fields: &Json) {
    let numbers = [
        ("id", mount.id()),
        ("parent_id", mount.parent_id()),
        ("major", mount.device().0.into()),
        ("minor", mount.device().1.into()),
        ("attributes", mount.attributes().bits()),
        ("propagation", mount.propagation().bits()),
        ("shared", mount.peer_group().unwrap_or(0)),
        ("master", mount.master().unwrap_or(0)),
        ("propagate_from", mount.propagates_from().unwrap_or(0)),
        ("unique_id", mount.unique_id().unwrap_or(0)),
    ];
    for (name, value) in numbers {
        assert_eq!(i128::from(value), fields.get(name).unwrap().number(), "{} of {:?}", name, mount);
    }
    let texts = [
        ("root", mount.root().as_os_str()),
        ("mount_point", mount.mount_point().as_os_str()),
        ("options", mount.options()),
        ("optional", mount.optional_fields()),
        ("type", mount.type_name()),
        ("source", mount.source()),
        ("super_options", mount.super_options()),
    ];
    for (name, value) in texts {
        assert_eq!(value, OsStr::new(fields.get(name).unwrap().text()), "{} of {:?}", name, mount);
    }
    let lists = [("unknown_options", mount.unknown_options()), ("super_option_words", mount.super_option_list())];
    for (name, value) in lists {
        let expected: Vec<_> = fields.get(name).unwrap().list().iter().map(|word| word.text()).collect();
        assert_eq!(value, expected, "{} of {:?}", name, mount);
    }
    let names = numbers.len() + texts.len() + 2;
    assert!(matches!(fields, Json::Object(members) if members.len() == names), "a field is not compared: {:?}", fields);
}

fn check_table(file: &Path) {
    let expected = json(&file.with_extension("json"));
    let table = Table::parse(fs::read(file).unwrap());
    if let Some(wrong) = expected.get("error") {
        let error = table.unwrap_err();
        let number = |name| Some(wrong.get(name).unwrap().number() as u64);
        assert_eq!((error.line(), error.column()), (number("line"), number("column")), "{:?}", file);
        assert_eq!(error.detail(), Some(wrong.get("detail").unwrap().text()), "{:?}", file);
        return;
    }
    let table = table.unwrap();
    if let Some(mounts) = expected.get("mounts") {
        assert_eq!(table.len(), mounts.list().len());
        table.iter().zip(mounts.list()).for_each(|(mount, fields)| check_mount(&mount, fields));
    }
    let cases = expected.get("cases").unwrap().list();
    assert!(!cases.is_empty());
    for case in cases {
        let ids = |name: &str| case.get(name).unwrap().list().iter().map(Json::number).collect();
        let expected = match case.get("error") {
            Some(detail) => Err(detail.text().to_owned()),
            None => Ok((ids("nodes"), ids("visible"))),
        };
        assert_eq!(unfold(&table, case.get("target").unwrap()), expected, "{:?}", file);
    }
}

#[test]
fn tables_are_what_they_say() {
    for file in files("tables", "mountinfo") {
        check_table(&file);
    }
}
