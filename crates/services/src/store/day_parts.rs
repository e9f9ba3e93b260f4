//! When in the day shelves are bought from, counted by the database.

use crate::ServiceResult;
use chrono::{DateTime, NaiveDate, Utc};
use domain::day_parts::PARTS;
use entity::{sale, sale_line};
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait, SimpleExpr};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QuerySelect,
    RelationTrait,
};
use uuid::Uuid;

/// Stores in one time zone, and when midday and the afternoon began there on each day.
pub(crate) struct Zone {
    pub stores: Vec<Uuid>,
    pub days: Vec<(NaiveDate, DateTime<Utc>, DateTime<Utc>)>,
}

/// A shelf-day on which the shelf ran empty says nothing of the hours after it.
const NOT_SOLD_OUT: &str = "NOT EXISTS (SELECT 1 FROM daily_sales WHERE daily_sales.store_id = sale_lines.store_id \
     AND daily_sales.product_id = sale_lines.product_id AND daily_sales.business_date = sale_lines.business_date \
     AND daily_sales.censored)";

/// 1 for a line that was sold before a moment of its day.
fn before(
    zones: &[Zone],
    moment: impl Fn(&(NaiveDate, DateTime<Utc>, DateTime<Utc>)) -> DateTime<Utc>,
) -> SimpleExpr {
    let of_zone = |zone: &Zone| {
        let days = zone.days.iter().fold(Condition::any(), |any, day| {
            any.add(
                sale_line::Column::BusinessDate
                    .eq(day.0)
                    .and(sale::Column::SoldAt.lt(moment(day))),
            )
        });
        Condition::all()
            .add(sale_line::Column::StoreId.is_in(zone.stores.iter().copied()))
            .add(days)
    };
    let any = zones
        .iter()
        .fold(Condition::any(), |any, zone| any.add(of_zone(zone)));
    CaseStatement::new().case(any, 1).finally(0).into()
}

/// Lines of tickets by shelf and part of the day, over the days of the zones, without returned goods and without shelf-days that sold
/// out. One statement and a row for each shelf, however many tickets there are.
pub(crate) async fn list_lines(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    (from, until): (NaiveDate, NaiveDate),
    zones: &[Zone],
) -> ServiceResult<Vec<((Uuid, Uuid), [i64; PARTS])>> {
    let stores: Vec<Uuid> = zones
        .iter()
        .flat_map(|zone| zone.stores.iter().copied())
        .collect();
    if stores.is_empty() || zones.iter().any(|zone| zone.days.is_empty()) {
        return Ok(Vec::new());
    }
    let rows: Vec<(Uuid, Uuid, i64, i64, i64)> = sale_line::Entity::find()
        .select_only()
        .column(sale_line::Column::StoreId)
        .column(sale_line::Column::ProductId)
        .column_as(ExprTrait::sum(before(zones, |day| day.1)), "morning")
        .column_as(
            ExprTrait::sum(before(zones, |day| day.2)),
            "until_afternoon",
        )
        .column_as(Expr::cust("COUNT(*)"), "lines")
        .join(JoinType::InnerJoin, sale_line::Relation::Sale.def())
        .filter(sale_line::Column::OrganizationId.eq(organization_id))
        .filter(sale_line::Column::StoreId.is_in(stores))
        .filter(sale_line::Column::BusinessDate.between(from, until))
        .filter(sale_line::Column::Quantity.gt(0))
        .filter(Expr::cust(NOT_SOLD_OUT))
        .group_by(sale_line::Column::StoreId)
        .group_by(sale_line::Column::ProductId)
        .into_tuple()
        .all(db)
        .await?;
    let parts = rows
        .into_iter()
        .map(|(store, product, morning, until_afternoon, lines)| {
            let parts = [morning, until_afternoon - morning, lines - until_afternoon];
            ((store, product), parts)
        });
    Ok(parts.collect())
}
