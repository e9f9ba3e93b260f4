//! The chain's sales: older days as daily totals, the last weeks as tickets through the same import that a till's file
//! takes, and a morning that has already begun. Only the totals say when a shelf ran empty; in the tickets the nights find it.

use super::{Recipe, recipes};
use anyhow::Context;
use chrono::{DateTime, Days, NaiveDate, Utc};
use contract::imports::{CreateImport, DecideImport, ImportView};
use contract::ingredients::{DeliveredLine, ReadIngredients, ReceiveDelivery};
use contract::orders::{CompleteOrder, StartOrder};
use contract::purchases::{CreatePurchase, OrderedPacks};
use contract::stock::{CountedProduct, PostCount};
use contract::suggestions::{AcceptSuggestions, ListSuggestions};
use domain::{ImportStatus, ReplenishmentPolicy, StoreKind, SuggestionStatus};
use indicatif::{ProgressBar, ProgressStyle};
use services::history::{DailyTotal, WeatherTotal};
use services::{Ctx, Services};
use simulate::{Chain, WeatherDay};
use std::collections::HashMap;
use std::io::Write;
use std::path::Path;
use std::time::Duration;
use tokio_util::io::ReaderStream;
use uuid::Uuid;

/// The last days come as tickets, the ones before as daily totals.
const TICKET_DAYS: u64 = 42;

/// Of a shop's suggestions every so many stays open, so that there is something to decide.
const LEFT_OPEN: usize = 6;

/// Totals written at once.
const BATCH: usize = 20_000;

struct Ids {
    stores: Vec<Uuid>,
    products: Vec<Uuid>,
}

async fn ids(services: &Services, ctx: &Ctx, chain: &Chain) -> anyhow::Result<Ids> {
    let stores: HashMap<String, Uuid> = services
        .catalog()
        .stores(ctx)
        .await?
        .into_iter()
        .map(|s| (s.code, s.id))
        .collect();
    let products: HashMap<String, Uuid> = services
        .catalog()
        .products(ctx)
        .await?
        .into_iter()
        .map(|p| (p.sku, p.id))
        .collect();
    Ok(Ids {
        stores: chain
            .stores()
            .iter()
            .map(|s| {
                stores
                    .get(&s.code)
                    .copied()
                    .with_context(|| format!("store {} is missing", s.code))
            })
            .collect::<anyhow::Result<_>>()?,
        products: chain
            .products()
            .iter()
            .map(|p| {
                products
                    .get(&p.sku)
                    .copied()
                    .with_context(|| format!("product {} is missing", p.sku))
            })
            .collect::<anyhow::Result<_>>()?,
    })
}

/// Fills the books until a day, from where they are.
pub(super) async fn sales(
    services: &Services,
    ctx: &Ctx,
    chain: &Chain,
    recipe: &Recipe,
    until: NaiveDate,
) -> anyhow::Result<()> {
    let ids = ids(services, ctx, chain).await?;
    let tickets_from = recipe
        .filled_until
        .map_or(recipe.end_date - Days::new(TICKET_DAYS), |d| {
            d + Days::new(1)
        });
    let days = (until - chain.start_date()).num_days().max(0) as u64 + 1;
    let bar = ProgressBar::new(days).with_style(ProgressStyle::with_template(
        "  simulating  {bar:30} {pos}/{len} days, {eta} left",
    )?);
    let folder = services.data_dir().join("imports");
    std::fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
    let file = folder.join("demo-tickets.csv");
    let mut csv = std::io::BufWriter::new(
        std::fs::File::create(&file).with_context(|| format!("create {}", file.display()))?,
    );
    writeln!(
        csv,
        "transaction_id,timestamp,store_id,product_id,quantity_sold,price_unit,total_amount,promotion_applied_id"
    )?;
    let mut totals = Vec::new();
    for day in chain.simulate_until(until) {
        bar.set_position((day.date - chain.start_date()).num_days().max(0) as u64);
        let store_id = ids.stores[day.store];
        if day.date >= tickets_from {
            write_tickets(&mut csv, chain, &day)?;
            continue;
        }
        if recipe.filled_until.is_some() {
            continue;
        }
        totals.extend(day.lines.iter().map(|l| DailyTotal {
            store_id,
            product_id: ids.products[l.product],
            business_date: day.date,
            quantity: l.sold,
            unit_price_minor: l.price_minor,
            promotion: l.promotion.map(|p| chain.promotions()[p].code.clone()),
            sold_out: l.sold_out_at.is_some(),
        }));
        if totals.len() >= BATCH {
            services.history().put_totals(ctx, &totals).await?;
            totals.clear();
        }
    }
    services.history().put_totals(ctx, &totals).await?;
    csv.flush()?;
    drop(csv);
    bar.finish_and_clear();
    weather(services, ctx, chain, &ids, until).await?;
    take(services, ctx, &file).await?;
    std::fs::remove_file(&file).with_context(|| format!("remove {}", file.display()))
}

