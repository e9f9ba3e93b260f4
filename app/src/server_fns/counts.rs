//! Counting a store together, for the screens.

use contract::AppError;
use contract::counts as wire;
use contract::wire::Compact;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

/// The open sheet of a store.
#[server(endpoint = "read_count", input = Json, output = Compact)]
pub async fn read_count(store_id: uuid::Uuid) -> Result<wire::CountDesk, AppError> {
    crate::ssr::run(async |services, ctx| services.count_sheets().read(&ctx, store_id).await).await
}

/// Puts products onto the sheet.
#[server(endpoint = "plan_count", input = Json, output = Compact)]
pub async fn plan_count(command: wire::PlanCount) -> Result<wire::SheetAnswer, AppError> {
    crate::ssr::run(async |services, ctx| services.count_sheets().plan(&ctx, command).await).await
}

/// Writes onto the sheet what was found.
#[server(endpoint = "enter_counts", input = Json, output = Compact)]
pub async fn enter_counts(command: wire::EnterCounts) -> Result<wire::SheetAnswer, AppError> {
    crate::ssr::run(async |services, ctx| services.count_sheets().enter(&ctx, command).await).await
}

/// Hands the sheet in.
#[server(endpoint = "hand_in_count", input = Json, output = Compact)]
pub async fn hand_in_count(command: wire::HandInCount) -> Result<wire::SheetAnswer, AppError> {
    crate::ssr::run(async |services, ctx| services.count_sheets().hand_in(&ctx, command).await)
        .await
}

/// Agrees to a sheet that waits, or sends it back.
#[server(endpoint = "decide_count", input = Json, output = Compact)]
pub async fn decide_count(command: wire::DecideCount) -> Result<wire::SheetAnswer, AppError> {
    crate::ssr::run(async |services, ctx| services.count_sheets().decide(&ctx, command).await).await
}

/// Closes the sheet without booking anything.
#[server(endpoint = "drop_count", input = Json, output = Compact)]
pub async fn drop_count(command: wire::DropCount) -> Result<wire::SheetAnswer, AppError> {
    crate::ssr::run(async |services, ctx| services.count_sheets().drop_sheet(&ctx, command).await)
        .await
}
