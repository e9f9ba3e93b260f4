//! Server-side sessions. The browser holds a random token; the database holds only its digest.

use crate::store::sessions;
use crate::{ServiceResult, Services};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// How long a session lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionLifetime {
    /// Without a request it ends after this.
    pub idle: TimeDelta,
    /// It ends after this in any case.
    pub absolute: TimeDelta,
}

/// What is kept for one browser.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredSession {
    /// The person, for ending all sessions of one.
    pub user_id: Option<Uuid>,
    pub data: Value,
    pub expires_at: DateTime<Utc>,
}

/// Use cases of sessions; see [`Services::sessions`].
#[derive(Clone, Debug)]
pub struct Sessions<'a> {
    services: &'a Services,
}

impl Services {
    /// Server-side sessions.
    #[must_use]
    pub fn sessions(&self) -> Sessions<'_> {
        Sessions { services: self }
    }
}

/// The form in which a token is stored: whoever reads the database can take over no session.
fn digest(token: &str) -> String {
    Sha256::digest(token.as_bytes())
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect()
}

/// The name under which a person sees a session and ends it: half of the digest under which it is kept, so that it tells nobody the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionName(pub Uuid);

impl SessionName {
    /// Of the session under a token.
    #[must_use]
    pub fn of(token: &str) -> Self {
        Self::of_digest(&digest(token))
    }

    pub(crate) fn of_digest(digest: &str) -> Self {
        let half = digest.get(..32).unwrap_or_default();
        Self(half.parse().unwrap_or_default())
    }
}

/// What a session says of itself, beside what the session layer keeps in it.
pub mod marks {
    /// Browser and system, as a text.
    pub const DEVICE: &str = "device";
    /// The network from which the person signed in, as a text.
    pub const NETWORK: &str = "network";
    /// The shared device on which it was begun by PIN; nothing in a session that a password began.
    pub const TABLET: &str = "tablet";
    /// When it was last prolonged, in units of [`SEEN_SECONDS`] since the epoch.
    pub const SEEN: &str = "seen";
    /// A session is prolonged at most so often, so that reading pages does not write.
    pub const SEEN_SECONDS: i64 = 300;
}

impl Sessions<'_> {
    /// Keeps a new session under a token that was never used before.
    ///
    /// # Errors
    /// The database's, also when the token is taken.
    pub async fn insert(
        &self,
        token: &str,
        user_id: Option<Uuid>,
        data: Value,
        now: DateTime<Utc>,
        lifetime: SessionLifetime,
    ) -> ServiceResult<DateTime<Utc>> {
        let expires_at = now + lifetime.idle.min(lifetime.absolute);
        let tx = self.services.db().begin_past_the_wall().await?;
        sessions::insert(&*tx, &digest(token), user_id, data, now, expires_at).await?;
        tx.commit().await?;
        Ok(expires_at)
    }

    /// Keeps what changed in a session and lets it live on, but never past its absolute end. False when it is gone:
    /// an ended session is never revived.
    ///
    /// # Errors
    /// The database's.
    pub async fn update(
        &self,
        token: &str,
        user_id: Option<Uuid>,
        data: Value,
        now: DateTime<Utc>,
        lifetime: SessionLifetime,
    ) -> ServiceResult<bool> {
        let id = digest(token);
        let tx = self.services.db().begin_past_the_wall().await?;
        let Some(row) = sessions::find(&*tx, &id)
            .await?
            .filter(|row| row.expires_at > now)
        else {
            return Ok(false);
        };
        let expires_at = (now + lifetime.idle).min(row.created_at + lifetime.absolute);
        sessions::update(&*tx, &id, user_id, data, expires_at).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// The session under a token, unless it has ended.
    ///
    /// # Errors
    /// The database's.
    pub async fn find(
        &self,
        token: &str,
        now: DateTime<Utc>,
    ) -> ServiceResult<Option<StoredSession>> {
        let row = sessions::find(self.services.db().past_the_wall(), &digest(token)).await?;
        Ok(row
            .filter(|row| row.expires_at > now)
            .map(|row| StoredSession {
                user_id: row.user_id,
                data: row.data,
                expires_at: row.expires_at,
            }))
    }

    /// Ends the session under a token, if there is one.
    ///
    /// # Errors
    /// The database's.
    pub async fn delete(&self, token: &str) -> ServiceResult<()> {
        let tx = self.services.db().begin_past_the_wall().await?;
        sessions::delete(&*tx, &digest(token)).await?;
        tx.commit().await
    }

    /// Removes sessions that have ended; returns how many.
    ///
    /// # Errors
    /// The database's.
    pub async fn delete_expired(&self, now: DateTime<Utc>) -> ServiceResult<u64> {
        let tx = self.services.db().begin_past_the_wall().await?;
        let deleted = sessions::delete_expired(&*tx, now).await?;
        tx.commit().await?;
        Ok(deleted)
    }
}
