//! Rows of how people's changes to suggestions turned out, and of the facts that they are judged by.

use crate::ServiceResult;
use crate::ctx::StoreScope;
use crate::ledger::Shelf;
use chrono::NaiveDate;
use contract::suggestions::{ListOutcomes, OutcomeTotals};
use domain::MovementKind;
use entity::{daily_sales, stock_movement, suggestion_outcome};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, Select,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use suggestion_outcome::Column as C;
use uuid::Uuid;

/// 14 columns a row: well below the engines' limits on bound values.
const ROWS_PER_STATEMENT: usize = 1_000;

/// Well below what SQLite takes as values (32,766).
const IDS_PER_STATEMENT: usize = 20_000;

/// Which stores, products and days are read: all of each with all of the others.
#[derive(Clone, Debug)]
pub(crate) struct Span {
    pub stores: Vec<Uuid>,
    pub products: Vec<Uuid>,
    pub from: NaiveDate,
    pub until: NaiveDate,
}

/// What these suggestions' outcomes are, where they have one.
pub(crate) async fn list_of(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    suggestions: &[Uuid],
) -> ServiceResult<BTreeMap<Uuid, suggestion_outcome::Model>> {
    let mut known = BTreeMap::new();
    for chunk in suggestions.chunks(IDS_PER_STATEMENT) {
        let rows = suggestion_outcome::Entity::find()
            .filter(C::OrganizationId.eq(organization_id))
            .filter(C::SuggestionId.is_in(chunk.iter().copied()))
            .all(db)
            .await?;
        known.extend(rows.into_iter().map(|row| (row.suggestion_id, row)));
    }
    Ok(known)
}

