//! Tickets page by page.

use crate::{ServiceResult, StoreScope};
use chrono::NaiveDate;
use contract::tickets::ListSales;
use entity::{sale, sale_line};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

/// Tickets of a page, the latest trading day first.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    scope: &StoreScope,
    wanted: &ListSales,
    after: Option<(NaiveDate, Uuid)>,
    limit: u64,
) -> ServiceResult<Vec<sale::Model>> {
    use sale::Column as C;
    use sale_line::Column as L;
    let mut query = sale::Entity::find().filter(C::OrganizationId.eq(organization_id));
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
    if let Some(product_id) = wanted.product_id {
        let line = |column: L| Expr::col((sale_line::Entity, column));
        let has_it = Query::select()
            .expr(Expr::value(1_i32))
            .from(sale_line::Entity)
            .and_where(line(L::SaleId).equals((sale::Entity, C::Id)))
            .and_where(line(L::ProductId).eq(product_id))
            .to_owned();
        query = query.filter(Expr::exists(has_it));
    }
    if let Some((date, id)) = after {
        // Said once more where it begins, so that an index leads there instead of past all pages before.
        query = query.filter(C::BusinessDate.lte(date)).filter(
            Condition::any()
                .add(C::BusinessDate.lt(date))
                .add(C::BusinessDate.eq(date).and(C::Id.lt(id))),
        );
    }
    Ok(query
        .order_by_desc(C::BusinessDate)
        .order_by_desc(C::Id)
        .limit(limit)
        .all(db)
        .await?)
}

/// One ticket of the organization.
pub(crate) async fn find(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<Option<sale::Model>> {
    Ok(sale::Entity::find_by_id(id)
        .filter(sale::Column::OrganizationId.eq(organization_id))
        .one(db)
        .await?)
}

/// The lines of some tickets, ticket by ticket.
pub(crate) async fn list_lines(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    tickets: impl IntoIterator<Item = Uuid>,
) -> ServiceResult<Vec<sale_line::Model>> {
    use sale_line::Column as L;
    Ok(sale_line::Entity::find()
        .filter(L::OrganizationId.eq(organization_id))
        .filter(L::SaleId.is_in(tickets))
        .order_by_asc(L::SaleId)
        .order_by_asc(L::Line)
        .all(db)
        .await?)
}
