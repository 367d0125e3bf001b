//! The echo guard: a response in which the token comes back ends before it does, and every other one is left as it is.

use crate::Outcome;
use strongroom_core::echo::EchoGuard;
use strongroom_core::secret::Secret;

/// So much of the token's last part is looked for, or of its end where that part is short.
const LENGTH: usize = 32;

/// The first byte says into what pieces the response is cut, the rest of the first line is the token, the rest of all is
/// the response.
#[must_use]
pub fn echo(data: &[u8]) -> Outcome {
    let Some((cut, rest)) = data.split_first() else { return Outcome::Refused };
    let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    let token: String = rest[..end].iter().map(|byte| char::from(byte & 0x7F)).collect();
    let body = rest.get(end + 1..).unwrap_or_default();
    if token.is_empty() {
        // None is taken from a token response.
        return Outcome::Refused;
    }
    let last_part = token.rsplit('.').next().unwrap_or_default().as_bytes();
    let end = &token.as_bytes()[token.len().saturating_sub(LENGTH)..];
    let forbidden = last_part.get(..LENGTH).unwrap_or(end);

    let mut guard = EchoGuard::new(&Secret::new(["Bearer ", &token].concat()));
    let mut passed = Vec::new();
    let mut given = 0;
    for piece in body.chunks(usize::from(*cut).max(1)) {
        let Ok(bytes) = guard.pass(piece) else {
            assert!(contains(body, forbidden), "nothing came back, and the response was cut off");
            assert!(!contains(&passed, forbidden), "the token came through");
            assert!(body.starts_with(&passed));
            return Outcome::Refused;
        };
        given += piece.len();
        passed.extend(bytes);
        assert!(given - passed.len() < forbidden.len(), "no more is held back than needs to be");
        assert_eq!(passed, body[..passed.len()]);
    }
    passed.extend(guard.rest());
    assert!(!contains(body, forbidden), "the token came through");
    assert_eq!(passed, body);
    Outcome::Accepted
}

fn contains(bytes: &[u8], searched: &[u8]) -> bool {
    bytes.windows(searched.len()).any(|window| window == searched)
}
