//! What can be done with an order from its page: change it while nobody has started, start, finish, take back, cancel.

use super::{
    detail::{Part, part},
    words,
};
use crate::{
    components::*,
    drafts,
    format::{Format, use_format},
    i18n::*,
    pages::units::in_unit,
    refusals::{may_be_done, told},
    server_fns::orders::{
        cancel_order, complete_order, edit_order, get_order, recall_order, start_order,
    },
    session::{may, use_session},
};
use contract::orders::{
    CancelOrder, CompleteOrder, EditOrder, OrderDetail, OrderView, RecallOrder, StartOrder,
};
use contract::{AppError, ErrorCode};
use domain::{LossReason, OrderStatus, Permission, orders::recall_until};
use leptos::{prelude::*, task::spawn_local};
use std::future::Future;
use uuid::Uuid;

/// The order's acts and what is typed for them; lives outside of what is loaded.
#[derive(Clone, Copy)]
pub(super) struct Actions {
    on_done: Callback<()>,
    busy: RwSignal<bool>,
    /// Of the act on its way, until it is answered: a repeated press is the same command, and another act another one.
    command_id: StoredValue<Option<(&'static str, Uuid)>>,
    order: RwSignal<Option<OrderView>>,
    editing: RwSignal<bool>,
    finishing: RwSignal<bool>,
    cancelling: RwSignal<bool>,
    quantity: RwSignal<Option<i64>>,
    lost: RwSignal<Option<i64>>,
    date: RwSignal<Option<chrono::NaiveDate>>,
    /// When it came out, on the shop's clock; nothing for now.
    came_out: RwSignal<Option<chrono::NaiveDateTime>>,
    text: RwSignal<String>,
    refusal: RwSignal<Option<String>>,
    toasts: Toasts,
    format: Format,
    i18n: leptos_i18n::I18nContext<Locale>,
}

impl Actions {
    pub(super) fn new(on_done: Callback<()>) -> Self {
        Self {
            on_done,
            busy: RwSignal::new(false),
            command_id: StoredValue::new(None),
            order: RwSignal::new(None),
            editing: RwSignal::new(false),
            finishing: RwSignal::new(false),
            cancelling: RwSignal::new(false),
            quantity: RwSignal::new(None),
            lost: RwSignal::new(Some(0)),
            date: RwSignal::new(None),
            came_out: RwSignal::new(None),
            text: RwSignal::new(String::new()),
            refusal: RwSignal::new(None),
            toasts: use_toasts(),
            format: use_format(),
            i18n: use_i18n(),
        }
    }

    /// Names the unit of the batch beside what is typed.
    fn in_its_unit(self, typed: Option<i64>) -> String {
        let unit = self
            .order
            .with(|order| order.as_ref().map(|order| order.unit));
        unit.map_or_else(String::new, |unit| {
            in_unit(self.i18n.get_locale(), self.format, typed, unit)
        })
    }

    fn command_id(self, act: &'static str) -> Uuid {
        let kept = self.command_id.get_value();
        let kept = kept.filter(|(of, _)| *of == act);
        let id = kept.map_or_else(Uuid::now_v7, |(_, id)| id);
        self.command_id.set_value(Some((act, id)));
        id
    }

    fn send(self, answer: impl Future<Output = Result<OrderView, AppError>> + 'static) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.refusal.set(None);
        spawn_local(async move {
            let answer = answer.await;
            // Whoever went on to another page meanwhile has nothing here to be told or drawn anew.
            let is_here = self.busy.try_set(false).is_none();
            if answer
                .as_ref()
                .err()
                .is_none_or(|error| !may_be_done(error))
            {
                self.command_id.set_value(None);
            }
            match answer {
                Ok(order) => {
                    for sheet in ["edit", "finish", "cancel"] {
                        drafts::saved(&format!("{sheet}-{}", order.id));
                    }
                    for dialog in [self.editing, self.finishing, self.cancelling] {
                        dialog.set(false);
                    }
                    self.toasts.done(t_string!(self.i18n, orders.saved));
                    if is_here {
                        self.on_done.run(());
                    }
                }
                Err(error) if is_here && error.reason == "order.stale" => self.look_again().await,
                Err(error) => {
                    let words = told(self.i18n.get_locale_untracked(), &error);
                    self.toasts.failed(words.clone());
                    self.refusal.set(Some(words));
                    if is_here && error.code == ErrorCode::Conflict {
                        self.on_done.run(());
                    }
                }
            }
        });
    }

