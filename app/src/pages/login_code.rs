//! The second step of signing in. A plain form, as the first.

use crate::{
    components::{
        ButtonKind, ButtonLink, Glyph, Icon, LanguageChoice, Notice, Tone, Wordmark, tab_title,
    },
    i18n::{Locale, t_string, td_string, use_i18n},
    pages::passkey_door::PasskeyDoor,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// Why the last attempt ended here, from `?error=`.
fn reason(locale: Locale, key: &str) -> &'static str {
    match key {
        "code" => td_string!(locale, security.step_wrong),
        "passkey" => td_string!(locale, passkeys.err_unknown),
        "passkey_over" => td_string!(locale, passkeys.err_over),
        "locked" => td_string!(locale, security.step_locked),
        _ => td_string!(locale, security.step_failed),
    }
}

/// The question for a code. What it leads to is checked by the server.
#[component]
pub fn LoginCodePage() -> impl IntoView {
    let i18n = use_i18n();
    let query = use_query_map();
    let error = Memo::new(move |_| query.with(|query| query.get("error")));
    let next = Memo::new(move |_| query.with(|query| query.get("next")).unwrap_or_default());
    let title = tab_title(move || {
        format!(
            "{} · {}",
            t_string!(i18n, security.step_title),
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
                    <h1>{move || t_string!(i18n, security.step_title)}</h1>
                    <p class="lead">{move || t_string!(i18n, security.step_lead)}</p>
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
                </div>
                <form class="login-form" method="post" action="/login/code">
                    <input type="hidden" name="next" value=move || next.get() />
                    <div class="field">
                        <label class="field-label" for="code">{move || t_string!(i18n, security.code)}</label>
                        <input
                            class="input input-code"
                            id="code"
                            name="code"
                            type="text"
                            autocomplete="one-time-code"
                            autocapitalize="none"
                            spellcheck="false"
                            maxlength="32"
                            aria-describedby="code-note"
                            required
                            autofocus
                        />
                        <p class="field-note" id="code-note">{move || t_string!(i18n, security.step_hint)}</p>
                    </div>
                    <button type="submit" class="button button-primary button-wide">
                        <span class="button-label">{move || t_string!(i18n, security.step_submit)}</span>
                        <Glyph icon=Icon::ChevronRight />
                    </button>
                    <ButtonLink href="/login" kind=ButtonKind::Quiet>
                        {move || t_string!(i18n, security.step_back)}
                    </ButtonLink>
                </form>
                <PasskeyDoor next second=true />
            </div>
        </div>
    }
}
