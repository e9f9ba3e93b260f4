//! What the demo's kitchen bakes with: suppliers, ingredients, doughs, and the recipes of the products that are in the chain.

use contract::catalog::{
    SetupIngredient, SetupProduct, SetupRecipe, SetupRecipeLine, SetupSupplier,
};
use domain::recipes::{Book, Component, Line, Recipe, StageTime};
use domain::{Stage, Unit};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Pieces of a batch of a product.
const PIECES: i64 = 20;

/// Name, days to the delivery, cost of an order in cents.
const SUPPLIERS: [(&str, i32, i64); 3] = [
    ("Harinas del Sur", 2, 1_800),
    ("Lácteos La Vega", 1, 900),
    ("Distribuciones Obrador", 3, 1_200),
];

/// What stands in the table of ingredients.
struct Row {
    code: &'static str,
    name: &'static str,
    unit: Unit,
    allergens: &'static [&'static str],
    shelf_life_days: i32,
    /// Place in [`SUPPLIERS`].
    supplier: usize,
    is_flour: bool,
    pack_quantity: i64,
    /// Cents; nothing for water, of which no stock is kept.
    pack_price: Option<i64>,
}

#[rustfmt::skip]
const fn row(code: &'static str, name: &'static str, unit: Unit, allergens: &'static [&'static str], shelf_life_days: i32, supplier: usize, pack_quantity: i64, pack_price: i64) -> Row {
    Row { code, name, unit, allergens, shelf_life_days, supplier, is_flour: false, pack_quantity, pack_price: Some(pack_price) }
}

const fn flour(row: Row) -> Row {
    Row {
        is_flour: true,
        ..row
    }
}

#[rustfmt::skip]
static INGREDIENTS: [Row; 15] = [
    flour(row("HAR", "Harina de trigo", Unit::Gram, &["gluten"], 180, 0, 25_000, 1_990)),
    flour(row("HIN", "Harina integral", Unit::Gram, &["gluten"], 120, 0, 25_000, 2_350)),
    flour(row("HCE", "Harina de centeno", Unit::Gram, &["gluten"], 150, 0, 25_000, 2_600)),
    Row { pack_price: None, ..row("AGU", "Agua", Unit::Millilitre, &[], 1, 0, 1_000, 0) },
    row("SAL", "Sal marina", Unit::Gram, &[], 3_650, 2, 10_000, 450),
    row("LEV", "Levadura fresca", Unit::Gram, &[], 21, 1, 1_000, 320),
    row("MAN", "Mantequilla", Unit::Gram, &["milk"], 60, 1, 10_000, 7_400),
    row("LEC", "Leche entera", Unit::Millilitre, &["milk"], 12, 1, 10_000, 980),
    row("HUE", "Huevo líquido", Unit::Gram, &["egg"], 25, 1, 10_000, 2_900),
    row("AZU", "Azúcar", Unit::Gram, &[], 720, 2, 25_000, 2_300),
    row("CHO", "Cobertura de chocolate", Unit::Gram, &["milk", "soy"], 300, 2, 5_000, 4_700),
    row("ACE", "Aceite de girasol", Unit::Millilitre, &[], 360, 2, 5_000, 1_050),
    row("SEM", "Semillas variadas", Unit::Gram, &["sesame", "soy"], 200, 2, 5_000, 1_900),
    row("NUE", "Nueces peladas", Unit::Gram, &["nuts"], 150, 2, 5_000, 4_900),
    row("PAS", "Pasas", Unit::Gram, &["sulphites"], 300, 2, 5_000, 1_850),
];

/// A dough: name, yield in grams, expected loss in basis points, ingredients, doughs in it, method.
type Dough = (
    &'static str,
    i64,
    i32,
    &'static [(&'static str, i64)],
    &'static [(&'static str, i64)],
    &'static str,
);

