// SPDX-License-Identifier: MIT
//! As much of JSON as the vectors use; these crates depend on nothing.
use std::collections::BTreeMap;

#[derive(Debug, PartialEq)]
pub enum Json {
    Null,
    Bool(bool),
    Number(i128),
    Text(String),
    List(Vec<Json>),
    Object(BTreeMap<String, Json>),
}

impl Json {
    pub fn parse(text: &str) -> Json {
        let mut reader = Reader { text: text.as_bytes(), at: 0 };
        let value = reader.value();
        reader.space();
        assert_eq!(reader.at, reader.text.len(), "text after the value");
        value
    }

    /// A member of an object.
    pub fn get(&self, name: &str) -> Option<&Json> {
        match self {
            Json::Object(members) => members.get(name),
            other => panic!("{:?} is no object", other),
        }
    }

    pub fn list(&self) -> &[Json] {
        match self {
            Json::List(items) => items,
            other => panic!("{:?} is no list", other),
        }
    }

    pub fn text(&self) -> &str {
        match self {
            Json::Text(text) => text,
            other => panic!("{:?} is no string", other),
        }
    }

    pub fn number(&self) -> i128 {
        match self {
            Json::Number(number) => *number,
            other => panic!("{:?} is no number", other),
        }
    }
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn space(&mut self) {
        while self.text.get(self.at).map_or(false, u8::is_ascii_whitespace) {
            self.at += 1;
        }
    }

    /// Whether `word` is next, which then is behind us.
    fn next_is(&mut self, word: &str) -> bool {
        self.space();
        let is = self.text[self.at..].starts_with(word.as_bytes());
        self.at += if is { word.len() } else { 0 };
        is
    }

    fn expect(&mut self, word: &str) {
        assert!(self.next_is(word), "no {} at byte {}", word, self.at);
    }

    /// What is between `self.at` and `end`, separated by commas.
    fn each(&mut self, end: &str, mut item: impl FnMut(&mut Self)) {
        if self.next_is(end) {
            return;
        }
        loop {
            item(self);
            if self.next_is(end) {
                return;
            }
            self.expect(",");
        }
    }

    fn value(&mut self) -> Json {
        if self.next_is("null") {
            Json::Null
        } else if self.next_is("true") {
            Json::Bool(true)
        } else if self.next_is("false") {
            Json::Bool(false)
        } else if self.next_is("[") {
            let mut items = vec![];
            self.each("]", |reader| items.push(reader.value()));
            Json::List(items)
        } else if self.next_is("{") {
            let mut members = BTreeMap::new();
            self.each("}", |reader| {
                reader.expect("\"");
                let name = reader.string();
                reader.expect(":");
                members.insert(name, reader.value());
            });
            Json::Object(members)
        } else if self.next_is("\"") {
            Json::Text(self.string())
        } else {
            let is_digit = |byte: &u8| byte.is_ascii_digit() || *byte == b'-';
            let length = self.text[self.at..].iter().take_while(|byte| is_digit(byte)).count();
            let digits = std::str::from_utf8(&self.text[self.at..self.at + length]).unwrap();
            self.at += length;
            Json::Number(digits.parse().unwrap())
        }
    }

    /// The rest of a string whose first quote is behind us.
    fn string(&mut self) -> String {
        let mut bytes = vec![];
        loop {
            let byte = self.text[self.at];
            self.at += 1;
            match byte {
                b'"' => return String::from_utf8(bytes).unwrap(),
                b'\\' => {
                    let escaped = self.text[self.at];
                    self.at += 1;
                    match escaped {
                        b'n' => bytes.push(b'\n'),
                        b't' => bytes.push(b'\t'),
                        b'u' => {
                            let digits = std::str::from_utf8(&self.text[self.at..self.at + 4]).unwrap();
                            let code = u32::from_str_radix(digits, 16).unwrap();
                            self.at += 4;
                            bytes.extend(char::from_u32(code).unwrap().to_string().bytes());
                        }
                        other => bytes.push(other),
                    }
                }
                other => bytes.push(other),
            }
        }
    }
}
