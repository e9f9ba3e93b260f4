//! A person's own account: name and language, password, and where they are signed in.
//!
//! Everybody may do this with their own account and nobody with another's; who asks without being a person (a key, the system) has none, and
//! whoever came in by PIN may look only.

use crate::audit::{self, Change};
use crate::identity::Identity;
use crate::mails::{MailKind, queue};
use crate::sessions::{SessionName, marks};
use crate::store::{people, sessions, tokens};
use crate::users::{check_name, finish};
use crate::{Ctx, ServiceError, ServiceResult, Services, password_rules};
use chrono::{DateTime, Utc};
use contract::people::{AccountView, SessionView};
use domain::Language;
use entity::session;
use serde_json::{Value, json};
use std::cmp::Reverse;
use uuid::Uuid;

/// Use cases of one's own account; see [`Services::account`].
#[derive(Clone, Debug)]
pub struct Account<'a> {
    services: &'a Services,
}

impl Services {
    /// The account of whoever asks.
    #[must_use]
    pub fn account(&self) -> Account<'_> {
        Account { services: self }
    }
}

/// The person who asks.
fn oneself(ctx: &Ctx) -> ServiceResult<Uuid> {
    ctx.actor.user_id.ok_or(ServiceError::Unauthenticated)
}

fn wrong_password() -> ServiceError {
    ServiceError::field(
        "current_password",
        "password.wrong",
        "This is not your password.",
    )
}

fn view(row: &session::Model, current: Option<SessionName>) -> SessionView {
    let text = |mark: &str| {
        let value = row.data.get(mark).and_then(Value::as_str);
        value.unwrap_or_default().to_owned()
    };
    let seen_at = row
        .data
        .get(marks::SEEN)
        .and_then(Value::as_i64)
        .and_then(|units| DateTime::<Utc>::from_timestamp(units * marks::SEEN_SECONDS, 0))
        .map_or(row.created_at, |at| at.max(row.created_at));
    let name = SessionName::of_digest(&row.id);
    SessionView {
        id: name.0,
        device: text(marks::DEVICE),
        network: text(marks::NETWORK),
        signed_in_at: row.created_at,
        seen_at,
        expires_at: row.expires_at,
        current: current == Some(name),
    }
}

