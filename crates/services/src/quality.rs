//! Whether yesterday's sales are all there and look like sales.

use crate::alerting::{self, NewAlert};
use crate::store::{days, forecasts, panel};
use crate::{Ctx, ServiceResult, Services};
use chrono::{Days, NaiveDate};
use domain::{AlertKind, Permission, Severity};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use uuid::Uuid;

/// A shop below this share of its usual day looks like half an upload.
const SUSPICIOUS_SHARE: f64 = 0.3;

/// Sales that come so many days late still score the forecasts that were made for them.
const LATE_DAYS: u64 = 7;

/// What the check of a trading day found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct QualityReport {
    /// Whether the organization has sales at all, on this day or before.
    pub has_history: bool,
    /// Shops that usually sell on this weekday.
    pub shops_expected: usize,
    /// Shops with sales on the day.
    pub shops_with_sales: usize,
    /// Codes of shops that usually sell on this weekday and have no sale.
    pub missing: Vec<String>,
    /// Codes of shops that sold less than three tenths of their usual day.
    pub suspicious: Vec<String>,
    /// Units sold on the day, all shops.
    pub quantity: i64,
    /// Mean units of the last four same weekdays.
    pub usual_quantity: i64,
    /// First and last trading day on record until this one.
    pub first_date: Option<NaiveDate>,
    pub last_date: Option<NaiveDate>,
}

impl QualityReport {
    /// Whether nothing about the day needs a person's look.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.has_history && self.missing.is_empty() && self.suspicious.is_empty()
    }
}

/// Checks of data.
#[derive(Debug)]
pub struct Quality<'a> {
    services: &'a Services,
}

impl Services {
    /// Checks of data before a night trusts them.
    #[must_use]
    pub fn quality(&self) -> Quality<'_> {
        Quality { services: self }
    }
}

