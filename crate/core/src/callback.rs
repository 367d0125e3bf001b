//! The authorization response, RFC 6749 sections 4.1.2 and 4.1.2.1.

use crate::form;
use crate::problem::{INVALID_STATE, Problem};
use crate::secret::{AuthorizationCode, State};
use crate::transaction::storage_key;

/// A parsed authorization response, before it is matched with its transaction.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Callback {
    pub(crate) state: State,
    pub(crate) issuer: Option<String>,
    pub(crate) result: Result<AuthorizationCode, Problem>,
}

impl Callback {
    /// Parses the query of the redirection endpoint.
    ///
    /// # Errors
    ///
    /// `invalid_state` unless the query is exactly one authorization response: no parameter twice (RFC 6749
    /// section 3.1), and either `code` or `error`.
    pub(crate) fn parse(query: &str) -> Result<Self, Problem> {
        let [mut state, mut code, mut error, mut description, mut issuer] = [const { None }; 5];
        for (name, value) in form::pairs(query) {
            let slot = match name.as_str() {
                "state" => &mut state,
                "code" => &mut code,
                "error" => &mut error,
                "error_description" => &mut description,
                "iss" => &mut issuer,
                _ => continue,
            };
            if slot.replace(value).is_some() {
                return Err(INVALID_STATE);
            }
        }
        let result = match (code, error) {
            (Some(code), None) if !code.is_empty() => Ok(AuthorizationCode::new(code)),
            (None, Some(error)) => Err(Problem::from_authorization_server(&error, description.as_deref())),
            _ => return Err(INVALID_STATE),
        };
        Ok(Self { state: State::new(state.ok_or(INVALID_STATE)?), issuer, result })
    }

    /// The key of the matching stored transaction.
    pub(crate) fn storage_key(&self) -> String {
        storage_key(&self.state)
    }
}

#[cfg(test)]
mod tests {
    use super::Callback;

    #[test]
    fn a_callback_holds_a_code_or_an_error() {
        let callback = Callback::parse("code=abc&state=xyz").unwrap();
        assert_eq!(callback.state.expose(), "xyz");
        assert_eq!(callback.result.unwrap().expose(), "abc");
        let callback =
            Callback::parse("error=access_denied&error_description=User+said+no&state=xyz").unwrap();
        let problem = callback.result.unwrap_err();
        assert_eq!((problem.code(), problem.description()), ("access_denied", "User said no"));
    }

    #[test]
    fn malformed_authorization_responses_are_refused() {
        for query in [
            "",
            "code=abc",
            "state=xyz",
            "code=&state=xyz",
            "code=abc&code=def&state=xyz",
            "code=abc&state=xyz&state=xyz",
            "code=abc&error=access_denied&state=xyz",
            "error=a&error=b&state=xyz",
            "code=abc&iss=a&iss=b&state=xyz",
            "__proto__=1",
        ] {
            assert_eq!(Callback::parse(query).unwrap_err().code(), "invalid_state", "{query}");
        }
    }

    #[test]
    fn debug_output_holds_no_authorization_code() {
        let printed = format!("{:?}", Callback::parse("code=SECRETCODE&state=SECRETSTATE").unwrap());
        assert!(!printed.contains("SECRET"), "{printed}");
    }
}
