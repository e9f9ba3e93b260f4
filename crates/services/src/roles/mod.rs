//! Roles: the four that every organization starts with, which stay as they are, and those that it makes itself.

mod naming;
mod reach;

pub(crate) use naming::{own_of, word};
pub(crate) use reach::{giver, require_grant, require_holders, require_reach, require_rights};

use crate::audit::{self, Change};
use crate::store::{organizations, people, roles as rows};
use crate::{Ctx, ServiceError, ServiceResult, Services, live, receipts};
use contract::roles::{ChangeRole, CreateRole, DeleteRole, RequireFactor, RoleView};
use domain::{Permission, RoleKey};
use entity::role;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Characters of a name at most.
const LONGEST_NAME: usize = 60;

/// Roles that an organization can have at most.
const MOST: usize = 100;

/// Use cases of roles; see [`Services::roles`].
#[derive(Clone, Debug)]
pub struct Roles<'a> {
    services: &'a Services,
}

impl Services {
    /// Roles of an organization.
    #[must_use]
    pub fn roles(&self) -> Roles<'_> {
        Roles { services: self }
    }
}

/// What a role allows. A word that this version does not know allows nothing.
pub(crate) fn permissions_of(row: &role::Model) -> ServiceResult<BTreeSet<Permission>> {
    let words: Vec<String> = serde_json::from_value(row.permissions.clone()).map_err(|e| {
        ServiceError::Internal(format!(
            "permissions of role {} cannot be read: {e}",
            row.id
        ))
    })?;
    Ok(words.iter().filter_map(|word| word.parse().ok()).collect())
}

fn view(row: &role::Model, holders: i64) -> ServiceResult<RoleView> {
    Ok(RoleView {
        id: row.id,
        key: row.key.parse().ok(),
        name: row.name.clone(),
        permissions: permissions_of(row)?.into_iter().collect(),
        factor_required: row.factor_required,
        holders: u32::try_from(holders).unwrap_or(u32::MAX),
        version: row.version,
    })
}

/// What the log says of a role.
fn described(row: &role::Model) -> Value {
    json!({
        "name": row.name, "permissions": row.permissions, "factor_required": row.factor_required,
        "version": row.version,
    })
}

fn check_name(name: &str) -> ServiceResult<String> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control)
    {
        return Err(ServiceError::field(
            "name",
            "role.name",
            "A role's name has 1 to 60 characters.",
        ));
    }
    Ok(name.to_owned())
}

fn check_permissions(wanted: &[Permission]) -> ServiceResult<BTreeSet<Permission>> {
    if wanted.is_empty() {
        return Err(ServiceError::field(
            "permissions",
            "permissions.none",
            "A role allows at least one thing.",
        ));
    }
    Ok(wanted.iter().copied().collect())
}

/// Refuses a name that another role has, whatever its capitals.
fn check_free(known: &[role::Model], name: &str, own: Option<Uuid>) -> ServiceResult<()> {
    let name = name.to_lowercase();
    let taken = known
        .iter()
        .any(|role| Some(role.id) != own && role.name.to_lowercase() == name);
    if taken {
        return Err(ServiceError::field(
            "name",
            "role.taken",
            "Another role has this name.",
        ));
    }
    Ok(())
}

fn check_own(row: &role::Model) -> ServiceResult<()> {
    if row.key.parse::<RoleKey>().is_err() {
        return Ok(());
    }
    Err(ServiceError::rule(
        "role.built_in",
        "This role stays as it is. Make a copy of it and change that.",
    ))
}

fn check_version(row: &role::Model, seen: i32) -> ServiceResult<()> {
    if row.version == seen {
        return Ok(());
    }
    Err(ServiceError::Conflict {
        reason: "role.stale",
        message: "Somebody changed this role meanwhile. Nothing was changed; look at it again."
            .into(),
    })
}

async fn finish(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    action: &str,
    id: Uuid,
    before: Option<Value>,
    after: Option<Value>,
) -> ServiceResult<()> {
    let detail = json!({ "action": action });
    let organization_id = ctx.organization_id();
    live::emit(
        db,
        organization_id,
        ctx.now,
        None,
        "users",
        Some(id),
        detail,
    )
    .await?;
    let change = Change {
        action,
        subject_kind: "role",
        subject_id: id,
        before,
        after,
    };
    audit::record(db, ctx, change).await
}

