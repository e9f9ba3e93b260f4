//! Standing orders, and one product for many stores, for the screens.

use contract::orders;
use contract::standing_orders as wire;
use contract::wire::Compact;
use contract::{AppError, Page};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

/// Standing orders in scope, newest first.
#[server(endpoint = "list_standing_orders", input = Json, output = Compact)]
pub async fn list_standing_orders(
    wanted: wire::ListStandingOrders,
) -> Result<Page<wire::StandingOrderView>, AppError> {
    crate::ssr::run(async |services, ctx| services.standing_orders().list(&ctx, wanted).await).await
}

/// Has a product baked on the same days of the week.
#[server(endpoint = "create_standing_order", input = Json, output = Compact)]
pub async fn create_standing_order(
    command: wire::CreateStandingOrder,
) -> Result<wire::StandingOrderView, AppError> {
    crate::ssr::run(async |services, ctx| services.standing_orders().create(&ctx, command).await)
        .await
}

/// Changes what is made from now on.
#[server(endpoint = "edit_standing_order", input = Json, output = Compact)]
pub async fn edit_standing_order(
    command: wire::EditStandingOrder,
) -> Result<wire::StandingOrderView, AppError> {
    crate::ssr::run(async |services, ctx| services.standing_orders().edit(&ctx, command).await)
        .await
}

/// Makes no more orders.
#[server(endpoint = "end_standing_order", input = Json, output = Compact)]
pub async fn end_standing_order(
    command: wire::EndStandingOrder,
) -> Result<wire::StandingOrderView, AppError> {
    crate::ssr::run(async |services, ctx| services.standing_orders().end(&ctx, command).await).await
}

/// What the stores will probably sell of a batch, to split it by.
#[server(endpoint = "read_split_weights", input = Json, output = Compact)]
pub async fn read_split_weights(
    wanted: orders::ReadSplitWeights,
) -> Result<orders::SplitWeights, AppError> {
    crate::ssr::run(async |services, ctx| {
        services
            .production_orders()
            .split_weights(&ctx, wanted)
            .await
    })
    .await
}

/// Plans one product for several stores: all of them or none.
#[server(endpoint = "create_orders", input = Json, output = Compact)]
pub async fn create_orders(
    command: orders::CreateOrders,
) -> Result<orders::CreatedOrders, AppError> {
    crate::ssr::run(async |services, ctx| {
        services
            .production_orders()
            .create_many(&ctx, command)
            .await
    })
    .await
}
