//! The sheet for a batch that came out other than planned.

use super::{Deed, about};
use crate::{components::*, device_queue::Command, drafts, format::use_format, i18n::*};
use contract::orders::{CompleteOrder, OrderView};
use leptos::prelude::*;
use uuid::Uuid;

/// The batch on the sheet and what is typed about it; lives outside of what is loaded, so that nothing typed is lost.
#[derive(Clone, Copy)]
pub(super) struct Finishing {
    open: RwSignal<bool>,
    order: RwSignal<Option<OrderView>>,
    produced: RwSignal<Option<i64>>,
    lost: RwSignal<Option<i64>>,
}

impl Finishing {
    pub(super) fn new() -> Self {
        Self {
            open: RwSignal::new(false),
            order: RwSignal::new(None),
            produced: RwSignal::new(None),
            lost: RwSignal::new(Some(0)),
        }
    }

    /// Opens the sheet; what was typed for the same batch before is still there.
    pub(super) fn open(self, order: OrderView) {
        let same = self
            .order
            .with_untracked(|known| known.as_ref().is_some_and(|known| known.id == order.id));
        if !same {
            self.produced.set(Some(order.planned_quantity));
            self.lost.set(Some(0));
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
    let ready = move || {
        produced.get().unwrap_or(-1) >= 0
            && lost.get().unwrap_or(-1) >= 0
            && produced.get().unwrap_or(0) + lost.get().unwrap_or(0) > 0
    };
    let finish = move |()| {
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
        });
        push.run((complete, about(&order, produced_quantity)));
        drafts::saved(&format!("finish-{}", order.id));
        open.set(false);
        finishing.order.set(None);
    };
    view! {
        <Dialog open title sheet=true>
            <div
                class="finish"
                data-draft=move || order.with(|order| order.as_ref().map(|order| format!("finish-{}", order.id)))
            >
                <p class="lead">{planned}</p>
                <QuantityInput name="produced" label=move || t_string!(i18n, kitchen.produced) value=produced large=true />
                <QuantityInput name="lost" label=move || t_string!(i18n, kitchen.lost) value=lost large=true />
                <Button
                    kind=ButtonKind::Primary
                    icon=Icon::Check
                    large=true
                    disabled=Signal::derive(move || !ready())
                    on_press=finish
                >
                    {move || t_string!(i18n, kitchen.finish, quantity = format.number(produced.get().unwrap_or(0)))}
                </Button>
            </div>
        </Dialog>
    }
}
