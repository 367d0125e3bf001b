//! JSON, RFC 8259, in and out.
//!
//! As little of it as the vault needs, since every kilobyte of the worker file counts: nothing here computes with a
//! number, so a number stays the text it came as, and there is no floating point. `serde_json` is the measure: the
//! tests hold both against each other.

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
    /// A number, as it was written.
    Number(String),
    /// A string.
    String(String),
    /// An array.
    Array(Vec<Value>),
    /// An object's members in the order in which they were written. Of those with the same name the last one counts.
    Object(Vec<(String, Value)>),
}

/// The value in `bytes`, if they are one JSON text.
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

    /// The number without its fraction, if this is one that is not negative and has 64 bits at most. Without floating point,
    /// which would bring its parser into the worker file.
    #[must_use]
    pub fn whole(&self) -> Option<u64> {
        let Self::Number(text) = self else { return None };
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let exponent: i32 = exponent.parse().ok()?;
        let digits = [whole, fraction].concat();
        let length = i32::try_from(whole.len()).ok()?.checked_add(exponent)?;
        let length = usize::try_from(length.max(0)).ok()?;
        if let Some(kept) = digits.get(..length) {
            return if kept.is_empty() && !digits.starts_with('-') { Some(0) } else { kept.parse().ok() };
        }
        let mut number: u64 = digits.parse().ok()?;
        for _ in digits.len()..length.min(digits.len() + 20) {
            number = number.checked_mul(10)?;
        }
        Some(number)
    }

    /// The number, if this is one without sign, fraction and exponent, of 64 bits at most.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Number(digits) => digits.parse().ok(),
            _ => None,
        }
    }
}

/// What is to become JSON.
#[derive(Debug, Clone, Copy)]
pub enum Json<'a> {
    /// `null`.
    Null,
    /// A number.
    Number(u64),
    /// A string.
    Text(&'a str),
    /// A value that was parsed.
    Value(&'a Value),
    /// JSON already.
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