impl Account<'_> {
    /// The account, and where the person is signed in.
    ///
    /// # Errors
    /// [`ServiceError::Unauthenticated`] where no person asks.
    pub async fn view(
        &self,
        ctx: &Ctx,
        current: Option<SessionName>,
    ) -> ServiceResult<AccountView> {
        let me = oneself(ctx)?;
        let identity = self.services.identity().find(me).await?;
        let identity = identity.ok_or(ServiceError::Unauthenticated)?;
        let db = self.services.db().of(ctx.organization_id());
        let row = people::find_by_id(&*db, me).await?;
        Ok(AccountView {
            display_name: identity.actor.display_name,
            email: identity.email,
            language: identity.actor.language,
            roles: identity.roles,
            last_sign_in_at: row.and_then(|row| row.last_sign_in_at),
            sessions: self.sessions(ctx, current).await?,
        })
    }

    /// Browsers in which the person is signed in: the one that asks, then those that were seen last.
    ///
    /// # Errors
    /// [`ServiceError::Unauthenticated`] where no person asks.
    pub async fn sessions(
        &self,
        ctx: &Ctx,
        current: Option<SessionName>,
    ) -> ServiceResult<Vec<SessionView>> {
        let me = oneself(ctx)?;
        let organization_id = ctx.organization_id();
        let db = self.services.db().of(organization_id);
        let rows = sessions::list_of_user(&*db, organization_id, me, ctx.now).await?;
        let mut views: Vec<SessionView> = rows.iter().map(|row| view(row, current)).collect();
        views.sort_by_key(|session| (!session.current, Reverse(session.seen_at), session.id));
        Ok(views)
    }

    /// Changes name and language.
    ///
    /// # Errors
    /// [`ServiceError::Invalid`] for the name; [`ServiceError::Forbidden`] on a shared device.
    pub async fn change_profile(
        &self,
        ctx: &Ctx,
        display_name: &str,
        language: Option<Language>,
    ) -> ServiceResult<()> {
        let me = ctx.require_own_account()?;
        let display_name = check_name(display_name)?;
        let organization_id = ctx.organization_id();
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(organization_id).await?;
                let row = people::get_locked(&*tx, organization_id, me).await?;
                people::update_profile(&*tx, organization_id, me, &display_name, language).await?;
                let before = json!({ "display_name": row.display_name, "language": row.language });
                let after = json!({ "display_name": display_name, "language": language });
                let action = "account.change";
                finish(&*tx, ctx, action, me, Some(before), Some(after)).await?;
                tx.commit().await
            })
            .await
    }

    /// Changes the password of whoever knows the one before; ends everything that is signed in, this session too: whoever asked begins a new
    /// one. Wrong guesses are counted and paused as at the door, so that an open browser does not help to find the password.
    ///
    /// # Errors
    /// [`ServiceError::Invalid`] for `current_password` or `password`; [`ServiceError::TooManyRequests`]; [`ServiceError::Forbidden`] on
    /// a shared device.
    pub async fn change_password(
        &self,
        ctx: &Ctx,
        current: &str,
        password: &str,
    ) -> ServiceResult<Identity> {
        // What follows is a session with all rights and without the second factor: never out of one by PIN.
        let me = ctx.require_own_account()?;
        let organization_id = ctx.organization_id();
        let db = self.services.db().of(organization_id);
        let row = people::find_by_id(&*db, me)
            .await?
            .ok_or(ServiceError::Unauthenticated)?;
        if !self
            .services
            .identity()
            .confirm_password(ctx, current)
            .await?
        {
            return Err(wrong_password());
        }
        password_rules::check(password, &row.email, &row.display_name).await?;
        if password == current {
            return Err(ServiceError::field(
                "password",
                "password.same",
                "This is the password that you have already.",
            ));
        }
        let hash = self.services.passwords.hash(password).await?;
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(organization_id).await?;
                let person = people::get_locked(&*tx, organization_id, me).await?;
                if person.password_hash != row.password_hash {
                    // Set anew meanwhile: the one that was given is not theirs any more.
                    return Err(wrong_password());
                }
                people::update_password(&*tx, organization_id, me, &hash).await?;
                tokens::update_of_user_revoked(&*tx, organization_id, me, ctx.now).await?;
                let ended = sessions::delete_of_user(&*tx, organization_id, me).await?;
                queue(
                    &*tx,
                    Some(organization_id),
                    MailKind::PasswordChanged,
                    Some(me),
                    &person.email,
                    ctx.now,
                )
                .await?;
                let after = json!({ "sessions_ended": ended });
                let action = "account.change_password";
                finish(&*tx, ctx, action, me, None, Some(after)).await?;
                tx.commit().await
            })
            .await?;
        self.services.mails().wake();
        self.services
            .identity()
            .find(me)
            .await?
            .ok_or(ServiceError::Unauthenticated)
    }

    /// Ends one of the person's sessions.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] where the person has no such session.
    pub async fn end_session(&self, ctx: &Ctx, id: Uuid) -> ServiceResult<()> {
        let me = ctx.require_own_account()?;
        let organization_id = ctx.organization_id();
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(organization_id).await?;
                let rows = sessions::list_of_user(&*tx, organization_id, me, ctx.now).await?;
                let row = rows
                    .iter()
                    .find(|row| SessionName::of_digest(&row.id) == SessionName(id))
                    .ok_or(ServiceError::NotFound("session"))?;
                sessions::delete(&*tx, &row.id).await?;
                let ended = view(row, None);
                let change = Change {
                    action: "session.end",
                    subject_kind: "user",
                    subject_id: me,
                    before: Some(json!({ "device": ended.device, "network": ended.network })),
                    after: None,
                };
                audit::record(&*tx, ctx, change).await?;
                tx.commit().await
            })
            .await
    }

    /// Ends everything that the person is signed in with: sessions, this one too, and tokens of programs.
    ///
    /// # Errors
    /// [`ServiceError::Unauthenticated`] where no person asks.
    pub async fn end_everything(&self, ctx: &Ctx) -> ServiceResult<()> {
        let me = ctx.require_own_account()?;
        let organization_id = ctx.organization_id();
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(organization_id).await?;
                people::get_locked(&*tx, organization_id, me).await?;
                tokens::update_of_user_revoked(&*tx, organization_id, me, ctx.now).await?;
                let ended = sessions::delete_of_user(&*tx, organization_id, me).await?;
                let change = Change {
                    action: "session.end_all",
                    subject_kind: "user",
                    subject_id: me,
                    before: None,
                    after: Some(json!({ "sessions_ended": ended })),
                };
                audit::record(&*tx, ctx, change).await?;
                tx.commit().await
            })
            .await
    }
}
