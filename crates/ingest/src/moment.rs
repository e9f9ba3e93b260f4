//! When a sale happened: on the shop's clock or as an instant.

use crate::fault::Reason;
use chrono::{
    DateTime, Datelike, Duration, FixedOffset, LocalResult, NaiveDate, NaiveDateTime, NaiveTime,
    TimeZone, Utc,
};
use chrono_tz::Tz;

/// How far ahead of us a till's clock may run before its sales count as future ones.
const CLOCK_SKEW: Duration = Duration::minutes(15);

/// Two rows of one ticket lie at most so far apart; a greater distance means that the number was used twice.
pub const TICKET_SPAN: Duration = Duration::hours(12);

/// A time as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// On the shop's own clock.
    Local(NaiveDateTime),
    /// With an offset or `Z`.
    Instant(DateTime<FixedOffset>),
}

impl When {
    /// Reads `YYYY-MM-DDTHH:MM[:SS[.fraction]]`, with a space for the `T` if so written, and an optional `Z` or offset
    /// (`+02:00`, `+0200`, `+02`).
    ///
    /// # Errors
    /// [`Reason::NotATimestamp`] or [`Reason::TooOld`].
    pub fn parse(text: &str) -> Result<Self, Reason> {
        let when = Self::read(text.as_bytes()).ok_or(Reason::NotATimestamp)?;
        if when.written().year() < 2000 {
            Err(Reason::TooOld)
        } else {
            Ok(when)
        }
    }

    fn read(text: &[u8]) -> Option<Self> {
        let date = NaiveDate::from_ymd_opt(
            i32::try_from(number(text.get(0..4)?)?).ok()?,
            number(text.get(5..7)?)?,
            number(text.get(8..10)?)?,
        )?;
        if text[4] != b'-'
            || text[7] != b'-'
            || !matches!(text.get(10)?, b'T' | b't' | b' ')
            || *text.get(13)? != b':'
        {
            return None;
        }
        let (hour, minute) = (number(&text[11..13])?, number(text.get(14..16)?)?);
        let mut rest = &text[16..];
        let mut second = 0;
        if let Some(after) = rest.strip_prefix(b":") {
            second = number(after.get(0..2)?)?;
            rest = &after[2..];
            if let Some(fraction) = rest.strip_prefix(b".") {
                let digits = fraction.iter().take_while(|b| b.is_ascii_digit()).count();
                if digits == 0 || digits > 9 {
                    return None;
                }
                rest = &fraction[digits..];
            }
        }
        // Fractions of a second say nothing about bread.
        let written = date.and_time(NaiveTime::from_hms_opt(hour, minute, second)?);
        if rest.is_empty() {
            return Some(Self::Local(written));
        }
        let offset = offset(rest)?;
        match offset.from_local_datetime(&written) {
            LocalResult::Single(instant) => Some(Self::Instant(instant)),
            _ => None,
        }
    }

    /// Date and time as written, whatever the zone.
    #[must_use]
    pub fn written(&self) -> NaiveDateTime {
        match self {
            Self::Local(t) => *t,
            Self::Instant(t) => t.naive_local(),
        }
    }

    /// Minutes for comparing rows of one file with each other.
    #[must_use]
    pub fn minutes(&self) -> i64 {
        match self {
            Self::Local(t) => t.and_utc().timestamp().div_euclid(60),
            Self::Instant(t) => t.timestamp().div_euclid(60),
        }
    }

    /// The instant, and the trading day in the shop's zone.
    ///
    /// An hour that occurs twice (autumn) is taken as its first occurrence; a time that the clock skipped (spring) as
    /// told by a till that was not put forward yet.
    #[must_use]
    pub fn place(&self, zone: Tz) -> (DateTime<Utc>, NaiveDate) {
        match self {
            Self::Instant(t) => (t.to_utc(), t.with_timezone(&zone).date_naive()),
            Self::Local(t) => (local_to_utc(*t, zone), t.date()),
        }
    }
}

/// The instant of a local time, see [`When::place`].
#[must_use]
pub fn local_to_utc(local: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(t) | LocalResult::Ambiguous(t, _) => t.to_utc(),
        LocalResult::None => match zone.from_local_datetime(&(local - Duration::hours(3))) {
            LocalResult::Single(t) | LocalResult::Ambiguous(t, _) => {
                t.to_utc() + Duration::hours(3)
            }
            LocalResult::None => local.and_utc(),
        },
    }
}

/// Whether a sale at this instant can be known at `now`.
#[must_use]
pub fn is_future(sold_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    sold_at > now + CLOCK_SKEW
}

fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0_u32, |n, b| {
        b.is_ascii_digit().then(|| n * 10 + u32::from(b - b'0'))
    })
}

fn offset(text: &[u8]) -> Option<FixedOffset> {
    let (sign, digits) = match text {
        b"Z" | b"z" => return FixedOffset::east_opt(0),
        [b'+', digits @ ..] => (1, digits),
        [b'-', digits @ ..] => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match digits.len() {
        2 => (number(digits)?, 0),
        4 => (number(&digits[..2])?, number(&digits[2..])?),
        5 if digits[2] == b':' => (number(&digits[..2])?, number(&digits[3..])?),
        _ => return None,
    };
    if hours > 15 || minutes > 59 {
        return None;
    }
    FixedOffset::east_opt(sign * i32::try_from(hours * 3600 + minutes * 60).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str) -> (String, String) {
        let (at, date) = When::parse(text).unwrap().place(chrono_tz::Europe::Madrid);
        (
            at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
            date.to_string(),
        )
    }

    #[test]
    fn local_times_are_read_on_the_shops_clock() {
        for text in [
            "2026-07-01T08:30",
            "2026-07-01 08:30:00",
            "2026-07-01t08:30:00.123",
        ] {
            assert_eq!(
                place(text),
                ("2026-07-01T06:30:00Z".into(), "2026-07-01".into()),
                "{text}"
            );
        }
        assert_eq!(place("2026-01-01T08:30").0, "2026-01-01T07:30:00Z");
    }

    #[test]
    fn an_offset_gives_the_instant_and_the_shop_gives_the_day() {
        assert_eq!(
            place("2026-07-01T23:30Z"),
            ("2026-07-01T23:30:00Z".into(), "2026-07-02".into())
        );
        for text in [
            "2026-07-01T10:00+02:00",
            "2026-07-01 10:00:00+0200",
            "2026-07-01T10:00+02",
        ] {
            assert_eq!(place(text).0, "2026-07-01T08:00:00Z", "{text}");
        }
    }

    #[test]
    fn hours_that_the_clock_repeats_or_skips_have_an_instant_too() {
        assert_eq!(place("2026-10-25T02:30").0, "2026-10-25T00:30:00Z");
        assert_eq!(
            place("2026-03-29T02:30"),
            ("2026-03-29T01:30:00Z".into(), "2026-03-29".into())
        );
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "2026-07-01",
            "01/07/2026 08:30",
            "2026-02-30T08:30",
            "2026-07-01T24:30",
            "2026-07-01T08:60",
            "2026-07-01T08:30:",
            "2026-07-01T08:30+25:00",
            "2026-07-01T08:30 Z",
            "2026-07-01X08:30",
            "１026-07-01T08:30",
            "2026-07-01T08:30:00.",
            "2026-07-01T8:30",
        ] {
            assert_eq!(When::parse(text), Err(Reason::NotATimestamp), "{text:?}");
        }
        assert_eq!(When::parse("1999-12-31T23:59"), Err(Reason::TooOld));
    }
}
