//! What the kitchen bakes with: how much there is, what it costs, who brings it.

mod allergens;
mod amount;
mod buy;
mod delivery;
mod desk;
mod form;
mod on_order;
mod purchase_sheets;
mod supplier;

pub use allergens::{allergen_keys, allergen_words};
pub(super) use amount::{Amount, AmountInput};
pub use buy::BuyPage;
pub(super) use desk::{Desk, SheetForm, units};

use crate::{
    components::*, fetched::Fetched, format::use_format, i18n::*,
    server_fns::recipes::list_ingredients, session::may,
};
use contract::ingredients::{IngredientView, IngredientsView, ReadIngredients, SupplierView};
use delivery::DeliveryForm;
use domain::Permission;
use form::IngredientForm;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use supplier::SupplierForm;
use uuid::Uuid;

/// The sheets of the page and what they are about; live outside of what is loaded.
#[derive(Clone, Copy)]
struct Sheets {
    ingredient: Desk,
    subject: RwSignal<Option<IngredientView>>,
    supplier: Desk,
    who: RwSignal<Option<SupplierView>>,
    delivery: Desk,
    known: RwSignal<Option<IngredientsView>>,
}

/// The kitchen that the address names.
pub(super) fn kitchen_in_address() -> Memo<Option<Uuid>> {
    let query = use_query_map();
    Memo::new(move |_| query.with(|query| query.get("kitchen")?.parse().ok()))
}

/// The address of a page of the same kitchen.
pub(super) fn of_kitchen(page: &str, kitchen: Memo<Option<Uuid>>) -> String {
    match kitchen.try_get().flatten() {
        Some(id) => format!("{page}?kitchen={id}"),
        None => page.to_owned(),
    }
}

/// Ingredients and suppliers.
#[component]
pub fn IngredientsPage() -> impl IntoView {
    let i18n = use_i18n();
    let kitchen = kitchen_in_address();
    let list = Fetched::new(
        move || kitchen.get(),
        |store_id| list_ingredients(ReadIngredients { store_id }),
    );
    use_live(&["recipes", "stock"], move |_| list.refetch());
    let reload = Callback::new(move |()| list.refetch());
    let sheets = Sheets {
        ingredient: Desk::new(reload),
        subject: RwSignal::new(None),
        supplier: Desk::new(reload),
        who: RwSignal::new(None),
        delivery: Desk::new(reload),
        known: RwSignal::new(None),
    };
    let may_change = may(Permission::RecipesWrite);
    let add = move |()| {
        sheets.subject.set(None);
        sheets.ingredient.show();
    };
    view! {
        <PageHeader title=move || t_string!(i18n, recipes.ingredients) lead=move || t_string!(i18n, recipes.ingredients_lead)>
            {move || {
                let href = of_kitchen("/ingredients/buy", kitchen);
                view! { <ButtonLink href>{move || t_string!(i18n, recipes.to_buy)}</ButtonLink> }
            }}
            {may_change
                .then(|| {
                    view! {
                        <Button icon=Icon::Download on_press=move |()| sheets.delivery.show()>
                            {move || t_string!(i18n, recipes.receive)}
                        </Button>
                        <Button kind=ButtonKind::Primary icon=Icon::Plus on_press=add>
                            {move || t_string!(i18n, recipes.add_ingredient)}
                        </Button>
                    }
                })}
        </PageHeader>
        <Loaded
            resource=list
            children=move |list: IngredientsView| {
                sheets.known.set(Some(list.clone()));
                view! { <Ingredients list sheets may_change /> }
            }
        />
        {may_change.then(|| view! { <Later part=move || draw_sheets(sheets) /> })}
    }
}

#[lazy(ingredients_later)]
fn draw_sheets(sheets: Sheets) -> AnyView {
    view! {
        <IngredientForm desk=sheets.ingredient subject=sheets.subject known=sheets.known />
        <SupplierForm desk=sheets.supplier subject=sheets.who />
        <DeliveryForm desk=sheets.delivery known=sheets.known />
    }
    .into_any()
}

#[component]
fn Ingredients(list: IngredientsView, sheets: Sheets, may_change: bool) -> impl IntoView {
    let i18n = use_i18n();
    let IngredientsView {
        store_name,
        kitchens,
        items,
        suppliers,
        ..
    } = list;
    let columns = vec![
        Column::text(move || t_string!(i18n, recipes.ingredient)),
        Column::number(move || t_string!(i18n, recipes.on_hand)),
        Column::number(move || t_string!(i18n, recipes.reserved)),
        Column::text(move || t_string!(i18n, recipes.pack)),
        Column::text(move || t_string!(i18n, recipes.supplier)),
        Column::text(""),
    ];
    let tabs: Vec<(String, TextProp)> = kitchens
        .into_iter()
        .map(|(id, name)| (format!("/ingredients?kitchen={id}"), TextProp::from(name)))
        .collect();
    let empty = items.is_empty();
    let several = tabs.len() > 1;
    view! {
        {several.then(|| view! { <TabLinks label=move || t_string!(i18n, recipes.kitchen) tabs /> })}
        {empty
            .then(|| {
                view! {
                    <EmptyState
                        icon=Icon::Stock
                        title=move || t_string!(i18n, recipes.no_ingredients)
                        text=move || t_string!(i18n, recipes.no_ingredients_text)
                    />
                }
            })}
        <div hidden=empty>
            <Section title=store_name>
                <Table caption=move || t_string!(i18n, recipes.ingredients) columns>
                    {items
                        .into_iter()
                        .map(|item| view! { <Ingredient item sheets may_change /> })
                        .collect_view()}
                </Table>
            </Section>
        </div>
        <Suppliers suppliers sheets may_change />
    }
}

