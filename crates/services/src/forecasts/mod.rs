//! Forecasts as people read them, their own numbers beside them, and how they turned out.

mod detail;
mod list;
mod overrides;
mod past;
mod reasons;
mod scores;
mod totals;

pub(crate) use list::{fold, issue_of};
pub(crate) use scores::score_line;
pub(crate) use totals::total_up;

use crate::Services;
use chrono::NaiveDate;
use contract::calendar::{DayMark, WeatherView};
use contract::forecasts::{Band, OverrideView, ProductLabel};
use entity::{
    calendar_entry, category, forecast, forecast_override, product, promotion, weather_day,
};

/// Use cases of forecasts; see [`Services::forecasts`].
#[derive(Clone, Copy, Debug)]
pub struct Forecasts<'a> {
    services: &'a Services,
}

impl Services {
    /// Forecasts, overrides and scores.
    #[must_use]
    pub fn forecasts(&self) -> Forecasts<'_> {
        Forecasts { services: self }
    }
}

pub(crate) fn band(row: &forecast::Model) -> Band {
    Band {
        low_milli: row.q10_milli,
        median_milli: row.q50_milli,
        high_milli: row.q90_milli,
        mean_milli: row.mean_milli,
    }
}

/// What lost units would have brought at the price of the day; nothing where one of the two is not known.
pub(crate) fn lost_money(lost_units: Option<i64>, unit_price_minor: Option<i64>) -> Option<i64> {
    Some(lost_units? * unit_price_minor?)
}

pub(crate) fn product_label(
    product: product::Model,
    category: Option<&category::Model>,
) -> ProductLabel {
    ProductLabel {
        id: product.id,
        sku: product.sku,
        name: product.name,
        category_id: product.category_id,
        category: category.map(|c| c.name.clone()).unwrap_or_default(),
        unit: product.unit,
        shelf_life_days: product.shelf_life_days,
    }
}

/// Where a product stands on lists: by category, then sku.
pub(crate) fn list_order(
    product: &product::Model,
    category: Option<&category::Model>,
) -> (i32, String, String) {
    (
        category.map_or(i32::MAX, |c| c.position),
        category.map(|c| c.name.clone()).unwrap_or_default(),
        product.sku.clone(),
    )
}

pub(crate) fn override_view(row: forecast_override::Model, author: String) -> OverrideView {
    OverrideView {
        id: row.id,
        target_date: row.target_date,
        quantity: row.quantity,
        note: row.note,
        author,
        updated_at: row.updated_at,
        version: row.version,
    }
}

pub(crate) fn calendar_mark(row: calendar_entry::Model) -> DayMark {
    DayMark {
        kind: row.kind.into(),
        name: row.name,
        starts_on: row.starts_on,
        ends_on: row.ends_on,
    }
}

pub(crate) fn promotion_mark(row: promotion::Model) -> DayMark {
    DayMark {
        kind: contract::calendar::MarkKind::Promotion,
        name: row.name,
        starts_on: row.starts_on,
        ends_on: row.ends_on,
    }
}

pub(crate) fn weather_view(row: &weather_day::Model) -> WeatherView {
    WeatherView {
        date: row.date,
        temperature_c_x10: row.temperature_c_x10,
        precipitation_mm_x10: row.precipitation_mm_x10,
        is_forecast: row.is_forecast,
    }
}

/// Marks of calendar entries and promotions together, by first day.
pub(crate) fn marks(
    entries: Vec<calendar_entry::Model>,
    promotions: Vec<promotion::Model>,
) -> Vec<DayMark> {
    let mut all: Vec<DayMark> = entries
        .into_iter()
        .map(calendar_mark)
        .chain(promotions.into_iter().map(promotion_mark))
        .collect();
    all.sort_by(|a, b| (a.starts_on, a.kind, &a.name).cmp(&(b.starts_on, b.kind, &b.name)));
    all
}

/// The latest day of the same weekday as `target` that is not after `known`.
pub(crate) fn same_weekday(target: NaiveDate, known: NaiveDate) -> NaiveDate {
    let ahead = (target - known).num_days();
    let weeks = if ahead <= 0 { 1 } else { (ahead + 6) / 7 };
    target - chrono::TimeDelta::days(7 * weeks)
}

#[cfg(test)]
mod tests {
    use super::same_weekday;
    use chrono::NaiveDate;

    #[test]
    fn the_compared_day_has_the_same_weekday_and_is_known() {
        let day = |d| NaiveDate::from_ymd_opt(2026, 11, d).unwrap();
        // Known until the 19th: tomorrow is compared with a week before, a week ahead with today, eight days with the
        // day after a week ago.
        assert_eq!(same_weekday(day(20), day(19)), day(13));
        assert_eq!(same_weekday(day(26), day(19)), day(19));
        assert_eq!(same_weekday(day(27), day(19)), day(13));
    }
}
