//! Passkeys of the signed-in person.

use contract::AppError;
use contract::factors::RecoveryCodes;
use contract::passkeys as wire;
use contract::wire::Compact;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

/// Asks for one of the person's passkeys again: its answer goes where a code is wanted.
#[server(endpoint = "ask_passkey", input = Json, output = Compact)]
pub async fn ask_passkey() -> Result<wire::PasskeyQuestion, AppError> {
    crate::ssr::run(async |services, ctx| services.passkeys().ask_again(&ctx).await).await
}

/// Asks for a new passkey, after a fresh proof.
#[server(endpoint = "begin_passkey", input = Json, output = Compact)]
pub async fn begin_passkey(command: wire::BeginPasskey) -> Result<wire::PasskeyQuestion, AppError> {
    crate::ssr::run(async |services, ctx| services.passkeys().ask_new(&ctx, command).await).await
}

/// Keeps the passkey that the device made.
#[server(endpoint = "add_passkey", input = Json, output = Compact)]
pub async fn add_passkey(command: wire::AddPasskey) -> Result<RecoveryCodes, AppError> {
    crate::ssr::run(async |services, ctx| services.passkeys().add(&ctx, command).await).await
}

/// Forgets a passkey, after a fresh proof.
#[server(endpoint = "remove_passkey", input = Json, output = Compact)]
pub async fn remove_passkey(command: wire::RemovePasskey) -> Result<(), AppError> {
    crate::ssr::run(async |services, ctx| services.passkeys().remove(&ctx, command).await).await
}
