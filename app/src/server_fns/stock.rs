//! Stock, for the screens.

use contract::AppError;
use contract::stock::{
    AdjustStock, CountView, LedgerView, PostCount, ReadLedger, RemoveStock, ReverseMovement, StockChange, StockLevels,
};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

/// The shelves of a store.
#[server(endpoint = "list_levels", input = Json)]
pub async fn list_levels(store_id: uuid::Uuid) -> Result<StockLevels, AppError> {
    crate::ssr::run(async |services, ctx| services.stock().levels(&ctx, store_id).await).await
}

/// The ledger of one shelf.
#[server(endpoint = "read_ledger", input = Json)]
pub async fn read_ledger(wanted: ReadLedger) -> Result<LedgerView, AppError> {
    crate::ssr::run(async |services, ctx| services.stock().ledger(&ctx, wanted).await).await
}

/// Books waste or a donation.
#[server(endpoint = "remove_stock", input = Json)]
pub async fn remove_stock(command: RemoveStock) -> Result<StockChange, AppError> {
    crate::ssr::run(async |services, ctx| services.stock().remove(&ctx, command).await).await
}

/// Corrects on hand by a difference.
#[server(endpoint = "adjust_stock", input = Json)]
pub async fn adjust_stock(command: AdjustStock) -> Result<StockChange, AppError> {
    crate::ssr::run(async |services, ctx| services.stock().adjust(&ctx, command).await).await
}

/// Takes a fresh booking back.
#[server(endpoint = "reverse_movement", input = Json)]
pub async fn reverse_movement(command: ReverseMovement) -> Result<StockChange, AppError> {
    crate::ssr::run(async |services, ctx| services.stock().reverse(&ctx, command).await).await
}

/// Writes down what was counted.
#[server(endpoint = "post_count", input = Json)]
pub async fn post_count(command: PostCount) -> Result<CountView, AppError> {
    crate::ssr::run(async |services, ctx| services.stock().count(&ctx, command).await).await
}
