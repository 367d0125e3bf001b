//! Paths that servers resolve differently.
//!
//! A browser resolves `..` before it sends a request; servers then resolve what is left. Some decode a path
//! twice, some drop `;` and what follows it (Tomcat, Jetty), some trim spaces (IIS), some treat `\\` as `/`.
//! A path that any of them might resolve to a place outside the API must not get a token.

use crate::form::percent_decoded;

/// Rounds of percent-decoding. A path that is still encoded after them is refused.
const MOST_ROUNDS: usize = 8;

/// Whether a common server might resolve `path`, as a browser serialised it, to a path outside its own
/// prefix. True if in doubt.
pub(crate) fn may_resolve_elsewhere(path: &str) -> bool {
    let mut path = path.to_owned();
    for _ in 0..MOST_ROUNDS {
        if !is_plain(&path) {
            return true;
        }
        if !path.contains('%') {
            return false;
        }
        // Invalid UTF-8 includes overlong encodings: a lenient decoder reads `%c0%ae` as a dot.
        let Ok(decoded) = String::from_utf8(percent_decoded(&path, false)) else { return true };
        if decoded == path {
            return false;
        }
        path = decoded;
    }
    true
}

/// Whether the partly decoded path has no segment that might be a dot segment, and no character that ends the
/// path early.
fn is_plain(path: &str) -> bool {
    !path.chars().any(char::is_control) && !has_iis_escape(path) && !path.split(is_separator).any(is_dotted)
}

/// Whether a segment begins with dots that no name follows: `..`, `.`, but also `..;x`, `.. `, `..%00` and
/// `...`. Names that begin with a dot, such as `.well-known`, are fine. IIS trims spaces around a segment; in
/// forms, `+` is a space.
fn is_dotted(segment: &str) -> bool {
    let segment = segment.trim_start_matches(|c: char| c.is_whitespace() || c == '+');
    let rest = segment.trim_start_matches(is_dot);
    rest.len() < segment.len()
        && !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '~'))
}

/// A dot, or a character whose compatibility decomposition (Unicode Standard Annex 15) is dots.
fn is_dot(c: char) -> bool {
    matches!(c, '.' | '\u{2024}' | '\u{2025}' | '\u{2026}' | '\u{fe52}' | '\u{ff0e}')
}

/// A slash or backslash, or a character that decomposition or a best-fit code page maps to one.
fn is_separator(c: char) -> bool {
    matches!(c, '/' | '\\' | '\u{2044}' | '\u{2215}' | '\u{fe68}' | '\u{ff0f}' | '\u{ff3c}')
}

/// IIS decodes `%u002e` to a dot. No other server knows `%u`, and browsers do not send it on their own.
fn has_iis_escape(path: &str) -> bool {
    path.split('%').skip(1).any(|after| after.starts_with(['u', 'U']))
}

#[cfg(test)]
mod tests;
