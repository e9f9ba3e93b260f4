//! Adding and changing a recipe, in a sheet.

use super::{Shown, stage_word};
use crate::pages::ingredients::{Amount, AmountInput, Desk, SheetForm, units};
use crate::{
    components::*,
    format::use_format,
    i18n::*,
    server_fns::recipes::{remove_recipe, save_recipe},
};
use contract::recipes::{RecipeLine, RecipeView, RemoveRecipe, SaveRecipe};
use domain::recipes::StageTime;
use domain::{Stage, Unit};
use leptos::prelude::*;
use uuid::Uuid;

/// One line as it is typed: what, and how much.
#[derive(Clone, Copy)]
struct Typed {
    key: u32,
    /// `i` and an ingredient's id, or `r` and a recipe's.
    component: RwSignal<String>,
    quantity: RwSignal<Option<i64>>,
}

impl Typed {
    fn new(key: u32, line: Option<&RecipeLine>) -> Self {
        let component = line.map(|line| match (line.ingredient_id, line.part_id) {
            (Some(id), _) => format!("i{id}"),
            (None, Some(id)) => format!("r{id}"),
            (None, None) => String::new(),
        });
        Self {
            key,
            component: RwSignal::new(component.unwrap_or_default()),
            quantity: RwSignal::new(line.map(|line| line.quantity)),
        }
    }

    fn line(self) -> Option<RecipeLine> {
        let component = self.component.get_untracked();
        let id = |kind: char| component.strip_prefix(kind)?.parse::<Uuid>().ok();
        let (ingredient_id, part_id) = (id('i'), id('r'));
        (ingredient_id.is_some() || part_id.is_some()).then(|| RecipeLine {
            ingredient_id,
            part_id,
            quantity: self.quantity.get_untracked().unwrap_or(0),
        })
    }
}

/// The stages besides baking and the minutes of each; nothing, or 0, for one that the recipe does without. Copy.
#[derive(Clone, Copy)]
struct Stages {
    typed: [(Stage, RwSignal<Option<i64>>); 5],
}

impl Stages {
    fn new(standing: &[StageTime]) -> Self {
        let minutes = |stage: Stage| {
            let step = standing.iter().find(|step| step.stage == stage);
            (
                stage,
                RwSignal::new(step.map(|step| i64::from(step.minutes))),
            )
        };
        let besides_baking = [
            Stage::Mix,
            Stage::Rest,
            Stage::Shape,
            Stage::Proof,
            Stage::Cool,
        ];
        Self {
            typed: besides_baking.map(minutes),
        }
    }

    /// What is typed; what is too long is refused when it is saved.
    fn read(self) -> Vec<StageTime> {
        let typed = self.typed.into_iter();
        let step = |(stage, minutes): (Stage, RwSignal<Option<i64>>)| {
            let minutes = minutes.get_untracked().filter(|minutes| *minutes != 0)?;
            Some(StageTime {
                stage,
                minutes: i32::try_from(minutes).unwrap_or(i32::MAX),
            })
        };
        typed.filter_map(step).collect()
    }
}

/// How long each stage takes, with the oven at its place.
#[component]
fn StageFields(stages: Stages, oven: RwSignal<Option<i64>>, desk: Desk) -> impl IntoView {
    let i18n = use_i18n();
    let field = move |(stage, value): (Stage, RwSignal<Option<i64>>)| {
        let label = move || {
            let word = stage_word(i18n.get_locale(), stage);
            t_string!(i18n, recipes.stage_minutes, stage = word)
        };
        view! { <QuantityInput name=format!("stage-{stage}") label value /> }
    };
    let (before, after): (Vec<_>, Vec<_>) = stages
        .typed
        .into_iter()
        .partition(|(stage, _)| *stage < Stage::Bake);
    view! {
        <fieldset class="choices">
            <legend class="field-label">{move || t_string!(i18n, recipes.stages)}</legend>
            {before.into_iter().map(field).collect_view()}
            <QuantityInput name="minutes" label=move || t_string!(i18n, recipes.oven_minutes) value=oven max=2880 error=desk.beside("oven_minutes") />
            {after.into_iter().map(field).collect_view()}
        </fieldset>
    }
}

