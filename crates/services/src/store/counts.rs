//! Rows of counts: what was found, and the sheets on which people write it down.

use crate::ServiceResult;
use crate::error::ServiceError;
use chrono::{DateTime, NaiveDate, Utc};
use domain::CountSheetStatus;
use domain::stock::count_difference;
use entity::{count_sheet, count_sheet_line, stock_count, stock_count_line, stock_movement, store};
use sea_orm::sea_query::{Expr, ExprTrait, LockType, OnConflict};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel,
    JoinType, QueryFilter, QuerySelect,
};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Rows per statement: SQLite allows 32,766 bound values.
const ROWS_PER_STATEMENT: usize = 1_000;

const OPEN: [CountSheetStatus; 2] = [CountSheetStatus::Counting, CountSheetStatus::Waiting];

/// One product of a count about to be written.
pub(crate) struct NewCountLine {
    pub product_id: Uuid,
    pub counted: i64,
    /// What the ledger says at that moment.
    pub expected: i64,
    pub counted_at: DateTime<Utc>,
    pub business_date: NaiveDate,
}

/// A count about to be written.
pub(crate) struct NewCount {
    pub id: Uuid,
    pub store_id: Uuid,
    pub business_date: NaiveDate,
    pub counted_at: DateTime<Utc>,
    pub command_id: Uuid,
    pub actor_id: Option<Uuid>,
    pub note: Option<String>,
    /// Whoever agreed to its large differences counted it too. Told to the audit log, not kept in the row.
    pub self_approved: bool,
    pub lines: Vec<NewCountLine>,
}

