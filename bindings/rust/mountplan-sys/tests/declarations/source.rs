// SPDX-License-Identifier: MIT
//! The declarations of this crate as text: what the other tests compare with the C headers.
use std::{fs, path::Path};

/// The source of the crate without comments.
fn text() -> String {
    let mut files: Vec<_> = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let text: String = files.iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    text.lines().map(|line| line.split("//").next().unwrap().to_owned() + "\n").collect()
}

/// What is between each `start` and the `end` that follows, white space made one blank.
fn pieces(start: &str, end: &str) -> Vec<String> {
    let text = text();
    let pieces = text.split(start).skip(1).map(|piece| piece.split(end).next().unwrap());
    pieces.map(|piece| piece.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// `NAME: TYPE` apart.
fn typed(text: &str) -> (String, String) {
    let (name, kind) = text.trim().split_once(':').unwrap();
    (name.trim().to_owned(), kind.trim().to_owned())
}

pub struct Function {
    pub name: String,
    pub parameters: Vec<(String, String)>,
    pub result: String,
}

pub fn functions() -> Vec<Function> {
    let function = |text: String| {
        let (name, rest) = text.split_once('(').unwrap();
        let (parameters, result) = rest.split_once(')').unwrap();
        Function {
            name: name.to_owned(),
            parameters: parameters.split(',').filter(|text| !text.trim().is_empty()).map(typed).collect(),
            result: result.trim().strip_prefix("-> ").unwrap_or("void").to_owned(),
        }
    };
    pieces("pub fn ", ";").into_iter().map(function).collect()
}

/// Name and value: of integers in decimal, of strings in double quotes.
pub fn constants() -> Vec<(String, String)> {
    let number = |text: &str| text.trim().parse::<u64>().unwrap();
    let value = |text: &str| match (text.strip_prefix("b\""), text.split_once("<<")) {
        (Some(bytes), _) => format!("\"{}\"", bytes.strip_suffix("\\0\"").expect("strings of C end in NUL")),
        (_, Some((left, right))) => (number(left) << number(right)).to_string(),
        _ => number(text).to_string(),
    };
    let constant = |text: String| {
        let (declared, expression) = text.split_once(" = ").unwrap();
        (typed(declared).0, value(expression))
    };
    pieces("pub const ", ";").into_iter().map(constant).collect()
}
