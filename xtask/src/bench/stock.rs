//! Commands that move stock, with a short history and with ten times as much: what they cost must not depend on it.

use super::Bench;
use super::load::{CONNECTIONS, Generator, Load};
use super::orders::{Batch, command_id, list, text};
use super::report::{Section, Table, grouped};
use super::scene::{Engine, Scene, Server};
use super::visitor::{PASSWORD, Visitor};
use crate::children;
use crate::simulated::{self, TICKETS};
use crate::stages::{self, Stage};
use ::simulate::ChainConfig;
use anyhow::{Context, Result, ensure};
use chrono::NaiveDate;
use contract::stock::{CountView, StockLevels};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// How long each load lasts.
const DURATION: Duration = Duration::from_secs(10);
const QUICK_DURATION: Duration = Duration::from_secs(2);

/// Commands of each kind that are there to be sent.
const COMMANDS: usize = 4_000;
const QUICK_COMMANDS: usize = 100;

/// Shelves of the one big count.
const SHELVES: usize = 10_000;
const QUICK_SHELVES: usize = 500;

const MANAGER: &str = "tienda@demo.hornada.local";
const COUNTER: &str = "analista@demo.hornada.local";
const BAKER: &str = "obrador@demo.hornada.local";

/// Commands of the second round are numbered from here on.
const SECOND: usize = 100_000;

/// # Errors
/// When a command fails, or the books are not sound afterwards.
pub fn measure(bench: &Bench<'_>) -> Result<Section> {
    let duration = if bench.quick {
        QUICK_DURATION
    } else {
        DURATION
    };
    let generator = Generator::new(bench, duration)?;
    let (mut rows, mut big) = (Vec::new(), Vec::new());
    for engine in &bench.engines {
        rows.extend(loads(bench, &generator, *engine)?);
        big.push(big_count(bench, *engine)?);
    }
    let head = [
        "database",
        "command",
        "movements in the ledger",
        "commands/s",
        "p50, ms",
        "p99, ms",
        "work, ms",
        "commands",
        "errors",
    ];
    let loads = Table {
        title: format!(
            "the demo (6 shops, 45 products), {CONNECTIONS} connections kept alive, `{}` on the same machine",
            generator.command()
        ),
        head: head.map(str::to_owned).to_vec(),
        rows,
    };
    let counted = Table {
        title: format!(
            "One count of {} shelves of a store",
            grouped(if bench.quick { QUICK_SHELVES } else { SHELVES } as u64)
        ),
        head: ["database", "first", "second", "sent again"]
            .map(str::to_owned)
            .to_vec(),
        rows: big,
    };
    let notes = vec![
        "Selling is a ticket of two lines to `POST /api/v1/sales`; completing is the kitchen's button, with the ingredients of the recipe where the product \
         has one; counting is a count of one shelf, taken now. Each command has an id of its own. The history that is added is of days before the first: \
         tickets of the same shops and products. `work` is the processor time of the server a command, PostgreSQL's not in it. Afterwards `hornada doctor` found the books sound."
            .to_owned(),
    ];
    Ok(Section::new("stock", vec![loads, counted], notes))
}

/// The three kinds of command against a server, as rows of the table.
fn loads(bench: &Bench<'_>, generator: &Generator<'_>, engine: Engine) -> Result<Vec<Vec<String>>> {
    let name = engine.name();
    let commands = if bench.quick {
        QUICK_COMMANDS
    } else {
        COMMANDS
    };
    let stage = Stage::start(format!("A demo to sell from, {name}"));
    let scene = Scene::new(bench, engine)?;
    let days = if bench.quick { "120" } else { "200" };
    scene.run(&["demo", "--no-serve", "--days", days])?;
    stage.done(days);
    let mut rows = Vec::new();
    let short = movements(&scene)?;
    for round in 0..2 {
        if round == 1 {
            lengthen(bench, &scene, 9 * short)?;
        }
        let history = movements(&scene)?;
        let server = scene.serve()?;
        let manager = Visitor::sign_in(&server.address, MANAGER)?;
        let baker = Visitor::sign_in(&server.address, BAKER)?;
        // Of thousands of counts of one person a day's differences add up: somebody who may approve them.
        let counter = Visitor::sign_in(&server.address, COUNTER)?;
        let shelves = shelves(&manager)?;
        let stage = Stage::start(format!(
            "Selling, completing, counting, {name}, {} movements",
            grouped(history)
        ));
        let first = round * SECOND;
        let batch = Batch::prepare_from(&baker, first, commands)?;
        for (what, visitor, function) in [
            ("sell a ticket", &manager, "v1/sales"),
            ("complete an order", &baker, "complete_order"),
            ("count a shelf", &counter, "post_count"),
        ] {
            let bodies = match function {
                "v1/sales" => tickets(&shelves, first, commands),
                "complete_order" => batch.completions(),
                // Near what is there by now, as counts are.
                _ => counts(&self::shelves(&manager)?, first, commands),
            };
            let (load, work) = one(generator, &server, visitor, function, &bodies)?;
            rows.push(row(name, what, history, &load, work));
        }
        stage.done("done");
        server.stop();
        scene.doctor()?;
    }
    Ok(rows)
}

