//! Labels of finished batches: how many, on which paper, and what to know before they are printed.

use super::{
    label::{Contents, Label, Size, is_tight, is_too_long},
    paper::{Asked, ChooseShop, PaperFilters, PrintKey},
};
use crate::{
    components::*, device, fetched::Fetched, format::use_format, i18n::*, routes::guarded,
    server_fns::orders::read_labels,
};
use chrono::NaiveDate;
use contract::dispatch::{LabelView, LabelsView, ReadLabels};
use domain::Permission;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, sync::Arc};
use uuid::Uuid;

/// Where the device remembers how labels were printed last.
const KEPT: &str = "hornada_labels";

const MOST_COPIES: i64 = 99;

/// How labels are printed, as the device remembers it.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Kept {
    size: String,
    contents: String,
    copies: i64,
}

/// How labels are printed; lives outside of what is loaded.
#[derive(Clone, Copy)]
struct Settings {
    size: RwSignal<String>,
    contents: RwSignal<String>,
    copies: RwSignal<Option<i64>>,
}

impl Settings {
    fn new() -> Self {
        Self {
            size: RwSignal::new(Size::Sheet.as_str().to_owned()),
            contents: RwSignal::new(Contents::Batch.as_str().to_owned()),
            copies: RwSignal::new(Some(1)),
        }
    }

    /// Takes over what the device remembers, and lets it remember every change.
    fn remember(self) {
        Effect::new(move |was_asked: Option<()>| {
            let now = Kept {
                size: self.size.get(),
                contents: self.contents.get(),
                copies: self.copies().try_into().unwrap_or(1),
            };
            if was_asked.is_some() {
                // A device that does not remember prints all the same.
                let _ = device::write(KEPT, &now);
            } else if let Some(kept) = device::read::<Kept>(KEPT) {
                self.size.set(Size::of(&kept.size).as_str().to_owned());
                self.contents
                    .set(Contents::of(&kept.contents).as_str().to_owned());
                self.copies.set(Some(kept.copies.clamp(1, MOST_COPIES)));
            }
        });
    }

    fn size(self) -> Size {
        self.size.with(|text| Size::of(text))
    }

    fn contents(self) -> Contents {
        self.contents.with(|text| Contents::of(text))
    }

    /// Labels of each lot. A number that is being typed counts as one.
    fn copies(self) -> usize {
        let copies = self.copies.get().unwrap_or(1).clamp(1, MOST_COPIES);
        copies.try_into().unwrap_or(1)
    }
}

/// Labels of a day or of one batch.
#[component]
pub fn LabelsPage() -> impl IntoView {
    guarded(Permission::OrdersRead, || view! { <Labels /> })
}

#[component]
fn Labels() -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let asked = Asked::of_address();
    let query = use_query_map();
    let order = Memo::new(move |_| {
        query
            .with(|query| query.get("order"))
            .and_then(|text| text.parse::<Uuid>().ok())
    });
    let labels = Fetched::new(
        move || (order.get(), asked.date.get(), asked.shop.get()),
        |(order_id, date, store_id)| {
            read_labels(ReadLabels {
                date: Some(date),
                store_id,
                order_id,
            })
        },
    );
    use_live(&["orders", "recipes"], move |_| labels.refetch());
    let settings = Settings::new();
    settings.remember();
    let lead = move || match order.get() {
        Some(_) => t_string!(i18n, dispatch.of_one_batch).to_owned(),
        None => format.date_long(asked.date.get()),
    };
    view! {
        <PageHeader title=move || t_string!(i18n, dispatch.labels) lead>
            {move || view! { <ButtonLink href=asked.at("/orders/dispatch")>{move || t_string!(i18n, dispatch.title)}</ButtonLink> }}
            <PrintKey />
        </PageHeader>
        <PaperFilters action="/orders/labels" asked />
        <Choices settings />
        <Loaded
            resource=labels
            children=move |shown: LabelsView| {
                view! { <Sheets shown settings date=asked.date.get_untracked() /> }
            }
        />
    }
}