#[component]
fn Ingredient(item: IngredientView, sheets: Sheets, may_change: bool) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let unit = item.unit;
    let amount = move |n: i64| format.quantity_with_unit(n, unit);
    let (on_hand, reserved, stocked) = (item.on_hand, item.reserved, item.stocked);
    let tone = if on_hand < 0 {
        Some(Tone::Danger)
    } else {
        (on_hand < reserved).then_some(Tone::Attention)
    };
    let (pack, price) = (item.pack_quantity, item.pack_price_minor);
    let allergens = item.allergens.clone();
    let name = item.name.clone();
    let supplier = item.supplier_name.clone().unwrap_or_default();
    let edit = move |()| {
        sheets.subject.set(Some(item.clone()));
        sheets.ingredient.show();
    };
    view! {
        <tr>
            <Cell lead=true>
                <strong>{name}</strong>
                <br />
                <span class="muted allergens">{move || allergen_words(i18n.get_locale(), &allergens)}</span>
            </Cell>
            <Cell numeric=true label=move || t_string!(i18n, recipes.on_hand)>
                {move || match (stocked, tone) {
                    (false, _) => t_string!(i18n, recipes.not_stocked).into_any(),
                    (true, Some(tone)) => view! { <StatusPill tone text=amount(on_hand) /> }.into_any(),
                    (true, None) => amount(on_hand).into_any(),
                }}
            </Cell>
            <Cell numeric=true label=move || t_string!(i18n, recipes.reserved)>
                {move || if reserved > 0 { amount(reserved) } else { "–".to_owned() }}
            </Cell>
            <Cell label=move || t_string!(i18n, recipes.pack)>
                {move || match price {
                    Some(price) => format!("{} · {}", amount(pack), format.money(price)),
                    None => "–".to_owned(),
                }}
            </Cell>
            <Cell label=move || t_string!(i18n, recipes.supplier)>{supplier}</Cell>
            <Cell>
                {may_change.then(|| view! { <ChangeKey on_press=edit /> })}
            </Cell>
        </tr>
    }
}

/// The key at the end of a row, for changing what it is about.
#[component]
fn ChangeKey(#[prop(into)] on_press: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <div class="row-actions">
            <Button kind=ButtonKind::Quiet on_press>
                {move || t_string!(i18n, recipes.change)}
            </Button>
        </div>
    }
}

#[component]
fn Suppliers(suppliers: Vec<SupplierView>, sheets: Sheets, may_change: bool) -> impl IntoView {
    let i18n = use_i18n();
    let add = move |()| {
        sheets.who.set(None);
        sheets.supplier.show();
    };
    let rows = suppliers
        .into_iter()
        .map(|supplier| {
            let (name, days) = (supplier.name.clone(), supplier.lead_time_days);
            let contact = [supplier.email.clone(), supplier.phone.clone()];
            let contact = contact
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" · ");
            let edit = move |()| {
                sheets.who.set(Some(supplier.clone()));
                sheets.supplier.show();
            };
            view! {
                <tr>
                    <Cell lead=true>
                        <strong>{name}</strong>
                        <br />
                        <span class="muted">{contact}</span>
                    </Cell>
                    <Cell label=move || t_string!(i18n, recipes.lead_days)>
                        {move || t_string!(i18n, recipes.days, days = days)}
                    </Cell>
                    <Cell>
                        {may_change.then(|| view! { <ChangeKey on_press=edit /> })}
                    </Cell>
                </tr>
            }
        })
        .collect_view();
    let columns = vec![
        Column::text(move || t_string!(i18n, recipes.supplier)),
        Column::text(move || t_string!(i18n, recipes.lead_days)),
        Column::text(""),
    ];
    view! {
        <Section title=move || t_string!(i18n, recipes.suppliers)>
            <Table caption=move || t_string!(i18n, recipes.suppliers) columns>{rows}</Table>
            {may_change
                .then(|| {
                    view! {
                        <Button icon=Icon::Plus on_press=add>{move || t_string!(i18n, recipes.add_supplier)}</Button>
                    }
                })}
        </Section>
    }
}
