//! Coming in with an organization's own account: which organization, and from there a link to its provider.

use super::{Door, query};
use crate::{
    SeenProviders,
    components::{Loaded, Notice, Tone},
    fetched::Fetched,
    i18n::{t_string, use_i18n},
    pages::login::escaped,
};
use contract::single_sign_on::ProviderOffer;
use leptos::prelude::*;

/// The providers of whoever was named, as the server found them before it drew the page: the browser never asks for them by itself.
fn seen() -> Fetched<Vec<ProviderOffer>> {
    Fetched::new(
        || (),
        |()| {
            let seen = use_context::<SeenProviders>().map(|seen| seen.0);
            async move { Ok(seen.unwrap_or_default()) }
        },
    )
}

/// The next page goes along to the provider and back.
fn onward(id: &str, next: &str) -> String {
    if next.is_empty() {
        return format!("/login/sso/{id}");
    }
    format!("/login/sso/{id}?next={}", escaped(next))
}

/// Where somebody says which organization they are of.
#[component]
pub fn SignOnPage() -> impl IntoView {
    let i18n = use_i18n();
    let next = query("next");
    let named = query("for");
    view! {
        <Door title=move || t_string!(i18n, doors.sign_on_title) lead=move || t_string!(i18n, doors.sign_on_lead)>
            <Loaded
                resource=seen()
                children=move |offers: Vec<ProviderOffer>| {
                    let is_lost = offers.is_empty() && !named.with_untracked(String::is_empty);
                    let links = offers
                        .into_iter()
                        .map(|offer| view! { <Offer offer next /> })
                        .collect_view();
                    view! {
                        {is_lost
                            .then(|| {
                                view! {
                                    <Notice tone=Tone::Info>
                                        <p>{move || t_string!(i18n, doors.sign_on_none)}</p>
                                    </Notice>
                                }
                            })}
                        {links}
                    }
                }
            />
            <form class="login-form" method="post" action="/login/sso">
                <input type="hidden" name="next" value=move || next.get() />
                <div class="field">
                    <label class="field-label" for="hint">{move || t_string!(i18n, doors.sign_on_hint)}</label>
                    <input class="input" id="hint" name="hint" autocomplete="username" maxlength="254" required />
                </div>
                <button type="submit" class="button button-primary button-wide">
                    <span class="button-label">{move || t_string!(i18n, doors.sign_on_submit)}</span>
                </button>
            </form>
        </Door>
    }
}

/// One provider. A link, not a form: it leads to another site.
#[component]
fn Offer(offer: ProviderOffer, next: Memo<String>) -> impl IntoView {
    let i18n = use_i18n();
    let id = offer.id.to_string();
    let (name, host) = (offer.name, offer.host);
    view! {
        <p class="login-next">
            <strong>{offer.organization_name}</strong>
            <br />
            <a class="button button-primary button-wide" rel="external" href=move || next.with(|next| onward(&id, next))>
                <span class="button-label">{move || t_string!(i18n, doors.sign_on_go, name = name.as_str())}</span>
            </a>
            <span class="muted">{move || t_string!(i18n, doors.sign_on_host, host = host.as_str())}</span>
        </p>
    }
}

#[cfg(test)]
mod tests {
    use super::onward;

    #[test]
    fn the_next_page_goes_along_escaped() {
        assert_eq!(onward("1", ""), "/login/sso/1");
        assert_eq!(
            onward("1", "/stock?store=7&a=ñ"),
            "/login/sso/1?next=/stock%3Fstore%3D7%26a%3D%C3%B1"
        );
    }
}
