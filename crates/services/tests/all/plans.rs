//! Every list that a page shows is answered from an index: no statement of a page walks a whole table that grows with days.
//!
//! The statements are taken from the use cases themselves, and each database is asked for its plan. SQLite plans by its schema
//! alone here; PostgreSQL is told to walk a table only where nothing else is possible, since tables of a test are so small
//! that it would always walk them.

use contract::alerts::ListAlerts;
use contract::calendar::CalendarQuery;
use contract::capacity::{ReadCapacity, ReadMixes};
use contract::dispatch::{ReadDispatch, ReadLabels};
use contract::forecasts::{ForecastDetailQuery, ListForecasts, ListScores};
use contract::orders::{ListOrders, ReadBoard};
use contract::stock::{ReadBelief, ReadLedger};
use contract::suggestions::ListSuggestions;
use contract::transfers::ListTransfers;
use domain::{OrderStatus, RoleKey};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::Value;
use services::{Db, ServiceError, ServiceResult, Services};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use testkit::{Org, TestDb, on_both, org_with, today};

use crate::{capacity, rows};

/// Tables whose number of rows grows with every day of business. The others grow with shops, products and people.
const GROWING: [&str; 24] = [
    "alerts",
    "audit_entries",
    "calendar_entries",
    "command_receipts",
    "daily_sales",
    "forecast_overrides",
    "forecast_scores",
    "forecasts",
    "import_rejects",
    "imports",
    "job_runs",
    "job_steps",
    "live_events",
    "lots",
    "production_orders",
    "promotions",
    "sale_lines",
    "sales",
    "stock_movements",
    "suggestions",
    "transfer_lines",
    "transfer_parts",
    "transfers",
    "weather_days",
];

pub type Asked = Arc<Mutex<Vec<Statement>>>;

/// The use cases over a connection that writes down what it is asked.
pub async fn overheard(db: &TestDb) -> (Services, Asked) {
    let mut connection = Db::connect(db.url())
        .await
        .expect("the database answers")
        .connection()
        .clone();
    let asked = Asked::default();
    let ear = asked.clone();
    connection.set_metric_callback(move |info| {
        ear.lock().expect("a list").push(info.statement.clone());
    });
    let services = Services::new(Db::over(connection), db.services().data_dir().to_path_buf());
    // Asked once a process and no part of what pages ask.
    services.db().wall().await.expect("the database answers");
    asked.lock().expect("a list").clear();
    (services, asked)
}

/// No role may see everything.
trait May {
    fn may(self);
}

