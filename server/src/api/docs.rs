//! The page on which people read the description of the API and try it.
//!
//! Swagger UI, because it is plain script files and one style sheet: nothing of it stands inline, nothing is evaluated, and nothing is
//! fetched from elsewhere. The files come from npm when the site is built and lie in its folder.

use crate::state::AppState;
use crate::web::errors::ApiError;
use axum::Router;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use contract::ErrorCode;
use http::{HeaderValue, header};

/// Stricter than that of the product's own pages.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
    connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'";

const PAGE: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Hornada API</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/docs-ui/swagger-ui.css">
</head>
<body>
<div id="docs"></div>
<script src="/docs-ui/swagger-ui-bundle.js"></script>
<script src="/docs-ui/start.js"></script>
</body>
</html>
"#;

/// `GET /docs`.
pub(crate) fn router() -> Router<AppState> {
    Router::new().route("/docs", get(show))
}

async fn show(State(state): State<AppState>) -> Response {
    if !state.config.api_docs {
        let message = "There is nothing at this address.";
        return ApiError::new(ErrorCode::NotFound, message, "").into_response();
    }
    let policy = (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(POLICY),
    );
    ([policy], Html(PAGE)).into_response()
}
