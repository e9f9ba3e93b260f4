//! Holidays, events, closures and promotions.

use contract::AppResult;
use contract::calendar as wire;
use contract::wire::Compact;
use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json};

/// What touches some days.
///
/// # Errors
/// The use case's.
#[server(endpoint = "list_calendar", input = GetUrl, output = Compact)]
pub async fn list_calendar(asked: wire::CalendarQuery) -> AppResult<wire::CalendarView> {
    crate::ssr::run(async |services, ctx| services.calendar().list(&ctx, &asked).await).await
}

/// Creates or changes a holiday, event or closure.
///
/// # Errors
/// The use case's.
#[server(endpoint = "save_calendar_entry", input = Json, output = Compact)]
pub async fn save_calendar_entry(
    command: wire::SaveCalendarEntry,
) -> AppResult<wire::CalendarEntryView> {
    crate::ssr::run(async |services, ctx| services.calendar().save_entry(&ctx, &command).await)
        .await
}

/// Takes a holiday, event or closure away.
///
/// # Errors
/// The use case's.
#[server(endpoint = "delete_calendar_entry", input = Json, output = Compact)]
pub async fn delete_calendar_entry(command: wire::DeleteCalendarEntry) -> AppResult<()> {
    crate::ssr::run(async |services, ctx| services.calendar().delete_entry(&ctx, &command).await)
        .await
}

/// Creates or changes a promotion.
///
/// # Errors
/// The use case's.
#[server(endpoint = "save_promotion", input = Json, output = Compact)]
pub async fn save_promotion(command: wire::SavePromotion) -> AppResult<wire::PromotionView> {
    crate::ssr::run(async |services, ctx| services.calendar().save_promotion(&ctx, &command).await)
        .await
}

/// Takes a promotion away.
///
/// # Errors
/// The use case's.
#[server(endpoint = "delete_promotion", input = Json, output = Compact)]
pub async fn delete_promotion(command: wire::DeletePromotion) -> AppResult<()> {
    crate::ssr::run(async |services, ctx| {
        services.calendar().delete_promotion(&ctx, &command).await
    })
    .await
}
