//! Rows of model versions, their aliases and the history of who was champion when.

use crate::ServiceResult;
use chrono::{DateTime, Utc};
use domain::ModelAlias;
use entity::{model_alias, model_alias_history, model_version};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect,
};
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
