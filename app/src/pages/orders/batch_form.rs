//! What the forms for new batches share, for one shop and for several: product, day and note, sending once, refusals beside the fields.

use crate::{
    components::*,
    drafts,
    i18n::*,
    refusals::{beside, may_be_done, told},
};
use chrono::NaiveDate;
use contract::AppError;
use contract::catalog::ProductView;
use leptos::{prelude::*, task::spawn_local};
use std::collections::HashMap;
use std::future::Future;
use uuid::Uuid;

/// What is typed in every form for a new batch; lives outside of what is loaded. Copy.
#[derive(Clone, Copy)]
pub(super) struct Batch {
    pub product: RwSignal<String>,
    pub date: RwSignal<Option<NaiveDate>>,
    note: RwSignal<String>,
}

impl Batch {
    pub(super) fn new(today: NaiveDate) -> Self {
        Self {
            product: RwSignal::new(String::new()),
            date: RwSignal::new(Some(today)),
            note: RwSignal::new(String::new()),
        }
    }

    pub(super) fn note(self) -> Option<String> {
        Some(self.note.get_untracked()).filter(|note| !note.trim().is_empty())
    }

    /// Base units of a tray of the chosen product; 1 where none is chosen.
    pub(super) fn tray(self, products: &[ProductView]) -> Memo<i64> {
        let trays: HashMap<String, i64> = products
            .iter()
            .map(|product| (product.id.to_string(), product.tray_size.max(1)))
            .collect();
        Memo::new(move |_| self.product.with(|id| trays.get(id).copied()).unwrap_or(1))
    }
}

/// What is under way in one form. Copy.
#[derive(Clone, Copy)]
pub(super) struct Sending {
    /// Of what is on the form, until the server has answered: pressing twice plans once.
    command_id: StoredValue<Option<Uuid>>,
    refusal: RwSignal<Option<AppError>>,
    busy: RwSignal<bool>,
    toasts: Toasts,
    i18n: leptos_i18n::I18nContext<Locale>,
}

impl Sending {
    pub(super) fn new() -> Self {
        Self {
            command_id: StoredValue::new(None),
            refusal: RwSignal::new(None),
            busy: RwSignal::new(false),
            toasts: use_toasts(),
            i18n: use_i18n(),
        }
    }

    /// The id of what is sent next.
    pub(super) fn command_id(self) -> Uuid {
        let id = self.command_id.get_value().unwrap_or_else(Uuid::now_v7);
        self.command_id.set_value(Some(id));
        id
    }

    /// What is wrong with a field.
    pub(super) fn wrong(self, field: &'static str) -> Signal<Option<String>> {
        Signal::derive(move || {
            self.refusal.with(|error| {
                error
                    .as_ref()
                    .and_then(|error| beside(self.i18n.get_locale(), error, field))
            })
        })
    }

    /// Sends what `ready` makes of the form, if nothing is missing; `done` says what became of it, and goes on from here if the page is
    /// still there. `draft` names where what was typed is kept.
    pub(super) fn send<T, F>(
        self,
        draft: &'static str,
        ready: impl FnOnce() -> Option<F>,
        done: impl FnOnce(T, bool) + 'static,
    ) where
        T: 'static,
        F: Future<Output = Result<T, AppError>> + 'static,
    {
        if self.busy.get_untracked() {
            return;
        }
        let Some(answer) = ready() else {
            let i18n = self.i18n;
            self.toasts
                .failed(t_string!(i18n, orders.refused_incomplete));
            return;
        };
        self.busy.set(true);
        spawn_local(async move {
            let answer = answer.await;
            let is_here = self.busy.try_set(false).is_none();
            if !answer.as_ref().err().is_some_and(may_be_done) {
                let _ = self.command_id.try_set_value(None);
            }
            match answer {
                Ok(made) => {
                    drafts::saved(draft);
                    done(made, is_here);
                }
                Err(error) => {
                    let locale = self.i18n.get_locale_untracked();
                    self.toasts.failed(told(locale, &error));
                    self.refusal.try_set(Some(error));
                }
            }
        });
    }
}

/// The frame of a form: its first field if it has one of its own, product and day, its own fields, the note, the key.
#[component]
pub(super) fn BatchForm(
    batch: Batch,
    sending: Sending,
    /// Where what is typed is kept.
    draft: &'static str,
    /// Those that can be baked.
    products: Vec<ProductView>,
    #[prop(optional)] first: Option<AnyView>,
    /// What the key says.
    #[prop(into)]
    plan: TextProp,
    on_send: impl Fn() + 'static,
    children: Children,
) -> impl IntoView {
    let i18n = use_i18n();
    let mut options = vec![Choice::new("", move || {
        t_string!(i18n, orders.choose_product)
    })];
    options.extend(
        products
            .into_iter()
            .map(|product| Choice::new(product.id.to_string(), product.name)),
    );
    view! {
        <form
            class="form order-form"
            data-draft=draft
            on:submit=move |event| {
                event.prevent_default();
                on_send();
            }
        >
            {first}
            <Select name="product" label=move || t_string!(i18n, orders.product) value=batch.product options=options />
            <DateField name="date" label=move || t_string!(i18n, orders.date) value=batch.date error=sending.wrong("production_date") />
            {children()}
            <TextArea name="note" label=move || t_string!(i18n, orders.note) value=batch.note optional=true error=sending.wrong("note") />
            <Button kind=ButtonKind::Primary submit=true busy=sending.busy>{move || plan.get()}</Button>
        </form>
    }
}

/// A quantity in trays of the chosen product.
#[component]
pub(super) fn InTrays(
    name: &'static str,
    #[prop(into)] label: TextProp,
    value: RwSignal<Option<i64>>,
    tray: Memo<i64>,
    error: Signal<Option<String>>,
) -> impl IntoView {
    let i18n = use_i18n();
    move || {
        let step = tray.get();
        view! {
            <QuantityInput
                name
                label=label.clone()
                hint=move || { if step > 1 { t_string!(i18n, orders.tray_of, tray = step) } else { String::new() } }
                value
                step
                min=1
                error
            />
        }
    }
}
