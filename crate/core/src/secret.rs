//! The types that hold tokens, codes and verifiers.

use std::fmt;
use zeroize::Zeroizing;

macro_rules! secrets {
    ($($(#[$doc:meta])* $name:ident,)*) => {$(
        $(#[$doc])*
        ///
        /// Wiped when dropped, printed as `[redacted]`, and readable only through `expose`.
        #[derive(Clone, PartialEq, Eq)]
        pub struct $name(Zeroizing<Box<str>>);

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("[redacted]")
            }
        }

        impl $name {
            /// Takes ownership of `text`. Spare capacity goes back to the allocator, which wipes it.
            pub fn new(text: String) -> Self {
                Self(Zeroizing::new(text.into_boxed_str()))
            }

            /// The secret itself. A secret can leak only where this is called, so keep calls few.
            pub fn expose(&self) -> &str {
                &self.0
            }
        }
    )*};
}

secrets! {
    /// The `state` of an authorization request, RFC 6749 section 4.1.1.
    State,
    /// The `nonce` of an authorization request, OpenID Connect Core 3.1.2.1.
    Nonce,
    /// An authorization code, RFC 6749 section 1.3.1.
    AuthorizationCode,
    /// The code verifier, RFC 7636 section 4.1.
    CodeVerifier,
    /// An access token, RFC 6749 section 1.4.
    AccessToken,
    /// An ID token, OpenID Connect Core section 2.
    IdToken,
    /// A refresh token, RFC 6749 section 1.5.
    RefreshToken,
    /// The value of an `Authorization` header, RFC 6750 section 2.1.
    Authorization,
    /// The body of a request to the token endpoint or the revocation endpoint.
    Form,
    /// A copy of the session for another worker's memory.
    SessionCopy,
}

impl Authorization {
    /// The value for a bearer token.
    pub fn bearer(token: &str) -> Self {
        Self::new(["Bearer ", token].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::AccessToken;

    #[test]
    fn a_secret_prints_as_redacted() {
        let secret = AccessToken::new("eyJhbGciOi".to_owned());
        assert_eq!(format!("{secret:?}"), "[redacted]");
        assert_eq!(secret.expose(), "eyJhbGciOi");
    }
}
