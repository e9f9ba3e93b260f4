//! What the chain sells.

use crate::holidays::shift;
use crate::season::Season;
use chrono::NaiveDate;
use domain::{ReplenishmentPolicy, Unit};
use serde::Serialize;

/// A product of the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Product {
    pub sku: String,
    pub name: String,
    /// Index into [`crate::Chain::categories`].
    pub category: usize,
    pub unit: Unit,
    /// List price on the chain's last day, in cents; see [`crate::Chain::list_price_minor`] for other days.
    pub price_minor: i64,
    pub unit_cost_minor: i64,
    /// What a piece still brings after its last day, in cents.
    pub salvage_minor: i64,
    /// Days on which it may be sold, the day of baking included.
    pub shelf_life_days: i32,
    /// Pieces that are baked or delivered together.
    pub tray_size: i64,
    /// Days between order and shelf.
    pub lead_time_days: i32,
    pub policy: ReplenishmentPolicy,
    /// Wanted share of days without an empty shelf, in basis points.
    pub service_level_bp: i32,
    /// Keys of the European list of allergens.
    pub allergens: Vec<String>,
    /// First day on sale, where that is later than the chain's first day.
    pub introduced_on: Option<NaiveDate>,
    /// First day on which it is no longer on sale.
    pub discontinued_on: Option<NaiveDate>,
}

/// Names of the categories, in the order of the counter.
pub(crate) const CATEGORIES: [&str; 5] = [
    "Panes",
    "Bollería",
    "Pasteles y tartas",
    "Salado",
    "Bebidas",
];
pub(crate) const BREAD: usize = 0;
pub(crate) const PASTRY: usize = 1;
pub(crate) const CAKE: usize = 2;
pub(crate) const SAVOURY: usize = 3;
pub(crate) const DRINK: usize = 4;

/// How weather moves a product.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taste {
    Indifferent,
    /// Wanted in the heat.
    Cold,
    /// Wanted in the cold.
    Warm,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Life {
    Whole,
    Late,
    Ended,
}

/// What only the simulation knows of a product.
#[derive(Clone, Copy)]
pub(crate) struct Appeal {
    /// Pieces a day in a shop of size 1.
    pub(crate) base: f64,
    pub(crate) season: Season,
    pub(crate) taste: Taste,
    /// A hot drink, taken with something sweet.
    pub(crate) is_coffee: bool,
}

struct Row {
    name: &'static str,
    category: usize,
    base: f64,
    /// Price, unit cost, salvage in cents.
    cents: (i64, i64, i64),
    shelf_life_days: i32,
    tray_size: i64,
    allergens: &'static [&'static str],
    season: Season,
    taste: Taste,
    life: Life,
}

const G: &[&str] = &["gluten"];
const GS: &[&str] = &["gluten", "sesame"];
const GM: &[&str] = &["gluten", "milk"];
const GME: &[&str] = &["gluten", "milk", "egg"];
const GMES: &[&str] = &["gluten", "milk", "egg", "soy"];
const GMEN: &[&str] = &["gluten", "milk", "egg", "nuts"];

