//! Names and order of everything the network reads: the schema of an artifact.
//!
//! Training, backtest and the night use the same lists; their hash is written into the artifact, and an artifact
//! with another hash is refused.

use sha2::{Digest, Sha256};

/// Days of history in a window.
pub(crate) const HISTORY_DAYS: usize = 56;

/// One value per day of history.
pub(crate) const HISTORY: [&str; 5] = [
    "history_value",
    "history_valid",
    "history_sold_out",
    "history_promotion",
    "history_holiday",
];

/// One value per day ahead: what is known of that day before it comes.
pub(crate) const FUTURE: [&str; 39] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "year_sin_1",
    "year_cos_1",
    "year_sin_2",
    "year_cos_2",
    "year_sin_3",
    "year_cos_3",
    "month_sin",
    "month_cos",
    "public_holiday",
    "public_holiday_tomorrow",
    "public_holiday_in_two_days",
    "public_holiday_yesterday",
    "school_holiday",
    "event",
    "event_tomorrow",
    "event_yesterday",
    "recurring_event",
    "closed_yesterday",
    "closed_tomorrow",
    "promotion",
    "promotion_known",
    "price",
    "price_known",
    "price_change",
    "temperature",
    "temperature_change",
    "temperature_known",
    "rain",
    "rain_known",
    "days_ahead",
    "days_ahead_root",
    "season_seen",
];

/// One value per day ahead, computed from the past of the same weekday, the same season and the same kind of day.
pub(crate) const ALIGNED: [&str; 18] = [
    "weekday_latest",
    "weekday_mean_4",
    "weekday_mean_8",
    "weekday_spread_8",
    "weekday_count_8",
    "year_ago_day",
    "year_ago_day_known",
    "year_ago_week",
    "year_ago_week_known",
    "product_year_ago_week",
    "store_year_ago_week",
    "special_day_ratio",
    "special_day_known",
    "special_day",
    "recurring_ratio",
    "weekday_latest_promotion",
    "weekday_share_promotion_4",
    "season_growth",
];

/// Positions of the waves of year and month, and of whether the history holds such a day a year before.
pub(crate) const SEASON: std::ops::Range<usize> = 7..15;
pub(crate) const SEASON_SEEN: usize = FUTURE.len() - 1;

/// Position of `season_growth`.
pub(crate) const GROWTH: usize = ALIGNED.len() - 1;

/// Position of the means that the skip path mixes: latest, mean of 4, mean of 8 same weekdays.
pub(crate) const SKIP: std::ops::Range<usize> = 0..3;

/// One value per window.
pub(crate) const STATICS: [&str; 25] = [
    "log_scale",
    "level_7",
    "level_28",
    "level_364",
    "zero_share_56",
    "variation_56",
    "product_level_7",
    "product_level_28",
    "store_level_7",
    "store_level_28",
    "age",
    "open_share_56",
    "sold_out_share_56",
    "list_price",
    "list_price_known",
    "year_ago_growth",
    "year_ago_growth_known",
    "store_surprise_1",
    "store_surprise_7",
    "product_surprise_1",
    "product_surprise_7",
    "level_3",
    "level_14",
    "level_112",
    "days_since_sale",
];

/// Changes whenever a covariate keeps its name but is computed in another way.
const DEFINITION: u32 = 2;

/// Fingerprint of the covariates: names, order, window length and definition.
pub fn schema_hash() -> String {
    let mut hash = Sha256::new();
    hash.update(DEFINITION.to_le_bytes());
    hash.update((HISTORY_DAYS as u64).to_le_bytes());
    hash.update((domain::panel::HORIZON_DAYS as u64).to_le_bytes());
    for level in domain::panel::QUANTILE_LEVELS {
        hash.update(level.to_le_bytes());
    }
    for group in [&HISTORY[..], &FUTURE[..], &ALIGNED[..], &STATICS[..]] {
        for name in group {
            hash.update(name.as_bytes());
            hash.update([0]);
        }
        hash.update([1]);
    }
    hex(&hash.finalize())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
