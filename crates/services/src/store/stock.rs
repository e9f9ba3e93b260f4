//! Rows of the ledger and its projection.

use crate::ServiceResult;
use crate::ledger::{NewMovement, Shelf};
use chrono::{DateTime, NaiveDate, Utc};
use domain::MovementKind;
use domain::stock::{CountMark, Step};
use entity::{stock_count_line, stock_level, stock_movement};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Rows per statement: SQLite allows 32,766 bound values, PostgreSQL 65,535.
const ROWS_PER_STATEMENT: usize = 1_000;

/// Adds to on hand, creating rows that are missing; the rows stay locked until the transaction ends.
/// A zero change only creates and locks. Rows are touched in ascending order of (store, product).
pub(crate) async fn add_to_levels(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    now: DateTime<Utc>,
    changes: &BTreeMap<Shelf, i64>,
) -> ServiceResult<()> {
    let rows: Vec<_> = changes.iter().collect();
    for chunk in rows.chunks(ROWS_PER_STATEMENT) {
        let models = chunk
            .iter()
            .map(|((store_id, product_id), delta)| stock_level::ActiveModel {
                organization_id: Set(organization_id),
                store_id: Set(*store_id),
                product_id: Set(*product_id),
                on_hand: Set(**delta),
                updated_at: Set(now),
            });
        stock_level::Entity::insert_many(models)
            .on_conflict(
                OnConflict::columns([stock_level::Column::StoreId, stock_level::Column::ProductId])
                    .value(
                        stock_level::Column::OnHand,
                        Expr::col((stock_level::Entity, stock_level::Column::OnHand))
                            .add(Expr::cust("excluded.on_hand")),
                    )
                    .value(
                        stock_level::Column::UpdatedAt,
                        Expr::cust("excluded.updated_at"),
                    )
                    .to_owned(),
            )
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// Which of these shelves exist, by store, so that one condition a store covers them all.
pub(super) fn shelf_condition(
    shelves: impl IntoIterator<Item = Shelf>,
    store: impl ColumnTrait,
    product: impl ColumnTrait,
) -> Condition {
    let mut by_store: BTreeMap<Uuid, BTreeSet<Uuid>> = BTreeMap::new();
    for (store_id, product_id) in shelves {
        by_store.entry(store_id).or_default().insert(product_id);
    }
    by_store
        .into_iter()
        .fold(Condition::any(), |any, (s, products)| {
            any.add(store.eq(s).and(product.is_in(products)))
        })
}

/// On hand of these shelves; shelves without a row are left out.
pub(crate) async fn list_levels_of(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    shelves: impl IntoIterator<Item = Shelf>,
) -> ServiceResult<BTreeMap<Shelf, i64>> {
    let rows = stock_level::Entity::find()
        .filter(stock_level::Column::OrganizationId.eq(organization_id))
        .filter(shelf_condition(
            shelves,
            stock_level::Column::StoreId,
            stock_level::Column::ProductId,
        ))
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|l| ((l.store_id, l.product_id), l.on_hand))
        .collect())
}

/// Counts of these shelves taken at or after an instant, ascending, with the business date of their correction.
pub(crate) async fn list_counts_since(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    shelves: impl IntoIterator<Item = Shelf>,
    since: DateTime<Utc>,
) -> ServiceResult<BTreeMap<Shelf, Vec<(CountMark, NaiveDate)>>> {
    let rows = stock_count_line::Entity::find()
        .filter(stock_count_line::Column::OrganizationId.eq(organization_id))
        .filter(stock_count_line::Column::CountedAt.gte(since))
        .filter(shelf_condition(
            shelves,
            stock_count_line::Column::StoreId,
            stock_count_line::Column::ProductId,
        ))
        .order_by_asc(stock_count_line::Column::CountedAt)
        .order_by_asc(stock_count_line::Column::CountId)
        .all(db)
        .await?;
    let mut by_shelf: BTreeMap<Shelf, Vec<(CountMark, NaiveDate)>> = BTreeMap::new();
    for line in rows {
        by_shelf
            .entry((line.store_id, line.product_id))
            .or_default()
            .push((
                CountMark {
                    count_id: line.count_id,
                    counted_at: line.counted_at,
                },
                line.business_date,
            ));
    }
    Ok(by_shelf)
}

/// What the ledger says at an instant: the sum of everything that happened until then. Taken as what is there now less what happened
/// since, so that it costs as much as is young and not as much as is there. The levels must be locked.
pub(crate) async fn ledger_at(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    store_id: Uuid,
    products: &[Uuid],
    at: DateTime<Utc>,
) -> ServiceResult<BTreeMap<Uuid, i64>> {
    let shelves = products.iter().map(|product_id| (store_id, *product_id));
    let levels = list_levels_of(db, organization_id, shelves).await?;
    // PostgreSQL sums bigint into numeric; the cast keeps one type on both engines.
    let since: Vec<(Uuid, i64)> = stock_movement::Entity::find()
        .select_only()
        .column(stock_movement::Column::ProductId)
        .column_as(Expr::cust("CAST(SUM(quantity) AS BIGINT)"), "total")
        .filter(stock_movement::Column::OrganizationId.eq(organization_id))
        .filter(stock_movement::Column::StoreId.eq(store_id))
        .filter(stock_movement::Column::ProductId.is_in(products.iter().copied()))
        .filter(stock_movement::Column::OccurredAt.gt(at))
        .group_by(stock_movement::Column::ProductId)
        .into_tuple()
        .all(db)
        .await?;
    let mut then: BTreeMap<Uuid, i64> = levels
        .into_iter()
        .map(|((_, product_id), on_hand)| (product_id, on_hand))
        .collect();
    for (product_id, quantity) in since {
        *then.entry(product_id).or_default() -= quantity;
    }
    Ok(then)
}

