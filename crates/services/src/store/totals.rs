//! Rows of totals.

use crate::ServiceResult;
use chrono::NaiveDate;
use domain::TotalLevel;
use entity::forecast_total;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IdenStatic, IntoActiveModel, Iterable, QueryFilter,
    QueryOrder,
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

/// Writes totals; one issued before on the same day is replaced.
pub(crate) async fn upsert(
    db: &impl ConnectionTrait,
    rows: &[forecast_total::Model],
) -> ServiceResult<()> {
    use forecast_total::Column as C;
    for chunk in rows.chunks(ROWS_PER_STATEMENT) {
        let models = chunk.iter().map(|r| r.clone().into_active_model());
        let keys = [C::Level, C::SubjectId, C::Unit, C::IssuedOn, C::TargetDate];
        let rest = C::iter().filter(|c| !keys.iter().any(|k| k.as_str() == c.as_str()));
        forecast_total::Entity::insert_many(models)
            .on_conflict(OnConflict::columns(keys).update_columns(rest).to_owned())
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