/// Writes outcomes, in place of what was said of the same suggestions before.
pub(crate) async fn upsert(
    db: &impl ConnectionTrait,
    rows: &[suggestion_outcome::Model],
) -> ServiceResult<()> {
    for chunk in rows.chunks(ROWS_PER_STATEMENT) {
        let rows = chunk.iter().map(|row| row.clone().into_active_model());
        suggestion_outcome::Entity::insert_many(rows)
            .on_conflict(
                OnConflict::column(C::SuggestionId)
                    .update_columns([
                        C::Demand,
                        C::Censored,
                        C::Beside,
                        C::SuggestedQuantity,
                        C::DecidedQuantity,
                        C::SuggestedCostMinor,
                        C::DecidedCostMinor,
                        C::SavedMinor,
                        C::JudgedAt,
                    ])
                    .to_owned(),
            )
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// Takes back what was said of suggestions that cannot be judged any more.
pub(crate) async fn delete(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    suggestions: &[Uuid],
) -> ServiceResult<()> {
    for chunk in suggestions.chunks(IDS_PER_STATEMENT) {
        suggestion_outcome::Entity::delete_many()
            .filter(C::OrganizationId.eq(organization_id))
            .filter(C::SuggestionId.is_in(chunk.iter().copied()))
            .exec(db)
            .await?;
    }
    Ok(())
}

fn wanted_rows(
    organization_id: Uuid,
    scope: &StoreScope,
    wanted: &ListOutcomes,
) -> Select<suggestion_outcome::Entity> {
    let mut query =
        suggestion_outcome::Entity::find().filter(C::OrganizationId.eq(organization_id));
    if let StoreScope::Only(stores) = scope {
        query = query.filter(C::StoreId.is_in(stores.iter().copied()));
    }
    if let Some(store_id) = wanted.store_id {
        query = query.filter(C::StoreId.eq(store_id));
    }
    if let Some(product_id) = wanted.product_id {
        query = query.filter(C::ProductId.eq(product_id));
    }
    if let Some(from) = wanted.from {
        query = query.filter(C::ProductionDate.gte(from));
    }
    if let Some(until) = wanted.until {
        query = query.filter(C::ProductionDate.lte(until));
    }
    query
}

/// Outcomes of a page, the latest production date first.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    scope: &StoreScope,
    wanted: &ListOutcomes,
    after: Option<(NaiveDate, Uuid)>,
    limit: u64,
) -> ServiceResult<Vec<suggestion_outcome::Model>> {
    let mut query = wanted_rows(organization_id, scope, wanted);
    if let Some((date, id)) = after {
        let same_day = Condition::all()
            .add(C::ProductionDate.eq(date))
            .add(C::SuggestionId.lt(id));
        query = query.filter(
            Condition::any()
                .add(C::ProductionDate.lt(date))
                .add(same_day),
        );
    }
    Ok(query
        .order_by_desc(C::ProductionDate)
        .order_by_desc(C::SuggestionId)
        .limit(limit)
        .all(db)
        .await?)
}

/// What all that are wanted come to, on whatever page they are.
pub(crate) async fn sum(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    scope: &StoreScope,
    wanted: &ListOutcomes,
) -> ServiceResult<OutcomeTotals> {
    // PostgreSQL sums bigint into numeric; the cast keeps one type on both engines.
    let sum = |what: &str| Expr::cust(format!("CAST(COALESCE(SUM({what}), 0) AS BIGINT)"));
    let count = |what: &str| sum(&format!("CASE WHEN {what} THEN 1 ELSE 0 END"));
    let totals: Option<(i64, i64, i64, i64, i64)> = wanted_rows(organization_id, scope, wanted)
        .select_only()
        .column_as(Expr::cust("COUNT(*)"), "judged")
        .column_as(count("saved_minor > 0"), "cheaper")
        .column_as(count("saved_minor < 0"), "dearer")
        .column_as(count("censored"), "estimated")
        .column_as(sum("saved_minor"), "saved_minor")
        .into_tuple()
        .one(db)
        .await?;
    let (judged, cheaper, dearer, estimated, saved_minor) = totals.unwrap_or_default();
    Ok(OutcomeTotals {
        judged,
        cheaper,
        dearer,
        estimated,
        saved_minor,
    })
}

/// What was sold, by shelf and day.
pub(crate) async fn list_sold(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    span: &Span,
) -> ServiceResult<HashMap<(Shelf, NaiveDate), daily_sales::Model>> {
    use daily_sales::Column as D;
    let rows = daily_sales::Entity::find()
        .filter(D::OrganizationId.eq(organization_id))
        .filter(D::StoreId.is_in(span.stores.iter().copied()))
        .filter(D::ProductId.is_in(span.products.iter().copied()))
        .filter(D::BusinessDate.between(span.from, span.until))
        .all(db)
        .await?;
    let sold = rows.into_iter();
    Ok(sold
        .map(|row| (((row.store_id, row.product_id), row.business_date), row))
        .collect())
}

/// Trading days of these stores: those on which anything was sold, whatever it was.
pub(crate) async fn list_open_days(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    span: &Span,
) -> ServiceResult<BTreeSet<(Uuid, NaiveDate)>> {
    use daily_sales::Column as D;
    let days: Vec<(Uuid, NaiveDate)> = daily_sales::Entity::find()
        .select_only()
        .column(D::StoreId)
        .column(D::BusinessDate)
        .distinct()
        .filter(D::OrganizationId.eq(organization_id))
        .filter(D::StoreId.is_in(span.stores.iter().copied()))
        .filter(D::BusinessDate.between(span.from, span.until))
        .into_tuple()
        .all(db)
        .await?;
    Ok(days.into_iter().collect())
}

/// Goods that came to a shelf from an oven or from another store, or left it for another store.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Brought {
    pub date: NaiveDate,
    /// The order that made them, where one did.
    pub order_id: Option<Uuid>,
    /// Signed, base units.
    pub quantity: i64,
}

/// What was brought and taken back again, by shelf.
pub(crate) async fn list_brought(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    span: &Span,
) -> ServiceResult<HashMap<Shelf, Vec<Brought>>> {
    use stock_movement::Column as M;
    // Sales that are taken back are reversals too, and name neither an order nor a transfer.
    let between_shelves = Condition::any()
        .add(M::OrderId.is_not_null())
        .add(M::TransferId.is_not_null());
    let rows: Vec<(Uuid, Uuid, NaiveDate, Option<Uuid>, i64)> = stock_movement::Entity::find()
        .select_only()
        .columns([
            M::StoreId,
            M::ProductId,
            M::BusinessDate,
            M::OrderId,
            M::Quantity,
        ])
        .filter(M::OrganizationId.eq(organization_id))
        .filter(M::StoreId.is_in(span.stores.iter().copied()))
        .filter(M::ProductId.is_in(span.products.iter().copied()))
        .filter(M::BusinessDate.between(span.from, span.until))
        .filter(M::Kind.is_in([
            MovementKind::Production,
            MovementKind::TransferIn,
            MovementKind::TransferOut,
            MovementKind::Reversal,
        ]))
        .filter(between_shelves)
        .into_tuple()
        .all(db)
        .await?;
    let mut brought: HashMap<Shelf, Vec<Brought>> = HashMap::new();
    for (store_id, product_id, date, order_id, quantity) in rows {
        let those = brought.entry((store_id, product_id)).or_default();
        those.push(Brought {
            date,
            order_id,
            quantity,
        });
    }
    Ok(brought)
}
