//! The new password of whoever followed a link.

use super::{Door, NewPassword, Username, query, seen_link};
use crate::{
    components::{Loaded, Notice, Tone},
    i18n::{t_string, use_i18n},
};
use contract::people::LinkView;
use leptos::prelude::*;
use leptos_router::components::A;

/// Where a new password is chosen.
#[component]
pub fn ResetPage() -> impl IntoView {
    let i18n = use_i18n();
    let link = seen_link();
    view! {
        <Door title=move || t_string!(i18n, doors.reset_title)>
            <Loaded resource=link let:link>
                {match link {
                    Some(link) => view! { <Chosen link /> }.into_any(),
                    None => view! { <Ended /> }.into_any(),
                }}
            </Loaded>
        </Door>
    }
}

#[component]
fn Chosen(link: LinkView) -> impl IntoView {
    let i18n = use_i18n();
    let token = query("token");
    let email = link.email.clone();
    view! {
        <p class="lead">{move || t_string!(i18n, doors.reset_lead, email = email.clone()).to_string()}</p>
        <form class="login-form" method="post" action="/reset">
            <input type="hidden" name="token" value=move || token.get() />
            <Username email=link.email />
            <NewPassword />
            <button type="submit" class="button button-primary button-wide">
                <span class="button-label">{move || t_string!(i18n, doors.reset_submit)}</span>
            </button>
        </form>
    }
}

#[component]
fn Ended() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <Notice tone=Tone::Attention>
            <p>{move || t_string!(i18n, doors.reset_ended)}</p>
            <p>
                <A href="/forgot">{move || t_string!(i18n, doors.ask_again)}</A>
            </p>
        </Notice>
    }
}
