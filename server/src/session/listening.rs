//! Whether whoever keeps a stream open may still hear it. A stream outlives the request that opened it; it must not outlive the key, token or
//! session, nor the rights that it began with.

use super::{AuthSession, bearer};
use crate::state::AppState;
use http::HeaderMap;
use services::{Actor, Arrival, Ctx, ServiceError, ServiceResult};
use std::time::Duration;
use uuid::Uuid;

/// So often is looked.
const EVERY: Duration = Duration::from_secs(15);

/// With what a stream was opened.
enum Credential {
    Bearer(String),
    Session { token: String, user_id: Uuid },
}

/// Who listens, and as whom they began.
pub(crate) struct Listening {
    state: AppState,
    ctx: Ctx,
    credential: Option<Credential>,
}

impl Listening {
    /// Of a request under [`bearer::API`] that the gate let through.
    pub(crate) fn begin(
        state: &AppState,
        ctx: &Ctx,
        headers: &HeaderMap,
        session: &AuthSession,
    ) -> Self {
        let credential = match bearer::given(bearer::API, headers) {
            Some(text) => Some(Credential::Bearer(text.to_owned())),
            None => match (session.session.id(), ctx.actor.user_id) {
                (Some(id), Some(user_id)) => Some(Credential::Session {
                    token: id.to_string(),
                    user_id,
                }),
                _ => None,
            },
        };
        Self {
            state: state.clone(),
            ctx: ctx.clone(),
            credential,
        }
    }

    /// Comes back once whoever listens may no longer, or not as before. Who may is let in again, with the rights of then.
    pub(crate) async fn ended(self) {
        loop {
            tokio::time::sleep(EVERY).await;
            match self.is_as_before().await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => tracing::warn!(%error, "it cannot be seen who listens"),
            }
        }
    }

    async fn is_as_before(&self) -> ServiceResult<bool> {
        let before = &self.ctx.actor;
        let now = match self.actor().await {
            // Nobody of a suspended organization is told anything more.
            Err(ServiceError::Suspended) => None,
            found => found?,
        };
        Ok(now.is_some_and(|now| {
            now.organization_id == before.organization_id
                && now.permissions == before.permissions
                && now.stores == before.stores
        }))
    }

    async fn actor(&self) -> ServiceResult<Option<Actor>> {
        let now = (self.state.clock)();
        match &self.credential {
            Some(Credential::Bearer(text)) => {
                let arrival = Arrival {
                    now,
                    request_id: self.ctx.request_id.clone(),
                    source: self.ctx.source.clone(),
                };
                let found = bearer::recognise(&self.state, text, &arrival).await?;
                Ok(found.map(|(actor, _)| actor))
            }
            Some(Credential::Session { token, user_id }) => {
                let services = &self.state.services;
                if services.sessions().find(token, now).await?.is_none() {
                    return Ok(None);
                }
                let person = services.identity().find(*user_id).await?;
                let Some(person) = person.filter(|person| !person.must_enrol()) else {
                    return Ok(None);
                };
                match &self.ctx.actor.tablet {
                    // Who came in by PIN has what fits the device, for as long as there is one.
                    Some(tablet) => services.tablets().cut(&person, tablet.id).await,
                    None => Ok(Some(person.actor)),
                }
            }
            None => Ok(None),
        }
    }
}
