//! The JSON serializer.

use super::{Json, Value};
use crate::decimal::decimal;

/// Appends `json` to `out`.
pub(super) fn write(json: Json<'_>, out: &mut String) {
    match json {
        Json::Null | Json::Value(Value::Null) => out.push_str("null"),
        Json::Number(number) => out.push_str(&decimal(number)),
        Json::Text(text) => string(text, out),
        Json::Raw(text) => out.push_str(text),
        Json::Object(members) => {
            out.push('{');
            for (name, value) in members {
                member(name, *value, out);
            }
            out.push('}');
        }
        Json::Value(Value::Bool(value)) => out.push_str(if *value { "true" } else { "false" }),
        Json::Value(Value::Number(digits)) => out.push_str(digits),
        Json::Value(Value::String(text)) => string(text, out),
        Json::Value(Value::Array(values)) => {
            out.push('[');
            for value in values {
                separate(out);
                write(Json::Value(value), out);
            }
            out.push(']');
        }
        Json::Value(Value::Object(members)) => {
            out.push('{');
            for (name, value) in members {
                member(name, Json::Value(value), out);
            }
            out.push('}');
        }
    }
}

fn member(name: &str, value: Json<'_>, out: &mut String) {
    separate(out);
    string(name, out);
    out.push(':');
    write(value, out);
}

/// Writes a comma unless this is the first element. `out` ends with an opening bracket only then, since a
/// string ends with a quotation mark.
fn separate(out: &mut String) {
    if !out.ends_with(['[', '{']) {
        out.push(',');
    }
}

fn string(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            '\0'..='\x1f' => {
                out.push_str("\\u00");
                for digit in [u32::from(character) >> 4, u32::from(character) & 15] {
                    out.extend(char::from_digit(digit, 16));
                }
            }
            _ => out.push(character),
        }
    }
    out.push('"');
}
