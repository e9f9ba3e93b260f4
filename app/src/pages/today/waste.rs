//! Writing off what was not sold, in one dialog.

use crate::{
    components::{
        Button, ButtonKind, Choice, Dialog, Icon, Notice, QuantityInput, Select, TextInput, Tone,
        describe, use_toasts,
    },
    drafts,
    format::use_format,
    i18n::{Locale, t_string, td_string, use_i18n},
    server_fns::stock::{remove_stock, reverse_movement},
};
use contract::AppError;
use contract::stock::{RemoveStock, ReverseMovement};
use domain::{MovementKind, StockReason, Unit};
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

/// Reasons that a shop gives for waste, the usual ones first.
const REASONS: [StockReason; 6] = [
    StockReason::NotSold,
    StockReason::Expired,
    StockReason::Damaged,
    StockReason::StaffMeal,
    StockReason::Sampling,
    StockReason::Unknown,
];

/// A reason in a baker's words.
#[must_use]
pub fn reason_word(locale: Locale, reason: StockReason) -> &'static str {
    match reason {
        StockReason::NotSold => td_string!(locale, today.reason_not_sold),
        StockReason::Expired => td_string!(locale, today.reason_expired),
        StockReason::Damaged => td_string!(locale, today.reason_damaged),
        StockReason::BakingError => td_string!(locale, today.reason_baking_error),
        StockReason::StaffMeal => td_string!(locale, today.reason_staff_meal),
        StockReason::Sampling => td_string!(locale, today.reason_sampling),
        StockReason::GivenAway => td_string!(locale, today.reason_given_away),
        StockReason::Theft => td_string!(locale, today.reason_theft),
        StockReason::Correction => td_string!(locale, today.reason_correction),
        // Nobody throws away what was delivered or used.
        StockReason::Unknown | StockReason::Delivered | StockReason::UsedInProduction => {
            td_string!(locale, today.reason_unknown)
        }
    }
}

/// The shelf that something is written off from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shelf {
    pub store_id: Uuid,
    pub product_id: Uuid,
    pub name: String,
    pub unit: Unit,
    /// What will probably be left over; the number to start from.
    pub surplus: i64,
}

/// State of the dialog; made outside of what is loaded.
#[derive(Clone, Copy)]
pub struct WasteDesk {
    open: RwSignal<bool>,
    shelf: RwSignal<Option<Shelf>>,
    quantity: RwSignal<Option<i64>>,
    reason: RwSignal<String>,
    note: RwSignal<String>,
    trouble: RwSignal<Option<AppError>>,
    busy: RwSignal<bool>,
    /// What was sent last, so that the same content sent again goes under the same id.
    sent: StoredValue<Option<RemoveStock>>,
}

impl Default for WasteDesk {
    fn default() -> Self {
        Self {
            open: RwSignal::new(false),
            shelf: RwSignal::new(None),
            quantity: RwSignal::new(None),
            reason: RwSignal::new(StockReason::NotSold.as_str().to_owned()),
            note: RwSignal::new(String::new()),
            trouble: RwSignal::new(None),
            busy: RwSignal::new(false),
            sent: StoredValue::new(None),
        }
    }
}

impl WasteDesk {
    /// Opens the dialog. What was typed for the same shelf before stays.
    pub fn open(self, shelf: Shelf) {
        let same = self.shelf.with_untracked(|old| {
            old.as_ref()
                .is_some_and(|old| old.product_id == shelf.product_id)
        });
        if !same {
            self.quantity
                .set((shelf.surplus > 0).then_some(shelf.surplus));
            self.note.set(String::new());
            self.trouble.set(None);
            self.shelf.set(Some(shelf));
        }
        self.open.set(true);
    }

    fn command(self, shelf: &Shelf, quantity: i64) -> RemoveStock {
        let note = self.note.get_untracked();
        let mut command = RemoveStock {
            command_id: Uuid::now_v7(),
            store_id: shelf.store_id,
            product_id: shelf.product_id,
            kind: MovementKind::Waste,
            quantity,
            reason: self
                .reason
                .with_untracked(|r| r.parse().unwrap_or(StockReason::Unknown)),
            note: (!note.trim().is_empty()).then_some(note),
        };
        if let Some(sent) = self.sent.get_value() {
            let again = RemoveStock {
                command_id: sent.command_id,
                ..command.clone()
            };
            if again == sent {
                command = again;
            }
        }
        self.sent.set_value(Some(command.clone()));
        command
    }
}

