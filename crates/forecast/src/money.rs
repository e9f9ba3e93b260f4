//! Forecasts in money: what would have been thrown away, and what could not have been sold.

use crate::evaluation::Actual;
use domain::panel::{DayForecast, Panel};
use domain::replenish::{DayDemand, RatioCase, critical_ratio};
use serde::{Deserialize, Serialize};

/// What a unit is taken to cost as a share of its price where its cost is not known, or is not below the price: an
/// assumption, which makes a missed sale weigh one and a half times a left-over.
const ASSUMED_COST_SHARE: f64 = 0.4;
/// Ratios are computed in millionths: goods sold by the gram cost less than a cent each.
const MILLIONTHS: f64 = 1e6;

/// What baking by a forecast would have cost, in the report's unit of money.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Money {
    /// Baked and left over, at unit cost less salvage value.
    pub waste: f64,
    /// Asked for and not there, at price less unit cost.
    pub lost_margin: f64,
}

impl Money {
    /// Both together.
    #[must_use]
    pub fn cost(self) -> f64 {
        self.waste + self.lost_margin
    }
}

impl std::ops::AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        self.waste += other.waste;
        self.lost_margin += other.lost_margin;
    }
}

/// In what sums of money are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MoneyUnit {
    /// Major units of the organization's currency.
    Currency,
    /// No price is known: units of product, each worth one.
    #[default]
    Products,
}

/// What a unit of one product loses by being left over or by not being there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct UnitCosts {
    /// Price less unit cost.
    under: f64,
    /// Unit cost less salvage value.
    over: f64,
    /// Level of the quantile that is baked.
    ratio: f64,
    /// Price or unit cost had to be assumed.
    pub assumed: bool,
}

impl UnitCosts {
    fn of(price: f64, unit_cost: Option<f64>, salvage: Option<f64>, assumed: bool) -> Self {
        let whole = |value: f64| (value * MILLIONTHS).round() as i64;
        let salvage = salvage.unwrap_or(0.0).max(0.0);
        if let Some(cost) = unit_cost.filter(|c| *c > 0.0) {
            let ratio = critical_ratio(whole(price), whole(cost), whole(salvage), 0, 0);
            if matches!(ratio.case, RatioCase::Costs | RatioCase::NothingLost) {
                return Self {
                    under: price - cost,
                    over: (cost - salvage).max(0.0),
                    ratio: ratio.value,
                    assumed,
                };
            }
        }
        Self {
            under: price * (1.0 - ASSUMED_COST_SHARE),
            over: price * ASSUMED_COST_SHARE,
            ratio: 1.0 - ASSUMED_COST_SHARE,
            assumed: true,
        }
    }

    /// Cost of a day on which the newsvendor quantile of the forecast had been baked (Arrow, Harris and Marschak 1951),
    /// neither rounded to whole pieces nor to trays. Of a sold-out day only what is missing below the sales is known.
    pub fn of_day(&self, actual: Actual, forecast: &DayForecast) -> Money {
        let milli = |units: f64| (units * 1_000.0).round() as i64;
        let demand = DayDemand::from_milli(milli(forecast.mean), forecast.quantiles.map(milli));
        let bake = demand.quantile(self.ratio);
        let left = if actual.sold_out {
            0.0
        } else {
            (bake - actual.sold).max(0.0)
        };
        Money {
            waste: self.over * left,
            lost_margin: self.under * (actual.sold - bake).max(0.0),
        }
    }
}

/// Costs of every product of a panel, by its index. The price is the list price, else the mean of the prices it was sold at,
/// else the mean price of the other products.
pub(crate) fn unit_costs(panel: &Panel) -> (Vec<UnitCosts>, MoneyUnit) {
    let prices: Vec<Option<f64>> = (0..panel.products.len())
        .map(|product| price(panel, product))
        .collect();
    let known: Vec<f64> = prices.iter().flatten().copied().collect();
    let unit = if known.is_empty() {
        MoneyUnit::Products
    } else {
        MoneyUnit::Currency
    };
    let usual = if known.is_empty() {
        1.0
    } else {
        known.iter().sum::<f64>() / known.len() as f64
    };
    let costs = panel.products.iter().zip(&prices);
    let costs = costs.map(|(product, price)| match price {
        Some(price) => UnitCosts::of(*price, product.unit_cost, product.salvage, false),
        None => UnitCosts::of(usual, None, None, true),
    });
    (costs.collect(), unit)
}

fn price(panel: &Panel, product: usize) -> Option<f64> {
    let list = panel.products[product].list_price;
    if let Some(price) = list.filter(|p| *p > 0.0) {
        return Some(price);
    }
    let sold = panel.series.iter().filter(|s| s.product == product);
    let paid = sold.flat_map(|s| &s.days).filter_map(|d| d.price);
    let (count, sum) = paid
        .filter(|p| *p > 0.0)
        .fold((0, 0.0), |(count, sum), price| (count + 1, sum + price));
    (count > 0).then(|| sum / f64::from(count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::panel::QUANTILE_LEVELS;

    /// Demand spread evenly over 0 to 100.
    fn even() -> DayForecast {
        DayForecast {
            target_date: chrono::NaiveDate::MIN,
            mean: 50.0,
            quantiles: QUANTILE_LEVELS.map(|l| 100.0 * l),
        }
    }

    fn sold(sold: f64, sold_out: bool) -> Actual {
        Actual { sold, sold_out }
    }

    #[test]
    fn the_newsvendor_quantile_is_baked_and_what_is_wrong_with_it_is_paid() {
        // Sells at 3.00, costs 1.20, brings 0.20 the day after: 1.80 / 2.80 of the days are to be met in full.
        let costs = UnitCosts::of(3.0, Some(1.2), Some(0.2), false);
        let bake = 100.0 * 1.8 / 2.8;
        let day = costs.of_day(sold(50.0, false), &even());
        assert!((day.waste - (bake - 50.0)).abs() < 1e-3, "{day:?}");
        assert_eq!(day.lost_margin, 0.0);
        let day = costs.of_day(sold(90.0, false), &even());
        assert!((day.lost_margin - 1.8 * (90.0 - bake)).abs() < 2e-3);
        assert_eq!(day.waste, 0.0);
        assert!(!costs.assumed);
    }

    #[test]
    fn of_a_sold_out_day_only_what_is_missing_is_paid() {
        let costs = UnitCosts::of(3.0, Some(1.2), None, false);
        assert_eq!(costs.of_day(sold(10.0, true), &even()).cost(), 0.0);
        assert!(costs.of_day(sold(90.0, true), &even()).lost_margin > 0.0);
    }

    #[test]
    fn unknown_and_impossible_costs_are_assumed_from_the_price() {
        for cost in [None, Some(0.0), Some(2.0), Some(2.5)] {
            let costs = UnitCosts::of(2.0, cost, None, false);
            assert!((costs.under - 1.2).abs() < 1e-12 && (costs.over - 0.8).abs() < 1e-12);
            assert!((costs.ratio - 0.6).abs() < 1e-12 && costs.assumed);
        }
        // What is left brings back its cost: as good as never sold out.
        let costs = UnitCosts::of(2.0, Some(0.5), Some(0.5), false);
        assert_eq!((costs.over, costs.ratio), (0.0, 0.98));
    }
}
