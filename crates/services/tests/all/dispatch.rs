//! What leaves the kitchen: the list of a day, and the labels of its lots.

use crate::plans::overheard;
use crate::scene::{bakery, baking, complete, new_order, reason, stranger};
use chrono::Days;
use contract::dispatch::{LabelView, MAX_STORES, ReadDispatch, ReadLabels};
use contract::ingredients::SaveIngredient;
use contract::orders::{CancelOrder, CreateOrder, OrderView, RecallOrder};
use contract::recipes::{RecipeLine, SaveRecipe};
use domain::{OrderStatus, RoleKey, Unit};
use services::Ctx;
use testkit::{Org, OrgSpec, TestDb, on_both, org_with, today};
use uuid::Uuid;

fn list_of(store_id: Option<Uuid>) -> ReadDispatch {
    ReadDispatch {
        date: today(),
        store_id,
    }
}

fn labels_of(store_id: Option<Uuid>) -> ReadLabels {
    ReadLabels {
        date: Some(today()),
        store_id,
        order_id: None,
    }
}

fn label_of(order_id: Uuid) -> ReadLabels {
    ReadLabels {
        date: None,
        store_id: None,
        order_id: Some(order_id),
    }
}

/// A finished batch.
async fn finished(
    db: &TestDb,
    ctx: &Ctx,
    (store_id, product_id): (Uuid, Uuid),
    (produced, lost): (i64, i64),
) -> OrderView {
    let order = baking(db, ctx, store_id, product_id, produced.max(1)).await;
    let orders = db.services().production_orders();
    orders
        .complete(ctx, complete(order.id, produced, lost))
        .await
        .expect("done")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_says_what_each_shop_gets_finished_or_expected() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let orders = db.services().production_orders();
        let (first, second) = (org.stores[0], org.stores[1]);
        let (bread, roll) = (org.products[0], org.products[1]);
        let pending = new_order(first, roll, 24);
        let pending = orders.create(&kitchen, pending).await.expect("an order");
        let done = finished(&db, &kitchen, (first, bread), (26, 4)).await;
        let given_up = new_order(first, roll, 12);
        let given_up = orders.create(&kitchen, given_up).await.expect("an order");
        let cancel = CancelOrder {
            command_id: Uuid::now_v7(),
            order_id: given_up.id,
            reason: "horno roto".into(),
        };
        orders.cancel(&kitchen, cancel).await.expect("given up");
        let recalled = finished(&db, &kitchen, (second, bread), (12, 0)).await;
        let recall = RecallOrder {
            command_id: Uuid::now_v7(),
            order_id: recalled.id,
            completion: None,
        };
        orders.recall(&kitchen, recall).await.expect("in the oven");
        let tomorrow = CreateOrder {
            production_date: today() + Days::new(1),
            ..new_order(second, roll, 60)
        };
        orders.create(&kitchen, tomorrow).await.expect("an order");

        let list = orders.dispatch(&kitchen, list_of(None)).await;
        let list = list.expect("a list");
        let codes: Vec<&str> = list.stores.iter().map(|s| s.store_code.as_str()).collect();
        assert_eq!(codes, ["S01", "S02"]);
        let shown: Vec<_> = list.stores[0]
            .batches
            .iter()
            .map(|b| (b.number, b.status, b.quantity(), b.trays()))
            .collect();
        // By product, not by number; two trays of 12 do not hold 26.
        assert_eq!(
            shown,
            [
                (done.number, OrderStatus::Completed, 26, Some(3)),
                (pending.number, OrderStatus::Pending, 24, Some(2)),
            ]
        );
        let [lot] = list.stores[0].batches[0].lots.as_slice() else {
            panic!("one lot: {:?}", list.stores[0].batches[0]);
        };
        assert_eq!(lot.number, format!("L260310-{}", done.number));
        assert_eq!((lot.produced_on, lot.best_before), (today(), today()));
        let [back] = list.stores[1].batches.as_slice() else {
            panic!("one batch: {:?}", list.stores[1]);
        };
        assert_eq!(
            (back.status, back.produced_quantity, back.quantity()),
            (OrderStatus::InProgress, None, 12)
        );
        assert!(back.lots.is_empty());
        let totals: Vec<_> = list
            .totals
            .iter()
            .map(|t| (t.sku.as_str(), t.expected, t.produced))
            .collect();
        assert_eq!(totals, [("P001", 12, 26), ("P002", 24, 0)]);

        let one = orders.dispatch(&kitchen, list_of(Some(second))).await;
        let one = one.expect("a list");
        assert_eq!((one.stores.len(), one.totals.len()), (1, 1));
        assert_eq!(one.stores[0].store_id, second);

        let labels = orders.labels(&kitchen, labels_of(None)).await;
        let labels = labels.expect("labels");
        let lots: Vec<&str> = labels
            .labels
            .iter()
            .map(|l| l.lot.number.as_str())
            .collect();
        assert_eq!(lots, [lot.number.as_str()]);
        assert_eq!(labels.unfinished, 2);
        let none = orders.labels(&kitchen, label_of(back.order_id)).await;
        let none = none.expect("no labels");
        assert_eq!((none.labels.len(), none.unfinished), (0, 1));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_other_shops_and_other_bakeries_is_shown() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let bread = org.products[0];
        let own = finished(&db, &kitchen, (org.stores[0], bread), (12, 0)).await;
        let other = finished(&db, &kitchen, (org.stores[1], bread), (24, 0)).await;
        let orders = db.services().production_orders();

        let manager = org.ctx(RoleKey::StoreManager).await;
        let list = orders.dispatch(&manager, list_of(None)).await;
        let list = list.expect("a list");
        assert_eq!(list.stores.len(), 1);
        assert_eq!(list.stores[0].store_id, org.stores[0]);
        assert_eq!(list.totals[0].produced, 12);
        let labels = orders.labels(&manager, labels_of(None)).await;
        let labels = labels.expect("labels").labels;
        assert_eq!(labels.len(), 1);
        assert_eq!(labels[0].order_id, own.id);
        let list = orders.dispatch(&manager, list_of(Some(org.stores[1])));
        assert_eq!(reason(&list.await.expect_err("not theirs")), "not_found");
        for wanted in [labels_of(Some(org.stores[1])), label_of(other.id)] {
            let refused = orders.labels(&manager, wanted).await;
            assert_eq!(reason(&refused.expect_err("not theirs")), "not_found");
        }

        let foreign = stranger(&db).await.ctx(RoleKey::Production).await;
        let list = orders.dispatch(&foreign, list_of(None)).await;
        let list = list.expect("an empty list");
        assert!(list.stores.is_empty() && list.totals.is_empty());
        let labels = orders.labels(&foreign, labels_of(None)).await;
        assert!(labels.expect("no labels").labels.is_empty());
        let refused = orders.labels(&foreign, label_of(own.id)).await;
        assert_eq!(reason(&refused.expect_err("not theirs")), "not_found");
        let neither = ReadLabels {
            order_id: None,
            ..label_of(own.id)
        };
        let refused = orders.labels(&kitchen, neither).await;
        assert_eq!(reason(&refused.expect_err("no day, no order")), "required");
    })
    .await;
}

