//! The sheet for a batch that came out other than planned.

use super::{Deed, about};
use crate::{
    components::*,
    device_queue::Command,
    drafts,
    format::use_format,
    i18n::*,
    pages::{orders::loss_word, units::in_unit},
};
use contract::orders::{CompleteOrder, OrderView};
use domain::LossReason;
use leptos::prelude::*;
use uuid::Uuid;

/// The batch on the sheet and what is typed about it; lives outside of what is loaded, so that nothing typed is lost.
#[derive(Clone, Copy)]
pub(super) struct Finishing {
    open: RwSignal<bool>,
    order: RwSignal<Option<OrderView>>,
    produced: RwSignal<Option<i64>>,
    lost: RwSignal<Option<i64>>,
    /// Nothing until somebody says.
    reason: RwSignal<Option<LossReason>>,
}

impl Finishing {
    pub(super) fn new() -> Self {
        Self {
            open: RwSignal::new(false),
            order: RwSignal::new(None),
            produced: RwSignal::new(None),
            lost: RwSignal::new(Some(0)),
            reason: RwSignal::new(None),
        }
    }

    /// Opens the sheet; what was typed for the same batch before is still there, unless something came out of it since.
    pub(super) fn open(self, order: OrderView) {
        let is_same = |known: &OrderView| known.id == order.id && known.baked() == order.baked();
        let same = self
            .order
            .with_untracked(|known| known.as_ref().is_some_and(is_same));
        if !same {
            self.produced.set(Some(order.rest()));
            self.lost.set(Some(0));
            self.reason.set(None);
        }
        self.order.set(Some(order));
        self.open.set(true);
    }
}

/// "How many came out?"
#[component]
pub(super) fn FinishDialog(finishing: Finishing, push: Callback<Deed>) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let Finishing {
        open,
        order,
        produced,
        lost,
        reason,
    } = finishing;
    let title = move || {
        order.with(|order| {
            order
                .as_ref()
                .map(|order| order.product_name.clone())
                .unwrap_or_default()
        })
    };
    let planned = move || {
        order.with(|order| {
            order.as_ref().map(|order| {
                t_string!(
                    i18n,
                    kitchen.planned_for,
                    quantity = format.quantity(order.planned_quantity, order.unit),
                    store = order.store_name.clone()
                )
            })
        })
    };
    let is_baked = move || {
        produced.get().unwrap_or(-1) >= 0
            && lost.get().unwrap_or(-1) >= 0
            && produced.get().unwrap_or(0) + lost.get().unwrap_or(0) > 0
    };
    // Of what came out before, nothing more may come.
    let may_end = move || {
        let is_partly = order.with(|order| order.as_ref().is_some_and(|o| o.baked().is_some()));
        is_baked() || (is_partly && produced.get() == Some(0) && lost.get() == Some(0))
    };
    let finish = move |more_follows: bool| {
        let (Some(produced_quantity), Some(lost_quantity)) =
            (produced.get_untracked(), lost.get_untracked())
        else {
            return;
        };
        let Some(order) = order.get_untracked() else {
            return;
        };
        let complete = Command::Complete(CompleteOrder {
            command_id: Uuid::now_v7(),
            order_id: order.id,
            produced_quantity,
            lost_quantity,
            more_follows,
            baked_before: Some(order.altogether()),
            loss_reason: reason.get_untracked().filter(|_| lost_quantity > 0),
            ..CompleteOrder::default()
        });
        push.run((complete, about(&order, produced_quantity)));
        drafts::saved(&format!("finish-{}", order.id));
        open.set(false);
        finishing.order.set(None);
    };
    let unit_words = move |typed: Option<i64>| {
        let unit = order.with(|order| order.as_ref().map(|order| order.unit));
        unit.map_or_else(String::new, |unit| {
            in_unit(i18n.get_locale(), format, typed, unit)
        })
    };
    let quantity = move || format.number(produced.get().unwrap_or(0));
    let end = move || {
        if is_baked() || !may_end() {
            t_string!(i18n, kitchen.finish, quantity = quantity())
        } else {
            t_string!(i18n, kitchen.nothing_more).to_owned()
        }
    };
    view! {
        <Dialog open title sheet=true>
            <div
                class="finish"
                data-draft=move || order.with(|order| order.as_ref().map(|order| format!("finish-{}", order.id)))
            >
                <p class="lead">{planned}</p>
                <SoFar order />
                <QuantityInput
                    name="produced"
                    label=move || t_string!(i18n, kitchen.produced)
                    hint=move || unit_words(produced.get())
                    value=produced
                    large=true
                />
                <QuantityInput name="lost" label=move || t_string!(i18n, kitchen.lost) hint=move || unit_words(lost.get()) value=lost large=true />
                {move || (lost.get().unwrap_or(0) > 0).then(|| view! { <LossKeys reason /> })}
                <Button
                    kind=ButtonKind::Primary
                    icon=Icon::Check
                    large=true
                    disabled=Signal::derive(move || !may_end())
                    on_press=move |()| finish(false)
                >
                    {end}
                </Button>
                <Button large=true disabled=Signal::derive(move || !is_baked()) on_press=move |()| finish(true)>
                    {move || t_string!(i18n, kitchen.part_out, quantity = quantity())}
                </Button>
            </div>
        </Dialog>
    }
}

/// What came out of the batch before.
#[component]
fn SoFar(order: RwSignal<Option<OrderView>>) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    move || {
        let (produced, planned, unit) = order.with(|order| {
            let order = order.as_ref()?;
            Some((order.produced_quantity?, order.planned_quantity, order.unit))
        })?;
        let words = t_string!(
            i18n,
            kitchen.total_rest,
            produced = format.quantity(produced, unit),
            all = format.quantity(planned, unit)
        );
        Some(view! { <p class="batch-so-far">{words}</p> })
    }
}

/// Why some were lost, a key for each reason. Nobody has to say.
#[component]
fn LossKeys(reason: RwSignal<Option<LossReason>>) -> impl IntoView {
    let i18n = use_i18n();
    let keys = LossReason::ALL
        .iter()
        .copied()
        .filter(|said| *said != LossReason::Unknown)
        .map(|said| {
            let is_chosen = move || reason.get() == Some(said);
            view! {
                <button
                    type="button"
                    class="loss-key"
                    aria-pressed=move || is_chosen().to_string()
                    on:click=move |_| reason.set((!is_chosen()).then_some(said))
                >
                    {move || loss_word(i18n.get_locale(), said)}
                </button>
            }
        })
        .collect_view();
    view! {
        <fieldset class="loss-keys">
            <legend class="field-label">{move || t_string!(i18n, orders.loss_reason)}</legend>
            {keys}
        </fieldset>
    }
}