/// By what a count of each of these shelves corrected the ledger, with what was learned later of the time before it.
pub(crate) async fn list_differences(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    counts: &BTreeMap<Shelf, Uuid>,
) -> ServiceResult<BTreeMap<Shelf, i64>> {
    use stock_movement::Column as M;
    let ids: BTreeSet<Uuid> = counts.values().copied().collect();
    // PostgreSQL sums bigint into numeric; the cast keeps one type on both engines.
    let rows: Vec<(Uuid, Uuid, Uuid, i64)> = stock_movement::Entity::find()
        .select_only()
        .column(M::StoreId)
        .column(M::ProductId)
        .column(M::CountId)
        .column_as(Expr::cust("CAST(SUM(quantity) AS BIGINT)"), "total")
        .filter(M::OrganizationId.eq(organization_id))
        .filter(M::Kind.eq(MovementKind::Count))
        .filter(M::CountId.is_in(ids))
        .filter(shelf_condition(
            counts.keys().copied(),
            M::StoreId,
            M::ProductId,
        ))
        .group_by(M::StoreId)
        .group_by(M::ProductId)
        .group_by(M::CountId)
        .into_tuple()
        .all(db)
        .await?;
    let mut found = BTreeMap::new();
    for (store_id, product_id, count_id, quantity) in rows {
        let shelf = (store_id, product_id);
        // A count is of many shelves, and a shelf has many counts.
        if counts.get(&shelf) == Some(&count_id) {
            found.insert(shelf, quantity);
        }
    }
    Ok(found)
}

/// What a command booked by hand on a shelf, if it did. Reads the movements of the shelf: no index knows commands.
pub(crate) async fn find_booking(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    (store_id, product_id): Shelf,
    command_id: Uuid,
) -> ServiceResult<Option<stock_movement::Model>> {
    Ok(stock_movement::Entity::find()
        .filter(stock_movement::Column::OrganizationId.eq(organization_id))
        .filter(stock_movement::Column::StoreId.eq(store_id))
        .filter(stock_movement::Column::ProductId.eq(product_id))
        .filter(stock_movement::Column::CommandId.eq(command_id))
        .one(db)
        .await?)
}

/// What the ledger has of a shelf at an instant and after it, moment by moment. The level must be locked.
pub(crate) async fn list_steps_since(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    (store_id, product_id): Shelf,
    since: DateTime<Utc>,
) -> ServiceResult<Vec<Step>> {
    use stock_movement::Column as M;
    // PostgreSQL sums bigint into numeric; the cast keeps one type on both engines.
    let rows: Vec<(DateTime<Utc>, MovementKind, i64)> = stock_movement::Entity::find()
        .select_only()
        .column(M::OccurredAt)
        .column(M::Kind)
        .column_as(Expr::cust("CAST(SUM(quantity) AS BIGINT)"), "total")
        .filter(M::OrganizationId.eq(organization_id))
        .filter(M::StoreId.eq(store_id))
        .filter(M::ProductId.eq(product_id))
        .filter(M::OccurredAt.gte(since))
        .group_by(M::OccurredAt)
        .group_by(M::Kind)
        .order_by_asc(M::OccurredAt)
        .into_tuple()
        .all(db)
        .await?;
    let step = |(at, kind, quantity)| Step {
        at,
        quantity,
        is_count: kind == MovementKind::Count,
    };
    Ok(rows.into_iter().map(step).collect())
}

/// Appends to the ledger.
pub(crate) async fn insert_movements(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    now: DateTime<Utc>,
    movements: &[NewMovement],
) -> ServiceResult<()> {
    for chunk in movements.chunks(ROWS_PER_STATEMENT) {
        let models = chunk.iter().map(|m| stock_movement::ActiveModel {
            id: Set(m.id),
            organization_id: Set(organization_id),
            store_id: Set(m.store_id),
            product_id: Set(m.product_id),
            kind: Set(m.kind),
            quantity: Set(m.quantity),
            occurred_at: Set(m.occurred_at),
            recorded_at: Set(now),
            business_date: Set(m.business_date),
            reason: Set(m.reason),
            note: Set(m.note.clone()),
            reverses_id: Set(m.reverses_id),
            count_id: Set(m.count_id),
            order_id: Set(m.order_id),
            sale_id: Set(m.sale_id),
            import_id: Set(m.import_id),
            command_id: Set(m.command_id),
            actor_id: Set(m.actor_id),
            transfer_id: Set(m.transfer_id),
        });
        stock_movement::Entity::insert_many(models)
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}
