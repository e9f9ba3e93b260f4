//! Sessions in our own database, behind the session layer's trait.

use crate::clock::Clock;
use crate::state::AppState;
use async_trait::async_trait;
use serde_json::Value;
use services::Services;
use services::sessions::SessionLifetime;
use std::collections::HashMap;
use std::fmt;
use tower_sessions::SessionStore;
use tower_sessions::cookie::time::OffsetDateTime;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};
use uuid::Uuid;

/// Rows of sessions. Lifetimes are ours: the end of a session follows from our clock, whatever the record says.
#[derive(Clone)]
pub struct SessionRows {
    services: Services,
    clock: Clock,
    lifetime: SessionLifetime,
}

impl fmt::Debug for SessionRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionRows").finish_non_exhaustive()
    }
}

impl SessionRows {
    pub(super) fn new(state: &AppState) -> Self {
        Self {
            services: state.services.clone(),
            clock: state.clock.clone(),
            lifetime: state.config.session,
        }
    }
}

/// The person, from what `axum-login` keeps in the session.
fn person_of(data: &HashMap<String, Value>) -> Option<Uuid> {
    data.get("axum-login.data")?
        .get("user_id")?
        .as_str()?
        .parse()
        .ok()
}

fn encode(data: &HashMap<String, Value>) -> Result<Value> {
    serde_json::to_value(data).map_err(|e| Error::Encode(e.to_string()))
}

fn backend(error: services::ServiceError) -> Error {
    Error::Backend(error.to_string())
}

#[async_trait]
impl SessionStore for SessionRows {
    async fn create(&self, record: &mut Record) -> Result<()> {
        // Always an id of our own making: none that came from a browser is ever taken over.
        record.id = Id::default();
        self.services
            .sessions()
            .insert(
                &record.id.to_string(),
                person_of(&record.data),
                encode(&record.data)?,
                (self.clock)(),
                self.lifetime,
            )
            .await
            .map_err(backend)?;
        Ok(())
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let kept = self
            .services
            .sessions()
            .update(
                &record.id.to_string(),
                person_of(&record.data),
                encode(&record.data)?,
                (self.clock)(),
                self.lifetime,
            )
            .await
            .map_err(backend)?;
        if !kept {
            tracing::debug!("a session ended while a request was under way");
        }
        Ok(())
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let Some(row) = self
            .services
            .sessions()
            .find(&id.to_string(), (self.clock)())
            .await
            .map_err(backend)?
        else {
            return Ok(None);
        };
        let data = serde_json::from_value(row.data).map_err(|e| Error::Decode(e.to_string()))?;
        let expiry_date = OffsetDateTime::from_unix_timestamp(row.expires_at.timestamp())
            .map_err(|e| Error::Decode(e.to_string()))?;
        Ok(Some(Record {
            id: *id,
            data,
            expiry_date,
        }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.services
            .sessions()
            .delete(&id.to_string())
            .await
            .map_err(backend)
    }
}
