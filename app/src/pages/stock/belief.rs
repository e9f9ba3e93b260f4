//! "What did we believe at five?": the books at a moment, beside what they say of that moment now.

use super::words;
use crate::{
    components::*, format::use_format, i18n::*, refusals::told, server_fns::stock::read_belief,
};
use chrono::NaiveDateTime;
use contract::stock::{BeliefView, LateFact, ReadBelief};
use domain::Unit;
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

/// Asks for a moment and shows what was believed then.
#[component]
pub(super) fn Belief(store_id: Uuid, product_id: Uuid) -> impl IntoView {
    let i18n = use_i18n();
    let at = RwSignal::new(None::<NaiveDateTime>);
    let (busy, refusal) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let answer = RwSignal::new(None::<BeliefView>);
    let ask = move |()| {
        let Some(at) = at.get_untracked() else {
            return;
        };
        busy.set(true);
        spawn_local(async move {
            let wanted = ReadBelief {
                store_id,
                product_id,
                at,
            };
            match read_belief(wanted).await {
                Ok(view) => {
                    answer.set(Some(view));
                    refusal.set(None);
                }
                Err(error) => refusal.set(Some(told(i18n.get_locale_untracked(), &error))),
            }
            busy.set(false);
        });
    };
    let not_ready = Signal::derive(move || at.get().is_none());
    view! {
        <details class="belief">
            <summary>{move || t_string!(i18n, stock.belief)}</summary>
            <div class="belief-ask">
                <DateTimeField name="at" label=move || t_string!(i18n, stock.belief_at) value=at error=refusal />
                <Button busy disabled=not_ready on_press=ask>{move || t_string!(i18n, stock.belief_ask)}</Button>
            </div>
            <div aria-live="polite">{move || answer.get().map(|view| view! { <Answer view /> })}</div>
        </details>
    }
}

#[component]
fn Answer(view: BeliefView) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let unit = view.unit;
    let (at, believed, known, late) = (view.at, view.believed, view.known_now, view.late_facts);
    let facts = view
        .learned_later
        .into_iter()
        .map(|fact| view! { <Late fact unit /> })
        .collect_view();
    view! {
        <p>
            {move || t_string!(i18n, stock.belief_then, at = format.instant(at), quantity = format.quantity(believed, unit))}
            " "
            {move || {
                if late == 0 {
                    t_string!(i18n, stock.belief_same).to_owned()
                } else {
                    t_string!(i18n, stock.belief_now, quantity = format.quantity(known, unit), count = format.number(i64::try_from(late).unwrap_or(i64::MAX)))
                }
            }}
        </p>
        <ul class="belief-facts">{facts}</ul>
    }
}

#[component]
fn Late(fact: LateFact, unit: Unit) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let sign = if fact.quantity < 0 { "−" } else { "+" };
    let (kind, quantity, who) = (fact.kind, fact.quantity.abs(), fact.actor_name);
    let (occurred, recorded) = (fact.occurred_at, fact.recorded_at);
    view! {
        <li>
            <b>{move || format!("{sign}{}", format.quantity(quantity, unit))}</b>
            " "
            {move || words::kind(i18n.get_locale(), kind)}
            ", "
            {move || format.instant(occurred)}
            ", "
            {move || t_string!(i18n, stock.learned, at = format.instant(recorded))}
            {who.map(|who| format!(" · {who}"))}
        </li>
    }
}
