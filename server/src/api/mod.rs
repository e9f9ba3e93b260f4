//! REST under `/api/v1`. Every endpoint stands in [`endpoints`] with the permission it needs; the router is built from
//! that list and the access test walks it.
//!
//! To add one: write the handler in the file of its area with [`crate::web::errors::Caller`] as an argument, and one
//! line in that area's `endpoints()`.

pub mod backups;
pub mod forecasts;
pub mod health;
pub mod imports;
pub mod live;
pub mod models;
pub mod orders;
pub mod planning;
pub mod policies;
pub mod purchases;
pub mod sales;
pub mod stock;
pub mod suggestions;

use crate::state::AppState;
use crate::web::errors::ApiError;
use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, Request};
use axum::handler::Handler;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use axum::{Json, Router};
use contract::ErrorCode;
use domain::Permission;
use http::{Method, StatusCode};
use services::{Ctx, ServiceError};
use std::time::Duration;
use tower_http::timeout::TimeoutLayer;

/// Who may call an endpoint at all; what they may see there is the use case's to decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody, also strangers.
    Public,
    /// Whoever is signed in.
    SignedIn,
    /// Whoever holds the permission.
    Needs(Permission),
}

/// One method of one path.
#[derive(Clone)]
pub struct Endpoint {
    pub method: Method,
    /// In axum's notation: `/api/v1/orders/{id}`.
    pub path: &'static str,
    pub access: Access,
    router: MethodRouter<AppState>,
    streams: bool,
    body_limit: Option<usize>,
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} ({:?})", self.method, self.path, self.access)
    }
}

impl Endpoint {
    /// An endpoint that reads.
    pub fn get<H: Handler<T, AppState>, T: 'static>(
        path: &'static str,
        access: Access,
        handler: H,
    ) -> Self {
        Self {
            method: Method::GET,
            path,
            access,
            router: on(MethodFilter::GET, handler),
            streams: false,
            body_limit: None,
        }
    }

    /// An endpoint that changes something.
    pub fn post<H: Handler<T, AppState>, T: 'static>(
        path: &'static str,
        access: Access,
        handler: H,
    ) -> Self {
        Self {
            method: Method::POST,
            path,
            access,
            router: on(MethodFilter::POST, handler),
            streams: false,
            body_limit: None,
        }
    }

    /// An endpoint that puts something in the place of what was there.
    pub fn put<H: Handler<T, AppState>, T: 'static>(
        path: &'static str,
        access: Access,
        handler: H,
    ) -> Self {
        Self {
            method: Method::PUT,
            path,
            access,
            router: on(MethodFilter::PUT, handler),
            streams: false,
            body_limit: None,
        }
    }

    /// An endpoint that changes parts of what is there.
    pub fn patch<H: Handler<T, AppState>, T: 'static>(
        path: &'static str,
        access: Access,
        handler: H,
    ) -> Self {
        Self {
            method: Method::PATCH,
            path,
            access,
            router: on(MethodFilter::PATCH, handler),
            streams: false,
            body_limit: None,
        }
    }

    /// An endpoint that takes something away.
    pub fn delete<H: Handler<T, AppState>, T: 'static>(
        path: &'static str,
        access: Access,
        handler: H,
    ) -> Self {
        Self {
            method: Method::DELETE,
            path,
            access,
            router: on(MethodFilter::DELETE, handler),
            streams: false,
            body_limit: None,
        }
    }

    /// For uploads, downloads and live streams: the time limit of ordinary answers does not hold.
    #[must_use]
    pub fn streams(mut self) -> Self {
        self.streams = true;
        self
    }

    /// Takes bodies up to so many bytes instead of axum's 2 MB. A handler that reads a body as a stream must count too.
    #[must_use]
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = Some(bytes);
        self
    }

    fn mount(self, router: Router<AppState>, timeout: Duration) -> Router<AppState> {
        let mut methods = self.router;
        if !self.streams {
            methods = methods.layer(TimeoutLayer::with_status_code(
                StatusCode::SERVICE_UNAVAILABLE,
                timeout,
            ));
        }
        if let Some(bytes) = self.body_limit {
            methods = methods.layer(DefaultBodyLimit::max(bytes));
        }
        if let Access::Needs(permission) = self.access {
            methods = methods.layer(middleware::from_fn(move |request: Request, next: Next| {
                require(permission, request, next)
            }));
        }
        router.route(self.path, methods)
    }
}

async fn require(permission: Permission, request: Request, next: Next) -> Response {
    let Some(ctx) = request.extensions().get::<Ctx>() else {
        return ApiError::new(ErrorCode::Unauthenticated, "Sign in first.", "").into_response();
    };
    match ctx.require(permission) {
        Ok(()) => next.run(request).await,
        Err(error) => ApiError::from_service(error, &ctx.request_id.clone()).into_response(),
    }
}

/// The JSON of a request, or what is wrong with it.
fn body<T>(ctx: &Ctx, body: Result<Json<T>, JsonRejection>) -> Result<T, ApiError> {
    body.map(|Json(value)| value).map_err(|rejection| {
        let error = ServiceError::field("body", "format", rejection.body_text());
        ApiError::from_service(error, &ctx.request_id)
    })
}

/// Every endpoint there is.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    [
        forecasts::endpoints(),
        health::endpoints(),
        backups::endpoints(),
        imports::endpoints(),
        live::endpoints(),
        models::endpoints(),
        orders::endpoints(),
        planning::endpoints(),
        policies::endpoints(),
        purchases::endpoints(),
        sales::endpoints(),
        stock::endpoints(),
        suggestions::endpoints(),
    ]
    .concat()
}

/// The endpoints, those for strangers apart from those behind the session.
pub(crate) fn routers(timeout: Duration) -> (Router<AppState>, Router<AppState>) {
    let (public, private): (Vec<_>, Vec<_>) = endpoints()
        .into_iter()
        .partition(|e| e.access == Access::Public);
    let mount = |list: Vec<Endpoint>| {
        list.into_iter()
            .fold(Router::new(), |router, e| e.mount(router, timeout))
    };
    (mount(public), mount(private))
}
