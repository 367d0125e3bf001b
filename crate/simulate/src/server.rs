//! The token endpoint as a browser sees it.

use crate::clock::{Daily, SECOND};
use crate::life::{Life, Random};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::{Rng, RngExt};

/// An event on the simulated day.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Disturbance {
    /// None.
    None,
    /// The token endpoint and the sign-in pages do not respond.
    Outage(Daily),
    /// A new version of the app is deployed; open pages reload within this time.
    Deploy(Daily),
}

impl Disturbance {
    /// Whether the token endpoint does not respond.
    pub(crate) fn is_out(self, moment: u64) -> bool {
        matches!(self, Self::Outage(daily) if daily.contains(moment))
    }

    /// Whether it can affect this life. The vault requests tokens only while the app is used, or shortly
    /// after for a queued API request.
    pub(crate) fn touches(self, life: &Life) -> bool {
        let uses = || life.periods.iter().flat_map(|period| &period.uses);
        match self {
            Self::None => false,
            Self::Outage(daily) => uses().any(|used| {
                let until = used.end + 60 * SECOND;
                daily.contains(used.start) || daily.beginnings(used.start, until).next().is_some()
            }),
            Self::Deploy(daily) => life.periods.iter().any(|period| {
                let last_use = period.uses.last().map_or(0, |used| used.end);
                daily.beginnings(period.open.start, last_use).next().is_some()
            }),
        }
    }

    /// When the app reloads for a new version, between `from` and `until`.
    pub(crate) fn reloads(self, from: u64, until: u64, random: &mut Random) -> Option<u64> {
        let Self::Deploy(daily) = self else { return None };
        daily.beginnings(from, until).next().map(|deploy| deploy + random.random_range(0..daily.length))
    }
}

/// A token response with refresh token rotation. `lifetime` is in milliseconds. It has no ID token, which the
/// simulation does not need.
pub(crate) fn refresh_response(lifetime: u64, random: &mut Random) -> String {
    let mut response = String::with_capacity(160);
    push_response(&mut response, lifetime, random);
    response.push('}');
    response
}

/// The token response of a code exchange for `nonce`.
pub(crate) fn code_response(issuer: &str, nonce: &str, lifetime: u64, random: &mut Random) -> String {
    let claims = format!(
        r#"{{"iss":"{issuer}","aud":"client","token_use":"id","sub":"somebody","nonce":"{nonce}","iat":1000,"exp":{}}}"#,
        1_000 + lifetime / 1_000
    );
    let mut response = String::with_capacity(640);
    push_response(&mut response, lifetime, random);
    response.push_str(r#","id_token":"eyJhbGciOiJSUzI1NiJ9."#);
    URL_SAFE_NO_PAD.encode_string(claims, &mut response);
    response.push_str(r#".c2ln"}"#);
    response
}

/// Writes all but the closing brace. The tokens are random because the vault takes its jitter from the access
/// token.
fn push_response(response: &mut String, lifetime: u64, random: &mut Random) {
    let mut bytes = [0; 32];
    for name in [r#"{"access_token":""#, r#"","refresh_token":""#] {
        random.fill_bytes(&mut bytes);
        response.push_str(name);
        URL_SAFE_NO_PAD.encode_string(bytes, response);
    }
    response.push_str(r#"","token_type":"Bearer","expires_in":"#);
    response.push_str(&(lifetime / 1_000).to_string());
}