    /// Somebody else was faster: who, and what stands now, with what was typed left as it is. Saving again saves it over that.
    async fn look_again(self) {
        let locale = self.i18n.get_locale_untracked();
        let id = self
            .order
            .with_untracked(|order| order.as_ref().map(|order| order.id));
        let now = match id {
            Some(id) => get_order(id).await.ok(),
            None => None,
        };
        let words = match now {
            Some(now) => {
                let name = now
                    .history
                    .last()
                    .map(|entry| entry.actor_name.clone())
                    .unwrap_or_default();
                let order = now.order;
                let amount = |quantity| self.format.quantity(quantity, order.unit);
                let words = if self.finishing.try_get_untracked() == Some(true) {
                    // What was typed may hold what is out already.
                    self.quantity.set(Some(order.rest()));
                    td_string!(
                        locale,
                        orders.refused_baked_by,
                        name = name,
                        quantity = amount(order.produced_quantity.unwrap_or(0))
                    )
                } else {
                    td_string!(
                        locale,
                        orders.refused_stale_by,
                        name = name,
                        quantity = amount(order.planned_quantity),
                        date = self.format.date_short(order.production_date)
                    )
                };
                self.order.set(Some(order));
                words
            }
            None => td_string!(locale, orders.refused_stale).to_owned(),
        };
        self.toasts.failed(words.clone());
        if self.refusal.try_set(Some(words)).is_none() {
            self.on_done.run(());
        }
    }

    /// Where what is typed into a sheet is kept.
    fn draft(self, sheet: &'static str) -> impl Fn() -> Option<String> {
        move || {
            self.order
                .with(|order| order.as_ref().map(|order| format!("{sheet}-{}", order.id)))
        }
    }

    fn open(self, dialog: RwSignal<bool>, order: &OrderView) {
        self.command_id.set_value(None);
        self.refusal.set(None);
        // What is not out yet; the whole plan while nothing is.
        self.quantity.set(Some(order.rest()));
        self.lost.set(Some(0));
        self.date.set(Some(order.production_date));
        self.came_out.set(None);
        self.text.set(if dialog == self.editing {
            order.note.clone().unwrap_or_default()
        } else {
            String::new()
        });
        self.order.set(Some(order.clone()));
        dialog.set(true);
    }

