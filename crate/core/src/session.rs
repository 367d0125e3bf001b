//! One user's tokens, and what a page may see of them.

mod device_copy;

use crate::claims::Claims;
use crate::config::{Config, TokenKind};
use crate::decimal::decimal;
use crate::digest::sha256_base64url;
use crate::json::{self, Json, Value};
use crate::renewal::{Urgency, renewal_margin, urgency};
use crate::secret::{Authorization, IdToken, RefreshToken, SessionCopy};
use crate::time::Now;
use crate::token::{LONGEST_LIFETIME, Tokens};

/// A signed-in user's session.
#[derive(Debug)]
pub struct Session {
    id: String,
    serial: u64,
    access_header: Authorization,
    id_header: Authorization,
    refresh_token: Option<RefreshToken>,
    subject: String,
    /// The claims a page may see, as JSON.
    user: String,
    lifetime: u64,
    age_when_received: u64,
    received: Now,
    /// When the user signed in, by the wall clock.
    began: u64,
    jitter: u8,
    handed_over: bool,
    /// How many renewals in a row, up to the current token, followed a 401 from an API.
    refusals: u32,
}

/// Clock-skew allowance, in milliseconds. A server may see a token expire earlier than the vault: `exp` is in
/// whole seconds and counts from issuance, not from receipt.
const LEEWAY: u64 = 2_000;

/// If a token was issued because an API refused the previous one, its minimum age before another 401 causes a
/// renewal, in milliseconds. Doubles with each renewal that a 401 causes, up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: u64 = 60_000;
const LONGEST_PAUSE: u64 = 3_600_000;

/// The format of [`Session::copy`]. A copy in another format is dropped.
const FORMAT: u64 = 1;

/// Upper limit for `serial`: no session reaches it. At one renewal per second that would take a century.
const MOST_RENEWALS: u64 = u32::MAX as u64;

/// Upper limit for an ID, in bytes: two SHA-256 hashes in base64url and a dot fit.
const LONGEST_ID: usize = 128;

impl Session {
    /// Creates the session from `tokens`, received at `now`. `unique` distinguishes it from this browser's
    /// other sessions; it is not secret.
    pub(crate) fn begin(
        unique: &str,
        (tokens, id_token, claims): (Tokens, IdToken, Claims),
        config: &Config,
        now: Now,
    ) -> Self {
        let lifetime = lifetime(tokens.lifetime, Some(&claims), config);
        let id = [unique, ".", &sha256_base64url(claims.subject())].concat();
        let access_header = Authorization::bearer(tokens.access_token.expose());
        Self {
            id,
            serial: 0,
            jitter: jitter(access_header.expose()),
            access_header,
            id_header: Authorization::bearer(id_token.expose()),
            refresh_token: tokens.refresh_token,
            subject: claims.subject().to_owned(),
            user: claims.visible(&config.session_claims),
            lifetime,
            age_when_received: 0,
            received: now,
            began: now.wall,
            handed_over: false,
            refusals: 0,
        }
    }

    /// Replaces the tokens after a renewal. Keeps what the response omits: the refresh token without
    /// rotation, and sometimes the ID token.
    pub(crate) fn renew(&mut self, tokens: Tokens, config: &Config, now: Now) {
        let claims = tokens.id_token.as_ref().map(|(_, claims)| claims);
        self.lifetime = lifetime(tokens.lifetime, claims, config);
        self.serial += 1;
        self.access_header = Authorization::bearer(tokens.access_token.expose());
        self.jitter = jitter(self.access_header.expose());
        if let Some((id_token, claims)) = tokens.id_token {
            self.id_header = Authorization::bearer(id_token.expose());
            self.user = claims.visible(&config.session_claims);
        }
        if tokens.refresh_token.is_some() {
            self.refresh_token = tokens.refresh_token;
        }
        self.age_when_received = 0;
        self.received = now;
        self.handed_over = false;
    }

    /// Parses the bytes of [`Session::copy`], received at `now`.
    pub fn from_copy(bytes: &[u8], now: Now) -> Option<Self> {
        Self::from_json(&json::parse(bytes)?, now)
    }

    fn from_json(value: &Value, now: Now) -> Option<Self> {
        let text = |name: &str| value.get(name)?.as_str().map(str::to_owned);
        let number = |name: &str| value.get(name)?.as_u64();
        if number("format") != Some(FORMAT) {
            return None;
        }
        let access_header = Authorization::new(text("access")?);
        Some(Self {
            id: text("id")?,
            serial: number("serial").filter(|serial| *serial <= MOST_RENEWALS)?,
            jitter: jitter(access_header.expose()),
            access_header,
            id_header: Authorization::new(text("idToken")?),
            refresh_token: text("refresh").map(RefreshToken::new),
            subject: text("subject")?,
            user: json::text(value.get("user")?),
            lifetime: number("lifetime").filter(|lifetime| *lifetime <= LONGEST_LIFETIME * 1_000)?,
            age_when_received: number("age")?,
            received: now,
            // Unknown in the copies of versions without device copies. The device does not keep such a session.
            began: number("began").unwrap_or_default(),
            handed_over: true,
            refusals: 0,
        })
    }