async fn ingredient(db: &TestDb, ctx: &Ctx, name: &str, unit: Unit, allergen: &str) -> Uuid {
    let save = SaveIngredient {
        command_id: Uuid::now_v7(),
        ingredient_id: None,
        version: 0,
        code: name.to_uppercase(),
        name: name.into(),
        unit,
        allergens: vec![allergen.into()],
        shelf_life_days: 30,
        service_level_bp: 9_500,
        supplier_id: None,
        stocked: false,
        flour: false,
        pack_quantity: 1_000,
        pack_price_minor: None,
        holding_bp: 0,
    };
    let saved = db.services().ingredients().save(ctx, save).await;
    saved.expect("an ingredient").id
}

async fn recipe(
    db: &TestDb,
    ctx: &Ctx,
    (name, product_id): (&str, Option<Uuid>),
    yield_quantity: i64,
    lines: Vec<(Option<Uuid>, Option<Uuid>, i64)>,
) -> Uuid {
    let line = |(ingredient_id, part_id, quantity)| RecipeLine {
        ingredient_id,
        part_id,
        quantity,
    };
    let save = SaveRecipe {
        command_id: Uuid::now_v7(),
        recipe_id: None,
        version: 0,
        product_id,
        name: name.into(),
        unit: Unit::Gram,
        yield_quantity,
        loss_bp: 0,
        other_cost_minor: 0,
        oven_minutes: None,
        stages: vec![],
        method: None,
        lines: lines.into_iter().map(line).collect(),
    };
    let saved = db.services().recipes().save(ctx, save).await;
    saved.expect("a recipe").id
}

