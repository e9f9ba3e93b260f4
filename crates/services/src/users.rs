//! People of an organization: who may come in, and as what.

use crate::audit::{self, Change};
use crate::store::{catalog, factors, organizations, people, roles as role_rows, sessions, tokens};
use crate::{Ctx, ServiceError, ServiceResult, Services, live, password_rules, receipts, roles};
use contract::users::{ChangeUser, CreateUser, SetUserActive, UserView};
use domain::sign_in::{is_email, normal_email};
use domain::{Permission, RoleKey};
use entity::user;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Use cases of people; see [`Services::users`].
#[derive(Clone, Debug)]
pub struct Users<'a> {
    pub(crate) services: &'a Services,
}

impl Services {
    /// People of an organization.
    #[must_use]
    pub fn users(&self) -> Users<'_> {
        Users { services: self }
    }
}

pub(crate) fn check_name(name: &str) -> ServiceResult<String> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 120 || name.chars().any(char::is_control) {
        return Err(ServiceError::field(
            "display_name",
            "name.format",
            "A name has 1 to 120 characters.",
        ));
    }
    Ok(name.to_owned())
}

/// Roles and stores of a person, checked against what the organization has.
pub(crate) struct Place {
    roles: Vec<entity::role::Model>,
    pub keys: BTreeSet<RoleKey>,
    /// As the log names them.
    words: BTreeSet<String>,
    pub all_stores: bool,
    pub stores: BTreeSet<Uuid>,
}

impl Place {
    /// What roles are kept by: words of the four, ids of the organization's own.
    pub fn role_keys(&self) -> BTreeSet<&str> {
        self.roles.iter().map(|role| role.key.as_str()).collect()
    }
}

pub(crate) async fn check_place(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    role_keys: &[RoleKey],
    role_ids: &[Uuid],
    all_stores: bool,
    stores: &[Uuid],
) -> ServiceResult<Place> {
    let organization_id = ctx.organization_id();
    let named: BTreeSet<RoleKey> = role_keys.iter().copied().collect();
    let ids: BTreeSet<Uuid> = role_ids.iter().copied().collect();
    if named.is_empty() && ids.is_empty() {
        return Err(ServiceError::field(
            "roles",
            "roles.none",
            "A person needs at least one role.",
        ));
    }
    let found = role_rows::list_named(db, organization_id, &named, &ids).await?;
    let keys: BTreeSet<RoleKey> = found.iter().filter_map(|r| r.key.parse().ok()).collect();
    let known: BTreeSet<Uuid> = found.iter().map(|r| r.id).collect();
    if !named.is_subset(&keys) || !ids.is_subset(&known) {
        return Err(ServiceError::NotFound("role"));
    }
    let stores: BTreeSet<Uuid> = if all_stores {
        BTreeSet::new()
    } else {
        stores.iter().copied().collect()
    };
    if !all_stores && stores.is_empty() {
        return Err(ServiceError::field(
            "stores",
            "stores.none",
            "Choose at least one store, or all of them.",
        ));
    }
    let known = catalog::list_store_ids(db, organization_id).await?;
    if !stores.is_subset(&known) {
        return Err(ServiceError::NotFound("store"));
    }
    roles::require_grant(ctx, &found, all_stores, &stores)?;
    Ok(Place {
        words: found.iter().map(roles::word).collect(),
        roles: found,
        keys,
        all_stores,
        stores,
    })
}

pub(crate) fn email_taken() -> ServiceError {
    ServiceError::field(
        "email",
        "email.taken",
        "Somebody already signs in with this address.",
    )
}

/// Adds a person in the caller's transaction.
pub(crate) async fn insert_person(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    command: &CreateUser,
    password_hash: String,
) -> ServiceResult<Uuid> {
    let organization_id = ctx.organization_id();
    let email = normal_email(&command.email);
    if !is_email(&email) {
        return Err(ServiceError::field(
            "email",
            "email.format",
            "This is not an email address.",
        ));
    }
    let display_name = check_name(&command.display_name)?;
    let place = check_place(
        db,
        ctx,
        &command.roles,
        &command.role_ids,
        command.all_stores,
        &command.stores,
    )
    .await?;
    if people::find_by_email(db, &email).await?.is_some() {
        return Err(email_taken());
    }
    let id = Uuid::now_v7();
    let row = user::Model {
        id,
        organization_id,
        email: email.clone(),
        display_name: display_name.clone(),
        password_hash,
        language: command.language,
        active: true,
        failed_sign_ins: 0,
        locked_until: None,
        last_sign_in_at: None,
        created_at: ctx.now,
        token_epoch: 0,
    };
    // An address may be taken by somebody of another organization, whom nobody here may see: then the key refuses it.
    people::insert(db, row).await.map_err(|error| {
        if error.is_taken_key() {
            email_taken()
        } else {
            error
        }
    })?;
    people::replace_roles(
        db,
        organization_id,
        id,
        &place.roles,
        place.all_stores,
        &place.stores,
    )
    .await?;
    let after = json!({
        "email": email, "display_name": display_name, "language": command.language, "active": true,
        "roles": place.words, "all_stores": place.all_stores, "stores": place.stores,
    });
    finish(db, ctx, "users.create", id, None, Some(after)).await?;
    Ok(id)
}