    /// The session for another worker's memory. It includes the tokens' age, so neither the time in a keeper
    /// nor a wrong wall clock makes them look younger.
    pub fn copy(&self, now: Now) -> SessionCopy {
        self.copy_of_keeper(now, false)
    }

    /// The same, from a keeper. If the keeper may have `missed` the end of the session, the tokens are marked
    /// as expired, so that they must be renewed before they are used.
    pub(crate) fn copy_of_keeper(&self, now: Now, missed: bool) -> SessionCopy {
        let age = if missed { self.age(now).max(self.lifetime) } else { self.age(now) };
        self.copy_with(self.access_header.expose(), self.id_header.expose(), self.lifetime, age)
    }

    fn copy_with(&self, access_header: &str, id_header: &str, lifetime: u64, age: u64) -> SessionCopy {
        SessionCopy::new(json::object(&[
            ("format", FORMAT.into()),
            ("id", self.id.as_str().into()),
            ("serial", self.serial.into()),
            ("access", access_header.into()),
            ("idToken", id_header.into()),
            ("refresh", self.refresh_token.as_ref().map(RefreshToken::expose).into()),
            ("subject", self.subject.as_str().into()),
            ("user", Json::Raw(&self.user)),
            ("lifetime", lifetime.into()),
            ("age", age.into()),
            ("began", self.began.into()),
        ]))
    }

    /// Identifies this session among all sessions of this browser.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The session hint to store for the next worker. Not secret.
    pub fn session_hint(&self) -> String {
        self.lost().session_hint()
    }

    /// What the next worker knows about it if this worker loses it.
    pub(crate) fn lost(&self) -> Lost {
        Lost { id: self.id.clone(), serial: self.serial, refused: None }
    }

    /// Whether this is the same session with newer tokens.
    pub fn supersedes(&self, other: &Self) -> bool {
        self.id == other.id && self.serial > other.serial
    }

    /// The `Authorization` header for an API that takes `kind`.
    pub(crate) fn authorization(&self, kind: TokenKind) -> &Authorization {
        match kind {
            TokenKind::Access => &self.access_header,
            TokenKind::Id => &self.id_header,
        }
    }

    /// Records whether a 401 from an API caused the renewal that brought the current tokens.
    pub(crate) fn count_refusal(&mut self, refused: bool) {
        self.refusals = if refused { self.refusals + 1 } else { 0 };
    }

    /// Whether a 401 from an API justifies a renewal. An API that refuses tokens issued after its last 401
    /// would refuse the next ones too.
    pub(crate) fn may_renew_refused(&self, now: Now) -> bool {
        let pause =
            FIRST_PAUSE.saturating_mul(1 << self.refusals.saturating_sub(1).min(16)).min(LONGEST_PAUSE);
        self.refusals == 0 || now.since(self.received) >= pause
    }

    /// Whether the tokens came from another worker, which may have begun to renew them.
    pub(crate) fn is_handed_over(&self) -> bool {
        self.handed_over
    }

    /// Whether an API takes an ID token and there is none: a device copy has none, and a renewal may bring none.
    pub(crate) fn lacks_id_token(&self, config: &Config) -> bool {
        self.id_header.expose().is_empty() && wants_id_token(config)
    }

    pub(crate) fn refresh_token(&self) -> Option<&RefreshToken> {
        self.refresh_token.as_ref()
    }

    pub(crate) fn subject(&self) -> &str {
        &self.subject
    }

    pub(crate) fn user(&self) -> &str {
        &self.user
    }

    /// Milliseconds until the access token expires.
    pub(crate) fn remaining(&self, now: Now) -> u64 {
        self.lifetime.saturating_sub(self.age(now))
    }

    /// Whether the access token has expired, or a server may already consider it expired.
    pub(crate) fn is_spent(&self, now: Now) -> bool {
        self.remaining(now) <= LEEWAY.min(self.lifetime / 10)
    }

    /// Whether the access token has expired and cannot be renewed.
    pub(crate) fn is_over(&self, now: Now) -> bool {
        self.refresh_token.is_none() && self.is_spent(now)
    }

    pub(crate) fn urgency(&self, now: Now) -> Urgency {
        urgency(self.lifetime, self.remaining(now), self.jitter)
    }

    /// When the access token expires, for display: by the wall clock at the time it was received.
    pub(crate) fn expires_at(&self) -> u64 {
        self.received.wall.saturating_add(self.lifetime).saturating_sub(self.age_when_received)
    }

