//! Daily totals from before the tickets: many chains keep only sums of their older years, and a forecaster can learn
//! from them all the same. They touch neither tickets nor stock.

use crate::audit::{self, Change};
use crate::store::history as rows;
use crate::{Ctx, ServiceError, ServiceResult, Services};
use chrono::NaiveDate;
use domain::Permission;
use ingest::amount::MAX_DAY_MINOR;
use serde_json::json;
use uuid::Uuid;

/// Rows per transaction.
const ROWS_PER_TRANSACTION: usize = 5_000;

/// What one shop sold of one product on one trading day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DailyTotal {
    pub store_id: Uuid,
    pub product_id: Uuid,
    pub business_date: NaiveDate,
    /// Base units.
    pub quantity: i64,
    pub unit_price_minor: i64,
    /// Code of the promotion that ran.
    pub promotion: Option<String>,
    /// The shelf ran empty: demand was at least `quantity`.
    pub sold_out: bool,
}

impl DailyTotal {
    /// What the day brought; its sums with other days fit as long as [`MAX_DAY_MINOR`] is kept.
    pub(crate) fn revenue_minor(&self) -> i64 {
        self.quantity.saturating_mul(self.unit_price_minor)
    }

    fn check(&self) -> ServiceResult<()> {
        let is_good = self.quantity >= 0
            && self.unit_price_minor >= 0
            && self.revenue_minor() <= MAX_DAY_MINOR;
        if is_good {
            return Ok(());
        }
        let text = format!(
            "{}: {} at {} is no day's sale of a product",
            self.business_date, self.quantity, self.unit_price_minor
        );
        Err(ServiceError::field("totals", "absurd_amount", text))
    }
}

/// Weather of one store on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WeatherTotal {
    pub store_id: Uuid,
    pub date: NaiveDate,
    /// Tenths of a degree Celsius.
    pub temperature_c_x10: Option<i32>,
    /// Tenths of a millimetre.
    pub precipitation_mm_x10: Option<i32>,
    pub is_forecast: bool,
}

/// Daily totals and weather.
#[derive(Debug)]
pub struct History<'a> {
    services: &'a Services,
}

impl Services {
    /// Daily totals from before the tickets.
    #[must_use]
    pub fn history(&self) -> History<'_> {
        History { services: self }
    }
}

impl History<'_> {
    /// Writes totals of days for which no tickets are kept; the same day again replaces its total.
    ///
    /// # Errors
    /// [`crate::ServiceError::Forbidden`] without `imports.create`; invalid where a day is worth less than nothing or more than
    /// [`MAX_DAY_MINOR`], then nothing is written.
    pub async fn put_totals(&self, ctx: &Ctx, totals: &[DailyTotal]) -> ServiceResult<()> {
        ctx.require(Permission::ImportsCreate)?;
        for total in totals {
            total.check()?;
        }
        for chunk in totals.chunks(ROWS_PER_TRANSACTION) {
            let tx = self.services.db().begin_for(ctx.organization_id()).await?;
            rows::upsert_totals(&*tx, ctx.organization_id(), ctx.now, chunk).await?;
            tx.commit().await?;
        }
        if let (Some(first), Some(last)) = (totals.first(), totals.last()) {
            let tx = self.services.db().begin_for(ctx.organization_id()).await?;
            let after = json!({ "rows": totals.len(), "first": first.business_date, "last": last.business_date });
            audit::record(
                &*tx,
                ctx,
                Change {
                    action: "history.put",
                    subject_kind: "organization",
                    subject_id: ctx.organization_id(),
                    before: None,
                    after: Some(after),
                },
            )
            .await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Writes weather, observed or forecast; a later word replaces an earlier one.
    ///
    /// # Errors
    /// [`crate::ServiceError::Forbidden`] without `imports.create`.
    pub async fn put_weather(&self, ctx: &Ctx, days: &[WeatherTotal]) -> ServiceResult<()> {
        ctx.require(Permission::ImportsCreate)?;
        for chunk in days.chunks(ROWS_PER_TRANSACTION) {
            let tx = self.services.db().begin_for(ctx.organization_id()).await?;
            rows::upsert_weather(&*tx, ctx.organization_id(), ctx.now, chunk).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}