/// A bun of dough, flour, butter and eggs; of ten: 800 g of dough (500 of flour, 300 of water), 100 g of flour, 550 g of butter.
async fn bun(db: &TestDb, ctx: &Ctx, org: &Org) {
    let flour = ingredient(db, ctx, "Harina", Unit::Gram, "gluten").await;
    let water = ingredient(db, ctx, "Agua", Unit::Millilitre, " ").await;
    let butter = ingredient(db, ctx, "Mantequilla", Unit::Gram, "milk").await;
    let egg = ingredient(db, ctx, "Huevos", Unit::Piece, "egg").await;
    let lines = vec![(Some(flour), None, 1_000), (Some(water), None, 600)];
    let dough = recipe(db, ctx, ("Masa", None), 1_600, lines).await;
    let lines = vec![
        (None, Some(dough), 800),
        (Some(egg), None, 3),
        (Some(butter), None, 550),
        (Some(flour), None, 100),
    ];
    recipe(db, ctx, ("Bollo", Some(org.products[0])), 10, lines).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_label_lists_ingredients_by_weight_through_every_level_with_what_must_be_declared() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        bun(&db, &kitchen, &org).await;
        let store = org.stores[0];
        let order = finished(&db, &kitchen, (store, org.products[0]), (24, 0)).await;
        finished(&db, &kitchen, (store, org.products[1]), (36, 0)).await;
        // Nothing came out: there is nothing to stick a label on.
        finished(&db, &kitchen, (store, org.products[2]), (0, 12)).await;
        // Who may see the shop's orders may print what is in them.
        let manager = org.ctx(RoleKey::StoreManager).await;
        let orders = db.services().production_orders();
        let all = orders.labels(&manager, labels_of(None)).await;
        let all = all.expect("labels");
        assert_eq!(all.unfinished, 0);
        let [bun, plain] = all.labels.as_slice() else {
            panic!("two labels: {all:?}");
        };
        let listed = |label: &LabelView| -> Option<Vec<(String, String, bool)>> {
            let ingredients = label.ingredients.as_ref()?.iter();
            let line = ingredients.map(|i| (i.name.clone(), i.allergens.join(","), i.is_weighed));
            Some(line.collect())
        };
        let line = |name: &str, allergens: &str, is_weighed| {
            (name.to_owned(), allergens.to_owned(), is_weighed)
        };
        assert_eq!(
            listed(bun),
            // Flour weighs more than butter only with what is in the dough.
            Some(vec![
                line("Harina", "gluten", true),
                line("Mantequilla", "milk", true),
                line("Agua", "", true),
                line("Huevos", "egg", false),
            ])
        );
        assert_eq!(bun.allergens, ["egg", "gluten", "milk"]);
        assert_eq!(
            (bun.quantity, bun.tray_size, bun.unit),
            (24, 12, Unit::Piece)
        );
        assert_eq!((bun.sku.as_str(), bun.store_code.as_str()), ("P001", "S01"));
        assert_eq!((listed(plain), plain.quantity), (None, 36));
        assert_eq!(plain.allergens, ["gluten"]);
        let one = orders.labels(&manager, label_of(order.id)).await;
        assert_eq!(one.expect("a label").labels, std::slice::from_ref(bun));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_and_labels_take_as_many_statements_for_one_batch_as_for_many() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        bun(&db, &kitchen, &org).await;
        let (services, asked) = overheard(&db).await;
        let statements = async || {
            let orders = services.production_orders();
            asked.lock().expect("statements").clear();
            let list = orders.dispatch(&kitchen, list_of(None)).await;
            list.expect("a list");
            let of_list = std::mem::take(&mut *asked.lock().expect("statements")).len();
            let labels = orders.labels(&kitchen, labels_of(None)).await;
            labels.expect("labels");
            let of_labels = asked.lock().expect("statements").len();
            (of_list, of_labels)
        };
        finished(&db, &kitchen, (org.stores[0], org.products[0]), (12, 0)).await;
        assert_eq!(statements().await, (5, 8));
        for store in &org.stores {
            for product in &org.products {
                finished(&db, &kitchen, (*store, *product), (24, 0)).await;
            }
        }
        assert_eq!(statements().await, (5, 8));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_with_too_many_shops_for_one_page_has_its_totals_and_shops_to_choose_from() {
    on_both(async |db| {
        let spec = OrgSpec {
            stores: MAX_STORES + 2,
            products: 2,
            ..OrgSpec::default()
        };
        let org = org_with(&db, spec).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let orders = db.services().production_orders();
        let (bread, roll) = (org.products[0], org.products[1]);
        for store in &org.stores[..MAX_STORES] {
            let order = new_order(*store, bread, 3);
            orders.create(&kitchen, order).await.expect("an order");
        }
        // As many as stand on one page.
        let list = orders.dispatch(&kitchen, list_of(None)).await;
        let list = list.expect("a list");
        assert_eq!((list.stores.len(), list.choose_from.len()), (MAX_STORES, 0));

        let more = org.stores[MAX_STORES];
        finished(&db, &kitchen, (more, roll), (26, 4)).await;
        let list = orders.dispatch(&kitchen, list_of(None)).await;
        let list = list.expect("a list");
        assert_eq!(
            (list.stores.len(), list.choose_from.len()),
            (0, MAX_STORES + 1)
        );
        let last = list.choose_from.last().expect("a shop");
        assert_eq!((last.store_id, last.batches, last.unfinished), (more, 1, 0));
        assert_eq!(
            (
                list.choose_from[0].store_code.as_str(),
                list.choose_from[0].unfinished
            ),
            ("S01", 1)
        );
        let totals: Vec<_> = list
            .totals
            .iter()
            .map(|t| (t.sku.as_str(), t.expected, t.produced))
            .collect();
        let expected = 3 * i64::try_from(MAX_STORES).expect("few");
        assert_eq!(totals, [("P001", expected, 0), ("P002", 0, 26)]);
        let labels = orders.labels(&kitchen, labels_of(None)).await;
        let labels = labels.expect("shops");
        assert_eq!(labels.choose_from, list.choose_from);
        assert_eq!(usize::try_from(labels.unfinished), Ok(MAX_STORES));
        assert!(labels.labels.is_empty());

        // One shop is shown whole, and so is one batch.
        let one = orders.dispatch(&kitchen, list_of(Some(more))).await;
        let one = one.expect("a list");
        assert_eq!((one.stores.len(), one.choose_from.len()), (1, 0));
        let order = one.stores[0].batches[0].order_id;
        for wanted in [labels_of(Some(more)), label_of(order)] {
            let labels = orders.labels(&kitchen, wanted).await.expect("a label");
            assert_eq!((labels.labels.len(), labels.choose_from.len()), (1, 0));
        }
        // Who sees one shop only has nothing to choose.
        let manager = org.ctx(RoleKey::StoreManager).await;
        let own = orders.dispatch(&manager, list_of(None)).await;
        assert_eq!(own.expect("a list").stores.len(), 1);
    })
    .await;
}
