//! Numbers, money, quantities, dates and durations as people write them in Spanish and English.
//!
//! Pure functions of the value and the [`Language`]; no ICU data, so that server and browser write the same text and
//! the bundle stays small. Views take [`use_format`], which follows the page's language.

mod date;
mod number;
mod span;

pub use date::{
    date_long, date_numeric, date_short, date_time, day_relative, month_name, month_short, time,
    weekday, weekday_short,
};
pub use number::{
    decimal, factor, minor_digits, money, number, percent, quantity, quantity_with_unit, range,
    signed,
};
pub use span::{ago, clock, duration};

use crate::{language::use_language, session::use_session, zone::ZoneTable};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use domain::{Language, Unit};
use leptos::prelude::*;

/// The page's way of writing values: its language, the organization's currency and time zone.
///
/// Copy; call its methods inside a closure (`{move || format.money(total)}`) so that they follow a language switch.
#[derive(Clone, Copy)]
pub struct Format {
    language: Signal<Language>,
    frame: StoredValue<Frame>,
}

#[derive(Clone)]
struct Frame {
    currency: String,
    zone: ZoneTable,
    today: NaiveDate,
}

/// The page's [`Format`]. Without a signed-in person it writes euros and UTC.
#[must_use]
pub fn use_format() -> Format {
    let frame = use_session().map_or_else(
        || Frame {
            currency: "EUR".to_owned(),
            zone: ZoneTable::default(),
            today: NaiveDate::default(),
        },
        |session| Frame {
            currency: session.user.currency.clone(),
            zone: session.zone.clone(),
            today: session.user.today,
        },
    );
    Format {
        language: use_language(),
        frame: StoredValue::new(frame),
    }
}

impl Format {
    /// The language in which values are written now.
    #[must_use]
    pub fn language(self) -> Language {
        self.language.get()
    }

    /// `1.234` / `1,234`.
    #[must_use]
    pub fn number(self, value: i64) -> String {
        number(self.language(), value)
    }

    /// `+12`, `−3`, `0`.
    #[must_use]
    pub fn signed(self, value: i64) -> String {
        signed(self.language(), value)
    }

    /// A number with a fixed count of decimals: `3,4` / `3.4`.
    #[must_use]
    pub fn decimal(self, value: f64, digits: u8) -> String {
        decimal(self.language(), value, digits)
    }

    /// A share as a percentage: `0.125` with one digit is `12,5 %` / `12.5%`.
    #[must_use]
    pub fn percent(self, share: f64, digits: u8) -> String {
        percent(self.language(), share, digits)
    }

    /// A multiplier: `×1,25`.
    #[must_use]
    pub fn factor(self, value: f64) -> String {
        factor(self.language(), value)
    }

    /// Money of the organization, from minor units: `1.234,50 €` / `€1,234.50`.
    #[must_use]
    pub fn money(self, minor: i64) -> String {
        let language = self.language();
        self.frame
            .with_value(|frame| money(language, minor, &frame.currency))
    }

    /// Decimals of the organization's currency.
    #[must_use]
    pub fn minor_digits(self) -> u32 {
        self.frame.with_value(|frame| minor_digits(&frame.currency))
    }

    /// A quantity in base units: `84`, `1,25 kg`, `750 ml`.
    #[must_use]
    pub fn quantity(self, base: i64, unit: Unit) -> String {
        quantity(self.language(), base, unit)
    }

    /// As [`Format::quantity`], with the word for pieces: `84 uds.` / `84 pcs`.
    #[must_use]
    pub fn quantity_with_unit(self, base: i64, unit: Unit) -> String {
        quantity_with_unit(self.language(), base, unit)
    }

    /// A range: `62–91`.
    #[must_use]
    pub fn range(self, low: i64, high: i64) -> String {
        range(self.language(), low, high)
    }

    /// `vie 20 nov` / `Fri 20 Nov`.
    #[must_use]
    pub fn date_short(self, date: NaiveDate) -> String {
        date_short(self.language(), date)
    }

    /// `viernes, 20 de noviembre de 2026` / `Friday, 20 November 2026`.
    #[must_use]
    pub fn date_long(self, date: NaiveDate) -> String {
        date_long(self.language(), date)
    }

    /// `20/11/2026`.
    #[must_use]
    pub fn date_numeric(self, date: NaiveDate) -> String {
        date_numeric(date)
    }

    /// `viernes` / `Friday`.
    #[must_use]
    pub fn weekday(self, date: NaiveDate) -> &'static str {
        weekday(self.language(), date)
    }

    /// `hoy`, `mañana`, `ayer`, else `vie 20 nov`, seen from the organization's today.
    #[must_use]
    pub fn day(self, date: NaiveDate) -> String {
        let language = self.language();
        self.frame
            .with_value(|frame| day_relative(language, date, frame.today))
    }

    /// `05:30`.
    #[must_use]
    pub fn time(self, at: NaiveTime) -> String {
        time(at)
    }

    /// The local wall clock at an instant: `vie 20 nov, 05:30`.
    #[must_use]
    pub fn instant(self, at: DateTime<Utc>) -> String {
        date_time(self.language(), self.local(at))
    }

    /// The local time of day at an instant: `05:30`.
    #[must_use]
    pub fn instant_time(self, at: DateTime<Utc>) -> String {
        time(self.local(at).time())
    }

    /// An instant on the organization's wall clock.
    #[must_use]
    pub fn local(self, at: DateTime<Utc>) -> NaiveDateTime {
        self.frame.with_value(|frame| frame.zone.local(at))
    }

    /// `hace 5 min` / `5 min ago`; `now` comes from the view, never from a clock inside it.
    #[must_use]
    pub fn ago(self, at: DateTime<Utc>, now: DateTime<Utc>) -> String {
        ago(self.language(), (now - at).num_seconds())
    }

    /// `1 h 20 min`, from seconds.
    #[must_use]
    pub fn duration(self, seconds: i64) -> String {
        duration(self.language(), seconds)
    }
}
