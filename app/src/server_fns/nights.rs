//! Nightly runs and model versions, for the screens.

use contract::AppError;
use contract::nights as wire;
use contract::wire::Compact;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use uuid::Uuid;

/// Nights of the organization, newest first, with their steps.
#[server(endpoint = "list_nights", input = Json, output = Compact)]
pub async fn list_nights() -> Result<Vec<wire::NightView>, AppError> {
    crate::ssr::run(async |services, ctx| services.nights().list(&ctx, None, 30).await).await
}

/// One night with its steps.
#[server(endpoint = "get_night", input = Json, output = Compact)]
pub async fn get_night(run_id: Uuid) -> Result<wire::NightView, AppError> {
    crate::ssr::run(async |services, ctx| services.nights().get(&ctx, run_id).await).await
}

/// Starts a night by hand; the clock of the jobs takes it up within seconds.
#[server(endpoint = "start_night", input = Json, output = Compact)]
pub async fn start_night(command: wire::StartNight) -> Result<wire::NightView, AppError> {
    crate::ssr::run(async |services, ctx| services.nights().start(&ctx, &command).await).await
}