impl Roles<'_> {
    /// The roles of the organization: the four first, then its own by name.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `users.read`.
    pub async fn list(&self, ctx: &Ctx) -> ServiceResult<Vec<RoleView>> {
        ctx.require(Permission::UsersRead)?;
        let organization_id = ctx.organization_id();
        let db = &self.services.db().read_for(organization_id).await?;
        let holders = rows::count_holders(db, organization_id).await?;
        let found = rows::list(db, organization_id).await?;
        let mut roles = found
            .iter()
            .map(|row| view(row, holders.get(&row.id).copied().unwrap_or_default()))
            .collect::<ServiceResult<Vec<RoleView>>>()?;
        // None comes first by itself.
        roles.sort_by_key(|role| (role.key.is_none(), role.key));
        Ok(roles)
    }

    /// One role.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `users.read`; [`ServiceError::NotFound`].
    pub async fn get(&self, ctx: &Ctx, id: Uuid) -> ServiceResult<RoleView> {
        ctx.require(Permission::UsersRead)?;
        let organization_id = ctx.organization_id();
        let db = &self.services.db().read_for(organization_id).await?;
        let row = rows::get(db, organization_id, id).await?;
        let holders = rows::count_holders(db, organization_id).await?;
        view(&row, holders.get(&id).copied().unwrap_or_default())
    }

    /// Makes a role.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `users.write`, or without a right of administration that the role is to allow;
    /// [`ServiceError::Invalid`] by field.
    pub async fn create(&self, ctx: &Ctx, command: CreateRole) -> ServiceResult<RoleView> {
        ctx.require(Permission::UsersWrite)?;
        let name = check_name(&command.name)?;
        let permissions = check_permissions(&command.permissions)?;
        require_rights(ctx, &permissions)?;
        let organization_id = ctx.organization_id();
        let operation = "roles.create";
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(organization_id).await?;
                organizations::lock(&*tx, organization_id).await?;
                let done =
                    receipts::find::<RoleView>(&*tx, ctx, command.command_id, operation, &command)
                        .await?;
                if let Some(answer) = done {
                    return Ok(answer);
                }
                let known = rows::list(&*tx, organization_id).await?;
                check_free(&known, &name, None)?;
                if known.len() >= MOST {
                    return Err(ServiceError::rule(
                        "role.too_many",
                        "An organization has 100 roles at most.",
                    ));
                }
                let id = Uuid::now_v7();
                let row = role::Model {
                    id,
                    organization_id,
                    key: id.to_string(),
                    name: name.clone(),
                    permissions: json!(permissions),
                    version: 1,
                    factor_required: false,
                };
                let (answer, after) = (view(&row, 0)?, described(&row));
                people::insert_roles(&*tx, vec![row]).await?;
                receipts::insert(&*tx, ctx, command.command_id, operation, &command, &answer)
                    .await?;
                finish(&*tx, ctx, operation, id, None, Some(after)).await?;
                tx.commit().await?;
                Ok(answer)
            })
            .await
    }

    /// Changes what a role is called and allows, for everybody who holds it at once.
    ///
    /// # Errors
    /// As [`Roles::create`], for what the role allowed and for what it is to allow; [`ServiceError::Conflict`] `role.stale`;
    /// [`ServiceError::Rule`] `role.built_in`, `users.beyond_stores` where somebody holds it in stores that the caller does not see.
    pub async fn change(&self, ctx: &Ctx, command: ChangeRole) -> ServiceResult<RoleView> {
        ctx.require(Permission::UsersWrite)?;
        let name = check_name(&command.name)?;
        let permissions = check_permissions(&command.permissions)?;
        require_rights(ctx, &permissions)?;
        let organization_id = ctx.organization_id();
        let operation = "roles.change";
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(organization_id).await?;
                organizations::lock(&*tx, organization_id).await?;
                let row = rows::get(&*tx, organization_id, command.role_id).await?;
                let done =
                    receipts::find::<RoleView>(&*tx, ctx, command.command_id, operation, &command)
                        .await?;
                if let Some(answer) = done {
                    return Ok(answer);
                }
                check_own(&row)?;
                require_rights(ctx, &permissions_of(&row)?)?;
                require_holders(&*tx, ctx, row.id).await?;
                check_version(&row, command.version)?;
                check_free(
                    &rows::list(&*tx, organization_id).await?,
                    &name,
                    Some(row.id),
                )?;
                rows::update(&*tx, organization_id, row.id, &name, json!(permissions)).await?;
                let changed = rows::get(&*tx, organization_id, row.id).await?;
                let holders = rows::count_holders(&*tx, organization_id).await?;
                let answer = view(&changed, holders.get(&row.id).copied().unwrap_or_default())?;
                receipts::insert(&*tx, ctx, command.command_id, operation, &command, &answer)
                    .await?;
                let (before, after) = (described(&row), described(&changed));
                finish(&*tx, ctx, operation, row.id, Some(before), Some(after)).await?;
                tx.commit().await?;
                Ok(answer)
            })
            .await
    }

    /// Deletes a role of the organization's own.
    ///
    /// # Errors
    /// [`ServiceError::Rule`] `role.held` while somebody holds it, `role.built_in`; [`ServiceError::Conflict`] `role.stale`;
    /// [`ServiceError::Forbidden`] as [`Roles::change`].
    pub async fn delete(&self, ctx: &Ctx, command: DeleteRole) -> ServiceResult<()> {
        ctx.require(Permission::UsersWrite)?;
        let organization_id = ctx.organization_id();
        let operation = "roles.delete";
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(organization_id).await?;
                organizations::lock(&*tx, organization_id).await?;
                let done = receipts::find::<()>(&*tx, ctx, command.command_id, operation, &command)
                    .await?;
                if done.is_some() {
                    return Ok(());
                }
                let row = rows::get(&*tx, organization_id, command.role_id).await?;
                check_own(&row)?;
                require_rights(ctx, &permissions_of(&row)?)?;
                check_version(&row, command.version)?;
                let holders = rows::count_holders(&*tx, organization_id).await?;
                if holders.contains_key(&row.id) {
                    return Err(ServiceError::rule(
                        "role.held",
                        "Somebody holds this role. Give them another one first.",
                    ));
                }
                rows::delete(&*tx, organization_id, row.id).await?;
                receipts::insert(&*tx, ctx, command.command_id, operation, &command, &()).await?;
                finish(&*tx, ctx, operation, row.id, Some(described(&row)), None).await?;
                tx.commit().await
            })
            .await
    }

    /// Says whether whoever holds a role, one of the four too, needs a second factor. Who has none is led to make one, and can do nothing
    /// else until then.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `settings.write`; [`ServiceError::NotFound`]; [`ServiceError::Rule`] `settings.all_needed`.
    pub async fn require_factor(
        &self,
        ctx: &Ctx,
        command: RequireFactor,
    ) -> ServiceResult<RoleView> {
        ctx.require(Permission::SettingsWrite)?;
        ctx.require_all_stores()?;
        let organization_id = ctx.organization_id();
        let operation = "roles.require_factor";
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(organization_id).await?;
                organizations::lock(&*tx, organization_id).await?;
                let row = rows::get(&*tx, organization_id, command.role_id).await?;
                let done =
                    receipts::find::<RoleView>(&*tx, ctx, command.command_id, operation, &command)
                        .await?;
                if let Some(answer) = done {
                    return Ok(answer);
                }
                let required = command.required;
                rows::update_factor_required(&*tx, organization_id, row.id, required).await?;
                let changed = rows::get(&*tx, organization_id, row.id).await?;
                let holders = rows::count_holders(&*tx, organization_id).await?;
                let answer = view(&changed, holders.get(&row.id).copied().unwrap_or_default())?;
                receipts::insert(&*tx, ctx, command.command_id, operation, &command, &answer)
                    .await?;
                let (before, after) = (described(&row), described(&changed));
                finish(&*tx, ctx, operation, row.id, Some(before), Some(after)).await?;
                tx.commit().await?;
                Ok(answer)
            })
            .await
    }
}
