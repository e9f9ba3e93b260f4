//! Rows of roles.

use crate::{ServiceError, ServiceResult};
use domain::RoleKey;
use entity::role::{self, Column as C};
use entity::user_role;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// By name.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<Vec<role::Model>> {
    Ok(role::Entity::find()
        .filter(C::OrganizationId.eq(organization_id))
        .order_by_asc(C::Name)
        .order_by_asc(C::Id)
        .all(db)
        .await?)
}

pub(crate) async fn get(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<role::Model> {
    role::Entity::find_by_id(id)
        .filter(C::OrganizationId.eq(organization_id))
        .one(db)
        .await?
        .ok_or(ServiceError::NotFound("role"))
}

/// The organization's roles under these keys or with these ids.
pub(crate) async fn list_named(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    keys: &BTreeSet<RoleKey>,
    ids: &BTreeSet<Uuid>,
) -> ServiceResult<Vec<role::Model>> {
    let named = Condition::any()
        .add(C::Key.is_in(keys.iter().map(|key| key.as_str())))
        .add(C::Id.is_in(ids.iter().copied()));
    Ok(role::Entity::find()
        .filter(C::OrganizationId.eq(organization_id))
        .filter(named)
        .all(db)
        .await?)
}

/// How many people hold each role.
pub(crate) async fn count_holders(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<BTreeMap<Uuid, i64>> {
    let counts: Vec<(Uuid, i64)> = user_role::Entity::find()
        .select_only()
        .column(user_role::Column::RoleId)
        .column_as(Expr::cust("COUNT(*)"), "holders")
        .filter(user_role::Column::OrganizationId.eq(organization_id))
        .group_by(user_role::Column::RoleId)
        .into_tuple()
        .all(db)
        .await?;
    Ok(counts.into_iter().collect())
}

pub(crate) async fn update(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
    name: &str,
    permissions: Value,
) -> ServiceResult<()> {
    role::Entity::update_many()
        .col_expr(C::Name, Expr::value(name))
        .col_expr(C::Permissions, Expr::value(permissions))
        .col_expr(C::Version, Expr::col(C::Version).add(1))
        .filter(C::Id.eq(id))
        .filter(C::OrganizationId.eq(organization_id))
        .exec(db)
        .await?;
    Ok(())
}

pub(crate) async fn update_factor_required(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
    required: bool,
) -> ServiceResult<()> {
    role::Entity::update_many()
        .col_expr(C::FactorRequired, Expr::value(required))
        .col_expr(C::Version, Expr::col(C::Version).add(1))
        .filter(C::Id.eq(id))
        .filter(C::OrganizationId.eq(organization_id))
        .exec(db)
        .await?;
    Ok(())
}

pub(crate) async fn delete(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<()> {
    role::Entity::delete_many()
        .filter(C::Id.eq(id))
        .filter(C::OrganizationId.eq(organization_id))
        .exec(db)
        .await?;
    Ok(())
}
