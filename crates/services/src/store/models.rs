//! Rows of model versions, their aliases and the history of who was champion when.

use crate::ServiceResult;
use chrono::{DateTime, Utc};
use domain::{AliasChange, ModelAlias};
use entity::{model_alias, model_alias_history, model_version};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DerivePartialModel, EntityTrait,
    IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};
use std::collections::HashMap;
use uuid::Uuid;

/// Versions, newest first.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    limit: u64,
) -> ServiceResult<Vec<model_version::Model>> {
    Ok(model_version::Entity::find()
        .filter(model_version::Column::OrganizationId.eq(organization_id))
        .order_by_desc(model_version::Column::Number)
        .limit(limit)
        .all(db)
        .await?)
}

/// A version of the organization.
pub(crate) async fn find(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<Option<model_version::Model>> {
    Ok(model_version::Entity::find_by_id(id)
        .filter(model_version::Column::OrganizationId.eq(organization_id))
        .one(db)
        .await?)
}

/// The version whose artifact lies there.
pub(crate) async fn find_by_path(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    path: &str,
) -> ServiceResult<Option<model_version::Model>> {
    Ok(model_version::Entity::find()
        .filter(model_version::Column::OrganizationId.eq(organization_id))
        .filter(model_version::Column::ArtifactPath.eq(path))
        .one(db)
        .await?)
}

/// Next number, counting up from 1.
pub(crate) async fn next_number(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<i32> {
    let last: Option<i32> = model_version::Entity::find()
        .select_only()
        .column(model_version::Column::Number)
        .filter(model_version::Column::OrganizationId.eq(organization_id))
        .order_by_desc(model_version::Column::Number)
        .limit(1)
        .into_tuple()
        .one(db)
        .await?;
    Ok(last.unwrap_or(0) + 1)
}

/// A new version.
pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    row: model_version::Model,
) -> ServiceResult<()> {
    model_version::Entity::insert(row.into_active_model())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Who serves under which name.
pub(crate) async fn list_aliases(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<Vec<model_alias::Model>> {
    Ok(model_alias::Entity::find()
        .filter(model_alias::Column::OrganizationId.eq(organization_id))
        .all(db)
        .await?)
}

/// Points a name at a version.
pub(crate) async fn upsert_alias(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    alias: ModelAlias,
    model_version_id: Uuid,
    now: DateTime<Utc>,
) -> ServiceResult<()> {
    use model_alias::Column as C;
    let row = model_alias::ActiveModel {
        organization_id: Set(organization_id),
        alias: Set(alias),
        model_version_id: Set(model_version_id),
        since_at: Set(now),
    };
    model_alias::Entity::insert(row)
        .on_conflict(
            OnConflict::columns([C::OrganizationId, C::Alias])
                .update_columns([C::ModelVersionId, C::SinceAt])
                .to_owned(),
        )
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Appends to the history of a name.
pub(crate) async fn insert_history(
    db: &impl ConnectionTrait,
    row: model_alias_history::Model,
) -> ServiceResult<()> {
    model_alias_history::Entity::insert(row.into_active_model())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// A version, held until the transaction ends: nobody clears its artifact away meanwhile.
pub(crate) async fn find_locked(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<Option<model_version::Model>> {
    Ok(model_version::Entity::find_by_id(id)
        .filter(model_version::Column::OrganizationId.eq(organization_id))
        .lock_exclusive()
        .one(db)
        .await?)
}

/// What decides whether an artifact is kept.
#[derive(Clone, Debug, DerivePartialModel)]
#[sea_orm(entity = "model_version::Entity")]
pub(crate) struct KeptVersion {
    pub id: Uuid,
    pub number: i32,
    pub artifact_path: String,
    pub passed_gate: bool,
    pub artifact_removed_at: Option<DateTime<Utc>>,
}

/// Every version, newest first, held until the transaction ends.
pub(crate) async fn list_kept(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<Vec<KeptVersion>> {
    Ok(model_version::Entity::find()
        .filter(model_version::Column::OrganizationId.eq(organization_id))
        .order_by_desc(model_version::Column::Number)
        .lock_exclusive()
        .into_partial_model::<KeptVersion>()
        .all(db)
        .await?)
}

/// Says that artifacts are gone.
pub(crate) async fn mark_removed(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    ids: &[Uuid],
    now: DateTime<Utc>,
) -> ServiceResult<()> {
    model_version::Entity::update_many()
        .col_expr(
            model_version::Column::ArtifactRemovedAt,
            Expr::value(Some(now)),
        )
        .filter(model_version::Column::OrganizationId.eq(organization_id))
        .filter(model_version::Column::Id.is_in(ids.iter().copied()))
        .exec(db)
        .await?;
    Ok(())
}

/// The latest changes of a name, or of every name, newest first.
pub(crate) async fn list_history(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    alias: Option<ModelAlias>,
    limit: u64,
) -> ServiceResult<Vec<model_alias_history::Model>> {
    use model_alias_history::Column as C;
    let mut query =
        model_alias_history::Entity::find().filter(C::OrganizationId.eq(organization_id));
    if let Some(alias) = alias {
        query = query.filter(C::Alias.eq(alias));
    }
    Ok(query
        .order_by_desc(C::At)
        .order_by_desc(C::Id)
        .limit(limit)
        .all(db)
        .await?)
}

/// How a version last came to a name, other than by a rollback.
pub(crate) async fn last_arrival(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    alias: ModelAlias,
    version_id: Uuid,
) -> ServiceResult<Option<model_alias_history::Model>> {
    use model_alias_history::Column as C;
    Ok(model_alias_history::Entity::find()
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::Alias.eq(alias))
        .filter(C::ToVersionId.eq(version_id))
        .filter(C::Kind.ne(AliasChange::Rollback))
        .order_by_desc(C::At)
        .order_by_desc(C::Id)
        .one(db)
        .await?)
}

/// Numbers of versions.
pub(crate) async fn list_numbers(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    ids: &[Uuid],
) -> ServiceResult<HashMap<Uuid, i32>> {
    let rows: Vec<(Uuid, i32)> = model_version::Entity::find()
        .select_only()
        .column(model_version::Column::Id)
        .column(model_version::Column::Number)
        .filter(model_version::Column::OrganizationId.eq(organization_id))
        .filter(model_version::Column::Id.is_in(ids.iter().copied()))
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}
