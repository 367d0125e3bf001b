//! JSON in and out, in one place each: every further instance of the parser or the printer is kilobytes of wasm.

use serde_json::{Map, Value};

/// The value in `bytes`, if they are one JSON text.
#[must_use]
pub fn parse(bytes: &[u8]) -> Option<Value> {
    serde_json::from_slice(bytes).ok()
}

/// The JSON text of `value`.
#[must_use]
pub fn text(value: &Value) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// An object.
#[must_use]
pub fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    let mut map = Map::new();
    for (name, value) in members {
        map.insert(name.to_owned(), value);
    }
    Value::Object(map)
}
