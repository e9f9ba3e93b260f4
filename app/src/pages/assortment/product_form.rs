//! Adding and changing a product, in a sheet.

use crate::pages::ingredients::{
    Amount, AmountInput, Desk, SheetForm, allergen_keys, allergen_words, units,
};
use crate::{
    components::*,
    format::use_format,
    i18n::*,
    server_fns::catalog::{list_in_stores, read_listed_stores, save_product},
    session::use_stores,
};
use contract::AppError;
use contract::assortment::{ListInStores, ProductValues, SaveProduct};
use contract::catalog::{CategoryView, ProductView};
use domain::{ReplenishmentPolicy, Unit};
use leptos::prelude::*;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Usual share of days on which nothing runs out, where nobody says otherwise.
const SERVICE_LEVEL_BP: i32 = 9_500;

/// The sheet. `subject` says which product is changed; none means that one is added.
#[component]
pub(super) fn ProductForm(
    desk: Desk,
    subject: RwSignal<Option<ProductView>>,
    known: RwSignal<Vec<CategoryView>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let title = move || match subject.get() {
        Some(product) => product.name,
        None => t_string!(i18n, assortment.product_add).to_owned(),
    };
    view! {
        <Dialog open=desk.open title sheet=true>
            {move || {
                desk.open
                    .get()
                    .then(|| view! { <Fields desk product=subject.get_untracked() known=known.get_untracked() /> })
            }}
        </Dialog>
    }
}

/// The boxes that hold numbers. Copy.
#[derive(Clone, Copy)]
struct Numbers {
    price: Amount,
    cost: Amount,
    salvage: Amount,
    life: RwSignal<Option<i64>>,
    tray: RwSignal<Option<i64>>,
    lead: RwSignal<Option<i64>>,
}

impl Numbers {
    fn of(product: Option<&ProductView>, digits: u32) -> Self {
        let money = |read: fn(&ProductView) -> i64| Amount::new(product.map(read), digits);
        let whole = |read: fn(&ProductView) -> i64, usual: i64| {
            RwSignal::new(Some(product.map_or(usual, read)))
        };
        Self {
            price: money(|p| p.price_minor),
            cost: money(|p| p.unit_cost_minor),
            salvage: money(|p| p.salvage_minor),
            life: whole(|p| p.shelf_life_days.into(), 1),
            tray: whole(|p| p.tray_size, 1),
            lead: whole(|p| p.lead_time_days.into(), 0),
        }
    }
}

fn small(value: RwSignal<Option<i64>>) -> i32 {
    let value = value.get_untracked().unwrap_or(-1);
    i32::try_from(value).unwrap_or(-1)
}

/// The stores that carry it from now on, where somebody changed that. What is not on show stays as it is.
fn changed(places: &[(Uuid, RwSignal<bool>)], before: &BTreeSet<Uuid>) -> Option<Vec<Uuid>> {
    let mut now = before.clone();
    for (id, on) in places {
        if on.get_untracked() {
            now.insert(*id);
        } else {
            now.remove(id);
        }
    }
    (now != *before).then(|| now.into_iter().collect())
}

/// Sends the product, and after it which stores carry it, where somebody changed that.
async fn send(command: SaveProduct, stores: Option<Vec<Uuid>>) -> Result<(), AppError> {
    let product = save_product(command).await?;
    let Some(stores) = stores else {
        return Ok(());
    };
    let command = ListInStores {
        command_id: Uuid::now_v7(),
        product_id: product.id,
        stores,
    };
    list_in_stores(command).await.map(drop)
}

