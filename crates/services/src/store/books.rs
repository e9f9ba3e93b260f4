//! Rows for checking the books: sums of the ledger beside the levels, and the audit log in order.

use crate::ServiceResult;
use crate::ledger::Shelf;
use entity::{audit_entry, audit_head, stock_level, stock_movement};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Sum and number of the movements of every shelf.
pub(crate) async fn list_sums(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<BTreeMap<Shelf, (i64, i64)>> {
    let rows: Vec<(Uuid, Uuid, i64, i64)> = stock_movement::Entity::find()
        .select_only()
        .column(stock_movement::Column::StoreId)
        .column(stock_movement::Column::ProductId)
        .column_as(Expr::cust("CAST(SUM(quantity) AS BIGINT)"), "total")
        .column_as(Expr::cust("CAST(COUNT(*) AS BIGINT)"), "movements")
        .filter(stock_movement::Column::OrganizationId.eq(organization_id))
        .group_by(stock_movement::Column::StoreId)
        .group_by(stock_movement::Column::ProductId)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(s, p, total, n)| ((s, p), (total, n)))
        .collect())
}

/// Every level.
pub(crate) async fn list_levels(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<BTreeMap<Shelf, i64>> {
    let rows: Vec<(Uuid, Uuid, i64)> = stock_level::Entity::find()
        .select_only()
        .column(stock_level::Column::StoreId)
        .column(stock_level::Column::ProductId)
        .column(stock_level::Column::OnHand)
        .filter(stock_level::Column::OrganizationId.eq(organization_id))
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(s, p, on_hand)| ((s, p), on_hand))
        .collect())
}

/// Entries of the audit log after a sequence number, ascending.
pub(crate) async fn list_audit_after(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    sequence: i64,
    limit: u64,
) -> ServiceResult<Vec<audit_entry::Model>> {
    Ok(audit_entry::Entity::find()
        .filter(audit_entry::Column::OrganizationId.eq(organization_id))
        .filter(audit_entry::Column::Sequence.gt(sequence))
        .order_by_asc(audit_entry::Column::Sequence)
        .limit(limit)
        .all(db)
        .await?)
}

/// The head of the audit log.
pub(crate) async fn find_audit_head(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<Option<audit_head::Model>> {
    Ok(audit_head::Entity::find_by_id(organization_id)
        .one(db)
        .await?)
}
