//! The core's JSON compared with `serde_json`.

use crate::Outcome;
use serde_json::Value as Theirs;
use strongroom_core::json::{self as ours, Value};

/// Input: the text.
#[must_use]
pub fn json(data: &[u8]) -> Outcome {
    let theirs = serde_json::from_slice::<Theirs>(data);
    let Some(value) = ours::parse(data) else {
        assert!(theirs.is_err(), "only serde_json reads {}", String::from_utf8_lossy(data));
        return Outcome::Refused;
    };
    let text = ours::text(&value);
    assert_eq!(ours::parse(text.as_bytes()).as_ref(), Some(&value), "what is written reads the same");
    match theirs {
        Ok(theirs) => {
            assert_same(&value, &theirs);
            let written: Theirs = serde_json::from_str(&text).expect("what is written is JSON");
            assert_eq!(written, theirs);
        }
        // The core keeps numbers as text.
        Err(error) => assert!(error.to_string().contains("number out of range"), "{error}: {text}"),
    }
    Outcome::Accepted
}

fn assert_same(value: &Value, theirs: &Theirs) {
    match (value, theirs) {
        (Value::Null, Theirs::Null) => {}
        (Value::Bool(a), Theirs::Bool(b)) => assert_eq!(a, b),
        (Value::Number(_), Theirs::Number(number)) => assert_eq!(value.as_u64(), number.as_u64()),
        (Value::String(text), Theirs::String(other)) => {
            assert_eq!(text, other);
            assert_eq!(value.as_str(), Some(text.as_str()));
        }
        (Value::Array(values), Theirs::Array(others)) => {
            assert_eq!(values.len(), others.len());
            values.iter().zip(others).for_each(|(value, other)| assert_same(value, other));
        }
        (Value::Object(members), Theirs::Object(map)) => {
            assert!(members.iter().all(|(name, _)| map.contains_key(name)));
            for (name, other) in map {
                assert_same(value.get(name).expect("the same members"), other);
            }
        }
        _ => panic!("{value:?} is not {theirs}"),
    }
}
