//! Providers through which people come in.

use contract::AppResult;
use contract::single_sign_on::{ProviderView, RemoveProvider, SaveProvider};
use contract::wire::Compact;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

/// Providers, the oldest first, without secrets.
#[server(endpoint = "list_identity_providers", input = Json, output = Compact)]
pub async fn list_identity_providers() -> AppResult<Vec<ProviderView>> {
    crate::ssr::run(async |services, ctx| services.single_sign_on().list(&ctx).await).await
}

/// Adds or changes a provider.
#[server(endpoint = "save_identity_provider", input = Json, output = Compact)]
pub async fn save_identity_provider(command: SaveProvider) -> AppResult<ProviderView> {
    crate::ssr::run(async |services, ctx| services.single_sign_on().save(&ctx, &command).await)
        .await
}

/// Takes a provider away.
#[server(endpoint = "remove_identity_provider", input = Json, output = Compact)]
pub async fn remove_identity_provider(command: RemoveProvider) -> AppResult<()> {
    crate::ssr::run(async |services, ctx| services.single_sign_on().remove(&ctx, &command).await)
        .await
}
