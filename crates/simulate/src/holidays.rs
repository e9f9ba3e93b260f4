//! Public holidays of Spain and its regions, and Easter, for any year.
//!
//! Regions may move a holiday that falls on a Sunday by yearly decree; such moves cannot be computed and are left
//! out: the holiday stays on its own date.

use chrono::{Datelike, Days, NaiveDate};

/// A rule that gives one date a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum YearlyRule {
    /// The same month and day each year.
    Fixed(u32, u32),
    /// So many days after Easter Sunday; negative before it.
    Easter(i64),
    /// So many days after the first Saturday strictly after a month and day.
    SaturdayAfter(u32, u32, i64),
}

impl YearlyRule {
    pub(crate) fn in_year(self, year: i32) -> NaiveDate {
        match self {
            Self::Fixed(month, day) => date(year, month, day),
            Self::Easter(offset) => shift(easter(year), offset),
            Self::SaturdayAfter(month, day, offset) => {
                let from = date(year, month, day);
                // num_days_from_monday: Saturday is 5.
                let wait = i64::from((5 + 7 - from.weekday().num_days_from_monday() - 1) % 7 + 1);
                shift(from, wait + offset)
            }
        }
    }
}

/// A date of the proleptic calendar; the rules above only name days that exist in every year.
pub(crate) fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("rules name days that every year has")
}

/// `date + days`, also backwards.
pub(crate) fn shift(date: NaiveDate, days: i64) -> NaiveDate {
    let moved = if days >= 0 {
        date.checked_add_days(Days::new(days.unsigned_abs()))
    } else {
        date.checked_sub_days(Days::new(days.unsigned_abs()))
    };
    moved.expect("simulated dates lie far inside the calendar")
}

/// Easter Sunday of a Gregorian year: the anonymous algorithm (Meeus, Jones, Butcher).
#[must_use]
pub fn easter(year: i32) -> NaiveDate {
    let a = year.rem_euclid(19);
    let (b, c) = (year.div_euclid(100), year.rem_euclid(100));
    let (d, e) = (b.div_euclid(4), b.rem_euclid(4));
    let f = (b + 8).div_euclid(25);
    let g = (b - f + 1).div_euclid(3);
    let h = (19 * a + b - d - g + 15).rem_euclid(30);
    let (i, k) = (c.div_euclid(4), c.rem_euclid(4));
    let l = (32 + 2 * e + 2 * i - h - k).rem_euclid(7);
    let m = (a + 11 * h + 22 * l).div_euclid(451);
    let n = h + l - 7 * m + 114;
    date(
        year,
        n.div_euclid(31).unsigned_abs(),
        n.rem_euclid(31).unsigned_abs() + 1,
    )
}

const NATIONAL: [(YearlyRule, &str); 10] = [
    (YearlyRule::Fixed(1, 1), "Año Nuevo"),
    (YearlyRule::Fixed(1, 6), "Epifanía del Señor"),
    (YearlyRule::Easter(-2), "Viernes Santo"),
    (YearlyRule::Fixed(5, 1), "Fiesta del Trabajo"),
    (YearlyRule::Fixed(8, 15), "Asunción de la Virgen"),
    (YearlyRule::Fixed(10, 12), "Fiesta Nacional de España"),
    (YearlyRule::Fixed(11, 1), "Todos los Santos"),
    (YearlyRule::Fixed(12, 6), "Día de la Constitución"),
    (YearlyRule::Fixed(12, 8), "Inmaculada Concepción"),
    (YearlyRule::Fixed(12, 25), "Navidad"),
];

const HOLY_THURSDAY: (YearlyRule, &str) = (YearlyRule::Easter(-3), "Jueves Santo");
const EASTER_MONDAY: (YearlyRule, &str) = (YearlyRule::Easter(1), "Lunes de Pascua");

/// What a region (ISO 3166-2) adds to the national days.
fn regional(region: &str) -> &'static [(YearlyRule, &'static str)] {
    use YearlyRule::Fixed;
    match region {
        "ES-MD" => &[
            HOLY_THURSDAY,
            (Fixed(5, 2), "Fiesta de la Comunidad de Madrid"),
        ],
        "ES-CT" => &[
            EASTER_MONDAY,
            (Fixed(6, 24), "Sant Joan"),
            (Fixed(9, 11), "Diada de Catalunya"),
            (Fixed(12, 26), "Sant Esteve"),
        ],
        "ES-VC" => &[
            (Fixed(3, 19), "San José"),
            EASTER_MONDAY,
            (Fixed(10, 9), "Día de la Comunitat Valenciana"),
        ],
        "ES-AN" => &[(Fixed(2, 28), "Día de Andalucía"), HOLY_THURSDAY],
        "ES-PV" => &[
            HOLY_THURSDAY,
            EASTER_MONDAY,
            (Fixed(7, 25), "Santiago Apóstol"),
        ],
        "ES-AR" => &[HOLY_THURSDAY, (Fixed(4, 23), "San Jorge")],
        "ES-GA" => &[
            HOLY_THURSDAY,
            (Fixed(5, 17), "Día das Letras Galegas"),
            (Fixed(7, 25), "Día Nacional de Galicia"),
        ],
        "ES-AS" => &[HOLY_THURSDAY, (Fixed(9, 8), "Día de Asturias")],
        "ES-CB" => &[
            HOLY_THURSDAY,
            (Fixed(7, 28), "Día de las Instituciones"),
            (Fixed(9, 15), "La Bien Aparecida"),
        ],
        "ES-RI" => &[HOLY_THURSDAY, (Fixed(6, 9), "Día de La Rioja")],
        "ES-NC" => &[
            HOLY_THURSDAY,
            EASTER_MONDAY,
            (Fixed(12, 3), "San Francisco Javier"),
        ],
        "ES-CL" => &[HOLY_THURSDAY, (Fixed(4, 23), "Día de Castilla y León")],
        "ES-CM" => &[HOLY_THURSDAY, (Fixed(5, 31), "Día de Castilla-La Mancha")],
        "ES-EX" => &[HOLY_THURSDAY, (Fixed(9, 8), "Día de Extremadura")],
        "ES-MC" => &[HOLY_THURSDAY, (Fixed(6, 9), "Día de la Región de Murcia")],
        "ES-IB" => &[
            (Fixed(3, 1), "Dia de les Illes Balears"),
            HOLY_THURSDAY,
            EASTER_MONDAY,
        ],
        "ES-CN" => &[HOLY_THURSDAY, (Fixed(5, 30), "Día de Canarias")],
        _ => &[],
    }
}

fn dated(rules: &[(YearlyRule, &'static str)], year: i32) -> Vec<(NaiveDate, &'static str)> {
    let mut days: Vec<_> = rules
        .iter()
        .map(|(rule, name)| (rule.in_year(year), *name))
        .collect();
    days.sort_by_key(|(day, _)| *day);
    days
}

/// The ten days that are holidays in all of Spain, in order of date.
#[must_use]
pub fn national_holidays(year: i32) -> Vec<(NaiveDate, &'static str)> {
    dated(&NATIONAL, year)
}

/// The holidays that a region (ISO 3166-2, such as `ES-CT`) adds to the national ones, in order of date; none for
/// an unknown region.
#[must_use]
pub fn holidays_of_region(region: &str, year: i32) -> Vec<(NaiveDate, &'static str)> {
    dated(regional(region), year)
}
