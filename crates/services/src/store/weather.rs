//! Rows of the weather at a store.

use crate::ServiceResult;
use chrono::NaiveDate;
use entity::weather_day;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

/// What is known of one day.
pub(crate) async fn find(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    store_id: Uuid,
    date: NaiveDate,
) -> ServiceResult<Option<weather_day::Model>> {
    Ok(weather_day::Entity::find_by_id((store_id, date))
        .filter(weather_day::Column::OrganizationId.eq(organization_id))
        .one(db)
        .await?)
}
