//! New passwords for people who lost theirs, and the end of a pause.

use crate::mails::{MailKind, queue};
use crate::store::{people, pins, sessions, tokens};
use crate::users::{Users, finish};
use crate::{Ctx, ServiceError, ServiceResult, password_rules, receipts, roles};
use contract::people::UnlockUser;
use contract::users::ResetPassword;
use domain::Permission;
use serde_json::json;

impl Users<'_> {
    /// Gives a person a new password, lifts a pause after failures and ends their sessions. A PIN ends too: it was set by whoever knew the
    /// password before.
    ///
    /// # Errors
    /// [`ServiceError::Invalid`] for a password that is too easy to guess; [`ServiceError::Rule`] `users.self` for one's own.
    pub async fn reset_password(&self, ctx: &Ctx, command: ResetPassword) -> ServiceResult<()> {
        ctx.require(Permission::UsersWrite)?;
        if ctx.actor.user_id == Some(command.user_id) {
            // Who finds a browser open must not get a password of their own choice by it.
            return Err(ServiceError::rule(
                "users.self",
                "Your own password is changed on the page of your account, with the one before.",
            ));
        }
        let organization_id = ctx.organization_id();
        let person = people::find_by_id(
            &self.services.db().of(ctx.organization_id()),
            command.user_id,
        )
        .await?
        .filter(|u| u.organization_id == organization_id)
        .ok_or(ServiceError::NotFound("user"))?;
        let email = person.email;
        password_rules::check(&command.password, &email, &person.display_name).await?;
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
                let had_pin = pins::delete(&*tx, organization_id, row.id).await?;
                queue(
                    &*tx,
                    Some(organization_id),
                    MailKind::PasswordChanged,
                    Some(row.id),
                    &row.email,
                    ctx.now,
                )
                .await?;
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
                    Some(json!({ "sessions_ended": ended, "pin_ended": had_pin })),
                )
                .await?;
                tx.commit().await
            })
            .await?;
        self.services.throttle.forgive_account(&email);
        self.services.mails().wake();
        Ok(())
    }

    /// Lifts the pause of a person after failed sign-ins.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `users.write`.
    pub async fn unlock(&self, ctx: &Ctx, command: UnlockUser) -> ServiceResult<()> {
        ctx.require(Permission::UsersWrite)?;
        let organization_id = ctx.organization_id();
        let operation = "users.unlock";
        let email = self
            .services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(organization_id).await?;
                let row = people::get_locked(&*tx, organization_id, command.user_id).await?;
                let known =
                    receipts::find::<()>(&*tx, ctx, command.command_id, operation, &command);
                if known.await?.is_some() {
                    return Ok(row.email);
                }
                roles::require_reach(&*tx, ctx, row.id).await?;
                people::update_unlocked(&*tx, organization_id, row.id).await?;
                receipts::insert(&*tx, ctx, command.command_id, operation, &command, &()).await?;
                let before =
                    json!({ "failures": row.failed_sign_ins, "locked_until": row.locked_until });
                finish(&*tx, ctx, operation, row.id, Some(before), None).await?;
                tx.commit().await?;
                Ok(row.email)
            })
            .await?;
        self.services.throttle.forgive_account(&email);
        Ok(())
    }
}
