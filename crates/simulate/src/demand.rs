//! What customers would buy on a day if every shelf were full.

use crate::assortment::{BREAD, CAKE, CATEGORIES, DRINK, PASTRY, SAVOURY, Taste};
use crate::chain::Chain;
use crate::season::small;
use chrono::{Datelike, NaiveDate};

/// Monday to Sunday, by category, against the mean of a week.
const WEEK: [[f64; 7]; 5] = [
    [0.95, 0.93, 0.95, 0.97, 1.05, 1.18, 1.12],
    [0.85, 0.83, 0.87, 0.90, 1.00, 1.30, 1.45],
    [0.70, 0.70, 0.75, 0.85, 1.10, 1.55, 1.75],
    [1.05, 1.05, 1.05, 1.08, 1.15, 0.90, 0.60],
    [1.05, 1.05, 1.07, 1.08, 1.10, 0.95, 0.75],
];

const SUNDAY: usize = 6;

/// Position of a date's weekday, Monday = 0.
pub(crate) fn weekday(day: NaiveDate) -> usize {
    day.weekday().num_days_from_monday() as usize
}

/// The usual week of a category.
pub(crate) fn weekday_factor(category: usize, weekday: usize) -> f64 {
    WEEK[category][weekday]
}

/// What holds for all products of one shop on one day.
pub(crate) struct StoreDay {
    date: NaiveDate,
    /// Size of the shop, its growth since the first day, small events nearby, and rain, which keeps people at home.
    common: f64,
    /// The week by category.
    week: [f64; 5],
    /// Holidays, eves, school holidays, festivals, August: what an experienced baker expects too.
    pub(crate) special: [f64; 5],
    celsius: f64,
}

impl StoreDay {
    pub(crate) fn new(chain: &Chain, store: usize, day: NaiveDate) -> Self {
        let trade = &chain.trades[store];
        let place = trade.place();
        let flags = chain.flags_on(store, day).unwrap_or_default();
        let sky = chain.climate.observed(trade.city, day).unwrap_or_default();
        let weekday = weekday(day);
        let years = small((day - chain.start_date()).num_days()) / 365.25;
        let rain = match sky.millimetres() {
            mm if mm >= 10.0 => 0.87,
            mm if mm >= 2.0 => 0.94,
            _ => 1.0,
        };
        let nearby = 1.0 + f64::from(flags.nearby) / 100.0;
        let mut week = [1.0; 5];
        let mut special = [1.0; 5];
        for category in 0..CATEGORIES.len() {
            let usual = WEEK[category][weekday];
            week[category] = usual;
            let at_work = if weekday < 5 {
                trade.office
            } else {
                1.0 / trade.office
            };
            if category == SAVOURY || category == DRINK {
                week[category] *= at_work;
            }
            let mut factor = 1.0;
            if flags.holiday {
                // A holiday is bought for like a Sunday, with something sweet.
                factor *= (WEEK[category][SUNDAY] / usual).powf(0.7);
                factor *= if category == PASTRY || category == CAKE {
                    1.15
                } else {
                    1.0
                };
            }
            if flags.eve {
                factor *= [1.10, 1.06, 1.20, 1.03, 1.02][category];
            }
            if flags.closed_tomorrow {
                factor *= [1.18, 1.05, 1.06, 1.0, 1.0][category];
            }
            if flags.festival {
                factor *= [1.02, 1.16, 1.08, 1.22, 1.25][category];
            }
            if flags.school_holiday {
                factor *= [0.98, 0.93, 1.0, 0.97, 1.0][category];
            }
            if day.month() == 8 {
                factor *= place.august;
            }
            special[category] = factor;
        }
        Self {
            date: day,
            common: trade.size * (1.0 + trade.growth).powf(years) * rain * nearby,
            week,
            special,
            celsius: sky.celsius(),
        }
    }

    /// Expected demand of a product, before the drift of its series and the chance of the day.
    pub(crate) fn mean(
        &self,
        chain: &Chain,
        store: usize,
        product: usize,
        promotion: Option<usize>,
    ) -> f64 {
        let item = &chain.products()[product];
        let appeal = &chain.appeals[product];
        let Some(season) = appeal.season.factor(self.date) else {
            return 0.0;
        };
        let offered = promotion.map_or(1.0, |index| chain.promotions()[index].uplift());
        let list = small(chain.list_price_minor(product, self.date));
        let priced = (list / small(item.price_minor)).powf(-0.6);
        let novelty = item.introduced_on.map_or(1.0, |first| {
            // Curiosity at first, gone after a month.
            1.0 + 0.5 * (-small((self.date - first).num_days()) / 10.0).exp()
        });
        appeal.base
            * chain.affinity_of(store, product)
            * self.common
            * self.week[item.category]
            * self.special[item.category]
            * season
            * self.weather(appeal.taste, item.category)
            * offered
            * priced
            * novelty
    }

    fn weather(&self, taste: Taste, category: usize) -> f64 {
        match taste {
            Taste::Cold => (0.030 * (self.celsius - 18.0)).clamp(-0.35, 0.45).exp(),
            Taste::Warm => (-0.013 * (self.celsius - 16.0)).clamp(-0.25, 0.25).exp(),
            // Great heat spoils the appetite for what is warm and heavy.
            Taste::Indifferent
                if matches!(category, BREAD | CAKE | PASTRY | SAVOURY) && self.celsius > 27.0 =>
            {
                (-0.012 * (self.celsius - 27.0)).exp()
            }
            Taste::Indifferent => 1.0,
        }
    }
}

/// Shape of the gamma rate: small series are noisier than large ones in proportion.
pub(crate) fn dispersion(base: f64) -> f64 {
    20.0 + base / 3.0
}
