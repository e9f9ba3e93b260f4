//! What the ages of shelves follow from: batches that came, and the sums of each trading day.

use crate::ServiceResult;
use crate::ledger::Shelf;
use chrono::NaiveDate;
use domain::lots::{Arrival, DayFlow};
use domain::{MovementKind, StockReason};
use entity::{lot, production_order, stock_level, stock_movement};
use sea_orm::sea_query::{Alias, CaseStatement, Expr, ExprTrait, Func, Query};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, JoinType, QueryFilter};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// The column after those of every answer.
const REASON: usize = 6;

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

/// On hand of a shelf, and what changed it, by trading day.
#[derive(Debug, Default)]
pub(crate) struct Flows {
    /// Base units, of the same moment as the sums.
    pub on_hand: i64,
    pub days: BTreeMap<NaiveDate, DayFlow>,
}

impl Flows {
    fn add(
        &mut self,
        day: NaiveDate,
        kind: MovementKind,
        reason: Option<StockReason>,
        quantity: i64,
    ) {
        use MovementKind as K;
        let flow = self.days.entry(day).or_default();
        match (kind, reason) {
            (K::Production | K::TransferIn, _) | (K::Adjustment, Some(StockReason::Delivered)) => {
                flow.arrived += quantity;
            }
            (K::Sale | K::TransferOut, _)
            | (K::Adjustment, Some(StockReason::UsedInProduction)) => flow.sold -= quantity,
            // Nobody corrects expired goods away: what is taken off by hand is of what is good. What is found is of unknown origin.
            (K::Adjustment, _) if quantity < 0 => flow.sold -= quantity,
            (K::Waste | K::Donation | K::Return, _) => flow.removed -= quantity,
            (K::Opening | K::Adjustment | K::Count | K::Reversal, _) => flow.corrected += quantity,
        }
    }
}

/// On hand of these products in these stores with the sums of each trading day since theirs, from the ledger. A reversal stands on the
/// day of what it undoes, as one of its kind, and goes the way back.
///
/// One statement, so that nobody sells between what is summed and what it has to add up to. Shelves that nothing ever moved on are left out.
/// `by_reason` tells deliveries and what batches used from corrections: asked of ingredients only, as the index that answers for what is
/// sold knows no reasons.
pub(crate) async fn list_flows(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    stores: &[Uuid],
    products: &[Since],
    by_reason: bool,
) -> ServiceResult<BTreeMap<Shelf, Flows>> {
    use stock_level::Column as L;
    use stock_movement::Column as C;
    type Row = (
        Uuid,
        Uuid,
        i64,
        Option<NaiveDate>,
        Option<MovementKind>,
        Option<i64>,
    );
    let booked = |column: C| Expr::col((Alias::new("booked"), column));
    let undone = |column: C| Expr::col((Alias::new("undone"), column));
    let level = |column: L| Expr::col((stock_level::Entity, column));
    let (first, others) = products
        .split_first()
        .map_or((NaiveDate::MAX, products), |(first, others)| {
            (first.0, others)
        });
    // A bound for each shelf: an index is followed as far back as the product keeps, and no further.
    let since = others
        .iter()
        .fold(CaseStatement::new(), |case, (since, ids)| {
            case.case(level(L::ProductId).is_in(ids.iter().copied()), *since)
        });
    let since = if others.is_empty() {
        Expr::value(first)
    } else {
        since.finally(first).into()
    };
    let bookings = Condition::all()
        .add(booked(C::OrganizationId).eq(organization_id))
        .add(booked(C::StoreId).equals((stock_level::Entity, L::StoreId)))
        .add(booked(C::ProductId).equals((stock_level::Entity, L::ProductId)))
        .add(booked(C::BusinessDate).gte(earliest(products)))
        .add(booked(C::BusinessDate).gte(since));
    let kind = || Func::coalesce([undone(C::Kind), booked(C::Kind)]);
    let reason = || Func::coalesce([undone(C::Reason), booked(C::Reason)]);
    let shelf = [L::StoreId, L::ProductId, L::OnHand];
    let mut select = Query::select();
    select
        .columns(shelf.map(|column| (stock_level::Entity, column)))
        .column((Alias::new("booked"), C::BusinessDate))
        .expr_as(kind(), "kind")
        // PostgreSQL sums bigint into numeric; the cast keeps one type on both engines.
        .expr_as(Expr::cust("CAST(SUM(booked.quantity) AS BIGINT)"), "total")
        .from(stock_level::Entity)
        .join_as(
            JoinType::LeftJoin,
            stock_movement::Entity,
            "booked",
            bookings,
        )
        .join_as(
            JoinType::LeftJoin,
            stock_movement::Entity,
            "undone",
            undone(C::Id).equals(("booked", C::ReversesId)),
        )
        .and_where(level(L::OrganizationId).eq(organization_id))
        .and_where(level(L::StoreId).is_in(stores.iter().copied()))
        .and_where(
            level(L::ProductId).is_in(products.iter().flat_map(|(_, ids)| ids.iter().copied())),
        )
        .add_group_by(shelf.map(level))
        .add_group_by([booked(C::BusinessDate), kind().into()]);
    if by_reason {
        select
            .expr_as(reason(), "reason")
            .add_group_by([Expr::from(reason())]);
    }
    let mut flows: BTreeMap<Shelf, Flows> = BTreeMap::new();
    for row in db.query_all(&select).await? {
        let (store_id, product_id, on_hand, day, kind, quantity): Row =
            row.try_get_many_by_index()?;
        let reason: Option<StockReason> = if by_reason {
            row.try_get_by_index(REASON)?
        } else {
            None
        };
        let shelf = flows.entry((store_id, product_id)).or_default();
        shelf.on_hand = on_hand;
        if let (Some(day), Some(kind), Some(quantity)) = (day, kind, quantity) {
            shelf.add(day, kind, reason, quantity);
        }
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
