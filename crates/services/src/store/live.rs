//! Rows of the outbox of live events.

use crate::ServiceResult;
use chrono::{DateTime, Utc};
use entity::live_event;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

/// Adds an event; the database gives it its number.
pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    row: live_event::ActiveModel,
) -> ServiceResult<()> {
    live_event::Entity::insert(row)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Events after a number, ascending; of one organization, or of all of a database for who hands them on.
pub(crate) async fn list_after(
    db: &impl ConnectionTrait,
    organization_id: Option<Uuid>,
    id: i64,
    limit: u64,
) -> ServiceResult<Vec<live_event::Model>> {
    let mut query = live_event::Entity::find();
    if let Some(organization_id) = organization_id {
        query = query.filter(live_event::Column::OrganizationId.eq(organization_id));
    }
    Ok(query
        .filter(live_event::Column::Id.gt(id))
        .order_by_asc(live_event::Column::Id)
        .limit(limit)
        .all(db)
        .await?)
}

/// Events of an organization with a number between two, both left out, that were made at or after a moment; ascending.
pub(crate) async fn list_young(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    (above, below): (i64, i64),
    young: DateTime<Utc>,
) -> ServiceResult<Vec<live_event::Model>> {
    Ok(live_event::Entity::find()
        .filter(live_event::Column::OrganizationId.eq(organization_id))
        .filter(live_event::Column::Id.gt(above))
        .filter(live_event::Column::Id.lt(below))
        .filter(live_event::Column::CreatedAt.gte(young))
        .order_by_asc(live_event::Column::Id)
        .all(db)
        .await?)
}

/// Number of the newest event of any organization; 0 where there is none.
pub(crate) async fn newest(db: &impl ConnectionTrait) -> ServiceResult<i64> {
    let row = live_event::Entity::find()
        .order_by_desc(live_event::Column::Id)
        .one(db)
        .await?;
    Ok(row.map_or(0, |r| r.id))
}

/// Number of the oldest event that is still there, of any organization; `None` where there is none.
pub(crate) async fn oldest(db: &impl ConnectionTrait) -> ServiceResult<Option<i64>> {
    Ok(live_event::Entity::find()
        .select_only()
        .column(live_event::Column::Id)
        .order_by_asc(live_event::Column::Id)
        .limit(1)
        .into_tuple()
        .one(db)
        .await?)
}

/// Deletes events of all organizations that are older than a moment, at most so many, but never the newest of all: its number is where
/// streams go on from. Answers how many went.
pub(crate) async fn delete_before(
    db: &impl ConnectionTrait,
    before: DateTime<Utc>,
    limit: u64,
) -> ServiceResult<u64> {
    let newest = newest(db).await?;
    let ids: Vec<i64> = live_event::Entity::find()
        .select_only()
        .column(live_event::Column::Id)
        .filter(live_event::Column::CreatedAt.lt(before))
        .filter(live_event::Column::Id.lt(newest))
        .order_by_asc(live_event::Column::CreatedAt)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    if ids.is_empty() {
        return Ok(0);
    }
    let deleted = live_event::Entity::delete_many()
        .filter(live_event::Column::Id.is_in(ids))
        .exec(db)
        .await?;
    Ok(deleted.rows_affected)
}
