use super::{Json, Value, object, parse, text};
use proptest::prelude::*;

/// The result of `serde_json`, whose numbers have a limited range. Ours are text.
fn oracle(bytes: &[u8]) -> Option<Result<serde_json::Value, ()>> {
    match serde_json::from_slice(bytes) {
        Err(error) if error.to_string().contains("number out of range") => None,
        result => Some(result.map_err(drop)),
    }
}

fn same(ours: &Value, theirs: &serde_json::Value) -> bool {
    use serde_json::Value as Theirs;
    match (ours, theirs) {
        (Value::Null, Theirs::Null) => true,
        (Value::Bool(a), Theirs::Bool(b)) => a == b,
        (Value::Number(digits), Theirs::Number(number)) => {
            let (exact, rounded): (f64, f64) = (digits.parse().unwrap(), number.as_f64().unwrap());
            // Without its `float_roundtrip` feature, `serde_json` may be off by one bit.
            ours.as_u64() == theirs.as_u64() && (exact - rounded).abs() <= exact.abs() * 1e-14
        }
        (Value::String(a), Theirs::String(b)) => a == b,
        (Value::Array(a), Theirs::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(members), Theirs::Object(map)) => {
            members.iter().all(|(name, _)| map.contains_key(name))
                && map.iter().all(|(name, value)| ours.get(name).is_some_and(|ours| same(ours, value)))
        }
        _ => false,
    }
}

fn agrees_on(bytes: &[u8]) {
    let shown = String::from_utf8_lossy(bytes);
    match (parse(bytes), oracle(bytes)) {
        (_, None) | (None, Some(Err(()))) => {}
        (Some(ours), Some(Ok(theirs))) => {
            assert!(same(&ours, &theirs), "{shown}");
            let again = parse(text(&ours).as_bytes()).unwrap();
            assert!(same(&again, &theirs), "{shown}");
            let elsewhere: serde_json::Value = serde_json::from_str(&text(&ours)).unwrap();
            assert_eq!(elsewhere, theirs, "{shown}");
        }
        (ours, theirs) => panic!("{shown:?}: here {ours:?}, by serde_json {theirs:?}"),
    }
}

fn any_value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<u64>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn json_written_by_serde_json_is_parsed(value in any_value(), pretty: bool) {
        let text = if pretty { serde_json::to_vec_pretty(&value) } else { serde_json::to_vec(&value) };
        agrees_on(&text.unwrap());
    }

    #[test]
    fn agrees_with_serde_json_on_corrupted_texts(value in any_value(), at: prop::sample::Index, byte: u8) {
        let mut bytes = serde_json::to_vec(&value).unwrap();
        let at = at.index(bytes.len());
        agrees_on(&bytes[..at]);
        bytes[at] = byte;
        agrees_on(&bytes);
        bytes.remove(at);
        agrees_on(&bytes);
    }

    #[test]
    fn agrees_with_serde_json_on_random_json_characters(
        text in r#"([\[\]{}:,]|"|"a"|\\|\\u|\\ud83d|\\ude00|\\n|[-+.eE0-9]|0|12|true|false|null|nul|[ \t\n\r\f]|\PC){0,12}"#,
    ) {
        agrees_on(text.as_bytes());
        agrees_on(format!("[{text}]").as_bytes());
        agrees_on(format!("\"{text}\"").as_bytes());
    }

    #[test]
    fn written_json_parses_to_the_same_value(name: String, value: String, number: u64) {
        let written = object(&[
            (&name, Json::Text(&value)),
            ("number", number.into()),
            ("none", None::<u64>.into()),
            ("object", Json::Object(&[("raw", Json::Raw("[]")), ("empty", Json::Object(&[]))])),
        ]);
        let read: serde_json::Value = serde_json::from_str(&written).unwrap();
        let mut expected = serde_json::json!({ "number": number, "none": null, "object": { "raw": [], "empty": {} } });
        let map = expected.as_object_mut().unwrap();
        if !map.contains_key(&name) {
            map.insert(name, value.into());
        }
        prop_assert_eq!(read, expected);
    }
}