    /// The keys that fit the order's state and the person's rights.
    pub(super) fn view(self, detail: &OrderDetail) -> impl IntoView + use<> {
        let i18n = self.i18n;
        let (order, busy) = (StoredValue::new(detail.order.clone()), self.busy);
        let (id, status) = (detail.order.id, detail.order.status);
        let key = move |shown: bool,
                        kind: ButtonKind,
                        words: fn(Locale) -> &'static str,
                        act: Callback<()>| {
            shown.then(|| view! { <Button kind busy on_press=act>{move || words(i18n.get_locale())}</Button> })
        };
        let open = move |dialog: RwSignal<bool>| {
            Callback::new(move |()| order.with_value(|order| self.open(dialog, order)))
        };
        let start = Callback::new(move |()| {
            self.send(start_order(StartOrder {
                command_id: self.command_id("start"),
                order_id: id,
            }))
        });
        // The last batch that stands is the one that can go back.
        let last = detail
            .batches
            .iter()
            .rfind(|batch| batch.reversed_at.is_none());
        let last = last.map(|batch| (batch.recorded_at, batch.command_id));
        let completion = last.and_then(|(_, command_id)| command_id);
        let recall = Callback::new(move |()| {
            self.send(recall_order(RecallOrder {
                command_id: self.command_id("recall"),
                order_id: id,
                completion,
            }))
        });
        let now = use_session().map(|session| session.user.now);
        let recallable = last
            .zip(now)
            .is_some_and(|((recorded, _), now)| now < recall_until(recorded));
        let pending = status == OrderStatus::Pending;
        let baking = status == OrderStatus::InProgress;
        view! {
            <div class="order-keys">
                {key(pending && may(Permission::OrdersStart), ButtonKind::Primary, |l| td_string!(l, orders.start), start)}
                {key(
                    baking && may(Permission::OrdersComplete),
                    ButtonKind::Primary,
                    |l| td_string!(l, orders.complete),
                    open(self.finishing),
                )}
                {key(pending && may(Permission::OrdersCreate), ButtonKind::Secondary, |l| td_string!(l, orders.edit), open(self.editing))}
                {key(
                    recallable && baking && may(Permission::OrdersComplete),
                    ButtonKind::Secondary,
                    |l| td_string!(l, orders.recall_part),
                    recall,
                )}
                {key(
                    recallable && !baking && may(Permission::OrdersComplete),
                    ButtonKind::Secondary,
                    |l| td_string!(l, orders.recall),
                    recall,
                )}
                {key(
                    (pending || (baking && last.is_none())) && may(Permission::OrdersCancel),
                    ButtonKind::Quiet,
                    |l| td_string!(l, orders.cancel),
                    open(self.cancelling),
                )}
            </div>
        }
    }

