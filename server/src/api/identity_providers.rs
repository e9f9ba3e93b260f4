//! Providers of single sign-on, over REST.

use super::changes::{Removal, changed, done, identifier, query, seen, shown};
use super::cursor::{self, Part};
use super::{Access, Endpoint, body};
use crate::state::AppState;
use crate::web::errors::{ApiError, ApiResult, Caller, answer};
use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::response::Response;
use contract::Page;
use contract::single_sign_on::{ProviderValues, ProviderView, RemoveProvider, SaveProvider};
use domain::Permission;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let write = Access::Needs(Permission::SettingsWrite);
    vec![
        Endpoint::get("/api/v1/identity-providers", write, list)
            .named("listIdentityProviders")
            .summary("Providers through which people come in, without secrets")
            .asks::<Part>()
            .gives_page::<ProviderView>(),
        Endpoint::post("/api/v1/identity-providers", write, create)
            .named("createIdentityProvider")
            .summary("Names a provider of OpenID Connect; needs every right of administration")
            .takes::<NewProvider>()
            .creates::<ProviderView>(),
        Endpoint::get("/api/v1/identity-providers/{id}", write, show)
            .named("readIdentityProvider")
            .summary("One provider, without its secret")
            .gives::<ProviderView>(),
        Endpoint::put("/api/v1/identity-providers/{id}", write, put)
            .named("changeIdentityProvider")
            .summary("All that the provider is from now on; needs every right of administration")
            .takes::<PutProvider>()
            .gives::<ProviderView>(),
        Endpoint::delete("/api/v1/identity-providers/{id}", write, remove)
            .named("removeIdentityProvider")
            .summary("Takes a provider away; its people stay")
            .asks::<Removal>()
            .gives_nothing(),
    ]
}

/// Body of `POST /api/v1/identity-providers`.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewIdentityProvider)]
#[serde(deny_unknown_fields)]
struct NewProvider {
    command_id: Uuid,
    values: ProviderValues,
    /// The client's secret at the provider; nothing for a client without one.
    #[serde(default)]
    #[schema(max_length = 500)]
    client_secret: Option<String>,
}

/// Body of `PUT /api/v1/identity-providers/{id}`.
#[derive(Deserialize, ToSchema)]
#[schema(as = IdentityProviderEdit)]
#[serde(deny_unknown_fields)]
struct PutProvider {
    command_id: Uuid,
    /// The version that was read, where `If-Match` does not name it.
    #[serde(default)]
    version: Option<i32>,
    values: ProviderValues,
    /// Nothing = the one that is kept, empty = none.
    #[serde(default)]
    #[schema(max_length = 500)]
    client_secret: Option<String>,
}

const NO_PROVIDER: &str = "identity provider not found";

/// `GET /api/v1/identity-providers?limit=50&after=CURSOR`: providers, the oldest first, without secrets.
async fn list(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<Part>, QueryRejection>,
) -> ApiResult<Page<ProviderView>> {
    let part = query(&ctx, asked)?;
    let providers = state.services.single_sign_on().list(&ctx).await;
    cursor::part_of(&ctx, providers, part, |provider| provider.id.to_string())
}

/// `POST /api/v1/identity-providers`: a new provider, `values` with all that it is. The same `command_id` has one effect and one answer. 201.
async fn create(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Json<NewProvider>, JsonRejection>,
) -> Result<(StatusCode, Json<ProviderView>), ApiError> {
    let asked = body(&ctx, asked)?;
    let command = SaveProvider {
        command_id: asked.command_id,
        provider_id: None,
        version: 0,
        values: asked.values,
        client_secret: asked.client_secret,
    };
    let made = state.services.single_sign_on().save(&ctx, &command).await;
    answer(&ctx, made).map(|made| (StatusCode::CREATED, made))
}

/// `GET /api/v1/identity-providers/{id}`: one provider, its version as `ETag`.
async fn show(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let id = identifier(&ctx, &id, NO_PROVIDER)?;
    let result = state.services.single_sign_on().get(&ctx, id).await;
    shown(&ctx, result, |provider| provider.version)
}

/// `PUT /api/v1/identity-providers/{id}` with `If-Match` or `version`: all that the provider is from now on.
async fn put(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    asked: Result<Json<PutProvider>, JsonRejection>,
) -> Result<Response, ApiError> {
    let id = identifier(&ctx, &id, NO_PROVIDER)?;
    let asked = body(&ctx, asked)?;
    let seen = seen(&ctx, &headers, asked.version)?;
    let command = SaveProvider {
        command_id: asked.command_id,
        provider_id: Some(id),
        version: seen.version,
        values: asked.values,
        client_secret: asked.client_secret,
    };
    let result = state.services.single_sign_on().save(&ctx, &command).await;
    Ok(changed(&ctx, seen, result, |provider| provider.version))
}

/// `DELETE /api/v1/identity-providers/{id}?command_id=ID`: takes a provider away. Its people stay, and come in by password. 204.
async fn remove(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    asked: Result<Query<Removal>, QueryRejection>,
) -> Result<StatusCode, ApiError> {
    let command = RemoveProvider {
        provider_id: identifier(&ctx, &id, NO_PROVIDER)?,
        command_id: query(&ctx, asked)?.command_id(),
    };
    let providers = state.services.single_sign_on();
    done(&ctx, providers.remove(&ctx, &command).await)
}
