//! Forecasts of days that are over, beside what was sold.

use super::Forecasts;
use crate::pages::{limit_of, page, part, unreadable};
use crate::store::score_lists::{self as rows, Place};
use crate::{Ctx, ServiceResult};
use contract::Page;
use contract::history::{ListPastForecasts, PastForecastView};
use domain::Permission;
use entity::forecast_score;

fn view(row: forecast_score::Model) -> PastForecastView {
    PastForecastView {
        store_id: row.store_id,
        product_id: row.product_id,
        target_date: row.target_date,
        horizon: row.horizon,
        issued_on: row.issued_on,
        source: row.source,
        model_version_id: row.model_version_id,
        actual: row.actual,
        mean_milli: row.mean_milli,
        median_milli: row.q50_milli,
        absolute_error_milli: row.absolute_error_milli,
        inside_80: row.inside_80,
        baseline_median_milli: row.baseline_q50_milli,
        override_quantity: row.override_quantity,
        censored: row.censored,
    }
}

fn write_place(row: &forecast_score::Model) -> String {
    format!(
        "{}~{}~{}~{}",
        row.target_date, row.store_id, row.product_id, row.horizon
    )
}

fn read_place(text: &str) -> ServiceResult<Place> {
    let parts: Vec<&str> = text.split('~').collect();
    let [date, store_id, product_id, horizon] = parts[..] else {
        return Err(unreadable());
    };
    Ok((
        part(date)?,
        part(store_id)?,
        part(product_id)?,
        part(horizon)?,
    ))
}

impl Forecasts<'_> {
    /// What was forecast for days that are over and what was sold on them, as the nights judged it: the latest day first.
    ///
    /// # Errors
    /// Forbidden without `forecasts.read`; not found (a store out of scope); an unreadable cursor.
    pub async fn past(
        &self,
        ctx: &Ctx,
        wanted: &ListPastForecasts,
    ) -> ServiceResult<Page<PastForecastView>> {
        ctx.require(Permission::ForecastsRead)?;
        if let Some(store_id) = wanted.store_id {
            ctx.require_store(store_id)?;
        }
        let after = wanted.after.as_deref().map(read_place).transpose()?;
        let limit = limit_of(wanted.limit);
        let organization_id = ctx.organization_id();
        let db = self.services.db().of(organization_id);
        let found = rows::list(
            &*db,
            organization_id,
            &ctx.actor.stores,
            wanted,
            after,
            limit as u64 + 1,
        )
        .await?;
        Ok(page(found, limit, write_place, view))
    }
}
