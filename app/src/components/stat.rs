//! Numbers that people act on, with their uncertainty and their reasons.

use super::{
    badge::Tone,
    icon::{Glyph, Icon},
};
use crate::{
    format::use_format,
    i18n::{t_string, use_i18n},
};
use leptos::prelude::*;

/// One big number with its name, and below it a range or a comparison.
#[component]
pub fn Stat(
    #[prop(into)] label: TextProp,
    #[prop(into)] value: TextProp,
    /// The range or what it is compared with.
    #[prop(optional, into)]
    detail: Option<TextProp>,
    #[prop(optional)] tone: Tone,
) -> impl IntoView {
    view! {
        <div class="stat" data-tone=tone.as_str()>
            <p class="stat-label">{move || label.get()}</p>
            <p class="stat-value">{move || value.get()}</p>
            {detail.map(|detail| view! { <p class="stat-detail">{move || detail.get()}</p> })}
        </div>
    }
}

/// The span between the tenth and the ninetieth percentile with the median in it, on a scale that starts at zero.
/// Give all bars of a list the same `scale`, so that they can be compared.
#[component]
pub fn RangeBar(
    low: i64,
    median: i64,
    high: i64,
    /// Right end of the scale.
    scale: i64,
    /// What really happened, as a tick.
    #[prop(optional, into)]
    actual: Option<i64>,
) -> impl IntoView {
    let i18n = use_i18n();
    let format = use_format();
    // In thousandths of the bar.
    let place = move |value: i64| (value.max(0).saturating_mul(1_000) / scale.max(1)).min(1_000);
    let (left, right, middle) = (place(low), place(high), place(median));
    let label = move || {
        let (low, median, high) = (
            format.number(low),
            format.number(median),
            format.number(high),
        );
        t_string!(
            i18n,
            common.range_label,
            low = low,
            high = high,
            median = median
        )
    };
    view! {
        <svg class="range-bar" viewBox="0 0 1000 12" preserveAspectRatio="none" role="img" aria-label=label>
            <rect class="range-bar-ground" x="0" y="5" width="1000" height="2" rx="10" ry="1" />
            <rect class="range-bar-span" x=left y="2" width=(right - left).max(8) height="8" rx="15" ry="1.5" />
            <rect class="range-bar-median" x=(middle - 4).max(0) y="0" width="8" height="12" />
            {actual
                .map(|actual| {
                    view! { <rect class="range-bar-actual" x=(place(actual) - 2).max(0) y="0" width="5" height="12" /> }
                })}
        </svg>
    }
}

/// One reason behind a number.
#[derive(Clone, Debug)]
pub struct Reason {
    pub text: TextProp,
    /// What it does to the number, for example `+12` or `×1,25`.
    pub effect: Option<TextProp>,
    /// Above zero it raises the number, below it lowers it, zero leaves it.
    pub direction: i8,
}

/// "Why 84?": what stands in it can be read once it is opened. Works without scripts.
#[component]
pub fn WhyFrame(
    /// The question, for example "Why 84?".
    #[prop(into)]
    question: TextProp,
    #[prop(optional)] open: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <details class="why" open=open>
            <summary>
                <Glyph icon=Icon::Question />
                <span>{move || question.get()}</span>
            </summary>
            {children()}
        </details>
    }
}

/// The reasons behind a number, each with what it does to it.
#[component]
pub fn ReasonList(reasons: Vec<Reason>) -> impl IntoView {
    let reasons = reasons
        .into_iter()
        .map(|reason| {
            let (class, icon) = match reason.direction {
                1.. => ("why-reason why-up", Icon::ArrowUp),
                0 => ("why-reason", Icon::Minus),
                _ => ("why-reason why-down", Icon::ArrowDown),
            };
            view! {
                <li class=class>
                    <Glyph icon />
                    <span>{move || reason.text.get()}</span>
                    {reason.effect.map(|effect| view! { <b class="why-effect">{move || effect.get()}</b> })}
                </li>
            }
        })
        .collect_view();
    view! { <ul class="why-reasons">{reasons}</ul> }
}

/// "Why 84?": opens the reasons behind a number.
#[component]
pub fn WhyPanel(
    /// The question, for example "Why 84?".
    #[prop(into)]
    question: TextProp,
    reasons: Vec<Reason>,
    #[prop(optional)] open: bool,
    /// What stands below the list: the source of the number, a link to its history.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <WhyFrame question open>
            <ReasonList reasons />
            {children.map(|children| view! { <div class="why-more">{children()}</div> })}
        </WhyFrame>
    }
}

/// The word under a median: "most likely".
#[component]
pub fn Likely() -> impl IntoView {
    let i18n = use_i18n();
    view! { <span class="likely">{move || t_string!(i18n, common.likely)}</span> }
}
