//! What is to be counted, as tiles.

use super::Counting;
use crate::{components::*, format::use_format, i18n::*};
use contract::counts::CountSheetView;
use contract::stock::LevelView;
use domain::Unit;
use leptos::{ev::KeyboardEvent, prelude::*};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A product that may be counted.
#[derive(Clone)]
struct Place {
    id: Uuid,
    sku: String,
    name: String,
    category: String,
    unit: Unit,
    counted: Option<i64>,
    by: Option<String>,
    recount: bool,
    /// Chosen to be counted, or counted already.
    is_on_sheet: bool,
}

/// The products of the store with what the sheet says of them.
pub(super) struct Sheet {
    places: Vec<Place>,
    categories: BTreeSet<String>,
}

impl Sheet {
    /// The shelves of the store, in their order, and then what is on the sheet besides.
    pub(super) fn new(levels: Vec<LevelView>, sheet: Option<CountSheetView>) -> Self {
        let lines = sheet.map(|sheet| sheet.lines).unwrap_or_default();
        let mut lines: BTreeMap<Uuid, _> = lines
            .into_iter()
            .map(|line| (line.product_id, line))
            .collect();
        let mut places = Vec::new();
        for level in levels {
            let line = lines.remove(&level.product_id);
            places.push(Place {
                id: level.product_id,
                sku: level.sku,
                name: level.product_name,
                category: level.category_name,
                unit: level.unit,
                counted: line.as_ref().and_then(|line| line.counted),
                by: line.as_ref().and_then(|line| line.counted_by.clone()),
                recount: line.as_ref().is_some_and(|line| line.recount),
                is_on_sheet: line.is_some(),
            });
        }
        for line in lines.into_values() {
            places.push(Place {
                id: line.product_id,
                sku: line.sku,
                name: line.product_name,
                category: String::new(),
                unit: line.unit,
                counted: line.counted,
                by: line.counted_by,
                recount: line.recount,
                is_on_sheet: true,
            });
        }
        let categories = places.iter().map(|place| place.category.clone());
        let categories = categories.filter(|name| !name.is_empty()).collect();
        Self { places, categories }
    }
}

fn holds(text: &str, wanted: &str) -> bool {
    text.to_lowercase().contains(wanted)
}

#[component]
pub(super) fn Tiles(sheet: Sheet, counting: Counting) -> impl IntoView {
    let i18n = use_i18n();
    let chosen = sheet
        .places
        .iter()
        .filter(|place| place.is_on_sheet)
        .count();
    let places = StoredValue::new(sheet.places);
    let counted = move |place: &Place| {
        let ahead = counting
            .ahead
            .try_with(|ahead| ahead.get(&place.id).copied());
        ahead.flatten().unwrap_or(place.counted)
    };
    let shown = move || {
        let wanted = counting.wanted.get().trim().to_lowercase();
        let (category, open_only) = (counting.category.get(), counting.open_only.get());
        let is_shown = |place: &Place| {
            let found = holds(&place.name, &wanted) || holds(&place.sku, &wanted);
            found
                && (category.is_empty() || place.category == category)
                && !(open_only && counted(place).is_some())
        };
        places
            .try_with_value(|places| places.iter().filter(|p| is_shown(p)).cloned().collect())
            .unwrap_or_else(Vec::new)
    };
    // A scanner types the code and presses Enter; so may a person.
    let scanned = move |event: KeyboardEvent| {
        if event.key() != "Enter" {
            return;
        }
        event.prevent_default();
        let wanted = counting.wanted.get_untracked().trim().to_lowercase();
        let found = untrack(shown);
        let exact = found
            .iter()
            .find(|place| place.sku.to_lowercase() == wanted);
        if let Some(place) = exact.or_else(|| found.first().filter(|_| found.len() == 1)) {
            counting.show(
                place.id,
                place.name.clone(),
                place.unit,
                untrack(|| counted(place)),
            );
            counting.wanted.set(String::new());
        }
    };
    let all = Choice::new("", move || t_string!(i18n, common.all));
    let names = sheet.categories.into_iter();
    let options: Vec<Choice> = [all]
        .into_iter()
        .chain(names.map(|name| Choice::new(name.clone(), name)))
        .collect();
    let done = move || {
        let done = places.try_with_value(|places| {
            let on_sheet = places.iter().filter(|place| place.is_on_sheet);
            on_sheet.filter(|place| counted(place).is_some()).count()
        });
        i64::try_from(done.unwrap_or(0)).unwrap_or(i64::MAX)
    };
    let chosen = i64::try_from(chosen).unwrap_or(i64::MAX);
    let progress = (chosen > 0).then(|| {
        view! {
            <Progress
                label=move || t_string!(i18n, stock.count_progress)
                done=Signal::derive(done)
                total=Signal::derive(move || Some(chosen))
            />
        }
    });
    view! {
        {progress}
        <div class="count-filters">
            <div on:keydown=scanned>
                <TextInput
                    name="find"
                    kind="search"
                    label=move || t_string!(i18n, stock.find_product)
                    placeholder=move || t_string!(i18n, stock.find_product_hint)
                    value=counting.wanted
                />
            </div>
            <Select name="category" label=move || t_string!(i18n, stock.category) value=counting.category options=options optional=true />
            <Switch name="open-only" label=move || t_string!(i18n, stock.open_only) value=counting.open_only />
        </div>
        <div class="tiles tiles-count" role="group" aria-label=move || t_string!(i18n, stock.product)>
            {move || shown().into_iter().map(|place| view! { <Tile place counting /> }).collect_view()}
        </div>
    }
}

#[component]
fn Tile(place: Place, counting: Counting) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let (id, unit, loaded) = (place.id, place.unit, place.counted);
    let counted = move || {
        let ahead = counting.ahead.try_with(|ahead| ahead.get(&id).copied());
        ahead.flatten().unwrap_or(loaded)
    };
    let is_ahead = move || {
        let ahead = counting.ahead.try_with(|ahead| ahead.contains_key(&id));
        ahead.unwrap_or_default()
    };
    let (recount, by) = (place.recount, place.by);
    let note = move || {
        if recount && !is_ahead() {
            t_string!(i18n, stock.count_again).to_owned()
        } else if is_ahead() {
            String::new()
        } else {
            by.clone().unwrap_or_default()
        }
    };
    let name = place.name.clone();
    view! {
        <button
            type="button"
            class="tile"
            data-recount=(recount).then_some("true")
            aria-pressed=move || counted().is_some().to_string()
            on:click=move |_| counting.show(id, name.clone(), unit, untrack(counted))
        >
            <span class="tile-name">{place.name}</span>
            <span class="tile-count">
                {move || counted().map_or_else(|| "–".to_owned(), |counted| format.quantity(counted, unit))}
            </span>
            <span class="tile-note">{note}</span>
        </button>
    }
}
