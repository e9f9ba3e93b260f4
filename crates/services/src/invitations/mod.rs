//! Invitations: an administrator says who may come in as what, and the person does the rest with the link in a mail.
//!
//! A link carries 256 random bits that are kept as SHA-256, is good for seven days, once, and ends with the next one that is sent.

mod accepting;

pub use accepting::AcceptInvitation;

use crate::audit::{self, Change};
use crate::mails::{MailKind, queue};
use crate::store::{invitations as rows, mails, organizations, people, roles as role_rows};
use crate::users::{check_place, email_taken};
use crate::{Ctx, ServiceError, ServiceResult, Services, live, receipts, roles};
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use contract::people::{InvitationView, InvitePerson, ResendInvitation, RevokeInvitation};
use contract::users::HeldRole;
use domain::sign_in::{is_email, normal_email};
use domain::{Permission, RoleKey};
use entity::{invitation, role};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

/// So long a link is good.
pub const LIFE: TimeDelta = TimeDelta::days(7);

/// Letters that one invitation may send within a day: whoever gets them asked for none.
const MOST_LETTERS: u64 = 5;

/// Longest text that can be a link's token.
pub(crate) const LONGEST_TOKEN: usize = 200;

/// Use cases of invitations; see [`Services::invitations`].
#[derive(Clone, Debug)]
pub struct Invitations<'a> {
    services: &'a Services,
}

impl Services {
    /// Invitations of an organization.
    #[must_use]
    pub fn invitations(&self) -> Invitations<'_> {
        Invitations { services: self }
    }
}

/// Whether an invitation can be accepted at a moment.
pub(crate) fn is_open(row: &invitation::Model, now: DateTime<Utc>) -> bool {
    row.accepted_at.is_none() && row.revoked_at.is_none() && now < row.expires_at
}

/// What is said of every link that leads nowhere, whatever the reason.
pub(crate) fn ended_link() -> ServiceError {
    ServiceError::rule(
        "link.ended",
        "This link was used, has run out or was replaced by a newer one.",
    )
}

fn unreadable(row: &invitation::Model, error: &serde_json::Error) -> ServiceError {
    ServiceError::Internal(format!("invitation {} cannot be read: {error}", row.id))
}

/// Keys of the roles: words of the four, ids of the organization's own. One that this version does not know grants nothing.
fn keys_of(row: &invitation::Model) -> ServiceResult<Vec<String>> {
    serde_json::from_value(row.roles.clone()).map_err(|e| unreadable(row, &e))
}

fn roles_of(row: &invitation::Model) -> ServiceResult<Vec<RoleKey>> {
    let keys = keys_of(row)?;
    Ok(keys.iter().filter_map(|key| key.parse().ok()).collect())
}

/// Those of the organization's own roles that are still there.
fn own_roles_of(row: &invitation::Model, known: &[role::Model]) -> ServiceResult<Vec<HeldRole>> {
    let keys = keys_of(row)?;
    let own = known
        .iter()
        .filter(|role| role.key.parse::<RoleKey>().is_err() && keys.contains(&role.key));
    Ok(own
        .map(|role| HeldRole {
            id: role.id,
            name: role.name.clone(),
        })
        .collect())
}

fn stores_of(row: &invitation::Model) -> ServiceResult<Vec<Uuid>> {
    serde_json::from_value(row.stores.clone()).map_err(|e| unreadable(row, &e))
}

/// Refuses to act upon an invitation to more than the caller may give: sent again it would be theirs.
async fn require_gift(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    row: &invitation::Model,
) -> ServiceResult<()> {
    let keys = keys_of(row)?;
    let mut given = role_rows::list(db, ctx.organization_id()).await?;
    given.retain(|role| keys.contains(&role.key));
    let stores: BTreeSet<Uuid> = stores_of(row)?.into_iter().collect();
    roles::require_grant(ctx, &given, row.all_stores, &stores)
}

