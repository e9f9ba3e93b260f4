//! The shops of the chain and its central kitchen.

use crate::cities::{CITIES, City};
use crate::stream::{Purpose, stream};
use chrono::{Datelike, NaiveDate};
use domain::StoreKind;
use rand::RngExt;
use serde::Serialize;

/// A shop or the central kitchen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Store {
    /// Short code, unique in the chain, such as `MAD01`.
    pub code: String,
    pub name: String,
    pub kind: StoreKind,
    pub city: String,
    /// ISO 3166-2 code of the region, such as `ES-MD`.
    pub region: String,
    /// IANA name.
    pub time_zone: String,
    /// Millionths of a degree.
    pub latitude_e6: i32,
    /// Millionths of a degree.
    pub longitude_e6: i32,
    /// Bit 0 = Monday ... bit 6 = Sunday.
    pub opening_days: u8,
    /// Minutes after local midnight.
    pub opens_at_minute: u32,
    /// Minutes after local midnight.
    pub closes_at_minute: u32,
    /// Index of the kitchen that bakes for it; `None` for the kitchen itself.
    pub kitchen: Option<usize>,
}

impl Store {
    /// Whether its opening days include the weekday of a date; holidays and closures are another matter.
    #[must_use]
    pub fn opens_on_weekday(&self, date: NaiveDate) -> bool {
        self.opening_days >> date.weekday().num_days_from_monday() & 1 == 1
    }
}

/// What only the simulation knows of a shop.
pub(crate) struct Trade {
    /// Index into [`CITIES`].
    pub(crate) city: usize,
    /// Its trade against the product table's base.
    pub(crate) size: f64,
    /// Growth a year, as a share.
    pub(crate) growth: f64,
    /// How far people come for breakfast and lunch at work: above 1 near offices, where weekends are calm.
    pub(crate) office: f64,
}

impl Trade {
    pub(crate) fn place(&self) -> &'static City {
        &CITIES[self.city]
    }
}

const ALL_WEEK: u8 = 0b111_1111;
const NO_SUNDAY: u8 = 0b011_1111;
const NO_MONDAY: u8 = 0b111_1110;

/// District, opening days, hours, size, growth, office share of the first six.
const FIRST: [(&str, u8, u32, u32, f64, f64, f64); 6] = [
    ("Fuencarral", ALL_WEEK, 7 * 60, 21 * 60, 1.08, 0.03, 1.04),
    ("Gràcia", ALL_WEEK, 7 * 60, 20 * 60 + 30, 1.04, 0.04, 1.0),
    ("Ruzafa", NO_MONDAY, 7 * 60, 20 * 60 + 30, 0.92, 0.02, 0.97),
    ("Triana", NO_SUNDAY, 7 * 60 + 30, 21 * 60, 0.86, -0.02, 1.0),
    (
        "Ensanche",
        NO_SUNDAY,
        6 * 60 + 30,
        20 * 60 + 30,
        0.84,
        0.01,
        1.08,
    ),
    (
        "Delicias",
        ALL_WEEK,
        7 * 60,
        20 * 60 + 30,
        0.78,
        -0.03,
        0.96,
    ),
];

const DISTRICTS: [&str; 10] = [
    "Centro",
    "Mercado",
    "Estación",
    "Plaza Mayor",
    "Ensanche",
    "Universidad",
    "Puerto",
    "Alameda",
    "Hospital",
    "Norte",
];

/// The shops in order, and behind them the central kitchen, which sells nothing.
pub(crate) fn build(seed: u64, shops: usize) -> (Vec<Store>, Vec<Trade>) {
    let mut stores = Vec::with_capacity(shops + 1);
    let mut trades = Vec::with_capacity(shops);
    for index in 0..shops {
        let place = index % CITIES.len();
        let round = index / CITIES.len();
        let city = &CITIES[place];
        let (district, opening_days, opens_at, closes_at, size, growth, office) =
            match FIRST.get(index) {
                Some(known) => *known,
                None => generated(seed, index, round),
            };
        let number = round / DISTRICTS.len();
        let name = if number == 0 {
            format!("{} {district}", city.name)
        } else {
            format!("{} {district} {}", city.name, number + 1)
        };
        stores.push(Store {
            code: format!("{}{:02}", city.code, round + 1),
            name,
            kind: StoreKind::Shop,
            city: city.name.to_owned(),
            region: city.region.to_owned(),
            time_zone: time_zone(city).to_owned(),
            latitude_e6: city.latitude_e6,
            longitude_e6: city.longitude_e6,
            opening_days,
            opens_at_minute: opens_at,
            closes_at_minute: closes_at,
            kitchen: Some(shops),
        });
        trades.push(Trade {
            city: place,
            size,
            growth,
            office,
        });
    }
    stores.push(kitchen());
    (stores, trades)
}

fn time_zone(city: &City) -> &'static str {
    if city.region == "ES-CN" {
        "Atlantic/Canary"
    } else {
        "Europe/Madrid"
    }
}

fn kitchen() -> Store {
    Store {
        code: "OBR01".to_owned(),
        name: "Obrador central".to_owned(),
        kind: StoreKind::CentralKitchen,
        city: "Getafe".to_owned(),
        region: "ES-MD".to_owned(),
        time_zone: "Europe/Madrid".to_owned(),
        latitude_e6: 40_305_000,
        longitude_e6: -3_732_000,
        opening_days: ALL_WEEK,
        opens_at_minute: 2 * 60,
        closes_at_minute: 18 * 60,
        kitchen: None,
    }
}

fn generated(seed: u64, index: usize, round: usize) -> (&'static str, u8, u32, u32, f64, f64, f64) {
    let mut rng = stream(seed, Purpose::Shops, index, 0);
    let opening_days = match rng.random_range(0..10) {
        0..=5 => ALL_WEEK,
        6 | 7 => NO_SUNDAY,
        _ => NO_MONDAY,
    };
    let opens_at = 60 * 6 + 30 * rng.random_range(1..=3_u32);
    let closes_at = 60 * 20 + 30 * rng.random_range(0..=2_u32);
    let size = rng.random_range(0.75..1.1);
    let growth = rng.random_range(-0.04..0.06);
    let office = rng.random_range(0.94..1.1);
    (
        DISTRICTS[round % DISTRICTS.len()],
        opening_days,
        opens_at,
        closes_at,
        size,
        growth,
        office,
    )
}
