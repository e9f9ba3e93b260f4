//! The weather at the stores, as scripts bring it.

use crate::audit::{self, Change};
use crate::production_orders::moment;
use crate::store::{catalog, outlook, weather as rows};
use crate::{Ctx, ServiceError, ServiceResult, Services};
use chrono::Days;
use contract::FieldError;
use contract::calendar::WeatherView;
use contract::weather::{ListWeather, PutWeather, WeatherValues};
use domain::Permission;
use entity::weather_day;
use serde_json::{Value, json};

/// A range longer than this is refused.
const LONGEST_RANGE_DAYS: i64 = 400;

/// So many days ahead weather can be foreseen at all, with what is to spare for other time zones.
const FURTHEST_DAYS: u64 = 60;

/// Weather of longer ago, about twenty years, is of no use and mostly a typing mistake.
const OLDEST_DAYS: u64 = 7_305;

/// Use cases of the weather; see [`Services::weather`].
#[derive(Clone, Copy, Debug)]
pub struct Weather<'a> {
    services: &'a Services,
}

impl Services {
    /// The weather at the stores.
    #[must_use]
    pub fn weather(&self) -> Weather<'_> {
        Weather { services: self }
    }
}

fn view(row: &weather_day::Model) -> WeatherView {
    WeatherView {
        date: row.date,
        temperature_c_x10: row.temperature_c_x10,
        precipitation_mm_x10: row.precipitation_mm_x10,
        is_forecast: row.is_forecast,
    }
}

fn facts(row: &weather_day::Model) -> Value {
    json!({
        "date": row.date, "temperature_c_x10": row.temperature_c_x10,
        "precipitation_mm_x10": row.precipitation_mm_x10, "is_forecast": row.is_forecast,
    })
}

fn check(values: &WeatherValues) -> ServiceResult<()> {
    let mut wrong = Vec::new();
    let mut unless = |good: bool, field: &str, message: &str| {
        if !good {
            wrong.push(FieldError {
                field: field.into(),
                reason: "number.range".into(),
                message: message.into(),
            });
        }
    };
    unless(
        values
            .temperature_c_x10
            .is_none_or(|t| (-600..=600).contains(&t)),
        "temperature_c_x10",
        "A temperature is -60 to 60 degrees, in tenths.",
    );
    unless(
        values
            .precipitation_mm_x10
            .is_none_or(|p| (0..=10_000).contains(&p)),
        "precipitation_mm_x10",
        "Precipitation is 0 to 1,000 millimetres, in tenths.",
    );
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(ServiceError::Invalid(wrong))
    }
}

impl Weather<'_> {
    /// What is known of some days at a store, in order.
    ///
    /// # Errors
    /// Forbidden without `calendar.read`; not found (a store out of scope); a range that runs backwards or over more than 400 days.
    pub async fn list(&self, ctx: &Ctx, wanted: &ListWeather) -> ServiceResult<Vec<WeatherView>> {
        ctx.require(Permission::CalendarRead)?;
        ctx.require_store(wanted.store_id)?;
        let days = wanted.until.signed_duration_since(wanted.from).num_days();
        if !(0..=LONGEST_RANGE_DAYS).contains(&days) {
            return Err(ServiceError::field(
                "until",
                "range.invalid",
                "The last day must not lie before the first, nor more than 400 days after it.",
            ));
        }
        let organization_id = ctx.organization_id();
        let db = self.services.db().of(organization_id);
        outlook::get_store(&*db, organization_id, wanted.store_id).await?;
        let found = outlook::list_weather_of_store(
            &*db,
            organization_id,
            wanted.store_id,
            wanted.from,
            wanted.until,
        )
        .await?;
        Ok(found.iter().map(view).collect())
    }

    /// Puts the weather of a day at a store in the place of what was known of it. The same twice changes nothing.
    ///
    /// # Errors
    /// Forbidden without `calendar.write`; not found (a store out of scope); invalid: numbers out of range, a day more than twenty years ago or 60 days ahead.
    pub async fn put(&self, ctx: &Ctx, command: &PutWeather) -> ServiceResult<WeatherView> {
        ctx.require(Permission::CalendarWrite)?;
        ctx.require_store(command.store_id)?;
        check(&command.values)?;
        let today = ctx.now.date_naive();
        let known = today - Days::new(OLDEST_DAYS)..=today + Days::new(FURTHEST_DAYS);
        if !known.contains(&command.date) {
            return Err(ServiceError::field(
                "date",
                "date_out_of_range",
                "The day must lie at most twenty years back and 60 days ahead.",
            ));
        }
        self.services
            .db()
            .retry(|| self.put_once(ctx, command))
            .await
    }

    async fn put_once(&self, ctx: &Ctx, command: &PutWeather) -> ServiceResult<WeatherView> {
        let organization_id = ctx.organization_id();
        let tx = self.services.db().begin_for(organization_id).await?;
        outlook::get_store(&*tx, organization_id, command.store_id).await?;
        let before = rows::find(&*tx, organization_id, command.store_id, command.date).await?;
        let row = weather_day::Model {
            store_id: command.store_id,
            date: command.date,
            organization_id,
            temperature_c_x10: command.values.temperature_c_x10,
            precipitation_mm_x10: command.values.precipitation_mm_x10,
            is_forecast: command.values.is_forecast,
            updated_at: moment(ctx),
        };
        let answer = view(&row);
        if before.as_ref().map(view) == Some(answer) {
            return Ok(answer);
        }
        catalog::upsert_weather(&*tx, std::slice::from_ref(&row)).await?;
        let change = Change {
            action: "calendar.write",
            subject_kind: "weather_day",
            subject_id: row.store_id,
            before: before.as_ref().map(facts),
            after: Some(facts(&row)),
        };
        audit::record(&*tx, ctx, change).await?;
        tx.commit().await?;
        Ok(answer)
    }
}
