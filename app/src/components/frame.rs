//! What stands around every page: the rail on a desk, the bar under the thumb on a tablet or phone, nothing but the
//! work in the kitchen.

use super::{
    badge::{Notice, Tone},
    choice::{Choice, Segmented},
    dialog::Dialog,
    icon::{Glyph, Icon},
    later::Later,
    live::OfflineMark,
    store_picker::StorePicker,
    toast::ToastRegion,
};
use crate::{
    device_queue::keep_when_needed,
    drafts::keep_typed,
    format::use_format,
    i18n::{t_string, use_i18n},
    idle::watch,
    language::switch_language,
    navigation::{Place, home_of, places_for},
    session::{Session, use_session},
    theme::{Theme, use_theme},
};
use chrono::{DateTime, Utc};
use domain::Language;
use leptos::prelude::*;
use leptos_router::{components::A, hooks::use_location};
use std::sync::Arc;
use uuid::Uuid;

/// How much stands around a page.
fn chrome_of(path: &str, signed_in: bool) -> &'static str {
    match path {
        "/login" | "/login/code" | "/login/sso" | "/forgot" | "/reset" | "/invitation"
        | "/sign-up" | "/tablet" => "plain",
        _ if !signed_in => "plain",
        _ if path == "/kitchen" || path.starts_with("/kitchen/") => "kitchen",
        _ => "rail",
    }
}

/// The frame. Stands once, around the routes.
#[component]
pub fn Frame(children: Children) -> impl IntoView {
    let i18n = use_i18n();
    let session = use_session();
    let signed_in = session.is_some();
    let erase_after = session
        .as_ref()
        .and_then(|session| session.user.erase_after);
    let path = use_location().pathname;
    view! {
        <a class="skip" href="#content">{move || t_string!(i18n, common.skip)}</a>
        <div class="frame" data-chrome=move || chrome_of(&path.get(), signed_in)>
            {session.map(|session| view! { <Rail session /> })}
            <main id="content" class="content" tabindex="-1">
                {erase_after.map(|at| view! { <Ending at /> })}
                {children()}
            </main>
            <ToastRegion />
        </div>
    }
}

/// Says to everybody of it that the organization will be erased, and when.
#[component]
fn Ending(at: DateTime<Utc>) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    view! {
        <div class="ending no-print">
            <Notice tone=Tone::Attention>
                <p>{move || t_string!(i18n, common.erase_banner, day = format.instant(at)).to_string()}</p>
            </Notice>
        </div>
    }
}

/// The product's name as it is written over the door.
#[component]
pub fn Wordmark() -> impl IntoView {
    view! {
        <span class="wordmark">
            <svg class="wordmark-mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
                <path d="M3 21.500C3 13 8.800 7 16 7s13 6 13 14.500c0 2-1.300 3.500-3.300 3.500H6.300C4.300 25 3 23.500 3 21.500z" />
                <path class="wordmark-cut" d="M10.500 12.500l3 5M16.500 10.800l3 5.200M22 13l2.200 4" />
            </svg>
            "Hornada"
        </span>
    }
}

#[component]
fn Rail(session: Arc<Session>) -> impl IntoView {
    let i18n = use_i18n();
    let person = session.user.user_id;
    let idle = session.user.tablet.as_ref().map(|t| t.idle_minutes);
    let permissions = session.user.permissions.clone();
    let places = places_for(&permissions);
    let more = RwSignal::new(false);
    let all = places.clone();
    view! {
        <div class="rail">
            <div class="rail-head">
                <A href=home_of(&permissions) attr:class="rail-brand">
                    <Wordmark />
                </A>
                <A href="/orders" attr:class="button button-quiet leave-kitchen">
                    <Glyph icon=Icon::ChevronLeft />
                    <span class="button-label">{move || t_string!(i18n, common.leave_kitchen)}</span>
                </A>
                <StorePicker />
                <OfflineMark />
            </div>
            <nav class="rail-nav" aria-label=move || t_string!(i18n, common.navigation)>
                <ul>
                    {places.into_iter().map(|place| view! { <PlaceLink place /> }).collect_view()}
                    <li class="rail-more">
                        <button type="button" class="place" aria-haspopup="dialog" on:click=move |_| more.set(true)>
                            <Glyph icon=Icon::Menu />
                            <span>{move || t_string!(i18n, common.more)}</span>
                        </button>
                    </li>
                </ul>
            </nav>
            <UserMenu session />
        </div>
        <Later part=move || keeping(person, idle) />
        <Dialog open=more sheet=true title=move || t_string!(i18n, common.navigation)>
            <ul class="places-sheet" on:click=move |_| more.set(false)>
                {all.into_iter().map(|place| view! { <PlaceLink place /> }).collect_view()}
            </ul>
        </Dialog>
    }
}

/// What keeps what people type and do. Its code comes after the page, which can be used without.
#[lazy(frame_later)]
fn keeping(person: Uuid, idle: Option<i32>) -> AnyView {
    keep_typed(person);
    if let Some(minutes) = idle {
        watch(minutes);
    }
    keep_when_needed(person)
}

