//! Which language a page is written in, and how a person changes it without leaving the page.
//!
//! Order: the choice made in the user menu on this device (a cookie, which sign-in sets to the person's own
//! language), the person's language, the browser's wishes, Spanish. The server writes the result into
//! `<html lang>`, and the browser reads it from there, so the two can never disagree.

use crate::{
    cookies,
    i18n::{Locale, use_i18n},
};
use domain::Language;
use leptos::prelude::*;
use leptos_i18n::{I18nContext, context::init_i18n_subcontext_with_options};

impl From<Language> for Locale {
    fn from(language: Language) -> Self {
        match language {
            Language::Es => Self::es,
            Language::En => Self::en,
        }
    }
}

impl From<Locale> for Language {
    fn from(locale: Locale) -> Self {
        match locale {
            Locale::es => Self::Es,
            Locale::en => Self::En,
        }
    }
}

/// Makes the texts of `language` available to everything below. `language` must come from [`initial_language`].
pub fn provide_language(language: Language) -> I18nContext<Locale> {
    // The crate's own provider would ask its cookie and header in an order that knows nothing of the signed-in person.
    let context = init_i18n_subcontext_with_options::<Locale>(
        Some(Signal::stored(language.into())),
        None,
        None,
        None,
    );
    provide_context(context);
    context
}

/// The language in which the page starts.
#[must_use]
pub fn initial_language(person: Option<Language>) -> Language {
    #[cfg(all(feature = "hydrate", not(feature = "ssr")))]
    {
        let _ = person;
        web_sys::window()
            .and_then(|window| window.document())
            .and_then(|document| document.document_element())
            .and_then(|html| html.get_attribute("lang"))
            .and_then(|lang| lang.parse().ok())
            .unwrap_or(Language::Es)
    }
    #[cfg(not(all(feature = "hydrate", not(feature = "ssr"))))]
    {
        cookies::read(cookies::LANGUAGE)
            .and_then(|text| text.parse().ok())
            .or(person)
            .or_else(|| preferred(&accept_language()?))
            .unwrap_or(Language::Es)
    }
}

/// The language of the page, followed as it changes.
#[must_use]
pub fn use_language() -> Signal<Language> {
    let i18n = use_i18n();
    Signal::derive(move || i18n.get_locale().into())
}

/// Changes every text on the page in place and remembers the choice on this device. Typed input stays.
pub fn switch_language(i18n: I18nContext<Locale>, language: Language) {
    i18n.set_locale(language.into());
    cookies::write(cookies::LANGUAGE, language.as_str());
    #[cfg(feature = "hydrate")]
    if let Some(html) = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.document_element())
    {
        let _ = html.set_attribute("lang", language.as_str());
    }
}

#[cfg(not(all(feature = "hydrate", not(feature = "ssr"))))]
fn accept_language() -> Option<String> {
    #[cfg(feature = "ssr")]
    {
        let parts = use_context::<http::request::Parts>()?;
        parts
            .headers
            .get(http::header::ACCEPT_LANGUAGE)?
            .to_str()
            .ok()
            .map(str::to_owned)
    }
    #[cfg(not(feature = "ssr"))]
    None
}

/// First language of an `Accept-Language` header that we speak, by weight and then by place (RFC 9110, 12.5.4).
#[cfg_attr(all(feature = "hydrate", not(feature = "ssr")), allow(dead_code))]
fn preferred(header: &str) -> Option<Language> {
    let mut wishes: Vec<(Language, f32)> = header
        .split(',')
        .filter_map(|wish| {
            let mut parts = wish.trim().split(';');
            let language = parts
                .next()?
                .split('-')
                .next()?
                .to_ascii_lowercase()
                .parse()
                .ok()?;
            let weight = parts
                .find_map(|part| part.trim().strip_prefix("q="))
                .map_or(Some(1.0), |text| text.parse::<f32>().ok())?;
            (weight > 0.0).then_some((language, weight))
        })
        .collect();
    // Stable, so that equal weights keep the order in which they were written.
    wishes.sort_by(|left, right| right.1.total_cmp(&left.1));
    wishes.first().map(|(language, _)| *language)
}

#[cfg(test)]
mod tests {
    use super::preferred;
    use domain::Language::{En, Es};

    #[test]
    fn the_heaviest_language_that_we_speak_wins() {
        assert_eq!(preferred("fr-FR, en-GB;q=0.8, es;q=0.9"), Some(Es));
        assert_eq!(preferred("en-US,en;q=0.9,es;q=0.8"), Some(En));
        assert_eq!(preferred("es-MX"), Some(Es));
    }

    #[test]
    fn a_refused_or_unknown_language_is_not_taken() {
        assert_eq!(preferred("en;q=0, fr"), None);
        assert_eq!(preferred("*"), None);
        assert_eq!(preferred(""), None);
        assert_eq!(preferred("en;q=much, es;q=0.1"), Some(Es));
    }
}
