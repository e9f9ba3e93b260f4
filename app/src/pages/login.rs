//! Sign-in. A plain form: it works before, and without, any script.

use crate::{
    components::{Glyph, Icon, LanguageChoice, Notice, Tone, Wordmark, tab_title},
    i18n::{Locale, t_string, td_string, use_i18n},
    pages::{passkey_door::PasskeyDoor, sign_up::sign_up_is_open},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{components::A, hooks::use_query_map};
use uuid::Uuid;

/// Why the last attempt ended here, from `?error=`.
fn reason(locale: Locale, key: &str) -> &'static str {
    match key {
        "credentials" | "invalid" => td_string!(locale, auth.error_credentials),
        "locked" => td_string!(locale, auth.error_locked),
        "ended" | "expired" => td_string!(locale, auth.error_ended),
        "suspended" => td_string!(locale, auth.error_suspended),
        "password_closed" => td_string!(locale, auth.error_password_closed),
        "sso_none" => td_string!(locale, doors.sign_on_none),
        "sso_ended" => td_string!(locale, auth.error_sso_ended),
        "sso_refused" => td_string!(locale, auth.error_sso_refused),
        "sso_provider" => td_string!(locale, auth.error_sso_provider),
        "single_sign_on.unverified" => td_string!(locale, auth.error_sso_unverified),
        "single_sign_on.domain" => td_string!(locale, auth.error_sso_domain),
        "single_sign_on.unknown" => td_string!(locale, auth.error_sso_unknown),
        "single_sign_on.other_subject" => td_string!(locale, auth.error_sso_other),
        "passkey" => td_string!(locale, passkeys.err_unknown),
        "passkey_over" => td_string!(locale, passkeys.err_over),
        "inactive" => td_string!(locale, auth.error_inactive),
        _ => td_string!(locale, auth.error_other),
    }
}

/// Only an address of our own may follow a sign-in; anything else is dropped.
fn safe_next(next: &str) -> Option<String> {
    let own =
        next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\n', '\r']);
    (own && next != "/").then(|| next.to_owned())
}