#[rustfmt::skip]
const fn row(category: usize, name: &'static str, base: f64, cents: (i64, i64, i64), shelf_life_days: i32, tray_size: i64, allergens: &'static [&'static str]) -> Row {
    Row { name, category, base, cents, shelf_life_days, tray_size, allergens, season: Season::Even, taste: Taste::Indifferent, life: Life::Whole }
}

const fn when(season: Season, row: Row) -> Row {
    Row { season, ..row }
}

const fn in_weather(taste: Taste, row: Row) -> Row {
    Row { taste, ..row }
}

const fn lives(life: Life, row: Row) -> Row {
    Row { life, ..row }
}

/// Category, name, pieces a day, (price, cost, salvage), shelf life, tray, allergens.
#[rustfmt::skip]
static ROWS: [Row; 45] = [
    row(BREAD, "Barra de pan", 142.0, (95, 27, 5), 1, 10, G),
    row(BREAD, "Baguette tradicional", 66.0, (125, 36, 8), 1, 6, G),
    row(BREAD, "Chapata", 36.0, (145, 42, 8), 1, 6, G),
    row(BREAD, "Pan integral", 24.0, (230, 72, 15), 2, 4, G),
    row(BREAD, "Hogaza de pueblo", 16.0, (360, 118, 30), 3, 3, G),
    row(BREAD, "Pan de centeno", 10.0, (320, 108, 30), 3, 3, G),
    row(BREAD, "Pan de semillas", 14.0, (285, 96, 20), 2, 3, &["gluten", "sesame", "soy"]),
    row(BREAD, "Mollete de Antequera", 25.0, (65, 20, 4), 1, 6, G),
    row(BREAD, "Panecillo", 46.0, (45, 13, 2), 1, 10, GS),
    row(BREAD, "Pan de molde artesano", 11.0, (310, 104, 40), 4, 2, &["gluten", "milk", "soy"]),
    lives(Life::Late, row(BREAD, "Pan de masa madre con nueces", 18.0, (450, 150, 40), 3, 3, &["gluten", "nuts"])),
    row(PASTRY, "Croissant de mantequilla", 58.0, (150, 48, 15), 1, 6, GME),
    row(PASTRY, "Napolitana de chocolate", 30.0, (165, 55, 15), 1, 5, GMES),
    row(PASTRY, "Ensaimada", 16.0, (180, 58, 15), 1, 4, GME),
    row(PASTRY, "Caracola de pasas", 12.0, (170, 54, 15), 1, 3, &["gluten", "milk", "egg", "sulphites"]),
    row(PASTRY, "Palmera de chocolate", 18.0, (210, 68, 20), 2, 4, GMES),
    row(PASTRY, "Magdalena casera", 22.0, (80, 24, 8), 4, 6, GME),
    row(PASTRY, "Rosquilla de anís", 14.0, (90, 26, 10), 4, 4, GME),
    lives(Life::Ended, row(PASTRY, "Croissant integral", 9.0, (160, 54, 15), 1, 3, GME)),
    when(Season::Lent, row(PASTRY, "Torrija", 34.0, (220, 66, 15), 2, 5, GME)),
    when(Season::AllSaints, row(PASTRY, "Buñuelo de viento", 64.0, (95, 28, 8), 1, 8, GME)),
    when(Season::AllSaints, row(PASTRY, "Hueso de santo", 40.0, (140, 52, 20), 5, 6, &["egg", "nuts"])),
    row(CAKE, "Tarta de queso (porción)", 9.0, (340, 112, 40), 3, 2, GME),
    row(CAKE, "Tarta de Santiago (porción)", 5.0, (310, 104, 50), 5, 2, &["egg", "nuts"]),
    row(CAKE, "Milhojas de crema", 8.0, (290, 92, 20), 1, 2, GME),
    row(CAKE, "Tarta de manzana (porción)", 6.0, (280, 86, 30), 2, 2, GME),
    row(CAKE, "Petisú de chocolate", 8.0, (240, 74, 20), 1, 2, GMES),
    row(CAKE, "Tarta San Marcos", 2.5, (2_600, 940, 200), 3, 1, GMEN),
    when(Season::Kings, row(CAKE, "Roscón de Reyes", 13.0, (2_400, 780, 150), 2, 2, GMEN)),
    when(Season::Christmas, row(CAKE, "Polvorones (bandeja)", 7.0, (890, 330, 250), 7, 2, &["gluten", "nuts", "soy"])),
    row(SAVOURY, "Empanada gallega (porción)", 16.0, (320, 112, 25), 2, 4, &["gluten", "fish", "egg"]),
    row(SAVOURY, "Empanadilla de atún", 19.0, (190, 62, 15), 1, 4, &["gluten", "fish", "egg"]),
    row(SAVOURY, "Bocadillo de jamón ibérico", 22.0, (480, 205, 20), 1, 3, G),
    row(SAVOURY, "Bocadillo de tortilla", 19.0, (390, 132, 15), 1, 3, &["gluten", "egg"]),
    row(SAVOURY, "Quiche de verduras", 8.0, (380, 128, 30), 2, 2, GME),
    row(SAVOURY, "Coca de escalivada", 9.0, (350, 112, 20), 1, 3, &["gluten", "fish"]),
    row(SAVOURY, "Pizza (porción)", 15.0, (290, 92, 20), 1, 4, GM),
    row(SAVOURY, "Croissant de jamón y queso", 16.0, (270, 92, 15), 1, 4, GMES),
    in_weather(Taste::Warm, row(DRINK, "Café con leche", 76.0, (180, 42, 0), 180, 100, &["milk"])),
    in_weather(Taste::Warm, row(DRINK, "Café solo", 30.0, (150, 30, 0), 180, 100, &[])),
    in_weather(Taste::Warm, when(Season::Winter(0.65), row(DRINK, "Chocolate a la taza", 9.0, (290, 84, 0), 180, 20, &["milk", "soy"]))),
    in_weather(Taste::Cold, when(Season::Summer(0.30), row(DRINK, "Agua mineral 50 cl", 24.0, (120, 28, 28), 365, 24, &[]))),
    in_weather(Taste::Cold, when(Season::Summer(0.35), row(DRINK, "Refresco de cola 33 cl", 18.0, (220, 62, 62), 270, 24, &[]))),
    in_weather(Taste::Cold, when(Season::Summer(0.15), row(DRINK, "Zumo de naranja 25 cl", 17.0, (280, 96, 60), 30, 12, &[]))),
    in_weather(Taste::Cold, when(Season::Summer(0.80), row(DRINK, "Horchata 25 cl", 8.0, (260, 88, 60), 45, 12, &["nuts"]))),
];

/// Endings of the names of products beyond the table.
const VARIANTS: [&str; 6] = [
    "mini",
    "grande",
    "familiar",
    "sin azúcar",
    "rústico",
    "especial de la casa",
];

/// The first `count` products, an even selection when fewer than the table holds and variants when more.
pub(crate) fn build(count: usize, start: NaiveDate, days: u32) -> (Vec<Product>, Vec<Appeal>) {
    let mut products = Vec::with_capacity(count);
    let mut appeals = Vec::with_capacity(count);
    for index in 0..count {
        let position = if count < ROWS.len() {
            index * ROWS.len() / count
        } else {
            index % ROWS.len()
        };
        let round = index / ROWS.len();
        let row = &ROWS[position];
        let keeps = row.category == DRINK;
        let (name, scale) = if round == 0 {
            (row.name.to_owned(), 1.0)
        } else {
            let variant = VARIANTS[(round - 1) % VARIANTS.len()];
            let again = (round - 1) / VARIANTS.len();
            let number = if again == 0 {
                String::new()
            } else {
                format!(" {}", again + 1)
            };
            // Variants are wanted less than the original.
            (format!("{} {variant}{number}", row.name), 0.35)
        };
        let part = |tenths: i64| shift(start, i64::from(days) * tenths / 10);
        products.push(Product {
            sku: sku(row.category, position, round),
            name,
            category: row.category,
            unit: Unit::Piece,
            price_minor: row.cents.0,
            unit_cost_minor: row.cents.1,
            salvage_minor: row.cents.2,
            shelf_life_days: row.shelf_life_days,
            tray_size: row.tray_size,
            lead_time_days: i32::from(keeps),
            policy: if keeps {
                ReplenishmentPolicy::ReorderPoint
            } else {
                ReplenishmentPolicy::Newsvendor
            },
            service_level_bp: if keeps { 9_800 } else { 9_000 },
            allergens: row.allergens.iter().map(|key| (*key).to_owned()).collect(),
            introduced_on: (row.life == Life::Late).then(|| part(8)),
            discontinued_on: (row.life == Life::Ended).then(|| part(6)),
        });
        appeals.push(Appeal {
            base: row.base * scale,
            season: row.season,
            taste: row.taste,
            is_coffee: row.category == DRINK && row.taste == Taste::Warm,
        });
    }
    (products, appeals)
}

fn sku(category: usize, position: usize, round: usize) -> String {
    let prefix = ["PAN", "BOL", "PAS", "SAL", "BEB"][category];
    format!("{prefix}-{:03}", (position + 1) + 100 * round)
}
