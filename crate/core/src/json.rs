//! Reads and writes JSON, RFC 8259.
//!
//! Small, because the worker file has a size budget: the vault does not calculate with numbers, so a number
//! is kept as text and there is no floating point. The tests compare reader and writer with `serde_json`.

mod deserialize;
mod reader;
#[cfg(test)]
mod tests;
mod writer;

/// A JSON value.
#[derive(Debug, PartialEq, Eq)]
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as written.
    Number(String),
    /// A string.
    String(String),
    /// An array.
    Array(Vec<Value>),
    /// An object's members in their original order. If a name repeats, the last one counts.
    Object(Vec<(String, Value)>),
}

/// Parses exactly one JSON text.
#[must_use]
pub fn parse(bytes: &[u8]) -> Option<Value> {
    reader::Reader::new(bytes).whole()
}

impl Value {
    /// The member `name`, if this is an object that has one.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        let Self::Object(members) = self else { return None };
        members.iter().rfind(|(other, _)| other == name).map(|(_, value)| value)
    }

    /// The text, if this is a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The integer part of a non-negative number without exponent, if it fits into 64 bits.
    #[must_use]
    pub fn whole(&self) -> Option<u64> {
        let Self::Number(text) = self else { return None };
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        fraction.bytes().all(|byte| byte.is_ascii_digit()).then(|| whole.parse().ok())?
    }

    /// A non-negative integer without exponent, if it fits into 64 bits.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Number(digits) => digits.parse().ok(),
            _ => None,
        }
    }
}

/// A value to be written as JSON.
#[derive(Debug, Clone, Copy)]
pub enum Json<'a> {
    /// `null`.
    Null,
    /// A number.
    Number(u64),
    /// A string.
    Text(&'a str),
    /// A parsed value.
    Value(&'a Value),
    /// Text that is already JSON.
    Raw(&'a str),
    /// An object.
    Object(&'a [(&'a str, Json<'a>)]),
}

impl From<u64> for Json<'_> {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl<'a> From<&'a str> for Json<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a, T: Into<Json<'a>>> From<Option<T>> for Json<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// The JSON text of an object.
#[must_use]
pub fn object(members: &[(&str, Json<'_>)]) -> String {
    let mut text = String::new();
    writer::write(Json::Object(members), &mut text);
    text
}

/// The JSON text of `value`.
#[must_use]
pub fn text(value: &Value) -> String {
    let mut text = String::new();
    writer::write(Json::Value(value), &mut text);
    text
}
