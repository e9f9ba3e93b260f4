//! `ETag` and `If-Match` for things that have a version: nobody overwrites what they have not seen.

use crate::web::errors::{ApiError, ApiResult};
use axum::Json;
use axum::response::{IntoResponse, Response};
use contract::{AppError, ErrorCode};
use http::{HeaderMap, HeaderValue, header};
use serde::Serialize;
use services::{Ctx, ServiceError, ServiceResult};

/// The strong `ETag` of a version: `"v7"`.
#[must_use]
pub fn etag(version: i64) -> HeaderValue {
    HeaderValue::from_str(&format!("\"v{version}\""))
        .unwrap_or_else(|_| HeaderValue::from_static("\"v0\""))
}

/// The version that a request names in `If-Match`; `None` without the header, and with `*`, which any version satisfies.
///
/// # Errors
/// 412 for what is no tag of ours, a weak one among them: nothing here ever had it.
pub fn wanted_version(headers: &HeaderMap) -> Result<Option<i64>, ApiError> {
    let Some(value) = headers.get(header::IF_MATCH) else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    text.strip_prefix("\"v")
        .and_then(|rest| rest.strip_suffix('"'))
        .and_then(|number| number.parse().ok())
        .map(Some)
        .ok_or_else(|| failed(""))
}

/// The version that a request must name in `If-Match`.
///
/// # Errors
/// 428 without the header; 412 as [`wanted_version`].
pub fn needed_version(headers: &HeaderMap, request_id: &str) -> Result<i64, ApiError> {
    wanted_version(headers)?.ok_or_else(|| {
        let message = "Name the version that you have seen in If-Match: the ETag of what you read.";
        ApiError::new(ErrorCode::PreconditionRequired, message, request_id)
    })
}

fn failed(request_id: &str) -> ApiError {
    let mut error = AppError::new(
        ErrorCode::PreconditionFailed,
        "It has changed since you read it. Nothing was changed; read it again.",
    );
    request_id.clone_into(&mut error.request_id);
    ApiError(error)
}

/// Turns what a use case gave into an answer, as [`crate::web::errors::answer`] does, but a version that is not the one of `If-Match` into 412.
///
/// # Errors
/// The use case's.
pub fn answer_matched<T>(ctx: &Ctx, wanted: Option<i64>, result: ServiceResult<T>) -> ApiResult<T> {
    result.map(Json).map_err(|error| match error {
        ServiceError::Conflict { reason, message }
            if wanted.is_some() && reason != "command.reused" =>
        {
            let mut told = AppError::new(ErrorCode::PreconditionFailed, message);
            reason.clone_into(&mut told.reason);
            told.request_id.clone_from(&ctx.request_id);
            ApiError(told)
        }
        other => ApiError::from_service(other, &ctx.request_id),
    })
}

/// A thing with its version in the header `ETag`.
#[derive(Clone, Debug)]
pub struct Versioned<T>(pub i64, pub T);

impl<T: Serialize> IntoResponse for Versioned<T> {
    fn into_response(self) -> Response {
        ([(header::ETAG, etag(self.0))], Json(self.1)).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(value: &str) -> Result<Option<i64>, ErrorCode> {
        let mut headers = HeaderMap::new();
        headers.insert(header::IF_MATCH, value.parse().unwrap());
        wanted_version(&headers).map_err(|error| error.0.code)
    }

    #[test]
    fn a_version_comes_back_as_it_went_out() {
        for version in [0, 1, 7, i64::MAX] {
            let tag = etag(version);
            assert_eq!(asked(tag.to_str().unwrap()), Ok(Some(version)));
        }
        assert_eq!(asked("*"), Ok(None));
        assert!(matches!(wanted_version(&HeaderMap::new()), Ok(None)));
        for wrong in ["7", "\"7\"", "W/\"v7\"", "\"v7\", \"v8\"", "\"v\""] {
            assert_eq!(asked(wrong), Err(ErrorCode::PreconditionFailed), "{wrong}");
        }
        let missing = needed_version(&HeaderMap::new(), "r");
        assert_eq!(
            missing.map_err(|error| error.0.code),
            Err(ErrorCode::PreconditionRequired)
        );
    }
}