    /// From when a request begins to renew the access token, by the same clock.
    pub(crate) fn renews_at(&self) -> u64 {
        self.expires_at().saturating_sub(renewal_margin(self.lifetime, self.jitter))
    }

    /// As random as the access token it is derived from.
    pub(crate) fn jitter(&self) -> u8 {
        self.jitter
    }

    fn age(&self, now: Now) -> u64 {
        self.age_when_received.saturating_add(now.since(self.received))
    }
}

/// What a new worker knows about the session it lost: its ID, and how often it had been renewed.
#[derive(Debug, Clone)]
pub(crate) struct Lost {
    pub(crate) id: String,
    serial: u64,
    /// The server refused to renew a copy with this `serial`, so this one and older ones are useless.
    refused: Option<u64>,
}

impl Lost {
    /// Parses a [`Session::session_hint`]. Script in a page can write any text to storage; a malformed hint
    /// is ignored.
    pub(crate) fn parse(session_hint: &str) -> Option<Self> {
        let (id, serial) = session_hint.split_once(':')?;
        let is_id =
            id.len() <= LONGEST_ID && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
        let serial = serial.parse().ok().filter(|serial| *serial <= MOST_RENEWALS)?;
        is_id.then(|| Self { id: id.to_owned(), serial, refused: None })
    }

    pub(crate) fn session_hint(&self) -> String {
        [&self.id, ":", &decimal(self.serial)].concat()
    }

    /// Whether `session` is a usable copy of the lost session.
    pub(crate) fn is(&self, session: &Session) -> bool {
        self.id == session.id && self.refused.is_none_or(|refused| session.serial > refused)
    }

    /// Records that the server refused to renew `session`.
    pub(crate) fn refuse(&mut self, session: &Session) {
        self.refused = Some(session.serial);
    }

    /// Whether `session`, a copy of the lost session, has missed a renewal.
    pub(crate) fn is_ahead_of(&self, session: &Session) -> bool {
        self.serial > session.serial
    }

    /// Whether `session` belongs to the same user.
    pub(crate) fn has_user_of(&self, session: &Session) -> bool {
        let user = |id: &str| id.split_once('.').map(|(_, user)| user.to_owned());
        user(&self.id) == user(&session.id)
    }
}

/// How long the tokens may be used. The ID token's own expiry counts only if an API takes the ID token.
fn lifetime(of_access_token: u64, claims: Option<&Claims>, config: &Config) -> u64 {
    match claims.and_then(Claims::lifetime) {
        Some(seconds) if wants_id_token(config) => of_access_token.min(seconds.saturating_mul(1_000)),
        _ => of_access_token,
    }
}

fn wants_id_token(config: &Config) -> bool {
    config.apis.iter().any(|api| api.token == TokenKind::Id)
}

/// Not a cryptographic hash: that would leave the end of the token on the stack.
fn jitter(token: &str) -> u8 {
    token.bytes().fold(0, |sum: u8, byte| sum.wrapping_mul(31).wrapping_add(byte))
}

