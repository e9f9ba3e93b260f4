//! Rows of what a shelf sold on a trading day, many at a time.

use crate::ServiceResult;
use crate::ledger::Shelf;
use chrono::{DateTime, NaiveDate, Utc};
use entity::{daily_sales, forecast_score};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter,
    QuerySelect,
};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Rows per statement: SQLite allows 32,766 bound values.
const ROWS_PER_STATEMENT: usize = 1_000;

/// Shelves in one condition: SQLite's parser nests alternatives at most a thousand deep.
const SHELVES_PER_STATEMENT: usize = 200;

/// What one trading day of one shelf gains or loses. A day's quantity is what was bought: what comes back was wanted all the same, and
/// demand is learned from it. Its revenue is what was paid less what was paid back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DayChange {
    pub quantity: i64,
    pub revenue_minor: i64,
    /// Price of the last sale; `None` leaves what is there.
    pub unit_price_minor: Option<i64>,
    /// Code of the last promotion; `None` leaves what is there.
    pub promotion: Option<String>,
}

impl DayChange {
    /// A line comes to the day.
    pub(crate) fn add_line(&mut self, quantity: i64, total_minor: i64) {
        self.quantity += Ord::max(quantity, 0);
        self.revenue_minor += total_minor;
    }

    /// A line goes from it.
    pub(crate) fn take_line(&mut self, quantity: i64, total_minor: i64) {
        self.quantity -= Ord::max(quantity, 0);
        self.revenue_minor -= total_minor;
    }
}

/// Adds to the sums per day, creating rows that are missing.
pub(crate) async fn add(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    now: DateTime<Utc>,
    changes: &BTreeMap<(Uuid, Uuid, NaiveDate), DayChange>,
) -> ServiceResult<()> {
    let rows: Vec<_> = changes.iter().collect();
    for chunk in rows.chunks(ROWS_PER_STATEMENT) {
        let models =
            chunk.iter().map(
                |((store_id, product_id, date), change)| daily_sales::ActiveModel {
                    store_id: Set(*store_id),
                    product_id: Set(*product_id),
                    business_date: Set(*date),
                    organization_id: Set(organization_id),
                    quantity: Set(change.quantity),
                    revenue_minor: Set(change.revenue_minor),
                    unit_price_minor: Set(change.unit_price_minor),
                    promotion: Set(change.promotion.clone()),
                    censored: Set(false),
                    updated_at: Set(now),
                    sold_out_by: Set(None),
                    lost_units: Set(None),
                    examined_at: Set(None),
                },
            );
        let sum = |column: daily_sales::Column, added: &'static str| {
            Expr::col((daily_sales::Entity, column)).add(Expr::cust(added))
        };
        let last = |name: &'static str| {
            Expr::cust(format!("COALESCE(excluded.{name}, daily_sales.{name})"))
        };
        daily_sales::Entity::insert_many(models)
            .on_conflict(
                OnConflict::columns([
                    daily_sales::Column::StoreId,
                    daily_sales::Column::ProductId,
                    daily_sales::Column::BusinessDate,
                ])
                .value(
                    daily_sales::Column::Quantity,
                    sum(daily_sales::Column::Quantity, "excluded.quantity"),
                )
                .value(
                    daily_sales::Column::RevenueMinor,
                    sum(daily_sales::Column::RevenueMinor, "excluded.revenue_minor"),
                )
                .value(
                    daily_sales::Column::UnitPriceMinor,
                    last("unit_price_minor"),
                )
                .value(daily_sales::Column::Promotion, last("promotion"))
                .value(
                    daily_sales::Column::UpdatedAt,
                    Expr::cust("excluded.updated_at"),
                )
                // What was made of the day no longer holds.
                .value(
                    daily_sales::Column::ExaminedAt,
                    Expr::cust("excluded.examined_at"),
                )
                .to_owned(),
            )
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// Lines of the days named in `daily_sales` that sold something, from whatever source.
const LINES_OF_DAY: &str = "FROM sale_lines l WHERE l.store_id = daily_sales.store_id \
    AND l.product_id = daily_sales.product_id AND l.business_date = daily_sales.business_date AND l.quantity > 0";

/// After sales were taken out of these days: days of which nothing is left go, the others show price and promotion
/// of the sale that was recorded last.
pub(crate) async fn settle(
    db: &impl ConnectionTrait,
    keys: impl IntoIterator<Item = (Uuid, Uuid, NaiveDate)>,
) -> ServiceResult<()> {
    let mut by_shelf: BTreeMap<Shelf, BTreeSet<NaiveDate>> = BTreeMap::new();
    for (store_id, product_id, date) in keys {
        by_shelf
            .entry((store_id, product_id))
            .or_default()
            .insert(date);
    }
    let shelves: Vec<_> = by_shelf.into_iter().collect();
    for chunk in shelves.chunks(SHELVES_PER_STATEMENT) {
        let days = chunk
            .iter()
            .fold(Condition::any(), |any, ((store_id, product_id), dates)| {
                any.add(
                    daily_sales::Column::StoreId
                        .eq(*store_id)
                        .and(daily_sales::Column::ProductId.eq(*product_id))
                        .and(daily_sales::Column::BusinessDate.is_in(dates.iter().copied())),
                )
            });
        daily_sales::Entity::delete_many()
            .filter(days.clone())
            .filter(daily_sales::Column::Quantity.eq(0))
            .filter(daily_sales::Column::RevenueMinor.eq(0))
            .exec(db)
            .await?;
        daily_sales::Entity::update_many()
            .col_expr(
                daily_sales::Column::UnitPriceMinor,
                Expr::cust(format!(
                    "COALESCE((SELECT l.unit_price_minor {LINES_OF_DAY} ORDER BY l.sale_id DESC LIMIT 1), unit_price_minor)"
                )),
            )
            .col_expr(
                daily_sales::Column::Promotion,
                Expr::cust(format!(
                    "CASE WHEN EXISTS (SELECT 1 {LINES_OF_DAY}) THEN (SELECT MAX(l.promotion_code) {LINES_OF_DAY}) ELSE promotion END"
                )),
            )
            .filter(days)
            .exec(db)
            .await?;
    }
    Ok(())
}

/// When the totals of each trading day last changed, of the days that sold anything.
pub(crate) async fn list_last_changes(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    (from, until): (NaiveDate, NaiveDate),
) -> ServiceResult<BTreeMap<NaiveDate, DateTime<Utc>>> {
    let rows: Vec<(NaiveDate, DateTime<Utc>)> = daily_sales::Entity::find()
        .select_only()
        .column(daily_sales::Column::BusinessDate)
        .column_as(daily_sales::Column::UpdatedAt.max(), "changed")
        .filter(daily_sales::Column::OrganizationId.eq(organization_id))
        .filter(daily_sales::Column::BusinessDate.between(from, until))
        .group_by(daily_sales::Column::BusinessDate)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}

/// When each trading day's forecasts were last scored.
pub(crate) async fn list_last_scored(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    (from, until): (NaiveDate, NaiveDate),
) -> ServiceResult<BTreeMap<NaiveDate, DateTime<Utc>>> {
    let rows: Vec<(NaiveDate, DateTime<Utc>)> = forecast_score::Entity::find()
        .select_only()
        .column(forecast_score::Column::TargetDate)
        .column_as(forecast_score::Column::ScoredAt.max(), "scored")
        .filter(forecast_score::Column::OrganizationId.eq(organization_id))
        .filter(forecast_score::Column::TargetDate.between(from, until))
        .group_by(forecast_score::Column::TargetDate)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}
