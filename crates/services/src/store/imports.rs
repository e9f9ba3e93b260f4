//! Rows of imports and of their rejects.

use crate::{ServiceError, ServiceResult};
use chrono::{DateTime, NaiveDate, Utc};
use domain::{ImportStatus, ProductKind};
use entity::{import, organization, product, promotion, store, user, user_role, user_store_scope};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveEnum, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait,
    QueryFilter, QueryOrder, QuerySelect,
};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// The counts that a run keeps in the import's row.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub total: i64,
    pub good: i64,
    pub rejected: i64,
    pub duplicate: i64,
}

pub(crate) async fn insert(db: &impl ConnectionTrait, row: import::Model) -> ServiceResult<()> {
    let values = import::ActiveModel {
        id: Set(row.id),
        organization_id: Set(row.organization_id),
        store_id: Set(row.store_id),
        file_name: Set(row.file_name),
        size_bytes: Set(row.size_bytes),
        sha256: Set(row.sha256),
        path: Set(row.path),
        status: Set(row.status),
        rows_total: Set(row.rows_total),
        rows_good: Set(row.rows_good),
        rows_rejected: Set(row.rows_rejected),
        rows_duplicate: Set(row.rows_duplicate),
        rows_applied: Set(row.rows_applied),
        bytes_done: Set(row.bytes_done),
        threshold_bp: Set(row.threshold_bp),
        error: Set(row.error),
        first_date: Set(row.first_date),
        last_date: Set(row.last_date),
        command_id: Set(row.command_id),
        created_by: Set(row.created_by),
        created_at: Set(row.created_at),
        updated_at: Set(row.updated_at),
        finished_at: Set(row.finished_at),
    };
    import::Entity::insert(values)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

pub(crate) async fn get(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<import::Model> {
    import::Entity::find_by_id(id)
        .filter(import::Column::OrganizationId.eq(organization_id))
        .one(db)
        .await?
        .ok_or(ServiceError::NotFound("import"))
}

/// Newest first, from behind a position; one more than a page tells whether there is another.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    stores: Option<&BTreeSet<Uuid>>,
    own: Option<Uuid>,
    behind: Option<(DateTime<Utc>, Uuid)>,
    limit: u64,
) -> ServiceResult<Vec<import::Model>> {
    let mut query =
        import::Entity::find().filter(import::Column::OrganizationId.eq(organization_id));
    if let Some(stores) = stores {
        let mut mine = Condition::any().add(import::Column::StoreId.is_in(stores.iter().copied()));
        if let Some(own) = own {
            mine = mine.add(import::Column::CreatedBy.eq(own));
        }
        query = query.filter(mine);
    }
    if let Some((at, id)) = behind {
        query = query.filter(
            Condition::any().add(import::Column::CreatedAt.lt(at)).add(
                import::Column::CreatedAt
                    .eq(at)
                    .and(import::Column::Id.lt(id)),
            ),
        );
    }
    Ok(query
        .order_by_desc(import::Column::CreatedAt)
        .order_by_desc(import::Column::Id)
        .limit(limit)
        .all(db)
        .await?)
}

/// Imports in one of these states that gave no sign of life since an instant, oldest first, of every organization.
pub(crate) async fn list_left(
    db: &impl ConnectionTrait,
    states: &[ImportStatus],
    since: DateTime<Utc>,
) -> ServiceResult<Vec<(Uuid, Uuid)>> {
    Ok(import::Entity::find()
        .select_only()
        .column(import::Column::OrganizationId)
        .column(import::Column::Id)
        .filter(import::Column::Status.is_in(states.iter().copied()))
        .filter(import::Column::UpdatedAt.lte(since))
        .order_by_asc(import::Column::CreatedAt)
        .into_tuple()
        .all(db)
        .await?)
}

/// Whether an import of the organization is in one of these states and gave a sign of life after an instant.
pub(crate) async fn is_any_alive(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    states: &[ImportStatus],
    since: DateTime<Utc>,
) -> ServiceResult<bool> {
    let found: Option<Uuid> = import::Entity::find()
        .select_only()
        .column(import::Column::Id)
        .filter(import::Column::OrganizationId.eq(organization_id))
        .filter(import::Column::Status.is_in(states.iter().copied()))
        .filter(import::Column::UpdatedAt.gt(since))
        .into_tuple()
        .one(db)
        .await?;
    Ok(found.is_some())
}

/// Earlier imports of the same bytes.
pub(crate) async fn list_same(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    sha256: &str,
    but: Uuid,
) -> ServiceResult<Vec<import::Model>> {
    Ok(import::Entity::find()
        .filter(import::Column::OrganizationId.eq(organization_id))
        .filter(import::Column::Sha256.eq(sha256))
        .filter(import::Column::Id.ne(but))
        .order_by_desc(import::Column::CreatedAt)
        .limit(5)
        .all(db)
        .await?)
}

/// Moves an import from one of these states to another; false when it is in none of them.
pub(crate) async fn move_state(
    db: &impl ConnectionTrait,
    id: Uuid,
    from: &[ImportStatus],
    to: ImportStatus,
    now: DateTime<Utc>,
) -> ServiceResult<bool> {
    let finished = match to {
        ImportStatus::Checking
        | ImportStatus::Applying
        | ImportStatus::Undoing
        | ImportStatus::Uploaded => None,
        _ => Some(now),
    };
    let done = import::Entity::update_many()
        .col_expr(import::Column::Status, Expr::value(to.to_value()))
        .col_expr(import::Column::BytesDone, Expr::value(0_i64))
        .col_expr(import::Column::UpdatedAt, Expr::value(now))
        .col_expr(import::Column::FinishedAt, Expr::value(finished))
        .filter(import::Column::Id.eq(id))
        .filter(import::Column::Status.is_in(from.iter().copied()))
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Moves the marker of a running step, if nobody else has moved it; the row stays locked until the transaction ends.
pub(crate) async fn move_marker(
    db: &impl ConnectionTrait,
    id: Uuid,
    status: ImportStatus,
    from: i64,
    to: i64,
    now: DateTime<Utc>,
) -> ServiceResult<bool> {
    let done = import::Entity::update_many()
        .col_expr(import::Column::BytesDone, Expr::value(to))
        .col_expr(import::Column::UpdatedAt, Expr::value(now))
        .filter(import::Column::Id.eq(id))
        .filter(import::Column::Status.eq(status))
        .filter(import::Column::BytesDone.eq(from))
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

pub(crate) async fn add_applied(
    db: &impl ConnectionTrait,
    id: Uuid,
    rows: i64,
) -> ServiceResult<()> {
    import::Entity::update_many()
        .col_expr(
            import::Column::RowsApplied,
            Expr::col(import::Column::RowsApplied).add(rows),
        )
        .filter(import::Column::Id.eq(id))
        .exec(db)
        .await?;
    Ok(())
}

pub(crate) async fn set_counts(
    db: &impl ConnectionTrait,
    id: Uuid,
    counts: Counts,
) -> ServiceResult<()> {
    import::Entity::update_many()
        .col_expr(import::Column::RowsTotal, Expr::value(counts.total))
        .col_expr(import::Column::RowsGood, Expr::value(counts.good))
        .col_expr(import::Column::RowsRejected, Expr::value(counts.rejected))
        .col_expr(import::Column::RowsDuplicate, Expr::value(counts.duplicate))
        .filter(import::Column::Id.eq(id))
        .exec(db)
        .await?;
    Ok(())
}

pub(crate) async fn set_outcome(
    db: &impl ConnectionTrait,
    id: Uuid,
    error: Option<String>,
    dates: Option<(NaiveDate, NaiveDate)>,
) -> ServiceResult<()> {
    import::Entity::update_many()
        .col_expr(import::Column::Error, Expr::value(error))
        .col_expr(import::Column::FirstDate, Expr::value(dates.map(|d| d.0)))
        .col_expr(import::Column::LastDate, Expr::value(dates.map(|d| d.1)))
        .filter(import::Column::Id.eq(id))
        .exec(db)
        .await?;
    Ok(())
}

pub(crate) async fn set_error(
    db: &impl ConnectionTrait,
    id: Uuid,
    error: Option<String>,
    now: DateTime<Utc>,
) -> ServiceResult<()> {
    import::Entity::update_many()
        .col_expr(import::Column::Error, Expr::value(error))
        .col_expr(import::Column::UpdatedAt, Expr::value(now))
        .filter(import::Column::Id.eq(id))
        .exec(db)
        .await?;
    Ok(())
}

/// Names of people.
pub(crate) async fn list_names(
    db: &impl ConnectionTrait,
    ids: BTreeSet<Uuid>,
) -> ServiceResult<BTreeMap<Uuid, String>> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows: Vec<(Uuid, String)> = user::Entity::find()
        .select_only()
        .column(user::Column::Id)
        .column(user::Column::DisplayName)
        .filter(user::Column::Id.is_in(ids))
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}

/// The stores in a person's scope; `None` = every store.
pub(crate) async fn scope_of(
    db: &impl ConnectionTrait,
    user_id: Uuid,
) -> ServiceResult<Option<BTreeSet<Uuid>>> {
    let everywhere = user_role::Entity::find()
        .filter(user_role::Column::UserId.eq(user_id))
        .filter(user_role::Column::AllStores.eq(true))
        .one(db)
        .await?;
    if everywhere.is_some() {
        return Ok(None);
    }
    let stores: Vec<Uuid> = user_store_scope::Entity::find()
        .select_only()
        .column(user_store_scope::Column::StoreId)
        .filter(user_store_scope::Column::UserId.eq(user_id))
        .into_tuple()
        .all(db)
        .await?;
    Ok(Some(stores.into_iter().collect()))
}

/// The organization's share of bad rows above which a file is refused, in basis points.
pub(crate) async fn get_threshold(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<i32> {
    organization::Entity::find_by_id(organization_id)
        .one(db)
        .await?
        .map(|o| o.import_error_threshold_bp)
        .ok_or(ServiceError::NotFound("organization"))
}

/// Stores with what an import must know of them.
pub(crate) async fn list_stores(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<Vec<store::Model>> {
    Ok(store::Entity::find()
        .filter(store::Column::OrganizationId.eq(organization_id))
        .all(db)
        .await?)
}

/// Code and identifier of every product that is sold.
pub(crate) async fn list_skus(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<Vec<(String, Uuid)>> {
    Ok(product::Entity::find()
        .select_only()
        .column(product::Column::Sku)
        .column(product::Column::Id)
        .filter(product::Column::OrganizationId.eq(organization_id))
        .filter(product::Column::Kind.eq(ProductKind::Product))
        .into_tuple()
        .all(db)
        .await?)
}

/// Every promotion's code.
pub(crate) async fn list_promotion_codes(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<Vec<String>> {
    Ok(promotion::Entity::find()
        .select_only()
        .column(promotion::Column::Code)
        .filter(promotion::Column::OrganizationId.eq(organization_id))
        .into_tuple()
        .all(db)
        .await?)
}
