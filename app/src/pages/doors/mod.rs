//! The other ways in: an invitation, a forgotten password, a new one. Plain forms, as the door itself: they work before, and without,
//! any script.

mod forgot;
mod invitation;
mod reset;
mod sign_on;

pub use forgot::ForgotPage;
pub use invitation::InvitationPage;
pub use reset::ResetPage;
pub use sign_on::SignOnPage;

use super::login::OvenDrawing;
use crate::{
    SeenLink,
    components::{LanguageChoice, Notice, Tone, Wordmark, tab_title},
    fetched::Fetched,
    i18n::{Locale, t_string, td_string, use_i18n},
};
use contract::people::LinkView;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{components::A, hooks::use_query_map};

/// What was refused, from `?error=`.
fn reason(locale: Locale, key: &str) -> &'static str {
    match key {
        "locked" => td_string!(locale, account.err_locked),
        "password.too_short" => td_string!(locale, account.err_short),
        "password.too_long" => td_string!(locale, account.err_long),
        "password.guessable" => td_string!(locale, account.err_guessable),
        "password.common" => td_string!(locale, account.err_common),
        "name.format" => td_string!(locale, account.err_name),
        "email.taken" => td_string!(locale, doors.err_taken),
        "roles.none" | "stores.none" => td_string!(locale, doors.err_place),
        "suspended" => td_string!(locale, auth.error_suspended),
        "sso_none" => td_string!(locale, doors.sign_on_none),
        "link.ended" => td_string!(locale, doors.reset_ended),
        _ => td_string!(locale, account.err_other),
    }
}

/// A word of the page's address, empty where it is not there.
fn query(name: &'static str) -> Memo<String> {
    let query = use_query_map();
    Memo::new(move |_| query.with(|query| query.get(name).unwrap_or_default()))
}

/// What the link is for, as the server looked at it before it drew the page: the browser never asks for it by itself.
fn seen_link() -> Fetched<Option<LinkView>> {
    Fetched::new(
        || (),
        |()| {
            let link = use_context::<SeenLink>().and_then(|seen| seen.0);
            async move { Ok(link) }
        },
    )
}

/// What stands around every form: the same as around the door.
#[component]
fn Door(
    #[prop(into)] title: TextProp,
    /// Below the title.
    #[prop(optional, into)]
    lead: Option<TextProp>,
    children: Children,
) -> impl IntoView {
    let i18n = use_i18n();
    let error = query("error");
    let in_tab = title.clone();
    let tab = tab_title(move || format!("{} · {}", in_tab.get(), t_string!(i18n, common.brand)));
    view! {
        <Title text=tab />
        <div class="login">
            <div class="login-door">
                <header class="login-head">
                    <Wordmark />
                    <LanguageChoice name="login-language" />
                </header>
                <div class="login-words">
                    <h1>{move || title.get()}</h1>
                    {lead.map(|lead| view! { <p class="lead">{move || lead.get()}</p> })}
                </div>
                <div aria-live="polite">
                    {move || {
                        (!error.with(String::is_empty))
                            .then(|| {
                                view! {
                                    <Notice tone=Tone::Danger>
                                        <p>{move || error.with(|key| reason(i18n.get_locale(), key))}</p>
                                    </Notice>
                                }
                            })
                    }}
                </div>
                {children()}
                <p class="login-next">
                    <A href="/login">{move || t_string!(i18n, doors.to_login)}</A>
                </p>
            </div>
            <aside class="login-oven" aria-hidden="true">
                <OvenDrawing />
                <p>{move || t_string!(i18n, auth.aside)}</p>
            </aside>
        </div>
    }
}

/// A password that is chosen now.
#[component]
fn NewPassword() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <div class="field">
            <label class="field-label" for="password">{move || t_string!(i18n, doors.password)}</label>
            <input
                class="input"
                id="password"
                name="password"
                type="password"
                autocomplete="new-password"
                minlength="12"
                required
                aria-describedby="password-note"
            />
            <p class="field-note" id="password-note">{move || t_string!(i18n, doors.password_hint)}</p>
        </div>
    }
}

/// The address under which a browser keeps the password, for it to see and nobody to type.
#[component]
fn Username(email: String) -> impl IntoView {
    view! { <input type="hidden" name="username" autocomplete="username" value=email /> }
}
