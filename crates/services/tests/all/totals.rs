//! Totals of shops, products and the chain.

use crate::rows::{forbidden, not_found, refused};
use crate::scene::{forecast, stranger};
use contract::forecasts::{ForecastTotals, ListForecasts, ListTotals};
use domain::{RoleKey, TotalLevel, Unit};
use services::Ctx;
use testkit::{Org, OrgSpec, TestDb, on_both, org_with, today};
use uuid::Uuid;

fn of(level: TotalLevel, store_id: Option<Uuid>, product_id: Option<Uuid>) -> ListTotals {
    ListTotals {
        level,
        store_id,
        product_id,
    }
}

async fn read(db: &TestDb, ctx: &Ctx, asked: ListTotals) -> ForecastTotals {
    db.services()
        .forecasts()
        .totals(ctx, &asked)
        .await
        .expect("totals")
}

async fn two_shops(db: &TestDb) -> Org {
    let spec = OrgSpec {
        stores: 2,
        products: 3,
        ..OrgSpec::default()
    };
    org_with(db, spec).await
}

#[tokio::test]
async fn shops_products_and_the_chain_agree_and_are_surer_than_the_sum_of_their_ranges() {
    on_both(async |db| {
        let org = two_shops(&db).await;
        let analyst = org.ctx(RoleKey::Analyst).await;
        let nothing = read(&db, &analyst, of(TotalLevel::Chain, None, None)).await;
        assert!(nothing.issue.is_none() && nothing.days.is_empty());

        let shelves: Vec<(Uuid, Uuid)> = org
            .stores
            .iter()
            .flat_map(|s| org.products.iter().map(|p| (*s, *p)))
            .collect();
        // Twice: the second run of a night replaces what the first one left.
        forecast(&db, &org, &shelves[1..], 90.0, 9.0).await;
        forecast(&db, &org, &shelves, 100.5, 10.0).await;
        let mut sums = [0; 2];
        for store in &org.stores {
            let total = read(&db, &analyst, of(TotalLevel::Store, Some(*store), None)).await;
            assert_eq!(total.days.len(), 28);
            assert_eq!(total.issue.unwrap().until, total.days[27].target_date);
            let day = &total.days[0];
            assert_eq!(
                (day.target_date, day.unit, day.shelves),
                (today(), Unit::Piece, 3)
            );
            assert_eq!(day.band.mean_milli, 3 * 100_500);
            // Three independent shelves: 17 to either side; nearly alike ones would be 30.
            let width = day.band.high_milli - day.band.low_milli;
            assert!((44_000..70_000).contains(&width), "{width}");
            sums[0] += day.band.mean_milli;
        }
        for product in &org.products {
            let asked = of(TotalLevel::Product, None, Some(*product));
            sums[1] += read(&db, &analyst, asked).await.days[0].band.mean_milli;
        }
        let chain = read(&db, &analyst, of(TotalLevel::Chain, None, None)).await;
        assert_eq!(chain.days[0].shelves, 6);
        assert_eq!(sums, [chain.days[0].band.mean_milli; 2]);

        // The list of a shop shows the range of its sum, and not that of a part of it.
        let list = async |search: Option<&str>| {
            let asked = ListForecasts {
                store_id: org.stores[0],
                search: search.map(str::to_owned),
                ..ListForecasts::default()
            };
            let services = db.services();
            services.forecasts().list(&analyst, &asked).await.unwrap()
        };
        let whole = list(None).await;
        let band = whole.totals[0].band.expect("the whole shop");
        assert_eq!(band.mean_milli, whole.totals[0].mean_milli);
        let part = list(Some(&whole.rows[0].product.name)).await;
        assert!(part.totals[0].band.is_none());
    })
    .await;
}

#[tokio::test]
async fn totals_are_for_those_who_may_see_every_part_of_them() {
    on_both(async |db| {
        let org = two_shops(&db).await;
        let store = org.stores[0];
        forecast(&db, &org, &[(store, org.products[0])], 10.0, 2.0).await;
        let services = db.services();
        let totals =
            async |ctx: &Ctx, asked: ListTotals| services.forecasts().totals(ctx, &asked).await;
        let manager = org.ctx(RoleKey::StoreManager).await;
        let other = Uuid::now_v7();
        for asked in [
            of(TotalLevel::Chain, None, None),
            of(TotalLevel::Product, None, Some(org.products[0])),
        ] {
            forbidden(totals(&manager, asked).await);
        }
        not_found(totals(&manager, of(TotalLevel::Store, Some(other), None)).await);
        let analyst = org.ctx(RoleKey::Analyst).await;
        for (level, field) in [
            (TotalLevel::Store, "store_id"),
            (TotalLevel::Product, "product_id"),
        ] {
            assert_eq!(
                refused(totals(&analyst, of(level, None, None)).await)[0].0,
                field
            );
        }
        // Another organization's shop has no total here.
        let stranger = stranger(&db).await.system();
        let asked = of(TotalLevel::Store, Some(store), None);
        not_found(totals(&stranger, asked).await);
        let asked = of(TotalLevel::Product, None, Some(org.products[0]));
        not_found(totals(&stranger, asked).await);
    })
    .await;
}
