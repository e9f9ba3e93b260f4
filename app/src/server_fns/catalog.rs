//! Stores, categories and products with all that they are, for administrators.

use contract::assortment as wire;
use contract::catalog::{CategoryView, ProductView, StoreView};
use contract::wire::Compact;
use contract::{AppResult, Page};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use uuid::Uuid;

/// Stores in scope by code, and categories in the order of lists.
#[server(endpoint = "read_catalog", input = Json, output = Compact)]
pub async fn read_catalog() -> AppResult<(Vec<StoreView>, Vec<CategoryView>)> {
    crate::ssr::run(async |services, ctx| {
        let stores = services.catalog().stores(&ctx).await?;
        Ok((stores, services.catalog().categories(&ctx).await?))
    })
    .await
}

/// Adds or changes a store.
#[server(endpoint = "save_store", input = Json, output = Compact)]
pub async fn save_store(command: wire::SaveStore) -> AppResult<StoreView> {
    crate::ssr::run(async |services, ctx| services.catalog().save_store(&ctx, &command).await).await
}

/// Adds or changes a category.
#[server(endpoint = "save_category", input = Json, output = Compact)]
pub async fn save_category(command: wire::SaveCategory) -> AppResult<CategoryView> {
    crate::ssr::run(async |services, ctx| services.catalog().save_category(&ctx, &command).await)
        .await
}

/// Products by sku.
#[server(endpoint = "list_products", input = Json, output = Compact)]
pub async fn list_products(wanted: wire::ListProducts) -> AppResult<Page<ProductView>> {
    crate::ssr::run(async |services, ctx| services.catalog().list_products(&ctx, &wanted).await)
        .await
}

/// Adds or changes a product.
#[server(endpoint = "save_product", input = Json, output = Compact)]
pub async fn save_product(command: wire::SaveProduct) -> AppResult<ProductView> {
    crate::ssr::run(async |services, ctx| services.catalog().save_product(&ctx, &command).await)
        .await
}

/// The stores in scope that carry a product.
#[server(endpoint = "read_listed_stores", input = Json, output = Compact)]
pub async fn read_listed_stores(product_id: Uuid) -> AppResult<wire::ListedStores> {
    crate::ssr::run(async |services, ctx| services.catalog().listed_stores(&ctx, product_id).await)
        .await
}

/// Says which stores carry a product.
#[server(endpoint = "list_in_stores", input = Json, output = Compact)]
pub async fn list_in_stores(command: wire::ListInStores) -> AppResult<wire::ListedStores> {
    crate::ssr::run(async |services, ctx| services.catalog().list_in_stores(&ctx, &command).await)
        .await
}
