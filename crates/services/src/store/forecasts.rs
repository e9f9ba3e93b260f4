//! Rows of forecasts, overrides and scores.

use crate::ServiceResult;
use chrono::NaiveDate;
use entity::{daily_sales, forecast, forecast_override, forecast_score, user};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, IdenStatic,
    IntoActiveModel, Iterable, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

/// 20 columns a row: well below the engines' limits on bound values.
const ROWS_PER_STATEMENT: usize = 800;

/// Writes forecasts; a row issued before on the same day is replaced.
pub(crate) async fn upsert(
    db: &impl ConnectionTrait,
    rows: &[forecast::Model],
) -> ServiceResult<()> {
    use forecast::Column as C;
    for chunk in rows.chunks(ROWS_PER_STATEMENT) {
        let models = chunk.iter().map(|r| r.clone().into_active_model());
        let keys = [C::StoreId, C::ProductId, C::IssuedOn, C::TargetDate];
        let rest = C::iter().filter(|c| !keys.iter().any(|k| k.as_str() == c.as_str()));
        forecast::Entity::insert_many(models)
            .on_conflict(OnConflict::columns(keys).update_columns(rest).to_owned())
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// Removes what an earlier attempt of the same night issued.
pub(crate) async fn delete_issued(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    issued_on: NaiveDate,
) -> ServiceResult<u64> {
    Ok(forecast::Entity::delete_many()
        .filter(forecast::Column::OrganizationId.eq(organization_id))
        .filter(forecast::Column::IssuedOn.eq(issued_on))
        .exec(db)
        .await?
        .rows_affected)
}

/// The latest night that issued forecasts, not after a date.
pub(crate) async fn latest_issue(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    not_after: Option<NaiveDate>,
) -> ServiceResult<Option<NaiveDate>> {
    let mut query = forecast::Entity::find()
        .select_only()
        .column(forecast::Column::IssuedOn)
        .filter(forecast::Column::OrganizationId.eq(organization_id));
    if let Some(date) = not_after {
        query = query.filter(forecast::Column::IssuedOn.lte(date));
    }
    Ok(query
        .order_by_desc(forecast::Column::IssuedOn)
        .limit(1)
        .into_tuple()
        .one(db)
        .await?)
}

/// Every forecast issued on a day for some target days of some stores.
pub(crate) async fn list_issued(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    issued_on: NaiveDate,
    stores: Option<&[Uuid]>,
    from: NaiveDate,
    until: NaiveDate,
) -> ServiceResult<Vec<forecast::Model>> {
    let mut query = forecast::Entity::find()
        .filter(forecast::Column::OrganizationId.eq(organization_id))
        .filter(forecast::Column::IssuedOn.eq(issued_on))
        .filter(forecast::Column::TargetDate.between(from, until));
    if let Some(stores) = stores {
        query = query.filter(forecast::Column::StoreId.is_in(stores.iter().copied()));
    }
    Ok(query.all(db).await?)
}

/// Every forecast that was made for one target day.
pub(crate) async fn list_for_target(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    store_ids: &[Uuid],
    target: NaiveDate,
) -> ServiceResult<Vec<forecast::Model>> {
    Ok(forecast::Entity::find()
        .filter(forecast::Column::StoreId.is_in(store_ids.iter().copied()))
        .filter(forecast::Column::TargetDate.eq(target))
        .filter(forecast::Column::OrganizationId.eq(organization_id))
        .all(db)
        .await?)
}

/// People's numbers for some target days.
pub(crate) async fn list_overrides(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    from: NaiveDate,
    until: NaiveDate,
) -> ServiceResult<Vec<forecast_override::Model>> {
    Ok(forecast_override::Entity::find()
        .filter(forecast_override::Column::OrganizationId.eq(organization_id))
        .filter(forecast_override::Column::TargetDate.between(from, until))
        .all(db)
        .await?)
}

/// Writes scores; scoring a day again replaces them.
pub(crate) async fn upsert_scores(
    db: &impl ConnectionTrait,
    rows: Vec<forecast_score::ActiveModel>,
) -> ServiceResult<()> {
    use forecast_score::Column as C;
    let mut rows = rows;
    while !rows.is_empty() {
        let chunk: Vec<_> = rows.drain(..rows.len().min(ROWS_PER_STATEMENT)).collect();
        let keys = [C::StoreId, C::ProductId, C::TargetDate, C::Horizon];
        let rest = C::iter().filter(|c| !keys.iter().any(|k| k.as_str() == c.as_str()));
        forecast_score::Entity::insert_many(chunk)
            .on_conflict(OnConflict::columns(keys).update_columns(rest).to_owned())
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// Scores of target days.
pub(crate) async fn list_scores(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    from: NaiveDate,
    until: NaiveDate,
) -> ServiceResult<Vec<forecast_score::Model>> {
    Ok(forecast_score::Entity::find()
        .filter(forecast_score::Column::OrganizationId.eq(organization_id))
        .filter(forecast_score::Column::TargetDate.between(from, until))
        .all(db)
        .await?)
}

/// What was sold on some days, of one store or of all.
pub(crate) async fn list_sold(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    store_id: Option<Uuid>,
    from: NaiveDate,
    until: NaiveDate,
) -> ServiceResult<Vec<daily_sales::Model>> {
    let mut query = daily_sales::Entity::find()
        .filter(daily_sales::Column::OrganizationId.eq(organization_id))
        .filter(daily_sales::Column::BusinessDate.between(from, until));
    if let Some(store_id) = store_id {
        query = query.filter(daily_sales::Column::StoreId.eq(store_id));
    }
    Ok(query.all(db).await?)
}

/// What one shelf sold on some days.
pub(crate) async fn list_sold_of_shelf(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    store_id: Uuid,
    product_id: Uuid,
    from: NaiveDate,
    until: NaiveDate,
) -> ServiceResult<Vec<daily_sales::Model>> {
    Ok(daily_sales::Entity::find()
        .filter(daily_sales::Column::StoreId.eq(store_id))
        .filter(daily_sales::Column::ProductId.eq(product_id))
        .filter(daily_sales::Column::OrganizationId.eq(organization_id))
        .filter(daily_sales::Column::BusinessDate.between(from, until))
        .order_by_asc(daily_sales::Column::BusinessDate)
        .all(db)
        .await?)
}

/// A new override row.
pub(crate) async fn insert_override(
    db: &impl ConnectionTrait,
    row: forecast_override::Model,
) -> ServiceResult<()> {
    let row = row.into_active_model();
    forecast_override::Entity::insert(row)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Changes an override that has not changed since it was read; `false` when it has.
pub(crate) async fn update_override(
    db: &impl ConnectionTrait,
    row: &forecast_override::Model,
    expected_version: i32,
) -> ServiceResult<bool> {
    use forecast_override::Column as C;
    let result = forecast_override::Entity::update_many()
        .set(forecast_override::ActiveModel {
            quantity: Set(row.quantity),
            note: Set(row.note.clone()),
            author_id: Set(row.author_id),
            updated_at: Set(row.updated_at),
            version: Set(expected_version + 1),
            ..Default::default()
        })
        .filter(C::Id.eq(row.id))
        .filter(C::OrganizationId.eq(row.organization_id))
        .filter(C::Version.eq(expected_version))
        .exec(db)
        .await?;
    Ok(result.rows_affected == 1)
}

/// Takes a person's number away, unless it changed since it was read; `false` when it has.
pub(crate) async fn delete_override(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
    expected_version: i32,
) -> ServiceResult<bool> {
    let result = forecast_override::Entity::delete_many()
        .filter(forecast_override::Column::Id.eq(id))
        .filter(forecast_override::Column::OrganizationId.eq(organization_id))
        .filter(forecast_override::Column::Version.eq(expected_version))
        .exec(db)
        .await?;
    Ok(result.rows_affected == 1)
}

/// Forecasts of one shelf for target days, made so many days ahead, by target.
pub(crate) async fn list_of_shelf_by_horizon(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    store_id: Uuid,
    product_id: Uuid,
    horizons: &[i32],
    from: NaiveDate,
    until: NaiveDate,
) -> ServiceResult<Vec<forecast::Model>> {
    Ok(forecast::Entity::find()
        .filter(forecast::Column::StoreId.eq(store_id))
        .filter(forecast::Column::ProductId.eq(product_id))
        .filter(forecast::Column::OrganizationId.eq(organization_id))
        .filter(forecast::Column::TargetDate.between(from, until))
        .filter(forecast::Column::Horizon.is_in(horizons.iter().copied()))
        .order_by_asc(forecast::Column::TargetDate)
        .all(db)
        .await?)
}

/// What one night said about one shelf, by target.
pub(crate) async fn list_issued_of_shelf(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    store_id: Uuid,
    product_id: Uuid,
    issued_on: NaiveDate,
) -> ServiceResult<Vec<forecast::Model>> {
    Ok(forecast::Entity::find()
        .filter(forecast::Column::StoreId.eq(store_id))
        .filter(forecast::Column::ProductId.eq(product_id))
        .filter(forecast::Column::IssuedOn.eq(issued_on))
        .filter(forecast::Column::OrganizationId.eq(organization_id))
        .order_by_asc(forecast::Column::TargetDate)
        .all(db)
        .await?)
}

/// What one night said for a store, for some target days.
pub(crate) async fn list_issued_of_store(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    store_id: Uuid,
    issued_on: NaiveDate,
    from: NaiveDate,
    until: NaiveDate,
) -> ServiceResult<Vec<forecast::Model>> {
    Ok(forecast::Entity::find()
        .filter(forecast::Column::StoreId.eq(store_id))
        .filter(forecast::Column::TargetDate.between(from, until))
        .filter(forecast::Column::IssuedOn.eq(issued_on))
        .filter(forecast::Column::OrganizationId.eq(organization_id))
        .order_by_asc(forecast::Column::TargetDate)
        .all(db)
        .await?)
}

/// The latest night that forecast for a store: its day, the last day it reached, and one of its rows.
pub(crate) async fn find_latest_of_store(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    store_id: Uuid,
) -> ServiceResult<Option<forecast::Model>> {
    Ok(forecast::Entity::find()
        .filter(forecast::Column::StoreId.eq(store_id))
        .filter(forecast::Column::OrganizationId.eq(organization_id))
        .order_by_desc(forecast::Column::TargetDate)
        .order_by_desc(forecast::Column::IssuedOn)
        .limit(1)
        .one(db)
        .await?)
}

/// The latest night that forecast for the organization: its day, the last day it reached, and one of its rows.
pub(crate) async fn find_latest(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<Option<forecast::Model>> {
    Ok(forecast::Entity::find()
        .filter(forecast::Column::OrganizationId.eq(organization_id))
        .order_by_desc(forecast::Column::IssuedOn)
        .order_by_desc(forecast::Column::TargetDate)
        // A shop may keep the baseline in a night of a model: the model speaks for the whole.
        .order_by_desc(forecast::Column::Source)
        .limit(1)
        .one(db)
        .await?)
}

/// People's numbers of one store for some target days, with their last authors' names.
pub(crate) async fn list_overrides_of_store(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    store_id: Uuid,
    product_id: Option<Uuid>,
    from: NaiveDate,
    until: NaiveDate,
) -> ServiceResult<Vec<(forecast_override::Model, String)>> {
    let mut query = forecast_override::Entity::find()
        .find_also_related(user::Entity)
        .filter(forecast_override::Column::OrganizationId.eq(organization_id))
        .filter(forecast_override::Column::StoreId.eq(store_id))
        .filter(forecast_override::Column::TargetDate.between(from, until));
    if let Some(product_id) = product_id {
        query = query.filter(forecast_override::Column::ProductId.eq(product_id));
    }
    Ok(query
        .order_by_asc(forecast_override::Column::TargetDate)
        .all(db)
        .await?
        .into_iter()
        .map(|(o, author)| (o, author.map(|a| a.display_name).unwrap_or_default()))
        .collect())
}

/// Sums over the scored days of one shelf and horizon; sold-out days left out.
#[derive(Clone, Copy, Debug, Default, FromQueryResult)]
pub(crate) struct ScoreSum {
    pub store_id: Uuid,
    pub product_id: Uuid,
    pub horizon: i32,
    pub days: i64,
    pub inside: i64,
    pub actual: i64,
    pub error_milli: i64,
    pub bias_milli: i64,
    /// Over the days on which the same day of the week before is known.
    pub compared_actual: i64,
    pub compared_error_milli: i64,
    pub baseline_error_milli: i64,
}

/// Scores of target days, added up by shelf and horizon in the database.
pub(crate) async fn list_score_sums(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    store_id: Option<Uuid>,
    product_id: Option<Uuid>,
    horizons: &[i32],
    from: NaiveDate,
    until: NaiveDate,
) -> ServiceResult<Vec<ScoreSum>> {
    use forecast_score::Column as C;
    // PostgreSQL sums bigint into numeric; the casts keep one type on both engines.
    let mut query = forecast_score::Entity::find()
        .select_only()
        .columns([C::StoreId, C::ProductId, C::Horizon])
        .column_as(Expr::cust("COUNT(*)"), "days")
        .column_as(
            Expr::cust("CAST(SUM(CASE WHEN inside_80 THEN 1 ELSE 0 END) AS BIGINT)"),
            "inside",
        )
        .column_as(Expr::cust("CAST(SUM(actual) AS BIGINT)"), "actual")
        .column_as(
            Expr::cust("CAST(SUM(absolute_error_milli) AS BIGINT)"),
            "error_milli",
        )
        .column_as(
            Expr::cust("CAST(SUM(mean_milli - actual * 1000) AS BIGINT)"),
            "bias_milli",
        )
        .column_as(
            Expr::cust("CAST(SUM(CASE WHEN baseline_q50_milli IS NULL THEN 0 ELSE actual END) AS BIGINT)"),
            "compared_actual",
        )
        .column_as(
            Expr::cust("CAST(SUM(CASE WHEN baseline_q50_milli IS NULL THEN 0 ELSE absolute_error_milli END) AS BIGINT)"),
            "compared_error_milli",
        )
        .column_as(
            Expr::cust("CAST(SUM(CASE WHEN baseline_q50_milli IS NULL THEN 0 ELSE ABS(actual * 1000 - baseline_q50_milli) END) AS BIGINT)"),
            "baseline_error_milli",
        )
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::TargetDate.between(from, until))
        .filter(C::Horizon.is_in(horizons.iter().copied()))
        .filter(C::Censored.eq(false))
        .group_by(C::StoreId)
        .group_by(C::ProductId)
        .group_by(C::Horizon);
    if let Some(store_id) = store_id {
        query = query.filter(C::StoreId.eq(store_id));
    }
    if let Some(product_id) = product_id {
        query = query.filter(C::ProductId.eq(product_id));
    }
    Ok(query
        .order_by_asc(C::StoreId)
        .order_by_asc(C::ProductId)
        .order_by_asc(C::Horizon)
        .into_model::<ScoreSum>()
        .all(db)
        .await?)
}