    /// The sheets, which stay while the order is loaded again.
    pub(super) fn dialogs(self) -> impl IntoView {
        view! { <Later part=move || part(Part::Sheets(Box::new(self))) /> }
    }
}

/// The sheets of what can be done.
pub(super) fn sheets(actions: Actions) -> AnyView {
    let i18n = actions.i18n;
    view! {
        <Dialog open=actions.editing title=move || t_string!(i18n, orders.edit) sheet=true><EditForm actions /></Dialog>
        <Dialog open=actions.finishing title=move || t_string!(i18n, orders.complete) sheet=true><FinishForm actions /></Dialog>
        <Dialog open=actions.cancelling title=move || t_string!(i18n, orders.cancel)><CancelForm actions /></Dialog>
    }
    .into_any()
}

#[component]
fn Refusal(actions: Actions) -> impl IntoView {
    move || {
        actions
            .refusal
            .get()
            .map(|words| view! { <Notice tone=Tone::Danger><p>{words}</p></Notice> })
    }
}

#[component]
fn EditForm(actions: Actions) -> impl IntoView {
    let i18n = actions.i18n;
    let send = move || {
        let (Some(order), Some(planned_quantity), Some(production_date)) = (
            actions.order.get_untracked(),
            actions.quantity.get_untracked(),
            actions.date.get_untracked(),
        ) else {
            return;
        };
        actions.send(edit_order(EditOrder {
            command_id: actions.command_id("edit"),
            order_id: order.id,
            version: order.version,
            production_date,
            planned_quantity,
            note: Some(actions.text.get_untracked()).filter(|note| !note.trim().is_empty()),
        }));
    };
    view! {
        <form class="form" data-draft=actions.draft("edit") on:submit=move |event| { event.prevent_default(); send(); }>
            <Refusal actions />
            <DateField name="edit-date" label=move || t_string!(i18n, orders.date) value=actions.date />
            <QuantityInput
                name="edit-quantity"
                label=move || t_string!(i18n, orders.planned)
                hint=move || actions.in_its_unit(actions.quantity.get())
                value=actions.quantity
                min=1
            />
            <TextArea name="edit-note" label=move || t_string!(i18n, orders.note) value=actions.text optional=true />
            <Button kind=ButtonKind::Primary submit=true busy=actions.busy>{move || t_string!(i18n, common.save)}</Button>
        </form>
    }
}

#[component]
fn FinishForm(actions: Actions) -> impl IntoView {
    let (i18n, format) = (actions.i18n, use_format());
    let send = move |more_follows: bool| {
        let (Some(order), Some(produced_quantity), Some(lost_quantity)) = (
            actions.order.get_untracked(),
            actions.quantity.get_untracked(),
            actions.lost.get_untracked(),
        ) else {
            return;
        };
        actions.send(complete_order(CompleteOrder {
            command_id: actions.command_id("complete"),
            order_id: order.id,
            produced_quantity,
            lost_quantity,
            more_follows,
            baked_before: Some(order.altogether()),
            loss_reason: (lost_quantity > 0)
                .then(|| actions.text.with_untracked(|said| said.parse().ok()))
                .flatten(),
            completed_local: actions.came_out.get_untracked(),
            ..CompleteOrder::default()
        }));
    };
    let reasons = Signal::derive(move || {
        let words = |reason: LossReason| move || words::loss_word(i18n.get_locale(), reason);
        let unsaid = Choice::new("", move || {
            words::loss_word(i18n.get_locale(), LossReason::Unknown)
        });
        let said = LossReason::ALL
            .iter()
            .filter(|reason| **reason != LossReason::Unknown);
        let said = said.map(|reason| Choice::new(reason.as_str(), words(*reason)));
        [unsaid].into_iter().chain(said).collect::<Vec<_>>()
    });
    let number = move || format.number(actions.quantity.get().unwrap_or(0));
    view! {
        <form class="form" data-draft=actions.draft("finish") on:submit=move |event| { event.prevent_default(); send(false); }>
            <Refusal actions />
            <QuantityInput
                name="finish-produced"
                label=move || t_string!(i18n, orders.produced)
                hint=move || actions.in_its_unit(actions.quantity.get())
                value=actions.quantity
            />
            <QuantityInput
                name="finish-lost"
                label=move || t_string!(i18n, orders.lost)
                hint=move || actions.in_its_unit(actions.lost.get())
                value=actions.lost
            />
            {move || {
                let is_lost = actions.lost.get().unwrap_or(0) > 0;
                is_lost
                    .then(|| {
                        view! { <Select name="finish-reason" label=move || t_string!(i18n, orders.loss_reason) value=actions.text options=reasons /> }
                    })
            }}
            <details class="finish-more">
                <summary>{move || t_string!(i18n, orders.finish_more)}</summary>
                <DateTimeField
                    name="finish-at"
                    label=move || t_string!(i18n, orders.came_out)
                    value=actions.came_out
                    optional=true
                />
            </details>
            <Button kind=ButtonKind::Primary submit=true busy=actions.busy>
                {move || t_string!(i18n, kitchen.finish, quantity = number())}
            </Button>
            <Button busy=actions.busy on_press=move |()| send(true)>
                {move || t_string!(i18n, kitchen.part_out, quantity = number())}
            </Button>
        </form>
    }
}

#[component]
fn CancelForm(actions: Actions) -> impl IntoView {
    let i18n = actions.i18n;
    let send = move || {
        let Some(order) = actions.order.get_untracked() else {
            return;
        };
        let reason = actions.text.get_untracked();
        actions.send(cancel_order(CancelOrder {
            command_id: actions.command_id("cancel"),
            order_id: order.id,
            reason,
        }));
    };
    view! {
        <form class="form" data-draft=actions.draft("cancel") on:submit=move |event| { event.prevent_default(); send(); }>
            <Refusal actions />
            <p>{move || t_string!(i18n, orders.cancel_detail)}</p>
            <TextInput name="cancel-reason" label=move || t_string!(i18n, orders.cancel_reason) value=actions.text />
            <div class="dialog-actions">
                <Button kind=ButtonKind::Quiet on_press=move |()| actions.cancelling.set(false)>{move || t_string!(i18n, common.back)}</Button>
                <Button kind=ButtonKind::Danger submit=true busy=actions.busy>{move || t_string!(i18n, orders.cancel)}</Button>
            </div>
        </form>
    }
}