/// As it stands in a query (RFC 3986, 2.3): everything but the unreserved characters and the slash is escaped.
pub(super) fn escaped(text: &str) -> String {
    let escape = |byte: u8| {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    text.bytes().map(escape).collect()
}

/// The door.
#[component]
pub fn LoginPage() -> impl IntoView {
    let i18n = use_i18n();
    let query = use_query_map();
    let error = Memo::new(move |_| query.with(|query| query.get("error")));
    let changed = Memo::new(move |_| query.with(|query| query.get("password").is_some()));
    let signed_out = Memo::new(move |_| query.with(|query| query.get("signed_out").is_some()));
    // Through which provider whoever signed out had come; an id and nothing else leads on.
    let left = Memo::new(move |_| {
        let id = query.with(|query| query.get("left"))?;
        id.parse::<Uuid>().ok()
    });
    let next =
        Memo::new(move |_| query.with(|query| query.get("next").and_then(|next| safe_next(&next))));
    let sign_on = move || match next.get() {
        Some(next) => format!("/login/sso?next={}", escaped(&next)),
        None => "/login/sso".to_owned(),
    };
    let title = tab_title(move || {
        format!(
            "{} · {}",
            t_string!(i18n, auth.title),
            t_string!(i18n, common.brand)
        )
    });
    view! {
        <Title text=title />
        <div class="login">
            <div class="login-door">
                <header class="login-head">
                    <Wordmark />
                    <LanguageChoice name="login-language" />
                </header>
                <div class="login-words">
                    <h1>{move || t_string!(i18n, auth.title)}</h1>
                    <p class="lead">{move || t_string!(i18n, auth.lead)}</p>
                </div>
                <div aria-live="polite">
                    {move || {
                        error
                            .get()
                            .map(|key| {
                                view! {
                                    <Notice tone=Tone::Danger>
                                        <p>{move || reason(i18n.get_locale(), &key)}</p>
                                    </Notice>
                                }
                            })
                    }}
                    {move || {
                        (changed.get() && error.with(Option::is_none))
                            .then(|| {
                                view! {
                                    <Notice tone=Tone::Fine>
                                        <p>{move || t_string!(i18n, auth.password_set)}</p>
                                    </Notice>
                                }
                            })
                    }}
                    {move || {
                        (signed_out.get() && error.with(Option::is_none))
                            .then(|| {
                                view! {
                                    <Notice tone=Tone::Fine>
                                        <p>{move || t_string!(i18n, auth.signed_out)}</p>
                                        {move || {
                                            left.get()
                                                .map(|id| {
                                                    view! {
                                                        <a rel="external" href=format!("/login/sso/{id}/leave")>
                                                            {move || t_string!(i18n, auth.leave_provider)}
                                                        </a>
                                                    }
                                                })
                                        }}
                                    </Notice>
                                }
                            })
                    }}
                </div>
                <form class="login-form" method="post" action="/login">
                    {move || next.get().map(|next| view! { <input type="hidden" name="next" value=next /> })}
                    <div class="field">
                        <label class="field-label" for="email">{move || t_string!(i18n, auth.email)}</label>
                        <input class="input" id="email" name="email" type="email" autocomplete="username" required autofocus />
                    </div>
                    <div class="field">
                        <label class="field-label" for="password">{move || t_string!(i18n, auth.password)}</label>
                        <input
                            class="input"
                            id="password"
                            name="password"
                            type="password"
                            autocomplete="current-password"
                            required
                        />
                    </div>
                    <button type="submit" class="button button-primary button-wide">
                        <span class="button-label">{move || t_string!(i18n, auth.submit)}</span>
                        <Glyph icon=Icon::ChevronRight />
                    </button>
                    <p class="login-next">
                        <A href="/forgot">{move || t_string!(i18n, auth.forgot)}</A>
                    </p>
                    <p class="login-next">
                        <A href=sign_on>{move || t_string!(i18n, auth.sign_on)}</A>
                    </p>
                    {move || {
                        next.get()
                            .map(|next| view! { <p class="login-next">{move || t_string!(i18n, auth.after, path = next.as_str())}</p> })
                    }}
                </form>
                <PasskeyDoor next=Signal::derive(move || next.get().unwrap_or_default()) />
                {sign_up_is_open()
                    .then(|| view! { <p class="login-next"><a href="/sign-up">{move || t_string!(i18n, auth.sign_up)}</a></p> })}
            </div>
            <aside class="login-oven" aria-hidden="true">
                <OvenDrawing />
                <p>{move || t_string!(i18n, auth.aside)}</p>
            </aside>
        </div>
    }
}

/// Loaves in a warm oven: the picture beside the door.
#[component]
pub(super) fn OvenDrawing() -> impl IntoView {
    view! {
        <svg viewBox="0 0 520 400" focusable="false">
            <defs>
                <radialGradient id="oven-glow" cx="50%" cy="92%" r="85%">
                    <stop offset="0%" class="oven-glow-in" />
                    <stop offset="100%" class="oven-glow-out" />
                </radialGradient>
            </defs>
            <path class="oven-arch" d="M30 400V230C30 110 130 24 260 24s230 86 230 206v170z" />
            <path class="oven-mouth" d="M74 400V238c0-96 82-166 186-166s186 70 186 166v162z" fill="url(#oven-glow)" />
            <path class="oven-floor" d="M74 352h372v48H74z" />
            <g class="oven-loaves">
                <path d="M104 352c-8-46 30-74 70-74s74 26 66 74z" />
                <path d="M214 352c-10-58 28-92 72-92s82 34 72 92z" />
                <path d="M336 352c-6-38 20-60 50-60s52 22 46 60z" />
            </g>
            <g class="oven-cuts">
                <path d="M146 306l16 22M174 298l16 24M262 284l20 32M294 282l20 32M374 310l12 20M396 310l10 18" />
            </g>
        </svg>
    }
}

#[cfg(test)]
mod tests {
    use super::safe_next;

    #[test]
    fn only_our_own_addresses_follow_a_sign_in() {
        assert_eq!(
            safe_next("/stock?store=7").as_deref(),
            Some("/stock?store=7")
        );
        for foreign in [
            "https://example.org",
            "//example.org",
            "/\\example.org",
            "stock",
            "",
            "/",
        ] {
            assert_eq!(safe_next(foreign), None, "{foreign}");
        }
    }
}
