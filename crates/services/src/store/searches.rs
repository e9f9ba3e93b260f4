//! Rows of searches for settings.

use crate::ServiceResult;
use entity::model_search;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, Select,
};
use uuid::Uuid;

fn newest_first(organization_id: Uuid) -> Select<model_search::Entity> {
    use model_search::Column as C;
    model_search::Entity::find()
        .filter(C::OrganizationId.eq(organization_id))
        .order_by_desc(C::CreatedAt)
        .order_by_desc(C::Id)
}

/// A new search.
pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    row: model_search::Model,
) -> ServiceResult<()> {
    model_search::Entity::insert(row.into_active_model())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Searches, newest first.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    limit: u64,
) -> ServiceResult<Vec<model_search::Model>> {
    Ok(newest_first(organization_id).limit(limit).all(db).await?)
}

/// The latest search that chose something.
pub(crate) async fn last_choice(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<Option<model_search::Model>> {
    Ok(newest_first(organization_id)
        .filter(model_search::Column::Chosen.is_not_null())
        .one(db)
        .await?)
}
