//! Rows of tickets and their lines, many at a time.

use super::shelves;
use crate::ServiceResult;
use crate::sales::taking::Origin;
use chrono::{DateTime, NaiveDate, Utc};
use domain::{MovementKind, PaymentMethod, ReturnTo};
use entity::{sale, sale_line, stock_movement};
use sea_orm::sea_query::{Expr, ExprTrait, IntoCondition, LockType, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// Rows per statement: SQLite allows 32,766 bound values.
const ROWS_PER_STATEMENT: usize = 1_000;

/// Keys in one list of a condition.
const KEYS_PER_STATEMENT: usize = 5_000;

/// Kinds of movements that lines make: what is sold, what is brought back, and that nobody sells it again.
pub(crate) const KINDS: [MovementKind; 3] = [
    MovementKind::Sale,
    MovementKind::Return,
    MovementKind::Waste,
];

/// Ticket, line, product, quantity, unit price, total, and where it went back to.
type LineRow = (Uuid, String, Uuid, i64, i64, i64, Option<ReturnTo>);

/// A line as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredLine {
    pub product_id: Uuid,
    pub quantity: i64,
    pub unit_price_minor: i64,
    pub total_minor: i64,
    pub return_to: Option<ReturnTo>,
}

/// A ticket as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct StoredTicket {
    pub id: Uuid,
    pub sold_at: DateTime<Utc>,
    pub lines: HashMap<String, StoredLine>,
    /// All of it was taken back; only its number is left.
    pub is_voided: bool,
}

/// Locks tickets until the transaction ends: no line is added to them or taken from them meanwhile.
pub(crate) async fn lock(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    tickets: &[Uuid],
) -> ServiceResult<()> {
    for chunk in tickets.chunks(KEYS_PER_STATEMENT) {
        let these = sale::Column::Id.is_in(chunk.iter().copied());
        lock_where(db, organization_id, these).await?;
    }
    Ok(())
}

/// As [`lock`], by number; those that are not there yet are nobody's.
pub(crate) async fn lock_numbers(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    store_id: Uuid,
    numbers: &[&str],
) -> ServiceResult<()> {
    for chunk in numbers.chunks(KEYS_PER_STATEMENT) {
        let these = sale::Column::StoreId
            .eq(store_id)
            .and(sale::Column::TransactionId.is_in(chunk.iter().copied()));
        lock_where(db, organization_id, these).await?;
    }
    Ok(())
}

async fn lock_where(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    these: impl IntoCondition,
) -> ServiceResult<()> {
    sale::Entity::find()
        .select_only()
        .column(sale::Column::Id)
        .filter(sale::Column::OrganizationId.eq(organization_id))
        .filter(these)
        .order_by_asc(sale::Column::Id)
        .lock(LockType::Update)
        .into_tuple::<Uuid>()
        .all(db)
        .await?;
    Ok(())
}

/// The tickets of one store among these numbers.
pub(crate) async fn find_tickets(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    store_id: Uuid,
    numbers: &[&str],
) -> ServiceResult<HashMap<String, StoredTicket>> {
    let mut tickets = HashMap::new();
    for chunk in numbers.chunks(KEYS_PER_STATEMENT) {
        let found: Vec<(Uuid, String, DateTime<Utc>, i64)> = sale::Entity::find()
            .select_only()
            .column(sale::Column::Id)
            .column(sale::Column::TransactionId)
            .column(sale::Column::SoldAt)
            .column(sale::Column::TotalMinor)
            .filter(sale::Column::OrganizationId.eq(organization_id))
            .filter(sale::Column::StoreId.eq(store_id))
            .filter(sale::Column::TransactionId.is_in(chunk.iter().copied()))
            .into_tuple()
            .all(db)
            .await?;
        if found.is_empty() {
            continue;
        }
        let lines: Vec<LineRow> = sale_line::Entity::find()
            .select_only()
            .column(sale_line::Column::SaleId)
            .column(sale_line::Column::Line)
            .column(sale_line::Column::ProductId)
            .column(sale_line::Column::Quantity)
            .column(sale_line::Column::UnitPriceMinor)
            .column(sale_line::Column::TotalMinor)
            .column(sale_line::Column::ReturnTo)
            .filter(sale_line::Column::SaleId.is_in(found.iter().map(|f| f.0)))
            .into_tuple()
            .all(db)
            .await?;
        let mut by_sale: HashMap<Uuid, HashMap<String, StoredLine>> = HashMap::new();
        for (sale_id, line, product_id, quantity, unit_price_minor, total_minor, return_to) in lines
        {
            let stored = StoredLine {
                product_id,
                quantity,
                unit_price_minor,
                total_minor,
                return_to,
            };
            by_sale.entry(sale_id).or_default().insert(line, stored);
        }
        for (id, number, sold_at, total_minor) in found {
            let lines = by_sale.remove(&id).unwrap_or_default();
            let ticket = StoredTicket {
                id,
                sold_at,
                // A ticket that loses its last line with an import goes with it.
                is_voided: lines.is_empty() && total_minor == 0,
                lines,
            };
            tickets.insert(number, ticket);
        }
    }
    Ok(tickets)
}

