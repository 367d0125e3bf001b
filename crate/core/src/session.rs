//! One user's tokens and what a page may know of them.

use crate::claims::Claims;
use crate::config::{Config, TokenKind};
use crate::decimal::decimal;
use crate::digest::sha256_base64url;
use crate::json::{self, Json};
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
    /// The claims a page may see: a JSON text.
    user: String,
    lifetime: u64,
    age_when_received: u64,
    received: Now,
    jitter: u8,
    handed_over: bool,
    /// How many renewals in a row an API's refusal has led to, up to this token.
    refusals: u32,
}

/// Clock-skew allowance, in milliseconds. For a server a token may end earlier than here: `exp` is in whole seconds and counts from
/// the issue, not from the receipt.
const LEEWAY: u64 = 2_000;

/// How old a token must be, in milliseconds, that an API refuses though it was issued because the API refused the one before;
/// twice as old each time.
const FIRST_PAUSE: u64 = 60_000;
const LONGEST_PAUSE: u64 = 3_600_000;

/// The format of [`Session::copy`]. Another number is another format, and is dropped unread.
const FORMAT: u64 = 1;

/// A session that claims more renewals than this is no session of ours: one a second would take a century.
const MOST_RENEWALS: u64 = u32::MAX as u64;

/// An ID is two SHA-256 hashes in base64url, and a dot.
const LONGEST_ID: usize = 128;

