//! Rows that say whether what a prediction rests on is still what it was.

use crate::ServiceResult;
use chrono::{DateTime, NaiveDate, Utc};
use entity::{audit_entry, audit_head, daily_sales, weather_day};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

/// Number of the newest audit entry; 0 where there is none.
pub(crate) async fn find_head(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<i64> {
    let head = audit_head::Entity::find_by_id(organization_id)
        .one(db)
        .await?;
    Ok(head.map_or(0, |head| head.sequence))
}

/// The newest audit entry of an action.
pub(crate) async fn find_last_entry(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    action: &str,
) -> ServiceResult<Option<audit_entry::Model>> {
    Ok(audit_entry::Entity::find()
        .filter(audit_entry::Column::OrganizationId.eq(organization_id))
        .filter(audit_entry::Column::Action.eq(action))
        .order_by_desc(audit_entry::Column::Sequence)
        .one(db)
        .await?)
}

/// Numbers and actions of the audit entries after one, ascending, at most so many.
pub(crate) async fn list_actions_after(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    sequence: i64,
    limit: u64,
) -> ServiceResult<Vec<(i64, String)>> {
    Ok(audit_entry::Entity::find()
        .select_only()
        .column(audit_entry::Column::Sequence)
        .column(audit_entry::Column::Action)
        .filter(audit_entry::Column::OrganizationId.eq(organization_id))
        .filter(audit_entry::Column::Sequence.gt(sequence))
        .order_by_asc(audit_entry::Column::Sequence)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?)
}

/// When the sums of these trading days last changed.
pub(crate) async fn find_sales_change(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    (from, until): (NaiveDate, NaiveDate),
) -> ServiceResult<Option<DateTime<Utc>>> {
    let row: Option<Option<DateTime<Utc>>> = daily_sales::Entity::find()
        .select_only()
        .column_as(daily_sales::Column::UpdatedAt.max(), "changed")
        .filter(daily_sales::Column::OrganizationId.eq(organization_id))
        .filter(daily_sales::Column::BusinessDate.between(from, until))
        .into_tuple()
        .one(db)
        .await?;
    Ok(row.flatten())
}

/// When the weather of these days last changed.
pub(crate) async fn find_weather_change(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    (from, until): (NaiveDate, NaiveDate),
) -> ServiceResult<Option<DateTime<Utc>>> {
    let row: Option<Option<DateTime<Utc>>> = weather_day::Entity::find()
        .select_only()
        .column_as(weather_day::Column::UpdatedAt.max(), "changed")
        .filter(weather_day::Column::OrganizationId.eq(organization_id))
        .filter(weather_day::Column::Date.between(from, until))
        .into_tuple()
        .one(db)
        .await?;
    Ok(row.flatten())
}
