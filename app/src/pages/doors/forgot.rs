//! Asking for a link. What comes of it is the same for every address.

use super::{Door, query};
use crate::{
    components::{Notice, Tone},
    i18n::{t_string, use_i18n},
};
use leptos::prelude::*;

/// Where somebody says that they forgot their password.
#[component]
pub fn ForgotPage() -> impl IntoView {
    let i18n = use_i18n();
    let sent = query("sent");
    view! {
        <Door
            title=move || t_string!(i18n, doors.forgot_title)
            lead=move || t_string!(i18n, doors.forgot_lead)
        >
            <div aria-live="polite">
                {move || {
                    (!sent.with(String::is_empty))
                        .then(|| {
                            view! {
                                <Notice tone=Tone::Fine>
                                    <p>{move || t_string!(i18n, doors.forgot_sent)}</p>
                                </Notice>
                            }
                        })
                }}
            </div>
            <form class="login-form" method="post" action="/forgot">
                <div class="field">
                    <label class="field-label" for="email">{move || t_string!(i18n, doors.email)}</label>
                    <input class="input" id="email" name="email" type="email" autocomplete="username" required />
                </div>
                <button type="submit" class="button button-primary button-wide">
                    <span class="button-label">{move || t_string!(i18n, doors.forgot_submit)}</span>
                </button>
            </form>
        </Door>
    }
}
