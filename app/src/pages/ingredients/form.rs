//! Adding and changing an ingredient, in a sheet.

use super::{Amount, AmountInput, Desk, SheetForm, allergen_keys, allergen_words, units};
use crate::{
    components::*,
    format::use_format,
    i18n::*,
    server_fns::recipes::{list_ingredient_prices, save_ingredient},
};
use contract::ingredients::{IngredientView, IngredientsView, SaveIngredient};
use domain::Unit;
use leptos::prelude::*;

/// Usual share of the waits during which nothing runs out, and usual cost of keeping for a year.
const SERVICE_LEVEL_BP: i32 = 9_500;
const HOLDING_BP: i32 = 2_000;

/// The sheet. `subject` says which ingredient is changed; none means that one is added.
#[component]
pub(super) fn IngredientForm(
    desk: Desk,
    subject: RwSignal<Option<IngredientView>>,
    known: RwSignal<Option<IngredientsView>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let title = move || match subject.get() {
        Some(item) => item.name,
        None => t_string!(i18n, recipes.add_ingredient).to_owned(),
    };
    view! {
        <Dialog open=desk.open title sheet=true>
            // Built anew only when the sheet opens for something.
            {move || desk.open.get().then(|| view! { <Fields desk item=subject.get_untracked() known /> })}
        </Dialog>
    }
}

#[component]
fn Fields(
    desk: Desk,
    item: Option<IngredientView>,
    known: RwSignal<Option<IngredientsView>>,
) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let of = |read: fn(&IngredientView) -> String| {
        RwSignal::new(item.as_ref().map(read).unwrap_or_default())
    };
    let (code, name) = (of(|i| i.code.clone()), of(|i| i.name.clone()));
    let unit = RwSignal::new(item.as_ref().map_or(Unit::Gram, |i| i.unit).to_string());
    let listed = item
        .as_ref()
        .map(|i| allergen_words(i18n.get_locale_untracked(), &i.allergens));
    let allergens = RwSignal::new(listed.unwrap_or_default());
    let supplier = of(|i| i.supplier_id.map(|id| id.to_string()).unwrap_or_default());
    let price = Amount::new(
        item.as_ref().and_then(|i| i.pack_price_minor),
        format.minor_digits(),
    );
    let number = |read: fn(&IngredientView) -> i64, usual: Option<i64>| {
        RwSignal::new(item.as_ref().map(read).or(usual))
    };
    let pack = number(|i| i.pack_quantity, None);
    let shelf_life = number(|i| i.shelf_life_days.into(), Some(180));
    let stocked = RwSignal::new(item.as_ref().is_none_or(|i| i.stocked));
    let flour = RwSignal::new(item.as_ref().is_some_and(|i| i.flour));
    let draft = item.as_ref().map_or_else(
        || "ingredient".to_owned(),
        |item| format!("ingredient-{}", item.id),
    );
    let standing = StoredValue::new(item.clone());
    let sent_as = draft.clone();
    let save = move || {
        let Ok(pack_price_minor) = price.read() else {
            return;
        };
        let standing = standing.get_value();
        let command = SaveIngredient {
            command_id: desk.command_id(),
            ingredient_id: standing.as_ref().map(|i| i.id),
            version: standing.as_ref().map_or(0, |i| i.version),
            code: code.get_untracked(),
            name: name.get_untracked(),
            unit: unit.get_untracked().parse().unwrap_or(Unit::Gram),
            allergens: allergens.with_untracked(|text| allergen_keys(text)),
            shelf_life_days: shelf_life.get_untracked().unwrap_or(0) as i32,
            service_level_bp: standing
                .as_ref()
                .map_or(SERVICE_LEVEL_BP, |i| i.service_level_bp),
            supplier_id: supplier.get_untracked().parse().ok(),
            stocked: stocked.get_untracked(),
            flour: flour.get_untracked(),
            pack_quantity: pack.get_untracked().unwrap_or(0),
            pack_price_minor,
            holding_bp: standing.as_ref().map_or(HOLDING_BP, |i| i.holding_bp),
        };
        let done = |l: Locale| td_string!(l, recipes.saved);
        desk.run(sent_as.clone(), done, save_ingredient(command));
    };
    let suppliers = Signal::derive(move || {
        let none = Choice::new("", move || t_string!(i18n, common.none));
        let known = known.get().map(|list| list.suppliers).unwrap_or_default();
        let known = known
            .into_iter()
            .map(|s| Choice::new(s.id.to_string(), s.name));
        [none].into_iter().chain(known).collect::<Vec<_>>()
    });
    let adding = item.is_none();
    view! {
        <SheetForm desk draft on_save=move |()| save()>
            <TextInput name="name" label=move || t_string!(i18n, recipes.name) value=name error=desk.beside("name") />
            <TextInput
                name="code"
                label=move || t_string!(i18n, recipes.code)
                hint=move || t_string!(i18n, recipes.code_hint)
                value=code
                error=desk.beside("code")
            />
            {adding
                .then(|| {
                    view! { <Segmented name="unit" label=move || t_string!(i18n, recipes.unit) value=unit options=units() /> }
                })}
            <QuantityInput
                name="pack_quantity"
                label=move || t_string!(i18n, recipes.pack_quantity)
                hint=move || t_string!(i18n, recipes.pack_hint)
                value=pack
                min=1
                max=1_000_000_000
                error=desk.beside("pack_quantity")
            />
            <AmountInput
                name="pack_price"
                label=move || t_string!(i18n, recipes.pack_price)
                amount=price
                error=desk.beside("pack_price")
            />
            <Select name="supplier" label=move || t_string!(i18n, recipes.supplier) value=supplier options=suppliers optional=true />
            <TextInput
                name="allergens"
                label=move || t_string!(i18n, recipes.allergens)
                hint=move || t_string!(i18n, recipes.allergens_hint)
                value=allergens
                optional=true
                error=desk.beside("allergens")
            />
            <QuantityInput
                name="shelf_life"
                label=move || t_string!(i18n, recipes.shelf_life)
                value=shelf_life
                min=1
                max=3660
                error=desk.beside("shelf_life_days")
            />
            <Switch name="stocked" label=move || t_string!(i18n, recipes.stocked) value=stocked />
            <Switch name="flour" label=move || t_string!(i18n, recipes.flour) value=flour />
            {item.map(|item| view! { <Prices item /> })}
        </SheetForm>
    }
}

/// What a pack cost before.
#[component]
fn Prices(item: IngredientView) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let (id, unit) = (item.id, item.unit);
    let prices = LocalResource::new(move || list_ingredient_prices(id));
    let list = move || {
        let prices = prices.get()?.ok()?;
        let rows = prices.into_iter().map(|price| {
            let pack = format.quantity_with_unit(price.pack_quantity, unit);
            let words = format!(
                "{} · {pack} · {}",
                format.instant(price.recorded_at),
                format.money(price.pack_price_minor)
            );
            view! { <li>{words}</li> }
        });
        Some(rows.collect_view())
    };
    view! {
        <details class="prices">
            <summary>{move || t_string!(i18n, recipes.price_history)}</summary>
            <ul>{list}</ul>
        </details>
    }
}
