//! The device copy: what outlives the browser if the configuration has `remember: "device"`.
//!
//! It has the refresh token and no other token. The edge seals it for storage.

use super::{Session, jitter};
use crate::config::Config;
use crate::json::{self, Json};
use crate::secret::SessionCopy;
use crate::time::Now;

/// By how much the wall clock may have been set back since a copy was written, in milliseconds: clocks are
/// corrected by a little. If it was set back further, the age of the session is unknown.
const CLOCK_TOLERANCE: u64 = 5 * 60 * 1_000;

impl Session {
    /// Whether the device may keep this session: its time is not over, and it can be renewed.
    pub(crate) fn is_remembered(&self, config: &Config, now: Now) -> bool {
        self.refresh_token.is_some() && is_in_time(self.began, config, now)
    }

    /// The device copy.
    pub(crate) fn device_copy(&self, config: &Config, now: Now) -> SessionCopy {
        let session = self.copy_with("", "", 0, 0);
        SessionCopy::new(json::object(&[
            ("grant", grant(config).as_str().into()),
            ("written", now.wall.into()),
            ("session", Json::Raw(session.expose())),
        ]))
    }

    /// Parses the bytes of a device copy. The session has no access token and must be renewed before its first
    /// use.
    pub(crate) fn from_device_copy(bytes: &[u8], config: &Config, now: Now) -> Option<Self> {
        let value = json::parse(bytes)?;
        let session = value.get("session")?;
        let is_good = value.get("grant")?.as_str()? == grant(config)
            && is_past(value.get("written")?.as_u64()?, now)
            && is_in_time(session.get("began")?.as_u64()?, config, now);
        let mut session = if is_good { Self::from_json(session, now)? } else { return None };
        session.jitter = jitter(session.refresh_token.as_ref()?.expose());
        session.lifetime = 0;
        session.handed_over = false;
        Some(session)
    }
}

/// Whether the configuration remembers a session that began at `began` and that is neither over nor from the future.
fn is_in_time(began: u64, config: &Config, now: Now) -> bool {
    is_past(began, now) && config.remember_for.is_some_and(|length| now.wall < began.saturating_add(length))
}

fn is_past(moment: u64, now: Now) -> bool {
    moment <= now.wall.saturating_add(CLOCK_TOLERANCE)
}

/// What the refresh token was issued for. If the configuration names another authorization server or client since,
/// the refresh token must not be sent there. With other scopes, its access tokens would be the wrong ones.
fn grant(config: &Config) -> String {
    let mut parts = vec![config.provider.token_endpoint.as_str(), &config.provider.client_id];
    parts.extend(config.scopes.iter().map(String::as_str));
    parts.join(" ")
}
