//! New passwords for people who lost theirs.

use crate::store::{people, sessions, tokens};
use crate::users::{Users, check_new_password, finish};
use crate::{Ctx, ServiceError, ServiceResult, receipts, roles};
use contract::users::ResetPassword;
use domain::Permission;
use serde_json::json;

impl Users<'_> {
    /// Gives a person a new password, lifts a pause after failures and ends their sessions.
    ///
    /// # Errors
    /// [`ServiceError::Invalid`] for a password that is too easy to guess.
    pub async fn reset_password(&self, ctx: &Ctx, command: ResetPassword) -> ServiceResult<()> {
        ctx.require(Permission::UsersWrite)?;
        let organization_id = ctx.organization_id();
        let email = people::find_by_id(
            &self.services.db().of(ctx.organization_id()),
            command.user_id,
        )
        .await?
        .filter(|u| u.organization_id == organization_id)
        .ok_or(ServiceError::NotFound("user"))?
        .email;
        check_new_password(&command.password, &email)?;
        let hash = self.services.passwords.hash(&command.password).await?;
        let asked = ResetPassword {
            password: String::new(),
            ..command.clone()
        };
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(ctx.organization_id()).await?;
                if receipts::find::<()>(
                    &*tx,
                    ctx,
                    command.command_id,
                    "users.reset_password",
                    &asked,
                )
                .await?
                .is_some()
                {
                    return Ok(());
                }
                let row = people::get_locked(&*tx, organization_id, command.user_id).await?;
                roles::require_reach(&*tx, ctx, row.id).await?;
                people::update_password(&*tx, organization_id, row.id, &hash).await?;
                tokens::update_of_user_revoked(&*tx, organization_id, row.id, ctx.now).await?;
                let ended = sessions::delete_of_user(&*tx, organization_id, row.id).await?;
                receipts::insert(
                    &*tx,
                    ctx,
                    command.command_id,
                    "users.reset_password",
                    &asked,
                    &(),
                )
                .await?;
                finish(
                    &*tx,
                    ctx,
                    "users.reset_password",
                    row.id,
                    None,
                    Some(json!({ "sessions_ended": ended })),
                )
                .await?;
                tx.commit().await
            })
            .await?;
        self.services.throttle.forgive_account(&email);
        Ok(())
    }
}
