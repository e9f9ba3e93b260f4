//! Errors of the interface as problem details (RFC 9457), beside the keys of `contract::AppError`, which clients of ours read.

use crate::session::bearer::API;
use axum::body::Body;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use contract::{AppError, ErrorCode};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;
use services::Arrival;

/// What errors travel as.
pub const PROBLEM: &str = "application/problem+json";

/// Asks for a credential, where nothing more exact was said (RFC 6750, section 3).
const CHALLENGE: HeaderValue = HeaderValue::from_static("Bearer realm=\"hornada\"");

/// A short name of the kind of failure, the same for every case of it.
fn title(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::Unauthenticated => "Not signed in",
        ErrorCode::Forbidden => "Not allowed",
        ErrorCode::NotFound => "Not found",
        ErrorCode::Conflict => "Conflict",
        ErrorCode::PreconditionFailed => "Changed meanwhile",
        ErrorCode::PreconditionRequired => "Version missing",
        ErrorCode::Invalid => "Invalid request",
        ErrorCode::TooManyRequests => "Too many requests",
        ErrorCode::TooLarge => "Too large",
        ErrorCode::Unavailable | ErrorCode::Network => "Temporarily unavailable",
        ErrorCode::Outdated => "Outdated",
        ErrorCode::Internal => "Fault on our side",
    }
}

/// What layers and extractors that are not ours answer with: a status and at most a line of text.
fn bare(status: StatusCode) -> AppError {
    let (code, message) = match status {
        StatusCode::UNAUTHORIZED => (ErrorCode::Unauthenticated, "Sign in first."),
        StatusCode::FORBIDDEN => (ErrorCode::Forbidden, "This is not allowed."),
        StatusCode::NOT_FOUND => (ErrorCode::NotFound, "There is nothing at this address."),
        StatusCode::METHOD_NOT_ALLOWED => (
            ErrorCode::Invalid,
            "This address does not take this method; `Allow` says which it takes.",
        ),
        StatusCode::PAYLOAD_TOO_LARGE => (ErrorCode::TooLarge, "The body is too large."),
        StatusCode::TOO_MANY_REQUESTS => (ErrorCode::TooManyRequests, "Too many requests."),
        StatusCode::SERVICE_UNAVAILABLE => (
            ErrorCode::Unavailable,
            "The answer took too long. Ask again in a moment.",
        ),
        status if status.is_server_error() => (
            ErrorCode::Internal,
            "Something went wrong on our side. Please try again.",
        ),
        _ => (ErrorCode::Invalid, "The request could not be read."),
    };
    AppError::new(code, message)
}

fn is_json(response: &Response) -> bool {
    response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|kind| kind.starts_with("application/json"))
}

/// Over everything; answers of the interface that tell of a failure get the form of RFC 9457.
pub async fn describe(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if !path.starts_with(API) {
        return next.run(request).await;
    }
    let instance = path.to_owned();
    let request_id = request
        .extensions()
        .get::<Arrival>()
        .map(|arrival| arrival.request_id.clone())
        .unwrap_or_default();
    let mut response = next.run(request).await;
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    if status == StatusCode::UNAUTHORIZED {
        response
            .headers_mut()
            .entry(header::WWW_AUTHENTICATE)
            .or_insert(CHALLENGE);
    }
    let mut error = match response.extensions_mut().remove::<AppError>() {
        Some(error) => error,
        // Somebody else's JSON says what it says.
        None if is_json(&response) => return response,
        None => bare(status),
    };
    if error.request_id.is_empty() {
        error.request_id = request_id;
    }
    let code = serde_json::to_value(error.code).unwrap_or_default();
    let kind = if error.reason.is_empty() {
        code.as_str().unwrap_or_default()
    } else {
        error.reason.as_str()
    };
    let problem = json!({
        "type": format!("urn:hornada:problem:{kind}"),
        "title": title(error.code),
        "status": status.as_u16(),
        "detail": error.message,
        "instance": instance,
        "code": code,
        "reason": error.reason,
        "message": error.message,
        "fields": error.fields,
        "request_id": error.request_id,
    });
    *response.body_mut() = Body::from(problem.to_string());
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM));
    response
}
