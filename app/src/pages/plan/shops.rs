//! The plan of all shops on one page: what is still to decide, shop by shop.

use super::{
    Desk,
    accepting::{Accepting, Tick},
};
use crate::{
    components::*, format::use_format, i18n::*, server_fns::suggestions::list_suggestions,
    session::may,
};
use chrono::NaiveDate;
use contract::ErrorCode;
use contract::suggestions::{DaySuggestions, ListSuggestions, StoreOfPlan, SuggestionView};
use domain::orders::MAX_QUANTITY;
use domain::{Permission, SuggestionStatus};
use leptos::prelude::*;
use std::time::Duration;
use uuid::Uuid;

/// Until a server that did not answer is asked again.
const PAUSE: Duration = Duration::from_secs(15);

/// Drawn in a part that comes later, which goes before the page does: it asks by itself, and reads nothing that may have gone.
#[component]
pub(super) fn AllShops(date: Signal<NaiveDate>, desk: Desk) -> impl IntoView {
    let i18n = use_i18n();
    // What came last, for when the server does not answer.
    let last = StoredValue::new(None::<DaySuggestions>);
    let is_stale = RwSignal::new(false);
    let plan = LocalResource::new(move || {
        let wanted = date.try_get().map(|production_date| ListSuggestions {
            production_date,
            store_id: None,
        });
        async move {
            let wanted = wanted?;
            let date = wanted.production_date;
            let answer = list_suggestions(wanted).await;
            let unanswered = matches!(
                &answer,
                Err(error) if matches!(error.code, ErrorCode::Network | ErrorCode::Unavailable)
            );
            let before = last.try_get_value().flatten();
            let before = before.filter(|before| unanswered && before.production_date == date);
            let _ = is_stale.try_set(before.is_some());
            let answer = before.map_or(answer, Ok);
            if let Ok(day) = &answer {
                let _ = last.try_set_value(Some(day.clone()));
            }
            Some(answer)
        }
    });
    // The same answer again takes nothing away from under the hand.
    let answer = Memo::new(move |_| plan.try_get().map(Option::flatten));
    use_live(&["suggestions", "orders"], move |_| plan.refetch());
    Effect::new(move |_| {
        if is_stale.try_get() == Some(true) {
            set_timeout(move || plan.refetch(), PAUSE);
        }
    });
    let again = Callback::new(move |()| plan.refetch());
    let stale = move || {
        (is_stale.try_get() == Some(true)).then(|| {
            view! { <Notice tone=Tone::Attention>{move || t_string!(i18n, common.stale)}</Notice> }
        })
    };
    let shops = move || {
        // Gone with the part.
        let Some(answer) = answer.try_get().flatten() else {
            return ().into_any();
        };
        match answer {
            None => view! { <Skeleton /> }.into_any(),
            Some(Err(error)) => view! { <ErrorPanel error retry=again /> }.into_any(),
            Some(Ok(day)) => {
                let drafts: Vec<RwSignal<Option<i64>>> =
                    day.items.iter().map(|s| desk.draft(s)).collect();
                view! { <Shops day drafts desk on_done=again /> }.into_any()
            }
        }
    };
    view! {
        <div class="stale-region" role="status" aria-live="polite">
            {stale}
        </div>
        {shops}
    }
}

#[component]
fn Shops(
    day: DaySuggestions,
    /// In the order of the suggestions.
    drafts: Vec<RwSignal<Option<i64>>>,
    desk: Desk,
    on_done: Callback<()>,
) -> impl IntoView {
    let i18n = use_i18n();
    let date = day.production_date;
    if !day.choose_from.is_empty() {
        return view! { <Choose date shops=day.choose_from /> }.into_any();
    }
    let may_accept = may(Permission::SuggestionsDecide) && may(Permission::OrdersCreate);
    let is_open = |s: &SuggestionView| s.status == SuggestionStatus::Open && s.planned() > 0;
    let ids: Vec<Uuid> = day
        .items
        .iter()
        .filter(|s| is_open(s))
        .map(|s| s.id)
        .collect();
    let mut shops: Vec<Vec<(SuggestionView, RwSignal<Option<i64>>)>> = Vec::new();
    // They come shop by shop.
    for row in day.items.into_iter().zip(drafts) {
        if !is_open(&row.0) {
            continue;
        }
        match shops.last_mut() {
            Some(shop) if shop[0].0.store_id == row.0.store_id => shop.push(row),
            _ => shops.push(vec![row]),
        }
    }
    if shops.is_empty() {
        return view! {
            <EmptyState
                icon=Icon::Plan
                title=move || t_string!(i18n, plan.empty_title)
                text=move || t_string!(i18n, plan.empty_text)
            />
        }
        .into_any();
    }
    let shops = shops
        .into_iter()
        .map(|rows| view! { <Shop rows date desk may_accept /> })
        .collect_view();
    view! {
        {may_accept
            .then(|| {
                view! {
                    <div class="plan-all">
                        <Accepting ids desk on_done />
                        <p>{move || t_string!(i18n, plan.ticked_hint)}</p>
                    </div>
                }
            })}
        {shops}
    }
    .into_any()
}

