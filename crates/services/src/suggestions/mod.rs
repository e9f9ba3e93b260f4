//! Suggestions: computed by night with their reasons, decided by people in the morning.

mod deciding;
pub(crate) mod generating;
mod history;
mod judging;
mod outcomes;
pub(crate) mod parts;
mod reopening;

pub(crate) use generating::day_demand;

use crate::ctx::StoreScope;
use crate::store::{catalog, outlook, shelves, suggestions};
use crate::{Ctx, ServiceError, ServiceResult, Services};
use chrono::NaiveDate;
use contract::dispatch::MAX_STORES;
use contract::suggestions::{DaySuggestions, ListSuggestions, StoreOfPlan, SuggestionView};
use domain::{Permission, SuggestionStatus};
use entity::suggestion;
use sea_orm::ConnectionTrait;
use std::collections::BTreeMap;
use uuid::Uuid;

/// What a plan shows: what was replaced by a newer computation is nothing to decide.
const SHOWN: [SuggestionStatus; 3] = [
    SuggestionStatus::Open,
    SuggestionStatus::Accepted,
    SuggestionStatus::Dismissed,
];

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
    /// The suggestions of a production day in scope: open, accepted and dismissed ones. Where no store is named and more than
    /// [`MAX_STORES`] have some, only the stores to choose from.
    ///
    /// # Errors
    /// Forbidden, a store out of scope.
    pub async fn list(&self, ctx: &Ctx, wanted: ListSuggestions) -> ServiceResult<DaySuggestions> {
        ctx.require(Permission::SuggestionsRead)?;
        let (db, organization_id) = (
            &self.services.db().of(ctx.organization_id()),
            ctx.organization_id(),
        );
        let production_date = wanted.production_date;
        let scope = match wanted.store_id {
            Some(store_id) => {
                ctx.require_store(store_id)?;
                outlook::get_store(db, organization_id, store_id).await?;
                StoreScope::Only([store_id].into())
            }
            None => ctx.actor.stores.clone(),
        };
        if wanted.store_id.is_none()
            && let Some(choose_from) = self.choice(ctx, &scope, production_date).await?
        {
            return Ok(DaySuggestions {
                production_date,
                items: Vec::new(),
                choose_from,
            });
        }
        let rows = suggestions::list(db, organization_id, &scope, production_date, &SHOWN).await?;
        Ok(DaySuggestions {
            production_date,
            items: views(db, organization_id, rows).await?,
            choose_from: Vec::new(),
        })
    }

    /// The stores of a day to choose from, where there are too many for one page.
    async fn choice(
        &self,
        ctx: &Ctx,
        scope: &StoreScope,
        production_date: NaiveDate,
    ) -> ServiceResult<Option<Vec<StoreOfPlan>>> {
        let (db, organization_id) = (
            &self.services.db().of(ctx.organization_id()),
            ctx.organization_id(),
        );
        let counts =
            suggestions::count_of_day(db, organization_id, scope, production_date, &SHOWN).await?;
        let mut open: BTreeMap<Uuid, i64> = BTreeMap::new();
        for (store_id, status, count) in counts {
            let open = open.entry(store_id).or_default();
            if status == SuggestionStatus::Open {
                *open += count;
            }
        }
        if open.len() <= MAX_STORES {
            return Ok(None);
        }
        let stores = catalog::list_stores(db, organization_id).await?;
        let choose_from = stores.into_iter().filter_map(|store| {
            let open = open.get(&store.id)?;
            Some(StoreOfPlan {
                store_id: store.id,
                store_code: store.code,
                store_name: store.name,
                open: u32::try_from(*open).unwrap_or(u32::MAX),
            })
        });
        Ok(Some(choose_from.collect()))
    }
}
