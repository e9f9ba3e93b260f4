//! Making keys, putting new ones in the place of old ones, ending them.

use super::{ApiKeys, START, digest, permissions_of, random_hex, stores_of, view};
use crate::audit::{self, Change};
use crate::store::{api_keys as rows, catalog};
use crate::{Ctx, ServiceError, ServiceResult, StoreScope, receipts};
use chrono::{SubsecRound, TimeDelta};
use contract::keys::{ApiKeyView, CreateApiKey, NewApiKey, RotateApiKey};
use domain::Permission;
use entity::api_key;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

/// So long the old key still works where nobody says otherwise.
const GRACE: TimeDelta = TimeDelta::days(1);

/// So long it works at most.
const LONGEST_GRACE: TimeDelta = TimeDelta::days(30);

/// Ten years: a key that is to end ends within sight.
const LONGEST_LIFE: TimeDelta = TimeDelta::days(3_653);

/// Requests a minute that a key may be given at most.
const HIGHEST_RATE: u32 = 1_000_000;

/// A key that nobody has yet.
struct Fresh {
    prefix: String,
    secret: String,
}

fn fresh() -> Fresh {
    let prefix = random_hex::<4>();
    let secret = format!("{START}{prefix}_{}", random_hex::<32>());
    Fresh { prefix, secret }
}

fn check_name(name: &str) -> ServiceResult<String> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 80 || name.chars().any(char::is_control) {
        return Err(ServiceError::field(
            "name",
            "name.format",
            "A name has 1 to 80 characters.",
        ));
    }
    Ok(name.to_owned())
}

/// Refuses rights that no key may hold, and those that whoever gives them does not hold.
fn check_permissions(ctx: &Ctx, wanted: &BTreeSet<Permission>) -> ServiceResult<()> {
    if wanted.is_empty() {
        return Err(ServiceError::field(
            "permissions",
            "permissions.none",
            "A key needs at least one permission.",
        ));
    }
    if let Some(permission) = wanted.iter().find(|p| !p.fits_key()) {
        return Err(ServiceError::field(
            "permissions",
            "permissions.not_for_keys",
            format!("No key may hold {permission}."),
        ));
    }
    match wanted.iter().find(|p| !ctx.actor.permissions.contains(*p)) {
        Some(permission) => Err(ServiceError::Forbidden(permission.as_str())),
        None => Ok(()),
    }
}

/// Refuses stores that whoever gives them does not see, as if they did not exist.
fn check_stores(ctx: &Ctx, all: bool, stores: &BTreeSet<Uuid>) -> ServiceResult<()> {
    if all {
        return match ctx.actor.stores {
            StoreScope::All => Ok(()),
            StoreScope::Only(_) => Err(ServiceError::field(
                "all_stores",
                "stores.beyond_own",
                "You do not see every store yourself.",
            )),
        };
    }
    if stores.is_empty() {
        return Err(ServiceError::field(
            "stores",
            "stores.none",
            "Choose at least one store, or all of them.",
        ));
    }
    stores.iter().try_for_each(|id| ctx.require_store(*id))
}

/// What the log says of a key: everything but the secret.
fn described(row: &api_key::Model) -> Value {
    json!({
        "name": row.name, "prefix": row.prefix, "permissions": row.permissions, "all_stores": row.all_stores,
        "stores": row.stores, "rate_per_minute": row.rate_per_minute, "expires_at": row.expires_at,
        "rotated_from": row.rotated_from,
    })
}

async fn write_down(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    action: &str,
    key_id: Uuid,
    before: Option<Value>,
    after: Option<Value>,
) -> ServiceResult<()> {
    let change = Change {
        action,
        subject_kind: "api_key",
        subject_id: key_id,
        before,
        after,
    };
    audit::record(db, ctx, change).await
}

