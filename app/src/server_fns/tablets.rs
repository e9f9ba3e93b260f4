//! Devices that the people of a store share.

use contract::AppError;
use contract::tablets as wire;
use contract::wire::Compact;
use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json};

/// Who can take this device over; nothing where it is not registered. A registered device may ask without a session.
#[server(endpoint = "read_tablet", input = GetUrl, output = Compact)]
pub async fn read_tablet() -> Result<Option<wire::TabletPicker>, AppError> {
    crate::ssr::at_tablet(async |services, tablet| services.tablets().picker(&tablet).await).await
}

/// The devices of the organization. Needs `users.read`.
#[server(endpoint = "list_tablets", input = GetUrl, output = Compact)]
pub async fn list_tablets() -> Result<Vec<wire::TabletView>, AppError> {
    crate::ssr::run(async |services, ctx| services.tablets().list(&ctx).await).await
}

/// Changes name and patience of a device. Needs `users.write`.
#[server(endpoint = "change_tablet", input = Json, output = Compact)]
pub async fn change_tablet(command: wire::ChangeTablet) -> Result<(), AppError> {
    crate::ssr::run(async |services, ctx| services.tablets().change(&ctx, command).await).await
}

/// Ends a device. Needs `users.write`.
#[server(endpoint = "revoke_tablet", input = Json, output = Compact)]
pub async fn revoke_tablet(command: wire::RevokeTablet) -> Result<(), AppError> {
    crate::ssr::run(async |services, ctx| services.tablets().revoke(&ctx, command).await).await
}
