//! What a model listens to: how much worse it forecasts held-out days when a group of its inputs is shuffled.

use crate::ForecastError;
use crate::artifact::Artifact;
use crate::blend::{Opinions, pinball};
use crate::covariates::{ALIGNED, FUTURE, HISTORY, HISTORY_DAYS, STATICS};
use crate::dataset::{Batch, LEAST_HISTORY, Rows};
use crate::distribution::{mean, tidy};
use crate::inference::run;
use crate::prepared::Prepared;
use crate::window::HISTORY_WIDTH;
use burn::tensor::Device;
use domain::panel::HORIZON_DAYS;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicBool, Ordering};

/// Windows that are forecast for each group, and how often each group is shuffled.
const WINDOWS: usize = 256;
const SHUFFLES: usize = 3;
/// Windows that are tried for each that is wanted: a series may have nothing known on its days.
const ATTEMPTS: usize = 20;

/// Inputs that say one thing. Every covariate belongs to exactly one, except the distance of a day, which is the same in every
/// window and cannot be shuffled.
const GROUPS: [(&str, &[&str]); 9] = [
    (
        "recent_sales",
        &[
            "history_value",
            "history_valid",
            "history_sold_out",
            "log_scale",
            "level_3",
            "level_7",
            "level_14",
            "level_28",
            "level_112",
            "level_364",
            "zero_share_56",
            "variation_56",
            "open_share_56",
            "sold_out_share_56",
            "days_since_sale",
            "age",
        ],
    ),
    (
        "weekday",
        &[
            "monday",
            "tuesday",
            "wednesday",
            "thursday",
            "friday",
            "saturday",
            "sunday",
            "weekday_latest",
            "weekday_mean_4",
            "weekday_mean_8",
            "weekday_spread_8",
            "weekday_count_8",
        ],
    ),
    (
        "season",
        &[
            "year_sin_1",
            "year_cos_1",
            "year_sin_2",
            "year_cos_2",
            "year_sin_3",
            "year_cos_3",
            "month_sin",
            "month_cos",
            "season_seen",
        ],
    ),
    (
        "last_year",
        &[
            "year_ago_day",
            "year_ago_day_known",
            "year_ago_week",
            "year_ago_week_known",
            "product_year_ago_week",
            "store_year_ago_week",
            "season_growth",
            "year_ago_growth",
            "year_ago_growth_known",
        ],
    ),
    (
        "holidays_and_events",
        &[
            "history_holiday",
            "public_holiday",
            "public_holiday_tomorrow",
            "public_holiday_in_two_days",
            "public_holiday_yesterday",
            "school_holiday",
            "event",
            "event_tomorrow",
            "event_yesterday",
            "recurring_event",
            "recurring_ratio",
            "special_day_ratio",
            "special_day_known",
            "special_day",
            "closed_yesterday",
            "closed_tomorrow",
        ],
    ),
    (
        "promotion",
        &[
            "history_promotion",
            "promotion",
            "promotion_known",
            "weekday_latest_promotion",
            "weekday_share_promotion_4",
        ],
    ),
    (
        "price",
        &[
            "price",
            "price_known",
            "price_change",
            "list_price",
            "list_price_known",
        ],
    ),
    (
        "weather",
        &[
            "temperature",
            "temperature_change",
            "temperature_known",
            "rain",
            "rain_known",
        ],
    ),
    (
        "shop_and_chain",
        &[
            "product_level_7",
            "product_level_28",
            "store_level_7",
            "store_level_28",
            "store_surprise_1",
            "store_surprise_7",
            "product_surprise_1",
            "product_surprise_7",
            IDENTITY,
        ],
    ),
];

/// The learned vectors of store, product and category: no covariate, but an input.
pub(crate) const IDENTITY: &str = "identity";

/// What belongs to a group; nothing where there is none of that name.
pub(crate) fn covariates_of(group: &str) -> &'static [&'static str] {
    GROUPS
        .iter()
        .find(|(name, _)| *name == group)
        .map_or(&[], |(_, covariates)| covariates)
}

/// How much a model loses without a group of its inputs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupImportance {
    /// `recent_sales`, `weekday`, `season`, `last_year`, `holidays_and_events`, `promotion`, `price`, `weather`
    /// or `shop_and_chain`.
    pub group: String,
    /// Rise of the quantile loss over that of the whole model when the group is shuffled between windows: 0.1 = 10 %
    /// worse. About zero, or a little below it, where the model does not need the group.
    pub loss_rise: f64,
    /// Standard deviation over the shuffles.
    pub spread: f64,
}