/// Audit entry and live event of a change, last before commit.
pub(crate) async fn finish(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    action: &str,
    id: Uuid,
    before: Option<Value>,
    after: Option<Value>,
) -> ServiceResult<()> {
    live::emit(
        db,
        ctx.organization_id(),
        ctx.now,
        None,
        "users",
        Some(id),
        json!({ "action": action }),
    )
    .await?;
    audit::record(
        db,
        ctx,
        Change {
            action,
            subject_kind: "user",
            subject_id: id,
            before,
            after,
        },
    )
    .await
}

async fn snapshot(
    db: &impl ConnectionTrait,
    row: &user::Model,
) -> ServiceResult<(Value, BTreeSet<RoleKey>)> {
    let held = people::list_roles(db, row.organization_id, Some(row.id))
        .await?
        .remove(&row.id)
        .unwrap_or_default();
    let scopes = people::list_scopes(db, row.organization_id, Some(row.id))
        .await?
        .remove(&row.id)
        .unwrap_or_default();
    let keys: BTreeSet<RoleKey> = held
        .iter()
        .filter_map(|h| h.role.key.parse().ok())
        .collect();
    let words: BTreeSet<String> = held.iter().map(|h| roles::word(&h.role)).collect();
    let text = json!({
        "email": row.email, "display_name": row.display_name, "language": row.language, "active": row.active,
        "roles": words, "all_stores": held.iter().any(|h| h.all_stores), "stores": scopes,
    });
    Ok((text, keys))
}

/// Refuses to take away the organization's last active administrator.
async fn keep_an_admin(db: &impl ConnectionTrait, ctx: &Ctx, id: Uuid) -> ServiceResult<()> {
    if people::has_other_active_with_role(db, ctx.organization_id(), RoleKey::Admin, id).await? {
        return Ok(());
    }
    Err(ServiceError::rule(
        "users.last_admin",
        "This is the last active administrator. Make somebody else administrator first; nothing was changed.",
    ))
}

