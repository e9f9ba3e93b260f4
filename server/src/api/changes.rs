//! What handlers of resources share: the words of an address, the version that a change is about, answers with a tag.

use super::versions::{etag, wanted_version};
use crate::web::errors::ApiError;
use axum::Json;
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::response::{IntoResponse, Response};
use contract::{AppError, ErrorCode};
use http::{HeaderMap, StatusCode, header};
use serde::{Deserialize, Serialize};
use services::{Ctx, ServiceError, ServiceResult};
use utoipa::ToSchema;
use uuid::Uuid;

/// What stands in the address after the question mark, or what is wrong with it.
pub(super) fn query<T>(ctx: &Ctx, asked: Result<Query<T>, QueryRejection>) -> Result<T, ApiError> {
    asked.map(|Query(value)| value).map_err(|rejection| {
        let error = ServiceError::field("query", "format", rejection.body_text());
        ApiError::from_service(error, &ctx.request_id)
    })
}

/// The identifier in an address. What is no identifier names nothing: `missing` says what is not there.
pub(super) fn identifier(ctx: &Ctx, text: &str, missing: &str) -> Result<Uuid, ApiError> {
    text.parse()
        .map_err(|_| ApiError::new(ErrorCode::NotFound, missing, &ctx.request_id))
}

/// Body of a command that says nothing but that it is meant.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = Command)]
#[serde(deny_unknown_fields)]
pub(super) struct Meant {
    pub command_id: Uuid,
}

/// Body of a command that needs a reason.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = CommandWithReason)]
#[serde(deny_unknown_fields)]
pub(super) struct Because {
    pub command_id: Uuid,
    #[schema(min_length = 1, max_length = 200)]
    pub reason: String,
}

/// Query of `DELETE`, which has no body: without a `command_id` a repeated one is a new one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Removal {
    /// The same one twice has one effect.
    #[serde(default)]
    pub command_id: Option<Uuid>,
    /// The version that was read, where the thing has one and `If-Match` does not name it.
    #[serde(default)]
    pub version: Option<i32>,
}

impl Removal {
    /// The id of the command, made here where none was given.
    pub(super) fn command_id(&self) -> Uuid {
        self.command_id.unwrap_or_else(Uuid::now_v7)
    }
}

/// The version that a change is about, and who named it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub version: i32,
    by_header: bool,
}

/// What `If-Match` names, else the `version` of the body.
pub(super) fn seen(ctx: &Ctx, headers: &HeaderMap, in_body: Option<i32>) -> Result<Seen, ApiError> {
    let invalid = |reason: &str, message: &str| {
        let error = ServiceError::field("version", reason, message);
        ApiError::from_service(error, &ctx.request_id)
    };
    let in_header = wanted_version(headers)
        .map_err(|mut error| {
            error.0.request_id.clone_from(&ctx.request_id);
            error
        })?
        // A version that no number of ours can be is stale.
        .map(|version| i32::try_from(version).unwrap_or(-1));
    match (in_header, in_body) {
        (Some(one), Some(other)) if one != other => Err(invalid(
            "contradiction",
            "If-Match and the body name different versions.",
        )),
        (Some(version), _) => Ok(Seen {
            version,
            by_header: true,
        }),
        (None, Some(version)) => Ok(Seen {
            version,
            by_header: false,
        }),
        (None, None) => Err(invalid(
            "required",
            "Name the version that you read: as If-Match, or in the body.",
        )),
    }
}

/// An answer with the tag of its version.
pub(super) fn shown<T: Serialize>(
    ctx: &Ctx,
    result: ServiceResult<T>,
    version: impl Fn(&T) -> i32,
) -> Result<Response, ApiError> {
    let value = result.map_err(|error| ApiError::from_service(error, &ctx.request_id))?;
    let tag = etag(version(&value).into());
    Ok(([(header::ETAG, tag)], Json(value)).into_response())
}

/// What became of a change: where `If-Match` named a version that is not the latest, the precondition failed (412); a version of the
/// body is a conflict (409) as everywhere.
pub(super) fn changed<T: Serialize>(
    ctx: &Ctx,
    seen: Seen,
    result: ServiceResult<T>,
    version: impl Fn(&T) -> i32,
) -> Response {
    match result {
        Err(ServiceError::Conflict { reason, message })
            if seen.by_header && reason.ends_with(".stale") =>
        {
            let mut error = AppError::new(ErrorCode::PreconditionFailed, message);
            error.reason = reason.to_owned();
            error.request_id.clone_from(&ctx.request_id);
            ApiError(error).into_response()
        }
        result => shown(ctx, result, version).into_response(),
    }
}

/// Nothing more to say: 204.
pub(super) fn done(ctx: &Ctx, result: ServiceResult<()>) -> Result<StatusCode, ApiError> {
    result
        .map(|()| StatusCode::NO_CONTENT)
        .map_err(|error| ApiError::from_service(error, &ctx.request_id))
}
