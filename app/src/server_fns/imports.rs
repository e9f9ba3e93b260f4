//! Imports of sales. Files themselves go through the REST endpoint, which takes them as a stream.

use contract::AppResult;
use contract::imports as wire;
use contract::wire::Compact;
use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json};
use uuid::Uuid;

/// Imports of one page of the list.
#[cfg(feature = "ssr")]
const PAGE: u64 = 25;

/// Rejected rows of one page of a report.
#[cfg(feature = "ssr")]
const REJECTS_PAGE: u64 = 50;

/// Imports, newest first.
///
/// # Errors
/// The use case's.
#[server(endpoint = "list_imports", input = GetUrl, output = Compact)]
pub async fn list_imports(behind: Option<String>) -> AppResult<wire::ImportPage> {
    crate::ssr::run(async |services, ctx| {
        services.imports().list(&ctx, behind.as_deref(), PAGE).await
    })
    .await
}

/// One import with what its check found.
///
/// # Errors
/// The use case's.
#[server(endpoint = "view_import", input = GetUrl, output = Compact)]
pub async fn view_import(id: Uuid) -> AppResult<wire::ImportReport> {
    crate::ssr::run(async |services, ctx| services.imports().report(&ctx, id).await).await
}

/// Rejected rows of an import.
///
/// # Errors
/// The use case's.
#[server(endpoint = "list_import_rejects", input = GetUrl, output = Compact)]
pub async fn list_import_rejects(
    id: Uuid,
    reason: Option<String>,
    behind: Option<String>,
) -> AppResult<wire::RejectPage> {
    crate::ssr::run(async |services, ctx| {
        services
            .imports()
            .rejects(&ctx, id, reason.as_deref(), behind.as_deref(), REJECTS_PAGE)
            .await
    })
    .await
}

/// Takes a checked import; the work goes on by itself.
///
/// # Errors
/// The use case's.
#[server(endpoint = "take_import", input = Json, output = Compact)]
pub async fn take_import(command: wire::DecideImport) -> AppResult<wire::ImportView> {
    crate::ssr::run(async |services, ctx| {
        let import = services.imports().apply(&ctx, command).await?;
        services.imports().advance_in_background(&ctx, import.id);
        Ok(import)
    })
    .await
}

/// Undoes a taken import; the work goes on by itself.
///
/// # Errors
/// The use case's.
#[server(endpoint = "undo_import", input = Json, output = Compact)]
pub async fn undo_import(command: wire::DecideImport) -> AppResult<wire::ImportView> {
    crate::ssr::run(async |services, ctx| {
        let import = services.imports().undo(&ctx, command).await?;
        services.imports().advance_in_background(&ctx, import.id);
        Ok(import)
    })
    .await
}

/// Decides against an import that was not taken.
///
/// # Errors
/// The use case's.
#[server(endpoint = "discard_import", input = Json, output = Compact)]
pub async fn discard_import(command: wire::DecideImport) -> AppResult<wire::ImportView> {
    crate::ssr::run(async |services, ctx| services.imports().discard(&ctx, command).await).await
}
