//! Long lists in parts: how many rows, where the next part begins.

use crate::{ServiceError, ServiceResult};
use chrono::{DateTime, SecondsFormat, Utc};
use contract::Page;
use std::str::FromStr;
use uuid::Uuid;

const DEFAULT_LIMIT: u32 = 50;
const MAX_LIMIT: u32 = 200;

/// How many rows are asked for: 1 to 200, 50 where nothing is said.
pub(crate) fn limit_of(wanted: Option<u32>) -> usize {
    wanted.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT) as usize
}

/// The rows of a page and where the next one begins: `rows` has one more than `limit` where there is a next one.
pub(crate) fn cut<T>(
    mut rows: Vec<T>,
    limit: usize,
    place: impl Fn(&T) -> String,
) -> (Vec<T>, Option<String>) {
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(place);
    (rows, next)
}

/// [`cut`], with the views of the rows.
pub(crate) fn page<T, V>(
    rows: Vec<T>,
    limit: usize,
    place: impl Fn(&T) -> String,
    view: impl FnMut(T) -> V,
) -> Page<V> {
    let (rows, next) = cut(rows, limit, place);
    Page {
        items: rows.into_iter().map(view).collect(),
        next,
    }
}

/// A place in a list that the program did not write.
pub(crate) fn unreadable() -> ServiceError {
    ServiceError::field(
        "after",
        "unreadable",
        "This is not a place in the list; start from the top.",
    )
}

/// One part of a place.
pub(crate) fn part<T: FromStr>(text: &str) -> ServiceResult<T> {
    text.parse().map_err(|_| unreadable())
}

/// A place of two parts, as [`join`] wrote it.
pub(crate) fn split<A: FromStr, B: FromStr>(text: &str) -> ServiceResult<(A, B)> {
    let (first, second) = text.split_once('~').ok_or_else(unreadable)?;
    Ok((part(first)?, part(second)?))
}

/// A place of two parts.
pub(crate) fn join(first: impl std::fmt::Display, second: impl std::fmt::Display) -> String {
    format!("{first}~{second}")
}

/// A place at a moment.
pub(crate) fn at(moment: DateTime<Utc>, id: Uuid) -> String {
    join(moment.to_rfc3339_opts(SecondsFormat::Nanos, true), id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;

    #[test]
    fn a_place_is_read_as_it_was_written_and_scrap_is_refused() {
        let id = Uuid::from_u128(7);
        let moment: DateTime<Utc> = "2026-03-10T06:30:00.123456Z".parse().expect("a moment");
        assert_eq!(
            split::<DateTime<Utc>, Uuid>(&at(moment, id)).expect("a place"),
            (moment, id)
        );
        let date = NaiveDate::from_ymd_opt(2026, 3, 10).expect("a day");
        assert_eq!(
            split::<NaiveDate, i32>(&join(date, -4)).expect("a place"),
            (date, -4)
        );
        for scrap in ["", "~", "2026-03-10", "2026-03-10~", "~4", "x~4"] {
            assert!(split::<NaiveDate, i32>(scrap).is_err(), "{scrap}");
        }
    }

    #[test]
    fn the_last_page_has_no_next_one() {
        let place = |n: &i32| n.to_string();
        assert_eq!(cut(vec![1, 2, 3], 2, place), (vec![1, 2], Some("2".into())));
        assert_eq!(cut(vec![1, 2], 2, place), (vec![1, 2], None));
        assert_eq!(cut(vec![], 2, place), (vec![], None));
    }
}
