//! People of the organization, for administrators.

use contract::AppResult;
use contract::users::{ChangeUser, CreateUser, ResetPassword, SetUserActive, UserView};
use contract::wire::Compact;
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use uuid::Uuid;

/// Everybody, by name. Needs `users.read`.
///
/// # Errors
/// As [`contract::ErrorCode`] says.
#[server(name = ListUsersCall, endpoint = "list_users", input = GetUrl, output = Compact)]
pub async fn list_users() -> AppResult<Vec<UserView>> {
    crate::ssr::run(async |services, ctx| services.users().list(&ctx).await).await
}

/// Adds a person. Needs `users.write`.
///
/// # Errors
/// By field: `email.format`, `email.taken`, `name.format`, `roles.none`, `stores.none`, `password.*`.
#[server(name = CreateUserCall, endpoint = "create_user", output = Compact)]
pub async fn create_user(command: CreateUser) -> AppResult<Uuid> {
    crate::ssr::run(async |services, ctx| services.users().create(&ctx, command).await).await
}

/// Changes name, language, roles and stores. Needs `users.write`.
///
/// # Errors
/// As above, and the rules `users.self` and `users.last_admin`.
#[server(name = ChangeUserCall, endpoint = "change_user", output = Compact)]
pub async fn change_user(command: ChangeUser) -> AppResult<()> {
    crate::ssr::run(async |services, ctx| services.users().change(&ctx, command).await).await
}

/// Keeps a person out or lets them in again. Needs `users.write`.
///
/// # Errors
/// The rules `users.self` and `users.last_admin`.
#[server(name = SetUserActiveCall, endpoint = "set_user_active", output = Compact)]
pub async fn set_user_active(command: SetUserActive) -> AppResult<()> {
    crate::ssr::run(async |services, ctx| services.users().set_active(&ctx, command).await).await
}

/// Gives a person a new password. Needs `users.write`.
///
/// # Errors
/// `password.*`.
#[server(name = ResetPasswordCall, endpoint = "reset_password", output = Compact)]
pub async fn reset_password(command: ResetPassword) -> AppResult<()> {
    crate::ssr::run(async |services, ctx| services.users().reset_password(&ctx, command).await)
        .await
}
