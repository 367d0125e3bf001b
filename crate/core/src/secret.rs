//! The one type that holds tokens, codes and verifiers.

use std::fmt;
use zeroize::Zeroizing;

/// Secret text: wiped when dropped, `[redacted]` when printed, read through [`Secret::expose`] alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<Box<str>>);

impl Secret {
    /// Takes ownership of `text`. Its spare capacity is given back to the allocator, which wipes it.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text.into_boxed_str()))
    }

    /// The secret itself. Every call is a place where a secret may leave: keep them few.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn prints_redacted() {
        let secret = Secret::new("eyJhbGciOi".to_owned());
        assert_eq!(format!("{secret:?}"), "[redacted]");
        assert_eq!(secret.expose(), "eyJhbGciOi");
    }
}