#[rustfmt::skip]
static DOUGHS: [Dough; 6] = [
    ("Masa de pan", 16_800, 150, &[("HAR", 10_000), ("AGU", 6_500), ("SAL", 200), ("LEV", 120)], &[], "Amasar 12 minutos, 24 °C. Reposo en bloque 45 minutos."),
    ("Masa integral", 17_100, 150, &[("HIN", 7_000), ("HAR", 3_000), ("AGU", 6_800), ("SAL", 200), ("LEV", 120)], &[], "Autólisis 30 minutos, amasar 8. Reposo 60 minutos."),
    ("Masa madre", 1_950, 250, &[("HCE", 500), ("HAR", 500), ("AGU", 1_000)], &[], "Refrescar la víspera, 12 horas a 20 °C."),
    ("Masa de centeno", 19_100, 150, &[("HCE", 6_000), ("HAR", 4_000), ("AGU", 7_000), ("SAL", 220)], &[("Masa madre", 2_000)], "Amasar 6 minutos en lenta. Reposo 90 minutos."),
    ("Hojaldre fermentado", 11_100, 400, &[("HAR", 5_000), ("LEC", 2_200), ("AZU", 600), ("MAN", 2_750), ("HUE", 300), ("SAL", 100), ("LEV", 200)], &[], "Tres pliegues sencillos, frío entre pliegues."),
    ("Batido de magdalena", 10_400, 200, &[("HAR", 2_500), ("AZU", 2_500), ("HUE", 2_500), ("ACE", 2_000), ("LEC", 1_000)], &[], "Montar huevo y azúcar, reposo en frío toda la noche."),
];

/// A product: name, dough, grams of it, other ingredients of a piece, expected loss in basis points, minutes in the oven.
type Baked = (
    &'static str,
    &'static str,
    i64,
    &'static [(&'static str, i64)],
    i32,
    i32,
);

#[rustfmt::skip]
static BAKED: [Baked; 15] = [
    ("Barra de pan", "Masa de pan", 280, &[], 200, 22),
    ("Baguette tradicional", "Masa de pan", 340, &[], 200, 24),
    ("Chapata", "Masa de pan", 330, &[("ACE", 8)], 200, 26),
    ("Pan integral", "Masa integral", 480, &[], 150, 34),
    ("Hogaza de pueblo", "Masa de pan", 900, &[], 100, 48),
    ("Pan de centeno", "Masa de centeno", 620, &[], 150, 52),
    ("Pan de semillas", "Masa integral", 450, &[("SEM", 60)], 150, 36),
    ("Mollete de Antequera", "Masa de pan", 110, &[("ACE", 3)], 200, 12),
    ("Panecillo", "Masa de pan", 75, &[("SEM", 3)], 200, 14),
    ("Pan de masa madre con nueces", "Masa de centeno", 700, &[("NUE", 90)], 150, 46),
    ("Croissant de mantequilla", "Hojaldre fermentado", 72, &[("HUE", 2)], 300, 17),
    ("Napolitana de chocolate", "Hojaldre fermentado", 72, &[("CHO", 18), ("HUE", 2)], 300, 17),
    ("Caracola de pasas", "Hojaldre fermentado", 75, &[("PAS", 14), ("HUE", 2)], 300, 18),
    ("Palmera de chocolate", "Hojaldre fermentado", 90, &[("CHO", 25)], 300, 20),
    ("Magdalena casera", "Batido de magdalena", 46, &[], 150, 19),
];

/// How long mixing, first proof, shaping, last proof and cooling of a product take, in minutes; 0 for what it does without. Of the
/// others nobody wrote it down.
const TIMES: [(&str, [i32; 5]); 5] = [
    ("Barra de pan", [12, 45, 20, 90, 30]),
    ("Baguette tradicional", [12, 45, 25, 75, 30]),
    ("Hogaza de pueblo", [12, 45, 20, 120, 90]),
    ("Pan de centeno", [6, 90, 15, 60, 240]),
    ("Croissant de mantequilla", [0, 0, 40, 120, 20]),
];

fn stages_of(name: &str) -> Vec<StageTime> {
    let order = [
        Stage::Mix,
        Stage::Rest,
        Stage::Shape,
        Stage::Proof,
        Stage::Cool,
    ];
    let times = TIMES.iter().find(|(product, _)| *product == name);
    let minutes = times.map_or([0; 5], |(_, minutes)| *minutes);
    let steps = order.into_iter().zip(minutes);
    steps
        .filter(|(_, minutes)| *minutes > 0)
        .map(|(stage, minutes)| StageTime { stage, minutes })
        .collect()
}

pub(super) fn suppliers() -> Vec<SetupSupplier> {
    let supplier = |(name, lead_time_days, order_cost_minor): &(&str, i32, i64)| SetupSupplier {
        name: (*name).to_owned(),
        email: Some("pedidos@proveedor.example".to_owned()),
        phone: None,
        lead_time_days: *lead_time_days,
        order_cost_minor: *order_cost_minor,
    };
    SUPPLIERS.iter().map(supplier).collect()
}

