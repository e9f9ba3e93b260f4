//! Stores, categories and products over REST.

use super::changes::{changed, identifier, query, seen, shown};
use super::cursor::{self, Part};
use super::{Access, Endpoint, body};
use crate::state::AppState;
use crate::web::errors::{ApiError, ApiResult, Caller, answer};
use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::response::Response;
use contract::Page;
use contract::assortment::{
    CategoryValues, ListInStores, ListProducts, ListedStores, ProductValues, SaveCategory,
    SaveProduct, SaveStore, StoreValues,
};
use contract::catalog::{CategoryView, ProductView, StoreView};
use domain::Permission;
use http::HeaderMap;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let read = Access::Needs(Permission::CatalogRead);
    let write = Access::Needs(Permission::SettingsWrite);
    vec![
        Endpoint::get("/api/v1/stores", read, list_stores)
            .named("listStores")
            .summary("The stores in scope, by code")
            .asks::<Part>()
            .gives_page::<StoreView>(),
        Endpoint::post("/api/v1/stores", write, add_store)
            .named("createStore")
            .summary("A new store")
            .takes::<NewStore>()
            .gives::<StoreView>(),
        Endpoint::get("/api/v1/stores/{id}", read, show_store)
            .named("readStore")
            .summary("One store, its version as `ETag`")
            .gives::<StoreView>(),
        Endpoint::put("/api/v1/stores/{id}", write, put_store)
            .named("changeStore")
            .summary("All that the store is from now on")
            .takes::<PutStore>()
            .gives::<StoreView>(),
        Endpoint::get("/api/v1/categories", read, list_categories)
            .named("listCategories")
            .summary("Categories, by name")
            .asks::<Part>()
            .gives_page::<CategoryView>(),
        Endpoint::post("/api/v1/categories", write, add_category)
            .named("createCategory")
            .summary("A new category")
            .takes::<NewCategory>()
            .gives::<CategoryView>(),
        Endpoint::get("/api/v1/categories/{id}", read, show_category)
            .named("readCategory")
            .summary("One category, its version as `ETag`")
            .gives::<CategoryView>(),
        Endpoint::put("/api/v1/categories/{id}", write, put_category)
            .named("changeCategory")
            .summary("All that the category is from now on")
            .takes::<PutCategory>()
            .gives::<CategoryView>(),
        Endpoint::get("/api/v1/products", read, list_products)
            .named("listProducts")
            .summary("Products, by sku")
            .asks::<ListProducts>()
            .gives_page::<ProductView>(),
        Endpoint::post("/api/v1/products", write, add_product)
            .named("createProduct")
            .summary("A new product")
            .takes::<NewProduct>()
            .gives::<ProductView>(),
        Endpoint::get("/api/v1/products/{id}", read, show_product)
            .named("readProduct")
            .summary("One product, its version as `ETag`")
            .gives::<ProductView>(),
        Endpoint::put("/api/v1/products/{id}", write, put_product)
            .named("changeProduct")
            .summary("All that the product is from now on")
            .takes::<PutProduct>()
            .gives::<ProductView>(),
        Endpoint::get("/api/v1/products/{id}/stores", read, listed_stores)
            .named("listProductStores")
            .summary("The stores in scope that carry it")
            .gives::<ListedStores>(),
        Endpoint::put("/api/v1/products/{id}/stores", write, list_in_stores)
            .named("setProductStores")
            .summary("The stores that carry it from now on; others in scope do not")
            .takes::<Stores>()
            .gives::<ListedStores>(),
    ]
}

/// Body of `POST /api/v1/stores`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewStore {
    command_id: Uuid,
    values: StoreValues,
}

/// Body of `PUT /api/v1/stores/{id}`.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = StoreEdit)]
#[serde(deny_unknown_fields)]
struct PutStore {
    command_id: Uuid,
    /// The version that was read, where `If-Match` does not name it.
    #[serde(default)]
    version: Option<i32>,
    values: StoreValues,
}

