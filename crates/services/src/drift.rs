//! Whether the forecasts grow worse.

use crate::alerting::{self, NewAlert};
use crate::forecast_book::ForecastBook;
use crate::store::forecasts as rows;
use crate::{Ctx, ServiceResult};
use chrono::{Days, NaiveDate};
use domain::{AlertKind, Permission, Severity};
use serde_json::json;

/// Scores that a verdict about drift needs at least.
const DRIFT_SAMPLE: usize = 30;

/// A recent error so many times the usual one is drift.
const DRIFT_RATIO: f64 = 1.5;

impl ForecastBook<'_> {
    /// Whether the forecasts of the last week are much worse than those of the four weeks before, on enough days to
    /// say so; opens or resolves the organization's drift alert. Returns the ratio of the two errors.
    ///
    /// # Errors
    /// [`crate::ServiceError::Forbidden`] without `jobs.run`.
    pub async fn watch_drift(&self, ctx: &Ctx, date: NaiveDate) -> ServiceResult<Option<f64>> {
        ctx.require(Permission::JobsRun)?;
        let organization_id = ctx.organization_id();
        let db = &self.services.db().of(ctx.organization_id());
        let week_start = date - Days::new(6);
        let (mut recent, mut before) = ((0_i64, 0_i64, 0_usize), (0_i64, 0_i64, 0_usize));
        for s in rows::list_scores(db, organization_id, date - Days::new(34), date).await? {
            if s.horizon != 1 || s.censored {
                continue;
            }
            let side = if s.target_date >= week_start {
                &mut recent
            } else {
                &mut before
            };
            *side = (
                side.0 + s.absolute_error_milli,
                side.1 + s.actual * 1_000,
                side.2 + 1,
            );
        }
        let ratio = (recent.2 >= DRIFT_SAMPLE
            && before.2 >= DRIFT_SAMPLE
            && recent.1 > 0
            && before.1 > 0
            && before.0 > 0)
            .then(|| (recent.0 as f64 / recent.1 as f64) / (before.0 as f64 / before.1 as f64));
        let tx = self.services.db().begin_for(ctx.organization_id()).await?;
        let key = "drift".to_owned();
        if let Some(ratio) = ratio.filter(|r| *r > DRIFT_RATIO) {
            let alert = NewAlert {
                store_id: None,
                product_id: None,
                kind: AlertKind::Drift,
                severity: Severity::Warning,
                dedup_key: key,
                detail: json!({ "ratio": ratio, "date": date }),
            };
            alerting::open(&*tx, organization_id, ctx.now, vec![alert]).await?;
        } else {
            alerting::resolve(&*tx, organization_id, ctx.now, &[key]).await?;
        }
        tx.commit().await?;
        Ok(ratio)
    }
}
