//! Files of sales in, files of rejected rows out. Both are passed on piece by piece and never held whole.

use super::changes::{Meant, query};
use super::cursor::{self, Part};
use super::{Access, Endpoint, body};
use crate::state::AppState;
use crate::web::errors::{ApiError, ApiResult, Caller, answer, wants_html};
use axum::Json;
use axum::body::Body;
use axum::extract::multipart::{Field, Multipart, MultipartRejection};
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use contract::imports::{CreateImport, DecideImport, ImportReport, ImportView, RejectView};
use contract::{ErrorCode, Page};
use domain::Permission;
use futures::stream::{StreamExt, TryStreamExt};
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use serde_json::{Value, json};
use services::imports::TEMPLATE_CSV;
use services::{Ctx, ServiceError};
use uuid::Uuid;

/// Longest text field of the form.
const MAX_TEXT_BYTES: usize = 1_000;

/// So many bytes of a file that is refused as too large are still read and thrown away, so that the sender finishes and
/// sees why. Who sends more is cut off.
const MAX_IGNORED_BYTES: u64 = 8 << 30;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let read = Access::Needs(Permission::ImportsRead);
    let write = Access::Needs(Permission::ImportsCreate);
    let take_back = Access::Needs(Permission::ImportsUndo);
    vec![
        // The limit on what is stored is counted while it arrives.
        Endpoint::post("/api/v1/imports", write, create)
            .streams()
            .body_limit(usize::MAX)
            .named("createImport")
            .summary("Sends a file of sales; its check goes on by itself")
            .takes_form(import_form)
            .creates::<ImportView>()
            .also(303),
        Endpoint::get("/api/v1/imports", read, list)
            .named("listImports")
            .summary("Files of sales, newest first")
            .asks::<Part>()
            .gives_page::<ImportView>(),
        Endpoint::get("/api/v1/imports/{id}/report", read, report)
            .named("readImportReport")
            .summary("One import with what its check found")
            .gives::<ImportReport>(),
        Endpoint::get("/api/v1/imports/{id}/rejects", read, list_rejects)
            .named("listImportRejects")
            .summary("Faults of a file by row, of one reason or of all")
            .asks::<WhichRejects>()
            .gives_page::<RejectView>(),
        Endpoint::post("/api/v1/imports/{id}/apply", write, apply)
            .named("applyImport")
            .summary("Takes a checked import; the work goes on by itself")
            .takes::<Meant>()
            .gives::<ImportView>(),
        Endpoint::post("/api/v1/imports/{id}/discard", write, discard)
            .named("discardImport")
            .summary("Decides against an import that was not taken")
            .takes::<Meant>()
            .gives::<ImportView>(),
        Endpoint::post("/api/v1/imports/{id}/undo", take_back, undo)
            .named("undoImport")
            .summary("Undoes a taken import; the work goes on by itself")
            .takes::<Meant>()
            .gives::<ImportView>(),
        Endpoint::get("/api/v1/imports/template.csv", read, template)
            .named("readImportTemplate")
            .summary("An example of a file of sales")
            .gives_text("text/csv"),
        Endpoint::get("/api/v1/imports/{id}", read, show)
            .named("readImport")
            .summary("Where an import stands")
            .gives::<ImportView>(),
        Endpoint::get("/api/v1/imports/{id}/rejects.csv", read, rejects)
            .streams()
            .named("readImportRejects")
            .summary("The rows of a file that were not taken, with the reasons")
            .gives_text("text/csv"),
    ]
}

/// The form of `POST /api/v1/imports`. Its fields come before its file.
fn import_form() -> Value {
    json!({
        "type": "object",
        "required": ["file"],
        "additionalProperties": false,
        "properties": {
            "command_id": {
                "type": "string",
                "format": "uuid",
                "description": "Made by the sender; the same id twice is one import.",
            },
            "store_id": {
                "type": "string",
                "format": "uuid",
                "description": "The store to which every row must belong; any of the sender's where nothing is said.",
            },
            "threshold_bp": {
                "type": "integer",
                "format": "int32",
                "description": "Share of bad rows above which the file is refused, in basis points.",
            },
            "file": { "type": "string", "format": "binary", "description": "Rows of sales, after all other fields." },
        },
    })
}

fn invalid(ctx: &Ctx, field: &str, message: &str) -> ApiError {
    ApiError::from_service(
        ServiceError::field(field, "format", message),
        &ctx.request_id,
    )
}

fn broken(ctx: &Ctx) -> ApiError {
    invalid(
        ctx,
        "file",
        "The upload broke off. Nothing was stored; send the file again.",
    )
}

