//! Taking a shared device over: one's name, then one's PIN. Links and a plain form, so that it works before any script.

use crate::{
    components::*,
    fetched::Fetched,
    i18n::{Locale, t_string, td_string, use_i18n},
    server_fns::tablets::read_tablet,
};
use contract::tablets::{TabletPerson, TabletPicker};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use uuid::Uuid;

/// Why the last attempt ended here, from `?error=`.
fn reason(locale: Locale, key: &str) -> &'static str {
    match key {
        "pin" => td_string!(locale, tablets.wrong_pin),
        "locked" => td_string!(locale, tablets.locked),
        "factor" => td_string!(locale, tablets.factor),
        _ => td_string!(locale, tablets.err_failed),
    }
}

/// Nothing where the device is not registered.
type Found = Option<TabletPicker>;

/// The names of a shop's people, or the PIN of one of them.
#[component]
pub fn TabletPage() -> impl IntoView {
    let i18n = use_i18n();
    let picker = Fetched::new(|| (), |()| read_tablet());
    let title = tab_title(move || {
        format!(
            "{} · {}",
            t_string!(i18n, tablets.who),
            t_string!(i18n, common.brand)
        )
    });
    view! {
        <Title text=title />
        <div class="tablet-door">
            <header class="login-head">
                <Wordmark />
                <LanguageChoice name="tablet-language" />
            </header>
            <Loaded
                resource=picker
                children=move |found: Found| match found {
                    Some(picker) => view! { <Known picker /> }.into_any(),
                    None => view! { <Unknown /> }.into_any(),
                }
            />
            // A whole page: the door's code and the door's session are others.
            <a class="button button-quiet" href="/login" rel="external">
                <span class="button-label">{move || t_string!(i18n, tablets.with_password)}</span>
            </a>
        </div>
    }
}

/// A device that nobody registered.
#[component]
fn Unknown() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <h1>{move || t_string!(i18n, tablets.unknown_title)}</h1>
        <p class="lead">{move || t_string!(i18n, tablets.unknown_text)}</p>
    }
}

#[component]
fn Known(picker: TabletPicker) -> impl IntoView {
    let i18n = use_i18n();
    let query = use_query_map();
    let error = Memo::new(move |_| query.with(|query| query.get("error")));
    let who = Memo::new(move |_| {
        query.with(|query| query.get("who").and_then(|who| who.parse::<Uuid>().ok()))
    });
    let (tablet, store) = (picker.tablet.clone(), picker.store.clone());
    let lead = move || {
        t_string!(
            i18n,
            tablets.who_lead,
            tablet = tablet.as_str(),
            store = store.as_str()
        )
        .to_string()
    };
    let people = picker.people;
    view! {
        <div class="login-words">
            <p class="over">{lead}</p>
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
        </div>
        {move || {
            let chosen = who.get();
            match people.iter().find(|person| Some(person.id) == chosen) {
                Some(person) => view! { <Pin person=person.clone() /> }.into_any(),
                None => view! { <Names people=people.clone() /> }.into_any(),
            }
        }}
    }
}

/// The names, large enough for a hand in flour.
#[component]
fn Names(people: Vec<TabletPerson>) -> impl IntoView {
    let i18n = use_i18n();
    if people.is_empty() {
        return view! {
            <EmptyState
                icon=Icon::Users
                title=move || t_string!(i18n, tablets.nobody_title)
                text=move || t_string!(i18n, tablets.nobody_text)
            />
        }
        .into_any();
    }
    view! {
        <h1>{move || t_string!(i18n, tablets.who)}</h1>
        <ul class="tablet-people">
            {people
                .into_iter()
                .map(|person| {
                    let href = format!("/tablet?who={}", person.id);
                    view! {
                        <li>
                            <ButtonLink href large=true>{person.name}</ButtonLink>
                        </li>
                    }
                })
                .collect_view()}
        </ul>
    }
    .into_any()
}

#[component]
fn Pin(person: TabletPerson) -> impl IntoView {
    let i18n = use_i18n();
    let name = person.name;
    let label = move || t_string!(i18n, tablets.pin, name = name.as_str()).to_string();
    view! {
        <form class="login-form" method="post" action="/tablet">
            <input type="hidden" name="who" value=person.id.to_string() />
            <div class="field">
                <h1>
                    <label for="pin">{label}</label>
                </h1>
                <input
                    class="input input-code"
                    id="pin"
                    name="pin"
                    type="password"
                    inputmode="numeric"
                    autocomplete="off"
                    minlength="4"
                    maxlength="8"
                    required
                    autofocus
                />
            </div>
            <button type="submit" class="button button-primary button-wide button-large">
                <span class="button-label">{move || t_string!(i18n, tablets.come_in)}</span>
                <Glyph icon=Icon::ChevronRight />
            </button>
            <ButtonLink href="/tablet" kind=ButtonKind::Quiet icon=Icon::ChevronLeft>
                {move || t_string!(i18n, tablets.somebody_else)}
            </ButtonLink>
        </form>
    }
}
