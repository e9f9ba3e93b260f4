//! Pages and completed orders under load.

use super::Bench;
use super::load::{CONNECTIONS, Generator, Load};
use super::orders::Batch;
use super::report::{Section, Table, grouped, mebibytes};
use super::scene::{Engine, Scene, Server};
use super::visitor::Visitor;
use crate::stages::Stage;
use anyhow::{Context, Result, ensure};
use std::time::Duration;

/// How long each load lasts.
const DURATION: Duration = Duration::from_secs(15);
const QUICK_DURATION: Duration = Duration::from_secs(2);
/// Orders that are there to be completed.
const ORDERS: usize = 6_000;
const QUICK_ORDERS: usize = 200;

/// Of the demo's people: who sees the pages of a shop, and who bakes.
const MANAGER: &str = "tienda@demo.hornada.local";
const BAKER: &str = "obrador@demo.hornada.local";

/// # Errors
/// When a page or an order fails, or stock is not what was completed.
pub fn measure(bench: &Bench<'_>) -> Result<Section> {
    let (duration, orders) = if bench.quick {
        (QUICK_DURATION, QUICK_ORDERS)
    } else {
        (DURATION, ORDERS)
    };
    let generator = Generator::new(bench, duration)?;
    let (mut rows, mut notes) = (Vec::new(), Vec::new());
    for engine in &bench.engines {
        let (loads, note) = loads(bench, &generator, *engine, orders)?;
        rows.extend(loads.iter().map(|measured| row(engine.name(), measured)));
        notes.push(note);
    }
    let head = [
        "database",
        "request",
        "requests/s",
        "p50, ms",
        "p95, ms",
        "p99, ms",
        "max, ms",
        "work, ms",
        "requests",
        "errors",
    ];
    let table = Table {
        title: format!(
            "the demo (6 shops, 45 products, 760 days), {CONNECTIONS} connections kept alive, `{}` on the same machine",
            generator.command()
        ),
        head: head.map(str::to_owned).to_vec(),
        rows,
    };
    notes.insert(
        0,
        "Pages are rendered on the server for a signed-in store manager with a store chosen, and compressed as for a \
         browser. Completing is the server function behind the kitchen's button: each request another order in progress, \
         with a command id of its own. `work` is the processor time of the server a request, PostgreSQL's not in it: unlike \
         the times to wait for, it hardly depends on what else the machine does. The second time `/orders` is asked for, the completed orders are in the books."
            .into(),
    );
    Ok(Section::new("pages", vec![table], notes))
}

/// One line of the table.
struct Measured {
    what: &'static str,
    load: Load,
    /// Seconds that the server's threads were at work.
    processor: f64,
}

fn page(
    generator: &Generator<'_>,
    server: &Server,
    visitor: &Visitor,
    what: &'static str,
    path: &str,
) -> Result<Measured> {
    let stage = Stage::start(what);
    let before = server.processor_seconds();
    let load = generator.pages(visitor, path)?;
    stage.done(format!("p95 {:.1} ms", load.p95_ms));
    Ok(Measured {
        what,
        load,
        processor: server.processor_seconds() - before,
    })
}

fn loads(
    bench: &Bench<'_>,
    generator: &Generator<'_>,
    engine: Engine,
    orders: usize,
) -> Result<(Vec<Measured>, String)> {
    let name = engine.name();
    let stage = Stage::start(format!("A demo to serve, {name}"));
    let scene = Scene::new(bench, engine)?;
    let mut arguments = vec!["demo", "--no-serve"];
    if bench.quick {
        arguments.extend(["--shops", "2", "--days", "150"]);
    }
    scene.run(&arguments)?;
    let server = scene.serve()?;
    stage.done(&server.address);

    let mut manager = Visitor::sign_in(&server.address, MANAGER)?;
    let user = manager.current_user()?;
    let store = user["stores"][0]["id"].as_str().context("no store")?;
    manager.choose_store(store);
    let baker = Visitor::sign_in(&server.address, BAKER)?;
    let mut loads = Vec::new();
    let orders_page = format!("/orders?shop={store}");
    for (what, path) in [
        ("`GET /today`", "/today"),
        ("`GET /forecast`", "/forecast"),
        ("`GET /orders`", &orders_page),
    ] {
        loads.push(page(generator, &server, &manager, what, path)?);
    }

    let stage = Stage::start(format!(
        "{} orders in progress, {name}",
        grouped(orders as u64)
    ));
    let batch = Batch::prepare(&baker, orders)?;
    stage.done("planned and started");
    let stage = Stage::start(format!("Completing them, {name}"));
    let before = server.processor_seconds();
    let load = generator.calls(&baker, "complete_order", &batch.completions())?;
    let processor = server.processor_seconds() - before;
    let outcome = batch.check(&baker)?;
    stage.done(format!("p95 {:.1} ms", load.p95_ms));
    // When time is up, what is on its way is completed but not counted.
    ensure!(
        (load.good..=load.good + u64::from(CONNECTIONS)).contains(&(outcome.completed as u64)),
        "{} orders are completed, {} answers said so",
        outcome.completed,
        load.good
    );
    loads.push(Measured {
        what: "complete an order",
        load,
        processor,
    });
    let then = page(
        generator,
        &server,
        &manager,
        "`GET /orders`, then",
        &orders_page,
    )?;
    loads.push(then);
    let own = mebibytes(server.peak().own_kib);
    server.stop();
    scene.doctor()?;
    let note = format!(
        "{name}: {} orders completed, stock rose by {} pieces, on every shelf by exactly what was completed there, also \
         after 50 of the completions were sent again; `hornada doctor` found the books sound; the server held {own} of its own at the end.",
        grouped(outcome.completed as u64),
        grouped(outcome.pieces.unsigned_abs())
    );
    Ok((loads, note))
}

fn row(engine: &str, measured: &Measured) -> Vec<String> {
    let load = &measured.load;
    let milliseconds = |value: f64| format!("{value:.1}");
    vec![
        engine.to_owned(),
        measured.what.to_owned(),
        grouped(load.per_second() as u64),
        milliseconds(load.p50_ms),
        milliseconds(load.p95_ms),
        milliseconds(load.p99_ms),
        milliseconds(load.max_ms),
        format!(
            "{:.2}",
            1e3 * measured.processor / load.requests.max(1) as f64
        ),
        grouped(load.requests),
        grouped(load.errors),
    ]
}
