//! Time zones of organizations and stores.

use crate::{ServiceError, ServiceResult};
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use chrono_tz::Tz;

/// Reads an IANA name.
///
/// # Errors
/// [`ServiceError::Internal`] when a stored name is none.
pub fn zone(name: &str) -> ServiceResult<Tz> {
    name.parse()
        .map_err(|_| ServiceError::Internal(format!("{name:?} is not a time zone")))
}

/// The instant of a local time. A time that a clock change skips is taken an hour later; of one that occurs twice,
/// the first is taken.
#[must_use]
pub fn instant(zone: Tz, local: NaiveDateTime) -> DateTime<Utc> {
    match local.and_local_timezone(zone) {
        chrono::LocalResult::Single(t) | chrono::LocalResult::Ambiguous(t, _) => t.to_utc(),
        chrono::LocalResult::None => {
            match (local + chrono::TimeDelta::hours(1)).and_local_timezone(zone) {
                chrono::LocalResult::Single(t) | chrono::LocalResult::Ambiguous(t, _) => t.to_utc(),
                chrono::LocalResult::None => local.and_utc(),
            }
        }
    }
}

/// The trading day of an instant in a store's time zone.
#[must_use]
pub fn business_date(zone: Tz, at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&zone).date_naive()
}