#[component]
fn Shop(
    rows: Vec<(SuggestionView, RwSignal<Option<i64>>)>,
    date: NaiveDate,
    desk: Desk,
    may_accept: bool,
) -> impl IntoView {
    let i18n = use_i18n();
    let first = rows.first().map(|(suggestion, _)| suggestion);
    let (id, code, name) = first
        .map(|s| (s.store_id, s.store_code.clone(), s.store_name.clone()))
        .unwrap_or_default();
    let ids: Vec<Uuid> = rows.iter().map(|(suggestion, _)| suggestion.id).collect();
    let address = format!("/plan?date={date}&store={id}");
    let heading = format!("{code} · {name}");
    let lines = rows
        .into_iter()
        .map(|(suggestion, draft)| view! { <Line suggestion draft desk may_accept /> })
        .collect_view();
    let tick = move |()| desk.tick(&ids, true);
    view! {
        <section class="section plan-shop">
            <header class="plan-card-head">
                <h2 class="section-title">
                    <a href=address>{heading}</a>
                </h2>
                {may_accept
                    .then(|| {
                        view! {
                            <Button kind=ButtonKind::Quiet on_press=tick>
                                {move || t_string!(i18n, plan.tick_shop, store = name.clone()).to_string()}
                            </Button>
                        }
                    })}
            </header>
            <ul class="plan-lines">{lines}</ul>
        </section>
    }
}

#[component]
fn Line(
    suggestion: SuggestionView,
    draft: RwSignal<Option<i64>>,
    desk: Desk,
    may_accept: bool,
) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let SuggestionView {
        id,
        unit,
        product_name,
        store_name,
        ..
    } = suggestion;
    let (low, high) = (
        suggestion.reasons.forecast_p10,
        suggestion.reasons.forecast_p90,
    );
    let (tick, named) = (product_name.clone(), product_name.clone());
    let number = if may_accept {
        view! {
            <input
                class="input plan-number"
                type="text"
                inputmode="numeric"
                aria-label=move || {
                    t_string!(i18n, plan.quantity_of, product = named.clone(), store = store_name.clone()).to_string()
                }
                prop:value=move || draft.get().map(|quantity| quantity.to_string()).unwrap_or_default()
                on:change:target=move |event| {
                    let typed = event.target().value().trim().parse::<i64>().ok();
                    draft.set(typed.filter(|quantity| (0..=MAX_QUANTITY).contains(quantity)));
                }
            />
        }
        .into_any()
    } else {
        view! { <b>{move || draft.get().map(|quantity| format.quantity(quantity, unit))}</b> }
            .into_any()
    };
    view! {
        <li class="plan-line">
            {may_accept.then(|| view! { <Tick id product=tick desk /> })}
            <span class="plan-line-name">{product_name}</span>
            {number}
            <span class="muted">{move || format.range(low, high)}</span>
        </li>
    }
}

/// The shops of a day with too many of them for one page.
#[component]
fn Choose(date: NaiveDate, shops: Vec<StoreOfPlan>) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let count = i64::try_from(shops.len()).unwrap_or(i64::MAX);
    let rows = shops
        .into_iter()
        .map(|shop| {
            let address = format!("/plan?date={date}&store={}", shop.store_id);
            let open = i64::from(shop.open);
            view! {
                <li>
                    <a href=address>{format!("{} · {}", shop.store_code, shop.store_name)}</a>
                    <span>{move || t_string!(i18n, plan.open_count, count = format.number(open))}</span>
                </li>
            }
        })
        .collect_view();
    view! {
        <div class="stack">
            <Notice>
                <p>{move || t_string!(i18n, plan.choose_text, count = format.number(count))}</p>
            </Notice>
            <ul class="shop-choices" aria-label=move || t_string!(i18n, plan.choose_title)>
                {rows}
            </ul>
        </div>
    }
}