fn view(row: &invitation::Model, known: &[role::Model]) -> ServiceResult<InvitationView> {
    Ok(InvitationView {
        id: row.id,
        email: row.email.clone(),
        language: row.language,
        roles: roles_of(row)?,
        own_roles: own_roles_of(row, known)?,
        all_stores: row.all_stores,
        stores: stores_of(row)?,
        invited_by: row.invited_by,
        created_at: row.created_at,
        sent_at: row.sent_at,
        expires_at: row.expires_at,
    })
}

/// What the log says of an invitation: everything but the link.
fn described(row: &invitation::Model) -> Value {
    json!({
        "email": row.email, "language": row.language, "roles": row.roles, "all_stores": row.all_stores,
        "stores": row.stores, "expires_at": row.expires_at,
    })
}

/// Audit entry and live event of a change, last before commit.
async fn finish(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    action: &str,
    id: Uuid,
    before: Option<Value>,
    after: Option<Value>,
) -> ServiceResult<()> {
    let detail = json!({ "action": action });
    live::emit(
        db,
        ctx.organization_id(),
        ctx.now,
        None,
        "users",
        Some(id),
        detail,
    )
    .await?;
    let change = Change {
        action,
        subject_kind: "invitation",
        subject_id: id,
        before,
        after,
    };
    audit::record(db, ctx, change).await
}

