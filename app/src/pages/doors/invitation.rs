//! Becoming a person of an organization.

use super::{Door, NewPassword, Username, query, seen_link};
use crate::{
    components::{Loaded, Notice, Tone},
    i18n::{t_string, use_i18n},
};
use contract::people::LinkView;
use leptos::prelude::*;

/// Where whoever was invited chooses name and password.
#[component]
pub fn InvitationPage() -> impl IntoView {
    let i18n = use_i18n();
    let link = seen_link();
    view! {
        <Door title=move || t_string!(i18n, doors.invitation_title)>
            <Loaded resource=link let:link>
                {match link {
                    Some(link) => view! { <Accept link /> }.into_any(),
                    None => view! { <Ended /> }.into_any(),
                }}
            </Loaded>
        </Door>
    }
}

#[component]
fn Accept(link: LinkView) -> impl IntoView {
    let i18n = use_i18n();
    let (token, name) = (query("token"), query("name"));
    let (organization, email) = (link.organization_name, link.email.clone());
    let lead = move || {
        let (organization, email) = (organization.clone(), email.clone());
        t_string!(
            i18n,
            doors.invitation_lead,
            organization = organization,
            email = email
        )
        .to_string()
    };
    view! {
        <p class="lead">{lead}</p>
        <form class="login-form" method="post" action="/invitation">
            <input type="hidden" name="token" value=move || token.get() />
            // The language in which the page is read is the person's.
            <input type="hidden" name="language" value=move || i18n.get_locale().to_string() />
            <Username email=link.email />
            <div class="field">
                <label class="field-label" for="display_name">{move || t_string!(i18n, doors.name)}</label>
                <input
                    class="input"
                    id="display_name"
                    name="display_name"
                    autocomplete="name"
                    maxlength="120"
                    required
                    value=name.get_untracked()
                    aria-describedby="display_name-note"
                />
                <p class="field-note" id="display_name-note">{move || t_string!(i18n, doors.name_hint)}</p>
            </div>
            <NewPassword />
            <button type="submit" class="button button-primary button-wide">
                <span class="button-label">{move || t_string!(i18n, doors.invitation_submit)}</span>
            </button>
        </form>
    }
}

#[component]
fn Ended() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <Notice tone=Tone::Attention>
            <p>{move || t_string!(i18n, doors.invitation_ended)}</p>
        </Notice>
    }
}