/// Body of `POST /api/v1/categories`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewCategory {
    command_id: Uuid,
    values: CategoryValues,
}

/// Body of `PUT /api/v1/categories/{id}`.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = CategoryEdit)]
#[serde(deny_unknown_fields)]
struct PutCategory {
    command_id: Uuid,
    /// The version that was read, where `If-Match` does not name it.
    #[serde(default)]
    version: Option<i32>,
    values: CategoryValues,
}

/// Body of `POST /api/v1/products`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewProduct {
    command_id: Uuid,
    values: ProductValues,
}

/// Body of `PUT /api/v1/products/{id}`.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = ProductEdit)]
#[serde(deny_unknown_fields)]
struct PutProduct {
    command_id: Uuid,
    /// The version that was read, where `If-Match` does not name it.
    #[serde(default)]
    version: Option<i32>,
    values: ProductValues,
}

/// Body of `PUT /api/v1/products/{id}/stores`.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = ProductStores)]
#[serde(deny_unknown_fields)]
struct Stores {
    command_id: Uuid,
    stores: Vec<Uuid>,
}

/// `GET /api/v1/stores?limit=50&after=CURSOR`: the stores in scope, by code.
async fn list_stores(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<Part>, QueryRejection>,
) -> ApiResult<Page<StoreView>> {
    let part = query(&ctx, asked)?;
    let stores = state.services.catalog().stores(&ctx).await;
    cursor::part_of(&ctx, stores, part, |store| store.code.clone())
}

/// `POST /api/v1/stores`: a new store, `values` with all that it is. No product is carried there yet. The same `command_id` has one effect
/// and one answer.
async fn add_store(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Json<NewStore>, JsonRejection>,
) -> Result<Response, ApiError> {
    let asked = body(&ctx, asked)?;
    let command = SaveStore {
        command_id: asked.command_id,
        store_id: None,
        version: 0,
        values: asked.values,
    };
    let result = state.services.catalog().save_store(&ctx, &command).await;
    shown(&ctx, result, |store| store.version)
}

/// `GET /api/v1/stores/{id}`: one store, its version as `ETag`.
async fn show_store(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let id = identifier(&ctx, &id, "store not found")?;
    let result = state.services.catalog().store(&ctx, id).await;
    shown(&ctx, result, |store| store.version)
}

/// `PUT /api/v1/stores/{id}` with `If-Match` or `version`: all that the store is from now on; `active` false closes it for good.
async fn put_store(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    asked: Result<Json<PutStore>, JsonRejection>,
) -> Result<Response, ApiError> {
    let id = identifier(&ctx, &id, "store not found")?;
    let asked = body(&ctx, asked)?;
    let seen = seen(&ctx, &headers, asked.version)?;
    let command = SaveStore {
        command_id: asked.command_id,
        store_id: Some(id),
        version: seen.version,
        values: asked.values,
    };
    let result = state.services.catalog().save_store(&ctx, &command).await;
    Ok(changed(&ctx, seen, result, |store| store.version))
}

/// `GET /api/v1/categories?limit=50&after=CURSOR`: categories by name; `position` is their order on lists.
async fn list_categories(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<Part>, QueryRejection>,
) -> ApiResult<Page<CategoryView>> {
    let part = query(&ctx, asked)?;
    let categories = state.services.catalog().categories(&ctx).await;
    cursor::part_of(&ctx, categories, part, |category| category.name.clone())
}

/// `POST /api/v1/categories`: a new category. The same `command_id` has one effect and one answer.
async fn add_category(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Json<NewCategory>, JsonRejection>,
) -> Result<Response, ApiError> {
    let asked = body(&ctx, asked)?;
    let command = SaveCategory {
        command_id: asked.command_id,
        category_id: None,
        version: 0,
        values: asked.values,
    };
    let result = state.services.catalog().save_category(&ctx, &command).await;
    shown(&ctx, result, |category| category.version)
}