/// Paper, what a label is stuck on, and how many of each.
#[component]
fn Choices(settings: Settings) -> impl IntoView {
    let i18n = use_i18n();
    let sizes = vec![
        Choice::new(Size::Sheet.as_str(), move || {
            t_string!(i18n, dispatch.size_sheet)
        }),
        Choice::new(Size::Roll.as_str(), move || {
            t_string!(i18n, dispatch.size_roll)
        }),
    ];
    let contents = vec![
        Choice::new(Contents::Batch.as_str(), move || {
            t_string!(i18n, dispatch.on_batch)
        }),
        Choice::new(Contents::Tray.as_str(), move || {
            t_string!(i18n, dispatch.on_tray)
        }),
        Choice::new(Contents::Piece.as_str(), move || {
            t_string!(i18n, dispatch.on_piece)
        }),
    ];
    view! {
        <div class="label-choices no-print">
            <Segmented name="label-size" label=move || t_string!(i18n, dispatch.size) value=settings.size options=sizes />
            <Segmented name="label-contents" label=move || t_string!(i18n, dispatch.stuck_on) value=settings.contents options=contents />
            <QuantityInput name="copies" label=move || t_string!(i18n, dispatch.copies) value=settings.copies min=1 max=MOST_COPIES />
        </div>
    }
}

/// Names of the products of some labels, each once.
fn names(labels: &[LabelView], which: impl Fn(&LabelView) -> bool) -> String {
    let names: BTreeSet<&str> = labels
        .iter()
        .filter(|label| which(label))
        .map(|label| label.product_name.as_str())
        .collect();
    names.into_iter().collect::<Vec<_>>().join(", ")
}

fn has_unweighed(label: &LabelView) -> bool {
    let ingredients = label.ingredients.as_deref().unwrap_or_default();
    ingredients.iter().any(|ingredient| !ingredient.is_weighed)
}

#[component]
fn Sheets(shown: LabelsView, settings: Settings, date: NaiveDate) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    if !shown.choose_from.is_empty() {
        return view! { <ChooseShop action="/orders/labels" date shops=shown.choose_from /> }
            .into_any();
    }
    let unfinished = i64::from(shown.unfinished);
    // Shared and not stored: what is drawn may be asked once more while it is already being taken away.
    let labels: Arc<[LabelView]> = shown.labels.into();
    let is_empty = labels.is_empty();
    let without_recipe = names(&labels, |label| label.ingredients.is_none());
    let unweighed = names(&labels, has_unweighed);
    let measured = labels.clone();
    let too_long = move || {
        let (locale, size) = (i18n.get_locale(), settings.size());
        let names = names(&measured, |label| is_too_long(locale, size, label));
        (!names.is_empty()).then(|| {
            view! {
                <Notice tone=Tone::Danger>
                    <p>{t_string!(i18n, dispatch.too_long, names = names)}</p>
                </Notice>
            }
        })
    };
    let pages = move || {
        let (locale, size) = (i18n.get_locale(), settings.size());
        let (contents, copies) = (settings.contents(), settings.copies());
        let places: Vec<(&LabelView, bool)> = labels
            .iter()
            .flat_map(|label| (0..copies).map(move |nth| (label, nth > 0)))
            .collect();
        places
            .chunks(size.per_page())
            .map(|page| {
                let page = page
                    .iter()
                    .map(|(label, copy)| {
                        let (label, copy) = ((*label).clone(), *copy);
                        let tight = is_tight(locale, size, &label);
                        view! { <Label label contents tight copy /> }
                    })
                    .collect_view();
                view! { <div class="label-page">{page}</div> }
            })
            .collect_view()
    };
    view! {
        <div class="stack no-print">
            {(unfinished > 0)
                .then(|| {
                    view! {
                        <Notice tone=Tone::Info>
                            <p>{move || t_string!(i18n, dispatch.unfinished, count = format.number(unfinished))}</p>
                        </Notice>
                    }
                })}
            {(!without_recipe.is_empty())
                .then(|| {
                    view! {
                        <Notice tone=Tone::Attention>
                            <p>{move || t_string!(i18n, dispatch.without_recipe, names = without_recipe.clone())}</p>
                        </Notice>
                    }
                })}
            {(!unweighed.is_empty())
                .then(|| {
                    view! {
                        <Notice tone=Tone::Attention>
                            <p>{move || t_string!(i18n, dispatch.unweighed, names = unweighed.clone())}</p>
                        </Notice>
                    }
                })}
            {too_long}
            {is_empty
                .then(|| {
                    view! {
                        <EmptyState
                            icon=Icon::Orders
                            title=move || t_string!(i18n, dispatch.no_labels_title)
                            text=move || t_string!(i18n, dispatch.no_labels_text)
                        />
                    }
                })}
        </div>
        <div class="labels" data-size=move || settings.size().as_str()>
            {pages}
        </div>
    }
    .into_any()
}
