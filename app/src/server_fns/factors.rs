//! What proves who the signed-in person is.

use contract::AppError;
use contract::factors as wire;
use contract::wire::Compact;
use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json};

/// How the person comes in.
#[server(endpoint = "read_security", input = GetUrl, output = Compact)]
pub async fn read_security() -> Result<wire::SecurityView, AppError> {
    crate::ssr::run(async |services, ctx| services.factors().read(&ctx).await).await
}

/// A new secret for an authenticator app; with a code where there is a factor already.
#[server(endpoint = "begin_factor", input = Json, output = Compact)]
pub async fn begin_factor(command: wire::BeginFactor) -> Result<wire::Enrolment, AppError> {
    crate::ssr::run(async |services, ctx| services.factors().enrol(&ctx, command).await).await
}

/// Makes the secret that waits the person's factor.
#[server(endpoint = "confirm_factor", input = Json, output = Compact)]
pub async fn confirm_factor(command: wire::ProveFactor) -> Result<wire::RecoveryCodes, AppError> {
    crate::ssr::run(async |services, ctx| services.factors().confirm(&ctx, command).await).await
}

/// New recovery codes in the place of all others.
#[server(endpoint = "renew_recovery_codes", input = Json, output = Compact)]
pub async fn renew_recovery_codes(
    command: wire::ProveFactor,
) -> Result<wire::RecoveryCodes, AppError> {
    crate::ssr::run(async |services, ctx| services.factors().renew_codes(&ctx, command).await).await
}

/// Goes on without a second factor.
#[server(endpoint = "remove_factor", input = Json, output = Compact)]
pub async fn remove_factor(command: wire::ProveFactor) -> Result<(), AppError> {
    crate::ssr::run(async |services, ctx| services.factors().remove(&ctx, command).await).await
}

/// Gives the person a PIN for shared tablets.
#[server(endpoint = "set_pin", input = Json, output = Compact)]
pub async fn set_pin(command: wire::SetPin) -> Result<(), AppError> {
    crate::ssr::run(async |services, ctx| services.factors().set_pin(&ctx, command).await).await
}

/// Goes on without a PIN.
#[server(endpoint = "remove_pin", input = Json, output = Compact)]
pub async fn remove_pin() -> Result<(), AppError> {
    crate::ssr::run(async |services, ctx| services.factors().remove_pin(&ctx).await).await
}

/// Takes factor and PIN of a person away who lost them. Needs `users.write`.
#[server(endpoint = "reset_factor", input = Json, output = Compact)]
pub async fn reset_factor(command: wire::ResetFactor) -> Result<(), AppError> {
    crate::ssr::run(async |services, ctx| services.factors().reset(&ctx, command).await).await
}