/// Writes a count with its lines.
pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    now: DateTime<Utc>,
    count: &NewCount,
) -> ServiceResult<()> {
    let head = stock_count::ActiveModel {
        id: Set(count.id),
        organization_id: Set(organization_id),
        store_id: Set(count.store_id),
        business_date: Set(count.business_date),
        counted_at: Set(count.counted_at),
        recorded_at: Set(now),
        command_id: Set(count.command_id),
        actor_id: Set(count.actor_id),
        note: Set(count.note.clone()),
    };
    stock_count::Entity::insert(head)
        .exec_without_returning(db)
        .await?;
    for chunk in count.lines.chunks(ROWS_PER_STATEMENT) {
        let lines = chunk.iter().map(|line| stock_count_line::ActiveModel {
            count_id: Set(count.id),
            product_id: Set(line.product_id),
            organization_id: Set(organization_id),
            store_id: Set(count.store_id),
            business_date: Set(line.business_date),
            counted_at: Set(line.counted_at),
            counted: Set(line.counted),
            expected: Set(line.expected),
        });
        stock_count_line::Entity::insert_many(lines)
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// Locks a store, so that of two people who begin to count one opens the sheet and the other finds it.
pub(crate) async fn lock_store(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    store_id: Uuid,
) -> ServiceResult<()> {
    store::Entity::find_by_id(store_id)
        .filter(store::Column::OrganizationId.eq(organization_id))
        .lock(LockType::NoKeyUpdate)
        .one(db)
        .await?
        .map(drop)
        .ok_or(ServiceError::NotFound("store"))
}

/// The store of a sheet of the organization.
pub(crate) async fn get_store_id(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<Uuid> {
    count_sheet::Entity::find_by_id(id)
        .filter(count_sheet::Column::OrganizationId.eq(organization_id))
        .one(db)
        .await?
        .map(|sheet| sheet.store_id)
        .ok_or(ServiceError::NotFound("count"))
}

/// A sheet of the organization, locked until the transaction ends.
pub(crate) async fn get_locked(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<count_sheet::Model> {
    count_sheet::Entity::find_by_id(id)
        .filter(count_sheet::Column::OrganizationId.eq(organization_id))
        .lock(LockType::NoKeyUpdate)
        .one(db)
        .await?
        .ok_or(ServiceError::NotFound("count"))
}

/// The open sheet of a store, locked until the transaction ends.
pub(crate) async fn find_open_locked(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    store_id: Uuid,
) -> ServiceResult<Option<count_sheet::Model>> {
    Ok(count_sheet::Entity::find()
        .filter(count_sheet::Column::OrganizationId.eq(organization_id))
        .filter(count_sheet::Column::StoreId.eq(store_id))
        .filter(count_sheet::Column::Status.is_in(OPEN))
        .lock(LockType::NoKeyUpdate)
        .one(db)
        .await?)
}

/// The open sheet of a store.
pub(crate) async fn find_open(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    store_id: Uuid,
) -> ServiceResult<Option<count_sheet::Model>> {
    Ok(count_sheet::Entity::find()
        .filter(count_sheet::Column::OrganizationId.eq(organization_id))
        .filter(count_sheet::Column::StoreId.eq(store_id))
        .filter(count_sheet::Column::Status.is_in(OPEN))
        .one(db)
        .await?)
}

/// Adds a sheet.
pub(crate) async fn insert_sheet(
    db: &impl ConnectionTrait,
    row: &count_sheet::Model,
) -> ServiceResult<()> {
    count_sheet::Entity::insert(row.clone().into_active_model())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Writes every column of a locked sheet.
pub(crate) async fn update_sheet(
    db: &impl ConnectionTrait,
    row: &count_sheet::Model,
) -> ServiceResult<()> {
    row.clone()
        .into_active_model()
        .reset_all()
        .update(db)
        .await?;
    Ok(())
}

/// Some lines of a sheet, or all of them.
pub(crate) async fn list_lines(
    db: &impl ConnectionTrait,
    sheet: &count_sheet::Model,
    products: Option<Vec<Uuid>>,
) -> ServiceResult<BTreeMap<Uuid, count_sheet_line::Model>> {
    let mut query = count_sheet_line::Entity::find()
        .filter(count_sheet_line::Column::OrganizationId.eq(sheet.organization_id))
        .filter(count_sheet_line::Column::SheetId.eq(sheet.id));
    if let Some(products) = products {
        query = query.filter(count_sheet_line::Column::ProductId.is_in(products));
    }
    let rows = query.all(db).await?;
    Ok(rows.into_iter().map(|row| (row.product_id, row)).collect())
}

/// How many lines a sheet has.
pub(crate) async fn count_lines(
    db: &impl ConnectionTrait,
    sheet: &count_sheet::Model,
) -> ServiceResult<usize> {
    let count: Option<i64> = count_sheet_line::Entity::find()
        .select_only()
        .column_as(Expr::cust("COUNT(*)"), "lines")
        .filter(count_sheet_line::Column::OrganizationId.eq(sheet.organization_id))
        .filter(count_sheet_line::Column::SheetId.eq(sheet.id))
        .into_tuple()
        .one(db)
        .await?;
    Ok(usize::try_from(count.unwrap_or(0)).unwrap_or(usize::MAX))
}

/// Writes lines of a locked sheet, new ones and those that are there.
pub(crate) async fn put_lines(
    db: &impl ConnectionTrait,
    lines: &[count_sheet_line::Model],
) -> ServiceResult<()> {
    use count_sheet_line::Column as C;
    for chunk in lines.chunks(ROWS_PER_STATEMENT) {
        let rows = chunk.iter().map(|line| line.clone().into_active_model());
        count_sheet_line::Entity::insert_many(rows)
            .on_conflict(
                OnConflict::columns([C::SheetId, C::ProductId])
                    .update_columns([
                        C::Counted,
                        C::CountedAt,
                        C::CountedBy,
                        C::FirstCounted,
                        C::Recount,
                    ])
                    .to_owned(),
            )
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// What moved on each counted shelf of a sheet after it was counted, by product.
pub(crate) async fn list_moved_since(
    db: &impl ConnectionTrait,
    sheet: &count_sheet::Model,
) -> ServiceResult<BTreeMap<Uuid, i64>> {
    let lines = stock_movement::Entity::belongs_to(count_sheet_line::Entity)
        .from(stock_movement::Column::ProductId)
        .to(count_sheet_line::Column::ProductId);
    // PostgreSQL sums bigint into numeric; the cast keeps one type on both engines.
    let rows: Vec<(Uuid, i64)> = stock_movement::Entity::find()
        .select_only()
        .column(stock_movement::Column::ProductId)
        .column_as(Expr::cust("CAST(SUM(quantity) AS BIGINT)"), "total")
        .join(JoinType::InnerJoin, lines.into())
        .filter(count_sheet_line::Column::SheetId.eq(sheet.id))
        .filter(stock_movement::Column::OrganizationId.eq(sheet.organization_id))
        .filter(stock_movement::Column::StoreId.eq(sheet.store_id))
        .filter(
            Expr::col((stock_movement::Entity, stock_movement::Column::OccurredAt)).gt(Expr::col(
                (
                    count_sheet_line::Entity,
                    count_sheet_line::Column::CountedAt,
                ),
            )),
        )
        .group_by(stock_movement::Column::ProductId)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}

/// A difference that somebody found and nobody approved.
pub(crate) struct Unapproved {
    pub product_id: Uuid,
    /// Counted less expected, in base units.
    pub quantity: i64,
    /// Whether a count of the shelf that was taken later was booked already when this one was: then it moved nothing.
    pub is_overtaken: bool,
}

/// What these people found too much or too little in a store since a moment and nobody approved. Whose number it is says the
/// sheet; where there was none, the count.
pub(crate) async fn list_unapproved_since(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    store_id: Uuid,
    since: DateTime<Utc>,
    people: &BTreeSet<Uuid>,
) -> ServiceResult<Vec<Unapproved>> {
    if people.is_empty() {
        return Ok(Vec::new());
    }
    let counts = stock_count::Entity::find()
        .filter(stock_count::Column::OrganizationId.eq(organization_id))
        .filter(stock_count::Column::StoreId.eq(store_id))
        .filter(stock_count::Column::RecordedAt.gt(since))
        .all(db)
        .await?;
    if counts.is_empty() {
        return Ok(Vec::new());
    }
    let (approved, counted_by) = list_sheets_since(db, organization_id, store_id, since).await?;
    let counts: BTreeMap<Uuid, stock_count::Model> = counts
        .into_iter()
        .filter(|count| !approved.contains(&count.id))
        .map(|count| (count.id, count))
        .collect();
    let mut lines = stock_count_line::Entity::find()
        .filter(stock_count_line::Column::OrganizationId.eq(organization_id))
        .filter(stock_count_line::Column::CountId.is_in(counts.keys().copied()))
        .all(db)
        .await?;
    lines.retain(|line| {
        let on_sheet = counted_by.get(&(line.count_id, line.product_id)).copied();
        let actor = || counts.get(&line.count_id).and_then(|count| count.actor_id);
        let person = on_sheet.or_else(actor);
        line.counted != line.expected && person.is_some_and(|person| people.contains(&person))
    });
    let later = list_later(db, organization_id, store_id, &lines).await?;
    let is_overtaken = |line: &stock_count_line::Model| {
        let booked_at = counts.get(&line.count_id).map(|count| count.recorded_at);
        let others = later.get(&line.product_id).into_iter().flatten();
        others
            .filter(|other| other.count_id != line.count_id && other.counted_at > line.counted_at)
            .any(|other| booked_at.is_some_and(|booked_at| other.booked_at <= booked_at))
    };
    let found = |line: &stock_count_line::Model| Unapproved {
        product_id: line.product_id,
        quantity: count_difference(line.counted, line.expected),
        is_overtaken: is_overtaken(line),
    };
    Ok(lines.iter().map(found).collect())
}

/// A count of a shelf: when it was taken and when it was booked.
struct Taken {
    count_id: Uuid,
    counted_at: DateTime<Utc>,
    booked_at: DateTime<Utc>,
}

/// Counts of the products of these lines that were taken after the first of them, by product.
async fn list_later(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    store_id: Uuid,
    lines: &[stock_count_line::Model],
) -> ServiceResult<BTreeMap<Uuid, Vec<Taken>>> {
    let mut later: BTreeMap<Uuid, Vec<Taken>> = BTreeMap::new();
    let Some(first) = lines.iter().map(|line| line.counted_at).min() else {
        return Ok(later);
    };
    let products: BTreeSet<Uuid> = lines.iter().map(|line| line.product_id).collect();
    let rows: Vec<(Uuid, Uuid, DateTime<Utc>, DateTime<Utc>)> = stock_count_line::Entity::find()
        .select_only()
        .column(stock_count_line::Column::ProductId)
        .column(stock_count_line::Column::CountId)
        .column(stock_count_line::Column::CountedAt)
        .column(stock_count::Column::RecordedAt)
        .inner_join(stock_count::Entity)
        .filter(stock_count_line::Column::OrganizationId.eq(organization_id))
        .filter(stock_count_line::Column::StoreId.eq(store_id))
        .filter(stock_count_line::Column::ProductId.is_in(products))
        .filter(stock_count_line::Column::CountedAt.gt(first))
        .into_tuple()
        .all(db)
        .await?;
    for (product_id, count_id, counted_at, booked_at) in rows {
        let taken = Taken {
            count_id,
            counted_at,
            booked_at,
        };
        later.entry(product_id).or_default().push(taken);
    }
    Ok(later)
}

/// Counts that came from a sheet and that somebody approved, and who counted each product of those that came from one.
type FromSheets = (BTreeSet<Uuid>, BTreeMap<(Uuid, Uuid), Uuid>);

/// What is known of counts that were booked from sheets of a store since a moment.
async fn list_sheets_since(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    store_id: Uuid,
    since: DateTime<Utc>,
) -> ServiceResult<FromSheets> {
    use count_sheet::Column as C;
    // Booked when it was handed in or when it was decided.
    let sheets = count_sheet::Entity::find()
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::StoreId.eq(store_id))
        .filter(C::Status.eq(CountSheetStatus::Posted))
        .filter(C::HandedInAt.gt(since).or(C::DecidedAt.gt(since)))
        .all(db)
        .await?;
    let decided = sheets.iter().filter(|sheet| sheet.decided_at.is_some());
    let approved = decided.filter_map(|sheet| sheet.count_id).collect();
    let counts: BTreeMap<Uuid, Uuid> = sheets
        .iter()
        .filter_map(|sheet| Some((sheet.id, sheet.count_id?)))
        .collect();
    let lines = count_sheet_line::Entity::find()
        .filter(count_sheet_line::Column::OrganizationId.eq(organization_id))
        .filter(count_sheet_line::Column::SheetId.is_in(counts.keys().copied()))
        .all(db)
        .await?;
    let counted_by = lines
        .into_iter()
        .filter_map(|line| {
            let count_id = counts.get(&line.sheet_id)?;
            Some(((*count_id, line.product_id), line.counted_by?))
        })
        .collect();
    Ok((approved, counted_by))
}
