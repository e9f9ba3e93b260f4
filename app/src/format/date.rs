//! Days and times of day. Hours run from 00 to 23 in both languages, as on every oven.

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike};
use domain::Language;

const WEEKDAYS_ES: [&str; 7] = [
    "lunes",
    "martes",
    "miércoles",
    "jueves",
    "viernes",
    "sábado",
    "domingo",
];
const WEEKDAYS_EN: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];
const WEEKDAYS_SHORT_ES: [&str; 7] = ["lun", "mar", "mié", "jue", "vie", "sáb", "dom"];
const WEEKDAYS_SHORT_EN: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS_ES: [&str; 12] = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
];
const MONTHS_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const MONTHS_SHORT_ES: [&str; 12] = [
    "ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic",
];
const MONTHS_SHORT_EN: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

fn day_index(date: NaiveDate) -> usize {
    date.weekday().num_days_from_monday() as usize
}

/// `viernes` / `Friday`.
#[must_use]
pub fn weekday(language: Language, date: NaiveDate) -> &'static str {
    match language {
        Language::Es => WEEKDAYS_ES[day_index(date)],
        Language::En => WEEKDAYS_EN[day_index(date)],
    }
}

/// `vie` / `Fri`.
#[must_use]
pub fn weekday_short(language: Language, date: NaiveDate) -> &'static str {
    match language {
        Language::Es => WEEKDAYS_SHORT_ES[day_index(date)],
        Language::En => WEEKDAYS_SHORT_EN[day_index(date)],
    }
}

/// `nov` / `Nov`.
#[must_use]
pub fn month_short(language: Language, date: NaiveDate) -> &'static str {
    match language {
        Language::Es => MONTHS_SHORT_ES[date.month0() as usize],
        Language::En => MONTHS_SHORT_EN[date.month0() as usize],
    }
}

/// `noviembre de 2026` / `November 2026`.
#[must_use]
pub fn month_name(language: Language, month: NaiveDate) -> String {
    let name = month.month0() as usize;
    match language {
        Language::Es => format!("{} de {}", MONTHS_ES[name], month.year()),
        Language::En => format!("{} {}", MONTHS_EN[name], month.year()),
    }
}

/// `vie 20 nov` / `Fri 20 Nov`.
#[must_use]
pub fn date_short(language: Language, date: NaiveDate) -> String {
    format!(
        "{} {} {}",
        weekday_short(language, date),
        date.day(),
        month_short(language, date)
    )
}

/// `viernes, 20 de noviembre de 2026` / `Friday, 20 November 2026`.
#[must_use]
pub fn date_long(language: Language, date: NaiveDate) -> String {
    let month = date.month0() as usize;
    match language {
        Language::Es => {
            format!(
                "{}, {} de {} de {}",
                weekday(language, date),
                date.day(),
                MONTHS_ES[month],
                date.year()
            )
        }
        Language::En => format!(
            "{}, {} {} {}",
            weekday(language, date),
            date.day(),
            MONTHS_EN[month],
            date.year()
        ),
    }
}

/// `20/11/2026`, the same in both languages: a European chain reads day before month.
#[must_use]
pub fn date_numeric(date: NaiveDate) -> String {
    format!("{:02}/{:02}/{}", date.day(), date.month(), date.year())
}

/// `05:30`.
#[must_use]
pub fn time(at: NaiveTime) -> String {
    format!("{:02}:{:02}", at.hour(), at.minute())
}

/// `vie 20 nov, 05:30`.
#[must_use]
pub fn date_time(language: Language, at: NaiveDateTime) -> String {
    format!("{}, {}", date_short(language, at.date()), time(at.time()))
}

/// The three days that have a name, else the short date.
#[must_use]
pub fn day_relative(language: Language, date: NaiveDate, today: NaiveDate) -> String {
    let word = match ((date - today).num_days(), language) {
        (0, Language::Es) => "hoy",
        (0, Language::En) => "today",
        (1, Language::Es) => "mañana",
        (1, Language::En) => "tomorrow",
        (-1, Language::Es) => "ayer",
        (-1, Language::En) => "yesterday",
        _ => return date_short(language, date),
    };
    word.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Language::{En, Es};

    fn friday() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 20).unwrap()
    }

    #[test]
    fn a_day_is_written_short_long_and_in_numbers() {
        assert_eq!(date_short(Es, friday()), "vie 20 nov");
        assert_eq!(date_short(En, friday()), "Fri 20 Nov");
        assert_eq!(date_long(Es, friday()), "viernes, 20 de noviembre de 2026");
        assert_eq!(date_long(En, friday()), "Friday, 20 November 2026");
        assert_eq!(date_numeric(friday()), "20/11/2026");
    }

    #[test]
    fn every_day_of_a_week_and_every_month_has_its_own_name() {
        let days: std::collections::BTreeSet<_> = (0..7)
            .map(|n| weekday(Es, friday() + chrono::Days::new(n)))
            .collect();
        assert_eq!(days.len(), 7);
        let months: std::collections::BTreeSet<_> = (1..=12)
            .map(|m| month_short(En, NaiveDate::from_ymd_opt(2026, m, 1).unwrap()))
            .collect();
        assert_eq!(months.len(), 12);
    }

    #[test]
    fn near_days_have_names_and_far_ones_dates() {
        let near = |n| day_relative(Es, friday() + chrono::TimeDelta::days(n), friday());
        assert_eq!(
            [near(-1), near(0), near(1), near(2)],
            ["ayer", "hoy", "mañana", "dom 22 nov"]
        );
        assert_eq!(day_relative(En, friday(), friday()), "today");
    }

    #[test]
    fn hours_run_to_23() {
        let at = friday().and_hms_opt(17, 5, 59).unwrap();
        assert_eq!(date_time(Es, at), "vie 20 nov, 17:05");
    }
}
