//! Recipes: what products and doughs are made of, what they cost, scaled to any quantity.

mod form;
mod sheet;
mod stages;

pub(super) use stages::{stage_word, stage_words, stages_words};

use super::ingredients::{Desk, allergen_words};
use crate::{
    components::*,
    fetched::Fetched,
    format::use_format,
    i18n::*,
    server_fns::{
        orders::list_order_products,
        recipes::{list_ingredients, list_recipes},
    },
    session::may,
};
use contract::AppError;
use contract::catalog::ProductView;
use contract::ingredients::{IngredientView, ReadIngredients};
use contract::recipes::{RecipeView, RecipesView};
use domain::Permission;
use form::RecipeForm;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use sheet::RecipeSheet;

/// Everything that the page shows and that its form offers to choose from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Shown {
    recipes: RecipesView,
    ingredients: Vec<IngredientView>,
    products: Vec<ProductView>,
}

async fn load() -> Result<Shown, AppError> {
    let recipes = list_recipes().await?;
    let ingredients = list_ingredients(ReadIngredients { store_id: None }).await?;
    Ok(Shown {
        recipes,
        ingredients: ingredients.items,
        products: list_order_products().await?,
    })
}

/// What the sheets are about; lives outside of what is loaded.
#[derive(Clone, Copy)]
struct Sheets {
    editor: Desk,
    subject: RwSignal<Option<RecipeView>>,
    open: RwSignal<bool>,
    read: RwSignal<Option<RecipeView>>,
    known: RwSignal<Option<Shown>>,
}

/// All recipes.
#[component]
pub fn RecipesPage() -> impl IntoView {
    let i18n = use_i18n();
    let list = Fetched::new(|| (), |()| load());
    use_live(&["recipes"], move |_| list.refetch());
    let reload = Callback::new(move |()| list.refetch());
    let sheets = Sheets {
        editor: Desk::new(reload),
        subject: RwSignal::new(None),
        open: RwSignal::new(false),
        read: RwSignal::new(None),
        known: RwSignal::new(None),
    };
    let may_change = may(Permission::RecipesWrite);
    let add = move |()| {
        sheets.subject.set(None);
        sheets.editor.show();
    };
    view! {
        <PageHeader title=move || t_string!(i18n, recipes.title) lead=move || t_string!(i18n, recipes.lead)>
            <ButtonLink href="/ingredients">{move || t_string!(i18n, recipes.ingredients)}</ButtonLink>
            {may_change
                .then(|| {
                    view! {
                        <Button kind=ButtonKind::Primary icon=Icon::Plus on_press=add>
                            {move || t_string!(i18n, recipes.add_recipe)}
                        </Button>
                    }
                })}
        </PageHeader>
        <Loaded
            resource=list
            children=move |shown: Shown| {
                let items = shown.recipes.items.clone();
                sheets.known.set(Some(shown));
                view! { <Recipes items sheets may_change /> }
            }
        />
        <Later part=move || draw_sheets(sheets) />
    }
}

#[lazy(recipes_later)]
fn draw_sheets(sheets: Sheets) -> AnyView {
    view! {
        <RecipeSheet open=sheets.open recipe=sheets.read />
        <RecipeForm desk=sheets.editor subject=sheets.subject known=sheets.known />
    }
    .into_any()
}

#[component]
fn Recipes(items: Vec<RecipeView>, sheets: Sheets, may_change: bool) -> impl IntoView {
    let i18n = use_i18n();
    if items.is_empty() {
        return view! {
            <EmptyState
                icon=Icon::Kitchen
                title=move || t_string!(i18n, recipes.no_recipes)
                text=move || t_string!(i18n, recipes.no_recipes_text)
            >
                <ButtonLink href="/ingredients">{move || t_string!(i18n, recipes.ingredients)}</ButtonLink>
            </EmptyState>
        }
        .into_any();
    }
    // What is sold first, then what it is made of.
    let (products, doughs): (Vec<RecipeView>, Vec<RecipeView>) = items
        .into_iter()
        .partition(|recipe| recipe.product_id.is_some());
    let group = move |items: Vec<RecipeView>| {
        items
            .into_iter()
            .map(|recipe| view! { <Recipe recipe sheets may_change /> })
            .collect_view()
    };
    let columns = move || {
        vec![
            Column::text(move || t_string!(i18n, recipes.recipe)),
            Column::number(move || t_string!(i18n, recipes.makes)),
            Column::number(move || t_string!(i18n, recipes.cost_each)),
            Column::text(""),
        ]
    };
    view! {
        <Section title=move || t_string!(i18n, recipes.of_products)>
            <Table caption=move || t_string!(i18n, recipes.of_products) columns=columns()>{group(products)}</Table>
        </Section>
        <Section title=move || t_string!(i18n, recipes.of_doughs)>
            <Table caption=move || t_string!(i18n, recipes.of_doughs) columns=columns()>{group(doughs)}</Table>
        </Section>
    }
    .into_any()
}

#[component]
fn Recipe(recipe: RecipeView, sheets: Sheets, may_change: bool) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let (unit, makes, cost) = (recipe.unit, recipe.yield_quantity, recipe.unit_cost_milli);
    let by_weight = unit != domain::Unit::Piece;
    let unpriced = recipe.unpriced.join(", ");
    let complete = unpriced.is_empty();
    let allergens = recipe.allergens.clone();
    let (name, for_edit) = (recipe.name.clone(), recipe.clone());
    let see = move |()| {
        sheets.read.set(Some(recipe.clone()));
        sheets.open.set(true);
    };
    let edit = move |()| {
        sheets.subject.set(Some(for_edit.clone()));
        sheets.editor.show();
    };
    view! {
        <tr>
            <Cell lead=true>
                <strong>{name}</strong>
                <br />
                <span class="muted allergens">{move || allergen_words(i18n.get_locale(), &allergens)}</span>
            </Cell>
            <Cell numeric=true label=move || t_string!(i18n, recipes.makes)>
                {move || format.quantity_with_unit(makes, unit)}
            </Cell>
            <Cell numeric=true label=move || t_string!(i18n, recipes.cost_each)>
                {move || {
                    // Of a kilogram or litre where it is not counted by the piece.
                    let money = if by_weight { cost } else { (cost + 500) / 1_000 };
                    let money = format.money(money);
                    if complete {
                        money.into_any()
                    } else {
                        let text = t_string!(i18n, recipes.unpriced, names = unpriced.clone()).to_string();
                        view! { <StatusPill tone=Tone::Attention text=text /> }.into_any()
                    }
                }}
            </Cell>
            <Cell>
                <div class="row-actions">
                    <Button kind=ButtonKind::Quiet on_press=see>{move || t_string!(i18n, recipes.see)}</Button>
                    {may_change
                        .then(|| {
                            view! {
                                <Button kind=ButtonKind::Quiet on_press=edit>{move || t_string!(i18n, recipes.change)}</Button>
                            }
                        })}
                </div>
            </Cell>
        </tr>
    }
}
