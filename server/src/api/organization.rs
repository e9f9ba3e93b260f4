//! The organization as a whole over REST: a file with everything that it owns, and its end.

use super::changes::{Meant, Removal, done, identifier, query};
use super::{Access, Endpoint, body};
use crate::jobs::exporting::MEDIA;
use crate::state::AppState;
use crate::web::errors::{ApiError, ApiResult, Caller, answer};
use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, Request, State};
use axum::response::{IntoResponse, Response};
use contract::Page;
use contract::organization::{
    AskDeletion, CancelDeletion, DeletionView, ExportView, RequestExport,
};
use domain::Permission;
use http::{HeaderValue, StatusCode, header};
use services::ServiceError;
use tower::ServiceExt;
use tower_http::services::ServeFile;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let write = Access::Needs(Permission::SettingsWrite);
    vec![
        Endpoint::post("/api/v1/organization/exports", write, request)
            .named("requestExport")
            .summary("Asks for a file with everything that the organization owns; the work goes on by itself")
            .takes::<Meant>()
            .gives::<ExportView>(),
        Endpoint::get("/api/v1/organization/exports", write, list)
            .named("listExports")
            .summary("The latest files with everything, newest first, all on one page")
            .gives_page::<ExportView>(),
        Endpoint::get("/api/v1/organization/exports/{id}", write, show)
            .named("readExport")
            .summary("How far such a file is")
            .gives::<ExportView>(),
        Endpoint::get("/api/v1/organization/exports/{id}/file", write, fetch)
            .streams()
            .named("fetchExport")
            .summary("The file itself, also in parts (Range); it is deleted after seven days")
            .gives_text(MEDIA),
        Endpoint::post("/api/v1/organization/deletion", write, ask_deletion)
            .named("askDeletion")
            .summary("Asks for the deletion of the organization after the waiting period")
            .takes::<AskDeletion>()
            .gives::<DeletionView>(),
        Endpoint::delete("/api/v1/organization/deletion", write, cancel_deletion)
            .named("cancelDeletion")
            .summary("Calls the deletion of the organization off")
            .asks::<Removal>()
            .gives_nothing(),
    ]
}

/// `POST /api/v1/organization/exports`: asks for a file with everything that the organization owns; one that is being written is the answer
/// where there is one. Ask for it until its status says that it is done. The same `command_id` has one effect.
async fn request(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Json<Meant>, JsonRejection>,
) -> ApiResult<ExportView> {
    let command = RequestExport {
        command_id: body(&ctx, asked)?.command_id,
    };
    answer(&ctx, state.services.exports().request(&ctx, &command).await)
}

/// `GET /api/v1/organization/exports`: the latest, newest first, all on one page.
async fn list(State(state): State<AppState>, Caller(ctx): Caller) -> ApiResult<Page<ExportView>> {
    let found = state.services.exports().list(&ctx).await;
    answer(&ctx, found.map(|items| Page { items, next: None }))
}

/// `GET /api/v1/organization/exports/{id}`: how far it is.
async fn show(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
) -> ApiResult<ExportView> {
    let id = identifier(&ctx, &id, "export not found")?;
    answer(&ctx, state.services.exports().get(&ctx, id).await)
}

/// `GET /api/v1/organization/exports/{id}/file`: the file, whole or the part that `Range` names.
async fn fetch(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, ApiError> {
    let id = identifier(&ctx, &id, "export not found")?;
    let file = state
        .services
        .exports()
        .file(&ctx, id)
        .await
        .map_err(|error| ApiError::from_service(error, &ctx.request_id))?;
    let served = ServeFile::new(&file.path).oneshot(request).await;
    // A fault of the disk is told in the answer; there is no other.
    let mut response = served.into_response();
    if response.status() == StatusCode::NOT_FOUND {
        let error = ServiceError::NotFound("export");
        return Err(ApiError::from_service(error, &ctx.request_id));
    }
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA));
    let disposition = format!("attachment; filename=\"{}\"", file.name);
    if let Ok(disposition) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    Ok(response)
}

/// `POST /api/v1/organization/deletion`: asks for the deletion, with the organization's name and the caller's password typed again. Only people
/// can, programs are refused. The same `command_id` has one effect.
async fn ask_deletion(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Json<AskDeletion>, JsonRejection>,
) -> ApiResult<DeletionView> {
    let command = body(&ctx, asked)?;
    answer(&ctx, state.services.deletions().ask(&ctx, &command).await)
}

/// `DELETE /api/v1/organization/deletion?command_id=ID`: calls it off. Answers 204.
async fn cancel_deletion(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<Removal>, QueryRejection>,
) -> Result<StatusCode, ApiError> {
    let command = CancelDeletion {
        command_id: query(&ctx, asked)?.command_id(),
    };
    let cancelled = state.services.deletions().cancel(&ctx, &command).await;
    done(&ctx, cancelled)
}
