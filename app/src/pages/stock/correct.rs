//! Correcting a shelf by a difference: more or less, how much, why, when. It comes in a sheet over the ledger.

use super::{
    when::{Moment, When},
    words,
};
use crate::{
    components::*,
    drafts,
    format::use_format,
    i18n::*,
    pages::units::in_unit,
    refusals::{beside, may_be_done, told},
    server_fns::stock::{adjust_stock, reverse_movement},
};
use contract::stock::{AdjustStock, ReverseMovement};
use domain::stock::MAX_QUANTITY;
use domain::{StockReason, Unit};
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

/// Values of the choice between more and less.
const MORE: &str = "more";
const LESS: &str = "less";

/// Why there is more than the books say; then why there is less. The likeliest first.
const WHY_MORE: &[StockReason] = &[
    StockReason::Correction,
    StockReason::Delivered,
    StockReason::Unknown,
];
const WHY_LESS: &[StockReason] = &[
    StockReason::Correction,
    StockReason::Theft,
    StockReason::UsedInProduction,
    StockReason::Damaged,
    StockReason::Unknown,
];

/// The sheet and the shelf that it is about; lives outside of what is loaded. Copy.
#[derive(Clone, Copy, Debug)]
pub(super) struct Correcting {
    store_id: Uuid,
    product_id: Uuid,
    open: RwSignal<bool>,
    /// Name and unit of the product, once the sheet was asked for.
    product: RwSignal<Option<(String, Unit)>>,
    /// Of what is on its way, until it is answered: pressing twice is the same command, also where the sheet was closed in between.
    command_id: StoredValue<Option<Uuid>>,
    again: Callback<()>,
}

impl Correcting {
    /// `again` loads the ledger once more.
    pub(super) fn new((store_id, product_id): (Uuid, Uuid), again: Callback<()>) -> Self {
        Self {
            store_id,
            product_id,
            open: RwSignal::new(false),
            product: RwSignal::new(None),
            command_id: StoredValue::new(None),
            again,
        }
    }

    /// Opens the sheet.
    pub(super) fn ask(self, product: String, unit: Unit) {
        self.product.set(Some((product, unit)));
        self.open.set(true);
    }
}

/// The sheet.
#[component]
pub(super) fn Correct(desk: Correcting) -> impl IntoView {
    let i18n = use_i18n();
    let title = move || {
        let name = desk.product.get().map(|(name, _)| name);
        t_string!(
            i18n,
            stock.correct_title,
            product = name.unwrap_or_default()
        )
    };
    view! {
        <Dialog open=desk.open title sheet=true>
            // Anew each time: what was booked is not booked again by the next one.
            {move || {
                let product = desk.open.get().then(|| desk.product.get_untracked()).flatten();
                product.map(|(name, unit)| view! { <Fields desk name unit /> })
            }}
        </Dialog>
    }
}

/// What is typed.
#[derive(Clone, Copy)]
struct Typed {
    direction: RwSignal<String>,
    quantity: RwSignal<Option<i64>>,
    reason: RwSignal<String>,
    note: RwSignal<String>,
    moment: Moment,
    busy: RwSignal<bool>,
    refusal: RwSignal<Option<String>>,
    wrong_quantity: RwSignal<Option<String>>,
    wrong_moment: RwSignal<Option<String>>,
}

impl Typed {
    fn new() -> Self {
        Self {
            direction: RwSignal::new(MORE.to_owned()),
            quantity: RwSignal::new(None),
            reason: RwSignal::new(StockReason::Correction.as_str().to_owned()),
            note: RwSignal::new(String::new()),
            moment: Moment::new(),
            busy: RwSignal::new(false),
            refusal: RwSignal::new(None),
            wrong_quantity: RwSignal::new(None),
            wrong_moment: RwSignal::new(None),
        }
    }

    /// The difference with its sign, in base units; `None` while there is none.
    fn change(self) -> Option<i64> {
        let quantity = self.quantity.get().filter(|quantity| *quantity > 0)?;
        let is_less = self.direction.with(|direction| direction == LESS);
        Some(if is_less { -quantity } else { quantity })
    }

    fn command(self, desk: Correcting) -> Option<AdjustStock> {
        let change = untrack(|| self.change())?;
        if untrack(|| self.moment.is_missing()) {
            return None;
        }
        let reason = self.reason.with_untracked(|reason| reason.parse()).ok()?;
        let command_id = desk.command_id.get_value().unwrap_or_else(Uuid::now_v7);
        desk.command_id.set_value(Some(command_id));
        Some(AdjustStock {
            command_id,
            store_id: desk.store_id,
            product_id: desk.product_id,
            change,
            reason,
            note: Some(self.note.get_untracked()).filter(|note| !note.trim().is_empty()),
            at: self.moment.chosen(),
        })
    }
}

