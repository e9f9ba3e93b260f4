//! How people's changes turned out, for those who see suggestions.

use super::Suggestions;
use crate::store::shelves::{self, Names};
use crate::store::suggestion_outcomes as rows;
use crate::{Ctx, ServiceError, ServiceResult};
use chrono::NaiveDate;
use contract::Page;
use contract::suggestions::{ListOutcomes, OutcomeView, OutcomesView};
use domain::Permission;
use entity::suggestion_outcome;
use uuid::Uuid;

const DEFAULT_LIMIT: u32 = 50;
const MAX_LIMIT: u32 = 200;

/// Where a page ended: production date and suggestion.
fn read_cursor(text: &str) -> ServiceResult<(NaiveDate, Uuid)> {
    text.split_once('~')
        .and_then(|(date, id)| Some((date.parse().ok()?, id.parse().ok()?)))
        .ok_or_else(|| {
            ServiceError::field(
                "after",
                "unreadable",
                "This place in the list is not known; start from the top.",
            )
        })
}

fn view(row: suggestion_outcome::Model, names: &Names) -> ServiceResult<OutcomeView> {
    let (store, product) = (names.store(row.store_id)?, names.product(row.product_id)?);
    Ok(OutcomeView {
        suggestion_id: row.suggestion_id,
        store_id: row.store_id,
        store_code: store.code.clone(),
        store_name: store.name.clone(),
        product_id: row.product_id,
        sku: product.sku.clone(),
        product_name: product.name.clone(),
        unit: product.unit,
        production_date: row.production_date,
        demand: row.demand,
        estimated: row.censored,
        beside: row.beside,
        suggested_quantity: row.suggested_quantity,
        decided_quantity: row.decided_quantity,
        suggested_cost_minor: row.suggested_cost_minor,
        decided_cost_minor: row.decided_cost_minor,
        saved_minor: row.saved_minor,
        judged_at: row.judged_at,
    })
}

impl Suggestions<'_> {
    /// How people's changes turned out on days that are over, of the stores in scope, the latest production date first, with what all
    /// that are wanted come to.
    ///
    /// # Errors
    /// Forbidden without `suggestions.read`; not found (a store out of scope, a product of somebody else); a cursor that nobody gave
    /// out.
    pub async fn outcomes(&self, ctx: &Ctx, wanted: ListOutcomes) -> ServiceResult<OutcomesView> {
        ctx.require(Permission::SuggestionsRead)?;
        let (db, organization_id) = (
            &self.services.db().of(ctx.organization_id()),
            ctx.organization_id(),
        );
        if let Some(store_id) = wanted.store_id {
            ctx.require_store(store_id)?;
            shelves::get_store(db, organization_id, store_id).await?;
        }
        if let Some(product_id) = wanted.product_id {
            shelves::get_product(db, organization_id, product_id).await?;
        }
        let after = wanted.after.as_deref().map(read_cursor).transpose()?;
        let limit = wanted.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT) as usize;
        let scope = &ctx.actor.stores;
        let mut found =
            rows::list(db, organization_id, scope, &wanted, after, limit as u64 + 1).await?;
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found
            .last()
            .filter(|_| more)
            .map(|row| format!("{}~{}", row.production_date, row.suggestion_id));
        let shelved = found.iter().map(|row| (row.store_id, row.product_id));
        let names = shelves::list_names(db, organization_id, shelved).await?;
        let items: ServiceResult<Vec<OutcomeView>> =
            found.into_iter().map(|row| view(row, &names)).collect();
        Ok(OutcomesView {
            page: Page {
                items: items?,
                next,
            },
            totals: rows::sum(db, organization_id, scope, &wanted).await?,
        })
    }
}