#[component]
fn Fields(desk: Desk, product: Option<ProductView>, known: Vec<CategoryView>) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let numbers = Numbers::of(product.as_ref(), format.minor_digits());
    let of = |read: fn(&ProductView) -> String| {
        RwSignal::new(product.as_ref().map(read).unwrap_or_default())
    };
    let (sku, name) = (of(|p| p.sku.clone()), of(|p| p.name.clone()));
    let barcodes = of(|p| p.barcodes.join(", "));
    let listed = product
        .as_ref()
        .map(|p| allergen_words(i18n.get_locale_untracked(), &p.allergens));
    let allergens = RwSignal::new(listed.unwrap_or_default());
    let first = known.first().map(|category| category.id);
    let category = product.as_ref().map(|p| p.category_id).or(first);
    let category = RwSignal::new(category.map(|id| id.to_string()).unwrap_or_default());
    let unit = RwSignal::new(product.as_ref().map_or(Unit::Piece, |p| p.unit).to_string());
    let policy = product
        .as_ref()
        .map_or(ReplenishmentPolicy::Newsvendor, |p| p.policy);
    let policy = RwSignal::new(policy.to_string());
    let active = RwSignal::new(product.as_ref().is_none_or(|p| p.active));
    let all: Vec<(Uuid, String, RwSignal<bool>)> = use_stores()
        .into_iter()
        .map(|store| (store.id, store.name, RwSignal::new(false)))
        .collect();
    let places: Vec<(Uuid, RwSignal<bool>)> = all.iter().map(|(id, _, on)| (*id, *on)).collect();
    let places = StoredValue::new(places);
    let adding = product.is_none();
    // What is not known yet is not changed.
    let before = StoredValue::new(adding.then(BTreeSet::<Uuid>::new));
    if let Some(product_id) = product.as_ref().map(|p| p.id) {
        // What carries it now is fetched when the sheet opens.
        leptos::task::spawn_local(async move {
            if let Ok(listed) = read_listed_stores(product_id).await {
                let stores: BTreeSet<Uuid> = listed.stores.into_iter().collect();
                let _ = places.try_with_value(|places| {
                    for (id, on) in places {
                        let _ = on.try_set(stores.contains(id));
                    }
                });
                let _ = before.try_set_value(Some(stores));
            }
        });
    }
    let draft = product
        .as_ref()
        .map_or_else(|| "product".to_owned(), |p| format!("product-{}", p.id));
    let sent_as = draft.clone();
    let standing = StoredValue::new(product);
    let save = move |()| {
        let amounts = (
            numbers.price.read(),
            numbers.cost.read(),
            numbers.salvage.read(),
        );
        let (Ok(price), Ok(cost), Ok(salvage)) = amounts else {
            return;
        };
        let standing = standing.get_value();
        let standing = standing.as_ref();
        let values = ProductValues {
            sku: sku.get_untracked(),
            name: name.get_untracked(),
            category_id: category.with_untracked(|id| id.parse().unwrap_or_default()),
            unit: unit.with_untracked(|unit| unit.parse().unwrap_or(Unit::Piece)),
            price_minor: price.unwrap_or(-1),
            unit_cost_minor: cost.unwrap_or(-1),
            salvage_minor: salvage.unwrap_or(0),
            shelf_life_days: small(numbers.life),
            tray_size: numbers.tray.get_untracked().unwrap_or(0),
            lead_time_days: small(numbers.lead),
            policy: policy
                .with_untracked(|policy| policy.parse().unwrap_or(ReplenishmentPolicy::Newsvendor)),
            service_level_bp: standing.map_or(SERVICE_LEVEL_BP, |p| p.service_level_bp),
            substitution_share_bp: standing.map_or(0, |p| p.substitution_share_bp),
            barcodes: barcodes.with_untracked(|text| {
                let codes = text.split([',', ' ', '\n']).map(str::trim);
                codes
                    .filter(|code| !code.is_empty())
                    .map(str::to_owned)
                    .collect()
            }),
            allergens: allergens.with_untracked(|text| allergen_keys(text)),
            introduced_on: standing.and_then(|p| p.introduced_on),
            discontinued_on: standing.and_then(|p| p.discontinued_on),
            active: active.get_untracked(),
        };
        let command = SaveProduct {
            command_id: desk.command_id(),
            product_id: standing.map(|p| p.id),
            version: standing.map_or(0, |p| p.version),
            values,
        };
        let stores = before
            .get_value()
            .and_then(|before| places.with_value(|places| changed(places, &before)));
        let done = |l: Locale| td_string!(l, assortment.product_saved);
        desk.run(sent_as.clone(), done, send(command, stores));
    };
    let categories: Vec<Choice> = known
        .into_iter()
        .map(|category| Choice::new(category.id.to_string(), category.name))
        .collect();
    view! {
        <SheetForm desk draft on_save=save>
            <TextInput name="product_name" label=move || t_string!(i18n, recipes.name) value=name error=desk.beside("name") />
            <TextInput name="sku" label=move || t_string!(i18n, assortment.sku) value=sku error=desk.beside("sku") />
            <Select
                name="product_category"
                label=move || t_string!(i18n, assortment.category)
                value=category
                options=categories
                error=desk.beside("category_id")
            />
            {adding
                .then(|| {
                    view! { <Segmented name="product_unit" label=move || t_string!(i18n, recipes.unit) value=unit options=units() /> }
                })}
            <NumberFields desk numbers />
            <Segmented name="product_policy" label=move || t_string!(i18n, policies.policy) value=policy options=ways() />
            <TextInput
                name="allergens"
                label=move || t_string!(i18n, recipes.allergens)
                hint=move || t_string!(i18n, assortment.by_recipe)
                value=allergens
                optional=true
                error=desk.beside("allergens")
            />
            <TextInput
                name="barcodes"
                label=move || t_string!(i18n, assortment.barcodes)
                hint=move || t_string!(i18n, assortment.barcodes_hint)
                value=barcodes
                optional=true
                error=desk.beside("barcodes")
            />
            <fieldset class="choices">
                <legend class="field-label">{move || t_string!(i18n, assortment.listed)}</legend>
                {all
                    .into_iter()
                    .map(|(id, label, value)| view! { <Switch name=format!("listed-{id}") label value /> })
                    .collect_view()}
            </fieldset>
            <Switch name="product_active" label=move || t_string!(i18n, assortment.on_sale) value=active />
        </SheetForm>
    }
}

