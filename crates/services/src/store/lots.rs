//! What the ages of shelves follow from: batches that came, and the sums of each trading day.

use crate::ServiceResult;
use crate::ledger::Shelf;
use chrono::NaiveDate;
use domain::MovementKind;
use domain::lots::{Arrival, DayFlow};
use entity::{lot, production_order, stock_movement};
use sea_orm::sea_query::{Alias, Expr};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QuerySelect,
    RelationDef,
};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// Products that are read since the same trading day.
pub(crate) type Since = (NaiveDate, Vec<Uuid>);

/// The day since which anything is read at all: the bound that an index can follow.
pub(super) fn earliest(products: &[Since]) -> NaiveDate {
    let days = products.iter().map(|(since, _)| *since);
    days.min().unwrap_or(NaiveDate::MAX)
}

/// Each product since its day.
pub(super) fn since(
    products: &[Since],
    day: impl ColumnTrait,
    product: impl ColumnTrait,
) -> Condition {
    products.iter().fold(Condition::any(), |any, (since, ids)| {
        let these = Condition::all()
            .add(day.gte(*since))
            .add(product.is_in(ids.iter().copied()));
        any.add(these)
    })
}

/// Batches of these products that came to these stores since their day.
pub(crate) async fn list_arrivals(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    stores: &[Uuid],
    products: &[Since],
) -> ServiceResult<HashMap<Shelf, Vec<Arrival>>> {
    use lot::Column as C;
    let rows = lot::Entity::find()
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::StoreId.is_in(stores.iter().copied()))
        // A batch that came since then keeps at least until then.
        .filter(C::BestBefore.gte(earliest(products)))
        .filter(since(products, C::ProducedOn, C::ProductId))
        .all(db)
        .await?;
    let mut lots: HashMap<Shelf, Vec<Arrival>> = HashMap::new();
    for row in rows {
        let arrival = Arrival {
            lot_id: row.id,
            day: row.produced_on,
            best_before: row.best_before,
            quantity: row.produced_quantity,
        };
        lots.entry((row.store_id, row.product_id))
            .or_default()
            .push(arrival);
    }
    for lots in lots.values_mut() {
        lots.sort_by_key(|lot| (lot.best_before, lot.lot_id));
    }
    Ok(lots)
}

/// Sums of these products in these stores by trading day since theirs, from the ledger. Reversed bookings count where the booking stood.
pub(crate) async fn list_flows(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    stores: &[Uuid],
    products: &[Since],
) -> ServiceResult<HashMap<Shelf, BTreeMap<NaiveDate, DayFlow>>> {
    use stock_movement::Column as C;
    let here = || {
        stock_movement::Entity::find()
            .filter(C::OrganizationId.eq(organization_id))
            .filter(C::StoreId.is_in(stores.iter().copied()))
            .filter(C::BusinessDate.gte(earliest(products)))
            .filter(since(products, C::BusinessDate, C::ProductId))
    };
    // PostgreSQL sums bigint into numeric; the cast keeps one type on both engines.
    let sums: Vec<(Uuid, Uuid, NaiveDate, MovementKind, i64)> = here()
        .filter(C::Kind.ne(MovementKind::Reversal))
        .select_only()
        .columns([C::StoreId, C::ProductId, C::BusinessDate, C::Kind])
        .column_as(Expr::cust("CAST(SUM(quantity) AS BIGINT)"), "total")
        .group_by(C::StoreId)
        .group_by(C::ProductId)
        .group_by(C::BusinessDate)
        .group_by(C::Kind)
        .into_tuple()
        .all(db)
        .await?;
    // A reversal stands on the day of what it undoes, and goes the way back. Undoing an import writes as many as it had lines.
    let undone = Alias::new("undone");
    let to_undone: RelationDef = stock_movement::Entity::belongs_to(stock_movement::Entity)
        .from(C::ReversesId)
        .to(C::Id)
        .into();
    let kind_of_undone = || Expr::col((undone.clone(), C::Kind));
    let reversals: Vec<(Uuid, Uuid, NaiveDate, MovementKind, i64)> = here()
        .filter(C::Kind.eq(MovementKind::Reversal))
        .join_as(JoinType::InnerJoin, to_undone, undone.clone())
        .select_only()
        .columns([C::StoreId, C::ProductId, C::BusinessDate])
        .column_as(kind_of_undone(), "undone_kind")
        .column_as(
            Expr::cust("CAST(SUM(stock_movements.quantity) AS BIGINT)"),
            "total",
        )
        .group_by(C::StoreId)
        .group_by(C::ProductId)
        .group_by(C::BusinessDate)
        .group_by(kind_of_undone())
        .into_tuple()
        .all(db)
        .await?;
    let mut flows: HashMap<Shelf, BTreeMap<NaiveDate, DayFlow>> = HashMap::new();
    let mut add = |shelf: Shelf, day: NaiveDate, kind: MovementKind, quantity: i64| {
        let flow = flows.entry(shelf).or_default().entry(day).or_default();
        match kind {
            MovementKind::Production | MovementKind::TransferIn => flow.arrived += quantity,
            MovementKind::Sale | MovementKind::Return | MovementKind::TransferOut => {
                flow.sold -= quantity;
            }
            MovementKind::Waste | MovementKind::Donation => flow.removed -= quantity,
            MovementKind::Opening
            | MovementKind::Adjustment
            | MovementKind::Count
            | MovementKind::Reversal => flow.corrected += quantity,
        }
    };
    for (store_id, product_id, day, kind, quantity) in sums.into_iter().chain(reversals) {
        add((store_id, product_id), day, kind, quantity);
    }
    Ok(flows)
}

/// The orders that made these lots, with their numbers.
pub(crate) async fn list_orders(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    lots: impl IntoIterator<Item = Uuid>,
) -> ServiceResult<HashMap<Uuid, (Uuid, i64)>> {
    let rows = lot::Entity::find()
        .find_also_related(production_order::Entity)
        .filter(lot::Column::OrganizationId.eq(organization_id))
        .filter(lot::Column::Id.is_in(lots))
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|(lot, order)| order.map(|order| (lot.id, (order.id, order.number))))
        .collect())
}