impl Quality<'_> {
    /// Compares a trading day with the four same weekdays before it, shop by shop; opens or resolves the alert.
    ///
    /// # Errors
    /// [`crate::ServiceError::Forbidden`] without `jobs.run`.
    pub async fn check(&self, ctx: &Ctx, date: NaiveDate) -> ServiceResult<QualityReport> {
        ctx.require(Permission::JobsRun)?;
        let organization_id = ctx.organization_id();
        let db = &self.services.db().of(ctx.organization_id());
        let range = panel::sold_range(db, organization_id, date).await?;
        let shops = panel::list_shops(db, organization_id).await?;
        let today = by_shop(&forecasts::list_sold(db, organization_id, None, date, date).await?);
        let mut usual: BTreeMap<Uuid, Vec<i64>> = BTreeMap::new();
        for week in 1..=4 {
            let then = date - Days::new(7 * week);
            for (store, quantity) in
                by_shop(&forecasts::list_sold(db, organization_id, None, then, then).await?)
            {
                usual.entry(store).or_default().push(quantity);
            }
        }
        let mut report = QualityReport {
            has_history: range.is_some(),
            first_date: range.map(|r| r.0),
            last_date: range.map(|r| r.1),
            quantity: today.values().sum(),
            shops_with_sales: today.len(),
            ..QualityReport::default()
        };
        for shop in &shops {
            let Some(days) = usual.get(&shop.id).filter(|d| d.len() >= 2) else {
                continue;
            };
            let mean = days.iter().sum::<i64>() as f64 / days.len() as f64;
            report.shops_expected += 1;
            report.usual_quantity += mean.round() as i64;
            match today.get(&shop.id) {
                None => report.missing.push(shop.code.clone()),
                Some(quantity) if (*quantity as f64) < SUSPICIOUS_SHARE * mean => {
                    report.suspicious.push(shop.code.clone())
                }
                Some(_) => {}
            }
        }
        let tx = self.services.db().begin_for(ctx.organization_id()).await?;
        let key = "data_quality".to_owned();
        if report.is_clean() {
            alerting::resolve(&*tx, organization_id, ctx.now, &[key]).await?;
        } else {
            let alert = NewAlert {
                store_id: None,
                product_id: None,
                kind: AlertKind::DataQuality,
                severity: Severity::Warning,
                dedup_key: key,
                detail: json!({ "date": date, "missing": report.missing, "suspicious": report.suspicious }),
            };
            alerting::open(&*tx, organization_id, ctx.now, vec![alert]).await?;
        }
        tx.commit().await?;
        Ok(report)
    }

    /// Days before `date` whose sales came, or changed, after they were last scored; a week back.
    ///
    /// # Errors
    /// [`crate::ServiceError::Forbidden`] without `jobs.run`.
    pub async fn late_days(&self, ctx: &Ctx, date: NaiveDate) -> ServiceResult<Vec<NaiveDate>> {
        ctx.require(Permission::JobsRun)?;
        let db = &self.services.db().of(ctx.organization_id());
        let span = (date - Days::new(LATE_DAYS), date - Days::new(1));
        let scored = days::list_last_scored(db, ctx.organization_id(), span).await?;
        let changed = days::list_last_changes(db, ctx.organization_id(), span).await?;
        Ok(changed
            .into_iter()
            .filter(|(day, at)| scored.get(day).is_none_or(|scored| scored < at))
            .map(|(day, _)| day)
            .collect())
    }

    /// Whether anything was sold until a day.
    ///
    /// # Errors
    /// The database's.
    pub async fn has_sales(&self, ctx: &Ctx, until: NaiveDate) -> ServiceResult<bool> {
        let db = &self.services.db().of(ctx.organization_id());
        Ok(panel::sold_range(db, ctx.organization_id(), until)
            .await?
            .is_some())
    }

    /// Opens or resolves the alerts that say which model serves and whether forecasts are there in time. The clocks of several processes may
    /// say the same at the same moment: it is said once.
    ///
    /// # Errors
    /// The database's.
    pub async fn set_night_alerts(
        &self,
        ctx: &Ctx,
        date: NaiveDate,
        state: NightAlerts,
    ) -> ServiceResult<()> {
        ctx.require(Permission::JobsRun)?;
        let db = self.services.db();
        db.retry(|| self.set_night_alerts_once(ctx, date, state))
            .await
    }

    async fn set_night_alerts_once(
        &self,
        ctx: &Ctx,
        date: NaiveDate,
        state: NightAlerts,
    ) -> ServiceResult<()> {
        let organization_id = ctx.organization_id();
        let tx = self.services.db().begin_for(ctx.organization_id()).await?;
        for (wanted, kind, severity) in [
            (
                state.baseline_serving,
                AlertKind::BaselineServing,
                Severity::Warning,
            ),
            (
                state.forecast_late,
                AlertKind::ForecastLate,
                Severity::Critical,
            ),
            (
                state.night_failed,
                AlertKind::NightFailed,
                Severity::Critical,
            ),
        ] {
            let key = kind.as_str().to_owned();
            match wanted {
                Some(true) => {
                    let alert = NewAlert {
                        store_id: None,
                        product_id: None,
                        kind,
                        severity,
                        dedup_key: key,
                        detail: json!({ "date": date }),
                    };
                    alerting::open(&*tx, organization_id, ctx.now, vec![alert]).await?;
                }
                Some(false) => alerting::resolve(&*tx, organization_id, ctx.now, &[key]).await?,
                None => {}
            }
        }
        tx.commit().await
    }
}

/// Which of the night's alerts to open (`Some(true)`), resolve (`Some(false)`) or leave (`None`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NightAlerts {
    pub baseline_serving: Option<bool>,
    pub forecast_late: Option<bool>,
    pub night_failed: Option<bool>,
}

fn by_shop(days: &[entity::daily_sales::Model]) -> BTreeMap<Uuid, i64> {
    let mut sums = BTreeMap::new();
    for day in days {
        *sums.entry(day.store_id).or_insert(0) += day.quantity;
    }
    sums
}