impl Session {
    /// The session that `tokens`, received at `now`, begin. `unique` tells it from every other session of this
    /// browser and is no secret.
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
            jitter: jitter(&access_header),
            access_header,
            id_header: Authorization::bearer(id_token.expose()),
            refresh_token: tokens.refresh_token,
            subject: claims.subject().to_owned(),
            user: claims.visible(&config.session_claims),
            lifetime,
            age_when_received: 0,
            received: now,
            handed_over: false,
            refusals: 0,
        }
    }

    /// Takes the tokens of a refresh. What the server did not send again stays as it was: without rotation the
    /// refresh token, and sometimes the ID token.
    pub(crate) fn renew(&mut self, tokens: Tokens, config: &Config, now: Now) {
        let claims = tokens.id_token.as_ref().map(|(_, claims)| claims);
        self.lifetime = lifetime(tokens.lifetime, claims, config);
        self.serial += 1;
        self.access_header = Authorization::bearer(tokens.access_token.expose());
        self.jitter = jitter(&self.access_header);
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

    /// The session in the bytes of [`Session::copy`], received at `now`.
    #[must_use]
    pub fn from_copy(bytes: &[u8], now: Now) -> Option<Self> {
        let value = json::parse(bytes)?;
        let text = |name: &str| value.get(name)?.as_str().map(str::to_owned);
        let number = |name: &str| value.get(name)?.as_u64();
        if number("format") != Some(FORMAT) {
            return None;
        }
        let access_header = Authorization::new(text("access")?);
        Some(Self {
            id: text("id")?,
            serial: number("serial").filter(|serial| *serial <= MOST_RENEWALS)?,
            jitter: jitter(&access_header),
            access_header,
            id_header: Authorization::new(text("idToken")?),
            refresh_token: text("refresh").map(RefreshToken::new),
            subject: text("subject")?,
            user: json::text(value.get("user")?),
            lifetime: number("lifetime").filter(|lifetime| *lifetime <= LONGEST_LIFETIME * 1_000)?,
            age_when_received: number("age")?,
            received: now,
            handed_over: true,
            refusals: 0,
        })
    }

    /// The whole session for another worker's memory. Its age goes along, so that neither the time it was held
    /// nor a wrong wall clock makes its tokens look younger.
    #[must_use]
    pub fn copy(&self, now: Now) -> SessionCopy {
        self.copy_of_keeper(now, false)
    }

    /// The same from a keeper, which may have `missed` the session's end: then nobody may use its tokens before they are
    /// renewed.
    pub(crate) fn copy_of_keeper(&self, now: Now, missed: bool) -> SessionCopy {
        let age = if missed { self.age(now).max(self.lifetime) } else { self.age(now) };
        SessionCopy::new(json::object(&[
            ("format", FORMAT.into()),
            ("id", self.id.as_str().into()),
            ("serial", self.serial.into()),
            ("access", self.access_header.expose().into()),
            ("idToken", self.id_header.expose().into()),
            ("refresh", self.refresh_token.as_ref().map(RefreshToken::expose).into()),
            ("subject", self.subject.as_str().into()),
            ("user", Json::Raw(&self.user)),
            ("lifetime", self.lifetime.into()),
            ("age", age.into()),
        ]))
    }

    /// Tells this session from every other one of this browser.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What has to be in storage for a worker that comes after this one. No secret.
    #[must_use]
    pub fn session_hint(&self) -> String {
        [&self.id, ":", &decimal(self.serial)].concat()
    }

    /// Whether this is the same session with newer tokens.
    #[must_use]
    pub fn supersedes(&self, other: &Self) -> bool {
        self.id == other.id && self.serial > other.serial
    }

    /// The `Authorization` header's value for an API that wants `kind`.
    pub(crate) fn authorization(&self, kind: TokenKind) -> &Authorization {
        match kind {
            TokenKind::Access => &self.access_header,
            TokenKind::Id => &self.id_header,
        }
    }

    /// These tokens are the result of a renewal, which an API's refusal of the ones before had led to, or something else.
    pub(crate) fn count_refusal(&mut self, refused: bool) {
        self.refusals = if refused { self.refusals + 1 } else { 0 };
    }

    /// Whether an API's refusal of the access token justifies a renewal. An API that refuses the tokens it just caused to be
    /// issued would refuse the next ones as well.
    pub(crate) fn may_renew_refused(&self, now: Now) -> bool {
        let pause =
            FIRST_PAUSE.saturating_mul(1 << self.refusals.saturating_sub(1).min(16)).min(LONGEST_PAUSE);
        self.refusals == 0 || now.since(self.received) >= pause
    }

    /// Whether these tokens came from another worker, which may have begun to renew them.
    pub(crate) fn is_handed_over(&self) -> bool {
        self.handed_over
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

    /// Milliseconds the access token is still good for.
    pub(crate) fn remaining(&self, now: Now) -> u64 {
        self.lifetime.saturating_sub(self.age(now))
    }

    /// Whether a server may already refuse the access token.
    pub(crate) fn is_spent(&self, now: Now) -> bool {
        self.remaining(now) <= LEEWAY.min(self.lifetime / 10)
    }

    /// Whether nothing can be done with it any more.
    pub(crate) fn is_over(&self, now: Now) -> bool {
        self.refresh_token.is_none() && self.is_spent(now)
    }

    pub(crate) fn urgency(&self, now: Now) -> Urgency {
        urgency(self.lifetime, self.remaining(now), self.jitter)
    }

    /// When the access token ends, by the wall clock as it was when the token came: for people to read.
    pub(crate) fn expires_at(&self) -> u64 {
        self.received.wall.saturating_add(self.lifetime).saturating_sub(self.age_when_received)
    }

    /// From when on a request begins to renew the access token, by the same clock.
    pub(crate) fn renews_at(&self) -> u64 {
        self.expires_at().saturating_sub(renewal_margin(self.lifetime, self.jitter))
    }

    /// A number as random as the access token.
    pub(crate) fn jitter(&self) -> u8 {
        self.jitter
    }

    fn age(&self, now: Now) -> u64 {
        self.age_when_received.saturating_add(now.since(self.received))
    }
}

/// What a worker that died has left of its session: who it was, and how many renewals it had seen.
#[derive(Debug, Clone)]
pub(crate) struct Lost {
    pub(crate) id: String,
    serial: u64,
    /// Copies with no more renewals than this are worth nothing: the server has refused to renew one.
    refused: Option<u64>,
}

impl Lost {
    /// From a [`Session::session_hint`]. Script of the page can write any text there: one that no session could have left counts as
    /// none.
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

    /// Whether `session` is the one that was lost, and worth trying.
    pub(crate) fn is(&self, session: &Session) -> bool {
        self.id == session.id && self.refused.is_none_or(|refused| session.serial > refused)
    }

    /// The server refused to renew `session`.
    pub(crate) fn refuse(&mut self, session: &Session) {
        self.refused = Some(session.serial);
    }

    /// Whether `session`, which is the one that was lost, has missed one of its renewals.
    pub(crate) fn is_ahead_of(&self, session: &Session) -> bool {
        self.serial > session.serial
    }

    /// Whether `session` is another one of the same user.
    pub(crate) fn has_user_of(&self, session: &Session) -> bool {
        let user = |id: &str| id.split_once('.').map(|(_, user)| user.to_owned());
        user(&self.id) == user(&session.id)
    }
}

/// How long the tokens may be used: the ID token ends on its own, which matters only where an API wants it.
fn lifetime(of_access_token: u64, claims: Option<&Claims>, config: &Config) -> u64 {
    let wants_id_token = config.apis.iter().any(|api| api.token == TokenKind::Id);
    match claims.and_then(Claims::lifetime) {
        Some(seconds) if wants_id_token => of_access_token.min(seconds.saturating_mul(1_000)),
        _ => of_access_token,
    }
}

/// Not a hash, which would leave the token's last bytes on the stack.
fn jitter(access_header: &Authorization) -> u8 {
    access_header.expose().bytes().fold(0, |sum: u8, byte| sum.wrapping_mul(31).wrapping_add(byte))
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

    /// Ada's session of one hour, renewed so many times, always at the beginning.
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
    fn each_renewal_counts_one_and_begins_a_new_life() {
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
    fn what_is_left_never_goes_below_nothing() {
        let session = session("a", 0);
        for (now, remaining) in [(0, 3_600_000), (3_599_999, 1), (3_600_000, 0), (9_999_999_999, 0)] {
            assert_eq!(session.remaining(at(now)), remaining);
        }
        assert_eq!(session.urgency(at(9_999_999_999)), Urgency::Blocking);
    }

    #[test]
    fn an_age_of_any_size_is_borne() {
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
    fn each_api_gets_the_kind_of_token_it_wants() {
        for session in [session("a", 0), handed_over(&session("a", 0), at(0))] {
            assert_eq!(session.authorization(TokenKind::Access).expose(), "Bearer access.token.1");
            assert!(session.authorization(TokenKind::Id).expose().starts_with("Bearer eyJ"));
        }
    }

    #[test]
    fn a_marker_tells_the_session_its_user_and_its_renewals_and_no_secret() {
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
    fn what_is_no_marker_is_refused() {
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
    fn nothing_prints_a_token() {
        let printed = format!("{:?}", session("a", 1));
        for secret in ["access.token", "renewed", "refresh-1", "eyJ"] {
            assert!(!printed.contains(secret), "{printed}");
        }
    }
}