/// Price, cost, salvage, shelf life, tray and lead time.
#[component]
fn NumberFields(desk: Desk, numbers: Numbers) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <AmountInput name="price" label=move || t_string!(i18n, assortment.price) amount=numbers.price error=desk.beside("price_minor") />
        <AmountInput
            name="cost"
            label=move || t_string!(i18n, assortment.cost)
            hint=move || t_string!(i18n, assortment.by_recipe)
            amount=numbers.cost
            error=desk.beside("unit_cost_minor")
        />
        <AmountInput
            name="product_salvage"
            label=move || t_string!(i18n, assortment.salvage)
            hint=move || t_string!(i18n, assortment.salvage_hint)
            amount=numbers.salvage
            error=desk.beside("salvage_minor")
        />
        <QuantityInput
            name="life"
            label=move || t_string!(i18n, assortment.life)
            value=numbers.life
            min=1
            max=3_660
            error=desk.beside("shelf_life_days")
        />
        <QuantityInput
            name="tray"
            label=move || t_string!(i18n, assortment.tray)
            hint=move || t_string!(i18n, assortment.tray_hint)
            value=numbers.tray
            min=1
            max=1_000_000_000
            error=desk.beside("tray_size")
        />
        <QuantityInput
            name="lead"
            label=move || t_string!(i18n, assortment.lead)
            hint=move || t_string!(i18n, assortment.lead_hint)
            value=numbers.lead
            max=365
            error=desk.beside("lead_time_days")
        />
    }
}

fn ways() -> Vec<Choice> {
    let i18n = use_i18n();
    vec![
        Choice::new(ReplenishmentPolicy::Newsvendor.as_str(), move || {
            t_string!(i18n, policies.fresh)
        }),
        Choice::new(ReplenishmentPolicy::ReorderPoint.as_str(), move || {
            t_string!(i18n, policies.keeps)
        }),
    ]
}
