//! Roles, for administrators.

use contract::AppError;
use contract::roles as wire;
use contract::wire::Compact;
use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json};

/// The roles of the organization. Needs `users.read`.
#[server(endpoint = "list_roles", input = GetUrl, output = Compact)]
pub async fn list_roles() -> Result<Vec<wire::RoleView>, AppError> {
    crate::ssr::run(async |services, ctx| services.roles().list(&ctx).await).await
}

/// Makes a role. Needs `users.write`.
#[server(endpoint = "create_role", input = Json, output = Compact)]
pub async fn create_role(command: wire::CreateRole) -> Result<wire::RoleView, AppError> {
    crate::ssr::run(async |services, ctx| services.roles().create(&ctx, command).await).await
}

/// Changes what a role is called and allows. Needs `users.write`.
#[server(endpoint = "change_role", input = Json, output = Compact)]
pub async fn change_role(command: wire::ChangeRole) -> Result<wire::RoleView, AppError> {
    crate::ssr::run(async |services, ctx| services.roles().change(&ctx, command).await).await
}

/// Deletes a role that nobody holds. Needs `users.write`.
#[server(endpoint = "delete_role", input = Json, output = Compact)]
pub async fn delete_role(command: wire::DeleteRole) -> Result<(), AppError> {
    crate::ssr::run(async |services, ctx| services.roles().delete(&ctx, command).await).await
}

/// Says whether a role asks for a second factor. Needs `settings.write`.
#[server(endpoint = "require_factor", input = Json, output = Compact)]
pub async fn require_factor(command: wire::RequireFactor) -> Result<wire::RoleView, AppError> {
    crate::ssr::run(async |services, ctx| services.roles().require_factor(&ctx, command).await)
        .await
}