/// The sheet. `subject` says which recipe is changed; none means that one is added.
#[component]
pub(super) fn RecipeForm(
    desk: Desk,
    subject: RwSignal<Option<RecipeView>>,
    known: RwSignal<Option<Shown>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let title = move || match subject.get() {
        Some(recipe) => recipe.name,
        None => t_string!(i18n, recipes.add_recipe).to_owned(),
    };
    view! {
        <Dialog open=desk.open title sheet=true>
            {move || {
                let known = known.get_untracked()?;
                desk.open.get().then(|| view! { <Fields desk recipe=subject.get_untracked() known /> })
            }}
        </Dialog>
    }
}

#[component]
fn Fields(desk: Desk, recipe: Option<RecipeView>, known: Shown) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let of = |read: fn(&RecipeView) -> String| {
        RwSignal::new(recipe.as_ref().map(read).unwrap_or_default())
    };
    let name = of(|r| r.name.clone());
    let product = of(|r| r.product_id.map(|id| id.to_string()).unwrap_or_default());
    let unit = RwSignal::new(recipe.as_ref().map_or(Unit::Gram, |r| r.unit).to_string());
    let makes = RwSignal::new(recipe.as_ref().map(|r| r.yield_quantity));
    // Basis points: what stands is shown whole, so that saving something else changes nothing of it.
    let loss = Amount::new(Some(recipe.as_ref().map_or(0, |r| i64::from(r.loss_bp))), 2);
    let minutes = RwSignal::new(recipe.as_ref().and_then(|r| r.oven_minutes).map(i64::from));
    let standing_stages = recipe.as_ref().map_or(&[][..], |r| r.stages.as_slice());
    let stages = Stages::new(standing_stages);
    let cost = Amount::new(
        recipe.as_ref().map(|r| r.other_cost_minor),
        format.minor_digits(),
    );
    let method = of(|r| r.method.clone().unwrap_or_default());
    let standing: Vec<RecipeLine> = recipe
        .as_ref()
        .map(|r| r.lines.iter().map(|line| line.line).collect())
        .unwrap_or_default();
    let typed: Vec<Typed> = (0..)
        .zip(&standing)
        .map(|(key, line)| Typed::new(key, Some(line)))
        .collect();
    let next = StoredValue::new(typed.len() as u32 + 1);
    let lines = RwSignal::new(if typed.is_empty() {
        vec![Typed::new(0, None)]
    } else {
        typed
    });
    let draft = recipe.as_ref().map_or_else(
        || "recipe".to_owned(),
        |recipe| format!("recipe-{}", recipe.id),
    );
    let (id, version) = recipe
        .as_ref()
        .map_or((None, 0), |r| (Some(r.id), r.version));
    let products = StoredValue::new(known.products.clone());
    let sent_as = draft.clone();
    let save = move || {
        let (Ok(loss), Ok(other_cost)) = (loss.read(), cost.read()) else {
            return;
        };
        let product_id: Option<Uuid> = product.get_untracked().parse().ok();
        let sold =
            products.with_value(|all| all.iter().find(|p| Some(p.id) == product_id).cloned());
        let typed = name.get_untracked();
        let command = SaveRecipe {
            command_id: desk.command_id(),
            recipe_id: id,
            version,
            product_id,
            // A product's recipe is called like it where nobody says otherwise.
            name: match &sold {
                Some(product) if typed.trim().is_empty() => product.name.clone(),
                _ => typed,
            },
            unit: unit.get_untracked().parse().unwrap_or(Unit::Gram),
            yield_quantity: makes.get_untracked().unwrap_or(0),
            loss_bp: loss.unwrap_or(0).try_into().unwrap_or(i32::MAX),
            other_cost_minor: other_cost.unwrap_or(0),
            oven_minutes: minutes.get_untracked().filter(|m| *m > 0).map(|m| m as i32),
            stages: stages.read(),
            method: Some(method.get_untracked()).filter(|text| !text.trim().is_empty()),
            lines: lines
                .with_untracked(|lines| lines.iter().filter_map(|line| line.line()).collect()),
        };
        let done = |l: Locale| td_string!(l, recipes.saved);
        desk.run(sent_as.clone(), done, save_recipe(command));
    };
    let dough = Choice::new("", move || t_string!(i18n, recipes.a_dough));
    let taken: Vec<Option<Uuid>> = known.recipes.items.iter().map(|r| r.product_id).collect();
    let own = recipe.as_ref().and_then(|r| r.product_id);
    let free = known
        .products
        .iter()
        .filter(|p| Some(p.id) == own || !taken.contains(&Some(p.id)));
    let free = free.map(|p| Choice::new(p.id.to_string(), p.name.clone()));
    let makes_what: Vec<Choice> = [dough].into_iter().chain(free).collect();
    let ingredients = known
        .ingredients
        .iter()
        .map(|i| Choice::new(format!("i{}", i.id), i.name.clone()));
    let others = known
        .recipes
        .items
        .iter()
        .filter(|r| r.product_id.is_none() && Some(r.id) != id);
    let others = others.map(|r| Choice::new(format!("r{}", r.id), r.name.clone()));
    let nothing = Choice::new("", move || t_string!(i18n, recipes.choose));
    let components: Vec<Choice> = [nothing]
        .into_iter()
        .chain(others)
        .chain(ingredients)
        .collect();
    let components = StoredValue::new(components);
    let add = move |()| {
        let key = next.get_value();
        next.set_value(key + 1);
        lines.update(|lines| lines.push(Typed::new(key, None)));
    };
    let remove = move |()| {
        let Some(recipe_id) = id else { return };
        let command = RemoveRecipe {
            command_id: desk.command_id(),
            recipe_id,
            version,
        };
        let done = |l: Locale| td_string!(l, recipes.removed);
        desk.run(format!("recipe-{recipe_id}"), done, remove_recipe(command));
    };
    view! {
        <SheetForm desk draft on_save=move |()| save()>
            <Select name="makes" label=move || t_string!(i18n, recipes.makes_what) value=product options=makes_what />
            <TextInput
                name="recipe_name"
                label=move || t_string!(i18n, recipes.name)
                hint=move || t_string!(i18n, recipes.name_hint)
                value=name
                optional=true
                error=desk.beside("name")
            />
            <div hidden=move || !product.with(String::is_empty)>
                <Segmented name="recipe_unit" label=move || t_string!(i18n, recipes.unit) value=unit options=units() />
            </div>
            <QuantityInput
                name="yield"
                label=move || t_string!(i18n, recipes.yield_quantity)
                hint=move || t_string!(i18n, recipes.yield_hint)
                value=makes
                min=1
                max=1_000_000_000
            />
            <fieldset class="choices">
                <legend class="field-label">{move || t_string!(i18n, recipes.lines)}</legend>
                <For each=move || lines.get() key=|line| line.key let:line>
                    <div class="recipe-line">
                        <Select
                            name=format!("line-{}", line.key)
                            label=move || t_string!(i18n, recipes.component)
                            value=line.component
                            options=components.get_value()
                        />
                        <QuantityInput
                            name=format!("line-{}-quantity", line.key)
                            label=move || t_string!(i18n, recipes.quantity)
                            value=line.quantity
                            min=1
                            max=1_000_000_000
                        />
                        <IconButton
                            icon=Icon::Bin
                            kind=ButtonKind::Quiet
                            label=move || t_string!(i18n, recipes.remove_line)
                            on_press=move |()| lines.update(|lines| lines.retain(|other| other.key != line.key))
                        />
                    </div>
                </For>
                <Button icon=Icon::Plus on_press=add>{move || t_string!(i18n, recipes.add_line)}</Button>
            </fieldset>
            <AmountInput name="loss" label=move || t_string!(i18n, recipes.loss) amount=loss error=desk.beside("loss") />
            <StageFields stages oven=minutes desk />
            <AmountInput
                name="other_cost"
                label=move || t_string!(i18n, recipes.other_cost)
                hint=move || t_string!(i18n, recipes.other_cost_hint)
                amount=cost
                error=desk.beside("other_cost")
            />
            <TextArea name="method" label=move || t_string!(i18n, recipes.method) value=method optional=true error=desk.beside("method") />
            {id
                .map(|_| {
                    view! {
                        <ConfirmButton
                            label=move || t_string!(i18n, recipes.remove)
                            question=move || t_string!(i18n, recipes.remove_question)
                            detail=move || t_string!(i18n, recipes.remove_detail)
                            confirm=move || t_string!(i18n, recipes.remove)
                            on_confirm=remove
                            busy=desk.busy
                        />
                    }
                })}
        </SheetForm>
    }
}
