//! The book of forecasts: what each night issued, and how it turned out.

use crate::audit::{self, Change};
use crate::forecasts::total_up;
use crate::store::{forecasts as rows, panel, totals};
use crate::{Ctx, ServiceResult, Services, live};
use chrono::{Days, NaiveDate};
use domain::panel::{DayForecast, QUANTILE_LEVELS};
use domain::{ForecastSource, Permission};
use entity::{forecast, forecast_score};
use sea_orm::ActiveValue::Set;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

/// Rows per transaction: other writers wait no longer than for one of these.
const ROWS_PER_TRANSACTION: usize = 4_000;

/// Distribution of one shelf, as issued by a night.
#[derive(Clone, Debug)]
pub struct IssuedForecast {
    pub store_id: Uuid,
    pub product_id: Uuid,
    pub days: Vec<DayForecast>,
    /// These days are the baseline's, whoever issued the rest of the night.
    pub stands_in: bool,
}

/// Who issued a night's forecasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Issuer {
    pub source: ForecastSource,
    pub model_version_id: Option<Uuid>,
}

/// How the forecasts for some days turned out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ScoreSummary {
    /// Shelf-days scored.
    pub scored: usize,
    /// Sum of |actual - median| over sum of actual, of the forecasts of the night before.
    pub wape_day_1: Option<f64>,
    /// The same for the seasonal baseline, where it was kept beside the model.
    pub wape_day_1_baseline: Option<f64>,
    /// Share of actuals between q10 and q90, of the forecasts of the night before.
    pub inside_80: Option<f64>,
    /// Sum of (mean - actual) over sum of actual.
    pub bias: Option<f64>,
}

/// What the latest night issued, and what it should have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForecastGaps {
    pub issued_on: NaiveDate,
    pub series: usize,
    pub rows: usize,
    /// A line for each shelf with planned days but no forecast for some of them.
    pub missing: Vec<String>,
}

/// The book of forecasts.
#[derive(Debug)]
pub struct ForecastBook<'a> {
    pub(crate) services: &'a Services,
}

impl Services {
    /// What nights issued and how it turned out.
    #[must_use]
    pub fn forecast_book(&self) -> ForecastBook<'_> {
        ForecastBook { services: self }
    }
}

/// Units in thousandths.
pub fn milli(units: f64) -> i64 {
    (units * 1_000.0).round() as i64
}

