//! One suggestion: the number, its range, its reasons, and what a person may do with it.

use super::{Desk, Part, part, parts::PartsLine, why::WhyQuestion};
use crate::{components::*, format::use_format, i18n::*};
use chrono::NaiveDate;
use contract::suggestions::SuggestionView;
use domain::SuggestionStatus;
use domain::day_parts::scaled;
use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*};
use std::time::Duration;
use uuid::Uuid;

/// How long the keys must rest before a changed number is kept.
const REST: Duration = Duration::from_millis(700);

/// What a press on a card does.
#[derive(Clone, Copy)]
pub(super) struct PlanActs {
    /// Accepts with the number on the screen, for another day where one is named.
    pub accept: Callback<(Uuid, Option<i64>, Option<NaiveDate>)>,
    pub adjust: Callback<(Uuid, i64)>,
    pub dismiss: Callback<SuggestionView>,
    pub may_decide: bool,
    pub may_accept: bool,
    pub busy: Signal<bool>,
    pub desk: Desk,
    /// What is shown is fetched again.
    pub on_done: Callback<()>,
}

#[component]
pub(super) fn PlanCard(
    suggestion: SuggestionView,
    draft: RwSignal<Option<i64>>,
    scale: i64,
    acts: PlanActs,
) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let (unit, status, planned) = (suggestion.unit, suggestion.status, suggestion.planned());
    let is_open = status == SuggestionStatus::Open;
    let reasons = Box::new(suggestion.clone());
    let shown = move || {
        if is_open {
            draft.get().unwrap_or(planned)
        } else {
            planned
        }
    };
    let (low, median, high) = (
        suggestion.reasons.forecast_p10,
        suggestion.reasons.forecast_p50,
        suggestion.reasons.forecast_p90,
    );
    let (parts, tray) = (suggestion.reasons.parts.clone(), suggestion.reasons.tray);
    // The parts follow the number on the screen.
    let parts = Signal::derive(move || scaled(&parts, shown(), tray));
    let adjusted = suggestion
        .adjusted_quantity
        .filter(|q| *q != suggestion.quantity)
        .map(|_| suggestion.quantity);
    view! {
        <article class="plan-card" data-status=status.as_str()>
            <header class="plan-card-head">
                <h3>{suggestion.product_name.clone()}</h3>
                {match status {
                    SuggestionStatus::Accepted => {
                        Some(view! { <StatusPill tone=Tone::Fine text=move || t_string!(i18n, plan.status_accepted) /> })
                    }
                    SuggestionStatus::Dismissed => {
                        Some(view! { <StatusPill tone=Tone::Neutral text=move || t_string!(i18n, plan.status_dismissed) /> })
                    }
                    _ => None,
                }}
            </header>
            <p class="plan-bake">
                {move || t_string!(i18n, plan.bake)} " " <b>{move || format.quantity(shown(), unit)}</b>
            </p>
            <PartsLine parts unit />
            {adjusted
                .map(|quantity| {
                    view! {
                        <p class="plan-own">{move || t_string!(i18n, plan.instead_of, quantity = format.quantity(quantity, unit))}</p>
                    }
                })}
            <div class="plan-range">
                <RangeBar low median high scale />
                <p>
                    {move || t_string!(i18n, plan.expected, median = format.quantity(median, unit), range = format.range(low, high))}
                </p>
            </div>
            <WhyQuestion quantity=suggestion.quantity unit>
                <Later part=move || part(Part::Why(reasons)) />
            </WhyQuestion>
            {suggestion.dismiss_reason.clone().map(|reason| view! { <p class="plan-dismissed">"“" {reason} "”"</p> })}
            {suggestion
                .order_id
                .map(|id| {
                    view! { <ButtonLink href=format!("/orders/{id}") kind=ButtonKind::Quiet>{move || t_string!(i18n, plan.see_order)}</ButtonLink> }
                })}
            {(status == SuggestionStatus::Dismissed && acts.may_decide)
                .then(|| {
                    let (id, date) = (suggestion.id, suggestion.production_date);
                    view! { <Later part=move || part(Part::Reopen(id, date, acts)) /> }
                })}
            {(is_open && acts.may_decide).then(|| view! { <Decide suggestion draft acts /> })}
        </article>
    }
}

#[component]
fn Decide(
    suggestion: SuggestionView,
    draft: RwSignal<Option<i64>>,
    acts: PlanActs,
) -> impl IntoView {
    let i18n = use_i18n();
    let (id, tray, known) = (
        suggestion.id,
        suggestion.tray_size.max(1),
        suggestion.planned(),
    );
    // A change is kept when the keys rest, so that a colleague sees it and a reload does not lose it.
    let resting = StoredValue::new(None::<TimeoutHandle>);
    let kept = StoredValue::new(Some(known));
    Effect::new(move |_| {
        let quantity = draft.get();
        if let Some(handle) = resting.try_update_value(Option::take).flatten() {
            handle.clear();
        }
        let Some(quantity) = quantity else { return };
        if kept.get_value() == Some(quantity) {
            return;
        }
        let keep = move || {
            if kept.try_set_value(Some(quantity)).is_none() {
                acts.adjust.run((id, quantity));
            }
        };
        resting.set_value(set_timeout_with_handle(keep, REST).ok());
    });
    let accept = move |()| {
        if let Some(handle) = resting.try_update_value(Option::take).flatten() {
            handle.clear();
        }
        // Accepting takes the number on the screen, kept or not.
        acts.accept.run((id, draft.get_untracked(), None));
    };
    let nothing = Signal::derive(move || draft.get().unwrap_or(0) <= 0);
    let name = format!("quantity-{id}");
    let product = suggestion.product_name.clone();
    view! {
        <div class="plan-decide">
            <QuantityInput name label=move || t_string!(i18n, plan.quantity) value=draft step=tray />
            <div class="plan-keys">
                {acts
                    .may_accept
                    .then(|| {
                        view! {
                            <Button icon=Icon::Check busy=acts.busy disabled=nothing on_press=accept>
                                {move || t_string!(i18n, plan.accept)}
                            </Button>
                        }
                    })}
                <Button kind=ButtonKind::Quiet on_press=move |()| acts.dismiss.run(suggestion.clone())>
                    {move || t_string!(i18n, plan.dismiss)}
                </Button>
            </div>
            {acts.may_accept.then(|| view! { <Later part=move || part(Part::More(id, product, draft, acts)) /> })}
        </div>
    }
}
