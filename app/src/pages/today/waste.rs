//! Writing off what was not sold, in one dialog.

use crate::{
    components::{
        Button, ButtonKind, Choice, Dialog, Icon, Notice, QuantityInput, Select, TextInput, Tone,
        describe, use_toasts,
    },
    device_queue::{About, Command, Heard, use_device_queue},
    drafts,
    format::use_format,
    i18n::{Locale, t_string, td_string, use_i18n},
    store_choice::use_chosen_store,
};
use contract::AppError;
use contract::stock::RemoveStock;
use domain::{MovementKind, StockReason, Unit};
use leptos::prelude::*;
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
        // Nobody throws away what was delivered or used; what came back is written off with its ticket.
        StockReason::Unknown
        | StockReason::Delivered
        | StockReason::UsedInProduction
        | StockReason::Returned => {
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
        RemoveStock {
            command_id: Uuid::now_v7(),
            store_id: shelf.store_id,
            product_id: shelf.product_id,
            kind: MovementKind::Waste,
            quantity,
            reason: self
                .reason
                .with_untracked(|r| r.parse().unwrap_or(StockReason::Unknown)),
            note: (!note.trim().is_empty()).then_some(note),
            at: None,
            pressed_at: None,
        }
    }
}

/// The dialog of a desk.
#[component]
pub fn WasteDialog(desk: WasteDesk) -> impl IntoView {
    let i18n = use_i18n();
    let format = use_format();
    let toasts = use_toasts();
    let queue = use_device_queue();
    let store = use_chosen_store();
    let WasteDesk {
        open,
        shelf,
        quantity,
        reason,
        note,
        trouble,
        busy,
    } = desk;
    let write_off = move || {
        let (Some(from), Some(count)) = (shelf.get_untracked(), quantity.get_untracked()) else {
            return;
        };
        let command = desk.command(&from, count);
        let command_id = command.command_id;
        let about = About {
            product: from.name.clone(),
            store: store
                .get_untracked()
                .map(|store| store.name)
                .unwrap_or_default(),
            quantity: Some(count),
            unit: from.unit,
        };
        busy.set(true);
        let hear = move |heard| {
            busy.set(false);
            if let Heard::Refused(error) = heard {
                return trouble.set(Some(error));
            }
            drafts::saved(&format!("waste-{}", from.product_id));
            let words = untrack(|| {
                let words = t_string!(
                    i18n,
                    stock.wasted,
                    quantity = format.quantity(count, from.unit),
                    product = from.name.clone()
                );
                if matches!(heard, Heard::Kept) {
                    format!("{words}. {}", t_string!(i18n, queue.kept))
                } else {
                    words
                }
            });
            toasts.done_with_undo(words, move || queue.take_back(command_id));
            open.set(false);
            shelf.set(None);
            trouble.set(None);
        };
        queue.push_and_hear(Command::Waste(command), about, Callback::new(hear));
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
