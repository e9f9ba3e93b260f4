//! Every token and every component on one page: for those who build screens, and for the tests that look at them.

mod controls;
mod figures;
mod foundations;
mod surfaces;

use crate::{
    components::{LanguageChoice, PageHeader, ThemeSwitch},
    i18n::{t_string, use_i18n},
    session::use_session,
};
use contract::{AppError, ErrorCode};
use leptos::prelude::*;

/// A failure to show: the network was away.
fn sample_failure() -> AppError {
    AppError {
        request_id: "01937f2e".to_owned(),
        ..AppError::new(ErrorCode::Network, "The server could not be reached")
    }
}

/// The guide.
#[component]
pub fn StyleGuidePage() -> impl IntoView {
    let i18n = use_i18n();
    // Those who are signed in have both in their menu, and a group of keys may stand only once on a page.
    let stranger = use_session().is_none();
    view! {
        <PageHeader
            title=move || t_string!(i18n, style_guide.title)
            lead=move || t_string!(i18n, style_guide.lead)
        >
            {stranger
                .then(|| {
                    view! {
                        <LanguageChoice name="menu-language" />
                        <ThemeSwitch />
                    }
                })}
        </PageHeader>
        {foundations::Foundations().into_any()}
        {controls::Controls().into_any()}
        {figures::Figures().into_any()}
        {surfaces::Surfaces().into_any()}
    }
}
