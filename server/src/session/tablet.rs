//! Devices that the people of a store share: their own cookie, and sessions by PIN.

use super::{AuthSession, Person};
use crate::state::AppState;
use axum::extract::Request;
use chrono::TimeDelta;
use http::{HeaderMap, HeaderValue, header};
use serde::{Deserialize, Serialize};
use services::sessions::marks;
use services::tablets::KnownTablet;
use services::{Actor, Arrival, ServiceError, ServiceResult};
use uuid::Uuid;

/// Name of a device's cookie where it may travel in the clear.
const COOKIE: &str = "hornada_tablet";

/// Its name where it travels over TLS only, as that of the session.
const HOST_COOKIE: &str = "__Host-hornada_tablet";

/// As long as browsers keep a cookie at most (RFC 6265bis, 5.5): 400 days.
const LIFE_SECONDS: u32 = 34_560_000;

/// The page on which people take a device over.
pub const PAGE: &str = "/tablet";

/// The function that says who can.
const PICKER: &str = "/api/read_tablet";

/// Key under which a session remembers its device.
const KEY: &str = marks::TABLET;

/// That somebody asked is written down so often at most, in seconds.
const NOTED_EVERY: i64 = 30;

/// What a session by PIN remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Held {
    tablet_id: Uuid,
    /// When somebody last asked, in seconds.
    seen: i64,
}

/// What is left of a person in a session.
pub(super) enum Cut {
    /// Everything: it is no session by PIN.
    Whole,
    To(Box<Actor>),
    /// Nothing: it has ended.
    Over,
}

/// What the device's cookie holds.
fn token(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE || *name == HOST_COOKIE)
        .map(|(_, token)| token)
}

/// Whether a browser says that it is a shared device: strangers are led to its page, which finds out.
pub(super) fn is_one(headers: &HeaderMap) -> bool {
    token(headers).is_some()
}

/// The device from which a request comes, if it is registered.
///
/// # Errors
/// The database's.
pub async fn known(state: &AppState, headers: &HeaderMap) -> ServiceResult<Option<KnownTablet>> {
    match token(headers) {
        Some(token) => state.services.tablets().recognise(token).await,
        None => Ok(None),
    }
}

/// The cookie that makes a browser this device.
#[must_use]
pub fn cookie(secure: bool, token: &str) -> Option<HeaderValue> {
    let (name, ending) = if secure {
        (HOST_COOKIE, "; Secure")
    } else {
        (COOKIE, "")
    };
    let text =
        format!("{name}={token}; Path=/; Max-Age={LIFE_SECONDS}; HttpOnly; SameSite=Lax{ending}");
    HeaderValue::from_str(&text).ok()
}

/// Whether a request is about the device itself.
pub(super) fn is_asked(request: &Request) -> bool {
    matches!(request.uri().path(), PAGE | PICKER)
}

/// Whether a stranger on a registered device may ask this: who can take it over.
pub(super) fn may_pass(request: &Request) -> bool {
    request.uri().path() == PICKER && request.extensions().get::<KnownTablet>().is_some()
}

/// Binds a session that has just begun to a device.
///
/// # Errors
/// When the session cannot be stored.
pub async fn bind(session: &AuthSession, tablet_id: Uuid, arrival: &Arrival) -> anyhow::Result<()> {
    let held = Held {
        tablet_id,
        seen: arrival.now.timestamp(),
    };
    session.session.insert(KEY, held).await?;
    Ok(())
}

fn unreadable(error: &tower_sessions::session::Error) -> ServiceError {
    ServiceError::Internal(format!("the session cannot be read: {error}"))
}

/// What is left of a person in this session.
pub(super) async fn cut(
    state: &AppState,
    session: &AuthSession,
    person: &Person,
    arrival: &Arrival,
) -> ServiceResult<Cut> {
    let held: Option<Held> = session
        .session
        .get(KEY)
        .await
        .map_err(|error| unreadable(&error))?;
    let Some(held) = held else {
        return Ok(Cut::Whole);
    };
    let tablets = state.services.tablets();
    let actor = tablets.cut(&person.0, held.tablet_id).await?;
    let now = arrival.now.timestamp();
    let living = actor.filter(|actor| {
        let minutes = actor
            .tablet
            .as_ref()
            .map_or(0, |t| i64::from(t.idle_minutes));
        now - held.seen < TimeDelta::minutes(minutes).num_seconds()
    });
    let Some(actor) = living else {
        if let Err(error) = session.session.flush().await {
            tracing::warn!(%error, "a session by PIN could not be ended");
        }
        return Ok(Cut::Over);
    };
    if now - held.seen >= NOTED_EVERY {
        let noted = Held { seen: now, ..held };
        if let Err(error) = session.session.insert(KEY, noted).await {
            tracing::warn!(%error, "the session could not be prolonged");
        }
    }
    Ok(Cut::To(Box::new(actor)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_that_is_set_is_the_one_that_is_read() {
        for secure in [false, true] {
            let set = cookie(secure, "abc").unwrap();
            let set = set.to_str().unwrap();
            assert!(
                set.contains("HttpOnly") && set.contains("SameSite=Lax"),
                "{set}"
            );
            assert_eq!(set.contains("Secure"), secure);
            let sent = format!("other=1; {}", set.split(';').next().unwrap());
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, sent.parse().unwrap());
            assert_eq!(token(&headers), Some("abc"));
        }
        assert_eq!(token(&HeaderMap::new()), None);
    }
}