#[component]
fn Fields(desk: Correcting, name: String, unit: Unit) -> impl IntoView {
    let (i18n, format, toasts) = (use_i18n(), use_format(), use_toasts());
    let typed = Typed::new();
    let draft = format!("correct-{}-{}", desk.store_id, desk.product_id);
    let sent_as = draft.clone();
    let written = move |change: i64| {
        let sign = if change < 0 { "−" } else { "+" };
        format!("{sign}{}", format.quantity(change.abs(), unit))
    };
    let send = move || {
        if typed.busy.get_untracked() {
            return;
        }
        let Some(command) = typed.command(desk) else {
            return;
        };
        let (change, product) = (untrack(|| written(command.change)), name.clone());
        let done = untrack(|| t_string!(i18n, stock.corrected, change = change, product = product));
        let draft = sent_as.clone();
        typed.busy.set(true);
        spawn_local(async move {
            let answer = adjust_stock(command).await;
            // The sheet may be gone by now.
            typed.busy.try_set(false);
            if !answer.as_ref().err().is_some_and(may_be_done) {
                let _ = desk.command_id.try_set_value(None);
            }
            let locale = i18n.get_locale_untracked();
            let said = |field: &str| {
                let error = answer.as_ref().err()?;
                beside(locale, error, field)
            };
            let (quantity, moment) = (said("change"), said("at"));
            let is_beside = quantity.is_some() || moment.is_some();
            typed.wrong_quantity.try_set(quantity);
            typed.wrong_moment.try_set(moment);
            let refusal = answer.as_ref().err().filter(|_| !is_beside);
            typed
                .refusal
                .try_set(refusal.map(|error| told(locale, error)));
            if let Ok(booked) = answer {
                drafts::saved(&draft);
                desk.open.try_set(false);
                let back = Uuid::now_v7();
                let again = desk.again;
                toasts.done_with_undo(done, move || {
                    take_back((booked.movement_id, back), toasts, i18n, again);
                });
            }
            let _ = desk.again.try_run(());
        });
    };
    let not_ready = Signal::derive(move || typed.change().is_none() || typed.moment.is_missing());
    view! {
        <form
            class="form"
            data-draft=draft
            novalidate=true
            on:submit=move |event| {
                event.prevent_default();
                send();
            }
        >
            {move || typed.refusal.get().map(|words| view! { <Notice tone=Tone::Danger><p>{words}</p></Notice> })}
            <Why typed />
            <QuantityInput
                name="correct-quantity"
                label=move || t_string!(i18n, stock.correct_by)
                hint=move || in_unit(i18n.get_locale(), format, typed.quantity.get(), unit)
                value=typed.quantity
                min=1
                max=MAX_QUANTITY
                error=typed.wrong_quantity
            />
            <TextInput name="correct-note" label=move || t_string!(i18n, orders.note) value=typed.note optional=true />
            <When moment=typed.moment error=typed.wrong_moment field="correct-at" />
            <div class="dialog-actions">
                <Button kind=ButtonKind::Quiet on_press=move |()| desk.open.set(false)>{move || t_string!(i18n, common.cancel)}</Button>
                <Button kind=ButtonKind::Primary icon=Icon::Check submit=true busy=typed.busy disabled=not_ready>
                    {move || t_string!(i18n, stock.correct_it, change = typed.change().map_or_else(String::new, written))}
                </Button>
            </div>
        </form>
    }
}

/// More or less, and the reasons that go with it.
#[component]
fn Why(typed: Typed) -> impl IntoView {
    let i18n = use_i18n();
    let directions = vec![
        Choice::new(MORE, move || t_string!(i18n, stock.correct_more)),
        Choice::new(LESS, move || t_string!(i18n, stock.correct_less)),
    ];
    let reasons = Signal::derive(move || {
        let is_less = typed.direction.with(|direction| direction == LESS);
        let list = if is_less { WHY_LESS } else { WHY_MORE };
        list.iter()
            .map(|reason| {
                let reason = *reason;
                Choice::new(reason.as_str(), move || {
                    words::reason(i18n.get_locale(), reason)
                })
            })
            .collect::<Vec<_>>()
    });
    let to_first_reason = move |_: String| {
        typed
            .reason
            .set(StockReason::Correction.as_str().to_owned());
    };
    view! {
        <Segmented
            name="correct-direction"
            label=move || t_string!(i18n, stock.correct_which)
            value=typed.direction
            options=directions
            on_change=Callback::new(to_first_reason)
        />
        <Select name="correct-reason" label=move || t_string!(i18n, stock.reason) value=typed.reason options=reasons />
    }
}

/// Takes a fresh correction back, also when its page is gone.
fn take_back(
    (movement_id, command_id): (Uuid, Uuid),
    toasts: Toasts,
    i18n: leptos_i18n::I18nContext<Locale>,
    again: Callback<()>,
) {
    spawn_local(async move {
        let command = ReverseMovement {
            command_id,
            movement_id,
            note: None,
        };
        let locale = i18n.get_locale_untracked();
        match reverse_movement(command).await {
            Ok(_) => toasts.done(td_string!(locale, stock.reversed)),
            Err(error) => toasts.failed(told(locale, &error)),
        }
        let _ = again.try_run(());
    });
}
