//! What people's changes to suggestions brought, on days that are over.

use crate::{
    components::*, format::use_format, i18n::*, refusals::told,
    server_fns::suggestions::list_outcomes, session::use_current_user,
};
use chrono::Days;
use contract::suggestions::{ListOutcomes, OutcomeView};
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

/// Days that are looked back.
const LOOK_BACK: u64 = 28;

/// Changes of one shelf that are shown.
const SHOWN: u32 = 5;

/// One sentence on the last four weeks, of a shop or of all that the reader sees; nothing while nothing was judged. Draw it in a part
/// that comes later: it asks the server by itself, and the plan can be read without it.
#[component]
pub(super) fn ChangesLine(store: Signal<Option<Uuid>>) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let from = use_current_user().today - Days::new(LOOK_BACK);
    let turned = LocalResource::new(move || {
        let wanted = store.try_get().map(|store_id| ListOutcomes {
            store_id,
            from: Some(from),
            limit: Some(1),
            ..ListOutcomes::default()
        });
        async move { list_outcomes(wanted?).await.ok() }
    });
    move || {
        let totals = turned.try_get().flatten().flatten()?.totals;
        let sentence = move || {
            let (money, count) = (
                format.money(totals.saved_minor.saturating_abs()),
                format.number(totals.judged),
            );
            match totals.saved_minor {
                1.. => t_string!(i18n, plan.changes_saved, money = money, count = count),
                0 => t_string!(i18n, plan.changes_even, count = count),
                _ => t_string!(i18n, plan.changes_cost, money = money, count = count),
            }
        };
        (totals.judged > 0).then(|| {
            view! {
                <p class="muted plan-changes">
                    {sentence} " " {move || t_string!(i18n, plan.changes_left_out)}
                </p>
            }
        })
    }
}

/// How the last changes of one shelf turned out, for whoever asks.
#[component]
pub(super) fn Turned(store_id: Uuid, product_id: Uuid) -> impl IntoView {
    let (i18n, toasts) = (use_i18n(), use_toasts());
    let known = RwSignal::new(None::<Vec<OutcomeView>>);
    let busy = RwSignal::new(false);
    let ask = move |()| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            let wanted = ListOutcomes {
                store_id: Some(store_id),
                product_id: Some(product_id),
                limit: Some(SHOWN),
                ..ListOutcomes::default()
            };
            let answer = list_outcomes(wanted).await;
            // The page may be gone by now.
            let _ = busy.try_set(false);
            match answer {
                Ok(outcomes) => {
                    let _ = known.try_set(Some(outcomes.page.items));
                }
                Err(error) => toasts.failed(told(i18n.get_locale_untracked(), &error)),
            }
        });
    };
    move || match known.get() {
        None => view! {
            <Button kind=ButtonKind::Quiet busy on_press=ask>
                {move || t_string!(i18n, plan.turned_ask)}
            </Button>
        }
        .into_any(),
        Some(outcomes) if outcomes.is_empty() => {
            view! { <p class="why-turned">{move || t_string!(i18n, plan.turned_none)}</p> }
                .into_any()
        }
        Some(outcomes) => {
            let lines = outcomes
                .into_iter()
                .map(|outcome| view! { <Line outcome /> })
                .collect_view();
            view! { <ul class="why-earlier why-turned">{lines}</ul> }.into_any()
        }
    }
}

#[component]
fn Line(outcome: OutcomeView) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let OutcomeView {
        unit,
        production_date,
        demand,
        estimated,
        suggested_quantity,
        decided_quantity,
        saved_minor,
        ..
    } = outcome;
    let sentence = move || {
        let (date, money) = (
            format.date_short(production_date),
            format.money(saved_minor.saturating_abs()),
        );
        let (decided, suggested, demand) = (
            format.quantity(decided_quantity, unit),
            format.quantity(suggested_quantity, unit),
            format.quantity(demand, unit),
        );
        if saved_minor < 0 {
            t_string!(
                i18n,
                plan.turned_cost,
                date = date,
                decided = decided,
                suggested = suggested,
                demand = demand,
                money = money
            )
        } else {
            t_string!(
                i18n,
                plan.turned_saved,
                date = date,
                decided = decided,
                suggested = suggested,
                demand = demand,
                money = money
            )
        }
    };
    view! {
        <li>
            {sentence}
            {estimated.then(|| view! { " " {move || t_string!(i18n, plan.turned_estimated)} })}
        </li>
    }
}
