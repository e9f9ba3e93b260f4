//! From a cookie to the one who asks.
//!
//! One middleware over every route that is not public by nature turns the session into a [`Ctx`] in the request's
//! extensions; pages, server functions and REST handlers all read it from there. During server rendering a server
//! function runs in-process, so a layer on its own path would never see it.

mod access_tokens;
pub mod away;
pub mod bearer;
mod gate;
mod listening;
mod store;
pub mod tablet;

pub use access_tokens::AccessTokens;
pub use gate::{ENROL, gate, gate_unknown};
pub(crate) use listening::Listening;
pub use store::SessionRows;

use crate::state::AppState;
use axum_login::{AuthManagerLayer, AuthManagerLayerBuilder, AuthUser, AuthnBackend, UserId};
use domain::devices::{device_of, network_of};
use http::{HeaderMap, header};
use services::identity::{Half, Identity};
use services::sessions::marks;
use services::{Arrival, Ctx, ServiceError, Services};
use tower_sessions::cookie::SameSite;
use tower_sessions::cookie::time::Duration;
use tower_sessions::{Expiry, SessionManagerLayer};
use uuid::Uuid;

/// Name of the session cookie where it may travel in the clear.
pub const COOKIE: &str = "hornada_session";

/// Its name where it travels over TLS only. Browsers take a cookie of this prefix only from the host itself, over TLS and for
/// the whole site (RFC 6265bis, 4.1.3.2): no other host of the domain can plant one.
pub const HOST_COOKIE: &str = "__Host-hornada_session";

/// The name under which this server sets its session cookie.
#[must_use]
pub const fn cookie_name(secure: bool) -> &'static str {
    if secure { HOST_COOKIE } else { COOKIE }
}

/// Key under which a session remembers who stands before the second step. It names nobody to the session layer: whoever holds such a
/// session is a stranger everywhere else.
const HALF: &str = "half";

/// Key under which a session remembers by what the questions are known that it put to passkeys before anybody was in.
const PASSKEY: &str = "passkey";

/// A signed-in person, as the session layer knows them.
#[derive(Clone, Debug)]
pub struct Person(pub Identity);

impl AuthUser for Person {
    type Id = Uuid;

    fn id(&self) -> Uuid {
        self.0.user_id
    }

    fn session_auth_hash(&self) -> &[u8] {
        self.0.stamp()
    }
}

/// Finds people for the session layer.
#[derive(Clone, Debug)]
pub struct People(pub Services);

/// Sign-in does not run through the session layer: it needs the caller's address and the time.
#[derive(Clone, Debug)]
pub enum NoCredentials {}

impl AuthnBackend for People {
    type User = Person;
    type Credentials = NoCredentials;
    type Error = ServiceError;

    async fn authenticate(
        &self,
        credentials: NoCredentials,
    ) -> Result<Option<Person>, ServiceError> {
        match credentials {}
    }

    async fn get_user(&self, id: &UserId<Self>) -> Result<Option<Person>, ServiceError> {
        match self.0.identity().find(*id).await {
            // Their sessions have ended; one that was begun at the same moment is none.
            Err(ServiceError::Suspended) => Ok(None),
            found => Ok(found?.map(Person)),
        }
    }
}

/// Session of a request, with the person where one is signed in.
pub type AuthSession = axum_login::AuthSession<People>;

/// The layer that reads and writes the session cookie.
#[must_use]
pub fn layer(state: &AppState) -> AuthManagerLayer<People, SessionRows> {
    let idle = Duration::seconds(state.config.session.idle.num_seconds());
    let sessions = SessionManagerLayer::new(SessionRows::new(state))
        .with_name(cookie_name(state.config.secure_cookie))
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_secure(state.config.secure_cookie)
        .with_expiry(Expiry::OnInactivity(idle));
    AuthManagerLayerBuilder::new(People(state.services.clone()), sessions).build()
}

/// Signs a person in under a session id that nobody knew before. The session keeps in which browser and from which network, for the person to
/// know it again.
///
/// # Errors
/// When the session cannot be stored.
pub async fn begin(
    session: &mut AuthSession,
    identity: Identity,
    arrival: &Arrival,
    headers: &HeaderMap,
) -> anyhow::Result<()> {
    if session.session.id().is_some() {
        // Whatever session the browser came with, perhaps planted there, ends now.
        session.session.flush().await?;
    }
    session.login(&Person(identity)).await?;
    let agent = headers
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let kept = &session.session;
    kept.insert(marks::DEVICE, device_of(agent)).await?;
    kept.insert(marks::NETWORK, network_of(&arrival.source))
        .await?;
    kept.insert(marks::SEEN, seen(arrival)).await?;
    Ok(())
}

/// Remembers under a session id that nobody knew before who is to answer the second step.
///
/// # Errors
/// When the session cannot be stored.
pub async fn begin_half(session: &mut AuthSession, half: &Half) -> anyhow::Result<()> {
    if session.session.id().is_some() {
        session.session.flush().await?;
    }
    session.session.insert(HALF, half).await?;
    Ok(())
}

/// Who is to answer the second step.
///
/// # Errors
/// When the session cannot be read.
pub async fn half_of(session: &AuthSession) -> anyhow::Result<Option<Half>> {
    Ok(session.session.get(HALF).await?)
}

/// By what the session's questions to passkeys are known; made at the first.
///
/// # Errors
/// When the session cannot be read or stored.
pub async fn passkey_holder(session: &AuthSession) -> anyhow::Result<Uuid> {
    if let Some(known) = known_passkey_holder(session).await? {
        return Ok(known);
    }
    let holder = Uuid::new_v4();
    session.session.insert(PASSKEY, holder).await?;
    Ok(holder)
}

/// The same, where the session has put one.
///
/// # Errors
/// When the session cannot be read.
pub async fn known_passkey_holder(session: &AuthSession) -> anyhow::Result<Option<Uuid>> {
    Ok(session.session.get(PASSKEY).await?)
}

fn seen(arrival: &Arrival) -> i64 {
    arrival.now.timestamp() / marks::SEEN_SECONDS
}

/// The frame of a request, where somebody is signed in; prolongs the session now and then. A session by PIN is cut to what fits its
/// device, and ends there when nobody asked for a while.
async fn recognise(
    state: &AppState,
    session: &AuthSession,
    arrival: &Arrival,
) -> Result<Option<Ctx>, ServiceError> {
    let Some(person) = &session.user else {
        return Ok(None);
    };
    let actor = match tablet::cut(state, session, person, arrival).await? {
        tablet::Cut::Whole => person.0.actor.clone(),
        tablet::Cut::To(actor) => *actor,
        tablet::Cut::Over => return Ok(None),
    };
    // Changes only with the interval, and only a change is written.
    if let Err(error) = session.session.insert(marks::SEEN, seen(arrival)).await {
        tracing::warn!(%error, "the session could not be prolonged");
    }
    Ok(Some(arrival.by(actor)))
}
