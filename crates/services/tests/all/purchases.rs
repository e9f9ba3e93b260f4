//! Purchases: sent to a supplier, on order, received in parts, more and less, late, cancelled.

use crate::bread::{Bread, bread, flour, stock_of};
use crate::scene::{
    bakery, books_are_sound, break_receipts, forecast, later, mend_receipts, reason, stranger,
};
use chrono::Days;
use contract::ingredients::{
    PurchaseList, ReadIngredients, SaveIngredient, SaveSupplier, SupplierView,
};
use contract::purchases::{
    CancelPurchase, CreatePurchase, ListPurchases, OrderedPacks, PurchaseView, ReceivePurchase,
    ReceivedLine,
};
use domain::stock::MAX_QUANTITY;
use domain::{PurchaseStatus, RoleKey};
use entity::{audit_entry, live_event, purchase_receipt};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use services::Ctx;
use testkit::{Org, TestDb, on_both, today};
use uuid::Uuid;

const DAY: i64 = 24 * 60;

/// A mill that takes two days, and flour of it.
struct Scene {
    org: Org,
    kitchen: Ctx,
    store: Uuid,
    mill: SupplierView,
    bread: Bread,
}

async fn scene(db: &TestDb) -> Scene {
    let org = bakery(db).await;
    let kitchen = org.ctx(RoleKey::Production).await;
    let ingredients = db.services().ingredients();
    let mill = SaveSupplier {
        command_id: Uuid::now_v7(),
        supplier_id: None,
        version: 0,
        name: "Harinas del Sur".into(),
        email: None,
        phone: None,
        lead_time_days: 2,
        order_cost_minor: 1_500,
    };
    let mill = ingredients.save_supplier(&kitchen, mill).await;
    let mill = mill.expect("a mill");
    let mut bread = bread(db, &kitchen, &org).await;
    let at_the_mill = SaveIngredient {
        ingredient_id: Some(bread.flour.id),
        version: bread.flour.version,
        supplier_id: Some(mill.id),
        ..flour()
    };
    bread.flour = ingredients
        .save(&kitchen, at_the_mill)
        .await
        .expect("saved");
    let store = org.stores[0];
    Scene {
        org,
        kitchen,
        store,
        mill,
        bread,
    }
}

impl Scene {
    fn order(&self, packs: i64) -> CreatePurchase {
        CreatePurchase {
            command_id: Uuid::now_v7(),
            store_id: self.store,
            supplier_id: self.mill.id,
            lines: vec![OrderedPacks {
                ingredient_id: self.bread.flour.id,
                packs,
            }],
            expected_on: None,
            note: None,
            seen_number: None,
        }
    }

    fn delivery(&self, of: &PurchaseView, quantity: i64) -> ReceivePurchase {
        ReceivePurchase {
            command_id: Uuid::now_v7(),
            purchase_id: of.id,
            version: of.version,
            lines: vec![ReceivedLine {
                ingredient_id: self.bread.flour.id,
                quantity,
                pack_price_minor: None,
                best_before: None,
            }],
            close_rest: false,
            reason: None,
        }
    }

    async fn to_buy(&self, db: &TestDb, ctx: &Ctx) -> PurchaseList {
        let wanted = ReadIngredients {
            store_id: Some(self.store),
        };
        let list = db.services().ingredients().to_buy(ctx, wanted).await;
        list.expect("a list")
    }

    async fn on_hand(&self, db: &TestDb) -> i64 {
        stock_of(db, &self.kitchen, self.store, self.bread.flour.id)
            .await
            .0
    }
}