/// The end of a session's ID, which is the end of its user's hash. 0 if there is no ID.
pub(crate) fn user_hash(id: &str) -> u64 {
    id.as_bytes().last_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{Lost, Session};
    use crate::claims::Expected;
    use crate::config::TokenKind;
    use crate::config::tests::config;
    use crate::renewal::Urgency;
    use crate::secret::Nonce;
    use crate::time::Now;
    use crate::token::tests::token_response;
    use crate::token::{TokenResponse, Tokens};
    use serde_json::{Value, json};

    pub(crate) fn at(ms: u64) -> Now {
        Now { monotonic: ms, wall: 1_700_000_000_000 + ms }
    }

    /// Ada's session of one hour, with this many renewals at time 0.
    pub(crate) fn session(id: &str, renewals: u32) -> Session {
        let body = token_response().to_string();
        let response = TokenResponse { status: 200, body: body.as_bytes() };
        let first = Tokens::validate_sign_in(&response, &config(), &Nonce::new("nonce".to_owned())).unwrap();
        let mut session = Session::begin(id, first, &config(), at(0));
        for number in 0..renewals {
            let response = json!({ "access_token": format!("renewed.{number}"), "token_type": "Bearer", "expires_in": 3_600 });
            session.renew(tokens(&response, Expected::Subject("ada-1")), &config(), at(0));
        }
        session
    }

    fn tokens(response: &Value, expected: Expected<'_>) -> Tokens {
        let body = response.to_string();
        Tokens::validate(&TokenResponse { status: 200, body: body.as_bytes() }, &config(), expected).unwrap()
    }

    fn handed_over(session: &Session, now: Now) -> Session {
        Session::from_copy(session.copy(now).expose().as_bytes(), now).unwrap()
    }

    #[test]
    fn only_newer_tokens_of_the_same_session_supersede() {
        for (name, one, other, supersedes) in [
            ("newer", session("a", 2), session("a", 1), true),
            ("the same", session("a", 1), session("a", 1), false),
            ("older", session("a", 0), session("a", 1), false),
            ("newer, of another session", session("b", 2), session("a", 1), false),
        ] {
            assert_eq!(one.supersedes(&other), supersedes, "{name}");
            assert_eq!(
                handed_over(&one, at(1)).supersedes(&handed_over(&other, at(2))),
                supersedes,
                "{name}"
            );
        }
    }

    #[test]
    fn a_renewal_increments_the_serial_and_restarts_the_lifetime() {
        let mut renewed = handed_over(&session("a", 3), at(1_000_000));
        assert_eq!((renewed.serial, renewed.remaining(at(1_000_000))), (3, 2_600_000));
        assert!(renewed.is_handed_over());
        let response = json!({ "access_token": "x", "token_type": "Bearer", "expires_in": 60 });
        renewed.renew(tokens(&response, Expected::Subject("ada-1")), &config(), at(2_000_000));
        assert_eq!((renewed.serial, renewed.remaining(at(2_000_000))), (4, 60_000));
        assert!(!renewed.is_handed_over(), "this worker got them itself");
        assert_eq!(renewed.id(), session("a", 0).id());
    }

    #[test]
    fn the_remaining_lifetime_never_underflows() {
        let session = session("a", 0);
        for (now, remaining) in [(0, 3_600_000), (3_599_999, 1), (3_600_000, 0), (9_999_999_999, 0)] {
            assert_eq!(session.remaining(at(now)), remaining);
        }
        assert_eq!(session.urgency(at(9_999_999_999)), Urgency::Blocking);
    }

    #[test]
    fn an_age_of_any_size_is_handled_without_overflow() {
        for age in [3_600_000, u64::MAX] {
            let mut copy: Value = serde_json::from_str(session("a", 0).copy(at(0)).expose()).unwrap();
            copy["age"] = json!(age);
            let session = Session::from_copy(copy.to_string().as_bytes(), at(0)).unwrap();
            assert_eq!(session.remaining(at(1)), 0);
            assert!(session.expires_at() <= at(0).wall && session.renews_at() <= at(0).wall);
            let copy: Value = serde_json::from_str(session.copy(at(1)).expose()).unwrap();
            assert_eq!(copy["age"].as_u64().unwrap(), age.saturating_add(1));
        }
    }

    #[test]
    fn each_api_gets_its_configured_kind_of_token() {
        for session in [session("a", 0), handed_over(&session("a", 0), at(0))] {
            assert_eq!(session.authorization(TokenKind::Access).expose(), "Bearer access.token.1");
            assert!(session.authorization(TokenKind::Id).expose().starts_with("Bearer eyJ"));
        }
    }

    #[test]
    fn a_session_hint_identifies_session_user_and_renewals_and_holds_no_secret() {
        let session = session("a", 3);
        let lost = Lost::parse(&session.session_hint()).unwrap();
        assert_eq!(lost.session_hint(), session.session_hint());
        for secret in ["access", "renewed", "refresh", "eyJ", "ada"] {
            assert!(!session.session_hint().contains(secret), "{}", session.session_hint());
        }
        for (name, other, is, has_user, is_ahead) in [
            ("the same", self::session("a", 3), true, true, false),
            ("older", self::session("a", 2), true, true, true),
            ("newer", self::session("a", 4), true, true, false),
            ("the same user's, of another sign-in", self::session("b", 3), false, true, false),
        ] {
            assert_eq!(lost.is(&other), is, "{name}");
            assert_eq!(lost.has_user_of(&other), has_user, "{name}");
            assert_eq!(lost.is_ahead_of(&other), is_ahead, "{name}");
        }
        let bob = Lost::parse("a.another-user:3").unwrap();
        assert!(!bob.is(&session) && !bob.has_user_of(&session));
    }

    #[test]
    fn an_invalid_session_hint_is_refused() {
        let huge = "a".repeat(10_000_000) + ".b:1";
        for session_hint in [
            "",
            "a",
            "a.b",
            "a.b:",
            "a.b:x",
            "a.b:-1",
            "a.b:1.5",
            "a.b:4294967296",
            "a.b:99999999999999999999999",
            "a.b:1:2",
            "a.b\n:1",
            "a.b<script>:1",
            "ü.b:1",
            &huge,
        ] {
            assert!(Lost::parse(session_hint).is_none(), "{session_hint:.40?}");
        }
    }

    #[test]
    fn debug_output_holds_no_token() {
        let printed = format!("{:?}", session("a", 1));
        for secret in ["access.token", "renewed", "refresh-1", "eyJ"] {
            assert!(!printed.contains(secret), "{printed}");
        }
    }
}
