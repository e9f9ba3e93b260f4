//! Coming in by a passkey: as a whole, or as the second step.

use super::{Half, Identity, IdentityService, password_closed};
use crate::passkeys::{Proven, Purpose, Waiting};
use crate::store::{people, single_sign_on};
use crate::{Arrival, ServiceError, ServiceResult};
use contract::passkeys::PasskeyQuestion;
use serde_json::json;
use uuid::Uuid;

fn second(half: &Half, holder: Uuid) -> Waiting {
    Waiting {
        holder,
        purpose: Purpose::SecondStep,
        whose: Some((half.organization_id, half.user_id)),
    }
}

impl IdentityService<'_> {
    /// The question to a passkey: to any, or where address and password were given to those of that person. `holder` is what the session
    /// is known by, and in no other session the answer counts.
    ///
    /// # Errors
    /// [`ServiceError::Rule`] `passkey.off`, and `passkey.none` for whoever knows the password of somebody who has none;
    /// [`ServiceError::NotFound`] and [`ServiceError::Suspended`] as [`IdentityService::second_step`].
    pub async fn ask_passkey(
        &self,
        arrival: &Arrival,
        half: Option<&Half>,
        holder: Uuid,
    ) -> ServiceResult<PasskeyQuestion> {
        let keys = self.services.passkeys();
        let Some(half) = half else {
            return keys.ask_anybody(arrival, holder).await;
        };
        let row = self.behind(arrival, half).await?;
        let waiting = second(half, holder);
        keys.ask_person(arrival, waiting, half.organization_id, row.id)
            .await
    }

    /// Checks what a passkey answered, and lets its person in. A key that made sure who holds it is more than password and code together, so
    /// nothing else is asked.
    ///
    /// # Errors
    /// [`ServiceError::Unauthenticated`] for an unknown key, a wrong answer and a closed account alike; [`ServiceError::Rule`]
    /// `passkey.over` where no question waits in this session, or it waited too long; [`ServiceError::Suspended`] for who proved who they
    /// are, or [`ServiceError::Rule`] [`super::PASSWORD_CLOSED`] where they are to come in through a provider; [`ServiceError::NotFound`] as
    /// [`IdentityService::second_step`].
    pub async fn enter_by_passkey(
        &self,
        arrival: &Arrival,
        half: Option<&Half>,
        holder: Uuid,
        answer: &str,
    ) -> ServiceResult<Identity> {
        let keys = self.services.passkeys();
        let proven = match half {
            Some(half) => {
                let row = self.behind(arrival, half).await?;
                let waiting = second(half, holder);
                keys.prove_person(arrival, waiting, half.organization_id, row.id, answer)
                    .await?
            }
            None => keys.prove_anybody(arrival, holder, answer).await?,
        };
        let Proven {
            passkey_id,
            organization_id,
            user_id,
        } = proven.ok_or(ServiceError::Unauthenticated)?;
        let row = people::find_by_id(&*self.services.db().of(organization_id), user_id)
            .await?
            .filter(|row| row.organization_id == organization_id && row.active)
            .ok_or(ServiceError::Unauthenticated)?;
        let identity = self.identify(&row).await?;
        if half.is_none() {
            // A key of one's own would be a way around the provider, as a password is; after the provider's word it is a second step.
            let db = self.services.db().of(organization_id);
            if single_sign_on::forbids_password(&*db, organization_id, user_id).await? {
                return Err(password_closed());
            }
        }
        let told = json!({ "factor": "passkey", "passkey_id": passkey_id });
        self.enter(arrival, &identity, Some(told)).await?;
        Ok(identity)
    }
}
