//! Rows of totals.

use crate::ServiceResult;
use chrono::NaiveDate;
use domain::TotalLevel;
use entity::forecast_total;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
};
use uuid::Uuid;

/// 19 columns a row: well below the engines' limits on bound values.
const ROWS_PER_STATEMENT: usize = 800;

/// Removes the totals of a night.
pub(crate) async fn delete_issued(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    issued_on: NaiveDate,
) -> ServiceResult<()> {
    forecast_total::Entity::delete_many()
        .filter(forecast_total::Column::OrganizationId.eq(organization_id))
        .filter(forecast_total::Column::IssuedOn.eq(issued_on))
        .exec(db)
        .await?;
    Ok(())
}

/// New totals.
pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    rows: &[forecast_total::Model],
) -> ServiceResult<()> {
    for chunk in rows.chunks(ROWS_PER_STATEMENT) {
        let models = chunk.iter().map(|r| r.clone().into_active_model());
        forecast_total::Entity::insert_many(models)
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// Totals of one subject as issued by a night, by day.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    level: TotalLevel,
    subject_id: Uuid,
    issued_on: NaiveDate,
) -> ServiceResult<Vec<forecast_total::Model>> {
    use forecast_total::Column as C;
    Ok(forecast_total::Entity::find()
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::Level.eq(level))
        .filter(C::SubjectId.eq(subject_id))
        .filter(C::IssuedOn.eq(issued_on))
        .order_by_asc(C::TargetDate)
        .order_by_asc(C::Unit)
        .all(db)
        .await?)
}
