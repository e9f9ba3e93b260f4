//! Rows from which sold-out days are found, and the marks that are left on them.

use crate::ServiceResult;
use chrono::{DateTime, NaiveDate, Utc};
use domain::{MovementKind, SoldOutBy, StockReason};
use entity::{daily_sales, sale, sale_line, stock_level, stock_movement};
use sea_orm::sea_query::{CaseStatement, Expr, SimpleExpr};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DerivePartialModel, EntityTrait, JoinType,
    QueryFilter, QueryOrder, QuerySelect, RelationTrait,
};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Number of shelf-days on record until a day, the sum of their quantities, and when one of them last changed. It
/// changes with every sale that comes, late or not, and with no mark.
pub(crate) async fn find_sales_version(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    until: NaiveDate,
) -> ServiceResult<(i64, Option<i64>, Option<DateTime<Utc>>)> {
    Ok(daily_sales::Entity::find()
        .select_only()
        .column_as(Expr::cust("COUNT(*)"), "days")
        // PostgreSQL sums bigint into numeric; the cast keeps one type on both engines.
        .column_as(Expr::cust("CAST(SUM(quantity) AS BIGINT)"), "quantity")
        .column_as(daily_sales::Column::UpdatedAt.max(), "changed")
        .filter(daily_sales::Column::OrganizationId.eq(organization_id))
        .filter(daily_sales::Column::BusinessDate.lte(until))
        .into_tuple()
        .one(db)
        .await?
        .unwrap_or_default())
}

/// Trading days of which something was not looked at since its sales last changed, by store.
pub(crate) async fn list_unexamined(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    until: NaiveDate,
) -> ServiceResult<Vec<(Uuid, NaiveDate)>> {
    Ok(daily_sales::Entity::find()
        .select_only()
        .column(daily_sales::Column::StoreId)
        .column(daily_sales::Column::BusinessDate)
        .distinct()
        .filter(daily_sales::Column::OrganizationId.eq(organization_id))
        .filter(daily_sales::Column::ExaminedAt.is_null())
        .filter(daily_sales::Column::BusinessDate.lte(until))
        .into_tuple()
        .all(db)
        .await?)
}

/// What is on record of a shelf's day.
#[derive(Clone, Debug, DerivePartialModel)]
#[sea_orm(entity = "daily_sales::Entity")]
pub(crate) struct ShelfDay {
    pub product_id: Uuid,
    pub business_date: NaiveDate,
    pub quantity: i64,
    pub unit_price_minor: Option<i64>,
    pub updated_at: DateTime<Utc>,
    pub sold_out_by: Option<SoldOutBy>,
    pub lost_units: Option<i64>,
}

/// Days of one store.
pub(crate) async fn list_days(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    store_id: Uuid,
    (from, until): (NaiveDate, NaiveDate),
) -> ServiceResult<Vec<ShelfDay>> {
    Ok(daily_sales::Entity::find()
        .filter(daily_sales::Column::OrganizationId.eq(organization_id))
        .filter(daily_sales::Column::StoreId.eq(store_id))
        .filter(daily_sales::Column::BusinessDate.between(from, until))
        .into_partial_model::<ShelfDay>()
        .all(db)
        .await?)
}

/// Every purchase of one store on some days, in no order: product, trading day, moment. Returned goods are none.
pub(crate) async fn list_purchases(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    store_id: Uuid,
    (from, until): (NaiveDate, NaiveDate),
) -> ServiceResult<Vec<(Uuid, NaiveDate, DateTime<Utc>)>> {
    Ok(sale_line::Entity::find()
        .select_only()
        .column(sale_line::Column::ProductId)
        .column(sale_line::Column::BusinessDate)
        .column(sale::Column::SoldAt)
        .join(JoinType::InnerJoin, sale_line::Relation::Sale.def())
        .filter(sale_line::Column::OrganizationId.eq(organization_id))
        .filter(sale_line::Column::StoreId.eq(store_id))
        .filter(sale_line::Column::BusinessDate.between(from, until))
        .filter(sale_line::Column::Quantity.gt(0))
        .into_tuple()
        .all(db)
        .await?)
}

/// One movement of a shelf whose stock is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moved {
    pub product_id: Uuid,
    pub kind: MovementKind,
    pub quantity: i64,
    pub occurred_at: DateTime<Utc>,
    pub business_date: NaiveDate,
}