fn one(
    generator: &Generator<'_>,
    server: &Server,
    visitor: &Visitor,
    function: &str,
    bodies: &[String],
) -> Result<(Load, f64)> {
    let before = server.processor_seconds();
    let load = generator.calls(visitor, function, bodies)?;
    let work = server.processor_seconds() - before;
    ensure!(load.good > 0, "{function} was refused every time");
    Ok((load, work))
}

fn row(engine: &str, what: &str, history: u64, load: &Load, work: f64) -> Vec<String> {
    // Who has nothing left to send waits: the time between the first and the last answer counts.
    vec![
        engine.to_owned(),
        what.to_owned(),
        grouped(history),
        grouped(load.per_second() as u64),
        format!("{:.1}", load.p50_ms),
        format!("{:.1}", load.p99_ms),
        format!("{:.2}", 1e3 * work / load.requests.max(1) as f64),
        grouped(load.requests),
        grouped(load.errors),
    ]
}

/// A shelf of a shop that a manager sees.
struct Shelf {
    store_id: String,
    store_code: String,
    product_id: String,
    sku: String,
    on_hand: i64,
}

fn shelves(manager: &Visitor) -> Result<Vec<Shelf>> {
    let user = manager.current_user()?;
    let mut shelves = Vec::new();
    for store in list(&user["stores"])? {
        let (id, code) = (text(store, "id")?, text(store, "code")?);
        let view = manager.call::<StockLevels>("list_levels", &json!({ "store_id": id }))?;
        for level in list(&view["levels"])? {
            shelves.push(Shelf {
                store_id: id.to_owned(),
                store_code: code.to_owned(),
                product_id: text(level, "product_id")?.to_owned(),
                sku: text(level, "sku")?.to_owned(),
                on_hand: level["on_hand"].as_i64().context("no stock on hand")?,
            });
        }
    }
    ensure!(shelves.len() > 1, "there are no shelves");
    Ok(shelves)
}

fn tickets(shelves: &[Shelf], first: usize, count: usize) -> Vec<String> {
    let now = chrono::Utc::now().to_rfc3339();
    let ticket = |number: usize| {
        let one = &shelves[number % shelves.len()];
        let mut others = shelves.iter().skip(number % shelves.len() + 1);
        let other = others
            .find(|s| s.store_code == one.store_code)
            .unwrap_or(one);
        let line = |shelf: &Shelf| json!({ "sku": shelf.sku, "quantity": 1, "unit_price_minor": 120, "total_minor": 120 });
        let mut lines = vec![line(one)];
        if other.sku != one.sku {
            lines.push(line(other));
        }
        let sale: Value = json!({
            "transaction_id": format!("BENCH-{number}"), "store_code": one.store_code, "sold_at": now, "lines": lines,
        });
        json!({ "sales": [sale] }).to_string()
    };
    (first..first + count).map(ticket).collect()
}

fn counts(shelves: &[Shelf], first: usize, count: usize) -> Vec<String> {
    let one = |number: usize| {
        let shelf = &shelves[number % shelves.len()];
        json!({ "command": {
            // Apart from those of orders.
            "command_id": command_id(10_000_000 + number), "store_id": shelf.store_id,
            "lines": [{ "product_id": shelf.product_id, "counted": shelf.on_hand.max(0) + i64::from(number.is_multiple_of(2)) }],
        } })
        .to_string()
    };
    (first..first + count).map(one).collect()
}

/// How many movements the ledger holds, as `hornada doctor` says.
fn movements(scene: &Scene<'_>) -> Result<u64> {
    let said = scene.doctor()?;
    let words: Vec<&str> = said.split_whitespace().collect();
    let place = words.iter().position(|word| word.starts_with("movements"));
    let number = place.and_then(|at| words.get(at.checked_sub(1)?));
    let number = number.with_context(|| format!("no movements in:\n{said}"))?;
    Ok(number.replace(',', "").parse()?)
}