impl ForecastBook<'_> {
    /// Issues a night's forecasts. Issuing the same night again replaces its rows.
    ///
    /// # Errors
    /// [`crate::ServiceError::Forbidden`] without `jobs.run`.
    pub async fn issue(
        &self,
        ctx: &Ctx,
        issued_on: NaiveDate,
        issuer: Issuer,
        forecasts: &[IssuedForecast],
    ) -> ServiceResult<usize> {
        ctx.require(Permission::JobsRun)?;
        let organization_id = ctx.organization_id();
        let mut all = Vec::new();
        for f in forecasts {
            let issuer = if f.stands_in {
                Issuer {
                    source: ForecastSource::Baseline,
                    model_version_id: None,
                }
            } else {
                issuer
            };
            for day in &f.days {
                let q = day.quantiles;
                all.push(forecast::Model {
                    store_id: f.store_id,
                    product_id: f.product_id,
                    issued_on,
                    target_date: day.target_date,
                    organization_id,
                    horizon: (day.target_date - issued_on).num_days() as i32,
                    source: issuer.source,
                    model_version_id: issuer.model_version_id,
                    mean_milli: milli(day.mean),
                    q05_milli: milli(q[0]),
                    q10_milli: milli(q[1]),
                    q20_milli: milli(q[2]),
                    q30_milli: milli(q[3]),
                    q40_milli: milli(q[4]),
                    q50_milli: milli(q[5]),
                    q60_milli: milli(q[6]),
                    q70_milli: milli(q[7]),
                    q80_milli: milli(q[8]),
                    q90_milli: milli(q[9]),
                    q95_milli: milli(q[10]),
                });
            }
        }
        let version = issuer.model_version_id;
        let db = &self.services.db().of(ctx.organization_id());
        let all = Arc::new(all);
        let sums = total_up(db, organization_id, version, all.clone()).await?;
        // Shelves that are no longer forecast must not keep rows of an earlier attempt: the first chunk's
        // transaction removes them all. A kill in between leaves the step unfinished, and it starts over.
        let mut first = true;
        for chunk in all
            .chunks(ROWS_PER_TRANSACTION)
            .chain(all.is_empty().then_some([].as_slice()))
        {
            let tx = self.services.db().begin_for(ctx.organization_id()).await?;
            if first {
                rows::delete_issued(&*tx, organization_id, issued_on).await?;
                totals::delete_issued(&*tx, organization_id, issued_on).await?;
                first = false;
            }
            rows::upsert(&*tx, chunk).await?;
            tx.commit().await?;
        }
        for chunk in sums.chunks(ROWS_PER_TRANSACTION) {
            let tx = self.services.db().begin_for(ctx.organization_id()).await?;
            totals::upsert(&*tx, chunk).await?;
            tx.commit().await?;
        }
        let tx = self.services.db().begin_for(ctx.organization_id()).await?;
        live::emit(
            &*tx,
            organization_id,
            ctx.now,
            None,
            "forecasts",
            None,
            json!({ "issued_on": issued_on }),
        )
        .await?;
        audit::record(
            &*tx,
            ctx,
            Change {
                action: "forecasts.issue",
                subject_kind: "organization",
                subject_id: organization_id,
                before: None,
                after: Some(json!({
                    "issued_on": issued_on,
                    "rows": all.len(),
                    "source": issuer.source,
                    "model_version_id": issuer.model_version_id,
                })),
            },
        )
        .await?;
        tx.commit().await?;
        Ok(all.len())
    }

    /// Compares every forecast made for a day with what was sold, whatever horizon it came from, and writes the
    /// scores. Shelves that were closed or not on sale are left out; sold-out days are marked.
    ///
    /// Quantile loss is the mean over the issued levels of twice the pinball loss, in thousandths of the base unit.
    ///
    /// # Errors
    /// [`crate::ServiceError::Forbidden`] without `jobs.run`.
    pub async fn score(&self, ctx: &Ctx, target: NaiveDate) -> ServiceResult<ScoreSummary> {
        ctx.require(Permission::JobsRun)?;
        let organization_id = ctx.organization_id();
        let db = &self.services.db().of(ctx.organization_id());
        let sold: HashMap<(Uuid, Uuid), (i64, bool)> =
            rows::list_sold(db, organization_id, None, target, target)
                .await?
                .into_iter()
                .map(|d| ((d.store_id, d.product_id), (d.quantity, d.censored)))
                .collect();
        let open: std::collections::BTreeSet<Uuid> = sold.keys().map(|(store, _)| *store).collect();
        let overrides: HashMap<(Uuid, Uuid), i64> =
            rows::list_overrides(db, organization_id, target, target)
                .await?
                .into_iter()
                .map(|o| ((o.store_id, o.product_id), o.quantity))
                .collect();
        let week_before = target - Days::new(7);
        let naive: HashMap<(Uuid, Uuid), i64> =
            rows::list_sold(db, organization_id, None, week_before, week_before)
                .await?
                .into_iter()
                .map(|d| ((d.store_id, d.product_id), d.quantity))
                .collect();
        let shops: Vec<Uuid> = panel::list_shops(db, organization_id)
            .await?
            .into_iter()
            .map(|s| s.id)
            .collect();
        let mut scores = Vec::new();
        let mut day_1 = Tally::default();
        for f in rows::list_for_target(db, organization_id, &shops, target).await? {
            let shelf = (f.store_id, f.product_id);
            // A shop without any sale was closed. One that was open sold none of what has no row.
            if !open.contains(&f.store_id) {
                continue;
            }
            let (actual, censored) = sold.get(&shelf).copied().unwrap_or((0, false));
            let actual_milli = actual * 1_000;
            let quantiles = levels(&f);
            let loss = quantile_loss(actual_milli, &quantiles);
            let inside = (quantiles[1]..=quantiles[9]).contains(&actual_milli);
            let baseline = naive.get(&shelf).map(|q| q * 1_000);
            if f.horizon == 1 && !censored {
                day_1.add(actual_milli, f.mean_milli, f.q50_milli, inside, baseline);
            }
            scores.push(forecast_score::ActiveModel {
                store_id: Set(f.store_id),
                product_id: Set(f.product_id),
                target_date: Set(target),
                horizon: Set(f.horizon),
                organization_id: Set(organization_id),
                issued_on: Set(f.issued_on),
                source: Set(f.source),
                model_version_id: Set(f.model_version_id),
                actual: Set(actual),
                mean_milli: Set(f.mean_milli),
                q50_milli: Set(f.q50_milli),
                absolute_error_milli: Set((actual_milli - f.q50_milli).abs()),
                quantile_loss_milli: Set(loss),
                inside_80: Set(inside),
                baseline_q50_milli: Set(baseline),
                override_quantity: Set(overrides.get(&shelf).copied()),
                censored: Set(censored),
                scored_at: Set(ctx.now),
            });
        }
        let scored = scores.len();
        let mut rest = scores;
        while !rest.is_empty() {
            let chunk: Vec<_> = rest.drain(..rest.len().min(ROWS_PER_TRANSACTION)).collect();
            let tx = self.services.db().begin_for(ctx.organization_id()).await?;
            rows::upsert_scores(&*tx, chunk).await?;
            tx.commit().await?;
        }
        Ok(day_1.summary(scored))
    }

    /// Whether the latest night forecast every shelf that has a plan, for every planned day. `None` before the first
    /// night.
    ///
    /// # Errors
    /// [`crate::ServiceError::Forbidden`] without `jobs.run`.
    pub async fn gaps(&self, ctx: &Ctx) -> ServiceResult<Option<ForecastGaps>> {
        ctx.require(Permission::JobsRun)?;
        let organization_id = ctx.organization_id();
        let db = &self.services.db().of(ctx.organization_id());
        let Some(issued_on) = rows::latest_issue(db, organization_id, None).await? else {
            return Ok(None);
        };
        let built = self.services.panels().build(ctx, issued_on).await?;
        let end = issued_on + Days::new(domain::panel::HORIZON_DAYS as u64);
        let issued =
            rows::list_issued(db, organization_id, issued_on, None, issued_on, end).await?;
        let known: std::collections::HashSet<(Uuid, Uuid, NaiveDate)> = issued
            .iter()
            .map(|f| (f.store_id, f.product_id, f.target_date))
            .collect();
        let mut missing = Vec::new();
        for series in &built.panel.series {
            let (store, product) = (
                built.store_ids[series.store],
                built.product_ids[series.product],
            );
            let days = series
                .planned
                .iter()
                .filter(|d| !known.contains(&(store, product, d.date)))
                .count();
            if days > 0 {
                missing.push(format!(
                    "store {store} product {product}: {days} of {} days",
                    series.planned.len()
                ));
            }
        }
        let series: std::collections::HashSet<(Uuid, Uuid)> =
            issued.iter().map(|f| (f.store_id, f.product_id)).collect();
        Ok(Some(ForecastGaps {
            issued_on,
            series: series.len(),
            rows: issued.len(),
            missing,
        }))
    }

    /// The latest night that issued forecasts, not after a day.
    ///
    /// # Errors
    /// The database's.
    pub async fn latest_issue(
        &self,
        ctx: &Ctx,
        not_after: Option<NaiveDate>,
    ) -> ServiceResult<Option<NaiveDate>> {
        rows::latest_issue(
            &self.services.db().of(ctx.organization_id()),
            ctx.organization_id(),
            not_after,
        )
        .await
    }
}

