//! Suggestions: computed by night with their reasons, decided by people in the morning.

mod deciding;
pub(crate) mod generating;
mod parts;

pub(crate) use generating::day_demand;

use crate::store::{shelves, suggestions};
use crate::{Ctx, ServiceError, ServiceResult, Services};
use contract::suggestions::{DaySuggestions, ListSuggestions, SuggestionView};
use domain::{Permission, SuggestionStatus};
use entity::suggestion;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

/// Computes, lists and decides suggestions.
#[derive(Debug)]
pub struct Suggestions<'a> {
    services: &'a Services,
}

impl Services {
    /// Suggestions.
    #[must_use]
    pub fn suggestions(&self) -> Suggestions<'_> {
        Suggestions { services: self }
    }
}

/// Suggestions with their names: by store code, the largest first. Two statements, whatever their number.
pub(crate) async fn views(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    rows: Vec<suggestion::Model>,
) -> ServiceResult<Vec<SuggestionView>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let names = shelves::list_names(
        db,
        organization_id,
        rows.iter().map(|s| (s.store_id, s.product_id)),
    )
    .await?;
    let mut views = Vec::with_capacity(rows.len());
    for row in rows {
        let (store, product) = (names.store(row.store_id)?, names.product(row.product_id)?);
        views.push(SuggestionView {
            id: row.id,
            store_id: row.store_id,
            store_code: store.code.clone(),
            store_name: store.name.clone(),
            product_id: row.product_id,
            sku: product.sku.clone(),
            product_name: product.name.clone(),
            unit: product.unit,
            tray_size: product.tray_size,
            production_date: row.production_date,
            quantity: row.quantity,
            adjusted_quantity: row.accepted_quantity,
            status: row.status,
            reasons: serde_json::from_value(row.reasons).map_err(|e| {
                ServiceError::Internal(format!(
                    "the reasons of suggestion {} cannot be read: {e}",
                    row.id
                ))
            })?,
            order_id: row.order_id,
            decided_at: row.decided_at,
            dismiss_reason: row.dismiss_reason,
            computed_at: row.created_at,
        });
    }
    views.sort_by(|a, b| {
        (
            &a.store_code,
            std::cmp::Reverse(a.planned()),
            &a.product_name,
        )
            .cmp(&(
                &b.store_code,
                std::cmp::Reverse(b.planned()),
                &b.product_name,
            ))
    });
    Ok(views)
}

impl Suggestions<'_> {
    /// The suggestions of a production day in scope: open, accepted and dismissed ones.
    ///
    /// # Errors
    /// Forbidden, a store out of scope.
    pub async fn list(&self, ctx: &Ctx, wanted: ListSuggestions) -> ServiceResult<DaySuggestions> {
        ctx.require(Permission::SuggestionsRead)?;
        if let Some(store_id) = wanted.store_id {
            ctx.require_store(store_id)?;
            crate::store::outlook::get_store(
                self.services.db().connection(),
                ctx.organization_id(),
                store_id,
            )
            .await?;
        }
        let db = self.services.db().connection();
        let shown = [
            SuggestionStatus::Open,
            SuggestionStatus::Accepted,
            SuggestionStatus::Dismissed,
        ];
        let mut rows = suggestions::list(
            db,
            ctx.organization_id(),
            &ctx.actor.stores,
            wanted.production_date,
            &shown,
        )
        .await?;
        rows.retain(|s| {
            wanted
                .store_id
                .is_none_or(|store_id| s.store_id == store_id)
        });
        let items = views(db, ctx.organization_id(), rows).await?;
        Ok(DaySuggestions {
            production_date: wanted.production_date,
            items,
        })
    }
}
