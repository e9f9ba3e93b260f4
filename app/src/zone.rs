//! Local time of the organization without a time zone database in the browser: the server sends the few offsets that
//! matter around today.

use chrono::{DateTime, FixedOffset, NaiveDateTime, Offset, Utc};
use serde::{Deserialize, Serialize};

/// Offsets from UTC, each from an instant on, oldest first. Never empty when made by [`ZoneTable::around`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZoneTable {
    /// Seconds since the epoch from which on the offset holds, and the offset in seconds east of UTC.
    offsets: Vec<(i64, i32)>,
}

impl ZoneTable {
    /// The local wall clock at an instant. Outside the table's span the nearest known offset is used.
    #[must_use]
    pub fn local(&self, instant: DateTime<Utc>) -> NaiveDateTime {
        let seconds = instant.timestamp();
        let offset = self
            .offsets
            .iter()
            .rev()
            .find(|(from, _)| *from <= seconds)
            .or_else(|| self.offsets.first())
            .map_or(0, |(_, offset)| *offset);
        let offset = FixedOffset::east_opt(offset).unwrap_or_else(|| Utc.fix());
        instant.with_timezone(&offset).naive_local()
    }

    /// The offsets of `zone` (an IANA name) from two years and a bit before `today` to one year after it. An unknown
    /// name yields UTC, as everywhere on the server.
    #[cfg(feature = "ssr")]
    #[must_use]
    pub fn around(zone: &str, today: chrono::NaiveDate) -> Self {
        use chrono::{Days, TimeZone};

        let zone: chrono_tz::Tz = zone.parse().unwrap_or(chrono_tz::Tz::UTC);
        let offset_at = |seconds: i64| {
            DateTime::from_timestamp(seconds, 0).map_or(0, |at| {
                zone.offset_from_utc_datetime(&at.naive_utc())
                    .fix()
                    .local_minus_utc()
            })
        };
        let at = |date: Option<chrono::NaiveDate>| {
            date.unwrap_or(today)
                .and_time(chrono::NaiveTime::MIN)
                .and_utc()
                .timestamp()
        };
        let (start, end) = (
            at(today.checked_sub_days(Days::new(800))),
            at(today.checked_add_days(Days::new(400))),
        );

        let mut offsets = vec![(start, offset_at(start))];
        let mut known = start;
        while known < end {
            // Zones change far less often than weekly, so a week's two ends tell whether it holds a change.
            let next = known + 7 * 86_400;
            let (mut low, mut high) = (known, next);
            if offset_at(low) != offset_at(high) {
                let before = offset_at(low);
                while high - low > 1 {
                    let middle = low + (high - low) / 2;
                    if offset_at(middle) == before {
                        low = middle
                    } else {
                        high = middle
                    }
                }
                offsets.push((high, offset_at(high)));
            }
            known = next;
        }
        Self { offsets }
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::ZoneTable;
    use chrono::{NaiveDate, TimeZone, Utc};

    #[test]
    fn summer_and_winter_time_of_madrid_change_on_the_minute() {
        let table = ZoneTable::around(
            "Europe/Madrid",
            NaiveDate::from_ymd_opt(2026, 11, 20).unwrap(),
        );
        let text = |h, m| {
            table
                .local(Utc.with_ymd_and_hms(2026, 10, 25, h, m, 0).unwrap())
                .to_string()
        };
        assert_eq!(text(0, 59), "2026-10-25 02:59:00");
        assert_eq!(text(1, 0), "2026-10-25 02:00:00");
        let summer = Utc.with_ymd_and_hms(2025, 7, 1, 4, 0, 0).unwrap();
        assert_eq!(table.local(summer).to_string(), "2025-07-01 06:00:00");
    }

    #[test]
    fn an_unknown_zone_is_utc() {
        let table = ZoneTable::around(
            "Mars/Olympus",
            NaiveDate::from_ymd_opt(2026, 11, 20).unwrap(),
        );
        let at = Utc.with_ymd_and_hms(2026, 1, 1, 4, 0, 0).unwrap();
        assert_eq!(table.local(at), at.naive_utc());
    }
}