/// The issued quantiles, ascending, in thousandths.
pub(crate) fn levels(f: &forecast::Model) -> [i64; 11] {
    [
        f.q05_milli,
        f.q10_milli,
        f.q20_milli,
        f.q30_milli,
        f.q40_milli,
        f.q50_milli,
        f.q60_milli,
        f.q70_milli,
        f.q80_milli,
        f.q90_milli,
        f.q95_milli,
    ]
}

fn quantile_loss(actual_milli: i64, quantiles: &[i64; 11]) -> i64 {
    let sum: f64 = QUANTILE_LEVELS
        .iter()
        .zip(quantiles)
        .map(|(level, q)| {
            let error = (actual_milli - q) as f64;
            2.0 * if error >= 0.0 {
                level * error
            } else {
                (level - 1.0) * error
            }
        })
        .sum();
    (sum / QUANTILE_LEVELS.len() as f64).round() as i64
}

#[derive(Default)]
struct Tally {
    days: usize,
    inside: usize,
    actual: i64,
    error: i64,
    bias: i64,
    baseline_actual: i64,
    baseline_error: i64,
}

impl Tally {
    fn add(&mut self, actual: i64, mean: i64, median: i64, inside: bool, baseline: Option<i64>) {
        self.days += 1;
        self.inside += usize::from(inside);
        self.actual += actual;
        self.error += (actual - median).abs();
        self.bias += mean - actual;
        if let Some(baseline) = baseline {
            self.baseline_actual += actual;
            self.baseline_error += (actual - baseline).abs();
        }
    }

    fn summary(&self, scored: usize) -> ScoreSummary {
        let share = |part: i64, whole: i64| (whole > 0).then(|| part as f64 / whole as f64);
        ScoreSummary {
            scored,
            wape_day_1: share(self.error, self.actual),
            wape_day_1_baseline: share(self.baseline_error, self.baseline_actual),
            inside_80: (self.days > 0).then(|| self.inside as f64 / self.days as f64),
            bias: share(self.bias, self.actual),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantile_loss_is_twice_the_mean_pinball_loss() {
        // Every quantile at 10 units, 14 sold: each level loses 2 * level * 4; the levels average 0.5.
        assert_eq!(quantile_loss(14_000, &[10_000; 11]), 4_000);
        assert_eq!(quantile_loss(10_000, &[10_000; 11]), 0);
    }
}
