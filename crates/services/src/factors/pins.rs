//! PINs for the shared tablets of stores.

use super::{Factors, write_down};
use crate::sessions::marks;
use crate::store::{pins as rows, sessions};
use crate::{Ctx, ServiceError, ServiceResult};
use chrono::SubsecRound;
use contract::factors::SetPin;
use domain::factors::check_pin;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

/// Ends what the person began with a PIN: it counts no more.
async fn end_sessions(db: &impl ConnectionTrait, ctx: &Ctx, user_id: Uuid) -> ServiceResult<()> {
    let open = sessions::list_of_user(db, ctx.organization_id(), user_id, ctx.now).await?;
    for session in open {
        if session.data.get(marks::TABLET).is_some() {
            sessions::delete(db, &session.id).await?;
        }
    }
    Ok(())
}

impl Factors<'_> {
    /// What is hashed of a PIN: without the key of the installation nobody can try the few that there are.
    pub(crate) fn keyed_pin(&self, user_id: Uuid, pin: &str) -> ServiceResult<String> {
        self.services.vault.keyed("pin", user_id, pin)
    }

    /// Gives the person who asks a PIN, in the place of the one before, with which no session goes on.
    ///
    /// # Errors
    /// [`ServiceError::Invalid`] on `pin` or `password`; as [`Ctx::require_own_account`].
    pub async fn set_pin(&self, ctx: &Ctx, command: SetPin) -> ServiceResult<()> {
        let user_id = ctx.require_own_account()?;
        let organization_id = ctx.organization_id();
        let pin = command.pin.trim();
        check_pin(pin)
            .map_err(|weak| ServiceError::field("pin", weak.reason(), weak.to_string()))?;
        let identity = self.services.identity();
        if !identity.confirm_password(ctx, &command.password).await? {
            return Err(ServiceError::field(
                "password",
                "password.wrong",
                "This is not your password.",
            ));
        }
        let keyed = self.keyed_pin(user_id, pin)?;
        let hash = self.services.passwords.hash(&keyed).await?;
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(organization_id).await?;
                let now = ctx.now.trunc_subsecs(6);
                rows::replace(&*tx, organization_id, user_id, &hash, now).await?;
                end_sessions(&*tx, ctx, user_id).await?;
                write_down(&*tx, ctx, "pin.set", user_id, None).await?;
                tx.commit().await
            })
            .await
    }

    /// Goes on without a PIN.
    ///
    /// # Errors
    /// As [`Ctx::require_own_account`].
    pub async fn remove_pin(&self, ctx: &Ctx) -> ServiceResult<()> {
        let user_id = ctx.require_own_account()?;
        let organization_id = ctx.organization_id();
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(organization_id).await?;
                if rows::delete(&*tx, organization_id, user_id).await? {
                    end_sessions(&*tx, ctx, user_id).await?;
                    write_down(&*tx, ctx, "pin.remove", user_id, None).await?;
                }
                tx.commit().await
            })
            .await
    }
}
