//! Stock, for the screens.

use contract::AppError;
use contract::stock as wire;
use contract::wire::Compact;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

/// The shelves of a store.
#[server(endpoint = "list_levels", input = Json, output = Compact)]
pub async fn list_levels(store_id: uuid::Uuid) -> Result<wire::StockLevels, AppError> {
    crate::ssr::run(async |services, ctx| services.stock().levels(&ctx, store_id).await).await
}

/// The ledger of one shelf.
#[server(endpoint = "read_ledger", input = Json, output = Compact)]
pub async fn read_ledger(wanted: wire::ReadLedger) -> Result<wire::LedgerView, AppError> {
    crate::ssr::run(async |services, ctx| services.stock().ledger(&ctx, wanted).await).await
}

/// What of the batches in a store will not be sold before it expires.
#[server(endpoint = "read_projected_waste", input = Json, output = Compact)]
pub async fn read_projected_waste(store_id: uuid::Uuid) -> Result<wire::ProjectedWaste, AppError> {
    crate::ssr::run(async |services, ctx| services.stock().projected_waste(&ctx, store_id).await)
        .await
}

/// What the books said of a shelf at a moment.
#[server(endpoint = "read_belief", input = Json, output = Compact)]
pub async fn read_belief(wanted: wire::ReadBelief) -> Result<wire::BeliefView, AppError> {
    crate::ssr::run(async |services, ctx| services.stock().believed(&ctx, wanted).await).await
}

/// Books waste or a donation.
#[server(endpoint = "remove_stock", input = Json, output = Compact)]
pub async fn remove_stock(command: wire::RemoveStock) -> Result<wire::StockChange, AppError> {
    crate::ssr::run(async |services, ctx| services.stock().remove(&ctx, command).await).await
}

/// Corrects on hand by a difference.
#[server(endpoint = "adjust_stock", input = Json, output = Compact)]
pub async fn adjust_stock(command: wire::AdjustStock) -> Result<wire::StockChange, AppError> {
    crate::ssr::run(async |services, ctx| services.stock().adjust(&ctx, command).await).await
}

/// Takes a fresh booking back.
#[server(endpoint = "reverse_movement", input = Json, output = Compact)]
pub async fn reverse_movement(
    command: wire::ReverseMovement,
) -> Result<wire::StockChange, AppError> {
    crate::ssr::run(async |services, ctx| services.stock().reverse(&ctx, command).await).await
}

/// Writes down what was counted.
#[server(endpoint = "post_count", input = Json, output = Compact)]
pub async fn post_count(command: wire::PostCount) -> Result<wire::CountView, AppError> {
    crate::ssr::run(async |services, ctx| services.stock().count(&ctx, command).await).await
}

/// What a store carries, for writing its first stock.
#[server(endpoint = "read_opening", input = Json, output = Compact)]
pub async fn read_opening(store_id: uuid::Uuid) -> Result<wire::OpeningSheet, AppError> {
    crate::ssr::run(async |services, ctx| services.stock().opening_sheet(&ctx, store_id).await)
        .await
}

/// Writes the first stock of a store.
#[server(endpoint = "post_opening", input = Json, output = Compact)]
pub async fn post_opening(command: wire::PostOpening) -> Result<wire::OpeningView, AppError> {
    crate::ssr::run(async |services, ctx| services.stock().open(&ctx, command).await).await
}
