//! Making an organization. Plain forms: they work before, and without, any script; what was typed comes back in the address, but for the
//! password.

use super::login::OvenDrawing;
use crate::{
    components::{Glyph, Icon, LanguageChoice, Notice, Tone, Wordmark, tab_title},
    i18n::{Locale, t_string, td_string, use_i18n},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// Whether people may ask for an organization of their own: said by the server, and on the page's root element to the browser.
pub(super) fn sign_up_is_open() -> bool {
    #[cfg(feature = "ssr")]
    {
        use_context::<crate::OpenSignUp>().is_some_and(|open| open.0)
    }
    #[cfg(all(feature = "hydrate", not(feature = "ssr")))]
    {
        document()
            .document_element()
            .is_some_and(|root| root.has_attribute("data-open-sign-up"))
    }
    #[cfg(not(any(feature = "ssr", feature = "hydrate")))]
    false
}

/// Why the last attempt ended here, from `?error=`.
fn reason(locale: Locale, key: &str) -> &'static str {
    match key {
        "sign_up.link" => td_string!(locale, organization.err_link),
        "sign_up.closed" => td_string!(locale, organization.err_closed),
        "email.email.format" => td_string!(locale, organization.err_email),
        "email.email.taken" => td_string!(locale, organization.err_email_taken),
        "currency.format" => td_string!(locale, organization.err_currency),
        "time_zone.format" => td_string!(locale, organization.err_time_zone),
        "password.password.too_short" => td_string!(locale, organization.err_password_short),
        "password.password.too_long"
        | "password.password.guessable"
        | "password.password.common" => {
            td_string!(locale, organization.err_password_weak)
        }
        "locked" => td_string!(locale, organization.err_locked),
        key if key.ends_with("name.format") => td_string!(locale, organization.err_name),
        _ => td_string!(locale, organization.err_other),
    }
}

/// The way in for a bakery.
#[component]
pub fn SignUpPage() -> impl IntoView {
    let i18n = use_i18n();
    let query = use_query_map();
    let get =
        move |key: &'static str| query.with_untracked(|query| query.get(key).unwrap_or_default());
    let (token, error, asked) = (get("token"), get("error"), !get("asked").is_empty());
    let title = tab_title(move || {
        format!(
            "{} · {}",
            t_string!(i18n, organization.sign_up_title),
            t_string!(i18n, common.brand)
        )
    });
    let form = if asked {
        view! {
            <Notice tone=Tone::Fine>
                <p>{move || t_string!(i18n, organization.asked)}</p>
            </Notice>
        }
        .into_any()
    } else if !token.is_empty() {
        let filled = Filled {
            token,
            name: get("name"),
            currency: or(get("currency"), "EUR"),
            language: or(get("language"), i18n.get_locale_untracked().as_ref()),
            time_zone: or(get("time_zone"), "Europe/Madrid"),
            store_name: get("store_name"),
            store_city: get("store_city"),
            display_name: get("display_name"),
        };
        view! { <MakeForm filled /> }.into_any()
    } else if sign_up_is_open() {
        view! { <AskForm email=get("email") /> }.into_any()
    } else {
        view! {
            <Notice tone=Tone::Info>
                <p>{move || t_string!(i18n, organization.by_invitation)}</p>
            </Notice>
        }
        .into_any()
    };
    view! {
        <Title text=title />
        <div class="login">
            <div class="login-door">
                <header class="login-head">
                    <Wordmark />
                    <LanguageChoice name="sign-up-language" />
                </header>
                <div class="login-words">
                    <h1>{move || t_string!(i18n, organization.sign_up_title)}</h1>
                    <p class="lead">{move || t_string!(i18n, organization.sign_up_lead)}</p>
                </div>
                <div aria-live="polite">
                    {(!error.is_empty())
                        .then(|| {
                            view! {
                                <Notice tone=Tone::Danger>
                                    <p>{move || reason(i18n.get_locale(), &error)}</p>
                                </Notice>
                            }
                        })}
                </div>
                {form}
                <p class="login-next">
                    <a href="/login">{move || t_string!(i18n, organization.to_login)}</a>
                </p>
            </div>
            <aside class="login-oven" aria-hidden="true">
                <OvenDrawing />
                <p>{move || t_string!(i18n, auth.aside)}</p>
            </aside>
        </div>
    }
}

fn or(text: String, usual: &str) -> String {
    if text.is_empty() {
        usual.to_owned()
    } else {
        text
    }
}

/// What stands in the form.
struct Filled {
    token: String,
    name: String,
    currency: String,
    language: String,
    time_zone: String,
    store_name: String,
    store_city: String,
    display_name: String,
}

/// A box of the form.
#[component]
fn Plain(
    name: &'static str,
    #[prop(into)] label: TextProp,
    value: String,
    #[prop(default = "text")] kind: &'static str,
    #[prop(default = "off")] autocomplete: &'static str,
    #[prop(optional)] optional: bool,
    /// Fewest letters.
    #[prop(optional)]
    fewest: Option<u32>,
) -> impl IntoView {
    // Addresses and passwords may be longer than names, and must not be cut off unseen.
    let longest = (kind == "text").then_some("120");
    view! {
        <div class="field">
            <label class="field-label" for=name>{move || label.get()}</label>
            <input
                class="input"
                id=name
                name=name
                type=kind
                autocomplete=autocomplete
                maxlength=longest
                minlength=fewest.map(|count| count.to_string())
                required=!optional
                value=value
            />
        </div>
    }
}

#[component]
fn MakeForm(filled: Filled) -> impl IntoView {
    let i18n = use_i18n();
    let is_english = filled.language == "en";
    view! {
        <form class="login-form" method="post" action="/sign-up">
            <input type="hidden" name="token" value=filled.token />
            <Plain name="name" label=move || t_string!(i18n, organization.company) value=filled.name autocomplete="organization" />
            <Plain name="store_name" label=move || t_string!(i18n, organization.first_store) value=filled.store_name />
            <Plain name="store_city" label=move || t_string!(i18n, organization.city) value=filled.store_city optional=true />
            <Plain name="display_name" label=move || t_string!(i18n, organization.your_name) value=filled.display_name autocomplete="name" />
            <Plain
                name="password"
                kind="password"
                label=move || t_string!(i18n, organization.your_password)
                value=String::new()
                autocomplete="new-password"
                fewest=12
            />
            <div class="field">
                <label class="field-label" for="language">{move || t_string!(i18n, organization.language)}</label>
                <select class="input select" id="language" name="language">
                    <option value="es" selected=!is_english>"Español"</option>
                    <option value="en" selected=is_english>"English"</option>
                </select>
            </div>
            <Plain name="currency" label=move || t_string!(i18n, organization.currency) value=filled.currency />
            <Plain name="time_zone" label=move || t_string!(i18n, organization.time_zone) value=filled.time_zone />
            <button type="submit" class="button button-primary button-wide">
                <span class="button-label">{move || t_string!(i18n, organization.sign_up)}</span>
                <Glyph icon=Icon::ChevronRight />
            </button>
        </form>
    }
}

#[component]
fn AskForm(email: String) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <form class="login-form" method="post" action="/sign-up/ask">
            <Plain name="email" kind="email" label=move || t_string!(i18n, organization.your_email) value=email autocomplete="email" />
            <button type="submit" class="button button-primary button-wide">
                <span class="button-label">{move || t_string!(i18n, organization.ask_link)}</span>
                <Glyph icon=Icon::ChevronRight />
            </button>
        </form>
    }
}
