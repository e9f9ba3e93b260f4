//! Requests that change something must come from our own pages.
//!
//! Browsers say where a request comes from in `Sec-Fetch-Site` and, older ones, in `Origin`; scripts of other sites
//! cannot change either. A caller that sends neither is no browser and carries nobody's cookies by accident. What
//! comes with a bearer credential is judged by that alone: browsers add none by themselves.

use crate::session::bearer::is_deliberate;
use crate::state::AppState;
use crate::web::errors::ApiError;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use contract::ErrorCode;
use http::{HeaderMap, HeaderName, Method, header};
use services::Arrival;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Refuses what another site's page sent. From what another site's page only reads, its address is taken away: a plain form's answer
/// leads back to the page that the form stood on, and that must be one of ours.
pub async fn guard(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let origin = state.config.public_origin.as_deref();
    if !leads_home(request.headers(), origin) {
        request.headers_mut().remove(header::REFERER);
    }
    let own = own(request.method(), request.headers(), origin);
    if own || is_deliberate(request.uri().path(), request.headers()) {
        return next.run(request).await;
    }
    let request_id = request
        .extensions()
        .get::<Arrival>()
        .map(|a| a.request_id.clone())
        .unwrap_or_default();
    tracing::warn!(
        path = request.uri().path(),
        "refused a request from another site"
    );
    ApiError::new(
        ErrorCode::Forbidden,
        "This request came from another site. Nothing was changed.",
        &request_id,
    )
    .into_response()
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers
        .get(name)
        .map(|v| v.to_str().unwrap_or("unreadable"))
}

/// Whether the page that the request was sent from, if it says so, is one of ours.
fn leads_home(headers: &HeaderMap, public_origin: Option<&str>) -> bool {
    let Some(referer) = text(headers, header::REFERER) else {
        return true;
    };
    let Some((scheme, rest)) = referer.split_once("://") else {
        return false;
    };
    let host = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    match public_origin {
        Some(public) => public.eq_ignore_ascii_case(&format!("{scheme}://{host}")),
        None => Some(host) == text(headers, header::HOST),
    }
}

fn own(method: &Method, headers: &HeaderMap, public_origin: Option<&str>) -> bool {
    if matches!(*method, Method::GET | Method::HEAD) {
        return true;
    }
    let origin_fits = text(headers, header::ORIGIN).map(|origin| {
        let host = origin
            .strip_prefix("https://")
            .or_else(|| origin.strip_prefix("http://"));
        match public_origin {
            Some(public) => origin.eq_ignore_ascii_case(public),
            None => host.is_some() && host == text(headers, header::HOST),
        }
    });
    match text(headers, SEC_FETCH_SITE) {
        // `none`: typed, bookmarked, or sent again by the browser itself.
        Some("same-origin" | "none") => true,
        Some(_) => false,
        None => origin_fits.unwrap_or(true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(k, v)| (HeaderName::from_static(k), v.parse().unwrap()))
            .collect()
    }

    #[test]
    fn what_browsers_say_of_other_sites_is_refused() {
        let refused: &[&[(&'static str, &str)]] = &[
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site")],
            &[
                ("sec-fetch-site", "cross-site"),
                ("origin", "http://shop.local"),
                ("host", "shop.local"),
            ],
            &[("origin", "https://evil.example"), ("host", "shop.local")],
            &[("origin", "null"), ("host", "shop.local")],
            &[
                ("origin", "https://shop.local.evil.example"),
                ("host", "shop.local"),
            ],
        ];
        for case in refused {
            assert!(!own(&Method::POST, &headers(case), None), "{case:?}");
            assert!(!own(&Method::DELETE, &headers(case), None), "{case:?}");
            assert!(own(&Method::GET, &headers(case), None), "{case:?}");
        }
    }

    #[test]
    fn our_own_pages_and_programs_may_pass() {
        let allowed: &[&[(&'static str, &str)]] = &[
            &[("sec-fetch-site", "same-origin")],
            &[
                ("origin", "http://shop.local:3000"),
                ("host", "shop.local:3000"),
            ],
            &[("host", "shop.local")],
        ];
        for case in allowed {
            assert!(own(&Method::POST, &headers(case), None), "{case:?}");
        }
    }

    #[test]
    fn only_our_own_pages_are_led_back_to() {
        let home = |referer: &str, public: Option<&str>| {
            leads_home(
                &headers(&[("referer", referer), ("host", "shop.local:3000")]),
                public,
            )
        };
        assert!(leads_home(&headers(&[("host", "shop.local")]), None));
        assert!(home("http://shop.local:3000/orders?a=b", None));
        assert!(home("http://shop.local:3000", None));
        for foreign in [
            "https://evil.example/",
            "http://shop.local:3000@evil.example/",
            "http://shop.local:3000.evil.example/",
            "http://evil.example/shop.local:3000",
            "//evil.example/",
            "shop.local:3000",
        ] {
            assert!(!home(foreign, None), "{foreign}");
        }
        let public = Some("https://hornada.example");
        assert!(home("https://hornada.example/orders", public));
        assert!(!home("http://hornada.example/orders", public));
        assert!(!home("http://shop.local:3000/orders", public));
    }

    #[test]
    fn behind_a_proxy_the_public_origin_counts_and_not_the_host() {
        let public = Some("https://hornada.example");
        assert!(own(
            &Method::POST,
            &headers(&[("origin", "https://hornada.example"), ("host", "10.0.0.5")]),
            public
        ));
        assert!(!own(
            &Method::POST,
            &headers(&[("origin", "http://10.0.0.5"), ("host", "10.0.0.5")]),
            public
        ));
    }
}
