//! Calls of server functions that say in whose name they are.
//!
//! A device keeps what one person did and may carry another's session by the time it is sent: the cookie says who is signed in,
//! not who baked. The server answers a call in somebody else's name as it answers a stranger, and the command waits.

use contract::wire::Compact;
use contract::{AppError, AppResult};
use leptos::server_fn::client::{Client, browser::BrowserClient};
use leptos::server_fn::codec::{FromRes, IntoReq, Json};
use leptos::server_fn::error::FromServerFnError;
use leptos::server_fn::request::browser::BrowserRequest;
use leptos::server_fn::response::{ClientRes, browser::BrowserResponse};
use leptos::server_fn::{ContentType, ServerFn};
use uuid::Uuid;

/// The server's gate (server/src/session/gate.rs) compares it with the person of the session.
const PERSON: &str = "x-hornada-person";

/// Calls a server function as its own function does, and names the person.
pub(super) async fn ask<F>(person: Uuid, call: F) -> AppResult<F::Output>
where
    F: ServerFn<Error = AppError> + IntoReq<Json, BrowserRequest, AppError>,
    F::Output: FromRes<Compact, BrowserResponse, AppError>,
{
    let accepts = <Compact as ContentType>::CONTENT_TYPE;
    let request = <F as IntoReq<Json, BrowserRequest, AppError>>::into_req(call, F::PATH, accepts)?;
    request.headers().set(PERSON, &person.to_string());
    let answer = <BrowserClient as Client<AppError>>::send(request).await?;
    let status = <BrowserResponse as ClientRes<AppError>>::status(&answer);
    if (400..=599).contains(&status) {
        let bytes = <BrowserResponse as ClientRes<AppError>>::try_into_bytes(answer).await?;
        return Err(AppError::de(bytes));
    }
    <F::Output as FromRes<Compact, BrowserResponse, AppError>>::from_res(answer).await
}