impl Invitations<'_> {
    /// Open invitations, newest first, those too that have run out.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `users.read`.
    pub async fn list(&self, ctx: &Ctx) -> ServiceResult<Vec<InvitationView>> {
        ctx.require(Permission::UsersRead)?;
        let organization_id = ctx.organization_id();
        let db = &self.services.db().read_for(organization_id).await?;
        let known = role_rows::list(db, organization_id).await?;
        let found = rows::list_open(db, organization_id).await?;
        found.iter().map(|row| view(row, &known)).collect()
    }

    /// Invites somebody; the mail goes out by itself.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `users.write`, or for rights of administration and stores that the caller lacks;
    /// [`ServiceError::Invalid`] by field, `email.taken` and `email.invited` among them.
    pub async fn create(&self, ctx: &Ctx, command: InvitePerson) -> ServiceResult<InvitationView> {
        ctx.require(Permission::UsersWrite)?;
        let email = normal_email(&command.email);
        if !is_email(&email) {
            return Err(ServiceError::field(
                "email",
                "email.format",
                "This is not an email address.",
            ));
        }
        let organization_id = ctx.organization_id();
        let operation = "invitations.create";
        let made = self
            .services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(organization_id).await?;
                organizations::lock(&*tx, organization_id).await?;
                if let Some(known) =
                    receipts::find(&*tx, ctx, command.command_id, operation, &command).await?
                {
                    return Ok(known);
                }
                let place = check_place(
                    &*tx,
                    ctx,
                    &command.roles,
                    &command.role_ids,
                    command.all_stores,
                    &command.stores,
                )
                .await?;
                // Who signs in to another organization is not seen here; the link then says so to whoever has the letter box.
                if people::find_by_email(&*tx, &email).await?.is_some() {
                    return Err(email_taken());
                }
                if rows::find_open_by_email(&*tx, organization_id, &email)
                    .await?
                    .is_some()
                {
                    return Err(ServiceError::field(
                        "email",
                        "email.invited",
                        "This address is invited already. Send that invitation again, or take it back.",
                    ));
                }
                let now = ctx.now.trunc_subsecs(6);
                let row = invitation::Model {
                    id: Uuid::now_v7(),
                    organization_id,
                    email: email.clone(),
                    language: command.language,
                    roles: json!(place.role_keys()),
                    all_stores: place.all_stores,
                    stores: json!(place.stores),
                    token_hash: None,
                    invited_by: ctx.actor.user_id,
                    created_at: now,
                    expires_at: now + LIFE,
                    sent_at: None,
                    accepted_at: None,
                    accepted_by: None,
                    revoked_at: None,
                };
                let known = role_rows::list(&*tx, organization_id).await?;
                let (made, after) = (view(&row, &known)?, described(&row));
                rows::insert(&*tx, row).await?;
                queue(
                    &*tx,
                    Some(organization_id),
                    MailKind::Invitation,
                    Some(made.id),
                    &email,
                    ctx.now,
                )
                .await?;
                receipts::insert(&*tx, ctx, command.command_id, operation, &command, &made).await?;
                finish(&*tx, ctx, operation, made.id, None, Some(after)).await?;
                tx.commit().await?;
                Ok(made)
            })
            .await?;
        self.services.mails().wake();
        Ok(made)
    }

    /// Sends an invitation again with a new link and seven more days; the link before ends at once.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] where it is not open; [`ServiceError::Rule`] `invitation.too_many` after five letters within a day, the first
    /// among them; as [`Invitations::create`] for what it gives.
    pub async fn resend(
        &self,
        ctx: &Ctx,
        command: ResendInvitation,
    ) -> ServiceResult<InvitationView> {
        ctx.require(Permission::UsersWrite)?;
        let organization_id = ctx.organization_id();
        let operation = "invitations.resend";
        let renewed = self
            .services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(organization_id).await?;
                let row =
                    rows::get_open_locked(&*tx, organization_id, command.invitation_id).await?;
                if let Some(known) =
                    receipts::find(&*tx, ctx, command.command_id, operation, &command).await?
                {
                    return Ok(known);
                }
                require_gift(&*tx, ctx, &row).await?;
                let day_ago = ctx.now - TimeDelta::days(1);
                if mails::count_about(&*tx, organization_id, row.id, day_ago).await? >= MOST_LETTERS
                {
                    return Err(ServiceError::rule(
                        "invitation.too_many",
                        "This invitation was sent five times within a day. Send it again tomorrow.",
                    ));
                }
                let before = described(&row);
                let row = invitation::Model {
                    token_hash: None,
                    invited_by: ctx.actor.user_id,
                    sent_at: None,
                    expires_at: ctx.now.trunc_subsecs(6) + LIFE,
                    ..row
                };
                let (giver, until) = (row.invited_by, row.expires_at);
                rows::update_renewed(&*tx, organization_id, row.id, giver, until).await?;
                queue(
                    &*tx,
                    Some(organization_id),
                    MailKind::Invitation,
                    Some(row.id),
                    &row.email,
                    ctx.now,
                )
                .await?;
                let known = role_rows::list(&*tx, organization_id).await?;
                let renewed = view(&row, &known)?;
                receipts::insert(&*tx, ctx, command.command_id, operation, &command, &renewed)
                    .await?;
                finish(
                    &*tx,
                    ctx,
                    operation,
                    row.id,
                    Some(before),
                    Some(described(&row)),
                )
                .await?;
                tx.commit().await?;
                Ok(renewed)
            })
            .await?;
        self.services.mails().wake();
        Ok(renewed)
    }

    /// Takes an invitation back; its link ends at once.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] where it is not open; as [`Invitations::create`] for what it gives.
    pub async fn revoke(&self, ctx: &Ctx, command: RevokeInvitation) -> ServiceResult<()> {
        ctx.require(Permission::UsersWrite)?;
        let organization_id = ctx.organization_id();
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(organization_id).await?;
                let row =
                    rows::get_open_locked(&*tx, organization_id, command.invitation_id).await?;
                require_gift(&*tx, ctx, &row).await?;
                let now = ctx.now.trunc_subsecs(6);
                rows::update_revoked(&*tx, organization_id, row.id, now).await?;
                let before = described(&row);
                finish(&*tx, ctx, "invitations.revoke", row.id, Some(before), None).await?;
                tx.commit().await
            })
            .await
    }
}