fn write_tickets(
    csv: &mut impl Write,
    chain: &Chain,
    day: &simulate::SimulatedDay,
) -> std::io::Result<()> {
    let store = &chain.stores()[day.store].code;
    for ticket in chain.tickets(day) {
        for line in &ticket.lines {
            let total = line.quantity * line.unit_price_minor;
            writeln!(
                csv,
                "{},{},{store},{},{},{}.{:02},{}.{:02},{}",
                ticket.transaction_id,
                ticket.sold_at.format("%Y-%m-%dT%H:%M:%S"),
                chain.products()[line.product].sku,
                line.quantity,
                line.unit_price_minor / 100,
                line.unit_price_minor % 100,
                total / 100,
                total % 100,
                line.promotion
                    .map_or("", |p| chain.promotions()[p].code.as_str()),
            )?;
        }
    }
    Ok(())
}

/// Sends the file through the import, as a person at the page would.
async fn take(services: &Services, ctx: &Ctx, file: &Path) -> anyhow::Result<()> {
    let source = tokio::fs::File::open(file)
        .await
        .with_context(|| format!("open {}", file.display()))?;
    let command = CreateImport {
        command_id: Uuid::now_v7(),
        file_name: "demo-tickets.csv".to_owned(),
        store_id: None,
        threshold_bp: None,
    };
    let import = services
        .imports()
        .create(ctx, command, ReaderStream::new(source), u64::MAX)
        .await?;
    let checked = advance(services, ctx, import.id, "checking").await?;
    anyhow::ensure!(
        checked.status == ImportStatus::Checked,
        "the simulated tickets were refused: {}",
        checked.problem.map(|p| p.message).unwrap_or_default()
    );
    if checked.rows_good > 0 {
        let decision = DecideImport {
            command_id: Uuid::now_v7(),
            import_id: import.id,
        };
        services.imports().apply(ctx, decision).await?;
        advance(services, ctx, import.id, "taking").await?;
    }
    Ok(())
}

async fn advance(
    services: &Services,
    ctx: &Ctx,
    id: Uuid,
    what: &str,
) -> anyhow::Result<ImportView> {
    let bar = ProgressBar::new(10_000)
        .with_style(ProgressStyle::with_template(
            "  tickets {msg:<8} {bar:30} {percent} %, {eta} left",
        )?)
        .with_message(what.to_owned());
    let (own, at) = (services.clone(), ctx.clone());
    let mut work = tokio::spawn(async move { own.imports().advance(&at, id).await });
    let mut ticks = tokio::time::interval(Duration::from_millis(300));
    loop {
        tokio::select! {
            done = &mut work => {
                done??;
                break;
            }
            _ = ticks.tick() => {
                let view = services.imports().get(ctx, id).await?;
                bar.set_position(u64::try_from(view.progress_bp).unwrap_or_default());
            }
        }
    }
    bar.finish_and_clear();
    Ok(services.imports().get(ctx, id).await?)
}

fn weather_rows(ids: &Ids, days: &[WeatherDay]) -> Vec<WeatherTotal> {
    days.iter()
        .map(|w| WeatherTotal {
            store_id: ids.stores[w.store],
            date: w.date,
            temperature_c_x10: Some(w.temperature_c_x10),
            precipitation_mm_x10: Some(w.precipitation_mm_x10),
            is_forecast: w.is_forecast,
        })
        .collect()
}

async fn weather(
    services: &Services,
    ctx: &Ctx,
    chain: &Chain,
    ids: &Ids,
    until: NaiveDate,
) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    let mut day = chain.start_date();
    while day <= until {
        rows.extend(weather_rows(ids, &chain.weather(day)));
        day = day + Days::new(1);
    }
    services.history().put_weather(ctx, &rows).await?;
    Ok(())
}

/// The weather forecast of the evening of a day.
pub(super) async fn weather_ahead(
    services: &Services,
    ctx: &Ctx,
    chain: &Chain,
    until: NaiveDate,
) -> anyhow::Result<()> {
    let ids = ids(services, ctx, chain).await?;
    services
        .history()
        .put_weather(ctx, &weather_rows(&ids, &chain.forecast_weather(until)))
        .await?;
    Ok(())
}