/// Shelves of one store to which something was brought since `stocked_since`: on hand when the first day begins, and
/// every movement from then until the last day's end, in the order in which they happened.
pub(crate) async fn list_stocked(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    store_id: Uuid,
    stocked_since: NaiveDate,
    (from, until): (NaiveDate, NaiveDate),
) -> ServiceResult<(BTreeMap<Uuid, i64>, Vec<Moved>)> {
    use stock_movement::Column as C;
    let of_store = || {
        Condition::all()
            .add(C::OrganizationId.eq(organization_id))
            .add(C::StoreId.eq(store_id))
    };
    let stocked: Vec<Uuid> = stock_movement::Entity::find()
        .select_only()
        .column(C::ProductId)
        .distinct()
        .filter(of_store())
        .filter(C::BusinessDate.between(stocked_since, until))
        .filter(C::Quantity.gt(0))
        // What customers bring back keeps no shelf.
        .filter(C::Kind.is_not_in([
            MovementKind::Sale,
            MovementKind::Return,
            MovementKind::Reversal,
        ]))
        .into_tuple()
        .all(db)
        .await?;
    if stocked.is_empty() {
        return Ok((BTreeMap::new(), Vec::new()));
    }
    // First the movements, then the level: a sale that comes in between makes the opening too small, and a shelf below
    // zero is not believed.
    let since: BTreeMap<Uuid, i64> = stock_movement::Entity::find()
        .select_only()
        .column(C::ProductId)
        .column_as(Expr::cust("CAST(SUM(quantity) AS BIGINT)"), "moved")
        .filter(of_store())
        .filter(C::ProductId.is_in(stocked.iter().copied()))
        .filter(C::BusinessDate.gte(from))
        .group_by(C::ProductId)
        .into_tuple::<(Uuid, i64)>()
        .all(db)
        .await?
        .into_iter()
        .collect();
    let opening = stock_level::Entity::find()
        .filter(stock_level::Column::OrganizationId.eq(organization_id))
        .filter(stock_level::Column::StoreId.eq(store_id))
        .filter(stock_level::Column::ProductId.is_in(stocked.iter().copied()))
        .all(db)
        .await?
        .into_iter()
        .map(|level| {
            let moved = since.get(&level.product_id).copied().unwrap_or(0);
            (level.product_id, level.on_hand - moved)
        })
        .collect();
    let moved: Vec<MovedRow> = stock_movement::Entity::find()
        .select_only()
        .columns([
            C::ProductId,
            C::Kind,
            C::Quantity,
            C::OccurredAt,
            C::BusinessDate,
            C::Reason,
        ])
        .filter(of_store())
        .filter(C::ProductId.is_in(stocked))
        .filter(C::BusinessDate.between(from, until))
        .order_by_asc(C::ProductId)
        .order_by_asc(C::BusinessDate)
        .order_by_asc(C::OccurredAt)
        .order_by_asc(C::Id)
        .into_tuple()
        .all(db)
        .await?;
    Ok((opening, without_thrown_returns(moved)))
}

/// Product, kind, quantity, moment, trading day and reason of a movement.
type MovedRow = (
    Uuid,
    MovementKind,
    i64,
    DateTime<Utc>,
    NaiveDate,
    Option<StockReason>,
);

/// What was brought back and thrown away, or taken back with its ticket, at one moment moved nothing: it neither fills a shelf nor clears
/// one that ran empty before. What is left of a moment stands where the first of it stood.
fn without_thrown_returns(rows: Vec<MovedRow>) -> Vec<Moved> {
    let mut moved: Vec<Moved> = Vec::with_capacity(rows.len());
    // Where the returns of the moment at hand stand.
    let mut returns: Option<usize> = None;
    for (product_id, kind, quantity, occurred_at, business_date, reason) in rows {
        let is_other_moment = moved
            .last()
            .is_some_and(|last| (last.product_id, last.occurred_at) != (product_id, occurred_at));
        if is_other_moment {
            returns = None;
        }
        let is_of_return = matches!(kind, MovementKind::Return | MovementKind::Reversal)
            || reason == Some(StockReason::Returned);
        if is_of_return {
            if let Some(first) = returns.and_then(|at| moved.get_mut(at)) {
                first.quantity += quantity;
                continue;
            }
            returns = Some(moved.len());
        }
        moved.push(Moved {
            product_id,
            kind,
            quantity,
            occurred_at,
            business_date,
        });
    }
    moved.retain(|m| m.quantity != 0);
    moved
}

/// What was made of a store's day: by product, who says that it sold out and what was lost.
pub(crate) type Marks = BTreeMap<Uuid, (Option<SoldOutBy>, i64)>;

/// Leaves the marks of a store's day, and notes that the rest of the day was looked at too. Rows that changed after
/// `seen` stay as they are, for the next look.
pub(crate) async fn update_marks(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    now: DateTime<Utc>,
    (store_id, date): (Uuid, NaiveDate),
    seen: DateTime<Utc>,
    marks: &Marks,
) -> ServiceResult<()> {
    use daily_sales::Column as C;
    let of_day = || {
        Condition::all()
            .add(C::StoreId.eq(store_id))
            .add(C::BusinessDate.eq(date))
            .add(C::OrganizationId.eq(organization_id))
            .add(C::UpdatedAt.lte(seen))
    };
    if !marks.is_empty() {
        let mut by = CaseStatement::new();
        let mut sold_out = Vec::new();
        for kind in SoldOutBy::ALL {
            let of_kind: Vec<Uuid> = marks
                .iter()
                .filter(|(_, (by, _))| *by == Some(*kind))
                .map(|(product, _)| *product)
                .collect();
            if !of_kind.is_empty() {
                sold_out.extend(of_kind.iter().copied());
                by = by.case(C::ProductId.is_in(of_kind), kind.as_str());
            }
        }
        let mut lost = CaseStatement::new();
        for (product, (_, units)) in marks.iter().filter(|(_, (_, units))| *units != 0) {
            lost = lost.case(C::ProductId.eq(*product), *units);
        }
        // A case needs a condition: where nothing sold out the values stand alone.
        let nothing: SimpleExpr = Option::<String>::None.into();
        let by: SimpleExpr = if sold_out.is_empty() {
            nothing
        } else {
            by.finally(nothing).into()
        };
        let lost: SimpleExpr = if marks.values().all(|(_, units)| *units == 0) {
            0_i64.into()
        } else {
            lost.finally(0_i64).into()
        };
        daily_sales::Entity::update_many()
            .col_expr(C::Censored, C::ProductId.is_in(sold_out))
            .col_expr(C::SoldOutBy, by)
            .col_expr(C::LostUnits, lost)
            .col_expr(C::ExaminedAt, Expr::value(now))
            .filter(of_day())
            .filter(C::ProductId.is_in(marks.keys().copied()))
            .exec(db)
            .await?;
    }
    daily_sales::Entity::update_many()
        .col_expr(C::ExaminedAt, Expr::value(now))
        .filter(of_day())
        .filter(C::ExaminedAt.is_null())
        .exec(db)
        .await?;
    Ok(())
}
