//! Pages for those who came to the wrong door.

use crate::{
    components::{ButtonKind, ButtonLink, PageHeader},
    i18n::{t_string, use_i18n},
    response::set_status,
};
use leptos::prelude::*;

/// 404: the address leads nowhere.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    let i18n = use_i18n();
    set_status(404);
    view! {
        <div class="lost">
            <EmptyTray />
            <PageHeader
                over="404"
                title=move || t_string!(i18n, common.not_found_title)
                lead=move || t_string!(i18n, common.not_found_text)
            />
            <ButtonLink href="/" kind=ButtonKind::Primary>{move || t_string!(i18n, common.home)}</ButtonLink>
        </div>
    }
}

/// 403: a page of somebody else's work.
#[component]
pub fn ForbiddenPage() -> impl IntoView {
    let i18n = use_i18n();
    set_status(403);
    view! {
        <div class="lost">
            <EmptyTray />
            <PageHeader
                over="403"
                title=move || t_string!(i18n, common.forbidden_title)
                lead=move || t_string!(i18n, common.forbidden_text)
            />
            <ButtonLink href="/" kind=ButtonKind::Primary>{move || t_string!(i18n, common.home)}</ButtonLink>
        </div>
    }
}

/// A baking tray with crumbs.
#[component]
fn EmptyTray() -> impl IntoView {
    view! {
        <svg class="lost-tray" viewBox="0 0 200 90" aria-hidden="true" focusable="false">
            <path d="M14 34h172l-14 40a6 6 0 0 1-6 4H34a6 6 0 0 1-6-4z" />
            <path d="M6 34h188" />
            <path d="M70 56h.1M92 62h.1M104 52h.1M126 60h.1M84 50h.1" class="lost-crumbs" />
        </svg>
    }
}