impl ApiKeys<'_> {
    /// Makes a key. Its secret is answered this once; the same command sent again answers without it.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `keys.manage` or a right that is to be given; [`ServiceError::NotFound`] for a store that the
    /// caller does not see; [`ServiceError::Invalid`] by field.
    pub async fn create(&self, ctx: &Ctx, command: CreateApiKey) -> ServiceResult<NewApiKey> {
        ctx.require(Permission::KeysManage)?;
        let name = check_name(&command.name)?;
        let permissions: BTreeSet<Permission> = command.permissions.iter().copied().collect();
        check_permissions(ctx, &permissions)?;
        let stores: BTreeSet<Uuid> = if command.all_stores {
            BTreeSet::new()
        } else {
            command.stores.iter().copied().collect()
        };
        check_stores(ctx, command.all_stores, &stores)?;
        if command
            .expires_at
            .is_some_and(|at| at <= ctx.now || at - ctx.now > LONGEST_LIFE)
        {
            return Err(ServiceError::field(
                "expires_at",
                "expires_at.range",
                "A key ends in the future, within ten years, or not at all.",
            ));
        }
        if command
            .rate_per_minute
            .is_some_and(|n| !(1..=HIGHEST_RATE).contains(&n))
        {
            return Err(ServiceError::field(
                "rate_per_minute",
                "rate.range",
                "A key may ask 1 to 1,000,000 times a minute.",
            ));
        }
        let organization_id = ctx.organization_id();
        let operation = "keys.create";
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(organization_id).await?;
                if let Some(key) =
                    receipts::find::<ApiKeyView>(&*tx, ctx, command.command_id, operation, &command)
                        .await?
                {
                    return Ok(NewApiKey { key, secret: None });
                }
                let known = catalog::list_store_ids(&*tx, organization_id).await?;
                if !stores.is_subset(&known) {
                    return Err(ServiceError::NotFound("store"));
                }
                let fresh = fresh();
                let row = api_key::Model {
                    id: Uuid::now_v7(),
                    organization_id,
                    name: name.clone(),
                    prefix: fresh.prefix,
                    secret_hash: digest(&fresh.secret),
                    permissions: json!(permissions),
                    all_stores: command.all_stores,
                    stores: json!(stores),
                    rate_per_minute: command.rate_per_minute.and_then(|n| i32::try_from(n).ok()),
                    created_by: ctx.actor.user_id,
                    created_at: ctx.now.trunc_subsecs(6),
                    expires_at: command.expires_at.map(|at| at.trunc_subsecs(6)),
                    last_used_at: None,
                    revoked_at: None,
                    rotated_from: None,
                };
                let key = view(&row)?;
                let after = described(&row);
                rows::insert(&*tx, row).await?;
                // The receipt must not remember the secret.
                receipts::insert(&*tx, ctx, command.command_id, operation, &command, &key).await?;
                write_down(&*tx, ctx, operation, key.id, None, Some(after)).await?;
                tx.commit().await?;
                Ok(NewApiKey {
                    key,
                    secret: Some(fresh.secret),
                })
            })
            .await
    }

    /// Makes a key with the same rights and the same lifetime in the place of another, which goes on working for the time of grace.
    ///
    /// # Errors
    /// As [`ApiKeys::create`], since the caller gets the new secret; [`ServiceError::Rule`] `key.ended`, `key.rotated`.
    pub async fn rotate(&self, ctx: &Ctx, command: RotateApiKey) -> ServiceResult<NewApiKey> {
        ctx.require(Permission::KeysManage)?;
        let grace = command
            .grace_seconds
            .map_or(GRACE, |n| TimeDelta::seconds(i64::from(n)));
        if grace > LONGEST_GRACE {
            return Err(ServiceError::field(
                "grace_seconds",
                "grace.range",
                "The old key may go on working for 30 days at most.",
            ));
        }
        let organization_id = ctx.organization_id();
        let operation = "keys.rotate";
        let made = self
            .services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(organization_id).await?;
                let old = rows::get_locked(&*tx, organization_id, command.key_id).await?;
                if let Some(key) =
                    receipts::find::<ApiKeyView>(&*tx, ctx, command.command_id, operation, &command)
                        .await?
                {
                    return Ok(NewApiKey { key, secret: None });
                }
                check_permissions(ctx, &permissions_of(&old)?)?;
                check_stores(ctx, old.all_stores, &stores_of(&old)?)?;
                if rows::has_successor(&*tx, organization_id, old.id).await? {
                    return Err(ServiceError::rule(
                        "key.rotated",
                        "Another key stands in the place of this one already.",
                    ));
                }
                if !super::is_alive(&old, ctx.now) {
                    return Err(ServiceError::rule(
                        "key.ended",
                        "This key has ended. Make a new one.",
                    ));
                }
                let now = ctx.now.trunc_subsecs(6);
                let ends_at = old.expires_at.map_or(now + grace, |at| at.min(now + grace));
                let fresh = fresh();
                let row = api_key::Model {
                    id: Uuid::now_v7(),
                    prefix: fresh.prefix,
                    secret_hash: digest(&fresh.secret),
                    created_by: ctx.actor.user_id,
                    created_at: now,
                    expires_at: old.expires_at.map(|at| now + (at - old.created_at)),
                    last_used_at: None,
                    rotated_from: Some(old.id),
                    ..old.clone()
                };
                let key = view(&row)?;
                let after = described(&row);
                rows::insert(&*tx, row).await?;
                rows::update_expires_at(&*tx, organization_id, old.id, ends_at).await?;
                receipts::insert(&*tx, ctx, command.command_id, operation, &command, &key).await?;
                let before = json!({ "prefix": old.prefix, "works_until": ends_at });
                write_down(&*tx, ctx, operation, key.id, Some(before), Some(after)).await?;
                tx.commit().await?;
                Ok(NewApiKey {
                    key,
                    secret: Some(fresh.secret),
                })
            })
            .await?;
        self.services.recognised.forget(command.key_id);
        Ok(made)
    }

    /// Ends a key and every token that was fetched with it, at once. Ending one that has ended changes nothing.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] where the organization has no such key.
    pub async fn revoke(&self, ctx: &Ctx, key_id: Uuid) -> ServiceResult<()> {
        ctx.require(Permission::KeysManage)?;
        let organization_id = ctx.organization_id();
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(organization_id).await?;
                let row = rows::get_locked(&*tx, organization_id, key_id).await?;
                if row.revoked_at.is_some() {
                    return Ok(());
                }
                let now = ctx.now.trunc_subsecs(6);
                rows::update_revoked_at(&*tx, organization_id, key_id, now).await?;
                let before = described(&row);
                write_down(&*tx, ctx, "keys.revoke", key_id, Some(before), None).await?;
                tx.commit().await
            })
            .await?;
        self.services.recognised.forget(key_id);
        Ok(())
    }
}
