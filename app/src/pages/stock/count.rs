//! Counting on a tablet: walk along the shelves, tap a product, type what is there, send all of it at once.

use super::levels::levels_of;
use crate::{
    components::*,
    device,
    device_queue::{About, Command, Heard, use_device_queue},
    fetched::Fetched,
    format::use_format,
    i18n::*,
    refusals::told,
    routes::guarded,
    store_choice::use_chosen_store,
};
use contract::stock::{CountView, CountedProduct, LevelView, PostCount, StockLevels};
use domain::stock::MAX_QUANTITY;
use domain::{Permission, Unit};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The sheet for counting.
#[component]
pub fn CountPage() -> impl IntoView {
    guarded(Permission::StockCount, || view! { <Count /> })
}

/// What is counted and not sent; kept on the device, so that a reload loses nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Sheet {
    counted: BTreeMap<Uuid, i64>,
}

#[derive(Clone, Copy)]
struct Counting {
    sheet: RwSignal<Sheet>,
    key: Signal<String>,
    /// The product under the keys.
    product: RwSignal<Option<LevelView>>,
    typed: RwSignal<Option<i64>>,
    keys_open: RwSignal<bool>,
    busy: RwSignal<bool>,
    result: RwSignal<Option<CountView>>,
}

impl Counting {
    fn change(self, change: impl FnOnce(&mut Sheet)) {
        self.sheet.update(change);
        self.keep();
    }

    fn keep(self) {
        // A browser that keeps nothing still has the sheet on the screen.
        let _ = self
            .sheet
            .with_untracked(|sheet| device::write(&self.key.get_untracked(), sheet));
    }
}

#[component]
fn Count() -> impl IntoView {
    let (i18n, format, toasts) = (use_i18n(), use_format(), use_toasts());
    let store = use_chosen_store();
    let levels = Fetched::new(move || store.get().map(|store| store.id), levels_of);
    let queue = use_device_queue();
    let key = Signal::derive(move || {
        format!(
            "hornada_count_{}",
            store.get().map(|store| store.id).unwrap_or_default()
        )
    });
    let counting = Counting {
        sheet: RwSignal::new(Sheet::default()),
        key,
        product: RwSignal::new(None),
        typed: RwSignal::new(None),
        keys_open: RwSignal::new(false),
        busy: RwSignal::new(false),
        result: RwSignal::new(None),
    };
    // The device is asked once the page is drawn, and again for another store.
    Effect::new(move |_| {
        counting
            .sheet
            .set(device::read(&key.get()).unwrap_or_default())
    });
    let send = Callback::new(move |()| {
        let Some(store) = store.get_untracked() else {
            return;
        };
        if counting.busy.get_untracked()
            || counting
                .sheet
                .with_untracked(|sheet| sheet.counted.is_empty())
        {
            return;
        }
        let lines: Vec<CountedProduct> = counting.sheet.with_untracked(|sheet| {
            sheet
                .counted
                .iter()
                .map(|(product_id, counted)| CountedProduct {
                    product_id: *product_id,
                    counted: *counted,
                })
                .collect()
        });
        let count = i64::try_from(lines.len()).unwrap_or(i64::MAX);
        let command = PostCount {
            command_id: Uuid::now_v7(),
            store_id: store.id,
            // What is sold while the network is away comes after the count.
            counted_at: Some(device::now()),
            lines,
            note: None,
        };
        let about = About {
            product: String::new(),
            store: store.name,
            quantity: None,
            unit: Unit::Piece,
        };
        counting.busy.set(true);
        let hear = move |heard| {
            counting.busy.set(false);
            let view = match heard {
                Heard::Refused(error) => {
                    return toasts.failed(told(i18n.get_locale_untracked(), &error));
                }
                Heard::Done(view) => {
                    toasts.done(untrack(|| {
                        t_string!(i18n, stock.counted_count, count = format.number(count))
                    }));
                    view
                }
                Heard::Kept => {
                    toasts.done(untrack(|| t_string!(i18n, queue.kept)));
                    None
                }
            };
            device::remove(&counting.key.get_untracked());
            counting.sheet.set(Sheet::default());
            counting.result.set(view);
        };
        queue.push_and_hear(Command::Count(command), about, Callback::new(hear));
    });
    view! {
        <PageHeader
            title=move || t_string!(i18n, stock.count)
            over=move || store.get().map(|store| store.name).unwrap_or_default()
            lead=move || t_string!(i18n, stock.count_lead)
        >
            <ButtonLink href="/stock" kind=ButtonKind::Quiet icon=Icon::ChevronLeft>{move || t_string!(i18n, stock.back)}</ButtonLink>
        </PageHeader>
        <Loaded resource=levels waiting=Waiting::Cards children=move |levels: StockLevels| view! { <Tiles levels counting /> } />
        <SendBar counting send />
        <Later part=move || keys_dialog(counting) />
    }
}

