//! The few preferences that must be known before the first byte of a page is written: language, theme, store.
//!
//! They are read from the request on the server and from the document in the browser, under the same names, so that
//! both sides draw the same page.

/// Language chosen in the user menu: `es` or `en`.
pub const LANGUAGE: &str = "hornada_language";
/// Theme chosen in the user menu: `light`, `dark` or `system`.
pub const THEME: &str = "hornada_theme";
/// Identifier of the store that was chosen last.
pub const STORE: &str = "hornada_store";

/// Value of a cookie, where it was sent.
#[must_use]
pub fn read(name: &str) -> Option<String> {
    find(&header()?, name)
}

/// Keeps a value for a year, in the browser. Nothing secret belongs here: scripts can read it.
pub fn write(name: &str, value: &str) {
    #[cfg(feature = "hydrate")]
    if let Some(document) = web_sys::window().and_then(|window| window.document()) {
        let text = format!("{name}={value}; Path=/; Max-Age=31536000; SameSite=Lax");
        // A browser that refuses cookies keeps the choice until the page is left; that is what its owner asked for.
        let _ = js_sys::Reflect::set(&document, &"cookie".into(), &text.into());
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (name, value);
}

fn header() -> Option<String> {
    #[cfg(feature = "ssr")]
    {
        let parts = leptos::prelude::use_context::<http::request::Parts>()?;
        let values: Vec<&str> = parts
            .headers
            .get_all(http::header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .collect();
        Some(values.join("; "))
    }
    #[cfg(all(feature = "hydrate", not(feature = "ssr")))]
    {
        let document = web_sys::window()?.document()?;
        js_sys::Reflect::get(&document, &"cookie".into())
            .ok()?
            .as_string()
    }
    #[cfg(not(any(feature = "ssr", feature = "hydrate")))]
    None
}

fn find(header: &str, name: &str) -> Option<String> {
    header
        .split(';')
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn a_cookie_is_found_among_others_and_only_by_its_whole_name() {
        let header = "id=abc; hornada_theme=dark;hornada_store=7";
        assert_eq!(find(header, "hornada_theme").as_deref(), Some("dark"));
        assert_eq!(find(header, "hornada_store").as_deref(), Some("7"));
        assert_eq!(find(header, "theme"), None);
        assert_eq!(find("", "id"), None);
    }
}
