//! What the books said of a shelf at a moment, and what they learned of it later.

use crate::ServiceResult;
use crate::ledger::Shelf;
use chrono::{DateTime, Utc};
use entity::stock_movement;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
};
use stock_movement::Column as C;

/// Everything that happened on a shelf until a moment, as is known now.
fn until(
    organization_id: uuid::Uuid,
    shelf: Shelf,
    at: DateTime<Utc>,
) -> Select<stock_movement::Entity> {
    stock_movement::Entity::find()
        .filter(C::StoreId.eq(shelf.0))
        .filter(C::ProductId.eq(shelf.1))
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::OccurredAt.lte(at))
}

/// On hand at a moment: by what had been written down until then, and by what is written down now.
pub(crate) async fn sums_at(
    db: &impl ConnectionTrait,
    organization_id: uuid::Uuid,
    shelf: Shelf,
    at: DateTime<Utc>,
) -> ServiceResult<(i64, i64)> {
    let sum = async |rows: Select<stock_movement::Entity>| -> ServiceResult<i64> {
        let total: Option<i64> = rows
            .select_only()
            .column_as(
                Expr::cust("CAST(COALESCE(SUM(quantity), 0) AS BIGINT)"),
                "total",
            )
            .into_tuple()
            .one(db)
            .await?;
        Ok(total.unwrap_or(0))
    };
    let all = until(organization_id, shelf, at);
    let believed = sum(all.clone().filter(C::RecordedAt.lte(at))).await?;
    Ok((believed, sum(all).await?))
}

/// Facts that happened until a moment and were written down after it, in the order in which that was done, and how many there are.
pub(crate) async fn list_learned_later(
    db: &impl ConnectionTrait,
    organization_id: uuid::Uuid,
    shelf: Shelf,
    at: DateTime<Utc>,
    limit: u64,
) -> ServiceResult<(Vec<stock_movement::Model>, u64)> {
    let late = until(organization_id, shelf, at).filter(C::RecordedAt.gt(at));
    let count = late.clone().count(db).await?;
    let rows = late
        .order_by_asc(C::RecordedAt)
        .order_by_asc(C::Id)
        .limit(limit)
        .all(db)
        .await?;
    Ok((rows, count))
}
