//! Charts: pure functions from views to a drawing, and the one component that puts a drawing on the page.
//!
//! The server never draws: it sends the same numbers as a table, which stays as the accessible form of the chart.
//! Only this module names types of the charting crate.

#[cfg(feature = "hydrate")]
mod canvas;
mod demand;
mod forecast;
mod forecast_marks;
mod palette;

pub use demand::{DemandDay, DemandWords, demand};
pub use forecast::{ForecastWords, forecast_chart};
pub use palette::Palette;

use crate::{
    i18n::{t_string, use_i18n},
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
            <p class="chart-failed" hidden=move || !failed.get()>{move || t_string!(i18n, common.chart_failed)}</p>
            <details class="chart-table">
                <summary>{move || t_string!(i18n, common.chart_table)}</summary>
                {children()}
            </details>
        </figure>
    }
}

/// How a thing is drawn in a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stroke {
    /// What happened.
    Ink,
    /// The forecast.
    Crust,
    /// The range around it.
    Band,
    /// Past forecasts.
    Dashed,
}

/// What the strokes of a chart mean, above it.
#[component]
pub fn ChartKey(
    /// Stroke and words.
    entries: Vec<(Stroke, TextProp)>,
) -> impl IntoView {
    view! {
        <ul class="chart-key">
            {entries
                .into_iter()
                .map(|(stroke, text)| {
                    let class = match stroke {
                        Stroke::Ink => "chart-stroke chart-stroke-ink",
                        Stroke::Crust => "chart-stroke chart-stroke-crust",
                        Stroke::Band => "chart-stroke chart-stroke-band",
                        Stroke::Dashed => "chart-stroke chart-stroke-dashed",
                    };
                    view! {
                        <li>
                            <span class=class></span>
                            {move || text.get()}
                        </li>
                    }
                })
                .collect_view()}
        </ul>
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