#[lazy(waste_later)]
fn keys_dialog(counting: Counting) -> AnyView {
    view! { <KeysDialog counting /> }.into_any()
}

#[component]
fn Tiles(levels: StockLevels, counting: Counting) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let tiles = levels
        .levels
        .into_iter()
        .map(|level| {
            let (id, unit, name) = (level.product_id, level.unit, level.product_name.clone());
            let counted = move || counting.sheet.with(|sheet| sheet.counted.get(&id).copied());
            let difference = move || {
                counting.result.with(|result| {
                    result.as_ref().and_then(|view| view.lines.iter().find(|line| line.product_id == id).map(|line| line.difference))
                })
            };
            view! {
                <button
                    type="button"
                    class="tile"
                    aria-pressed=move || counted().is_some().to_string()
                    on:click=move |_| {
                        counting.typed.set(counted());
                        counting.product.set(Some(level.clone()));
                        counting.keys_open.set(true);
                    }
                >
                    <span class="tile-name">{name}</span>
                    <span class="tile-count">
                        {move || counted().map_or_else(|| "–".to_owned(), |counted| format.quantity(counted, unit))}
                    </span>
                    {move || {
                        difference()
                            .filter(|difference| *difference != 0)
                            .map(|difference| {
                                view! {
                                    <span class="tile-note">
                                        {t_string!(i18n, stock.difference, quantity = format.signed(difference))}
                                    </span>
                                }
                            })
                    }}
                </button>
            }
        })
        .collect_view();
    view! { <div class="tiles tiles-count" role="group" aria-label=move || t_string!(i18n, stock.product)>{tiles}</div> }
}

#[component]
fn SendBar(counting: Counting, send: Callback<()>) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let count = move || {
        counting
            .sheet
            .with(|sheet| i64::try_from(sheet.counted.len()).unwrap_or(i64::MAX))
    };
    let empty = Signal::derive(move || count() == 0);
    view! {
        <div class="send-bar">
            <Button kind=ButtonKind::Primary icon=Icon::Check large=true busy=counting.busy disabled=empty on_press=send>
                {move || t_string!(i18n, stock.send_count, count = format.number(count()))}
            </Button>
        </div>
    }
}

#[component]
fn KeysDialog(counting: Counting) -> impl IntoView {
    let i18n = use_i18n();
    let title = move || {
        counting.product.with(|product| {
            product
                .as_ref()
                .map(|product| product.product_name.clone())
                .unwrap_or_default()
        })
    };
    let keep = move |()| {
        let Some(product) = counting.product.get_untracked() else {
            return;
        };
        let typed = counting.typed.get_untracked();
        counting.result.set(None);
        counting.change(|sheet| match typed {
            Some(counted) => {
                sheet.counted.insert(product.product_id, counted);
            }
            None => {
                sheet.counted.remove(&product.product_id);
            }
        });
        counting.keys_open.set(false);
    };
    view! {
        <Dialog open=counting.keys_open title sheet=true>
            <div class="count-keys">
                <QuantityInput name="counted" label=move || t_string!(i18n, stock.there_are) value=counting.typed max=MAX_QUANTITY large=true />
                <Keypad value=counting.typed max=MAX_QUANTITY />
                <div class="count-actions">
                    <Button large=true on_press=move |()| counting.typed.set(Some(0))>{move || t_string!(i18n, stock.none_left)}</Button>
                    <Button kind=ButtonKind::Primary icon=Icon::Check large=true on_press=keep>{move || t_string!(i18n, stock.keep_count)}</Button>
                </div>
            </div>
        </Dialog>
    }
}
