//! The echo guard: an API that sends the token back would give it to the page.

use crate::secret::Secret;

/// So many bytes of a token's last part are looked for. Nobody guesses what follows them, and an API that leaves out
/// the last few has leaked nothing that could be used.
const LENGTH: usize = 32;

/// The API's response holds the token.
#[derive(Debug, PartialEq, Eq)]
pub struct Echoed;

/// Looks for a token's bytes in a stream, without holding back more than might be their beginning.
#[derive(Debug)]
pub struct EchoGuard {
    /// What no response may hold: of a JWT the beginning of the signature, without which the rest is worth nothing; the end
    /// of a token whose last part is short.
    forbidden: Secret,
    /// How far to fall back after so many matching bytes (Knuth, Morris, Pratt).
    fallback: [usize; LENGTH],
    matched: usize,
}

impl EchoGuard {
    /// Guards the token in `authorization`, the header's value it was sent with.
    #[must_use]
    pub fn new(authorization: &Secret) -> Self {
        let token = authorization.expose().strip_prefix("Bearer ").unwrap_or_default();
        let last_part = token.bytes().rposition(|byte| byte == b'.').map_or(0, |dot| dot + 1);
        let end = token.len().saturating_sub(LENGTH);
        let forbidden =
            token.get(last_part..last_part + LENGTH).or_else(|| token.get(end..)).unwrap_or(token);
        let mut guard =
            Self { forbidden: Secret::new(forbidden.to_owned()), fallback: [0; LENGTH], matched: 0 };
        for (index, byte) in forbidden.bytes().enumerate().skip(1) {
            guard.advance(byte);
            if let Some(fallback) = guard.fallback.get_mut(index) {
                *fallback = guard.matched;
            }
        }
        guard.matched = 0;
        guard
    }

    /// Looks through what comes before the body. Nothing of it counts towards what the body begins with.
    ///
    /// # Errors
    ///
    /// [`Echoed`]: the response must not go on.
    pub fn pass_head(&mut self, head: &str) -> Result<(), Echoed> {
        self.pass(head.as_bytes())?;
        self.matched = 0;
        Ok(())
    }

    /// What may go on of everything so far, now that `piece` has come.
    ///
    /// # Errors
    ///
    /// [`Echoed`]: nothing of it may.
    pub fn pass(&mut self, piece: &[u8]) -> Result<Vec<u8>, Echoed> {
        let mut passed = self.rest().to_vec();
        passed.extend_from_slice(piece);
        for byte in piece {
            self.advance(*byte);
            if self.matched == self.forbidden.expose().len() {
                return Err(Echoed);
            }
        }
        passed.truncate(passed.len() - self.matched);
        Ok(passed)
    }

    /// What was held back, once nothing more comes.
    #[must_use]
    pub fn rest(&self) -> &[u8] {
        self.forbidden.expose().as_bytes().get(..self.matched).unwrap_or_default()
    }

