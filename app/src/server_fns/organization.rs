//! The organization as a whole: its settings, everything that it owns, its end.

use contract::AppResult;
use contract::organization::{
    AskDeletion, CancelDeletion, DeletionView, ExportView, RequestExport,
};
use contract::settings::{ChangeSettings, OrganizationSettings};
use contract::wire::Compact;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

/// The organization with its settings. Needs `catalog.read`.
///
/// # Errors
/// As [`contract::ErrorCode`] says.
#[server(endpoint = "read_settings", input = Json, output = Compact)]
pub async fn read_settings() -> AppResult<OrganizationSettings> {
    crate::ssr::run(async |services, ctx| services.catalog().settings(&ctx).await).await
}

/// Changes the settings that the command names. Needs `settings.write`.
///
/// # Errors
/// By field; `organization.stale` where somebody else changed them first.
#[server(name = ChangeSettingsCall, endpoint = "change_settings", input = Json, output = Compact)]
pub async fn change_settings(command: ChangeSettings) -> AppResult<OrganizationSettings> {
    crate::ssr::run(async |services, ctx| services.catalog().change_settings(&ctx, &command).await)
        .await
}

/// The latest files with everything that the organization owns. Needs `settings.write`.
///
/// # Errors
/// As [`contract::ErrorCode`] says.
#[server(endpoint = "list_exports", input = Json, output = Compact)]
pub async fn list_exports() -> AppResult<Vec<ExportView>> {
    crate::ssr::run(async |services, ctx| services.exports().list(&ctx).await).await
}

/// Asks for such a file. Needs `settings.write`.
///
/// # Errors
/// As [`contract::ErrorCode`] says.
#[server(name = RequestExportCall, endpoint = "request_export", input = Json, output = Compact)]
pub async fn request_export(command: RequestExport) -> AppResult<ExportView> {
    crate::ssr::run(async |services, ctx| services.exports().request(&ctx, &command).await).await
}

/// Asks for the deletion of the organization. Needs `settings.write`, the organization's name and the caller's password.
///
/// # Errors
/// By field: `deletion.name`, `password.wrong`; the rule `deletion.asked`.
#[server(name = AskDeletionCall, endpoint = "ask_deletion", input = Json, output = Compact)]
pub async fn ask_deletion(command: AskDeletion) -> AppResult<DeletionView> {
    crate::ssr::run(async |services, ctx| services.deletions().ask(&ctx, &command).await).await
}

/// Calls the deletion off. Needs `settings.write`.
///
/// # Errors
/// The rule `deletion.none`.
#[server(name = CancelDeletionCall, endpoint = "cancel_deletion", input = Json, output = Compact)]
pub async fn cancel_deletion(command: CancelDeletion) -> AppResult<()> {
    crate::ssr::run(async |services, ctx| services.deletions().cancel(&ctx, &command).await).await
}
