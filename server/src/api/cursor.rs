//! Places in long lists. Programs outside carry them as they are: what they are made of may change.

use crate::web::errors::{ApiError, ApiResult};
use axum::Json;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contract::Page;
use serde::Deserialize;
use services::{Ctx, ServiceError, ServiceResult};

const DEFAULT_LIMIT: u32 = 50;
const MAX_LIMIT: u32 = 200;

/// Which part of a list is wanted: `?limit=1..200&after=CURSOR`.
#[derive(Clone, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Part {
    /// From `next` of the part before.
    #[serde(default)]
    pub after: Option<String>,
    /// 50 where nothing is said.
    #[schema(minimum = 1, maximum = 200)]
    #[serde(default)]
    pub limit: Option<u32>,
}

fn invalid(ctx: &Ctx, field: &str, reason: &str, message: &str) -> ApiError {
    ApiError::from_service(ServiceError::field(field, reason, message), &ctx.request_id)
}

fn write(place: &str) -> String {
    URL_SAFE_NO_PAD.encode(place)
}

fn read(text: &str) -> Option<String> {
    let place = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
    // PostgreSQL takes no text with a zero in it, and no place of ours has such signs.
    (!place.chars().any(char::is_control)).then_some(place)
}

/// Reads the cursor in a question where it stands, and refuses limits other than 1 to 200.
pub(super) fn open(
    ctx: &Ctx,
    after: &mut Option<String>,
    limit: Option<u32>,
) -> Result<(), ApiError> {
    if limit.is_some_and(|limit| !(1..=MAX_LIMIT).contains(&limit)) {
        return Err(invalid(
            ctx,
            "limit",
            "number.range",
            "A page has 1 to 200 items.",
        ));
    }
    if let Some(text) = after.as_deref() {
        let Some(place) = read(text) else {
            return Err(invalid(
                ctx,
                "after",
                "unreadable",
                "This is not a place in the list; start from the top.",
            ));
        };
        *after = Some(place);
    }
    Ok(())
}

/// A page of a use case, its cursor closed.
pub(super) fn page<T>(ctx: &Ctx, result: ServiceResult<Page<T>>) -> ApiResult<Page<T>> {
    result
        .map(|page| {
            Json(Page {
                items: page.items,
                next: page.next.as_deref().map(write),
            })
        })
        .map_err(|error| ApiError::from_service(error, &ctx.request_id))
}

/// A page of a list that is read whole, by its key, which no two items share.
pub(super) fn part_of<T>(
    ctx: &Ctx,
    result: ServiceResult<Vec<T>>,
    mut part: Part,
    key: impl Fn(&T) -> String,
) -> ApiResult<Page<T>> {
    open(ctx, &mut part.after, part.limit)?;
    let limit = part.limit.unwrap_or(DEFAULT_LIMIT) as usize;
    let cut = |mut items: Vec<T>| {
        items.sort_by_cached_key(&key);
        if let Some(after) = &part.after {
            items.retain(|item| key(item) > *after);
        }
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(&key);
        Page { items, next }
    };
    page(ctx, result.map(cut))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, Utc};

    fn ctx() -> Ctx {
        let now: DateTime<Utc> = "2026-03-10T06:30:00Z".parse().expect("a moment");
        Ctx::system(uuid::Uuid::from_u128(1), "test", now)
    }

    #[test]
    fn a_list_is_read_page_by_page_and_every_item_comes_once() {
        let all: Vec<String> = (0..7).map(|n| format!("ñ{n}")).collect();
        let mut part = Part {
            after: None,
            limit: Some(3),
        };
        let mut seen = Vec::new();
        loop {
            let Json(page) =
                part_of(&ctx(), Ok(all.clone()), part.clone(), Clone::clone).expect("a page");
            seen.extend(page.items);
            part.after = page.next;
            if part.after.is_none() {
                break;
            }
        }
        assert_eq!(seen, all);
    }

    #[test]
    fn scrap_and_pages_of_nothing_or_of_too_much_are_refused() {
        for (after, limit) in [
            (Some("?"), None),
            (Some("_w"), None),
            (Some("AA"), None),
            (None, Some(0)),
            (None, Some(201)),
        ] {
            let mut place = after.map(str::to_owned);
            assert!(
                open(&ctx(), &mut place, limit).is_err(),
                "{after:?} {limit:?}"
            );
        }
    }
}
