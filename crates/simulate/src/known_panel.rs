//! The chain as a forecaster sees it, with the truth beside it.

use crate::chain::{Chain, days_of_horizon};
use crate::examined::{Witness, examined};
use crate::holidays::shift;
use crate::season::small;
use chrono::NaiveDate;
use domain::censoring::Book;
use domain::panel::{
    Panel, PanelCalendarDay, PanelDay, PanelProduct, PanelSeries, PanelStore, PanelWeatherDay,
    PlannedDay,
};
use std::collections::BTreeSet;

/// Whether the forecaster is told on which days a shelf ran empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Censoring {
    /// Days with an empty shelf are marked.
    Told,
    /// Days are marked of which the product's own rule thinks so, from the tickets alone.
    Found,
    /// No day is marked, as with sales that nobody compared with stock.
    Untold,
}

/// A panel and the demand that its sales hide.
#[derive(Clone, Debug)]
pub struct KnownPanel {
    pub panel: Panel,
    /// True demand of each day of each series, beside [`PanelSeries::days`].
    pub demand: Vec<Vec<i64>>,
    /// True demand of each planned day of each series, beside [`PanelSeries::planned`].
    pub future_demand: Vec<Vec<i64>>,
    /// What was sold on each planned day of each series, beside [`PanelSeries::planned`].
    pub future_sold: Vec<Vec<i64>>,
}

/// Sales up to and including `until` (at most the configured end), the plan of the days ahead, and the truth of
/// both. Stores are named by code, products by sku.
#[must_use]
pub fn panel(chain: &Chain, until: NaiveDate, censoring: Censoring) -> KnownPanel {
    let until = until.min(chain.config().end_date);
    let horizon = shift(until, days_of_horizon());
    let (shops, products) = (chain.shop_count(), chain.products().len());
    let mut series: Vec<PanelSeries> = (0..shops * products)
        .map(|at| PanelSeries {
            store: at / products,
            product: at % products,
            days: Vec::new(),
            planned: Vec::new(),
        })
        .collect();
    let mut demand = vec![Vec::new(); series.len()];
    let mut future_demand = vec![Vec::new(); series.len()];
    let mut future_sold = vec![Vec::new(); series.len()];
    let book = match censoring {
        Censoring::Found => examined(chain, until, Witness::Tickets),
        Censoring::Told | Censoring::Untold => Book::default(),
    };
    for day in chain.simulate_until(horizon) {
        let found: BTreeSet<usize> = book
            .shelves(day.store, day.date)
            .iter()
            .filter(|shelf| shelf.verdict.sold_out_by.is_some())
            .map(|shelf| shelf.product)
            .collect();
        for line in &day.lines {
            let at = day.store * products + line.product;
            let price = Some(major(line.price_minor));
            let promotion = Some(line.promotion.is_some());
            if day.date <= until {
                let censored = match censoring {
                    Censoring::Told => line.sold_out_at.is_some(),
                    Censoring::Found => found.contains(&line.product),
                    Censoring::Untold => false,
                };
                series[at].days.push(PanelDay {
                    date: day.date,
                    quantity: small(line.sold),
                    price,
                    promotion,
                    censored,
                });
                demand[at].push(line.demand);
            } else {
                series[at].planned.push(PlannedDay {
                    date: day.date,
                    price,
                    promotion,
                });
                future_demand[at].push(line.demand);
                future_sold[at].push(line.sold);
            }
        }
    }
    let kept: Vec<bool> = series
        .iter()
        .map(|one| !one.days.is_empty() || !one.planned.is_empty())
        .collect();
    let panel = Panel {
        stores: chain.stores()[..shops]
            .iter()
            .map(|store| PanelStore {
                id: store.code.clone(),
            })
            .collect(),
        products: panel_products(chain),
        series: keep(series, &kept),
        calendar: calendar(chain, horizon),
        weather: weather(chain, until),
        last_date: until,
    };
    KnownPanel {
        panel,
        demand: keep(demand, &kept),
        future_demand: keep(future_demand, &kept),
        future_sold: keep(future_sold, &kept),
    }
}

fn keep<T>(all: Vec<T>, kept: &[bool]) -> Vec<T> {
    all.into_iter()
        .zip(kept)
        .filter_map(|(one, keep)| keep.then_some(one))
        .collect()
}

fn panel_products(chain: &Chain) -> Vec<PanelProduct> {
    let of = |product: &crate::Product| PanelProduct {
        id: product.sku.clone(),
        category: chain.categories()[product.category].clone(),
        list_price: Some(major(product.price_minor)),
        unit_cost: Some(major(product.unit_cost_minor)),
        salvage: Some(major(product.salvage_minor)),
    };
    chain.products().iter().map(of).collect()
}

/// Every special day from the first simulated day to `last`, one row a day.
fn calendar(chain: &Chain, last: NaiveDate) -> Vec<PanelCalendarDay> {
    let mut days = Vec::new();
    for entry in chain.calendar() {
        for date in entry
            .starts_on
            .iter_days()
            .take_while(|day| *day <= entry.ends_on.min(last))
        {
            if date >= chain.start_date() {
                days.push(PanelCalendarDay {
                    date,
                    store: entry.store,
                    kind: entry.kind,
                    name: entry.name.clone(),
                });
            }
        }
    }
    days.sort_by(|a, b| {
        (a.date, a.store, a.kind, &a.name).cmp(&(b.date, b.store, b.kind, &b.name))
    });
    days
}

/// Measured up to `until`, foreseen on that day for the days after.
fn weather(chain: &Chain, until: NaiveDate) -> Vec<PanelWeatherDay> {
    let measured = chain
        .start_date()
        .iter_days()
        .take_while(|day| *day <= until)
        .flat_map(|day| chain.weather(day));
    measured
        .chain(chain.forecast_weather(until))
        .map(|day| PanelWeatherDay {
            date: day.date,
            store: Some(day.store),
            temperature_c: Some(small(i64::from(day.temperature_c_x10)) / 10.0),
            precipitation_mm: Some(small(i64::from(day.precipitation_mm_x10)) / 10.0),
        })
        .collect()
}

/// Cents as euros, for the forecaster's panel alone.
fn major(minor: i64) -> f64 {
    small(minor) / 100.0
}