#[test]
fn agrees_with_serde_json_on_edge_cases() {
    for text in [
        "",
        " ",
        "null",
        " null ",
        "nul",
        "nulll",
        "tru",
        "\u{feff}1",
        "0",
        "-0",
        "-",
        "01",
        "-01",
        "1.",
        ".5",
        "1.5e",
        "1e+5",
        "1E-5",
        "1e05",
        "+1",
        "18446744073709551615",
        "18446744073709551616",
        "9007199254740993",
        "1.7e9",
        "[",
        "]",
        "[]",
        "[ ]",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1",
        "{}",
        "{ }",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,}",
        "{a:1}",
        "{\"a\":1 \"b\":2}",
        "{\"a\":1,\"a\":2}",
        "{\"a\":{\"b\":[{}]}}",
        "\"\\ud83d\\ude00\"",
        "\"\\ud83d\"",
        "\"\\ude00\"",
        "\"\\ud83d\\u0041\"",
        "\"\\ud83dx\"",
        "\"\\u00\"",
        "\"\\u12g4\"",
        "\"\\u+123\"",
        "\"\\x41\"",
        "\"\\",
        "\"",
        "\"\n\"",
        "\"\u{7f}\"",
        "\"\\u0000\"",
        "\"\\/\\b\\f\\n\\r\\t\\\"\\\\\"",
        "1 1",
        "[]]",
        "'a'",
        "NaN",
        "Infinity",
        "/**/1",
    ] {
        agrees_on(text.as_bytes());
    }
    for bytes in [&b"\"\xff\""[..], b"\"\xc3\"", b"\xff", b"\"\xed\xa0\xbd\"", b"[1]\0", b"\0"] {
        agrees_on(bytes);
    }
}

#[test]
fn agrees_with_serde_json_on_every_character_and_code_unit() {
    for character in '\0'..='\u{ff}' {
        agrees_on(format!("\"{character}\"").as_bytes());
        agrees_on(format!("\"\\{character}\"").as_bytes());
        let written: serde_json::Value =
            serde_json::from_str(&object(&[("text", Json::Text(&character.to_string()))])).unwrap();
        assert_eq!(written["text"], character.to_string());
    }
    for unit in (0..0x1_0000).step_by(0x1f).chain(0xd7fe..0xd802).chain(0xdbfe..0xdc02).chain(0xdffe..0xe002)
    {
        agrees_on(format!("\"\\u{unit:04x}\"").as_bytes());
        agrees_on(format!("\"\\u{unit:04X}\\uDC00\"").as_bytes());
        agrees_on(format!("\"\\ud83d\\u{unit:04x}\"").as_bytes());
    }
}

#[test]
fn json_nested_too_deep_is_refused() {
    for deep in [100, 126, 127, 128, 129, 100_000] {
        agrees_on([&*vec![b'['; deep], &*vec![b']'; deep]].concat().as_slice());
        agrees_on(&vec![b'['; deep]);
        agrees_on([b"{\"a\":".repeat(deep).as_slice(), b"1", &*vec![b'}'; deep]].concat().as_slice());
    }
}

#[test]
fn json_numbers_are_not_rounded() {
    let claims = r#"{"id":12345678901234567890123,"ratio":0.10000000000000000001}"#;
    assert_eq!(text(&parse(claims.as_bytes()).unwrap()), claims);
}

#[test]
fn the_last_of_duplicate_json_members_counts() {
    let value = parse(br#"{"sub":"a","sub":"b"}"#).unwrap();
    assert_eq!(value.get("sub").and_then(Value::as_str), Some("b"));
}

#[test]
fn whole_reads_a_json_number_without_its_fraction() {
    for (text, whole) in [
        ("0", Some(0)),
        ("3600", Some(3_600)),
        ("3600.0", Some(3_600)),
        ("3600.999", Some(3_600)),
        ("0.5", Some(0)),
        ("18446744073709551615", Some(u64::MAX)),
        ("18446744073709551615.5", Some(u64::MAX)),
        ("18446744073709551616", None),
        ("1e20", None),
        ("1.7e9", None),
        ("1.5E9", None),
        ("1e99999999999", None),
        ("-1", None),
        ("-0.5", None),
        ("-1e-9", None),
        ("\"3600\"", None),
        ("null", None),
    ] {
        assert_eq!(super::parse(text.as_bytes()).unwrap().whole(), whole, "{text}");
    }
}

#[test]
fn serde_reads_what_the_parser_reads() {
    for json in ["null", "true", "\"ä\"", r#"{"b":[{"a":"c"},[],false],"a":null,"c":{}}"#] {
        let mut deserializer = serde_json::Deserializer::from_str(json);
        let value = serde::Deserialize::deserialize(&mut deserializer);
        assert_eq!(value.ok(), parse(json.as_bytes()), "{json}");
    }
}

#[test]
fn serde_reads_the_digits_of_non_negative_integers_only() {
    for (json, digits) in [
        ("0", "0"),
        ("400", "400"),
        ("18446744073709551615", "18446744073709551615"),
        ("-1", ""),
        ("1.5", ""),
        ("1e300", ""),
    ] {
        let value: serde_json::Value = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::from_value(value).ok(), Some(Value::Number(digits.to_owned())), "{json}");
    }
}