pub(super) fn ingredients() -> Vec<SetupIngredient> {
    let ingredient = |row: &Row| SetupIngredient {
        code: row.code.to_owned(),
        name: row.name.to_owned(),
        unit: row.unit,
        allergens: row.allergens.iter().map(|a| (*a).to_owned()).collect(),
        shelf_life_days: row.shelf_life_days,
        service_level_bp: None,
        supplier: row.pack_price.map(|_| SUPPLIERS[row.supplier].0.to_owned()),
        stocked: row.pack_price.is_some(),
        flour: row.is_flour,
        pack_quantity: row.pack_quantity,
        pack_price_minor: row.pack_price,
        holding_bp: 2_000,
    };
    INGREDIENTS.iter().map(ingredient).collect()
}

/// Doughs, and the products of the chain that are made of them. Work and energy are what is left of a product's cost when its
/// ingredients are paid, so that cost and recipe agree.
pub(super) fn recipes(products: &[SetupProduct]) -> Vec<SetupRecipe> {
    let of_ingredient = |code: &str, quantity: i64| SetupRecipeLine {
        ingredient: Some(code.to_owned()),
        recipe: None,
        quantity,
    };
    let of_dough = |name: &str, quantity: i64| SetupRecipeLine {
        ingredient: None,
        recipe: Some(name.to_owned()),
        quantity,
    };
    let mut recipes = Vec::new();
    for (name, yield_quantity, loss_bp, ingredients, doughs, method) in DOUGHS {
        let doughs = doughs
            .iter()
            .map(|(dough, quantity)| of_dough(dough, *quantity));
        let others = ingredients
            .iter()
            .map(|(code, quantity)| of_ingredient(code, *quantity));
        recipes.push(SetupRecipe {
            name: name.to_owned(),
            product: None,
            unit: Unit::Gram,
            yield_quantity,
            loss_bp,
            other_cost_minor: 0,
            oven_minutes: None,
            stages: Vec::new(),
            method: Some(method.to_owned()),
            lines: doughs.chain(others).collect(),
        });
    }
    for (name, dough, grams, extras, loss_bp, oven_minutes) in BAKED {
        let Some(product) = products.iter().find(|p| p.name == name) else {
            continue;
        };
        let mut lines = vec![of_dough(dough, grams * PIECES)];
        lines.extend(
            extras
                .iter()
                .map(|(code, each)| of_ingredient(code, each * PIECES)),
        );
        let mut recipe = SetupRecipe {
            name: name.to_owned(),
            product: Some(product.sku.clone()),
            unit: Unit::Piece,
            yield_quantity: PIECES,
            loss_bp,
            other_cost_minor: 0,
            oven_minutes: Some(oven_minutes),
            stages: stages_of(name),
            method: None,
            lines,
        };
        let good = PIECES as f64 * f64::from(10_000 - loss_bp) / 10_000.0;
        let rest = product.unit_cost_minor as f64 * good - cost_of(&recipes, &recipe) * good;
        recipe.other_cost_minor = rest.max(0.0).round() as i64;
        recipes.push(recipe);
    }
    recipes
}

/// What the ingredients of a good piece cost, in cents.
fn cost_of(known: &[SetupRecipe], recipe: &SetupRecipe) -> f64 {
    let ingredient_id = |code: &str| {
        let place = INGREDIENTS.iter().position(|row| row.code == code);
        Uuid::from_u128(1 + place.unwrap_or_default() as u128)
    };
    let recipe_id = |name: &str| {
        let place = known.iter().position(|other| other.name == name);
        Uuid::from_u128(1_000 + place.unwrap_or(known.len()) as u128)
    };
    let rule = |recipe: &SetupRecipe| Recipe {
        id: recipe_id(&recipe.name),
        yield_quantity: recipe.yield_quantity,
        loss_bp: recipe.loss_bp,
        other_cost_minor: recipe.other_cost_minor,
        lines: recipe
            .lines
            .iter()
            .map(|line| Line {
                component: match (&line.ingredient, &line.recipe) {
                    (Some(code), _) => Component::Ingredient(ingredient_id(code)),
                    (None, name) => {
                        Component::Recipe(recipe_id(name.as_deref().unwrap_or_default()))
                    }
                },
                quantity: line.quantity,
            })
            .collect(),
    };
    let book: Book = known.iter().chain([recipe]).map(rule).collect();
    let costs: BTreeMap<Uuid, f64> = INGREDIENTS
        .iter()
        .map(|row| {
            let price = row.pack_price.unwrap_or(0) as f64;
            (ingredient_id(row.code), price / row.pack_quantity as f64)
        })
        .collect();
    book.unit_cost(recipe_id(&recipe.name), &costs).0
}

/// What the kitchen had delivered before the demo begins, in packs: some days of everything, and of rye less than the batches want.
pub(super) fn opening_packs(code: &str) -> i64 {
    match code {
        "HAR" => 48,
        "HCE" => 1,
        _ => 14,
    }
}
