//! Production orders, for the screens.

use contract::capacity;
use contract::catalog::ProductView;
use contract::dispatch;
use contract::orders as wire;
use contract::wire::Compact;
use contract::{AppError, Page};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

/// Orders in scope, latest production date first.
#[server(endpoint = "list_orders", input = Json, output = Compact)]
pub async fn list_orders(wanted: wire::ListOrders) -> Result<Page<wire::OrderView>, AppError> {
    crate::ssr::run(async |services, ctx| services.production_orders().list(&ctx, wanted).await)
        .await
}

/// One order with its history.
#[server(endpoint = "get_order", input = Json, output = Compact)]
pub async fn get_order(id: uuid::Uuid) -> Result<wire::OrderDetail, AppError> {
    crate::ssr::run(async |services, ctx| services.production_orders().get(&ctx, id).await).await
}

/// The kitchen's board of a day.
#[server(endpoint = "read_board", input = Json, output = Compact)]
pub async fn read_board(wanted: wire::ReadBoard) -> Result<wire::BoardView, AppError> {
    crate::ssr::run(async |services, ctx| services.production_orders().board(&ctx, wanted).await)
        .await
}

/// What goes out on a day, by shop.
#[server(endpoint = "read_dispatch", input = Json, output = Compact)]
pub async fn read_dispatch(
    wanted: dispatch::ReadDispatch,
) -> Result<dispatch::DispatchView, AppError> {
    crate::ssr::run(async |services, ctx| services.production_orders().dispatch(&ctx, wanted).await)
        .await
}

/// The labels of the batches of a day, or of one.
#[server(endpoint = "read_labels", input = Json, output = Compact)]
pub async fn read_labels(wanted: dispatch::ReadLabels) -> Result<dispatch::LabelsView, AppError> {
    crate::ssr::run(async |services, ctx| services.production_orders().labels(&ctx, wanted).await)
        .await
}

/// Whether the plan of a day fits into the ovens.
#[server(endpoint = "read_capacity", input = Json, output = Compact)]
pub async fn read_capacity(
    wanted: capacity::ReadCapacity,
) -> Result<capacity::CapacityView, AppError> {
    crate::ssr::run(async |services, ctx| services.production_orders().capacity(&ctx, wanted).await)
        .await
}

/// What the kitchens mix for a day.
#[server(endpoint = "read_mixes", input = Json, output = Compact)]
pub async fn read_mixes(wanted: capacity::ReadMixes) -> Result<capacity::MixesView, AppError> {
    crate::ssr::run(async |services, ctx| services.recipes().mixes(&ctx, wanted).await).await
}

/// Products to choose from where an order is planned or a list is filtered.
#[server(endpoint = "list_order_products", input = Json, output = Compact)]
pub async fn list_order_products() -> Result<Vec<ProductView>, AppError> {
    crate::ssr::run(async |services, ctx| services.catalog().products(&ctx).await).await
}

/// Plans a batch.
#[server(endpoint = "create_order", input = Json, output = Compact)]
pub async fn create_order(command: wire::CreateOrder) -> Result<wire::OrderView, AppError> {
    crate::ssr::run(async |services, ctx| services.production_orders().create(&ctx, command).await)
        .await
}

/// Changes a pending order.
#[server(endpoint = "edit_order", input = Json, output = Compact)]
pub async fn edit_order(command: wire::EditOrder) -> Result<wire::OrderView, AppError> {
    crate::ssr::run(async |services, ctx| services.production_orders().edit(&ctx, command).await)
        .await
}

/// Begins baking.
#[server(endpoint = "start_order", input = Json, output = Compact)]
pub async fn start_order(command: wire::StartOrder) -> Result<wire::OrderView, AppError> {
    crate::ssr::run(async |services, ctx| services.production_orders().start(&ctx, command).await)
        .await
}

/// Ends baking.
#[server(endpoint = "complete_order", input = Json, output = Compact)]
pub async fn complete_order(command: wire::CompleteOrder) -> Result<wire::OrderView, AppError> {
    crate::ssr::run(async |services, ctx| {
        services.production_orders().complete(&ctx, command).await
    })
    .await
}

/// Takes a fresh completion back.
#[server(endpoint = "recall_order", input = Json, output = Compact)]
pub async fn recall_order(command: wire::RecallOrder) -> Result<wire::OrderView, AppError> {
    crate::ssr::run(async |services, ctx| services.production_orders().recall(&ctx, command).await)
        .await
}

/// Gives an order up.
#[server(endpoint = "cancel_order", input = Json, output = Compact)]
pub async fn cancel_order(command: wire::CancelOrder) -> Result<wire::OrderView, AppError> {
    crate::ssr::run(async |services, ctx| services.production_orders().cancel(&ctx, command).await)
        .await
}
