//! Errors as HTTP answers: problem details (RFC 9457) that carry `contract::AppError`.

use axum::Json;
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use contract::{AppError, ErrorCode};
use http::request::Parts;
use http::{HeaderMap, StatusCode, header};
use services::{Arrival, Ctx, ServiceError, ServiceResult};

/// An error on its way out.
#[derive(Clone, Debug)]
pub struct ApiError(pub AppError);

impl ApiError {
    /// An error of the edge itself.
    #[must_use]
    pub fn new(code: ErrorCode, message: &str, request_id: &str) -> Self {
        let mut error = AppError::new(code, message);
        request_id.clone_into(&mut error.request_id);
        Self(error)
    }

    /// What a use case refused; logged here, once.
    #[must_use]
    pub fn from_service(error: ServiceError, request_id: &str) -> Self {
        Self(error.into_app_error(request_id))
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status =
            StatusCode::from_u16(self.0.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(&self.0)).into_response();
        // For whoever gives it another form on its way out.
        response.extensions_mut().insert(self.0);
        response
    }
}

/// Answer of a REST handler.
pub type ApiResult<T> = Result<Json<T>, ApiError>;

/// Turns what a use case gave into an answer.
///
/// # Errors
/// The use case's.
pub fn answer<T>(ctx: &Ctx, result: ServiceResult<T>) -> ApiResult<T> {
    result
        .map(Json)
        .map_err(|error| ApiError::from_service(error, &ctx.request_id))
}

/// The signed-in caller; 401 where there is none.
#[derive(Clone, Debug)]
pub struct Caller(pub Ctx);

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        parts
            .extensions
            .get::<Ctx>()
            .cloned()
            .map(Self)
            .ok_or_else(|| {
                let request_id = parts
                    .extensions
                    .get::<Arrival>()
                    .map(|a| a.request_id.clone())
                    .unwrap_or_default();
                ApiError::new(ErrorCode::Unauthenticated, "Sign in first.", &request_id)
            })
    }
}

/// Whether the caller is a browser that would show the answer to a person.
#[must_use]
pub fn wants_html(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}
