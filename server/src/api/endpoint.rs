//! One method of one path: who may call it, what runs, and what is told of it.

use super::about::{About, Gives, Shape, Takes};
use crate::state::AppState;
use crate::web::errors::ApiError;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::handler::Handler;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use contract::{ErrorCode, Page};
use domain::Permission;
use http::{Method, StatusCode};
use serde_json::Value;
use services::Ctx;
use std::time::Duration;
use tower_http::timeout::{RequestBodyTimeoutLayer, TimeoutLayer};

/// An upload may last, but not stand still for longer: who sends nothing would hold a connection and a half-written file.
const BODY_PAUSE: Duration = Duration::from_secs(60);
use utoipa::ToSchema;

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
    /// In axum's notation, which is OpenAPI's too: `/api/v1/orders/{id}`.
    pub path: &'static str,
    pub access: Access,
    /// What the description of the API says of it.
    pub about: About,
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
    fn new(
        method: Method,
        path: &'static str,
        access: Access,
        router: MethodRouter<AppState>,
    ) -> Self {
        Self {
            method,
            path,
            access,
            about: About::default(),
            router,
            streams: false,
            body_limit: None,
        }
    }

    /// An endpoint that reads.
    pub fn get<H: Handler<T, AppState>, T: 'static>(
        path: &'static str,
        access: Access,
        handler: H,
    ) -> Self {
        Self::new(Method::GET, path, access, on(MethodFilter::GET, handler))
    }

    /// An endpoint that changes something.
    pub fn post<H: Handler<T, AppState>, T: 'static>(
        path: &'static str,
        access: Access,
        handler: H,
    ) -> Self {
        Self::new(Method::POST, path, access, on(MethodFilter::POST, handler))
    }

    /// An endpoint that puts something in the place of what was there.
    pub fn put<H: Handler<T, AppState>, T: 'static>(
        path: &'static str,
        access: Access,
        handler: H,
    ) -> Self {
        Self::new(Method::PUT, path, access, on(MethodFilter::PUT, handler))
    }

    /// An endpoint that changes parts of what is there.
    pub fn patch<H: Handler<T, AppState>, T: 'static>(
        path: &'static str,
        access: Access,
        handler: H,
    ) -> Self {
        Self::new(
            Method::PATCH,
            path,
            access,
            on(MethodFilter::PATCH, handler),
        )
    }

    /// An endpoint that takes something away.
    pub fn delete<H: Handler<T, AppState>, T: 'static>(
        path: &'static str,
        access: Access,
        handler: H,
    ) -> Self {
        Self::new(
            Method::DELETE,
            path,
            access,
            on(MethodFilter::DELETE, handler),
        )
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

    /// The name that generated clients give it; made of method and path where nothing is said.
    #[must_use]
    pub fn named(mut self, name: &'static str) -> Self {
        self.about.name = Some(name);
        self
    }

    /// What it does, in a line.
    #[must_use]
    pub fn summary(mut self, summary: &'static str) -> Self {
        self.about.summary = summary;
        self
    }

    /// What stands in its address after the question mark: the fields of this type.
    #[must_use]
    pub fn asks<T: ToSchema + 'static>(mut self) -> Self {
        self.about.asks = Some(Shape::of::<T>());
        self
    }

    /// Parts of its path that are texts. All others are UUIDs.
    #[must_use]
    pub fn texts(mut self, names: &'static [&'static str]) -> Self {
        self.about.texts = names;
        self
    }

    /// It takes this as JSON.
    #[must_use]
    pub fn takes<T: ToSchema + 'static>(mut self) -> Self {
        self.about.takes = Takes::Json(Shape::of::<T>());
        self
    }

    /// It takes a form with files, of this schema.
    #[must_use]
    pub fn takes_form(mut self, schema: fn() -> Value) -> Self {
        self.about.takes = Takes::Form(schema);
        self
    }

    /// It changes something and needs no body for that.
    #[must_use]
    pub fn takes_nothing(mut self) -> Self {
        self.about.takes = Takes::Nothing;
        self
    }

    /// It answers with this as JSON.
    #[must_use]
    pub fn gives<T: ToSchema + 'static>(mut self) -> Self {
        self.about.gives = Gives::One(200, Shape::of::<T>());
        self
    }

    /// It answers 201 with this as JSON, and with its address in `Location`.
    #[must_use]
    pub fn creates<T: ToSchema + 'static>(mut self) -> Self {
        self.about.gives = Gives::One(201, Shape::of::<T>());
        self
    }

    /// It answers with a list of these.
    #[must_use]
    pub fn gives_list<T: ToSchema + 'static>(mut self) -> Self {
        self.about.gives = Gives::List(Shape::of::<T>());
        self
    }

    /// It answers with a [`Page`] of these.
    #[must_use]
    pub fn gives_page<T: ToSchema + 'static>(mut self) -> Self {
        self.about.gives = Gives::Page(Shape::of::<T>(), Shape::of::<Page<T>>());
        self
    }

    /// It answers 204 without a body.
    #[must_use]
    pub fn gives_nothing(mut self) -> Self {
        self.about.gives = Gives::Nothing;
        self
    }

    /// It answers with a text of this media type, such as `text/csv` or `text/event-stream`.
    #[must_use]
    pub fn gives_text(mut self, media: &'static str) -> Self {
        self.about.gives = Gives::Text(media);
        self
    }

    /// It may also answer with this status and this as JSON.
    #[must_use]
    pub fn also_gives<T: ToSchema + 'static>(mut self, status: u16) -> Self {
        self.about.also.push((status, Some(Shape::of::<T>())));
        self
    }

    /// It may also answer with this status and no body.
    #[must_use]
    pub fn also(mut self, status: u16) -> Self {
        self.about.also.push((status, None));
        self
    }

    pub(super) fn mount(self, router: Router<AppState>, timeout: Duration) -> Router<AppState> {
        let mut methods = self.router;
        if !self.streams {
            methods = methods.layer(TimeoutLayer::with_status_code(
                StatusCode::SERVICE_UNAVAILABLE,
                timeout,
            ));
        } else {
            methods = methods.layer(RequestBodyTimeoutLayer::new(BODY_PAUSE));
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
