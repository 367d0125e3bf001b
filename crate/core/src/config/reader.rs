//! Reads a JSON value key by key and tracks the path, so that every error names its key.
//!
//! After an error, reading continues with a placeholder, and the first error is reported at the end. The
//! reading functions therefore return no `Result`, which makes the worker file a third smaller.

use super::Environment;
use crate::decimal::decimal;
use crate::json::Value;
use crate::url::HttpUrl;
use std::cell::RefCell;

/// The state of a parse: its environment and the first error.
pub(super) struct Reading<'a> {
    pub(super) environment: &'a Environment<'a>,
    mistake: RefCell<Option<String>>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(environment: &'a Environment<'a>) -> Self {
        Self { environment, mistake: RefCell::new(None) }
    }

    pub(super) fn report(&self, parts: &[&str]) {
        self.mistake.borrow_mut().get_or_insert_with(|| parts.concat());
    }

    pub(super) fn mistake(self) -> Option<String> {
        self.mistake.into_inner()
    }
}

/// A value and its path in the configuration.
#[derive(Clone, Copy)]
pub(super) struct Located<'a> {
    pub(super) reading: &'a Reading<'a>,
    path: Path<'a>,
    value: &'a Value,
}

/// The path of a value, innermost key first. Converted to text only for an error.
#[derive(Clone, Copy)]
enum Path<'a> {
    Root,
    Key(&'a Path<'a>, &'a str),
    Index(&'a Path<'a>, usize),
}

impl Path<'_> {
    fn text(&self) -> String {
        match self {
            Self::Root => String::new(),
            Self::Key(Self::Root, key) => (*key).to_owned(),
            Self::Key(parent, key) => [&parent.text(), ".", key].concat(),
            Self::Index(parent, index) => [&parent.text(), "[", &decimal(*index as u64), "]"].concat(),
        }
    }
}

impl<'a> Located<'a> {
    pub(super) fn root(value: &'a Value, reading: &'a Reading<'a>) -> Self {
        Self { reading, path: Path::Root, value }
    }

    /// Reports an error in this value: "`path` …".
    pub(super) fn report(&self, what: &[&str]) {
        let what = what.concat();
        match self.path {
            Path::Root => self.reading.report(&["the configuration ", &what]),
            path => self.reading.report(&["`", &path.text(), "` ", &what]),
        }
    }

    /// An object without keys outside `known`.
    pub(super) fn object(self, known: &[&str]) -> Self {
        let Value::Object(members) = self.value else {
            self.report_type("an object");
            return self;
        };
        if let Some((unknown, _)) = members.iter().find(|(key, _)| !known.contains(&key.as_str())) {
            let key = Path::Key(&self.path, unknown).text();
            let known = known.join(", ");
            self.reading.report(&[
                "`",
                &key,
                "` is not a known key. Remove it, or use one of: ",
                &known,
                ".",
            ]);
        }
        self
    }

    /// The value of `key`. `undefined` and `null` count as absent.
    pub(super) fn get<'b>(&'b self, key: &'b str) -> Option<Located<'b>> {
        let value = self.value.get(key).filter(|value| !matches!(value, Value::Null))?;
        Some(self.member(key, value))
    }

    /// The value of a mandatory `key`.
    pub(super) fn required<'b>(&'b self, key: &'b str, what: &str) -> Located<'b> {
        self.get(key).unwrap_or_else(|| {
            let missing = self.member(key, &Value::Null);
            missing.report(&["is missing. Set it to ", what, "."]);
            missing
        })
    }

    /// One of `words`; the first is the default.
    pub(super) fn choice(&self, key: &str, words: &[&'static str]) -> &'static str {
        let default = words.first().copied().unwrap_or_default();
        let Some(field) = self.get(key) else { return default };
        let word = words.iter().find(|word| field.value.as_str() == Some(word));
        word.copied().unwrap_or_else(|| {
            field.report(&["must be one of \"", &words.join("\", \""), "\"."]);
            default
        })
    }

    /// A boolean; false by default.
    pub(super) fn switch(&self, key: &str) -> bool {
        let Some(field) = self.get(key) else { return false };
        if !matches!(field.value, Value::Bool(_)) {
            field.report(&["must be true or false."]);
        }
        matches!(field.value, Value::Bool(true))
    }

    /// A whole number from 1 to `most`.
    pub(super) fn whole_number(&self, most: u64) -> u64 {
        self.value.as_u64().filter(|number| (1..=most).contains(number)).unwrap_or_else(|| {
            self.report(&["must be a whole number from 1 to ", &decimal(most), "."]);
            1
        })
    }

    /// A non-empty string. White space at its ends is refused: it comes from copying, and makes later
    /// comparisons fail.
    pub(super) fn string(&self) -> &'a str {
        let Some(text) = self.value.as_str() else {
            self.report_type("a string");
            return "";
        };
        if text.trim() != text {
            self.report(&["begins or ends with white space. Remove it."]);
        } else if text.is_empty() {
            self.report(&["is empty. Set it, or remove the key if it may be absent."]);
        }
        text
    }

    pub(super) fn elements(&'a self) -> impl Iterator<Item = Located<'a>> {
        let values = if let Value::Array(values) = self.value {
            values.as_slice()
        } else {
            self.report_type("an array");
            &[]
        };
        let element = |(index, value)| Located { path: Path::Index(&self.path, index), value, ..*self };
        values.iter().enumerate().map(element)
    }

    pub(super) fn strings(&self) -> Vec<String> {
        self.elements().map(|element| element.string().to_owned()).collect()
    }

    /// An `https` URL, or an `http` URL with a loopback host. A path is resolved against the app's `origin`.
    pub(super) fn secure_url(&self, origin: &str) -> HttpUrl {
        let text = self.string();
        let base = if text.starts_with('/') { origin } else { "" };
        let href = (self.reading.environment.parse_url)(&[base, text].concat());
        let Some(url) = href.as_deref().and_then(HttpUrl::from_serialised) else {
            self.report(&[
                "is not a URL the vault can use. Write an https URL without user name and password.",
            ]);
            return HttpUrl::default();
        };
        if !url.has_plain_host() {
            self.report(&[
                "has a character in its host that no host name has. Wildcards are not supported: name each host.",
            ]);
        } else if !url.is_secure() {
            self.report(&["is an http URL. Use https; http is for loopback hosts alone."]);
        }
        url
    }

    fn member<'b>(&'b self, key: &'b str, value: &'b Value) -> Located<'b> {
        Located { path: Path::Key(&self.path, key), value, reading: self.reading }
    }

    fn report_type(&self, wanted: &str) {
        let found = match self.value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "an array",
            Value::Object(_) => "an object",
        };
        self.report(&["is ", found, ". It must be ", wanted, "."]);
    }
}
