//! The second step of signing in.

use super::{Identity, IdentityService, stamp_of};
use crate::store::{organizations, people};
use crate::{Arrival, ServiceError, ServiceResult};
use chrono::{DateTime, Utc};
use domain::factors::HALF_LIFE;
use entity::user;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

/// Somebody who gave address and password and has not proved the second factor yet: nobody, until they do.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Half {
    pub(super) user_id: Uuid,
    pub(super) organization_id: Uuid,
    /// Of the password that was given, so that a new one ends the half too.
    stamp: Vec<u8>,
    since: DateTime<Utc>,
}

impl std::fmt::Debug for Half {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Half")
            .field("user_id", &self.user_id)
            .finish_non_exhaustive()
    }
}

impl Half {
    pub(super) fn of(row: &user::Model, now: DateTime<Utc>) -> Self {
        Self {
            user_id: row.id,
            organization_id: row.organization_id,
            stamp: stamp_of(row),
            since: now,
        }
    }

    fn is_over(&self, now: DateTime<Utc>) -> bool {
        now < self.since || now - self.since >= HALF_LIFE
    }
}

impl IdentityService<'_> {
    /// Checks a code of the authenticator app, or a recovery code, and lets the person in.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] where the half has ended, or account or password changed meanwhile: then address and password are
    /// asked again; [`ServiceError::Suspended`]. [`ServiceError::Unauthenticated`] for a wrong or a spent code, [`ServiceError::TooManyRequests`] during a pause.
    pub async fn second_step(
        &self,
        arrival: &Arrival,
        half: &Half,
        answer: &str,
    ) -> ServiceResult<Identity> {
        let row = self.behind(arrival, half).await?;
        let organization_id = half.organization_id;
        let proof = self
            .services
            .factors()
            .prove(arrival, organization_id, row.id, answer)
            .await?
            .ok_or(ServiceError::Unauthenticated)?;
        let identity = self.identify(&row).await?;
        let told = json!({ "factor": proof.as_str() });
        self.enter(arrival, &identity, Some(told)).await?;
        Ok(identity)
    }

    /// The person who gave address and password.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] where the half has ended, or account or password changed meanwhile; [`ServiceError::Suspended`].
    pub(super) async fn behind(
        &self,
        arrival: &Arrival,
        half: &Half,
    ) -> ServiceResult<user::Model> {
        let ended = || ServiceError::NotFound("sign-in");
        if half.is_over(arrival.now) {
            return Err(ended());
        }
        let organization_id = half.organization_id;
        let db = self.services.db();
        let row = people::find_by_id(&*db.of(organization_id), half.user_id)
            .await?
            .filter(|row| row.organization_id == organization_id && row.active)
            .filter(|row| stamp_of(row) == half.stamp)
            .ok_or_else(ended)?;
        if organizations::is_shut(&db.of(organization_id), organization_id).await? {
            return Err(ServiceError::Suspended);
        }
        Ok(row)
    }
}