/// Permutation importance by groups (Breiman 2001; grouped so that inputs that say the same thing cannot stand in for each
/// other, Gregorutti, Michel and Saint-Pierre 2015) on windows that end on `first` or later, which the model must not have
/// seen. Largest first; empty where no window has a known day.
///
/// # Errors
/// [`ForecastError::Cancelled`], [`ForecastError::NonFinite`].
pub(crate) fn importance(
    artifact: &Artifact,
    prepared: &Prepared<'_>,
    first: i32,
    seed: u64,
    cancel: &AtomicBool,
) -> Result<Vec<GroupImportance>, ForecastError> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let Some(view) = View::draw(artifact, prepared, first, &mut rng)? else {
        return Ok(Vec::new());
    };
    let whole = view.loss(artifact)?;
    if whole <= 0.0 {
        return Ok(Vec::new());
    }
    let mut found = Vec::with_capacity(GROUPS.len());
    for (group, covariates) in GROUPS {
        let mut rises = [0.0; SHUFFLES];
        for rise in &mut rises {
            if cancel.load(Ordering::Relaxed) {
                return Err(ForecastError::Cancelled);
            }
            let mut order: Vec<usize> = (0..view.raw.size).collect();
            order.shuffle(&mut rng);
            *rise = view.shuffled(covariates, &order).loss(artifact)? / whole - 1.0;
        }
        let loss_rise = rises.iter().sum::<f64>() / SHUFFLES as f64;
        let variance = rises.iter().map(|r| (r - loss_rise).powi(2)).sum::<f64>();
        found.push(GroupImportance {
            group: group.to_owned(),
            loss_rise,
            spread: (variance / (SHUFFLES - 1) as f64).sqrt(),
        });
    }
    found.sort_by(|a, b| b.loss_rise.total_cmp(&a.loss_rise));
    Ok(found)
}

/// The same windows as both families read them: the network's statics are standardised, and each numbers stores and
/// products in its own way.
#[derive(Clone)]
struct View {
    raw: Batch,
    scaled: Batch,
    /// Units sold, `None` where unknown or cut short by an empty shelf.
    sold: Vec<Option<f64>>,
}

impl View {
    fn draw(
        artifact: &Artifact,
        prepared: &Prepared<'_>,
        first: i32,
        rng: &mut ChaCha8Rng,
    ) -> Result<Option<Self>, ForecastError> {
        let last = prepared.last - HORIZON_DAYS as i32;
        if last < first || prepared.series.is_empty() {
            return Ok(None);
        }
        let of_trees = Rows::new(prepared, artifact.companion.ids());
        let of_networks = Rows::new(prepared, &artifact.manifest.ids);
        let scaler = Some(&artifact.manifest.scaler);
        let (mut raw, mut scaled, mut sold) = (Batch::default(), Batch::default(), Vec::new());
        for _ in 0..WINDOWS * ATTEMPTS {
            if raw.size == WINDOWS {
                break;
            }
            let index = rng.random_range(0..prepared.series.len());
            let day = rng.random_range(first..=last);
            let series = &prepared.series[index];
            let ahead = day + 1..=day + HORIZON_DAYS as i32;
            if series.valid_days(day) < LEAST_HISTORY
                || ahead.clone().all(|target| series.valid(target).is_none())
                || !raw.push(prepared, &of_trees, None, index, day)
            {
                continue;
            }
            scaled.push(prepared, &of_networks, scaler, index, day);
            sold.extend(ahead.map(|target| series.valid(target)));
        }
        raw.check_finite()?;
        Ok((raw.size > 1).then_some(Self { raw, scaled, sold }))
    }

    /// Quantile loss in units over all days.
    fn loss(&self, artifact: &Artifact) -> Result<f64, ForecastError> {
        let device = Device::flex();
        let nets = artifact.networks(&device)?;
        let windows: Vec<usize> = (0..self.scaled.size).collect();
        let mut quantiles = vec![None; windows.len()];
        run(&nets, &self.scaled, &windows, &device, &mut quantiles);
        let mut row = Vec::new();
        let mut loss = 0.0;
        for (window, days) in quantiles.iter().enumerate() {
            let Some(days) = days else { continue };
            let expected = artifact
                .companion
                .expect_window(&self.raw, window, &mut row);
            for (day, quantiles) in days.iter().enumerate() {
                let Some(sold) = self.sold[window * HORIZON_DAYS + day] else {
                    continue;
                };
                let mut quantiles = *quantiles;
                tidy(&mut quantiles);
                let opinions = Opinions {
                    quantiles,
                    mean: mean(&quantiles),
                    expected: expected[day],
                };
                loss += pinball(sold, &artifact.manifest.blend.apply(day + 1, &opinions));
            }
        }
        Ok(loss)
    }

