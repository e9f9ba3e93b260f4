//! From an `Authorization: Bearer` header to the one who asks.
//!
//! Browsers attach no such header by themselves: what comes with one was meant by whoever sent it. It counts under [`API`] only, never on
//! pages or server functions, and a request that has one is judged by it alone, whatever cookie came along.

use crate::state::AppState;
use http::{HeaderMap, header};
use services::tokens::Subject;
use services::{Actor, Arrival, ServiceResult};

/// Where programs call.
pub const API: &str = "/api/v1/";

/// What is asked for a token, which is public: it takes no cookie and sets none.
const DOOR: &str = "/api/v1/auth/";

/// Who called with a bearer credential; in the extensions of a request that has one.
#[derive(Clone, Debug)]
pub struct Program {
    /// Whose key or token it is.
    pub subject: Subject,
    /// Requests a minute, where a key has a number of its own.
    pub rate_per_minute: Option<u32>,
}

/// The credential of a request; `Some` also where it is empty.
fn credential(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, rest) = value.split_once(' ').unwrap_or((value, ""));
    scheme.eq_ignore_ascii_case("bearer").then(|| rest.trim())
}

/// The credential by which a request is to be judged.
#[must_use]
pub fn given<'a>(path: &str, headers: &'a HeaderMap) -> Option<&'a str> {
    path.starts_with(API).then(|| credential(headers)).flatten()
}

/// Whether a request relies on nothing that a browser adds by itself, so that no other site can make it in somebody's name.
#[must_use]
pub fn is_deliberate(path: &str, headers: &HeaderMap) -> bool {
    path.starts_with(DOOR) || given(path, headers).is_some()
}

/// Who brought a credential; `None` where it is unknown or has ended.
pub(super) async fn recognise(
    state: &AppState,
    text: &str,
    arrival: &Arrival,
) -> ServiceResult<Option<(Actor, Program)>> {
    if text.starts_with("hornada_") {
        let found = state
            .services
            .api_keys()
            .recognise(text, arrival.now)
            .await?;
        return Ok(found.map(|key| {
            let program = Program {
                subject: Subject::Key(key.key_id),
                rate_per_minute: key.rate_per_minute,
            };
            (key.actor, program)
        }));
    }
    let Some(claimed) = state.tokens.read(text, arrival.now).await? else {
        return Ok(None);
    };
    let found = state.services.tokens().bearer(claimed, arrival.now).await?;
    Ok(found.map(|bearer| {
        let program = Program {
            subject: claimed.subject,
            rate_per_minute: bearer.rate_per_minute,
        };
        (bearer.actor, program)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, value.parse().unwrap());
        headers
    }

    #[test]
    fn a_credential_counts_for_the_interface_and_nowhere_else() {
        let key = headers("bearer  hornada_x ");
        assert_eq!(given("/api/v1/sales", &key), Some("hornada_x"));
        for elsewhere in ["/stock", "/api/list_users", "/api/v1", "/api/v10/sales"] {
            assert_eq!(given(elsewhere, &key), None, "{elsewhere}");
            assert!(!is_deliberate(elsewhere, &key), "{elsewhere}");
        }
        assert_eq!(given("/api/v1/sales", &headers("Bearer")), Some(""));
        assert_eq!(given("/api/v1/sales", &headers("Basic YTpi")), None);
        assert!(is_deliberate("/api/v1/auth/token", &HeaderMap::new()));
        assert!(!is_deliberate("/api/v1/sales", &HeaderMap::new()));
    }
}
