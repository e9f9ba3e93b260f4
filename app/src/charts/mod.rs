//! Charts: pure functions from views to a drawing, and the one component that puts a drawing on the page.
//!
//! The server never draws: it sends the same numbers as a table, which stays as the accessible form of the chart.
//! Only this module names types of the charting crate.

#[cfg(feature = "hydrate")]
mod canvas;
mod palette;

pub use palette::Palette;

use crate::{
    i18n::{t, use_i18n},
    theme::use_theme,
};
use leptos::{html, prelude::*};

/// A chart in a box of fixed height.
///
/// `plot` runs in the browser only, and again whenever a signal that it reads, the theme or the language changes;
/// format numbers inside it with [`crate::format::use_format`]. Children are the table with the same numbers.
#[component]
pub fn Chart<F>(
    /// What the chart shows, for screen readers.
    #[prop(into)]
    title: TextProp,
    /// Height of the box in pixels.
    #[prop(default = 320)]
    height: u16,
    plot: F,
    children: Children,
) -> impl IntoView
where
    F: Fn(&Palette) -> charming::Chart + Send + Sync + 'static,
{
    let i18n = use_i18n();
    let node = NodeRef::<html::Div>::new();
    let failed = RwSignal::new(false);
    let theme = use_theme();
    draw(node, failed, move || plot(&Palette::of(theme.get())));
    view! {
        <figure class="chart">
            <div
                node_ref=node
                class="chart-box"
                class:chart-box-failed=move || failed.get()
                style=format!("height: {height}px")
                role="img"
                aria-label=move || title.get()
            ></div>
            <p class="chart-failed" hidden=move || !failed.get()>{t!(i18n, common.chart_failed)}</p>
            <details class="chart-table">
                <summary>{t!(i18n, common.chart_table)}</summary>
                {children()}
            </details>
        </figure>
    }
}

#[cfg(feature = "hydrate")]
use canvas::draw;

#[cfg(not(feature = "hydrate"))]
fn draw(
    node: NodeRef<html::Div>,
    failed: RwSignal<bool>,
    build: impl Fn() -> charming::Chart + Send + Sync + 'static,
) {
    let _ = (node, failed, build);
}