#[component]
fn PlaceLink(place: Place) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <li>
            <A href=place.href attr:class="place">
                <Glyph icon=place.icon />
                <span>{move || place.label(i18n.get_locale())}</span>
            </A>
        </li>
    }
}

#[component]
fn UserMenu(session: Arc<Session>) -> impl IntoView {
    let i18n = use_i18n();
    let name = session.user.display_name.clone();
    let initials: String = name
        .split_whitespace()
        .filter_map(|word| word.chars().next())
        .take(2)
        .collect();
    let menu_name = name.clone();
    let at_tablet = session.user.tablet.is_some();
    view! {
        <div class="user-menu">
            <button
                type="button"
                class="user-button"
                popovertarget="user-menu"
            >
                <span class="visually-hidden">{move || t_string!(i18n, common.menu, name = menu_name.as_str())}</span>
                <span class="user-initials" aria-hidden="true">{initials}</span>
                <span class="user-names" aria-hidden="true">
                    <span class="user-name">{name}</span>
                    <span class="user-organization">{session.user.organization_name.clone()}</span>
                </span>
            </button>
            <div id="user-menu" popover="auto" class="menu">
                <p class="menu-who">{session.user.email.clone()}</p>
                {(!at_tablet)
                    .then(|| {
                        view! {
                            <A href="/account" attr:class="button button-quiet menu-item">
                                <Glyph icon=Icon::Users />
                                <span class="button-label">{move || t_string!(i18n, common.account)}</span>
                            </A>
                        }
                    })}
                <LanguageChoice name="menu-language" />
                <ThemeSwitch />
                <OwnDoor at_tablet />
                <form method="post" action="/logout">
                    <button type="submit" class="button button-quiet menu-item">
                        <Glyph icon=Icon::SignOut />
                        <span class="button-label">{move || t_string!(i18n, common.sign_out)}</span>
                    </button>
                </form>
            </div>
        </div>
    }
}

/// The way to how one signs in; on a shared tablet to the next person.
#[component]
fn OwnDoor(at_tablet: bool) -> impl IntoView {
    let i18n = use_i18n();
    let href = if at_tablet {
        "/tablet"
    } else {
        "/account/security"
    };
    // The names are a whole page: they belong to the device and not to the session.
    let rel = at_tablet.then_some("external");
    view! {
        <a class="button button-quiet menu-item" href=href rel=rel>
            <Glyph icon=Icon::Users />
            <span class="button-label">
                {move || {
                    if at_tablet { t_string!(i18n, common.switch_person) } else { t_string!(i18n, common.security) }
                }}
            </span>
        </a>
    }
}

/// Spanish or English, at once and without leaving the page.
#[component]
pub fn LanguageChoice(
    /// Name of the group of keys, unique on the page.
    name: &'static str,
) -> impl IntoView {
    let i18n = use_i18n();
    let chosen = RwSignal::new(i18n.get_locale_untracked().to_string());
    // Each language is named in itself, whatever the page speaks.
    let options = vec![Choice::new("es", "Español"), Choice::new("en", "English")];
    view! {
        <Segmented
            name
            label=move || t_string!(i18n, common.language)
            value=chosen
            options
            on_change=move |value: String| {
                if let Ok(language) = value.parse::<Language>() {
                    switch_language(i18n, language);
                }
            }
        />
    }
}

/// Light, dark, or as the device.
#[component]
pub fn ThemeSwitch() -> impl IntoView {
    let i18n = use_i18n();
    let theme = use_theme();
    let chosen = RwSignal::new(theme.get_untracked().as_str().to_owned());
    let options = vec![
        Choice::new("system", move || t_string!(i18n, common.theme_system)),
        Choice::new("light", move || t_string!(i18n, common.theme_light)),
        Choice::new("dark", move || t_string!(i18n, common.theme_dark)),
    ];
    view! {
        <Segmented
            name="menu-theme"
            label=move || t_string!(i18n, common.theme)
            value=chosen
            options
            on_change=move |value: String| {
                if let Some(choice) = Theme::ALL.into_iter().find(|theme| theme.as_str() == value) {
                    theme.set(choice);
                }
            }
        />
    }
}

#[cfg(test)]
mod tests {
    use super::chrome_of;

    #[test]
    fn the_kitchen_stands_alone_and_strangers_see_no_rail() {
        assert_eq!(chrome_of("/kitchen", true), "kitchen");
        assert_eq!(chrome_of("/kitchen/board", true), "kitchen");
        assert_eq!(chrome_of("/kitchens", true), "rail");
        assert_eq!(chrome_of("/today", false), "plain");
        assert_eq!(chrome_of("/login", true), "plain");
        assert_eq!(chrome_of("/invitation", true), "plain");
        assert_eq!(chrome_of("/account", true), "rail");
        assert_eq!(chrome_of("/tablet", true), "plain");
        assert_eq!(chrome_of("/tablets", true), "rail");
    }
}
