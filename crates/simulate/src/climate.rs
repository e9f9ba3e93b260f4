//! Weather by city: a yearly curve with an autoregressive deviation, and rain that comes in spells.

use crate::cities::{CITIES, City};
use crate::holidays::shift;
use crate::season::small;
use crate::stream::{Purpose, normal, stream, whole};
use chrono::{Datelike, NaiveDate};
use rand::RngExt;
use rand_distr::{Distribution, Exp};
use serde::Serialize;
use std::f64::consts::TAU;

/// Weather of one shop on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct WeatherDay {
    pub date: NaiveDate,
    /// Index of the shop.
    pub store: usize,
    /// Mean temperature in tenths of a degree Celsius.
    pub temperature_c_x10: i32,
    /// Precipitation in tenths of a millimetre.
    pub precipitation_mm_x10: i32,
    /// Foreseen rather than measured.
    pub is_forecast: bool,
}

/// Temperature and rain of one city on one day, in tenths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sky {
    pub(crate) temperature_c_x10: i32,
    pub(crate) precipitation_mm_x10: i32,
}

/// Day-to-day persistence of the temperature's deviation, and its standard deviation in degrees.
const PERSISTENCE: f64 = 0.78;
const DEVIATION_C: f64 = 2.8;
/// Mean rain of a wet day in millimetres.
const WET_DAY_MM: f64 = 6.5;

/// The weather of every city in which the chain has a shop.
pub(crate) struct Climate {
    seed: u64,
    start: NaiveDate,
    /// By city; empty where the chain has no shop.
    cities: Vec<Vec<Sky>>,
}

impl Climate {
    pub(crate) fn new(
        seed: u64,
        start: NaiveDate,
        count: usize,
        used: impl Iterator<Item = usize>,
    ) -> Self {
        let mut cities = vec![Vec::new(); CITIES.len()];
        for index in used {
            if cities[index].is_empty() {
                cities[index] = history(seed, index, start, count);
            }
        }
        Self {
            seed,
            start,
            cities,
        }
    }

    /// What was measured; `None` outside the simulated days.
    pub(crate) fn observed(&self, city: usize, day: NaiveDate) -> Option<Sky> {
        let at = usize::try_from((day - self.start).num_days()).ok()?;
        self.cities[city].get(at).copied()
    }

    /// What was foreseen on `issued_on` for `lead` days later: the truth drawn towards the yearly curve, with
    /// errors that grow with the lead.
    pub(crate) fn foreseen(&self, city: usize, issued_on: NaiveDate, lead: u32) -> Option<Sky> {
        let day = shift(issued_on, i64::from(lead));
        let truth = self.observed(city, day)?;
        let place = &CITIES[city];
        let at = usize::try_from((issued_on - self.start).num_days()).ok()?;
        let mut rng = stream(
            self.seed,
            Purpose::WeatherForecast,
            city * 64 + lead as usize,
            at,
        );
        let skill = 1.0 / (1.0 + (f64::from(lead) / 6.0).powi(2));
        let usual = usual_temperature(place, day);
        let deviation = f64::from(truth.temperature_c_x10) / 10.0 - usual;
        let temperature =
            usual + skill * deviation + normal(&mut rng, 0.0, 0.5 + 1.1 * (1.0 - skill));
        let usual_rain = wet_chance(place, day) * WET_DAY_MM;
        let rain =
            skill * f64::from(truth.precipitation_mm_x10) / 10.0 + (1.0 - skill) * usual_rain;
        let error = normal(&mut rng, 0.0, 0.15 + 0.35 * (1.0 - skill)).exp();
        Some(Sky {
            temperature_c_x10: tenths(temperature),
            precipitation_mm_x10: tenths(rain * error),
        })
    }
}

/// Temperature of the season, warmest around 25 July.
pub(crate) fn usual_temperature(place: &City, day: NaiveDate) -> f64 {
    place.mean_c - place.swing_c * (TAU * (f64::from(day.ordinal()) - 23.0) / 365.25).cos()
}

/// Chance of rain: summers are dry, the more so where it rains little.
fn wet_chance(place: &City, day: NaiveDate) -> f64 {
    let winter = (TAU * (f64::from(day.ordinal()) - 15.0) / 365.25).cos();
    (place.wet_share * (1.0 + 0.5 * winter)).clamp(0.01, 0.9)
}

fn history(seed: u64, city: usize, start: NaiveDate, count: usize) -> Vec<Sky> {
    let place = &CITIES[city];
    let mut rng = stream(seed, Purpose::Weather, city, 0);
    let shock = DEVIATION_C * (1.0 - PERSISTENCE * PERSISTENCE).sqrt();
    let mut deviation = normal(&mut rng, 0.0, DEVIATION_C);
    let mut wet = false;
    let amount = Exp::new(1.0 / WET_DAY_MM).expect("the mean is positive");
    start
        .iter_days()
        .take(count)
        .map(|day| {
            deviation = PERSISTENCE * deviation + normal(&mut rng, 0.0, shock);
            // A two-state chain with the wanted share of wet days and spells of about two days.
            let chance = wet_chance(place, day);
            let stay = 0.35 + 0.65 * chance;
            let begin = (chance * (1.0 - stay) / (1.0 - chance)).clamp(0.0, 1.0);
            wet = rng.random_bool(if wet { stay } else { begin });
            let rain = if wet {
                0.2 + amount.sample(&mut rng)
            } else {
                0.0
            };
            let cooled = if wet { -0.8 } else { 0.0 };
            Sky {
                temperature_c_x10: tenths(usual_temperature(place, day) + deviation + cooled),
                precipitation_mm_x10: tenths(rain),
            }
        })
        .collect()
}

fn tenths(value: f64) -> i32 {
    i32::try_from(whole(value * 10.0)).unwrap_or_default()
}

impl Sky {
    pub(crate) fn celsius(self) -> f64 {
        small(i64::from(self.temperature_c_x10)) / 10.0
    }

    pub(crate) fn millimetres(self) -> f64 {
        small(i64::from(self.precipitation_mm_x10)) / 10.0
    }
}
