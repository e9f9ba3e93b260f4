//! Counts of a whole store at once.

use crate::scene::{books_are_sound, later, reason};
use contract::stock::{CountedProduct, PostCount};
use domain::RoleKey;
use std::collections::BTreeSet;
use testkit::{OrgSpec, on_both, org_with};
use uuid::Uuid;

const SHELVES: usize = 10_000;

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_shelves_are_counted_in_one_go() {
    on_both(async |db| {
        let spec = OrgSpec {
            stores: 1,
            products: SHELVES,
            ..OrgSpec::default()
        };
        let org = org_with(&db, spec).await;
        let analyst = org.ctx(RoleKey::Analyst).await;
        let stock = db.services().stock();
        let count = |each: i64| PostCount {
            command_id: Uuid::now_v7(),
            store_id: org.stores[0],
            counted_at: None,
            lines: org
                .products
                .iter()
                .zip(0_i64..)
                .map(|(product_id, at)| CountedProduct {
                    product_id: *product_id,
                    counted: each + at % 7,
                })
                .collect(),
            note: None,
        };
        let first = count(5);
        let counted = stock.count(&analyst, first.clone()).await.expect("counted");
        assert_eq!(counted.lines.len(), SHELVES);
        assert!(counted.lines.iter().all(|line| line.expected == 0));
        // Sent again after a lost answer.
        let again = stock.count(&analyst, first).await.expect("answered");
        assert_eq!(again.count_id, counted.count_id);
        let second = stock.count(&later(&analyst, 10), count(3)).await;
        let differences: BTreeSet<i64> = second
            .expect("counted")
            .lines
            .iter()
            .map(|line| line.counted - line.expected)
            .collect();
        assert_eq!(differences, BTreeSet::from([-2]));
        let levels = stock
            .levels(&later(&analyst, 20), org.stores[0])
            .await
            .expect("levels");
        assert_eq!(
            levels.levels.iter().map(|l| l.on_hand).sum::<i64>(),
            10_000 * 3 + 29_994
        );
        let mut more = count(1);
        more.lines.push(CountedProduct {
            product_id: Uuid::now_v7(),
            counted: 1,
        });
        let refused = stock.count(&analyst, more).await.expect_err("too many");
        assert_eq!(reason(&refused), "length");
        books_are_sound(&db, &org).await;
    })
    .await;
}