impl Users<'_> {
    /// Everybody of the organization, by name.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `users.read`.
    pub async fn list(&self, ctx: &Ctx) -> ServiceResult<Vec<UserView>> {
        ctx.require(Permission::UsersRead)?;
        let db = &self.services.db().read_for(ctx.organization_id()).await?;
        let organization_id = ctx.organization_id();
        let rows = people::list(db, organization_id).await?;
        let mut held = people::list_roles(db, organization_id, None).await?;
        let mut scopes = people::list_scopes(db, organization_id, None).await?;
        let enrolled = factors::list_enrolled(db, organization_id).await?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let held = held.remove(&row.id).unwrap_or_default();
                let mut keys: Vec<RoleKey> = held
                    .iter()
                    .filter_map(|h| h.role.key.parse().ok())
                    .collect();
                keys.sort_unstable();
                UserView {
                    own_roles: roles::own_of(&held),
                    has_factor: enrolled.contains(&row.id),
                    all_stores: held.iter().any(|h| h.all_stores),
                    roles: keys,
                    stores: scopes
                        .remove(&row.id)
                        .unwrap_or_default()
                        .into_iter()
                        .collect(),
                    id: row.id,
                    email: row.email,
                    display_name: row.display_name,
                    language: row.language,
                    active: row.active,
                    last_sign_in_at: row.last_sign_in_at,
                    locked_until: row.locked_until.filter(|until| *until > ctx.now),
                    created_at: row.created_at,
                }
            })
            .collect())
    }

    /// Adds a person; returns their id.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `users.write`, or for rights of administration and stores that the caller lacks;
    /// [`ServiceError::Invalid`] by field.
    pub async fn create(&self, ctx: &Ctx, command: CreateUser) -> ServiceResult<Uuid> {
        ctx.require(Permission::UsersWrite)?;
        password_rules::check(&command.password, &command.email, &command.display_name).await?;
        let hash = self.services.passwords.hash(&command.password).await?;
        // What a receipt remembers must not contain the password, not even as a quick hash.
        let asked = CreateUser {
            password: String::new(),
            ..command.clone()
        };
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(ctx.organization_id()).await?;
                organizations::lock(&*tx, ctx.organization_id()).await?;
                if let Some(id) =
                    receipts::find(&*tx, ctx, command.command_id, "users.create", &asked).await?
                {
                    return Ok(id);
                }
                let id = insert_person(&*tx, ctx, &command, hash.clone()).await?;
                receipts::insert(&*tx, ctx, command.command_id, "users.create", &asked, &id)
                    .await?;
                tx.commit().await?;
                Ok(id)
            })
            .await
    }

    /// Changes name, language, roles and stores. Sessions live on; they act with the new rights at once.
    ///
    /// # Errors
    /// [`ServiceError::Rule`] `users.self` when administrators would take the role from themselves, `users.last_admin`.
    pub async fn change(&self, ctx: &Ctx, command: ChangeUser) -> ServiceResult<()> {
        ctx.require(Permission::UsersWrite)?;
        let display_name = check_name(&command.display_name)?;
        let organization_id = ctx.organization_id();
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(ctx.organization_id()).await?;
                organizations::lock(&*tx, organization_id).await?;
                if receipts::find::<()>(&*tx, ctx, command.command_id, "users.change", &command).await?.is_some() {
                    return Ok(());
                }
                let row = people::get_locked(&*tx, organization_id, command.user_id).await?;
                roles::require_reach(&*tx, ctx, row.id).await?;
                let (roles, ids) = (&command.roles, &command.role_ids);
                let place = check_place(&*tx, ctx, roles, ids, command.all_stores, &command.stores).await?;
                let (before, keys) = snapshot(&*tx, &row).await?;
                if keys.contains(&RoleKey::Admin) && !place.keys.contains(&RoleKey::Admin) {
                    if ctx.actor.user_id == Some(row.id) {
                        return Err(ServiceError::rule(
                            "users.self",
                            "You cannot take the administrator's role from yourself; another administrator can.",
                        ));
                    }
                    if row.active {
                        keep_an_admin(&*tx, ctx, row.id).await?;
                    }
                }
                people::update_profile(&*tx, organization_id, row.id, &display_name, command.language).await?;
                people::replace_roles(&*tx, organization_id, row.id, &place.roles, place.all_stores, &place.stores).await?;
                let after = json!({
                    "email": row.email, "display_name": display_name, "language": command.language, "active": row.active,
                    "roles": place.words, "all_stores": place.all_stores, "stores": place.stores,
                });
                receipts::insert(&*tx, ctx, command.command_id, "users.change", &command, &()).await?;
                finish(&*tx, ctx, "users.change", row.id, Some(before), Some(after)).await?;
                tx.commit().await
            })
            .await
    }

    /// Keeps a person out, ending their sessions at once, or lets them in again.
    ///
    /// # Errors
    /// [`ServiceError::Rule`] `users.self` or `users.last_admin`.
    pub async fn set_active(&self, ctx: &Ctx, command: SetUserActive) -> ServiceResult<()> {
        ctx.require(Permission::UsersWrite)?;
        let organization_id = ctx.organization_id();
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(ctx.organization_id()).await?;
                organizations::lock(&*tx, organization_id).await?;
                if receipts::find::<()>(&*tx, ctx, command.command_id, "users.set_active", &command)
                    .await?
                    .is_some()
                {
                    return Ok(());
                }
                let row = people::get_locked(&*tx, organization_id, command.user_id).await?;
                roles::require_reach(&*tx, ctx, row.id).await?;
                let (_, keys) = snapshot(&*tx, &row).await?;
                if !command.active && row.active {
                    if ctx.actor.user_id == Some(row.id) {
                        return Err(ServiceError::rule(
                            "users.self",
                            "You cannot close your own account; another administrator can.",
                        ));
                    }
                    if keys.contains(&RoleKey::Admin) {
                        keep_an_admin(&*tx, ctx, row.id).await?;
                    }
                }
                people::update_active(&*tx, organization_id, row.id, command.active).await?;
                let ended = if command.active {
                    0
                } else {
                    tokens::update_of_user_revoked(&*tx, organization_id, row.id, ctx.now).await?;
                    sessions::delete_of_user(&*tx, organization_id, row.id).await?
                };
                receipts::insert(
                    &*tx,
                    ctx,
                    command.command_id,
                    "users.set_active",
                    &command,
                    &(),
                )
                .await?;
                let after = json!({ "active": command.active, "sessions_ended": ended });
                finish(
                    &*tx,
                    ctx,
                    "users.set_active",
                    row.id,
                    Some(json!({ "active": row.active })),
                    Some(after),
                )
                .await?;
                tx.commit().await
            })
            .await
    }
}