    /// Takes the next byte of the stream into account.
    fn advance(&mut self, byte: u8) {
        let forbidden = self.forbidden.expose().as_bytes();
        while self.matched > 0 && forbidden.get(self.matched) != Some(&byte) {
            self.matched = self.fallback.get(self.matched - 1).copied().unwrap_or_default();
        }
        if forbidden.get(self.matched) == Some(&byte) {
            self.matched += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{EchoGuard, Echoed, LENGTH};
    use crate::secret::Secret;
    use proptest::prelude::*;

    const SIGNATURE: &str = "aabaabaaaabaabaabbaabaabaaaabaabaabbsignature";

    fn guard() -> EchoGuard {
        EchoGuard::new(&Secret::new(format!("Bearer header.payload.{SIGNATURE}")))
    }

    /// What comes through of a stream in these pieces.
    fn through(guard: &mut EchoGuard, pieces: &[&[u8]]) -> Result<Vec<u8>, Echoed> {
        let mut passed = Vec::new();
        for piece in pieces {
            passed.extend(guard.pass(piece)?);
        }
        passed.extend(guard.rest());
        Ok(passed)
    }

    #[test]
    fn a_token_that_comes_back_is_refused_however_it_is_cut() {
        let body = format!("{{\"authorization\":\"Bearer header.payload.{SIGNATURE}\"}}");
        for cut in 0..body.len() {
            let (first, second) = body.as_bytes().split_at(cut);
            assert_eq!(through(&mut guard(), &[first, second]), Err(Echoed), "{cut}");
        }
        let single: Vec<_> = body.as_bytes().chunks(1).collect();
        assert_eq!(through(&mut guard(), &single), Err(Echoed));
    }

    #[test]
    fn nothing_of_it_reaches_the_page_but_what_is_worth_nothing() {
        let mut guard = guard();
        let passed = guard.pass(format!("header.payload.{}", &SIGNATURE[..LENGTH - 1]).as_bytes()).unwrap();
        assert!(!String::from_utf8(passed).unwrap().contains(&SIGNATURE[..LENGTH - 1]));
        assert_eq!(guard.pass(&SIGNATURE.as_bytes()[LENGTH - 1..LENGTH]), Err(Echoed));
    }

    #[test]
    fn a_body_is_the_same_after_a_head_that_ends_as_the_token_begins() {
        let mut guard = guard();
        assert_eq!(guard.pass_head(&format!("content-type,{}", &SIGNATURE[..3])), Ok(()));
        assert_eq!(through(&mut guard, &[b"{}"]), Ok(b"{}".to_vec()));
        assert_eq!(guard.pass_head(&format!("x-token,{SIGNATURE}")), Err(Echoed));
    }

    #[test]
    fn a_stream_of_events_is_not_held_up() {
        assert_eq!(guard().pass(b"event: tick\ndata: 1\n\n"), Ok(b"event: tick\ndata: 1\n\n".to_vec()));
    }

    #[test]
    fn a_short_opaque_token_is_looked_for_whole() {
        let mut guard = EchoGuard::new(&Secret::new("Bearer short-opaque".to_owned()));
        assert_eq!(guard.pass(b"<short-opaque>"), Err(Echoed));
        let mut guard = EchoGuard::new(&Secret::new("Bearer short-opaque".to_owned()));
        assert_eq!(through(&mut guard, &[b"<short-opaqu", b"!>"]), Ok(b"<short-opaqu!>".to_vec()));
    }

    #[test]
    fn a_token_whose_last_part_is_short_or_empty_is_looked_for_by_its_end() {
        for token in
            ["eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.", "a-long-opaque-token-with-a-dot-before.x", "a.b"]
        {
            let guard = || EchoGuard::new(&Secret::new(["Bearer ", token].concat()));
            assert_eq!(
                guard().pass(b"{\"notes\":[\"a.x\"]}"),
                Ok(b"{\"notes\":[\"a.x\"]}".to_vec()),
                "{token}"
            );
            assert_eq!(guard().pass(["<", token, ">"].concat().as_bytes()), Err(Echoed), "{token}");
        }
    }

    proptest! {
        #[test]
        fn what_is_no_echo_comes_through_as_it_is(
            words in prop::collection::vec(prop_oneof!["[ab]{1,40}", Just(SIGNATURE[..LENGTH - 1].to_owned())], 0..20),
            cuts in prop::collection::vec(1_usize..50, 1..20),
        ) {
            let body = words.concat();
            let mut pieces = Vec::new();
            let mut rest = body.as_bytes();
            for cut in cuts.into_iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (piece, left) = rest.split_at(cut.min(rest.len()));
                pieces.push(piece);
                rest = left;
            }
            let expected = if body.contains(&SIGNATURE[..LENGTH]) { Err(Echoed) } else { Ok(body.clone().into_bytes()) };
            prop_assert_eq!(through(&mut guard(), &pieces), expected);
        }
    }
}
