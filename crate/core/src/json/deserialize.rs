//! Reads a value through serde, such as from a JavaScript object.

use super::Value;
use crate::decimal::decimal;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use std::fmt;

impl<'de> Deserialize<'de> for Value {
    /// Numbers other than non-negative integers lose their digits: no key of the configuration accepts one, and its
    /// errors name only the type.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Values)
    }
}

/// Accepts every type that `deserialize_any` of `serde-wasm-bindgen` passes on. The worker file cannot format
/// serde's error for a missing method: see `sw-shim/scripts/traps.mjs`.
struct Values;

impl<'de> Visitor<'de> for Values {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("plain data")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(u64::try_from(number).map_or(NUMBER, |number| Value::Number(decimal(number))))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Number(decimal(number)))
    }

    fn visit_f64<E>(self, _number: f64) -> Result<Value, E> {
        Ok(NUMBER)
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    /// JSON has no bytes.
    fn visit_bytes<E>(self, _bytes: &[u8]) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = elements.next_element()? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    /// Drops members whose key is no string, which JSON does not have.
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some((key, value)) = members.next_entry()? {
            if let Value::String(key) = key {
                values.push((key, value));
            }
        }
        Ok(Value::Object(values))
    }
}

const NUMBER: Value = Value::Number(String::new());
