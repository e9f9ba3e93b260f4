//! What is to be counted, as tiles.

use super::Counting;
use crate::{format::use_format, i18n::*};
use contract::counts::CountSheetView;
use contract::stock::LevelView;
use domain::Unit;
use domain::barcodes::is_same;
use leptos::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A product that may be counted.
#[derive(Clone)]
pub(super) struct Place {
    pub id: Uuid,
    pub sku: String,
    pub name: String,
    category: String,
    pub unit: Unit,
    barcodes: Vec<String>,
    /// What the loaded sheet holds.
    pub counted: Option<i64>,
    by: Option<String>,
    recount: bool,
}

/// The shelves of the store, in their order, and then what is on the sheet besides.
pub(super) fn places(levels: Vec<LevelView>, sheet: Option<CountSheetView>) -> Vec<Place> {
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
            barcodes: level.barcodes,
            counted: line.as_ref().and_then(|line| line.counted),
            by: line.as_ref().and_then(|line| line.counted_by.clone()),
            recount: line.as_ref().is_some_and(|line| line.recount),
        });
    }
    for line in lines.into_values() {
        places.push(Place {
            id: line.product_id,
            sku: line.sku,
            name: line.product_name,
            category: String::new(),
            unit: line.unit,
            barcodes: Vec::new(),
            counted: line.counted,
            by: line.counted_by,
            recount: line.recount,
        });
    }
    places
}

/// The categories of some products, by name.
pub(super) fn categories(places: &[Place]) -> BTreeSet<String> {
    let names = places.iter().map(|place| place.category.clone());
    names.filter(|name| !name.is_empty()).collect()
}

impl Place {
    /// Whether this code stands on it.
    pub(super) fn bears(&self, code: &str) -> bool {
        self.barcodes.iter().any(|own| is_same(own, code))
    }
}

impl Counting {
    /// What is counted of a product: on this device, else on the sheet.
    pub(super) fn counted(self, place: &Place) -> Option<i64> {
        let ahead = self.ahead.try_with(|ahead| ahead.get(&place.id).copied());
        ahead.flatten().unwrap_or(place.counted)
    }

    /// The products that the filters leave.
    pub(super) fn shown(self) -> Vec<Place> {
        let wanted = self.wanted.get().trim().to_lowercase();
        let (category, open_only) = (self.category.get(), self.open_only.get());
        let holds = |text: &str| text.to_lowercase().contains(&wanted);
        let is_shown = |place: &&Place| {
            (holds(&place.name) || holds(&place.sku) || place.bears(&wanted))
                && (category.is_empty() || place.category == category)
                && !(open_only && self.counted(place).is_some())
        };
        self.places
            .try_with_value(|places| places.iter().filter(is_shown).cloned().collect())
            .unwrap_or_default()
    }
}

#[component]
pub(super) fn Tiles(counting: Counting) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <div class="tiles tiles-count" role="group" aria-label=move || t_string!(i18n, stock.product)>
            {move || counting.shown().into_iter().map(|place| view! { <Tile place counting /> }).collect_view()}
        </div>
    }
}

#[component]
fn Tile(place: Place, counting: Counting) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let (id, unit) = (place.id, place.unit);
    let (recount, by, name) = (place.recount, place.by.clone(), place.name.clone());
    let shelf = StoredValue::new(place);
    let counted = move || {
        let counted = shelf.try_with_value(|place| counting.counted(place));
        counted.flatten()
    };
    let is_ahead = move || {
        let ahead = counting.ahead.try_with(|ahead| ahead.contains_key(&id));
        ahead.unwrap_or_default()
    };
    let note = move || {
        if is_ahead() {
            String::new()
        } else if recount {
            t_string!(i18n, stock.count_again).to_owned()
        } else {
            by.clone().unwrap_or_default()
        }
    };
    let press = move |_| {
        if let Some(place) = shelf.try_get_value() {
            counting.show(&place);
        }
    };
    view! {
        <button
            type="button"
            class="tile"
            data-recount=recount.then_some("true")
            aria-pressed=move || counted().is_some().to_string()
            on:click=press
        >
            <span class="tile-name">{name}</span>
            <span class="tile-count">
                {move || counted().map_or_else(|| "–".to_owned(), |counted| format.quantity(counted, unit))}
            </span>
            <span class="tile-note">{note}</span>
        </button>
    }
}
