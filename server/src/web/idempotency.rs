//! `Idempotency-Key`: a POST under such a key has one effect and one answer, for 24 hours.
//!
//! For JSON bodies without a `command_id`. Where a body has one, that rules already, in the transaction of the effect, and the header changes
//! nothing.

use crate::session::bearer::Program;
use crate::state::AppState;
use crate::web::errors::ApiError;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use contract::{AppError, ErrorCode};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use serde::Deserialize;
use serde::de::IgnoredAny;
use services::idempotency::{StoredAnswer, Turn};
use services::tokens::Subject;
use services::{Ctx, ServiceError, Services};
use sha2::{Digest, Sha256};
use tracing::Instrument;

const KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Says that an answer is one that was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Longest key.
const LONGEST_KEY: usize = 255;

/// Largest body that is taken under a key, in bytes: no endpoint takes more JSON (axum's own limit).
const LARGEST_BODY: usize = 2 << 20;

/// Largest answer that is kept, in bytes.
const LARGEST_ANSWER: usize = 1 << 20;

/// In the extensions of an answer that has a secret: that it was given is kept, what it said is not.
#[derive(Clone, Copy, Debug)]
pub struct Confidential;

/// The one key of a body that matters here.
#[derive(Deserialize)]
struct Peek {
    #[serde(default)]
    command_id: Option<IgnoredAny>,
}

/// A request under a key: who asked what.
#[derive(Clone)]
struct Asked {
    services: Services,
    ctx: Ctx,
    caller: String,
    key: String,
}

impl Asked {
    /// Gives the turn back: the same request may try again.
    async fn forget(&self) {
        let idempotency = self.services.idempotency();
        if let Err(error) = idempotency.forget(&self.ctx, &self.caller, &self.key).await {
            tracing::warn!(%error, "an Idempotency-Key could not be given back");
        }
    }
}

fn refusal(code: ErrorCode, reason: &str, message: &str, request_id: &str) -> Response {
    let mut error = AppError::new(code, message);
    reason.clone_into(&mut error.reason);
    request_id.clone_into(&mut error.request_id);
    ApiError(error).into_response()
}

fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|kind| kind.to_ascii_lowercase().starts_with("application/json"))
}

fn caller(request: &Request, ctx: &Ctx) -> String {
    let subject = request
        .extensions()
        .get::<Program>()
        .map(|program| program.subject)
        .or(ctx.actor.user_id.map(Subject::Person));
    match subject {
        Some(Subject::Key(id)) => format!("key:{id}"),
        Some(Subject::Person(id)) => format!("person:{id}"),
        None => "system".to_owned(),
    }
}

/// What was asked: the same key with anything else is a mistake.
fn fingerprint(request: &Request, body: &Bytes) -> String {
    let address = request
        .uri()
        .path_and_query()
        .map_or("/", |address| address.as_str());
    let mut hash = Sha256::new();
    for part in [request.method().as_str().as_bytes(), address.as_bytes()] {
        hash.update(part);
        hash.update([0]);
    }
    hash.update(body);
    hash.finalize().iter().map(|b| format!("{b:02x}")).collect()
}

/// Whether an answer is final. What failed on our side was not done; who may not today may be allowed tomorrow.
fn is_final(status: StatusCode) -> bool {
    !status.is_server_error()
        && !matches!(
            status,
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS
        )
}

