//! Long lists page by page: past forecasts, counts, and places that are none.

use crate::rows::day;
use crate::scene::bakery;
use chrono::Days;
use contract::history::ListPastForecasts;
use contract::ledger::{ListCounts, ListMovements};
use contract::stock::{CountedProduct, PostCount};
use contract::tickets::ListSales;
use domain::{ForecastSource, RoleKey};
use entity::forecast_score;
use sea_orm::{EntityTrait, IntoActiveModel};
use services::ServiceError;
use testkit::{Org, TestDb, now, on_both};
use uuid::Uuid;

/// Three days of both stores, all products and the horizons 1 and 7.
async fn scored(db: &TestDb, org: &Org) -> usize {
    let mut rows = Vec::new();
    for days in 0..3 {
        for store_id in &org.stores {
            for product_id in &org.products {
                for horizon in [1, 7] {
                    let target_date = day(3, 1) + Days::new(days);
                    rows.push(forecast_score::Model {
                        store_id: *store_id,
                        product_id: *product_id,
                        target_date,
                        horizon,
                        organization_id: org.id,
                        issued_on: target_date - chrono::TimeDelta::days(horizon.into()),
                        source: ForecastSource::Baseline,
                        model_version_id: None,
                        actual: 10,
                        mean_milli: 9_000,
                        q50_milli: 9_000,
                        absolute_error_milli: 1_000,
                        quantile_loss_milli: 300,
                        inside_80: true,
                        baseline_q50_milli: None,
                        override_quantity: None,
                        censored: false,
                        scored_at: now(),
                    });
                }
            }
        }
    }
    let count = rows.len();
    let rows = rows.into_iter().map(IntoActiveModel::into_active_model);
    forecast_score::Entity::insert_many(rows)
        .exec_without_returning(db.db().connection())
        .await
        .expect("scores");
    count
}

#[tokio::test]
async fn past_forecasts_come_once_each_and_filters_filter() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let all = scored(&db, &org).await;
        let forecasts = db.services().forecasts();
        let walk = async |role: RoleKey, wanted: ListPastForecasts| {
            let ctx = org.ctx(role).await;
            let mut wanted = ListPastForecasts {
                limit: Some(5),
                ..wanted
            };
            let mut seen = Vec::new();
            loop {
                let page = forecasts.past(&ctx, &wanted).await.expect("a page");
                seen.extend(
                    page.items
                        .into_iter()
                        .map(|p| (p.target_date, p.store_id, p.product_id, p.horizon)),
                );
                wanted.after = page.next;
                if wanted.after.is_none() {
                    return seen;
                }
            }
        };
        let mut seen = walk(RoleKey::Analyst, ListPastForecasts::default()).await;
        assert_eq!(seen.len(), all);
        assert!(seen.is_sorted_by(|a, b| a.0 >= b.0), "the latest day first");
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), all, "each once");
        let wanted = ListPastForecasts {
            store_id: Some(org.stores[0]),
            product_id: Some(org.products[1]),
            horizon: Some(7),
            from: Some(day(3, 2)),
            ..ListPastForecasts::default()
        };
        assert_eq!(walk(RoleKey::Analyst, wanted).await.len(), 2);
        // Whoever looks after one store sees that one.
        let own = walk(RoleKey::StoreManager, ListPastForecasts::default()).await;
        assert_eq!(own.len(), all / 2);
        assert!(own.iter().all(|place| place.1 == org.stores[0]));
    })
    .await;
}

#[tokio::test]
async fn counts_are_listed_with_what_was_found() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let ctx = org.ctx(RoleKey::Analyst).await;
        let stock = db.services().stock();
        for (n, store_id) in org.stores.iter().enumerate() {
            let count = PostCount {
                command_id: Uuid::now_v7(),
                store_id: *store_id,
                counted_at: None,
                lines: vec![CountedProduct {
                    product_id: org.products[n],
                    counted: 7,
                }],
                note: Some("Inventario".into()),
            };
            stock.count(&ctx, count).await.expect("a count");
        }
        let mut wanted = ListCounts {
            limit: Some(1),
            ..ListCounts::default()
        };
        let first = stock.counts(&ctx, &wanted).await.expect("a page");
        wanted.after = first.next;
        let second = stock.counts(&ctx, &wanted).await.expect("a page");
        assert_eq!(second.next, None);
        let (first, second) = (&first.items[0], &second.items[0]);
        assert_ne!(first.store_id, second.store_id);
        assert_eq!((first.lines[0].expected, first.lines[0].difference), (0, 7));
        let manager = org.ctx(RoleKey::StoreManager).await;
        let own = stock.counts(&manager, &ListCounts::default()).await;
        assert_eq!(own.expect("a page").items.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_place_that_is_none_is_refused_by_name() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let ctx = org.ctx(RoleKey::Analyst).await;
        let after = Some("nowhere".to_owned());
        let services = db.services();
        let sales = ListSales {
            after: after.clone(),
            ..ListSales::default()
        };
        let movements = ListMovements {
            after: after.clone(),
            ..ListMovements::default()
        };
        let past = ListPastForecasts {
            after: after.clone(),
            ..ListPastForecasts::default()
        };
        for refused in [
            services.sales().list(&ctx, &sales).await.err(),
            services.stock().movements(&ctx, &movements).await.err(),
            services.forecasts().past(&ctx, &past).await.err(),
            services
                .nights()
                .page(&ctx, after.as_deref(), None)
                .await
                .err(),
        ] {
            let Some(ServiceError::Invalid(faults)) = refused else {
                panic!("refused by name: {refused:?}")
            };
            assert_eq!(faults[0].field, "after");
        }
    })
    .await;
}

#[tokio::test]
async fn a_day_that_the_database_cannot_hold_is_no_fault_of_ours() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let ctx = org.ctx(RoleKey::Analyst).await;
        let from = chrono::NaiveDate::from_ymd_opt(-10_000, 1, 1);
        let sales = ListSales {
            from,
            ..ListSales::default()
        };
        let movements = ListMovements {
            until: from,
            ..ListMovements::default()
        };
        let services = db.services();
        let refused = [
            services.sales().list(&ctx, &sales).await.err(),
            services.stock().movements(&ctx, &movements).await.err(),
        ];
        for refused in refused {
            // SQLite compares days as text and finds what there is.
            assert!(
                matches!(refused, None | Some(ServiceError::Invalid(_))),
                "{refused:?}"
            );
        }
    })
    .await;
}
