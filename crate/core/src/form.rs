//! `application/x-www-form-urlencoded`, as the URL standard reads and writes it.

/// Decodes the name-value pairs of `text`.
pub(crate) fn pairs(text: &str) -> impl Iterator<Item = (String, String)> {
    text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(name), decode(value))
    })
}

/// Encodes `pairs`.
pub(crate) fn text(pairs: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (name, value) in pairs {
        if !text.is_empty() {
            text.push('&');
        }
        encode(name, &mut text);
        text.push('=');
        encode(value, &mut text);
    }
    text
}

fn decode(text: &str) -> String {
    String::from_utf8_lossy(&percent_decoded(text, true)).into_owned()
}

/// Percent-decodes `text` once. A `+` is a space in forms and literal elsewhere.
pub(crate) fn percent_decoded(text: &str, plus_is_space: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [byte, after @ ..] = rest {
        let escaped = if *byte == b'%' { escaped(after) } else { None };
        bytes.push(match byte {
            b'+' if plus_is_space => b' ',
            byte => escaped.unwrap_or(*byte),
        });
        rest = if escaped.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    bytes
}

/// Appends `%` and the two hexadecimal digits of `byte`.
pub(crate) fn percent_encode(byte: u8, out: &mut String) {
    out.push('%');
    for digit in [byte >> 4, byte & 15] {
        out.extend(char::from_digit(digit.into(), 16).map(|digit| digit.to_ascii_uppercase()));
    }
}

/// The byte given by the two hexadecimal digits at the start of `rest`.
fn escaped(rest: &[u8]) -> Option<u8> {
    let [high, low, ..] = rest else { return None };
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    u8::try_from(digit(high)? << 4 | digit(low)?).ok()
}

fn encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'*' | b'-' | b'.' | b'_' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            _ => percent_encode(byte, out),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn forms_are_parsed_as_by_the_url_crate(text in r"([&=+%]|%[0-9a-fA-F]{2}|%[0-9a-g]|%C3%A4|%FF|[a-z]|\PC){0,12}") {
            let read: Vec<_> = super::pairs(&text).collect();
            let oracle: Vec<_> = url::form_urlencoded::parse(text.as_bytes()).into_owned().collect();
            prop_assert_eq!(read, oracle);
        }

        #[test]
        fn forms_are_serialized_as_by_the_url_crate(pairs in prop::collection::vec(("\\PC{0,8}", any::<String>()), 0..4)) {
            let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (&**name, &**value)).collect();
            let oracle = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
            prop_assert_eq!(super::text(&pairs), oracle);
        }
    }
}