fn replay(answer: StoredAnswer, request_id: &str) -> Response {
    let Some(body) = answer.body else {
        return refusal(
            ErrorCode::Conflict,
            "idempotency.not_kept",
            "This was done. The answer was too large or too confidential to be kept.",
            request_id,
        );
    };
    // What went wrong gets its form on the way out, as it did the first time.
    let error = (answer.status >= 400)
        .then(|| serde_json::from_str::<AppError>(&body).ok())
        .flatten();
    let mut response = Response::new(Body::from(body));
    if let Some(mut error) = error {
        request_id.clone_into(&mut error.request_id);
        response.extensions_mut().insert(error);
    }
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let kind = answer
        .content_type
        .and_then(|kind| HeaderValue::from_str(&kind).ok());
    if let Some(kind) = kind {
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    response
        .headers_mut()
        .insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

/// Over the endpoints behind the gate.
pub async fn once(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let Some(value) = request.headers().get(KEY).cloned() else {
        return next.run(request).await;
    };
    let Some(ctx) = request.extensions().get::<Ctx>().cloned() else {
        return next.run(request).await;
    };
    if request.method() != Method::POST {
        return next.run(request).await;
    }
    let key = value
        .to_str()
        .ok()
        .map(|key| key.trim().trim_matches('"').to_owned())
        .filter(|key| !key.is_empty() && key.len() <= LONGEST_KEY);
    let Some(key) = key else {
        let error = ServiceError::field(
            "idempotency_key",
            "format",
            "An Idempotency-Key has 1 to 255 visible characters.",
        );
        return ApiError::from_service(error, &ctx.request_id).into_response();
    };
    if !is_json(request.headers()) {
        let error = ServiceError::field(
            "idempotency_key",
            "idempotency.json_only",
            "An Idempotency-Key is taken with a JSON body only.",
        );
        return ApiError::from_service(error, &ctx.request_id).into_response();
    }
    let (parts, body) = request.into_parts();
    // The endpoint's own time limit begins behind this.
    let reading = tokio::time::timeout(state.config.request_timeout, to_bytes(body, LARGEST_BODY));
    let body = match reading.await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => {
            let error = ServiceError::TooLarge("The body could not be read whole.".to_owned());
            return ApiError::from_service(error, &ctx.request_id).into_response();
        }
        Err(_) => {
            return refusal(
                ErrorCode::Unavailable,
                "",
                "The request took too long to arrive. Nothing was done.",
                &ctx.request_id,
            );
        }
    };
    // A list would be read by position.
    let is_command = body.trim_ascii_start().starts_with(b"{")
        && serde_json::from_slice::<Peek>(&body).is_ok_and(|p| p.command_id.is_some());
    let request = Request::from_parts(parts, Body::from(body.clone()));
    if is_command {
        return next.run(request).await;
    }
    let hash = fingerprint(&request, &body);
    let asked = Asked {
        services: state.services.clone(),
        caller: caller(&request, &ctx),
        ctx,
        key,
    };
    let turn = asked
        .services
        .idempotency()
        .take_turn(&asked.ctx, &asked.caller, &asked.key, &hash)
        .await;
    let id = asked.ctx.request_id.clone();
    match turn {
        Ok(Turn::First) => {
            // To its end, also where the caller hangs up: whoever asks again must find the answer.
            let work = carry_out(asked.clone(), request, next).in_current_span();
            match tokio::spawn(work).await {
                Ok(response) => response,
                Err(error) => {
                    tracing::error!(%error, "a request under an Idempotency-Key stopped");
                    asked.forget().await;
                    refusal(
                        ErrorCode::Internal,
                        "",
                        "Something went wrong on our side. Please try again.",
                        &id,
                    )
                }
            }
        }
        Ok(Turn::Answered(answer)) => replay(answer, &id),
        Ok(Turn::UnderWay) => refusal(
            ErrorCode::Conflict,
            "idempotency.under_way",
            "The same request is being carried out. Ask again in a moment.",
            &id,
        ),
        Ok(Turn::Mismatch) => refusal(
            ErrorCode::Invalid,
            "idempotency.mismatch",
            "This Idempotency-Key was used for something else. Nothing was done; send it with a new one.",
            &id,
        ),
        Err(error) => ApiError::from_service(error, &id).into_response(),
    }
}

/// Carries a request out and keeps its answer.
async fn carry_out(asked: Asked, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let status = response.status();
    if !is_final(status) {
        asked.forget().await;
        return response;
    }
    let (parts, body) = response.into_parts();
    let content_type = parts
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .map(str::to_owned);
    let bytes = match to_bytes(body, usize::MAX).await {
        Ok(bytes) => bytes,
        Err(error) => {
            tracing::error!(%error, "an answer broke off");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    let may_be_kept = parts.extensions.get::<Confidential>().is_none();
    let kept = Some(&bytes)
        .filter(|bytes| may_be_kept && bytes.len() <= LARGEST_ANSWER)
        .and_then(|bytes| std::str::from_utf8(bytes).ok())
        .map(str::to_owned);
    let answer = StoredAnswer {
        status: status.as_u16(),
        content_type,
        body: kept,
    };
    let idempotency = asked.services.idempotency();
    if let Err(error) = idempotency
        .finish(&asked.ctx, &asked.caller, &asked.key, &answer)
        .await
    {
        tracing::error!(%error, "the answer under an Idempotency-Key could not be kept");
    }
    Response::from_parts(parts, Body::from(bytes))
}