fn called_off(of: &PurchaseView) -> CancelPurchase {
    CancelPurchase {
        command_id: Uuid::now_v7(),
        purchase_id: of.id,
        version: of.version,
        reason: " The mill stands still. ".into(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_on_order_is_not_bought_again_and_is_said_when_it_is_late() {
    on_both(async |db| {
        let scene = scene(&db).await;
        let purchases = db.services().purchases();
        let shelf = (scene.store, scene.org.products[0]);
        forecast(&db, &scene.org, &[shelf], 100.0, 10.0).await;
        let before = scene.to_buy(&db, &scene.kitchen).await;
        let packs = before.lines[0].packs;
        assert!(packs > 0 && before.open.is_empty());
        assert_eq!((before.lines[0].on_order, before.lines[0].late), (0, false));

        let command = CreatePurchase {
            seen_number: Some(0),
            ..scene.order(packs)
        };
        let sent = purchases.create(&scene.kitchen, command.clone()).await;
        let sent = sent.expect("sent");
        assert_eq!(sent.status, PurchaseStatus::Open);
        assert_eq!((sent.number, sent.version), (1, 1));
        assert_eq!(sent.expected_on, today() + Days::new(2));
        let line = &sent.lines[0];
        assert_eq!(
            (line.packs, line.ordered, line.outstanding),
            (packs, packs * 25_000, packs * 25_000)
        );
        assert_eq!(line.pack_price_minor, Some(2_000));
        // Pressed twice: one purchase. On another tablet that saw none on order: a question.
        let again = purchases.create(&scene.kitchen, command.clone()).await;
        assert_eq!(again.expect("the same answer"), sent);
        let blind = CreatePurchase {
            command_id: Uuid::now_v7(),
            ..command
        };
        let refused = purchases.create(&scene.kitchen, blind).await;
        let refused = refused.expect_err("sent meanwhile");
        assert_eq!(reason(&refused), "purchase.sent_meanwhile");

        let list = scene.to_buy(&db, &scene.kitchen).await;
        let flour = &list.lines[0];
        assert_eq!((flour.packs, flour.on_order), (0, packs * 25_000));
        assert_eq!(
            (flour.expected_on, flour.late),
            (Some(sent.expected_on), false)
        );
        assert_eq!(list.open, std::slice::from_ref(&sent));
        // Nothing stands on the shelf yet.
        assert_eq!((flour.on_hand, scene.on_hand(&db).await), (0, 0));
        // The day passes: still counted, and said.
        let late = scene.to_buy(&db, &later(&scene.kitchen, 3 * DAY)).await;
        assert_eq!((late.lines[0].packs, late.lines[0].late), (0, true));
        assert!(late.open[0].late);

        let gone = purchases.cancel(&scene.kitchen, called_off(&sent)).await;
        let gone = gone.expect("called off");
        assert_eq!(gone.status, PurchaseStatus::Cancelled);
        assert_eq!(gone.close_reason.as_deref(), Some("The mill stands still."));
        let list = scene.to_buy(&db, &scene.kitchen).await;
        assert_eq!((list.lines[0].packs, list.lines[0].on_order), (packs, 0));
        assert!(list.open.is_empty());
        books_are_sound(&db, &scene.org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purchase_comes_in_parts_with_its_price_and_its_date() {
    on_both(async |db| {
        let scene = scene(&db).await;
        let purchases = db.services().purchases();
        let sent = purchases.create(&scene.kitchen, scene.order(4)).await;
        let sent = sent.expect("sent");

        let mut first = scene.delivery(&sent, 50_000);
        first.lines[0].pack_price_minor = Some(2_100);
        first.lines[0].best_before = Some(today() + Days::new(9));
        let part = purchases.receive(&scene.kitchen, first.clone()).await;
        let part = part.expect("half of it");
        assert_eq!(part.status, PurchaseStatus::PartlyReceived);
        assert_eq!(
            (part.lines[0].received, part.lines[0].outstanding),
            (50_000, 50_000)
        );
        assert_eq!(scene.on_hand(&db).await, 50_000);
        // The answer was lost: the same again.
        let again = purchases.receive(&scene.kitchen, first).await;
        assert_eq!(again.expect("the same answer"), part);
        assert_eq!(scene.on_hand(&db).await, 50_000);
        let prices = db.services().ingredients();
        let prices = prices.prices(&scene.kitchen, scene.bread.flour.id).await;
        assert_eq!(prices.expect("prices")[0].pack_price_minor, 2_100);
        // What was told of its age holds: after ten days it bakes nothing, although flour keeps for months.
        let list = scene.to_buy(&db, &later(&scene.kitchen, 9 * DAY)).await;
        assert_eq!(list.lines[0].on_hand, 50_000);
        let list = scene.to_buy(&db, &later(&scene.kitchen, 10 * DAY)).await;
        assert_eq!(list.lines[0].on_hand, 0);

        // Who looked before that is told so, and nothing is booked.
        let stale = purchases
            .receive(&scene.kitchen, scene.delivery(&sent, 1))
            .await;
        assert_eq!(reason(&stale.expect_err("stale")), "purchase.stale");
        let stale = purchases.cancel(&scene.kitchen, called_off(&sent)).await;
        assert_eq!(reason(&stale.expect_err("stale")), "purchase.stale");

        // More than was ordered, and why.
        let more = scene.delivery(&part, 75_000);
        let refused = purchases.receive(&scene.kitchen, more.clone()).await;
        assert_eq!(reason(&refused.expect_err("why?")), "required");
        assert_eq!(scene.on_hand(&db).await, 50_000);
        let more = ReceivePurchase {
            command_id: Uuid::now_v7(),
            reason: Some("A sack for free".into()),
            ..more
        };
        let all = purchases.receive(&scene.kitchen, more).await.expect("all");
        assert_eq!(all.status, PurchaseStatus::Received);
        assert_eq!(
            (all.lines[0].received, all.lines[0].outstanding),
            (125_000, 0)
        );
        assert!(all.closed_at.is_some());
        assert_eq!(scene.on_hand(&db).await, 125_000);
        let over = purchases
            .receive(&scene.kitchen, scene.delivery(&all, 1))
            .await;
        assert_eq!(reason(&over.expect_err("over")), "purchase.over");
        let over = purchases.cancel(&scene.kitchen, called_off(&all)).await;
        assert_eq!(reason(&over.expect_err("over")), "purchase.over");
        let came = purchase_receipt::Entity::find()
            .filter(purchase_receipt::Column::PurchaseId.eq(sent.id))
            .all(db.db().connection())
            .await
            .expect("receipts");
        let mut came: Vec<_> = came
            .iter()
            .map(|r| (r.quantity, r.reason.as_deref()))
            .collect();
        came.sort_unstable();
        assert_eq!(came, [(50_000, None), (75_000, Some("A sack for free"))]);
        books_are_sound(&db, &scene.org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_price_of_the_packs_that_were_ordered_becomes_one_of_those_that_are_bought_by_now() {
    on_both(async |db| {
        let scene = scene(&db).await;
        let (purchases, ingredients) = (db.services().purchases(), db.services().ingredients());
        let sent = purchases.create(&scene.kitchen, scene.order(2)).await;
        let sent = sent.expect("sent");
        // Sacks of 25 kg are on order; meanwhile the ingredient is bought in sacks of 10 kg.
        let smaller = SaveIngredient {
            ingredient_id: Some(scene.bread.flour.id),
            version: scene.bread.flour.version,
            supplier_id: Some(scene.mill.id),
            pack_quantity: 10_000,
            pack_price_minor: Some(800),
            ..flour()
        };
        let smaller = ingredients.save(&scene.kitchen, smaller).await;
        assert_eq!(smaller.expect("saved").pack_quantity, 10_000);
        let mut all = scene.delivery(&sent, 50_000);
        all.lines[0].pack_price_minor = Some(2_100);
        let all = purchases.receive(&scene.kitchen, all).await.expect("all");
        assert_eq!(all.status, PurchaseStatus::Received);
        let prices = ingredients.prices(&scene.kitchen, scene.bread.flour.id);
        let prices = prices.await.expect("prices");
        let dearest = prices.iter().map(|price| price.pack_price_minor).max();
        assert!(prices.iter().any(|price| price.pack_price_minor == 840));
        assert_eq!(dearest, Some(2_000), "2,100 is of 25 kg");
        let list = scene.to_buy(&db, &scene.kitchen).await;
        assert_eq!(list.lines[0].pack_quantity, 10_000);
        assert_eq!(scene.on_hand(&db).await, 50_000);
        books_are_sound(&db, &scene.org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn less_than_was_ordered_is_closed_with_a_reason() {
    on_both(async |db| {
        let scene = scene(&db).await;
        let purchases = db.services().purchases();
        let sent = purchases.create(&scene.kitchen, scene.order(2)).await;
        let sent = sent.expect("sent");
        let nothing = ReceivePurchase {
            lines: vec![],
            close_rest: true,
            reason: Some("?".into()),
            ..scene.delivery(&sent, 0)
        };
        let refused = purchases.receive(&scene.kitchen, nothing).await;
        assert_eq!(reason(&refused.expect_err("cancel it")), "nothing_received");
        let less = ReceivePurchase {
            close_rest: true,
            ..scene.delivery(&sent, 25_000)
        };
        let refused = purchases.receive(&scene.kitchen, less.clone()).await;
        assert_eq!(reason(&refused.expect_err("why?")), "required");
        let less = ReceivePurchase {
            command_id: Uuid::now_v7(),
            reason: Some("A sack burst".into()),
            ..less
        };
        let closed = purchases.receive(&scene.kitchen, less).await;
        let closed = closed.expect("closed");
        assert_eq!(closed.status, PurchaseStatus::Received);
        assert_eq!(
            (closed.lines[0].received, closed.lines[0].outstanding),
            (25_000, 0)
        );
        assert_eq!(closed.close_reason.as_deref(), Some("A sack burst"));

        // Half came and the rest is called off: what came stays.
        let second = purchases.create(&scene.kitchen, scene.order(2)).await;
        let second = second.expect("sent");
        let half = purchases
            .receive(&scene.kitchen, scene.delivery(&second, 25_000))
            .await;
        let half = half.expect("half");
        let rest = called_off(&half);
        let first = purchases.cancel(&scene.kitchen, rest.clone()).await;
        let first = first.expect("called off");
        assert_eq!(first.status, PurchaseStatus::Received);
        let again = purchases.cancel(&scene.kitchen, rest).await;
        assert_eq!(again.expect("the same"), first);
        assert_eq!(scene.on_hand(&db).await, 50_000);
        assert!(scene.to_buy(&db, &scene.kitchen).await.open.is_empty());
        let all = ListPurchases::default();
        let all = purchases.list(&scene.kitchen, &all).await.expect("a list");
        let numbers: Vec<i64> = all.items.iter().map(|p| p.number).collect();
        assert_eq!(numbers, [2, 1]);
        let page = ListPurchases {
            limit: Some(1),
            after: Some("2".into()),
            ..ListPurchases::default()
        };
        let page = purchases.list(&scene.kitchen, &page).await.expect("a page");
        assert_eq!((page.items[0].number, page.next), (1, None));
        books_are_sound(&db, &scene.org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_means_is_refused_and_changes_nothing() {
    on_both(async |db| {
        let scene = scene(&db).await;
        let purchases = db.services().purchases();
        for packs in [0, -1, i64::MAX, MAX_QUANTITY] {
            let refused = purchases.create(&scene.kitchen, scene.order(packs)).await;
            assert_eq!(
                reason(&refused.expect_err("absurd")),
                "quantity_out_of_range",
                "{packs}"
            );
        }
        let none = CreatePurchase {
            lines: vec![],
            ..scene.order(1)
        };
        let mut twice = scene.order(1);
        twice.lines.push(twice.lines[0]);
        for odd in [none, twice] {
            let refused = purchases.create(&scene.kitchen, odd).await;
            assert_eq!(reason(&refused.expect_err("odd")), "lines");
        }
        let yesterday = CreatePurchase {
            expected_on: Some(today() - Days::new(1)),
            ..scene.order(1)
        };
        let refused = purchases.create(&scene.kitchen, yesterday).await;
        assert_eq!(reason(&refused.expect_err("past")), "number.range");
        // A bread is no ingredient; no such supplier; no such store.
        let mut loaf = scene.order(1);
        loaf.lines[0].ingredient_id = scene.org.products[1];
        let nobody = CreatePurchase {
            supplier_id: Uuid::now_v7(),
            ..scene.order(1)
        };
        let nowhere = CreatePurchase {
            store_id: Uuid::now_v7(),
            ..scene.order(1)
        };
        for astray in [loaf, nobody, nowhere] {
            let refused = purchases.create(&scene.kitchen, astray).await;
            assert_eq!(reason(&refused.expect_err("astray")), "not_found");
        }

        let sent = purchases.create(&scene.kitchen, scene.order(2)).await;
        let sent = sent.expect("sent");
        assert_eq!(sent.number, 1);
        for (quantity, why) in [
            (-1, "quantity_out_of_range"),
            (MAX_QUANTITY + 1, "quantity_out_of_range"),
            (0, "nothing_received"),
        ] {
            let refused = purchases
                .receive(&scene.kitchen, scene.delivery(&sent, quantity))
                .await;
            assert_eq!(reason(&refused.expect_err("absurd")), why);
        }
        let mut foreign = scene.delivery(&sent, 1);
        foreign.lines[0].ingredient_id = Uuid::now_v7();
        let refused = purchases.receive(&scene.kitchen, foreign).await;
        assert_eq!(reason(&refused.expect_err("foreign")), "foreign_line");
        let mut priced = scene.delivery(&sent, 1);
        priced.lines[0].pack_price_minor = Some(-1);
        let refused = purchases.receive(&scene.kitchen, priced).await;
        assert_eq!(reason(&refused.expect_err("price")), "number.range");
        for day in [today() - Days::new(1), today() + Days::new(180)] {
            let mut dated = scene.delivery(&sent, 1);
            dated.lines[0].best_before = Some(day);
            let refused = purchases.receive(&scene.kitchen, dated).await;
            assert_eq!(reason(&refused.expect_err("date")), "best_before");
        }
        let silent = CancelPurchase {
            reason: "  ".into(),
            ..called_off(&sent)
        };
        let refused = purchases.cancel(&scene.kitchen, silent).await;
        assert_eq!(reason(&refused.expect_err("why?")), "required");
        let endless = CancelPurchase {
            reason: "x".repeat(201),
            ..called_off(&sent)
        };
        let refused = purchases.cancel(&scene.kitchen, endless).await;
        assert_eq!(reason(&refused.expect_err("endless")), "too_long");
        let reused = scene.order(3);
        let other = CreatePurchase {
            lines: scene.order(4).lines,
            ..reused.clone()
        };
        purchases
            .create(&scene.kitchen, reused)
            .await
            .expect("sent");
        let refused = purchases.create(&scene.kitchen, other).await;
        assert_eq!(reason(&refused.expect_err("reused")), "command.reused");

        // A delivery whose answer could not be kept never came.
        break_receipts(&db).await;
        let all = scene.delivery(&sent, 50_000);
        let lost = purchases.receive(&scene.kitchen, all.clone()).await;
        lost.expect_err("no receipt");
        mend_receipts(&db).await;
        assert_eq!(scene.on_hand(&db).await, 0);
        let done = purchases.receive(&scene.kitchen, all).await.expect("all");
        assert_eq!(done.status, PurchaseStatus::Received);
        assert_eq!(scene.on_hand(&db).await, 50_000);
        books_are_sound(&db, &scene.org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_may_and_only_ones_own_and_everybody_hears() {
    on_both(async |db| {
        let scene = scene(&db).await;
        let purchases = db.services().purchases();
        let sent = purchases.create(&scene.kitchen, scene.order(2)).await;
        let sent = sent.expect("sent");
        let manager = scene.org.ctx(RoleKey::StoreManager).await;
        let all = ListPurchases::default();
        let listed = purchases.list(&manager, &all).await;
        assert_eq!(reason(&listed.expect_err("not his")), "forbidden");
        for answer in [
            purchases.create(&manager, scene.order(1)).await,
            purchases.receive(&manager, scene.delivery(&sent, 1)).await,
            purchases.cancel(&manager, called_off(&sent)).await,
        ] {
            assert_eq!(reason(&answer.expect_err("not his")), "forbidden");
        }
        let stranger = stranger(&db).await.ctx(RoleKey::Production).await;
        for answer in [
            purchases.create(&stranger, scene.order(1)).await,
            purchases.receive(&stranger, scene.delivery(&sent, 1)).await,
            purchases.cancel(&stranger, called_off(&sent)).await,
        ] {
            assert_eq!(reason(&answer.expect_err("foreign")), "not_found");
        }
        let listed = purchases.list(&stranger, &all).await.expect("a list");
        assert!(listed.items.is_empty());
        let of_ours = ListPurchases {
            store_id: Some(scene.store),
            ..ListPurchases::default()
        };
        // Who sees all of their own stores does not see ours.
        let listed = purchases.list(&stranger, &of_ours).await;
        assert!(listed.is_err() || listed.is_ok_and(|page| page.items.is_empty()));

        let told = live_event::Entity::find()
            .filter(live_event::Column::Topic.eq("recipes"))
            .filter(live_event::Column::SubjectId.eq(sent.id))
            .count(db.db().connection());
        assert_eq!(told.await.expect("events"), 1);
        let written = audit_entry::Entity::find()
            .filter(audit_entry::Column::SubjectKind.eq("purchase"))
            .filter(audit_entry::Column::SubjectId.eq(sent.id))
            .all(db.db().connection())
            .await
            .expect("entries");
        assert_eq!(written.len(), 1);
        assert_eq!(written[0].action, "purchases.create");
        assert_eq!(written[0].after.as_ref().expect("after")["status"], "open");

        // Four tablets receive it at once: it comes once.
        let attempts: Vec<_> = (0..4)
            .map(|_| {
                let (services, ctx) = (db.services().clone(), scene.kitchen.clone());
                let command = scene.delivery(&sent, 50_000);
                tokio::spawn(async move { services.purchases().receive(&ctx, command).await })
            })
            .collect();
        let mut received = 0;
        for attempt in attempts {
            match attempt.await.expect("no panic") {
                Ok(_) => received += 1,
                Err(error) => assert_eq!(reason(&error), "purchase.over", "{error}"),
            }
        }
        assert_eq!((received, scene.on_hand(&db).await), (1, 50_000));
        books_are_sound(&db, &scene.org).await;
    })
    .await;
}
