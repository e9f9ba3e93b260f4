//! Suspending an organization and letting it work again, for the operator. Its data stays as it is.

use crate::audit::{self, Change};
use crate::organizations::Organizations;
use crate::store::{organizations as rows, sessions};
use crate::{Actor, Arrival, ServiceError, ServiceResult};
use chrono::SubsecRound;
use serde_json::json;
use uuid::Uuid;

const LONGEST_REASON: usize = 200;

impl Organizations<'_> {
    /// Lets nobody of an organization in from now on: sessions end at once, keys and tokens are refused, nights rest. Other processes of the
    /// installation refuse keys after two seconds at most. Says how many sessions ended; suspended again it keeps its first moment and
    /// takes the new reason.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`]; [`ServiceError::Invalid`] for a reason that is empty or too long.
    pub async fn suspend(&self, arrival: &Arrival, id: Uuid, reason: &str) -> ServiceResult<u64> {
        let reason = reason.trim();
        if reason.is_empty() || reason.chars().count() > LONGEST_REASON {
            return Err(ServiceError::field(
                "reason",
                "text.length",
                "A reason has 1 to 200 characters.",
            ));
        }
        let ctx = arrival.by(Actor::system(id, "operator"));
        let ended = self.services.db().retry(|| async {
            let tx = self.services.db().begin_for(id).await?;
            let before = rows::get_locked(&*tx, id).await?;
            let at = before
                .suspended_at
                .unwrap_or_else(|| ctx.now.trunc_subsecs(6));
            rows::update_suspension(&*tx, id, Some((at, reason.to_owned()))).await?;
            let ended = sessions::delete_of_organization(&*tx, id).await?;
            let change = Change {
                action: "organizations.suspend",
                subject_kind: "organization",
                subject_id: id,
                before: Some(json!({ "suspended_at": before.suspended_at, "suspended_for": before.suspended_for })),
                after: Some(json!({ "suspended_at": at, "suspended_for": reason, "sessions_ended": ended })),
            };
            audit::record(&*tx, &ctx, change).await?;
            tx.commit().await?;
            Ok(ended)
        });
        let ended = ended.await?;
        self.services.recognised.forget_organization(id);
        Ok(ended)
    }

    /// Lets an organization work again. Its people sign in anew; keys, and tokens that have not expired, work as before.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`]; [`ServiceError::Rule`] `organization.not_suspended`, `organization.erased` where its erasing has begun.
    pub async fn resume(&self, arrival: &Arrival, id: Uuid) -> ServiceResult<()> {
        let ctx = arrival.by(Actor::system(id, "operator"));
        let resumed = self.services.db().retry(|| async {
            let tx = self.services.db().begin_for(id).await?;
            let before = rows::get_locked(&*tx, id).await?;
            if before.erasing_since.is_some() {
                return Err(ServiceError::rule(
                    "organization.erased",
                    "It is being erased for good.",
                ));
            }
            if before.suspended_at.is_none() {
                return Err(ServiceError::rule(
                    "organization.not_suspended",
                    "It is not suspended.",
                ));
            }
            rows::update_suspension(&*tx, id, None).await?;
            let change = Change {
                action: "organizations.resume",
                subject_kind: "organization",
                subject_id: id,
                before: Some(json!({ "suspended_at": before.suspended_at, "suspended_for": before.suspended_for })),
                after: None,
            };
            audit::record(&*tx, &ctx, change).await?;
            tx.commit().await
        });
        resumed.await?;
        self.services.recognised.forget_organization(id);
        Ok(())
    }
}