/// `GET /api/v1/categories/{id}`: one category, its version as `ETag`.
async fn show_category(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let id = identifier(&ctx, &id, "category not found")?;
    let result = state.services.catalog().category(&ctx, id).await;
    shown(&ctx, result, |category| category.version)
}

/// `PUT /api/v1/categories/{id}` with `If-Match` or `version`: another name or place.
async fn put_category(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    asked: Result<Json<PutCategory>, JsonRejection>,
) -> Result<Response, ApiError> {
    let id = identifier(&ctx, &id, "category not found")?;
    let asked = body(&ctx, asked)?;
    let seen = seen(&ctx, &headers, asked.version)?;
    let command = SaveCategory {
        command_id: asked.command_id,
        category_id: Some(id),
        version: seen.version,
        values: asked.values,
    };
    let result = state.services.catalog().save_category(&ctx, &command).await;
    Ok(changed(&ctx, seen, result, |category| category.version))
}

/// `GET /api/v1/products?category_id=ID&search=TEXT&active=true&limit=50&after=CURSOR`: products by sku; `search` looks for a part of name or
/// sku, whatever its case and accents.
async fn list_products(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<ListProducts>, QueryRejection>,
) -> ApiResult<Page<ProductView>> {
    let mut wanted = query(&ctx, asked)?;
    cursor::open(&ctx, &mut wanted.after, wanted.limit)?;
    let result = state.services.catalog().list_products(&ctx, &wanted).await;
    cursor::page(&ctx, result)
}

/// `POST /api/v1/products`: a new product, `values` with all that it is. No store carries it yet. The same `command_id` has one effect and one
/// answer.
async fn add_product(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Json<NewProduct>, JsonRejection>,
) -> Result<Response, ApiError> {
    let asked = body(&ctx, asked)?;
    let command = SaveProduct {
        command_id: asked.command_id,
        product_id: None,
        version: 0,
        values: asked.values,
    };
    let result = state.services.catalog().save_product(&ctx, &command).await;
    shown(&ctx, result, |product| product.version)
}

/// `GET /api/v1/products/{id}`: one product, its version as `ETag`.
async fn show_product(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let id = identifier(&ctx, &id, "product not found")?;
    let result = state.services.catalog().product(&ctx, id).await;
    shown(&ctx, result, |product| product.version)
}

/// `PUT /api/v1/products/{id}` with `If-Match` or `version`: all that the product is from now on; `active` false takes it off every list. Its
/// unit cannot change; cost and allergens of a product with a recipe follow from the recipe.
async fn put_product(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    asked: Result<Json<PutProduct>, JsonRejection>,
) -> Result<Response, ApiError> {
    let id = identifier(&ctx, &id, "product not found")?;
    let asked = body(&ctx, asked)?;
    let seen = seen(&ctx, &headers, asked.version)?;
    let command = SaveProduct {
        command_id: asked.command_id,
        product_id: Some(id),
        version: seen.version,
        values: asked.values,
    };
    let result = state.services.catalog().save_product(&ctx, &command).await;
    Ok(changed(&ctx, seen, result, |product| product.version))
}

/// `GET /api/v1/products/{id}/stores`: the stores in scope that carry it.
async fn listed_stores(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
) -> ApiResult<ListedStores> {
    let id = identifier(&ctx, &id, "product not found")?;
    answer(&ctx, state.services.catalog().listed_stores(&ctx, id).await)
}

/// `PUT /api/v1/products/{id}/stores`: the stores that carry it from now on; others in scope do not. The same `command_id` has one effect.
async fn list_in_stores(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    asked: Result<Json<Stores>, JsonRejection>,
) -> ApiResult<ListedStores> {
    let id = identifier(&ctx, &id, "product not found")?;
    let asked = body(&ctx, asked)?;
    let command = ListInStores {
        command_id: asked.command_id,
        product_id: id,
        stores: asked.stores,
    };
    let catalog = state.services.catalog();
    answer(&ctx, catalog.list_in_stores(&ctx, &command).await)
}