async fn text(ctx: &Ctx, mut field: Field<'_>) -> Result<String, ApiError> {
    let mut bytes = Vec::new();
    while let Some(piece) = field.chunk().await.map_err(|_| broken(ctx))? {
        if bytes.len() + piece.len() > MAX_TEXT_BYTES {
            return Err(invalid(ctx, "form", "A field of the form is too long."));
        }
        bytes.extend_from_slice(&piece);
    }
    String::from_utf8(bytes).map_err(|_| invalid(ctx, "form", "A field of the form is no text."))
}

/// `POST /api/v1/imports`, a form with `command_id`, `store_id` and `threshold_bp` (each may be left out or empty) and
/// then `file`. Answers 201 with the import; its check goes on by itself.
async fn create(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    headers: HeaderMap,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response, ApiError> {
    let mut form =
        form.map_err(|_| invalid(&ctx, "form", "Send the file as multipart/form-data."))?;
    let mut command = CreateImport {
        command_id: Uuid::now_v7(),
        file_name: String::new(),
        store_id: None,
        threshold_bp: None,
    };
    while let Some(field) = form.next_field().await.map_err(|_| broken(&ctx))? {
        let name = field.name().unwrap_or_default().to_owned();
        if name == "file" {
            field
                .file_name()
                .unwrap_or_default()
                .clone_into(&mut command.file_name);
            return store(&state, &ctx, &headers, command, field).await;
        }
        let value = text(&ctx, field).await?;
        let value = value.trim();
        if value.is_empty() {
            continue;
        }
        match name.as_str() {
            "command_id" => {
                command.command_id = value
                    .parse()
                    .map_err(|_| invalid(&ctx, "command_id", "This is no UUID."))?;
            }
            "store_id" => {
                let store = value
                    .parse()
                    .map_err(|_| invalid(&ctx, "store_id", "This is no UUID."))?;
                command.store_id = Some(store);
            }
            "threshold_bp" => {
                let threshold = value
                    .parse()
                    .map_err(|_| invalid(&ctx, "threshold_bp", "This is no whole number."))?;
                command.threshold_bp = Some(threshold);
            }
            _ => return Err(invalid(&ctx, &name, "The form has no such field.")),
        }
    }
    Err(ApiError::from_service(
        ServiceError::field("file", "required", "The form brought no file."),
        &ctx.request_id,
    ))
}

async fn store(
    state: &AppState,
    ctx: &Ctx,
    headers: &HeaderMap,
    command: CreateImport,
    mut field: Field<'_>,
) -> Result<Response, ApiError> {
    let imports = state.services.imports();
    let pieces = field.by_ref().map_err(std::io::Error::other);
    let import = match imports
        .create(ctx, command, pieces, state.config.upload_limit_bytes)
        .await
    {
        Ok(import) => import,
        Err(error) => {
            let mut ignored = 0;
            while let Ok(Some(piece)) = field.chunk().await {
                ignored += piece.len() as u64;
                if ignored > MAX_IGNORED_BYTES {
                    break;
                }
            }
            return Err(ApiError::from_service(error, &ctx.request_id));
        }
    };
    imports.advance_in_background(ctx, import.id);
    if wants_html(headers) {
        return Ok(Redirect::to(&format!("/imports/{}", import.id)).into_response());
    }
    let place = format!("/api/v1/imports/{}", import.id);
    Ok((
        StatusCode::CREATED,
        [(header::LOCATION, place)],
        Json(import),
    )
        .into_response())
}

/// `GET /api/v1/imports/template.csv`.
async fn template(Caller(_): Caller) -> Response {
    (
        [
            (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
            (
                header::CONTENT_DISPOSITION,
                "attachment; filename=\"hornada-sales.csv\"",
            ),
        ],
        TEMPLATE_CSV,
    )
        .into_response()
}

fn identifier(ctx: &Ctx, text: &str) -> Result<Uuid, ApiError> {
    // What is no identifier names nothing.
    text.parse()
        .map_err(|_| ApiError::new(ErrorCode::NotFound, "import not found", &ctx.request_id))
}

/// `GET /api/v1/imports/{id}`: where the import stands; ask again until its status says that it is done.
async fn show(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let id = identifier(&ctx, &id)?;
    let import = state
        .services
        .imports()
        .get(&ctx, id)
        .await
        .map_err(|error| ApiError::from_service(error, &ctx.request_id))?;
    Ok(Json(import).into_response())
}

/// Imports of one page where nothing is said, and at most.
const PAGE: u32 = 50;

/// Which rejected rows are listed.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct WhichRejects {
    /// Stable key of a reason; faults of all reasons where nothing is said.
    #[serde(default)]
    reason: Option<String>,
    /// From `next` of the page before.
    #[serde(default)]
    after: Option<String>,
    /// 50 where nothing is said.
    #[schema(minimum = 1, maximum = 200)]
    #[serde(default)]
    limit: Option<u32>,
}

/// `GET /api/v1/imports?limit=50&after=CURSOR`: imports, newest first; at most 100 on a page.
async fn list(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<Part>, QueryRejection>,
) -> ApiResult<Page<ImportView>> {
    let mut part = query(&ctx, asked)?;
    cursor::open(&ctx, &mut part.after, part.limit)?;
    let limit = part.limit.unwrap_or(PAGE).into();
    let imports = state.services.imports();
    let found = imports.list(&ctx, part.after.as_deref(), limit).await;
    let found = found.map(|page| Page {
        items: page.items,
        next: page.next,
    });
    cursor::page(&ctx, found)
}

/// `GET /api/v1/imports/{id}/report`: one import with what its check found.
async fn report(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
) -> ApiResult<ImportReport> {
    let id = identifier(&ctx, &id)?;
    answer(&ctx, state.services.imports().report(&ctx, id).await)
}

/// `GET /api/v1/imports/{id}/rejects?reason=REASON&limit=50&after=CURSOR`: faults by row, of one reason or of all.
async fn list_rejects(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    asked: Result<Query<WhichRejects>, QueryRejection>,
) -> ApiResult<Page<RejectView>> {
    let id = identifier(&ctx, &id)?;
    let mut asked = query(&ctx, asked)?;
    cursor::open(&ctx, &mut asked.after, asked.limit)?;
    let limit = asked.limit.unwrap_or(PAGE).into();
    let (reason, after) = (asked.reason.as_deref(), asked.after.as_deref());
    let imports = state.services.imports();
    let found = imports.rejects(&ctx, id, reason, after, limit).await;
    let found = found.map(|page| Page {
        items: page.items,
        next: page.next,
    });
    cursor::page(&ctx, found)
}

fn decision(
    ctx: &Ctx,
    id: &str,
    asked: Result<Json<Meant>, JsonRejection>,
) -> Result<DecideImport, ApiError> {
    let import_id = identifier(ctx, id)?;
    let command_id = body(ctx, asked)?.command_id;
    Ok(DecideImport {
        command_id,
        import_id,
    })
}

/// `POST /api/v1/imports/{id}/apply`: takes a checked import; the work goes on by itself, ask for the import until its status says that it is
/// done. The same `command_id` has one effect.
async fn apply(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    asked: Result<Json<Meant>, JsonRejection>,
) -> ApiResult<ImportView> {
    let command = decision(&ctx, &id, asked)?;
    let imports = state.services.imports();
    let import = answer(&ctx, imports.apply(&ctx, command).await)?;
    imports.advance_in_background(&ctx, import.0.id);
    Ok(import)
}

/// `POST /api/v1/imports/{id}/discard`: decides against an import that was not taken. The same `command_id` has one effect.
async fn discard(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    asked: Result<Json<Meant>, JsonRejection>,
) -> ApiResult<ImportView> {
    let command = decision(&ctx, &id, asked)?;
    answer(&ctx, state.services.imports().discard(&ctx, command).await)
}

/// `POST /api/v1/imports/{id}/undo`: undoes a taken import; the work goes on by itself. The same `command_id` has one effect.
async fn undo(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    asked: Result<Json<Meant>, JsonRejection>,
) -> ApiResult<ImportView> {
    let command = decision(&ctx, &id, asked)?;
    let imports = state.services.imports();
    let import = answer(&ctx, imports.undo(&ctx, command).await)?;
    imports.advance_in_background(&ctx, import.0.id);
    Ok(import)
}

/// `GET /api/v1/imports/{id}/rejects.csv`.
async fn rejects(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let id = identifier(&ctx, &id)?;
    let pieces = state
        .services
        .imports()
        .rejects_csv(&ctx, id)
        .await
        .map_err(|error| ApiError::from_service(error, &ctx.request_id))?;
    let request_id = ctx.request_id.clone();
    let pieces = pieces.map(move |piece| {
        piece.map_err(|error| {
            // The status has left already; the answer breaks off, which the reader sees.
            tracing::error!(
                request_id,
                error = &error as &dyn std::error::Error,
                "a file of rejects broke off"
            );
            std::io::Error::other("the rejected rows could not be read")
        })
    });
    let disposition = format!("attachment; filename=\"rejects-{id}.csv\"");
    Ok((
        [
            (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
            (header::CONTENT_DISPOSITION, disposition),
        ],
        Body::from_stream(pieces),
    )
        .into_response())
}
