//! Transfers between stores, for the screens.

use contract::transfers as wire;
use contract::wire::Compact;
use contract::{AppError, Page, session::StoreOption};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

/// Transfers from or to the caller's stores.
#[server(endpoint = "list_transfers", input = Json, output = Compact)]
pub async fn list_transfers(
    wanted: wire::ListTransfers,
) -> Result<Page<wire::TransferView>, AppError> {
    crate::ssr::run(async |services, ctx| services.transfers().list(&ctx, &wanted).await).await
}

/// Every store that goods can come from or go to.
#[server(endpoint = "list_transfer_places", input = Json, output = Compact)]
pub async fn list_transfer_places() -> Result<Vec<StoreOption>, AppError> {
    crate::ssr::run(async |services, ctx| services.transfers().places(&ctx).await).await
}

/// Asks for goods or sends them.
#[server(endpoint = "create_transfer", input = Json, output = Compact)]
pub async fn create_transfer(
    command: wire::CreateTransfer,
) -> Result<wire::TransferView, AppError> {
    crate::ssr::run(async |services, ctx| services.transfers().create(&ctx, command).await).await
}

/// Sends what was asked for.
#[server(endpoint = "send_transfer", input = Json, output = Compact)]
pub async fn send_transfer(command: wire::SendTransfer) -> Result<wire::TransferView, AppError> {
    crate::ssr::run(async |services, ctx| services.transfers().send(&ctx, command).await).await
}

/// Puts what arrived onto the shelves.
#[server(endpoint = "receive_transfer", input = Json, output = Compact)]
pub async fn receive_transfer(
    command: wire::ReceiveTransfer,
) -> Result<wire::TransferView, AppError> {
    crate::ssr::run(async |services, ctx| services.transfers().receive(&ctx, command).await).await
}

/// Takes a transfer back.
#[server(endpoint = "cancel_transfer", input = Json, output = Compact)]
pub async fn cancel_transfer(
    command: wire::CancelTransfer,
) -> Result<wire::TransferView, AppError> {
    crate::ssr::run(async |services, ctx| services.transfers().cancel(&ctx, command).await).await
}
