//! Barcodes of a catalog file.

use crate::scene::{bakery, reason};
use contract::catalog::SetupFile;
use domain::RoleKey;
use serde_json::json;
use testkit::{Org, TestDb, on_both};

const BREAD: &str = "6291041500213";
const ROLL: &str = "96385074";

/// A catalog file with these products and codes; `None` leaves the codes out.
fn file(products: &[(&str, Option<&[&str]>)]) -> SetupFile {
    let products = products.iter().map(|(sku, codes)| {
        json!({
            "sku": sku, "name": sku, "category": "Panes", "price_minor": 200, "unit_cost_minor": 80, "tray_size": 12,
            "barcodes": codes,
        })
    });
    let file = json!({
        "organization": {
            "slug": "horno", "name": "Horno de prueba", "currency": "EUR", "language": "es", "time_zone": "Europe/Madrid",
        },
        "stores": [], "categories": [], "products": products.collect::<Vec<_>>(), "suppliers": [], "ingredients": [],
        "recipes": [], "promotions": [], "calendar": [], "weather": [],
    });
    serde_json::from_value(file).expect("a catalog file")
}

/// The codes of the first two products, as the shelves show them.
async fn codes(db: &TestDb, org: &Org) -> [Vec<String>; 2] {
    let analyst = org.ctx(RoleKey::Analyst).await;
    let levels = db.services().stock().levels(&analyst, org.stores[0]).await;
    let levels = levels.expect("levels").levels;
    [0, 1].map(|n| {
        let level = levels.iter().find(|l| l.product_id == org.products[n]);
        level.expect("a shelf").barcodes.clone()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn barcodes_of_a_file_stand_on_the_shelves_and_stay_where_a_file_leaves_them_out() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (catalog, ctx) = (db.services().catalog(), org.system());
        assert_eq!(codes(&db, &org).await, [vec![], Vec::<String>::new()]);
        let both = file(&[("P001", Some(&[BREAD])), ("P002", Some(&[ROLL]))]);
        catalog.set_up(&ctx, &both).await.expect("a setup");
        let wanted = [vec![BREAD.to_owned()], vec![ROLL.to_owned()]];
        assert_eq!(codes(&db, &org).await, wanted);
        let again = catalog.set_up(&ctx, &both).await.expect("a setup");
        assert_eq!(again.products.changed, 0);
        let silent = file(&[("P001", None)]);
        catalog.set_up(&ctx, &silent).await.expect("a setup");
        assert_eq!(codes(&db, &org).await, wanted);
        // The products change their codes in one file.
        let changed = file(&[("P001", Some(&[ROLL])), ("P002", Some(&[BREAD]))]);
        catalog.set_up(&ctx, &changed).await.expect("a setup");
        let wanted = [vec![ROLL.to_owned()], vec![BREAD.to_owned()]];
        assert_eq!(codes(&db, &org).await, wanted);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_that_cannot_be_or_mean_two_products_are_refused() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (catalog, ctx) = (db.services().catalog(), org.system());
        let first = file(&[("P001", Some(&[BREAD]))]);
        catalog.set_up(&ctx, &first).await.expect("a setup");
        let zeros = format!("0{BREAD}");
        for wrong in [
            file(&[("P002", Some(&["6291041500214"]))]),
            file(&[("P002", Some(&["P002"]))]),
            file(&[("P002", Some(&[ROLL])), ("P003", Some(&[ROLL]))]),
            file(&[("P002", Some(&[BREAD]))]),
            file(&[("P002", Some(&[zeros.as_str()])), ("P001", None)]),
        ] {
            let refused = catalog.set_up(&ctx, &wrong).await;
            assert_eq!(reason(&refused.expect_err("refused")), "barcode");
        }
        let wanted = [vec![BREAD.to_owned()], Vec::new()];
        assert_eq!(codes(&db, &org).await, wanted);
    })
    .await;
}
