//! Movements and counts of many shelves, page by page.

use crate::{ServiceResult, StoreScope};
use chrono::{DateTime, Utc};
use contract::ledger::{ListCounts, ListMovements};
use entity::{stock_count, stock_count_line, stock_movement};
use sea_orm::sea_query::ExprTrait;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

/// A moment and what stands at it.
pub(crate) type Place = (DateTime<Utc>, Uuid);

/// Movements of a page, the latest written down first.
pub(crate) async fn list_movements(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    scope: &StoreScope,
    wanted: &ListMovements,
    after: Option<Place>,
    limit: u64,
) -> ServiceResult<Vec<stock_movement::Model>> {
    use stock_movement::Column as C;
    let mut query = stock_movement::Entity::find().filter(C::OrganizationId.eq(organization_id));
    match (wanted.store_id, scope) {
        (Some(store_id), _) => query = query.filter(C::StoreId.eq(store_id)),
        (None, StoreScope::Only(stores)) => {
            query = query.filter(C::StoreId.is_in(stores.iter().copied()));
        }
        (None, StoreScope::All) => {}
    }
    if let Some(product_id) = wanted.product_id {
        query = query.filter(C::ProductId.eq(product_id));
    }
    if let Some(kind) = wanted.kind {
        query = query.filter(C::Kind.eq(kind));
    }
    if let Some(from) = wanted.from {
        query = query.filter(C::BusinessDate.gte(from));
    }
    if let Some(until) = wanted.until {
        query = query.filter(C::BusinessDate.lte(until));
    }
    if let Some((at, id)) = after {
        // Said once more where it begins, so that an index leads there instead of past all pages before.
        query = query.filter(C::RecordedAt.lte(at)).filter(
            Condition::any()
                .add(C::RecordedAt.lt(at))
                .add(C::RecordedAt.eq(at).and(C::Id.lt(id))),
        );
    }
    Ok(query
        .order_by_desc(C::RecordedAt)
        .order_by_desc(C::Id)
        .limit(limit)
        .all(db)
        .await?)
}

/// Counts of a page, the latest first.
pub(crate) async fn list_counts(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    scope: &StoreScope,
    wanted: &ListCounts,
    after: Option<Place>,
    limit: u64,
) -> ServiceResult<Vec<stock_count::Model>> {
    use stock_count::Column as C;
    let mut query = stock_count::Entity::find().filter(C::OrganizationId.eq(organization_id));
    match (wanted.store_id, scope) {
        (Some(store_id), _) => query = query.filter(C::StoreId.eq(store_id)),
        (None, StoreScope::Only(stores)) => {
            query = query.filter(C::StoreId.is_in(stores.iter().copied()));
        }
        (None, StoreScope::All) => {}
    }
    if let Some(from) = wanted.from {
        query = query.filter(C::BusinessDate.gte(from));
    }
    if let Some(until) = wanted.until {
        query = query.filter(C::BusinessDate.lte(until));
    }
    if let Some((at, id)) = after {
        query = query.filter(C::CountedAt.lte(at)).filter(
            Condition::any()
                .add(C::CountedAt.lt(at))
                .add(C::CountedAt.eq(at).and(C::Id.lt(id))),
        );
    }
    Ok(query
        .order_by_desc(C::CountedAt)
        .order_by_desc(C::Id)
        .limit(limit)
        .all(db)
        .await?)
}

/// What was found, count by count.
pub(crate) async fn list_count_lines(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    counts: impl IntoIterator<Item = Uuid>,
) -> ServiceResult<Vec<stock_count_line::Model>> {
    use stock_count_line::Column as C;
    Ok(stock_count_line::Entity::find()
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::CountId.is_in(counts))
        .order_by_asc(C::CountId)
        .order_by_asc(C::ProductId)
        .all(db)
        .await?)
}