    /// With a group of covariates taken from other windows.
    fn shuffled(&self, covariates: &[&str], order: &[usize]) -> Self {
        let mut view = self.clone();
        let parts = [(&self.raw, &mut view.raw), (&self.scaled, &mut view.scaled)];
        for (from, to) in parts {
            for name in covariates {
                shuffle(from, to, name, order);
            }
        }
        view
    }
}

fn shuffle(from: &Batch, to: &mut Batch, name: &str, order: &[usize]) {
    let at = |names: &[&str]| names.iter().position(|n| *n == name);
    let columns = |from: &[f32], to: &mut [f32], column: usize, width: usize| {
        let rows = from.len() / width / order.len();
        for (window, &other) in order.iter().enumerate() {
            for row in 0..rows {
                to[(window * rows + row) * width + column] =
                    from[(other * rows + row) * width + column];
            }
        }
    };
    if let Some(channel) = at(&HISTORY) {
        for day in 0..HISTORY_DAYS {
            let column = channel * HISTORY_DAYS + day;
            columns(&from.history, &mut to.history, column, HISTORY_WIDTH);
        }
    } else if let Some(column) = at(&FUTURE) {
        columns(&from.future, &mut to.future, column, FUTURE.len());
    } else if let Some(column) = at(&ALIGNED) {
        columns(&from.aligned, &mut to.aligned, column, ALIGNED.len());
    } else if let Some(column) = at(&STATICS) {
        columns(&from.statics, &mut to.statics, column, STATICS.len());
    } else {
        debug_assert_eq!(name, IDENTITY);
        for (window, &other) in order.iter().enumerate() {
            to.stores[window] = from.stores[other];
            to.products[window] = from.products[other];
            to.categories[window] = from.categories[other];
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::inspection::support::{hasty, train, weekly};

    #[test]
    fn what_moves_demand_matters_and_what_does_not_does_not() {
        let mut panel = weekly(3, 2, 400, 0.1, 1);
        // Promotions sell three times as much; prices never move, and nobody cares for the weather.
        for day in panel.series.iter_mut().flat_map(|s| &mut s.days) {
            if day.promotion == Some(true) {
                day.quantity *= 2.0;
            }
        }
        let past = crate::truncate(&panel, panel.last_date - chrono::Days::new(60));
        let artifact = train(&past, &hasty(1)).unwrap();
        let prepared = Prepared::new(&panel).unwrap();
        let stop = AtomicBool::new(false);
        let found = importance(&artifact, &prepared, prepared.last - 60, 1, &stop).unwrap();
        let of = |group: &str| found.iter().find(|g| g.group == group).unwrap().loss_rise;
        assert_eq!(found.len(), GROUPS.len());
        assert!(of("promotion") > 0.2, "{found:?}");
        assert!(of("weekday") > 0.2, "{found:?}");
        assert!(of("price").abs() < 0.01, "{found:?}");
        assert!(of("weather").abs() < of("promotion") / 4.0, "{found:?}");
        let again = importance(&artifact, &prepared, prepared.last - 60, 1, &stop).unwrap();
        assert_eq!(found, again);
        // Nothing was held out: nothing is said.
        assert_eq!(
            importance(&artifact, &prepared, prepared.last, 1, &stop).unwrap(),
            []
        );
        stop.store(true, Ordering::Relaxed);
        assert!(matches!(
            importance(&artifact, &prepared, prepared.last - 60, 1, &stop),
            Err(ForecastError::Cancelled)
        ));
    }

    #[test]
    fn every_covariate_belongs_to_exactly_one_group() {
        let mut grouped: Vec<&str> = GROUPS.iter().flat_map(|(_, c)| c.iter().copied()).collect();
        let mut all: Vec<&str> = [&HISTORY[..], &FUTURE[..], &ALIGNED[..], &STATICS[..]].concat();
        all.retain(|name| !name.starts_with("days_ahead"));
        all.push(IDENTITY);
        grouped.sort_unstable();
        all.sort_unstable();
        assert_eq!(grouped, all);
    }
}
