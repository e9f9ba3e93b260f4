//! The store manager's first page.

use contract::AppResult;
use contract::today::TodayView;
use contract::wire::Compact;
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

/// Today and tomorrow of a store.
///
/// # Errors
/// The use case's.
#[server(endpoint = "view_today", input = GetUrl, output = Compact)]
pub async fn view_today(store_id: uuid::Uuid) -> AppResult<TodayView> {
    crate::ssr::run(async |services, ctx| services.today().view(&ctx, store_id).await).await
}