/// A morning under way in every shop: shelves of what keeps are counted, suggestions are accepted, the first batches baked.
pub(super) async fn morning(
    services: &Services,
    ctx: &Ctx,
    chain: &Chain,
    until: NaiveDate,
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    let ctx = Ctx { now, ..ctx.clone() };
    let today = until + Days::new(1);
    let ids = ids(services, &ctx, chain).await?;
    for (store, at) in chain.stores().iter().zip(0..) {
        if store.kind != StoreKind::Shop {
            continue;
        }
        let lines: Vec<CountedProduct> = chain
            .products()
            .iter()
            .zip(0..)
            .filter(|(p, index)| {
                p.policy == ReplenishmentPolicy::ReorderPoint && chain.on_sale(at, *index, today)
            })
            .map(|(p, index)| CountedProduct {
                product_id: ids.products[index],
                counted: 2 * p.tray_size,
            })
            .collect();
        if lines.is_empty() {
            continue;
        }
        let count = PostCount {
            command_id: Uuid::now_v7(),
            store_id: ids.stores[at],
            counted_at: None,
            lines,
            note: Some("Recuento de apertura".to_owned()),
        };
        services.stock().count(&ctx, count).await?;
    }
    deliver(services, &ctx).await?;
    order_from_a_supplier(services, &ctx).await?;
    for (store, shop) in chain.stores().iter().zip(&ids.stores) {
        if store.kind == StoreKind::Shop {
            first_batches(services, &ctx, *shop, today).await?;
        }
    }
    Ok(())
}

/// What the kitchen bakes with stands on its shelves.
async fn deliver(services: &Services, ctx: &Ctx) -> anyhow::Result<()> {
    let ingredients = services.ingredients();
    let kitchen = ingredients
        .list(ctx, ReadIngredients { store_id: None })
        .await?;
    let stocked = kitchen.items.iter().filter(|i| i.stocked && i.on_hand == 0);
    let lines: Vec<DeliveredLine> = stocked
        .map(|i| DeliveredLine {
            ingredient_id: i.id,
            quantity: recipes::opening_packs(&i.code) * i.pack_quantity,
            pack_price_minor: None,
        })
        .collect();
    let Some(store_id) = kitchen.store_id.filter(|_| !lines.is_empty()) else {
        return Ok(());
    };
    let delivery = ReceiveDelivery {
        command_id: Uuid::now_v7(),
        store_id,
        lines,
        note: Some("Primera entrega".to_owned()),
    };
    ingredients.deliver(ctx, delivery).await?;
    Ok(())
}

/// Packs of each ingredient on the demo's purchase.
const ORDERED_PACKS: i64 = 4;

/// One supplier, the one of whom the kitchen buys most things, was sent an order already; of the others the list says what to buy.
async fn order_from_a_supplier(services: &Services, ctx: &Ctx) -> anyhow::Result<()> {
    let list = services
        .ingredients()
        .to_buy(ctx, ReadIngredients { store_id: None })
        .await?;
    let Some(store_id) = list.store_id.filter(|_| list.open.is_empty()) else {
        return Ok(());
    };
    let brought_by = |id: Uuid| list.lines.iter().filter(move |l| l.supplier_id == Some(id));
    let most = list
        .suppliers
        .iter()
        .max_by_key(|s| brought_by(s.id).count());
    let Some(supplier) = most else {
        return Ok(());
    };
    let lines: Vec<OrderedPacks> = brought_by(supplier.id)
        .take(3)
        .map(|line| OrderedPacks {
            ingredient_id: line.ingredient_id,
            packs: line.packs.max(ORDERED_PACKS),
        })
        .collect();
    if lines.is_empty() {
        return Ok(());
    }
    let purchase = CreatePurchase {
        command_id: Uuid::now_v7(),
        store_id,
        supplier_id: supplier.id,
        lines,
        expected_on: None,
        note: None,
        seen_number: Some(0),
    };
    services.purchases().create(ctx, purchase).await?;
    Ok(())
}

/// One shop's morning: most suggestions are accepted and some are left to decide; of the orders most are done, some are in the
/// oven and some wait.
async fn first_batches(
    services: &Services,
    ctx: &Ctx,
    store_id: Uuid,
    today: NaiveDate,
) -> anyhow::Result<()> {
    let wanted = ListSuggestions {
        production_date: today,
        store_id: Some(store_id),
    };
    let day = services.suggestions().list(ctx, wanted).await?;
    let accepted: Vec<Uuid> = day
        .items
        .iter()
        .filter(|s| s.status == SuggestionStatus::Open && s.quantity > 0)
        .zip(0..)
        .filter(|(_, at)| at % LEFT_OPEN != LEFT_OPEN - 1)
        .map(|(s, _)| s.id)
        .collect();
    if accepted.is_empty() {
        return Ok(());
    }
    let command = AcceptSuggestions {
        command_id: Uuid::now_v7(),
        suggestion_ids: accepted,
        quantities: Vec::new(),
    };
    let accepted = services.suggestions().accept_many(ctx, command).await?;
    let orders = accepted.orders.len();
    for (order, at) in accepted.orders.iter().zip(0..) {
        if at * 5 >= orders * 4 {
            break;
        }
        let start = StartOrder {
            command_id: Uuid::now_v7(),
            order_id: order.id,
        };
        services.production_orders().start(ctx, start).await?;
        if at * 5 < orders * 3 {
            let complete = CompleteOrder {
                command_id: Uuid::now_v7(),
                order_id: order.id,
                produced_quantity: order.planned_quantity,
                ..CompleteOrder::default()
            };
            services.production_orders().complete(ctx, complete).await?;
        }
    }
    Ok(())
}
