//! Every token and every component on one page: for those who build screens, and for the tests that look at them.

use crate::{
    components::PageHeader,
    i18n::{t_string, use_i18n},
};
use leptos::prelude::*;

/// The guide.
#[component]
pub fn StyleGuidePage() -> impl IntoView {
    let i18n = use_i18n();
    view! { <PageHeader title=move || t_string!(i18n, style_guide.title) /> }
}