/// Imports so many ticket lines of earlier days.
fn lengthen(bench: &Bench<'_>, scene: &Scene<'_>, lines: u64) -> Result<()> {
    let lines = if bench.quick {
        lines.min(20_000)
    } else {
        lines
    };
    let stage = Stage::start(format!("{} more ticket lines", grouped(lines)));
    let folder = children::temporary_folder("hornada-history-")?;
    let end = NaiveDate::from_ymd_opt(2023, 12, 31).context("no date")?;
    let mut config = ChainConfig::new(1, end);
    // Some 3,500 lines a day.
    config.days = u32::try_from(lines / 3_000 + 30)?;
    let written = simulated::write(config, Some(lines), &folder)?;
    let file = folder.join(TICKETS).to_string_lossy().into_owned();
    let begun = Instant::now();
    scene.run(&["import", &file, "--yes"])?;
    children::remove_folder(&folder);
    stage.done(format!(
        "{} in {}",
        grouped(written.lines),
        stages::spoken(begun.elapsed())
    ));
    Ok(())
}

/// Seconds of a count of very many shelves: of empty books, once more, and the second sent again as after a lost answer.
fn big_count(bench: &Bench<'_>, engine: Engine) -> Result<Vec<String>> {
    let shelves = if bench.quick { QUICK_SHELVES } else { SHELVES };
    let stage = Stage::start(format!(
        "A count of {} shelves, {}",
        grouped(shelves as u64),
        engine.name()
    ));
    let scene = Scene::new(bench, engine)?;
    let folder = children::temporary_folder("hornada-catalog-")?;
    let file = folder.join("catalog.json");
    std::fs::write(&file, catalog(shelves).to_string())?;
    scene.run(&["setup", "--file", &file.to_string_lossy()])?;
    scene.run_with(
        &[
            "user", "add", "--email", ANALYST, "--name", "Analyst", "--role", "analyst",
        ],
        &[("HORNADA_PASSWORD", PASSWORD)],
    )?;
    children::remove_folder(&folder);
    let server = scene.serve()?;
    let manager = Visitor::sign_in(&server.address, ANALYST)?;
    let user = manager.current_user()?;
    let stores = list(&user["stores"])?;
    let store = stores
        .iter()
        .find(|store| store["code"] == STORE)
        .context("no store to count")?;
    let store = text(store, "id")?;
    let view = manager.call::<StockLevels>("list_levels", &json!({ "store_id": store }))?;
    let products = list(&view["levels"])?;
    ensure!(
        products.len() == shelves,
        "{} shelves instead of {shelves}",
        products.len()
    );
    let command = |id: usize, counted: usize| -> Result<Value> {
        let lines = products.iter().zip(0..).map(|(level, at): (_, usize)| {
            Ok(json!({ "product_id": text(level, "product_id")?, "counted": counted + at % 9 }))
        });
        let lines: Vec<Value> = lines.collect::<Result<_>>()?;
        Ok(
            json!({ "command": { "command_id": command_id(id), "store_id": store, "lines": lines } }),
        )
    };
    let (first, second) = (command(20_000_001, 4)?, command(20_000_002, 9)?);
    let mut row = vec![engine.name().to_owned()];
    for command in [&first, &second, &second] {
        let begun = Instant::now();
        let counted = manager.call::<CountView>("post_count", command)?;
        row.push(format!("{:.2} s", begun.elapsed().as_secs_f64()));
        ensure!(
            list(&counted["lines"])?.len() == shelves,
            "not every shelf was counted"
        );
    }
    server.stop();
    scene.doctor()?;
    stage.done(row[1..].join(", "));
    Ok(row)
}

const STORE: &str = "BIG";
const ANALYST: &str = "analyst@big.hornada.local";

/// An organization of one store with very many products. Without nights: nothing misses a forecast.
fn catalog(products: usize) -> Value {
    let product = |number: usize| {
        json!({
            "sku": format!("B{number:05}"), "name": format!("Product {number}"), "category": "Big", "price_minor": 100,
            "unit_cost_minor": 40, "stores": [STORE],
        })
    };
    json!({
        "organization": {
            "slug": "big", "name": "Big bakery", "currency": "EUR", "language": "es", "time_zone": "Europe/Madrid",
        },
        "stores": [{ "code": STORE, "name": "Big store" }],
        "products": (0..products).map(product).collect::<Vec<_>>(),
    })
}
