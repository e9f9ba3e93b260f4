//! What a person must look at.

use contract::AppResult;
use contract::alerts as wire;
use contract::wire::Compact;
use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json};

/// Alerts of the stores in scope.
///
/// # Errors
/// The use case's.
#[server(endpoint = "list_alerts", input = GetUrl, output = Compact)]
pub async fn list_alerts(asked: wire::ListAlerts) -> AppResult<wire::AlertList> {
    crate::ssr::run(async |services, ctx| services.alerts().list(&ctx, &asked).await).await
}

/// Says that somebody is looking after it.
///
/// # Errors
/// The use case's.
#[server(endpoint = "acknowledge_alert", input = Json, output = Compact)]
pub async fn acknowledge_alert(command: wire::AcknowledgeAlert) -> AppResult<()> {
    crate::ssr::run(async |services, ctx| services.alerts().acknowledge(&ctx, &command).await).await
}
