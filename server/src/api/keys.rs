//! Keys of programs over REST.

use super::{Access, Endpoint, body};
use crate::state::AppState;
use crate::web::errors::{ApiError, ApiResult, Caller, answer};
use crate::web::idempotency::Confidential;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::{Extension, Json};
use contract::keys::{ApiKeyView, CreateApiKey, NewApiKey, RotateApiKey};
use contract::{ErrorCode, Page};
use domain::Permission;
use http::StatusCode;
use serde::Deserialize;
use services::{Ctx, ServiceError};
use utoipa::ToSchema;
use uuid::Uuid;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let manage = Access::Needs(Permission::KeysManage);
    vec![
        Endpoint::get("/api/v1/api-keys", manage, list)
            .named("listApiKeys")
            .summary("Keys of programs, newest first, ended ones too, without secrets")
            .asks::<Wanted>()
            .gives_page::<ApiKeyView>(),
        Endpoint::post("/api/v1/api-keys", manage, create)
            .named("createApiKey")
            .summary("Makes a key with a part of the caller's own rights and stores")
            .takes::<CreateApiKey>()
            .creates::<NewApiKey>(),
        Endpoint::post("/api/v1/api-keys/{id}/rotate", manage, rotate)
            .named("rotateApiKey")
            .summary("Another key in the place of this one, which still works for a while")
            .takes::<Rotation>()
            .creates::<NewApiKey>(),
        Endpoint::delete("/api/v1/api-keys/{id}", manage, revoke)
            .named("revokeApiKey")
            .summary("Ends the key and every token that was fetched with it, at once")
            .gives_nothing(),
    ]
}

/// Query of `GET /api/v1/api-keys`.
#[derive(Debug, Deserialize, ToSchema)]
struct Wanted {
    /// At most 200; 50 where nothing is said.
    #[schema(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// From `next` of the part before.
    after: Option<String>,
}

/// A key with its secret, which nobody keeps.
type Told = (StatusCode, Extension<Confidential>, Json<NewApiKey>);

/// Body of `POST /api/v1/api-keys/{id}/rotate`.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = ApiKeyRotation)]
#[serde(deny_unknown_fields)]
struct Rotation {
    command_id: Uuid,
    /// So long the old key still works, in seconds; a day where nothing is said.
    #[schema(maximum = 2592000)]
    #[serde(default)]
    grace_seconds: Option<u32>,
}

fn identifier(ctx: &Ctx, text: &str) -> Result<Uuid, ApiError> {
    // What is no identifier names nothing.
    text.parse()
        .map_err(|_| ApiError::new(ErrorCode::NotFound, "api key not found", &ctx.request_id))
}

/// `GET /api/v1/api-keys?limit=50&after=NEXT`: newest first, ended ones too, without secrets.
async fn list(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<Wanted>, QueryRejection>,
) -> ApiResult<Page<ApiKeyView>> {
    let Query(wanted) = asked.map_err(|rejection| {
        let error = ServiceError::field("query", "format", rejection.body_text());
        ApiError::from_service(error, &ctx.request_id)
    })?;
    let keys = state.services.api_keys();
    let listed = keys.list(&ctx, wanted.after.as_deref(), wanted.limit).await;
    answer(&ctx, listed)
}

/// `POST /api/v1/api-keys`: makes a key with a part of the caller's own rights and stores. The answer has the secret, this once: the same
/// `command_id` has one effect and is answered without it.
async fn create(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Json<CreateApiKey>, JsonRejection>,
) -> Result<Told, ApiError> {
    let command = body(&ctx, asked)?;
    let made = state.services.api_keys().create(&ctx, command).await;
    answer(&ctx, made).map(|made| (StatusCode::CREATED, Extension(Confidential), made))
}

/// `POST /api/v1/api-keys/{id}/rotate`: another key in the place of this one, which still works for `grace_seconds` (a day where nothing is
/// said). The answer has the secret, this once.
async fn rotate(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    asked: Result<Json<Rotation>, JsonRejection>,
) -> Result<Told, ApiError> {
    let key_id = identifier(&ctx, &id)?;
    let asked = body(&ctx, asked)?;
    let command = RotateApiKey {
        command_id: asked.command_id,
        key_id,
        grace_seconds: asked.grace_seconds,
    };
    let made = state.services.api_keys().rotate(&ctx, command).await;
    answer(&ctx, made).map(|made| (StatusCode::CREATED, Extension(Confidential), made))
}

/// `DELETE /api/v1/api-keys/{id}`: ends the key and every token that was fetched with it, at once. Answers 204, also where it has ended.
async fn revoke(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let key_id = identifier(&ctx, &id)?;
    let ended = state.services.api_keys().revoke(&ctx, key_id).await;
    answer(&ctx, ended).map(|_| StatusCode::NO_CONTENT)
}