impl<T> May for ServiceResult<T> {
    fn may(self) {
        match self {
            Ok(_) | Err(ServiceError::Forbidden(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

/// Reads all that the pages show.
async fn read_pages(services: &Services, org: &Org) {
    let (store, product) = (org.stores[0], org.products[0]);
    let day = today();
    for role in RoleKey::ALL {
        let ctx = org.ctx(*role).await;
        services.today().view(&ctx, store).await.may();
        let forecasts = services.forecasts();
        for days_ahead in [1, 28] {
            let wanted = ListForecasts {
                store_id: store,
                days_ahead: Some(days_ahead),
                ..Default::default()
            };
            forecasts.list(&ctx, &wanted).await.may();
        }
        let wanted = ForecastDetailQuery {
            store_id: store,
            product_id: product,
            target_date: None,
            weeks: 52,
        };
        forecasts.detail(&ctx, &wanted).await.may();
        for shop in [None, Some(store)] {
            let wanted = ListScores {
                store_id: shop,
                product_id: None,
                from: day,
                until: day,
            };
            forecasts.scores(&ctx, &wanted).await.may();
            let wanted = ListSuggestions {
                production_date: day,
                store_id: shop,
            };
            services.suggestions().list(&ctx, wanted).await.may();
            let wanted = ReadBoard {
                date: day,
                store_id: shop,
            };
            services.production_orders().board(&ctx, wanted).await.may();
            let wanted = ReadDispatch {
                date: day,
                store_id: shop,
            };
            let orders = services.production_orders();
            orders.dispatch(&ctx, wanted).await.may();
            let wanted = ReadLabels {
                date: Some(day),
                store_id: shop,
                order_id: None,
            };
            orders.labels(&ctx, wanted).await.may();
            let wanted = ReadCapacity {
                production_date: day,
                store_id: shop,
            };
            orders.capacity(&ctx, wanted).await.may();
            let wanted = ReadMixes {
                date: day,
                store_id: shop,
            };
            services.recipes().mixes(&ctx, wanted).await.may();
            for statuses in [vec![], vec![OrderStatus::Pending, OrderStatus::Completed]] {
                for days in [None, Some(day)] {
                    for thing in [None, Some(product)] {
                        let wanted = ListOrders {
                            statuses: statuses.clone(),
                            store_id: shop,
                            product_id: thing,
                            from: days,
                            until: days,
                            ..Default::default()
                        };
                        services.production_orders().list(&ctx, wanted).await.may();
                    }
                }
            }
            let wanted = ListAlerts {
                store_id: shop,
                status: None,
                kind: None,
            };
            services.alerts().list(&ctx, &wanted).await.may();
            let wanted = CalendarQuery {
                from: day,
                until: day,
                store_id: shop,
            };
            services.calendar().list(&ctx, &wanted).await.may();
        }
        services.stock().levels(&ctx, store).await.may();
        services.stock().projected_waste(&ctx, store).await.may();
        services.stock().opening_sheet(&ctx, store).await.may();
        let wanted = ReadLedger {
            store_id: store,
            product_id: product,
            after: None,
            limit: None,
        };
        services.stock().ledger(&ctx, wanted).await.may();
        let wanted = ReadBelief {
            store_id: store,
            product_id: product,
            at: day.and_time(chrono::NaiveTime::MIN),
        };
        services.stock().believed(&ctx, wanted).await.may();
        for store_id in [None, Some(store)] {
            for open_only in [false, true] {
                let wanted = ListTransfers {
                    store_id,
                    open_only,
                    ..Default::default()
                };
                services.transfers().list(&ctx, &wanted).await.may();
            }
        }
        services.imports().list(&ctx, None, 20).await.may();
        services.nights().list(&ctx, None, 20).await.may();
        services.models().list(&ctx).await.may();
        services.users().list(&ctx).await.may();
    }
    services::live::Live::new(services.db().clone())
        .since(org.id, 0, Some(testkit::now()))
        .await
        .may();
}

/// What a plan says about a walk over a whole growing table; empty = everything is looked up.
fn walks_of_sqlite(plan: &[String]) -> Vec<String> {
    let is_walk = |line: &&String| {
        let mut words = line.split(' ');
        // A walk along an index of the right order, of which the first rows are taken, still begins at the first organization.
        words.next() == Some("SCAN") && words.next().is_some_and(|table| GROWING.contains(&table))
    };
    plan.iter().filter(is_walk).cloned().collect()
}

/// See [`walks_of_sqlite`].
fn walks_of_postgres(node: &Value, walks: &mut Vec<String>) {
    let text = |key: &str| node[key].as_str().unwrap_or_default();
    let kind = text("Node Type");
    // A bitmap's heap scan stands over the index scan that has the condition.
    let looks = kind.contains("Scan") && !kind.contains("Bitmap Heap");
    let table = text("Relation Name");
    let is_lookup = kind.contains("Index") && node.get("Index Cond").is_some();
    let growing = GROWING.contains(&table) || (table.is_empty() && kind == "Bitmap Index Scan");
    if looks && growing && !is_lookup {
        walks.push(format!("{kind} on {table}"));
    }
    for below in node["Plans"].as_array().into_iter().flatten() {
        walks_of_postgres(below, walks);
    }
}

/// On PostgreSQL the plan is that of a caller behind the wall between tenants: its policies must leave every index in use.
async fn walks(db: &TestDb, org: &Org, asked: &Statement) -> Vec<String> {
    let explained = |before: &str| {
        let mut statement = asked.clone();
        statement.sql = format!("{before} {}", asked.sql);
        statement
    };
    if !db.is_postgres() {
        let plan = db
            .db()
            .connection()
            .query_all_raw(explained("EXPLAIN QUERY PLAN"))
            .await
            .expect("a plan");
        let lines: Vec<String> = plan
            .iter()
            .map(|row| row.try_get("", "detail").expect("a line of a plan"))
            .collect();
        return walks_of_sqlite(&lines);
    }
    let tx = db.db().begin_for(org.id).await.expect("a transaction");
    tx.execute_unprepared("SET LOCAL enable_seqscan = off")
        .await
        .expect("a setting");
    let row = tx
        .query_one_raw(explained("EXPLAIN (FORMAT JSON)"))
        .await
        .expect("a plan")
        .expect("a row");
    let plan: Value = row.try_get_by_index(0).expect("a plan");
    let mut walks = Vec::new();
    walks_of_postgres(&plan[0]["Plan"], &mut walks);
    walks
}

#[tokio::test]
async fn no_page_walks_a_table_that_grows_with_days() {
    on_both(async |db| {
        let org = org_with(
            &db,
            testkit::OrgSpec {
                stores: 2,
                products: 3,
                ..Default::default()
            },
        )
        .await;
        let store = org.stores[0];
        rows::issue(&db, &org, store, rows::day(3, 9), (8.0, 10.0, 12.0)).await;
        rows::on_hand(&db, &org, store, org.products[0], 4).await;
        capacity::one_oven(&db, &org, Some(12)).await;
        let (services, asked) = overheard(&db).await;
        read_pages(&services, &org).await;
        let asked = std::mem::take(&mut *asked.lock().unwrap());
        let mut seen = BTreeSet::new();
        let mut bad = Vec::new();
        let mut tables = BTreeSet::<&str>::new();
        for statement in &asked {
            let is_question =
                statement.sql.starts_with("SELECT") || statement.sql.starts_with("WITH");
            if !is_question || !seen.insert(&statement.sql) {
                continue;
            }
            tables.extend(
                GROWING
                    .iter()
                    .filter(|table| statement.sql.contains(&format!("\"{table}\""))),
            );
            for walk in walks(&db, &org, statement).await {
                bad.push(format!("{walk}\n    {}", statement.sql));
            }
        }
        // Whether a walk is seen at all, and the pages were heard.
        let walk = "SELECT business_date FROM daily_sales WHERE quantity = 7 ORDER BY quantity";
        let walk = Statement::from_string(db.db().backend(), walk);
        assert!(!walks(&db, &org, &walk).await.is_empty());
        assert!(
            seen.len() > 40 && tables.len() > 12,
            "{} {tables:?}",
            seen.len()
        );
        assert!(bad.is_empty(), "{}", bad.join("\n"));
    })
    .await;
}
