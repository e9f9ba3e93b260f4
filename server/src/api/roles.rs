//! Roles, and the devices that the people of a store share, over REST.

use super::changes::{Removal, changed, done, identifier, query, seen, shown};
use super::cursor::{self, Part};
use super::{Access, Endpoint, body};
use crate::state::AppState;
use crate::web::errors::{ApiError, ApiResult, Caller};
use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::response::Response;
use contract::Page;
use contract::roles::{ChangeRole, CreateRole, DeleteRole, RoleView};
use contract::tablets::{RevokeTablet, TabletView};
use domain::Permission;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let read = Access::Needs(Permission::UsersRead);
    let write = Access::Needs(Permission::UsersWrite);
    vec![
        Endpoint::get("/api/v1/roles", read, list)
            .named("listRoles")
            .summary("Roles by name, the four and the organization's own")
            .asks::<Part>()
            .gives_page::<RoleView>(),
        Endpoint::post("/api/v1/roles", write, create)
            .named("createRole")
            .summary("A role of the organization's own")
            .takes::<CreateRole>()
            .gives::<RoleView>(),
        Endpoint::get("/api/v1/roles/{id}", read, show)
            .named("readRole")
            .summary("One role, its version as `ETag`")
            .gives::<RoleView>(),
        Endpoint::put("/api/v1/roles/{id}", write, put)
            .named("changeRole")
            .summary("All that a role of the organization's own allows from now on")
            .takes::<RoleEdit>()
            .gives::<RoleView>(),
        Endpoint::delete("/api/v1/roles/{id}", write, remove)
            .named("deleteRole")
            .summary("Deletes a role that nobody holds")
            .asks::<Removal>()
            .gives_nothing(),
        Endpoint::get("/api/v1/tablets", read, tablets)
            .named("listTablets")
            .summary("Shared devices of the stores in scope, ended ones too")
            .asks::<Part>()
            .gives_page::<TabletView>(),
        Endpoint::delete("/api/v1/tablets/{id}", write, end_tablet)
            .named("revokeTablet")
            .summary("Ends a shared device, and who is signed in on it by PIN")
            .gives_nothing(),
    ]
}

/// Body of `PUT /api/v1/roles/{id}`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RoleEdit {
    command_id: Uuid,
    /// The version that was read, where `If-Match` does not name it.
    #[serde(default)]
    version: Option<i32>,
    /// 1 to 60 characters, as no other role of the organization.
    #[schema(min_length = 1, max_length = 60)]
    name: String,
    #[schema(min_items = 1)]
    permissions: Vec<Permission>,
}

/// `GET /api/v1/roles?limit=50&after=CURSOR`: roles by name; `key` says which of the four one is.
async fn list(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<Part>, QueryRejection>,
) -> ApiResult<Page<RoleView>> {
    let part = query(&ctx, asked)?;
    let roles = state.services.roles().list(&ctx).await;
    cursor::part_of(&ctx, roles, part, |role| {
        format!("{}/{}", role.name, role.id)
    })
}

/// `POST /api/v1/roles`: a role of the organization's own. Rights of administration are given by who holds them alone. The same `command_id`
/// has one effect and one answer.
async fn create(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Json<CreateRole>, JsonRejection>,
) -> Result<Response, ApiError> {
    let command = body(&ctx, asked)?;
    let result = state.services.roles().create(&ctx, command).await;
    shown(&ctx, result, |role| role.version)
}

/// `GET /api/v1/roles/{id}`: one role, its version as `ETag`.
async fn show(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let id = identifier(&ctx, &id, "role not found")?;
    let result = state.services.roles().get(&ctx, id).await;
    shown(&ctx, result, |role| role.version)
}

/// `PUT /api/v1/roles/{id}` with `If-Match` or `version`: what the role is called and allows from now on, for everybody who holds it. The
/// four stay as they are (422, `role.built_in`).
async fn put(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    asked: Result<Json<RoleEdit>, JsonRejection>,
) -> Result<Response, ApiError> {
    let role_id = identifier(&ctx, &id, "role not found")?;
    let asked = body(&ctx, asked)?;
    let seen = seen(&ctx, &headers, asked.version)?;
    let command = ChangeRole {
        command_id: asked.command_id,
        role_id,
        version: seen.version,
        name: asked.name,
        permissions: asked.permissions,
    };
    let result = state.services.roles().change(&ctx, command).await;
    Ok(changed(&ctx, seen, result, |role| role.version))
}

/// `DELETE /api/v1/roles/{id}` with `If-Match` or `?version=`: 204; 422 (`role.held`) while somebody holds it.
async fn remove(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    asked: Result<Query<Removal>, QueryRejection>,
) -> Result<StatusCode, ApiError> {
    let role_id = identifier(&ctx, &id, "role not found")?;
    let asked = query(&ctx, asked)?;
    let seen = seen(&ctx, &headers, asked.version)?;
    let command = DeleteRole {
        command_id: asked.command_id(),
        role_id,
        version: seen.version,
    };
    done(&ctx, state.services.roles().delete(&ctx, command).await)
}

/// `GET /api/v1/tablets?limit=50&after=CURSOR`: shared devices of the stores in scope, the oldest first, ended ones too.
async fn tablets(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<Part>, QueryRejection>,
) -> ApiResult<Page<TabletView>> {
    let part = query(&ctx, asked)?;
    let tablets = state.services.tablets().list(&ctx).await;
    cursor::part_of(&ctx, tablets, part, |tablet| tablet.id.to_string())
}

/// `DELETE /api/v1/tablets/{id}`: nobody takes the device over any more, and who is signed in on it by PIN is out. 204, also where it has
/// ended.
async fn end_tablet(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let tablet_id = identifier(&ctx, &id, "tablet not found")?;
    let tablets = state.services.tablets();
    done(&ctx, tablets.revoke(&ctx, RevokeTablet { tablet_id }).await)
}
