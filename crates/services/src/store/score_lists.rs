//! Scored forecasts page by page.

use crate::{ServiceResult, StoreScope};
use chrono::NaiveDate;
use contract::history::ListPastForecasts;
use entity::forecast_score;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

/// Target day, store, product and horizon: what stands in this order in the list.
pub(crate) type Place = (NaiveDate, Uuid, Uuid, i32);

/// Past forecasts of a page: the latest target day first, then by store, product and horizon.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    scope: &StoreScope,
    wanted: &ListPastForecasts,
    after: Option<Place>,
    limit: u64,
) -> ServiceResult<Vec<forecast_score::Model>> {
    use forecast_score::Column as C;
    let mut query = forecast_score::Entity::find().filter(C::OrganizationId.eq(organization_id));
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
    if let Some(from) = wanted.from {
        query = query.filter(C::TargetDate.gte(from));
    }
    if let Some(until) = wanted.until {
        query = query.filter(C::TargetDate.lte(until));
    }
    if let Some(horizon) = wanted.horizon {
        query = query.filter(C::Horizon.eq(horizon));
    }
    if let Some((date, store_id, product_id, horizon)) = after {
        let same_day = C::TargetDate.eq(date);
        let same_store = same_day.clone().and(C::StoreId.eq(store_id));
        let same_product = same_store.clone().and(C::ProductId.eq(product_id));
        // Said once more where it begins, so that an index leads there instead of past all pages before.
        query = query.filter(C::TargetDate.lte(date)).filter(
            Condition::any()
                .add(C::TargetDate.lt(date))
                .add(same_day.and(C::StoreId.gt(store_id)))
                .add(same_store.and(C::ProductId.gt(product_id)))
                .add(same_product.and(C::Horizon.gt(horizon))),
        );
    }
    Ok(query
        .order_by_desc(C::TargetDate)
        .order_by_asc(C::StoreId)
        .order_by_asc(C::ProductId)
        .order_by_asc(C::Horizon)
        .limit(limit)
        .all(db)
        .await?)
}
