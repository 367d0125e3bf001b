//! Paths that servers resolve in different ways.
//!
//! A browser resolves `..` before it sends a request, and servers resolve what they find after that. Some decode a path
//! twice, some drop `;` and what follows it (Tomcat, Jetty), some trim blanks (IIS), some treat `\\` as `/`. A path that any
//! of them might resolve to a place above where it seems to be must not get a token.

use crate::form::percent_decoded;

/// A path that is still encoded after so many rounds is refused.
const MOST_ROUNDS: usize = 8;

/// Whether a common server might resolve `path`, the path of a URL as a browser serialised it, to a place that it does
/// not begin with. Unclear paths count.
pub(crate) fn may_resolve_elsewhere(path: &str) -> bool {
    let mut path = path.to_owned();
    for _ in 0..MOST_ROUNDS {
        if !is_plain(&path) {
            return true;
        }
        if !path.contains('%') {
            return false;
        }
        // Not UTF-8 are, among others, overlong forms: a lenient decoder reads `%c0%ae` as a dot.
        let Ok(decoded) = String::from_utf8(percent_decoded(&path, false)) else { return true };
        if decoded == path {
            return false;
        }
        path = decoded;
    }
    true
}

/// Whether no segment of a path, decoded to some depth, might be a dot segment, and no character ends the path early.
fn is_plain(path: &str) -> bool {
    !path.chars().any(char::is_control) && !has_iis_escape(path) && !path.split(is_separator).any(is_dotted)
}

/// A segment that begins with dots which no name follows: `..`, `.`, but also `..;x`, `.. `, `..%00` and `...`. Names that
/// begin with dots, such as `.well-known`, are fine. IIS trims blanks around a segment; `+` is one in forms.
fn is_dotted(segment: &str) -> bool {
    let segment = segment.trim_start_matches(|c: char| c.is_whitespace() || c == '+');
    let rest = segment.trim_start_matches(is_dot);
    rest.len() < segment.len()
        && !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '~'))
}

/// The dot, and what compatibility decomposition (Unicode Standard Annex 15) makes of these.
fn is_dot(c: char) -> bool {
    matches!(c, '.' | '\u{2024}' | '\u{2025}' | '\u{2026}' | '\u{fe52}' | '\u{ff0e}')
}

/// Both slashes, and characters that decomposition or a best-fit code page makes one of them.
fn is_separator(c: char) -> bool {
    matches!(c, '/' | '\\' | '\u{2044}' | '\u{2215}' | '\u{fe68}' | '\u{ff0f}' | '\u{ff3c}')
}

/// `%u002e` is a dot for IIS. No other server knows `%u`, and no browser sends it unasked.
fn has_iis_escape(path: &str) -> bool {
    path.split('%').skip(1).any(|after| after.starts_with(['u', 'U']))
}

#[cfg(test)]
mod tests;
