//! What each choice would have cost a shelf over its last four weeks.

use super::percent;
use crate::{
    components::*, format::use_format, i18n::*, refusals::told,
    server_fns::policies::read_policy_costs,
};
use contract::policies::{ChoiceCost, PolicyCosts, ReadPolicy, ShelfPolicyView, TriedChoice};
use domain::Unit;
use leptos::prelude::*;

/// Fetched when the sheet of a shelf opens.
#[component]
pub(super) fn Costs(shelf: ShelfPolicyView) -> impl IntoView {
    let i18n = use_i18n();
    let unit = shelf.unit;
    let wanted = ReadPolicy {
        store_id: shelf.store_id,
        product_id: shelf.product_id,
    };
    let costs = LocalResource::new(move || read_policy_costs(wanted));
    view! {
        <section class="stack">
            <h3>{move || t_string!(i18n, policies.costs_title)}</h3>
            {move || match costs.get() {
                None => view! { <Skeleton /> }.into_any(),
                Some(Ok(costs)) => view! { <Told costs unit /> }.into_any(),
                Some(Err(error)) => {
                    let words = told(i18n.get_locale(), &error);
                    view! { <Notice tone=Tone::Danger><p>{words}</p></Notice> }.into_any()
                }
            }}
        </section>
    }
}

#[component]
fn Told(costs: PolicyCosts, unit: Unit) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    if !costs.costs_known {
        return view! { <p>{move || t_string!(i18n, policies.costs_unknown)}</p> }.into_any();
    }
    if costs.days == 0 {
        return view! { <p>{move || t_string!(i18n, policies.costs_no_day)}</p> }.into_any();
    }
    let (from, until) = (costs.from, costs.until);
    let (days, estimated, left_out) = (costs.days, costs.estimated_days, costs.left_out_days);
    let number = move |days: u32| format.number(i64::from(days));
    let lead = move || {
        let (from, until) = (format.date_short(from), format.date_short(until));
        t_string!(
            i18n,
            policies.costs_lead,
            days = number(days),
            from = from,
            until = until
        )
    };
    let cheapest = costs.choices.iter().map(ChoiceCost::total_minor).min();
    let rows = costs
        .choices
        .into_iter()
        .map(|cost| {
            let cheapest = Some(cost.total_minor()) == cheapest;
            view! { <Tried cost cheapest unit /> }
        })
        .collect_view();
    let columns = vec![
        Column::text(move || t_string!(i18n, policies.cost_choice)),
        Column::number(move || t_string!(i18n, policies.cost_waste)),
        Column::number(move || t_string!(i18n, policies.cost_missed)),
        Column::number(move || t_string!(i18n, policies.cost_total)),
    ];
    view! {
        <p>{lead}</p>
        <Table caption=move || t_string!(i18n, policies.costs_title) columns>{rows}</Table>
        {(estimated > 0)
            .then(|| view! { <p class="muted">{move || t_string!(i18n, policies.costs_estimated, days = number(estimated))}</p> })}
        {(left_out > 0)
            .then(|| view! { <p class="muted">{move || t_string!(i18n, policies.costs_left_out, days = number(left_out))}</p> })}
        {costs.keeps.then(|| view! { <p class="muted">{move || t_string!(i18n, policies.costs_keeps)}</p> })}
    }
    .into_any()
}

#[component]
fn Tried(cost: ChoiceCost, cheapest: bool, unit: Unit) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let name = move || {
        let share = percent(format, cost.ratio_bp);
        match cost.choice {
            TriedChoice::Current => t_string!(i18n, policies.tried_current, share = share),
            TriedChoice::Costs => t_string!(i18n, policies.tried_costs, share = share),
            TriedChoice::ServiceLevel => t_string!(i18n, policies.tried_level, share = share),
        }
    };
    let mark = cheapest.then(|| {
        view! { <StatusPill tone=Tone::Fine text=move || t_string!(i18n, policies.cheapest) /> }
    });
    let money = move |minor: i64, units: i64| {
        let (money, units) = (format.money(minor), format.quantity(units, unit));
        view! { <span>{money} " " <span class="muted">"(" {units} ")"</span></span> }
    };
    view! {
        <tr>
            <Cell lead=true>{name} " " {mark}</Cell>
            <Cell label=move || t_string!(i18n, policies.cost_waste) numeric=true>{move || money(cost.waste_minor, cost.left)}</Cell>
            <Cell label=move || t_string!(i18n, policies.cost_missed) numeric=true>{move || money(cost.missed_minor, cost.missed)}</Cell>
            <Cell label=move || t_string!(i18n, policies.cost_total) numeric=true>
                <strong>{move || format.money(cost.total_minor())}</strong>
            </Cell>
        </tr>
    }
}
