//! The score board of a backtest: running sums for every contestant, in all and by group.

use crate::backtest::{BacktestReport, Paired, ReportGroup};
use crate::calibration::{HORIZON_GROUPS, group};
use crate::evaluation::{Actual, Metrics, Tally};
use crate::money::{MoneyUnit, UnitCosts, unit_costs};
use chrono::NaiveDate;
use domain::panel::{DayForecast, Panel};
use std::collections::BTreeMap;

/// Forecasts of one day: model, seasonal naive, weekday mean, and the champion where there is one to compare with.
pub(crate) struct Contest<'a> {
    pub model: &'a DayForecast,
    pub seasonal_naive: &'a DayForecast,
    pub weekday_mean: &'a DayForecast,
    pub champion: Option<&'a DayForecast>,
}

/// Where and when a judged day was.
pub(crate) struct Spot {
    pub store: usize,
    pub product: usize,
    /// Index of the window.
    pub fold: usize,
    pub ahead: usize,
    pub date: NaiveDate,
}

#[derive(Clone, Copy, Default)]
struct Tallies {
    model: Tally,
    seasonal_naive: Tally,
    weekday_mean: Tally,
    champion: Tally,
}

/// Running sums over all, by window, by store and by horizon.
pub(crate) struct Board {
    costs: Vec<UnitCosts>,
    unit: MoneyUnit,
    all: Tallies,
    folds: Vec<Tallies>,
    stores: Vec<Tallies>,
    /// By store and day: loss of the model less that of the weekday mean.
    differences: Vec<BTreeMap<NaiveDate, f64>>,
    day_one: Tallies,
    horizons: [Tallies; HORIZON_GROUPS.len()],
    has_champion: bool,
    /// Units sold whose costs had to be assumed.
    assumed: f64,
}

impl Board {
    pub fn new(panel: &Panel, folds: usize, has_champion: bool) -> Self {
        let (costs, unit) = unit_costs(panel);
        Self {
            costs,
            unit,
            all: Tallies::default(),
            folds: vec![Tallies::default(); folds],
            stores: vec![Tallies::default(); panel.stores.len()],
            differences: vec![BTreeMap::new(); panel.stores.len()],
            day_one: Tallies::default(),
            horizons: Default::default(),
            has_champion,
            assumed: 0.0,
        }
    }

    pub fn add(&mut self, spot: &Spot, actual: Actual, contest: &Contest<'_>) {
        let costs = self.costs[spot.product];
        if costs.assumed {
            self.assumed += actual.sold;
        }
        let mut groups = vec![
            &mut self.all,
            &mut self.folds[spot.fold],
            &mut self.stores[spot.store],
            &mut self.horizons[group(spot.ahead)],
        ];
        if spot.ahead == 1 {
            groups.push(&mut self.day_one);
        }
        let mut count = |pick: fn(&mut Tallies) -> &mut Tally, forecast: &DayForecast| {
            let money = costs.of_day(actual, forecast);
            let mut loss = 0.0;
            for group in &mut groups {
                let tally = pick(group);
                loss = tally.add(actual, forecast);
                tally.pay(money);
            }
            loss
        };
        let model = count(|t| &mut t.model, contest.model);
        count(|t| &mut t.seasonal_naive, contest.seasonal_naive);
        let weekday = count(|t| &mut t.weekday_mean, contest.weekday_mean);
        if let Some(champion) = contest.champion {
            count(|t| &mut t.champion, champion);
        }
        *self.differences[spot.store].entry(spot.date).or_default() += model - weekday;
    }

    pub fn report(&self, panel: &Panel, cutoffs: Vec<NaiveDate>) -> BacktestReport {
        let entry = |name: &str, tallies: &Tallies| self.entry(name, tallies);
        let by_fold = cutoffs.iter().zip(&self.folds);
        let by_fold = by_fold.map(|(cutoff, t)| entry(&cutoff.to_string(), t));
        let stores = panel.stores.iter().zip(&self.stores).zip(&self.differences);
        let by_store = stores.map(|((store, t), differences)| ReportGroup {
            against_weekday_mean: Some(paired(differences)),
            ..entry(&store.id, t)
        });
        let horizons = HORIZON_GROUPS
            .iter()
            .zip(&self.horizons)
            .map(|((name, _, _), t)| entry(name, t));
        let all = entry("all", &self.all);
        BacktestReport {
            by_fold: by_fold.collect(),
            cutoffs,
            money_unit: self.unit,
            assumed_costs: if all.model.volume > 0.0 {
                self.assumed / all.model.volume
            } else {
                0.0
            },
            model: all.model,
            seasonal_naive: all.seasonal_naive,
            weekday_mean: all.weekday_mean,
            champion: all.champion,
            by_store: by_store.filter(|g| g.model.days > 0).collect(),
            by_horizon: std::iter::once(entry("1", &self.day_one))
                .chain(horizons)
                .collect(),
            importance: Vec::new(),
        }
    }

    fn entry(&self, name: &str, tallies: &Tallies) -> ReportGroup {
        let champion = tallies.champion.metrics();
        ReportGroup {
            name: name.to_owned(),
            model: tallies.model.metrics(),
            seasonal_naive: tallies.seasonal_naive.metrics(),
            weekday_mean: tallies.weekday_mean.metrics(),
            champion: self.has_champion.then_some::<Metrics>(champion),
            against_weekday_mean: None,
        }
    }
}

/// Mean of daily differences over its standard error. Days of one shop share its shocks, so a day is one observation
/// however many products it has.
fn paired(differences: &BTreeMap<NaiveDate, f64>) -> Paired {
    let n = differences.len() as f64;
    let mean = differences.values().sum::<f64>() / n.max(1.0);
    let square = |d: &f64| (d - mean).powi(2);
    let variance = differences.values().map(square).sum::<f64>() / (n - 1.0).max(1.0);
    let error = (variance / n.max(1.0)).sqrt();
    let t = if error > 0.0 {
        (mean / error).clamp(-MOST_T, MOST_T)
    } else {
        0.0
    };
    Paired {
        dates: differences.len(),
        t,
    }
}

/// Beyond this a difference is certain, and more digits say nothing.
const MOST_T: f64 = 1e3;

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f64]) -> Paired {
        let days = NaiveDate::MIN.iter_days();
        paired(&days.zip(values.iter().copied()).collect())
    }

    #[test]
    fn a_difference_is_counted_in_its_standard_errors() {
        // Mean 2, standard deviation 1 over 4 days: error 1/2.
        let deviation = 0.75f64.sqrt();
        let same = of(&[
            2.0 - deviation,
            2.0 + deviation,
            2.0 - deviation,
            2.0 + deviation,
        ]);
        assert_eq!(same.dates, 4);
        assert!((same.t - 4.0).abs() < 1e-12, "{same:?}");
        assert_eq!(of(&[]).t, 0.0);
        assert_eq!(of(&[1.0]).t, 0.0);
    }
}