/// The dialog of a desk. `on_change` runs after something was written off or put back.
#[component]
pub fn WasteDialog(desk: WasteDesk, #[prop(into)] on_change: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let format = use_format();
    let toasts = use_toasts();
    let WasteDesk {
        open,
        shelf,
        quantity,
        reason,
        note,
        trouble,
        busy,
        sent,
    } = desk;
    let write_off = move || {
        let (Some(from), Some(count)) = (shelf.get_untracked(), quantity.get_untracked()) else {
            return;
        };
        let command = desk.command(&from, count);
        busy.set(true);
        spawn_local(async move {
            match remove_stock(command).await {
                Ok(change) => {
                    drafts::saved(&format!("waste-{}", from.product_id));
                    let words = untrack(|| {
                        t_string!(
                            i18n,
                            today.waste_done,
                            count = format.quantity(count, from.unit),
                            name = from.name.clone(),
                            left = format.quantity(change.on_hand, from.unit)
                        )
                    });
                    toasts.done_with_undo(words, move || {
                        let command = ReverseMovement {
                            command_id: Uuid::now_v7(),
                            movement_id: change.movement_id,
                            note: None,
                        };
                        spawn_local(async move {
                            let locale = i18n.get_locale_untracked();
                            match reverse_movement(command).await {
                                Ok(_) => toasts.done(td_string!(locale, today.waste_undone)),
                                Err(_) => {
                                    toasts.failed(td_string!(locale, today.waste_undo_failed))
                                }
                            }
                            on_change.run(());
                        });
                    });
                    sent.set_value(None);
                    open.set(false);
                    shelf.set(None);
                    trouble.set(None);
                    on_change.run(());
                }
                Err(error) => trouble.set(Some(error)),
            }
            busy.set(false);
        });
    };
    let title = move || {
        let name = shelf.with(|s| s.as_ref().map(|s| s.name.clone()).unwrap_or_default());
        t_string!(i18n, today.waste_title, name = name)
    };
    let words = move || {
        trouble.with(|t| {
            t.as_ref().map(|error| {
                if error.field("quantity").is_some() {
                    t_string!(i18n, today.waste_too_much)
                } else {
                    describe(i18n.get_locale(), error.code)
                }
            })
        })
    };
    let reasons = REASONS
        .into_iter()
        .map(|r| Choice::new(r.as_str(), move || reason_word(i18n.get_locale(), r)))
        .collect::<Vec<_>>();
    view! {
        <Dialog open title=title sheet=true>
            <form
                class="waste-form"
                data-draft=move || shelf.with(|from| from.as_ref().map(|from| format!("waste-{}", from.product_id)))
                on:submit=move |event| {
                    event.prevent_default();
                    if !busy.get_untracked() {
                        write_off();
                    }
                }
            >
                {move || {
                    words()
                        .map(|words| {
                            view! {
                                <Notice tone=Tone::Attention>
                                    <p role="alert">{words}</p>
                                </Notice>
                            }
                        })
                }}
                <QuantityInput
                    name="waste-quantity"
                    label=move || t_string!(i18n, today.waste_quantity)
                    value=quantity
                    min=1
                    large=true
                />
                <Select
                    name="waste-reason"
                    label=move || t_string!(i18n, today.waste_reason)
                    value=reason
                    options=Signal::stored(reasons)
                />
                <TextInput
                    name="waste-note"
                    label=move || t_string!(i18n, today.waste_note)
                    value=note
                    optional=true
                />
                <div class="dialog-actions">
                    <Button
                        kind=ButtonKind::Primary
                        icon=Icon::Bin
                        submit=true
                        busy
                        disabled=Signal::derive(move || quantity.with(Option::is_none))
                    >
                        {move || t_string!(i18n, today.waste_confirm)}
                    </Button>
                </div>
            </form>
        </Dialog>
    }
}
