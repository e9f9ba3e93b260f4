//! The one place where server functions meet the server: who asks, the use cases, and the way back of an error.
//!
//! A server function is three lines:
//! ```ignore
//! #[server(endpoint = "list_orders", input = GetUrl, output = Compact)]
//! pub async fn list_orders(filter: OrderFilter) -> AppResult<Vec<OrderView>> {
//!     crate::ssr::run(async |services, ctx| services.production_orders().list(&ctx, filter).await).await
//! }
//! ```

use contract::{AppError, AppResult, ErrorCode};
use http::request::Parts;
use http::{Method, StatusCode, header};
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;
use services::health::Installation;
use services::tablets::KnownTablet;
use services::{Arrival, Ctx, ServiceResult, Services};
use std::sync::Arc;
use tracing::Instrument;

/// Looks up what the answering process knows of the installation.
#[derive(Clone)]
pub struct Probe(pub Arc<dyn Fn() -> Installation + Send + Sync>);

/// What the answering process knows of the installation; nothing where no server stands around, as in tests of pages.
#[must_use]
pub fn installation() -> Installation {
    use_context::<Probe>()
        .map(|probe| (probe.0)())
        .unwrap_or_default()
}

/// The use cases and the frame of this request.
///
/// The server's session middleware leaves the frame in the request's extensions, for pages and server functions alike;
/// no frame means that nobody is signed in.
///
/// # Errors
/// [`ErrorCode::Unauthenticated`]; the answer's status is set.
pub async fn request() -> Result<(Services, Ctx), AppError> {
    let parts = use_context::<Parts>();
    let arrival = parts.as_ref().and_then(|p| p.extensions.get::<Arrival>());
    let request_id = arrival.map(|a| a.request_id.clone()).unwrap_or_default();
    let Some(services) = use_context::<Services>() else {
        return Err(refuse(AppError::new(
            ErrorCode::Internal,
            "The server is not put together completely.",
        )));
    };
    let ctx = parts
        .as_ref()
        .and_then(|p| p.extensions.get::<Ctx>().cloned());
    ctx.map(|ctx| (services, ctx)).ok_or_else(|| {
        let mut error = AppError::new(ErrorCode::Unauthenticated, "Sign in first.");
        error.request_id = request_id;
        refuse(error)
    })
}

/// Runs one use case for the signed-in caller.
///
/// # Errors
/// The use case's, as the caller may know it; the answer's status is set.
pub async fn run<T>(use_case: impl AsyncFnOnce(Services, Ctx) -> ServiceResult<T>) -> AppResult<T> {
    let (services, ctx) = request().await?;
    let request_id = ctx.request_id.clone();
    let span = tracing::info_span!(
        // Spans of this target exist for traces only.
        target: "hornada_trace",
        "use_case",
        otel.name = name_of(std::any::type_name_of_val(&use_case)),
    );
    use_case(services, ctx)
        .instrument(span)
        .await
        .map_err(|error| refuse(error.into_app_error(&request_id)))
}

/// Runs a question that a registered shared device may ask, whoever is signed in on it; nothing where the request comes from none. The
/// server's gate has recognised the device by its own cookie, and keeps other strangers away.
///
/// # Errors
/// The use case's, as the caller may know it; the answer's status is set.
pub async fn at_tablet<T>(
    use_case: impl AsyncFnOnce(Services, KnownTablet) -> ServiceResult<T>,
) -> AppResult<Option<T>> {
    let parts = use_context::<Parts>();
    let arrival = parts.as_ref().and_then(|p| p.extensions.get::<Arrival>());
    let request_id = arrival.map(|a| a.request_id.clone()).unwrap_or_default();
    let known = parts
        .as_ref()
        .and_then(|p| p.extensions.get::<KnownTablet>().cloned());
    let (Some(services), Some(known)) = (use_context::<Services>(), known) else {
        return Ok(None);
    };
    use_case(services, known)
        .await
        .map(Some)
        .map_err(|error| refuse(error.into_app_error(&request_id)))
}

/// `orders::list_orders` of the path of a closure within that server function, for traces: what it says is not promised by the compiler.
fn name_of(path: &str) -> String {
    let inner = path
        .split_once("server_fns::")
        .map_or(path, |(_, inner)| inner);
    let parts: Vec<&str> = inner
        .split("::")
        .take(2)
        .map(|part| part.trim_start_matches('_'))
        .collect();
    parts.join("::")
}

/// Gives the answer the status that belongs to an error, and hands the error on.
///
/// A form that was sent without scripts is left alone: it is answered with a redirect back to its page.
pub fn refuse(error: AppError) -> AppError {
    let plain_form = use_context::<Parts>().is_some_and(|parts| {
        let accept = parts
            .headers
            .get(header::ACCEPT)
            .and_then(|v| v.to_str().ok());
        parts.method != Method::GET && accept.is_some_and(|a| a.contains("text/html"))
    });
    if !plain_form
        && let Some(options) = use_context::<ResponseOptions>()
        && let Ok(status) = StatusCode::from_u16(error.code.status())
    {
        options.set_status(status);
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_use_case_is_named_after_its_server_function() {
        let path = "app::server_fns::orders::__list_orders::{{closure}}::{{closure}}";
        assert_eq!(name_of(path), "orders::list_orders");
        assert_eq!(name_of("elsewhere"), "elsewhere");
    }
}
