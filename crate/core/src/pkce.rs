//! Proof Key for Code Exchange, RFC 7636.

use crate::digest::sha256_base64url;
pub use crate::secret::CodeVerifier;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

/// 32 bytes from a cryptographically secure random generator.
pub type Random = [u8; 32];

impl CodeVerifier {
    /// 43 characters of 256 random bits, as section 4.1 recommends.
    pub fn from_random(random: &Random) -> Self {
        Self::new(base64url(random))
    }

    /// The `S256` code challenge, section 4.2.
    pub fn challenge(&self) -> String {
        sha256_base64url(self.expose())
    }
}

/// base64url without padding, RFC 4648 section 5.
pub fn base64url(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// Decodes base64url. Accepts only the canonical encoding, which [`base64url`] writes.
pub fn from_base64url(text: &str) -> Option<Vec<u8>> {
    BASE64_URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::{CodeVerifier, base64url, from_base64url};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn base64url_accepts_only_the_canonical_text(
            text in prop_oneof!["[A-Za-z0-9_-]{0,70}", "[A-Za-z0-9_=+/ -]{0,8}", any::<String>()],
        ) {
            prop_assert!(from_base64url(&text).is_none_or(|bytes| base64url(&bytes) == text));
        }

        #[test]
        fn base64url_reads_what_it_writes(bytes: Vec<u8>) {
            prop_assert_eq!(from_base64url(&base64url(&bytes)), Some(bytes));
        }
    }

    #[test]
    fn rfc_7636_appendix_b() {
        let random = [
            116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186, 22, 212, 37, 77, 105,
            214, 191, 240, 91, 88, 5, 88, 83, 132, 141, 121,
        ];
        let verifier = CodeVerifier::from_random(&random);
        assert_eq!(verifier.expose(), "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(verifier.challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }
}
