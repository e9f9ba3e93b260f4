//! What a page may say about the HTTP answer that carries it. In the browser these do nothing, so that pages need
//! not know on which side they run.

/// Sets the status of the answer, for example 404 when the thing asked for does not exist.
///
/// Counts only until the first byte has left, so call it while the view is built or inside a blocking resource.
pub fn set_status(status: u16) {
    #[cfg(feature = "ssr")]
    if let (Some(options), Ok(status)) = (
        leptos::prelude::use_context::<leptos_axum::ResponseOptions>(),
        http::StatusCode::from_u16(status),
    ) {
        options.set_status(status);
    }
    #[cfg(not(feature = "ssr"))]
    let _ = status;
}

/// Sends the reader elsewhere: an HTTP redirect on the server, a navigation in the browser.
pub fn redirect(path: &str) {
    #[cfg(feature = "ssr")]
    leptos_axum::redirect(path);
    #[cfg(feature = "hydrate")]
    if let Some(window) = web_sys::window() {
        // A failed assignment leaves the reader where they are, with the page's own words beside them.
        let _ = window.location().set_href(path);
    }
    #[cfg(not(any(feature = "ssr", feature = "hydrate")))]
    let _ = path;
}
