//! Coming in without a password, on the word of a provider that the person's organization trusts.

use super::{Half, IdentityService, SignedIn};
use crate::store::{factors, organizations, people};
use crate::{Arrival, ServiceError, ServiceResult};
use serde_json::Value;
use uuid::Uuid;

impl IdentityService<'_> {
    /// Lets in who was proved to be this person; to the second step first, where they have a factor and `factor_proved` does not say that
    /// it was asked for already. `proof` goes into the log.
    ///
    /// # Errors
    /// [`ServiceError::Suspended`]; [`ServiceError::Unauthenticated`] for a closed account.
    pub(crate) async fn admit(
        &self,
        arrival: &Arrival,
        organization_id: Uuid,
        user_id: Uuid,
        factor_proved: bool,
        proof: Value,
    ) -> ServiceResult<SignedIn> {
        let db = self.services.db().read_for(organization_id).await?;
        let row = people::find_by_id(&db, user_id)
            .await?
            .filter(|row| row.organization_id == organization_id && row.active)
            .ok_or(ServiceError::Unauthenticated)?;
        if organizations::is_shut(&db, organization_id).await? {
            return Err(ServiceError::Suspended);
        }
        let has_factor = factors::is_asked(&db, organization_id, user_id).await?;
        drop(db);
        if has_factor && !factor_proved {
            return Ok(SignedIn::Half(Half::of(&row, arrival.now)));
        }
        let identity = self.identify(&row).await?;
        self.enter(arrival, &identity, Some(proof)).await?;
        Ok(SignedIn::Done(Box::new(identity)))
    }
}
