// SPDX-License-Identifier: MIT
//! The vectors that every language reads: what each says is what this crate finds.
use crate::json::Json;
use mountplan::{Table, UnfoldFlags};
use std::{fs, path::Path, path::PathBuf};

/// The files with this extension in a directory of the vectors.
fn files(directory: &str, extension: &str) -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/vectors").join(directory);
    let files = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<_> = files.filter(|file| file.extension() == Some(extension.as_ref())).collect();
    assert!(!files.is_empty());
    files
}

fn json(file: &Path) -> Json {
    Json::parse(&fs::read_to_string(file).unwrap())
}

/// Ids of all nodes and of the visible ones, or what is wrong.
fn unfold(table: &Table, target: &Json) -> Result<(Vec<i64>, Vec<i64>), String> {
    let tree = match target {
        Json::Null => table.unfold_all(),
        target => table.unfold(target.text(), UnfoldFlags::NONE),
    };
    let tree = tree.map_err(|error| error.detail().unwrap().to_owned())?;
    let nodes = tree.iter().map(|node| node.mount().id() as i64).collect();
    let visible = tree.iter().filter(|node| !node.is_covered()).map(|node| node.mount().id() as i64).collect();
    Ok((nodes, visible))
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
