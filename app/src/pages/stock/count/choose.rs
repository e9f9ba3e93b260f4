//! What is to be counted: everything, or some categories.

use super::Counting;
use crate::{
    components::*,
    format::use_format,
    i18n::*,
    refusals::{may_be_done, told},
    server_fns::counts::plan_count,
};
use contract::counts::PlanCount;
use contract::stock::LevelView;
use leptos::{prelude::*, task::spawn_local};
use std::collections::BTreeMap;
use uuid::Uuid;

#[component]
pub(super) fn ChooseDialog(counting: Counting) -> impl IntoView {
    let i18n = use_i18n();
    let (busy, refusal) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let sent = StoredValue::new(None::<PlanCount>);
    let plan = Callback::new(move |products: Vec<Uuid>| {
        let store = counting.store.get_untracked();
        let Some((store_id, _)) = store.filter(|_| !busy.get_untracked()) else {
            return;
        };
        // The same choice after a lost answer is the same command.
        let before = sent.get_value();
        let command = before
            .filter(|before| before.store_id == store_id && before.products == products)
            .unwrap_or_else(|| PlanCount {
                command_id: Uuid::now_v7(),
                store_id,
                products,
            });
        sent.set_value(Some(command.clone()));
        busy.set(true);
        refusal.set(None);
        spawn_local(async move {
            let answer = plan_count(command).await;
            let _ = busy.try_set(false);
            match answer {
                Ok(_) => {
                    let _ = sent.try_set_value(None);
                    let _ = counting.choose_open.try_set(false);
                    let _ = counting.refetch.try_run(());
                }
                Err(error) => {
                    if !may_be_done(&error) {
                        let _ = sent.try_set_value(None);
                    }
                    let words = told(i18n.get_locale_untracked(), &error);
                    let _ = refusal.try_set(Some(words));
                }
            }
        });
    });
    view! {
        <Dialog open=counting.choose_open title=move || t_string!(i18n, stock.choose_count) sheet=true>
            <p class="lead">{move || t_string!(i18n, stock.choose_count_lead)}</p>
            {move || refusal.get().map(|words| view! { <Notice tone=Tone::Danger><p>{words}</p></Notice> })}
            {move || {
                let levels = counting.levels.get_untracked();
                counting.choose_open.get().then(|| view! { <Groups levels plan busy /> })
            }}
        </Dialog>
    }
}

#[component]
fn Groups(
    levels: Vec<LevelView>,
    plan: Callback<Vec<Uuid>>,
    busy: RwSignal<bool>,
) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let negative: Vec<Uuid> = levels
        .iter()
        .filter(|level| level.on_hand < 0)
        .map(|level| level.product_id)
        .collect();
    let everything: Vec<Uuid> = levels.iter().map(|level| level.product_id).collect();
    let mut categories: BTreeMap<String, Vec<Uuid>> = BTreeMap::new();
    for level in levels {
        categories
            .entry(level.category_name)
            .or_default()
            .push(level.product_id);
    }
    let key = move |name: TextProp, products: Vec<Uuid>| {
        let count = i64::try_from(products.len()).unwrap_or(i64::MAX);
        view! {
            <Button large=true busy=busy on_press=move |()| plan.run(products.clone())>
                {move || {
                    t_string!(
                        i18n, stock.choose_group, name = name.get().to_string(), count = format.number(count)
                    )
                }}
            </Button>
        }
    };
    let all: TextProp = (move || t_string!(i18n, stock.choose_all)).into();
    let below: TextProp = (move || t_string!(i18n, stock.choose_negative)).into();
    view! {
        <div class="stack">
            {key(all, everything)} {(!negative.is_empty()).then(|| key(below, negative))}
            {categories.into_iter().map(|(name, products)| key(name.into(), products)).collect_view()}
        </div>
    }
}