/// A ticket about to be written.
#[derive(Clone, Debug)]
pub(crate) struct NewTicket {
    pub id: Uuid,
    pub store_id: Uuid,
    pub transaction_id: String,
    pub business_date: NaiveDate,
    pub sold_at: DateTime<Utc>,
    pub total_minor: i64,
    pub payment_method: Option<PaymentMethod>,
}

/// A line about to be written.
#[derive(Clone, Debug)]
pub(crate) struct NewLine {
    pub sale_id: Uuid,
    pub line: String,
    pub store_id: Uuid,
    pub product_id: Uuid,
    pub business_date: NaiveDate,
    pub quantity: i64,
    pub unit_price_minor: i64,
    pub total_minor: i64,
    pub promotion_code: Option<String>,
    /// Of what was brought back; nothing on a sale.
    pub return_to: Option<ReturnTo>,
}

/// Writes new tickets.
pub(crate) async fn insert_tickets(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    now: DateTime<Utc>,
    origin: Origin,
    tickets: &[NewTicket],
) -> ServiceResult<()> {
    for chunk in tickets.chunks(ROWS_PER_STATEMENT) {
        let rows = chunk
            .iter()
            .map(|t| ticket_row(organization_id, now, origin, t));
        sale::Entity::insert_many(rows)
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// Adds to the totals of tickets that are there.
pub(crate) async fn add_to_tickets(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    now: DateTime<Utc>,
    origin: Origin,
    tickets: &[NewTicket],
) -> ServiceResult<()> {
    for chunk in tickets.chunks(ROWS_PER_STATEMENT) {
        // The identifier is a fresh one: only the ticket's number may conflict, and then this row is not inserted.
        let rows = chunk.iter().map(|t| {
            ticket_row(
                organization_id,
                now,
                origin,
                &NewTicket {
                    id: Uuid::now_v7(),
                    ..t.clone()
                },
            )
        });
        sale::Entity::insert_many(rows)
            .on_conflict(
                OnConflict::columns([
                    sale::Column::OrganizationId,
                    sale::Column::StoreId,
                    sale::Column::TransactionId,
                ])
                .value(
                    sale::Column::TotalMinor,
                    Expr::col((sale::Entity, sale::Column::TotalMinor))
                        .add(Expr::cust("excluded.total_minor")),
                )
                .to_owned(),
            )
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

fn ticket_row(
    organization_id: Uuid,
    now: DateTime<Utc>,
    origin: Origin,
    t: &NewTicket,
) -> sale::ActiveModel {
    sale::ActiveModel {
        id: Set(t.id),
        organization_id: Set(organization_id),
        store_id: Set(t.store_id),
        transaction_id: Set(t.transaction_id.clone()),
        business_date: Set(t.business_date),
        sold_at: Set(t.sold_at),
        source: Set(origin.source),
        import_id: Set(origin.import_id),
        payment_method: Set(t.payment_method),
        total_minor: Set(t.total_minor),
        recorded_at: Set(now),
    }
}

/// Writes lines, of an import or of none.
pub(crate) async fn insert_lines(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    import_id: Option<Uuid>,
    lines: &[NewLine],
) -> ServiceResult<()> {
    for chunk in lines.chunks(ROWS_PER_STATEMENT) {
        let rows = chunk.iter().map(|l| sale_line::ActiveModel {
            sale_id: Set(l.sale_id),
            line: Set(l.line.clone()),
            organization_id: Set(organization_id),
            store_id: Set(l.store_id),
            product_id: Set(l.product_id),
            business_date: Set(l.business_date),
            quantity: Set(l.quantity),
            unit_price_minor: Set(l.unit_price_minor),
            total_minor: Set(l.total_minor),
            promotion_code: Set(l.promotion_code.clone()),
            import_id: Set(import_id),
            return_to: Set(l.return_to),
        });
        sale_line::Entity::insert_many(rows)
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// Some tickets that have lines of this import.
pub(crate) async fn list_tickets_of(
    db: &impl ConnectionTrait,
    import_id: Uuid,
    lines: u64,
) -> ServiceResult<BTreeSet<Uuid>> {
    let ids: Vec<Uuid> = sale_line::Entity::find()
        .select_only()
        .column(sale_line::Column::SaleId)
        .filter(sale_line::Column::ImportId.eq(import_id))
        .limit(lines)
        .into_tuple()
        .all(db)
        .await?;
    Ok(ids.into_iter().collect())
}

/// Lines of this import on these tickets.
pub(crate) async fn list_lines_of(
    db: &impl ConnectionTrait,
    import_id: Uuid,
    tickets: &[Uuid],
) -> ServiceResult<Vec<sale_line::Model>> {
    Ok(sale_line::Entity::find()
        .filter(sale_line::Column::SaleId.is_in(tickets.iter().copied()))
        .filter(sale_line::Column::ImportId.eq(import_id))
        .all(db)
        .await?)
}

/// Movements that this import's lines on these tickets made and nobody undid.
pub(crate) async fn list_movements_of(
    db: &impl ConnectionTrait,
    import_id: Uuid,
    tickets: &[Uuid],
) -> ServiceResult<Vec<stock_movement::Model>> {
    let made = stock_movement::Entity::find()
        .filter(stock_movement::Column::SaleId.is_in(tickets.iter().copied()))
        .filter(stock_movement::Column::ImportId.eq(import_id))
        .filter(stock_movement::Column::Kind.is_in(KINDS))
        .all(db)
        .await?;
    standing(db, made).await
}

/// Without those that somebody took back by hand: what was brought back was not thrown away after all. The shelves are locked.
async fn standing(
    db: &impl ConnectionTrait,
    mut made: Vec<stock_movement::Model>,
) -> ServiceResult<Vec<stock_movement::Model>> {
    let thrown = made.iter().filter(|m| m.kind == MovementKind::Waste);
    let thrown: Vec<(Uuid, Uuid)> = thrown.map(|m| (m.organization_id, m.id)).collect();
    let mut undone: BTreeSet<Uuid> = BTreeSet::new();
    for chunk in thrown.chunks(KEYS_PER_STATEMENT) {
        let Some((organization_id, _)) = chunk.first() else {
            continue;
        };
        let ids = chunk.iter().map(|(_, id)| *id);
        undone.extend(shelves::list_reversed(db, *organization_id, ids).await?);
    }
    made.retain(|m| !undone.contains(&m.id));
    Ok(made)
}

/// Takes this import's lines off these tickets; tickets without lines go, the totals of the others follow.
pub(crate) async fn delete_lines_of(
    db: &impl ConnectionTrait,
    import_id: Uuid,
    tickets: &[Uuid],
) -> ServiceResult<()> {
    sale_line::Entity::delete_many()
        .filter(sale_line::Column::SaleId.is_in(tickets.iter().copied()))
        .filter(sale_line::Column::ImportId.eq(import_id))
        .exec(db)
        .await?;
    let left: Vec<Uuid> = sale_line::Entity::find()
        .select_only()
        .column(sale_line::Column::SaleId)
        .distinct()
        .filter(sale_line::Column::SaleId.is_in(tickets.iter().copied()))
        .into_tuple()
        .all(db)
        .await?;
    let gone = tickets.iter().copied().filter(|id| !left.contains(id));
    sale::Entity::delete_many()
        .filter(sale::Column::Id.is_in(gone))
        .exec(db)
        .await?;
    if !left.is_empty() {
        sale::Entity::update_many()
            .col_expr(
                sale::Column::TotalMinor,
                Expr::cust("(SELECT CAST(SUM(l.total_minor) AS BIGINT) FROM sale_lines l WHERE l.sale_id = sales.id)"),
            )
            .filter(sale::Column::Id.is_in(left))
            .exec(db)
            .await?;
    }
    Ok(())
}

/// Every line of a ticket.
pub(crate) async fn list_lines(
    db: &impl ConnectionTrait,
    sale_id: Uuid,
) -> ServiceResult<Vec<sale_line::Model>> {
    Ok(sale_line::Entity::find()
        .filter(sale_line::Column::SaleId.eq(sale_id))
        .all(db)
        .await?)
}

/// Movements that the lines of a ticket made and nobody undid, without those of imports.
pub(crate) async fn list_movements(
    db: &impl ConnectionTrait,
    sale_id: Uuid,
) -> ServiceResult<Vec<stock_movement::Model>> {
    let made = stock_movement::Entity::find()
        .filter(stock_movement::Column::SaleId.eq(sale_id))
        .filter(stock_movement::Column::ImportId.is_null())
        .filter(stock_movement::Column::Kind.is_in(KINDS))
        .all(db)
        .await?;
    standing(db, made).await
}

/// Takes every line off a ticket; its number stays, so that it is not written again.
pub(crate) async fn empty(db: &impl ConnectionTrait, sale_id: Uuid) -> ServiceResult<()> {
    sale_line::Entity::delete_many()
        .filter(sale_line::Column::SaleId.eq(sale_id))
        .exec(db)
        .await?;
    sale::Entity::update_many()
        .col_expr(sale::Column::TotalMinor, Expr::value(0_i64))
        .filter(sale::Column::Id.eq(sale_id))
        .exec(db)
        .await?;
    Ok(())
}
