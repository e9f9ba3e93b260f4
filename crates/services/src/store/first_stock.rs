//! Rows that tell whether a shelf has a history of its own, and counts that state that it is empty.

use super::tickets;
use crate::ServiceResult;
use chrono::{DateTime, NaiveDate, Utc};
use domain::MovementKind;
use entity::{import, stock_count, stock_count_line, stock_level, stock_movement};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect,
};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Rows per statement: SQLite allows 32,766 bound values.
const ROWS_PER_STATEMENT: usize = 1_000;

/// How long a shelf has been lying still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ShelfState {
    pub product_id: Uuid,
    pub last_movement: Option<DateTime<Utc>>,
    pub last_count: Option<DateTime<Utc>>,
    /// The last movement that no ticket of a till made.
    pub last_other: Option<DateTime<Utc>>,
    /// The first that one made.
    pub first_sold: Option<DateTime<Utc>>,
}

/// The last movement and the last count of shelves of one store; shelves that the ledger never saw are left out.
pub(crate) async fn list_shelf_states(
    db: &impl ConnectionTrait,
    store_id: Uuid,
    products: &[Uuid],
) -> ServiceResult<Vec<ShelfState>> {
    use stock_movement::Column as M;
    let of = |column: M| Expr::col((stock_movement::Entity, column));
    let of_shelf = |moment: Expr| {
        Query::select()
            .expr(moment)
            .from(stock_movement::Entity)
            .and_where(of(M::StoreId).equals((stock_level::Entity, stock_level::Column::StoreId)))
            .and_where(
                of(M::ProductId).equals((stock_level::Entity, stock_level::Column::ProductId)),
            )
            .to_owned()
    };
    // A ticket that was voided says no more of what lay there than one that was not.
    let is_of_till = || {
        let kinds = tickets::KINDS.into_iter().chain([MovementKind::Reversal]);
        of(M::Kind)
            .is_in(kinds)
            .and(of(M::SaleId).is_not_null())
            .and(of(M::ImportId).is_null())
    };
    let last_movement = of_shelf(of(M::OccurredAt).max());
    let last_other = of_shelf(of(M::OccurredAt).max())
        .and_where(is_of_till().not())
        .to_owned();
    let first_sold = of_shelf(of(M::OccurredAt).min())
        .and_where(is_of_till())
        .to_owned();
    let last_count = Query::select()
        .expr(
            Expr::col((
                stock_count_line::Entity,
                stock_count_line::Column::CountedAt,
            ))
            .max(),
        )
        .from(stock_count_line::Entity)
        .and_where(
            Expr::col((stock_count_line::Entity, stock_count_line::Column::StoreId))
                .equals((stock_level::Entity, stock_level::Column::StoreId)),
        )
        .and_where(
            Expr::col((
                stock_count_line::Entity,
                stock_count_line::Column::ProductId,
            ))
            .equals((stock_level::Entity, stock_level::Column::ProductId)),
        )
        .to_owned();
    type Row = (
        Uuid,
        Option<DateTime<Utc>>,
        Option<DateTime<Utc>>,
        Option<DateTime<Utc>>,
        Option<DateTime<Utc>>,
    );
    let rows: Vec<Row> = stock_level::Entity::find()
        .select_only()
        .column(stock_level::Column::ProductId)
        .expr_as(
            Expr::SubQuery(None, Box::new(last_movement.into())),
            "last_movement",
        )
        .expr_as(
            Expr::SubQuery(None, Box::new(last_count.into())),
            "last_count",
        )
        .expr_as(
            Expr::SubQuery(None, Box::new(last_other.into())),
            "last_other",
        )
        .expr_as(
            Expr::SubQuery(None, Box::new(first_sold.into())),
            "first_sold",
        )
        .filter(stock_level::Column::StoreId.eq(store_id))
        .filter(stock_level::Column::ProductId.is_in(products.iter().copied()))
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(
            |(product_id, last_movement, last_count, last_other, first_sold)| ShelfState {
                product_id,
                last_movement,
                last_count,
                last_other,
                first_sold,
            },
        )
        .collect())
}

/// Counts of shelves of one store that imports made: their command is the import itself.
pub(crate) async fn list_import_counts(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    store_id: Uuid,
    products: &[Uuid],
) -> ServiceResult<BTreeSet<(Uuid, DateTime<Utc>)>> {
    let of_imports = Query::select()
        .column(stock_count::Column::Id)
        .from(stock_count::Entity)
        .and_where(stock_count::Column::StoreId.eq(store_id))
        .and_where(
            stock_count::Column::CommandId.in_subquery(
                Query::select()
                    .column(import::Column::Id)
                    .from(import::Entity)
                    .and_where(import::Column::OrganizationId.eq(organization_id))
                    .to_owned(),
            ),
        )
        .to_owned();
    let rows: Vec<(Uuid, DateTime<Utc>)> = stock_count_line::Entity::find()
        .select_only()
        .column(stock_count_line::Column::ProductId)
        .column(stock_count_line::Column::CountedAt)
        .filter(stock_count_line::Column::StoreId.eq(store_id))
        .filter(stock_count_line::Column::ProductId.is_in(products.iter().copied()))
        .filter(stock_count_line::Column::CountId.in_subquery(of_imports))
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}

/// Writes a count of nothing: these shelves of one store were empty at an instant.
pub(crate) async fn insert_empty_count(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    now: DateTime<Utc>,
    import_id: Uuid,
    actor_id: Option<Uuid>,
    store_id: Uuid,
    business_date: NaiveDate,
    counted_at: DateTime<Utc>,
    note: &str,
    products: &[Uuid],
) -> ServiceResult<()> {
    let count_id = Uuid::now_v7();
    let count = stock_count::ActiveModel {
        id: Set(count_id),
        organization_id: Set(organization_id),
        store_id: Set(store_id),
        business_date: Set(business_date),
        counted_at: Set(counted_at),
        recorded_at: Set(now),
        command_id: Set(import_id),
        actor_id: Set(actor_id),
        note: Set(Some(note.to_owned())),
    };
    stock_count::Entity::insert(count)
        .exec_without_returning(db)
        .await?;
    for chunk in products.chunks(ROWS_PER_STATEMENT) {
        let rows = chunk
            .iter()
            .map(|product_id| stock_count_line::ActiveModel {
                count_id: Set(count_id),
                product_id: Set(*product_id),
                organization_id: Set(organization_id),
                store_id: Set(store_id),
                business_date: Set(business_date),
                counted_at: Set(counted_at),
                counted: Set(0),
                expected: Set(0),
            });
        stock_count_line::Entity::insert_many(rows)
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}
