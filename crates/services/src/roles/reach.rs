//! How far somebody reaches who hands out rights.
//!
//! Rights are of two kinds. Work (`orders.complete`, `stock.count`, ...) may be handed out by whoever holds `users.write`: an administrator
//! lets bakers bake without baking. Administration ([`Permission::is_administration`]) may be handed out, taken away and acted upon only by
//! who holds the same right: else whoever may change people could make themselves, by a role of their own making or in the place of a
//! colleague whose password they set anew, more than they are. The same holds of stores: nobody puts people into stores that they do not
//! see themselves.

use super::permissions_of;
use crate::store::people;
use crate::{Actor, Ctx, ServiceError, ServiceResult, StoreScope};
use domain::Permission;
use entity::role;
use sea_orm::ConnectionTrait;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Refuses rights of administration that the caller does not hold.
pub(crate) fn require_rights(ctx: &Ctx, rights: &BTreeSet<Permission>) -> ServiceResult<()> {
    let beyond = rights
        .iter()
        .find(|right| right.is_administration() && !ctx.actor.permissions.contains(*right));
    match beyond {
        Some(right) => Err(ServiceError::Forbidden(right.as_str())),
        None => Ok(()),
    }
}

fn require_stores(ctx: &Ctx, all: bool, stores: &BTreeSet<Uuid>) -> ServiceResult<()> {
    let within = match &ctx.actor.stores {
        StoreScope::All => true,
        StoreScope::Only(own) => !all && stores.is_subset(own),
    };
    if within {
        return Ok(());
    }
    Err(ServiceError::rule(
        "users.beyond_stores",
        "This reaches into stores that you do not see yourself.",
    ))
}

/// Refuses roles and stores that are not the caller's to give.
pub(crate) fn require_grant(
    ctx: &Ctx,
    roles: &[role::Model],
    all_stores: bool,
    stores: &BTreeSet<Uuid>,
) -> ServiceResult<()> {
    for role in roles {
        require_rights(ctx, &permissions_of(role)?)?;
    }
    require_stores(ctx, all_stores, stores)
}

/// Whoever handed out rights a while ago, with what they hold now; `None` where they are not here any more.
pub(crate) async fn giver(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    user_id: Uuid,
) -> ServiceResult<Option<Actor>> {
    let found = people::find_by_id(db, user_id).await?;
    let Some(row) = found.filter(|row| row.active && row.organization_id == organization_id) else {
        return Ok(None);
    };
    let held = people::list_roles(db, organization_id, Some(user_id))
        .await?
        .remove(&user_id)
        .unwrap_or_default();
    let mut permissions = BTreeSet::new();
    for one in &held {
        permissions.extend(permissions_of(&one.role)?);
    }
    let stores = if held.iter().any(|one| one.all_stores) {
        StoreScope::All
    } else {
        let mut scopes = people::list_scopes(db, organization_id, Some(user_id)).await?;
        StoreScope::Only(scopes.remove(&user_id).unwrap_or_default())
    };
    Ok(Some(Actor {
        user_id: Some(row.id),
        organization_id,
        display_name: row.display_name,
        permissions,
        stores,
        language: row.language,
        tablet: None,
    }))
}

/// Refuses to change a role that people hold beyond the stores of the caller: it would change what they may do there.
pub(crate) async fn require_holders(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    role_id: Uuid,
) -> ServiceResult<()> {
    if ctx.actor.stores == StoreScope::All {
        return Ok(());
    }
    let organization_id = ctx.organization_id();
    let people_held = people::list_roles(db, organization_id, None).await?;
    let mut scopes = people::list_scopes(db, organization_id, None).await?;
    for (user_id, held) in people_held {
        if held.iter().any(|one| one.role.id == role_id) {
            let all = held.iter().any(|one| one.all_stores);
            let stores = scopes.remove(&user_id).unwrap_or_default();
            require_stores(ctx, all, &stores)?;
        }
    }
    Ok(())
}

/// Refuses to act upon a person who holds more than the caller: whoever sets a password can come in with it.
pub(crate) async fn require_reach(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    user_id: Uuid,
) -> ServiceResult<()> {
    if ctx.actor.user_id == Some(user_id) {
        return Ok(());
    }
    let organization_id = ctx.organization_id();
    let held = people::list_roles(db, organization_id, Some(user_id))
        .await?
        .remove(&user_id)
        .unwrap_or_default();
    for one in &held {
        require_rights(ctx, &permissions_of(&one.role)?)?;
    }
    let all = held.iter().any(|one| one.all_stores);
    let stores = people::list_scopes(db, organization_id, Some(user_id))
        .await?
        .remove(&user_id)
        .unwrap_or_default();
    require_stores(ctx, all, &stores)
}
