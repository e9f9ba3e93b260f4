//! Rows of people, their roles and stores.

use crate::{ServiceError, ServiceResult};
use chrono::{DateTime, Utc};
use domain::{Language, Permission, RoleKey};
use entity::{role, user, user_role, user_store_scope};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A role as one person holds it.
pub(crate) struct Held {
    pub role: role::Model,
    pub all_stores: bool,
}

pub(crate) async fn find_by_email(
    db: &impl ConnectionTrait,
    email: &str,
) -> ServiceResult<Option<user::Model>> {
    Ok(user::Entity::find()
        .filter(user::Column::Email.eq(email))
        .one(db)
        .await?)
}

/// A person by id alone: sign-in knows no organization yet.
pub(crate) async fn find_by_id(
    db: &impl ConnectionTrait,
    id: Uuid,
) -> ServiceResult<Option<user::Model>> {
    Ok(user::Entity::find_by_id(id).one(db).await?)
}

/// A person of the organization, locked until the transaction ends.
pub(crate) async fn get_locked(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<user::Model> {
    user::Entity::find_by_id(id)
        .filter(user::Column::OrganizationId.eq(organization_id))
        .lock_exclusive()
        .one(db)
        .await?
        .ok_or(ServiceError::NotFound("user"))
}

pub(crate) async fn list(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<Vec<user::Model>> {
    Ok(user::Entity::find()
        .filter(user::Column::OrganizationId.eq(organization_id))
        .order_by_asc(user::Column::DisplayName)
        .order_by_asc(user::Column::Email)
        .all(db)
        .await?)
}

/// Roles held in an organization, by person; of one person where given.
pub(crate) async fn list_roles(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    user_id: Option<Uuid>,
) -> ServiceResult<BTreeMap<Uuid, Vec<Held>>> {
    let mut query =
        user_role::Entity::find().filter(user_role::Column::OrganizationId.eq(organization_id));
    if let Some(user_id) = user_id {
        query = query.filter(user_role::Column::UserId.eq(user_id));
    }
    let mut held: BTreeMap<Uuid, Vec<Held>> = BTreeMap::new();
    for (link, role) in query.find_also_related(role::Entity).all(db).await? {
        if let Some(role) = role {
            held.entry(link.user_id).or_default().push(Held {
                role,
                all_stores: link.all_stores,
            });
        }
    }
    Ok(held)
}

/// Stores in scope, by person; of one person where given.
pub(crate) async fn list_scopes(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    user_id: Option<Uuid>,
) -> ServiceResult<BTreeMap<Uuid, BTreeSet<Uuid>>> {
    let mut query = user_store_scope::Entity::find()
        .filter(user_store_scope::Column::OrganizationId.eq(organization_id));
    if let Some(user_id) = user_id {
        query = query.filter(user_store_scope::Column::UserId.eq(user_id));
    }
    let mut scopes: BTreeMap<Uuid, BTreeSet<Uuid>> = BTreeMap::new();
    for row in query.all(db).await? {
        scopes.entry(row.user_id).or_default().insert(row.store_id);
    }
    Ok(scopes)
}

pub(crate) async fn insert_roles(
    db: &impl ConnectionTrait,
    rows: Vec<role::Model>,
) -> ServiceResult<()> {
    let rows = rows.into_iter().map(|r| role::ActiveModel {
        id: Set(r.id),
        organization_id: Set(r.organization_id),
        key: Set(r.key),
        name: Set(r.name),
        permissions: Set(r.permissions),
        version: Set(r.version),
        factor_required: Set(r.factor_required),
    });
    role::Entity::insert_many(rows)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

pub(crate) async fn insert(db: &impl ConnectionTrait, row: user::Model) -> ServiceResult<()> {
    let row = user::ActiveModel {
        id: Set(row.id),
        organization_id: Set(row.organization_id),
        email: Set(row.email),
        display_name: Set(row.display_name),
        password_hash: Set(row.password_hash),
        language: Set(row.language),
        active: Set(row.active),
        failed_sign_ins: Set(row.failed_sign_ins),
        locked_until: Set(row.locked_until),
        last_sign_in_at: Set(row.last_sign_in_at),
        created_at: Set(row.created_at),
        token_epoch: Set(row.token_epoch),
    };
    user::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

pub(crate) async fn update_profile(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
    display_name: &str,
    language: Option<Language>,
) -> ServiceResult<()> {
    let language: Option<String> = language.map(|l| l.as_str().to_owned());
    user::Entity::update_many()
        .col_expr(user::Column::DisplayName, Expr::value(display_name))
        .col_expr(user::Column::Language, Expr::value(language))
        .filter(user::Column::Id.eq(id))
        .filter(user::Column::OrganizationId.eq(organization_id))
        .exec(db)
        .await?;
    Ok(())
}

pub(crate) async fn update_active(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
    active: bool,
) -> ServiceResult<()> {
    user::Entity::update_many()
        .col_expr(user::Column::Active, Expr::value(active))
        .filter(user::Column::Id.eq(id))
        .filter(user::Column::OrganizationId.eq(organization_id))
        .exec(db)
        .await?;
    Ok(())
}

/// Stores a new password hash and forgets failures under the old one.
pub(crate) async fn update_password(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
    hash: &str,
) -> ServiceResult<()> {
    user::Entity::update_many()
        .col_expr(user::Column::PasswordHash, Expr::value(hash))
        .col_expr(user::Column::FailedSignIns, Expr::value(0))
        .col_expr(
            user::Column::LockedUntil,
            Expr::value(Option::<DateTime<Utc>>::None),
        )
        .filter(user::Column::Id.eq(id))
        .filter(user::Column::OrganizationId.eq(organization_id))
        .exec(db)
        .await?;
    Ok(())
}

/// Keeps how many failures there are in a row, and until when the last of them pauses the account: the moment itself where it does not. The
/// caller holds the lock of the person.
pub(crate) async fn update_failures(
    db: &impl ConnectionTrait,
    id: Uuid,
    failures: i32,
    until: DateTime<Utc>,
) -> ServiceResult<()> {
    user::Entity::update_many()
        .col_expr(user::Column::FailedSignIns, Expr::value(failures))
        .col_expr(user::Column::LockedUntil, Expr::value(Some(until)))
        .filter(user::Column::Id.eq(id))
        .exec(db)
        .await?;
    Ok(())
}

pub(crate) async fn update_signed_in(
    db: &impl ConnectionTrait,
    id: Uuid,
    now: DateTime<Utc>,
) -> ServiceResult<()> {
    user::Entity::update_many()
        .col_expr(user::Column::FailedSignIns, Expr::value(0))
        .col_expr(
            user::Column::LockedUntil,
            Expr::value(Option::<DateTime<Utc>>::None),
        )
        .col_expr(user::Column::LastSignInAt, Expr::value(Some(now)))
        .filter(user::Column::Id.eq(id))
        .exec(db)
        .await?;
    Ok(())
}

/// Forgets failures and the pause that came of them.
pub(crate) async fn update_unlocked(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<()> {
    user::Entity::update_many()
        .col_expr(user::Column::FailedSignIns, Expr::value(0))
        .col_expr(
            user::Column::LockedUntil,
            Expr::value(Option::<DateTime<Utc>>::None),
        )
        .filter(user::Column::Id.eq(id))
        .filter(user::Column::OrganizationId.eq(organization_id))
        .exec(db)
        .await?;
    Ok(())
}

/// Replaces a person's roles and stores.
pub(crate) async fn replace_roles(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    user_id: Uuid,
    roles: &[role::Model],
    all_stores: bool,
    stores: &BTreeSet<Uuid>,
) -> ServiceResult<()> {
    user_role::Entity::delete_many()
        .filter(user_role::Column::OrganizationId.eq(organization_id))
        .filter(user_role::Column::UserId.eq(user_id))
        .exec(db)
        .await?;
    user_store_scope::Entity::delete_many()
        .filter(user_store_scope::Column::OrganizationId.eq(organization_id))
        .filter(user_store_scope::Column::UserId.eq(user_id))
        .exec(db)
        .await?;
    let links = roles.iter().map(|r| user_role::ActiveModel {
        user_id: Set(user_id),
        role_id: Set(r.id),
        organization_id: Set(organization_id),
        all_stores: Set(all_stores),
    });
    user_role::Entity::insert_many(links)
        .exec_without_returning(db)
        .await?;
    if !stores.is_empty() {
        let scopes = stores.iter().map(|store_id| user_store_scope::ActiveModel {
            user_id: Set(user_id),
            store_id: Set(*store_id),
            organization_id: Set(organization_id),
        });
        user_store_scope::Entity::insert_many(scopes)
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// Whether another active person holds a role.
pub(crate) async fn has_other_active_with_role(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    role: RoleKey,
    except: Uuid,
) -> ServiceResult<bool> {
    let holders: BTreeSet<Uuid> = list_roles(db, organization_id, None)
        .await?
        .into_iter()
        .filter(|(id, held)| *id != except && held.iter().any(|h| h.role.key == role.as_str()))
        .map(|(id, _)| id)
        .collect();
    let other = user::Entity::find()
        .filter(user::Column::OrganizationId.eq(organization_id))
        .filter(user::Column::Active.eq(true))
        .filter(user::Column::Id.is_in(holders))
        .one(db)
        .await?;
    Ok(other.is_some())
}

/// Whether an active person other than these has a right in a store.
pub(crate) async fn has_other_with_permission(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    store_id: Uuid,
    permission: Permission,
    except: &BTreeSet<Uuid>,
) -> ServiceResult<bool> {
    let scopes = list_scopes(db, organization_id, None).await?;
    let allows = |held: &Held| {
        let words = held.role.permissions.as_array().into_iter().flatten();
        words
            .filter_map(serde_json::Value::as_str)
            .any(|word| word == permission.as_str())
    };
    let is_there = |id: &Uuid, held: &[Held]| {
        let mut held = held.iter();
        held.any(|h| h.all_stores)
            || scopes
                .get(id)
                .is_some_and(|stores| stores.contains(&store_id))
    };
    let holders: BTreeSet<Uuid> = list_roles(db, organization_id, None)
        .await?
        .into_iter()
        .filter(|(id, held)| {
            !except.contains(id) && held.iter().any(allows) && is_there(id, held.as_slice())
        })
        .map(|(id, _)| id)
        .collect();
    let other = user::Entity::find()
        .filter(user::Column::OrganizationId.eq(organization_id))
        .filter(user::Column::Active.eq(true))
        .filter(user::Column::Id.is_in(holders))
        .one(db)
        .await?;
    Ok(other.is_some())
}
