//! Batches by parts of the day, the oven against the plan, doughs split to the mixer.

use crate::bread::{bread, deliver, line, recipe};
use crate::plans::overheard;
use crate::scene::{bakery, baking, complete, forecast, new_order, reason, stranger};
use crate::sold_out::take;
use chrono::{DateTime, Days, TimeDelta, Utc};
use contract::capacity::{MixesView, OvenView, ReadCapacity, ReadMixes};
use contract::orders::{CancelOrder, CompleteOrder, EditOrder, ReadBoard, StartOrder};
use contract::recipes::RecipeView;
use contract::suggestions::{AcceptSuggestion, AdjustSuggestion, ListSuggestions, SuggestionView};
use domain::day_parts::PartQuantity;
use domain::{ReplenishmentPolicy, RoleKey};
use entity::{daily_sales, organization, product, store, store_product};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use services::Ctx;
use std::fmt::Write;
use testkit::{Org, TestDb, now, on_both, today};
use uuid::Uuid;

/// Four weeks of tickets of the first product in the first shop: ten lines in the morning, five at noon, five in the afternoon.
pub fn four_weeks() -> String {
    let mut rows = String::new();
    for date in (1..=28).map(|n| today() - Days::new(n)) {
        for n in 0..20 {
            let hour = match n {
                0..10 => 8,
                10..15 => 12,
                _ => 17,
            };
            writeln!(
                rows,
                "{date}-{n},{date}T{hour:02}:{n:02},S01,P001,1,2.00,2.00,"
            )
            .expect("text");
        }
    }
    rows
}

pub async fn suggested(db: &TestDb, org: &Org, ctx: &Ctx, product_id: Uuid) -> SuggestionView {
    let suggestions = db.services().suggestions();
    let system = org.system();
    let computed = suggestions.generate(&system, today(), None).await;
    computed.expect("computed");
    let wanted = ListSuggestions {
        production_date: today(),
        store_id: None,
    };
    let found = suggestions.list(ctx, wanted).await.expect("a list").items;
    let found = found.into_iter().find(|s| s.product_id == product_id);
    found.expect("a suggestion")
}

fn quantities(parts: &[PartQuantity]) -> Vec<i64> {
    parts.iter().map(|part| part.quantity).collect()
}

fn shares(parts: &[PartQuantity]) -> Vec<i32> {
    parts.iter().map(|part| part.share_bp).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_split_by_when_its_shelf_sells_and_every_other_number_likewise() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        take(&db, &org, &four_weeks()).await;
        let shelf = (org.stores[0], org.products[0]);
        let other = (org.stores[1], org.products[1]);
        forecast(&db, &org, &[shelf, other], 100.0, 15.0).await;
        let suggestion = suggested(&db, &org, &kitchen, shelf.1).await;
        // Nine trays at 4.5 : 2.25 : 2.25.
        assert_eq!(suggestion.quantity, 108);
        let parts = &suggestion.reasons.parts;
        assert_eq!(shares(parts), [5_000, 2_500, 2_500]);
        assert_eq!(quantities(parts), [60, 24, 24]);
        // A shelf without tickets looks like its category in the chain.
        let leaning = suggested(&db, &org, &kitchen, other.1).await;
        assert_eq!(shares(&leaning.reasons.parts), [5_000, 2_500, 2_500]);

        // A person's number has the same shares; the reasons keep the system's.
        let adjust = AdjustSuggestion {
            command_id: Uuid::now_v7(),
            suggestion_id: suggestion.id,
            quantity: 60,
        };
        let suggestions = db.services().suggestions();
        let adjusted = suggestions.adjust(&kitchen, adjust.clone()).await;
        let adjusted = adjusted.expect("adjusted");
        assert_eq!(quantities(&adjusted.parts()), [36, 12, 12]);
        assert_eq!(adjusted.reasons, suggestion.reasons);
        let again = suggestions.adjust(&kitchen, adjust).await;
        assert_eq!(again.expect("once"), adjusted);

        // Less than a tray in the afternoon comes with midday; the order follows its planned quantity.
        let accept = AcceptSuggestion {
            command_id: Uuid::now_v7(),
            suggestion_id: suggestion.id,
            quantity: Some(24),
            production_date: None,
        };
        let order = suggestions.accept(&kitchen, accept).await;
        let order = order.expect("an order");
        assert_eq!(quantities(&order.parts), [12, 12, 0]);
        let edit = EditOrder {
            command_id: Uuid::now_v7(),
            order_id: order.id,
            version: order.version,
            production_date: order.production_date,
            planned_quantity: 120,
            note: None,
        };
        let orders = db.services().production_orders();
        let edited = orders.edit(&kitchen, edit).await.expect("edited");
        assert_eq!(quantities(&edited.parts), [60, 36, 24]);
        let wanted = ReadBoard {
            date: today(),
            store_id: None,
        };
        let board = orders.board(&kitchen, wanted).await.expect("a board");
        let shown = board.orders.iter().find(|o| o.id == order.id);
        assert_eq!(shown, Some(&edited));
        let by_hand = new_order(shelf.0, org.products[2], 48);
        let by_hand = orders.create(&kitchen, by_hand).await.expect("an order");
        assert!(by_hand.parts.is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_baked_for_hours_at_which_the_shop_is_closed() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let (first, second) = (org.stores[0], org.stores[1]);
        let bread = org.products[0];
        take(&db, &org, &four_weeks()).await;
        forecast(&db, &org, &[(first, bread), (second, bread)], 100.0, 15.0).await;
        // Both close at two. The first one's own tickets say that it still sells at five; the second has none of its own.
        store::Entity::update_many()
            .col_expr(store::Column::ClosesAtMinute, Expr::value(840))
            .filter(store::Column::OrganizationId.eq(org.id))
            .exec(db.db().connection())
            .await
            .expect("other hours");
        suggested(&db, &org, &kitchen, bread).await;
        let wanted = ListSuggestions {
            production_date: today(),
            store_id: None,
        };
        let suggestions = db.services().suggestions();
        let found = suggestions.list(&kitchen, wanted).await.expect("a list");
        let of = |store: Uuid| {
            let found = found.items.iter().find(|s| s.store_id == store);
            shares(&found.expect("a suggestion").reasons.parts)
        };
        assert_eq!(of(first), [5_000, 2_500, 2_500]);
        assert_eq!(of(second), [6_667, 3_333, 0]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_that_is_not_over_further_west_says_nothing_yet() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let shelf = (org.stores[0], org.products[0]);
        store::Entity::update_many()
            .col_expr(store::Column::TimeZone, Expr::value("America/Los_Angeles"))
            .filter(store::Column::OrganizationId.eq(org.id))
            .exec(db.db().connection())
            .await
            .expect("another place");
        // Ten to one in the night of Greenwich, ten to six in the afternoon of the ninth there.
        let early = now() - TimeDelta::minutes(340);
        let system = Ctx {
            now: early,
            ..org.system()
        };
        let yesterday = today() - Days::new(1);
        let ticket = format!("T-1,{yesterday}T08:00:00,S01,P001,1,2.00,2.00,\n");
        take(&db, &org, &ticket).await;
        forecast(&db, &org, &[shelf], 100.0, 15.0).await;
        let suggestions = db.services().suggestions();
        let parts = async |system: &Ctx| {
            let computed = suggestions.generate(system, today(), None).await;
            computed.expect("computed");
            let wanted = ListSuggestions {
                production_date: today(),
                store_id: None,
            };
            let found = suggestions.list(&kitchen, wanted).await.expect("a list");
            shares(&found.items[0].reasons.parts)
        };
        assert!(parts(&system).await.is_empty());
        let later = Ctx {
            now: early + TimeDelta::hours(10),
            ..system.clone()
        };
        assert_eq!(parts(&later).await, [10_000, 0, 0]);
    })
    .await;
}

async fn change_product(db: &TestDb, id: Uuid, column: product::Column, value: Expr) {
    product::Entity::update_many()
        .col_expr(column, value)
        .filter(product::Column::Id.eq(id))
        .exec(db.db().connection())
        .await
        .expect("another product");
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_follow_the_settings_and_say_nothing_where_nothing_is_known() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let (shop, bread) = (org.stores[0], org.products[0]);
        forecast(&db, &org, &[(shop, bread)], 100.0, 15.0).await;
        let parts = async || suggested(&db, &org, &kitchen, bread).await.reasons.parts;
        // No ticket says when in the day anything is bought.
        assert!(parts().await.is_empty());
        take(&db, &org, &four_weeks()).await;
        assert_eq!(quantities(&parts().await), [60, 24, 24]);
        // Where midday begins at one, noon is morning.
        organization::Entity::update_many()
            .col_expr(organization::Column::MiddayMinute, Expr::value(780))
            .exec(db.db().connection())
            .await
            .expect("another setting");
        assert_eq!(shares(&parts().await), [7_500, 0, 2_500]);
        assert_eq!(quantities(&parts().await), [84, 0, 24]);
        // What lasts two days feeds the second with what comes first.
        change_product(&db, bread, product::Column::ShelfLifeDays, Expr::value(2)).await;
        store::Entity::update_many()
            // Nothing is baked on Wednesdays; today is a Tuesday.
            .col_expr(store::Column::OpeningDays, Expr::value(0b111_1011))
            .exec(db.db().connection())
            .await
            .expect("other days");
        assert_eq!(shares(&parts().await), [8_750, 0, 1_250]);

        // Days on which the shelf ran empty say nothing of the hours after it.
        daily_sales::Entity::update_many()
            .col_expr(daily_sales::Column::Censored, Expr::value(true))
            .exec(db.db().connection())
            .await
            .expect("sold out");
        assert!(parts().await.is_empty());
        daily_sales::Entity::update_many()
            .col_expr(daily_sales::Column::Censored, Expr::value(false))
            .exec(db.db().connection())
            .await
            .expect("not sold out");

        // What is sold tomorrow is all there in the morning, and so are goods that keep.
        change_product(&db, bread, product::Column::LeadTimeDays, Expr::value(1)).await;
        assert!(parts().await.is_empty());
        change_product(&db, bread, product::Column::LeadTimeDays, Expr::value(0)).await;
        assert_eq!(parts().await.len(), 3);
        let keeps = Expr::value(ReplenishmentPolicy::ReorderPoint.as_str());
        change_product(&db, bread, product::Column::Policy, keeps).await;
        assert!(parts().await.is_empty());
    })
    .await;
}

/// The first shop bakes for both: an oven of so many trays an hour that is hot at five.
pub async fn one_oven(db: &TestDb, org: &Org, trays_per_hour: Option<i32>) {
    let change = store::Entity::update_many()
        .col_expr(store::Column::OvenTraysPerHour, Expr::value(trays_per_hour))
        .col_expr(store::Column::BakesFromMinute, Expr::value(Some(300)));
    change
        .filter(store::Column::Id.eq(org.stores[0]))
        .exec(db.db().connection())
        .await
        .expect("an oven");
    store::Entity::update_many()
        .col_expr(
            store::Column::KitchenStoreId,
            Expr::value(Some(org.stores[0])),
        )
        .filter(store::Column::Id.eq(org.stores[1]))
        .exec(db.db().connection())
        .await
        .expect("a kitchen");
}

fn of_store(store_id: Option<Uuid>) -> ReadCapacity {
    ReadCapacity {
        production_date: today(),
        store_id,
    }
}

async fn oven(db: &TestDb, ctx: &Ctx, store_id: Option<Uuid>) -> OvenView {
    let orders = db.services().production_orders();
    let view = orders.capacity(ctx, of_store(store_id)).await;
    let mut ovens = view.expect("a view").ovens;
    assert_eq!(ovens.len(), 1, "{ovens:?}");
    ovens.remove(0)
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_does_not_fit_says_how_many_trays_how_late_and_what_could_be_baked_before() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let manager = org.ctx(RoleKey::StoreManager).await;
        let orders = db.services().production_orders();
        let (first, second) = (org.stores[0], org.stores[1]);
        let none = orders.capacity(&kitchen, of_store(None)).await;
        assert!(none.expect("no limit").ovens.is_empty());

        // Two hours until the shops open at seven are 24 trays.
        one_oven(&db, &org, Some(12)).await;
        change_product(
            &db,
            org.products[1],
            product::Column::ShelfLifeDays,
            Expr::value(2),
        )
        .await;
        let empty = oven(&db, &kitchen, None).await;
        assert!(empty.deadlines.is_empty() && !empty.is_tight());
        orders
            .create(&kitchen, new_order(first, org.products[0], 240))
            .await
            .expect("an order");
        let full = oven(&db, &kitchen, Some(first)).await;
        assert_eq!(
            (full.worst, full.load_bp(), full.is_tight()),
            (None, 8_333, false)
        );
        let more = orders
            .create(&kitchen, new_order(second, org.products[1], 120))
            .await
            .expect("an order");
        let over = oven(&db, &kitchen, Some(second)).await;
        assert_eq!((over.store_id, over.trays_per_hour), (first, 12));
        assert_eq!(over.bakes_from, at("2026-03-10T04:00:00Z"));
        let worst = over.worst.expect("too much");
        assert_eq!((worst.trays, worst.capacity, worst.too_many), (30, 24, 6));
        assert_eq!(worst.due_at, at("2026-03-10T06:00:00Z"));
        assert_eq!(worst.done_at, at("2026-03-10T06:30:00Z"));
        assert_eq!(worst.late_minutes, 30);
        // The first product is good for its day only.
        let earlier: Vec<(Uuid, i64)> = over
            .earlier
            .iter()
            .map(|product| (product.product_id, product.trays))
            .collect();
        assert_eq!(earlier, [(org.products[1], 10)]);
        // What is baked for other shops takes the oven too, whoever looks.
        assert_eq!(oven(&db, &manager, Some(first)).await, over);

        let cancel = CancelOrder {
            command_id: Uuid::now_v7(),
            order_id: more.id,
            reason: "no cabe".into(),
        };
        orders.cancel(&kitchen, cancel).await.expect("given up");
        assert_eq!(oven(&db, &kitchen, None).await.worst, None);
        // An open suggestion counts for those who may read it.
        forecast(&db, &org, &[(second, org.products[2])], 100.0, 15.0).await;
        let suggestion = suggested(&db, &org, &kitchen, org.products[2]).await;
        assert_eq!(suggestion.quantity, 108);
        let over = oven(&db, &kitchen, None).await;
        assert_eq!(over.worst.map(|worst| worst.too_many), Some(5));
        assert_eq!(oven(&db, &manager, None).await.worst, None);

        let foreign = stranger(&db).await;
        let refused = orders.capacity(&kitchen, of_store(Some(foreign.stores[0])));
        assert_eq!(reason(&refused.await.expect_err("not ours")), "not_found");
        let refused = orders.capacity(&manager, of_store(Some(second)));
        assert_eq!(reason(&refused.await.expect_err("not theirs")), "not_found");
        let theirs = foreign.ctx(RoleKey::Production).await;
        let theirs = orders.capacity(&theirs, of_store(None)).await;
        assert!(theirs.expect("nothing").ovens.is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_of_a_batch_are_due_when_their_part_of_the_day_begins() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        take(&db, &org, &four_weeks()).await;
        one_oven(&db, &org, Some(3)).await;
        forecast(&db, &org, &[(org.stores[0], org.products[0])], 100.0, 15.0).await;
        suggested(&db, &org, &kitchen, org.products[0]).await;
        let found = oven(&db, &kitchen, None).await;
        let due: Vec<_> = found
            .deadlines
            .iter()
            .map(|d| (d.due_at, d.trays, d.capacity))
            .collect();
        // 5, 2 and 2 trays, at seven, eleven and three.
        assert_eq!(
            due,
            [
                (at("2026-03-10T06:00:00Z"), 5, 6),
                (at("2026-03-10T10:00:00Z"), 7, 18),
                (at("2026-03-10T14:00:00Z"), 9, 30),
            ]
        );
        assert_eq!(found.worst, None);
        // All of it in the morning would not have fitted.
        assert!(due[2].1 > due[0].2);
    })
    .await;
}

/// Trays due until each moment.
fn due(oven: &OvenView) -> Vec<(DateTime<Utc>, i64)> {
    let deadlines = oven.deadlines.iter();
    deadlines.map(|d| (d.due_at, d.trays)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_out_of_a_batch_takes_no_oven_any_more() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let orders = db.services().production_orders();
        let (shop, bread) = (org.stores[0], org.products[0]);
        take(&db, &org, &four_weeks()).await;
        one_oven(&db, &org, Some(3)).await;
        forecast(&db, &org, &[(shop, bread)], 100.0, 15.0).await;
        let suggestion = suggested(&db, &org, &kitchen, bread).await;
        let accept = AcceptSuggestion {
            command_id: Uuid::now_v7(),
            suggestion_id: suggestion.id,
            quantity: None,
            production_date: None,
        };
        let suggestions = db.services().suggestions();
        let order = suggestions.accept(&kitchen, accept).await;
        let order = order.expect("an order");
        let (seven, eleven) = (at("2026-03-10T06:00:00Z"), at("2026-03-10T10:00:00Z"));
        let three = at("2026-03-10T14:00:00Z");
        let whole = oven(&db, &kitchen, None).await;
        assert_eq!(due(&whole), [(seven, 5), (eleven, 7), (three, 9)]);
        let start = StartOrder {
            command_id: Uuid::now_v7(),
            order_id: order.id,
        };
        orders.start(&kitchen, start).await.expect("started");
        // The morning's five trays and one of midday's.
        let part = CompleteOrder {
            more_follows: true,
            ..complete(order.id, 70, 2)
        };
        orders.complete(&kitchen, part).await.expect("a part");
        let left = oven(&db, &kitchen, None).await;
        assert_eq!(due(&left), [(eleven, 1), (three, 3)]);
        // More than planned came out, and more follows: nothing is expected of it.
        let more = CompleteOrder {
            more_follows: true,
            ..complete(order.id, 60, 0)
        };
        orders.complete(&kitchen, more).await.expect("a part");
        assert!(oven(&db, &kitchen, None).await.deadlines.is_empty());

        // An order of somebody's own, in parts too.
        let order = baking(&db, &kitchen, shop, org.products[1], 60).await;
        assert_eq!(due(&oven(&db, &kitchen, None).await), [(seven, 5)]);
        let part = CompleteOrder {
            more_follows: true,
            ..complete(order.id, 30, 0)
        };
        orders.complete(&kitchen, part).await.expect("a part");
        // 30 are two trays and a half.
        assert_eq!(due(&oven(&db, &kitchen, None).await), [(seven, 3)]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn goods_that_a_shelf_keeps_are_due_by_the_end_of_the_day() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let orders = db.services().production_orders();
        let (first, second) = (org.stores[0], org.stores[1]);
        one_oven(&db, &org, Some(12)).await;
        for store in [first, second] {
            let order = new_order(store, org.products[0], 24);
            orders.create(&kitchen, order).await.expect("an order");
        }
        let (seven, nine) = (at("2026-03-10T06:00:00Z"), at("2026-03-10T20:00:00Z"));
        assert_eq!(due(&oven(&db, &kitchen, None).await), [(seven, 4)]);
        // In the second shop somebody said that it keeps.
        let keeps = ReplenishmentPolicy::ReorderPoint.as_str();
        store_product::Entity::update_many()
            .col_expr(store_product::Column::Policy, Expr::value(keeps))
            .filter(store_product::Column::StoreId.eq(second))
            .filter(store_product::Column::ProductId.eq(org.products[0]))
            .exec(db.db().connection())
            .await
            .expect("another policy");
        let found = oven(&db, &kitchen, None).await;
        assert_eq!(due(&found), [(seven, 2), (nine, 4)]);
    })
    .await;
}

fn of_day(store_id: Option<Uuid>) -> ReadMixes {
    ReadMixes {
        date: today(),
        store_id,
    }
}

async fn mixer(db: &TestDb, org: &Org, grams: Option<i64>) {
    store::Entity::update_many()
        .col_expr(store::Column::MixerCapacity, Expr::value(grams))
        .filter(store::Column::OrganizationId.eq(org.id))
        .exec(db.db().connection())
        .await
        .expect("a mixer");
}

async fn mixes(db: &TestDb, ctx: &Ctx) -> MixesView {
    let view = db.services().recipes().mixes(ctx, of_day(None)).await;
    view.expect("a view")
}

#[tokio::test(flavor = "multi_thread")]
async fn each_dough_of_a_day_is_split_to_the_mixer_over_all_its_batches() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let bread = bread(&db, &kitchen, &org).await;
        let (first, second) = (org.stores[0], org.stores[1]);
        one_oven(&db, &org, None).await;
        mixer(&db, &org, Some(3_000)).await;
        assert!(mixes(&db, &kitchen).await.kitchens.is_empty());
        let orders = db.services().production_orders();
        for (store, product, quantity) in [
            (first, org.products[0], 9),
            (second, org.products[0], 18),
            (first, org.products[1], 12),
        ] {
            let order = new_order(store, product, quantity);
            orders.create(&kitchen, order).await.expect("an order");
        }
        // What is in the oven was mixed, and what is baked tomorrow is mixed tomorrow.
        deliver(&db, &kitchen, first, bread.flour.id, 50_000).await;
        baking(&db, &kitchen, first, org.products[0], 90).await;
        let mut tomorrow = new_order(first, org.products[0], 90);
        tomorrow.production_date = today() + Days::new(1);
        orders.create(&kitchen, tomorrow).await.expect("an order");

        let view = mixes(&db, &kitchen).await;
        let [found] = view.kitchens.as_slice() else {
            panic!("one kitchen: {view:?}");
        };
        assert_eq!((found.store_id, found.mixer_capacity), (first, Some(3_000)));
        assert_eq!(found.without_recipe, ["Producto 2"]);
        let [dough] = found.doughs.as_slice() else {
            panic!("one dough: {found:?}");
        };
        // 27 good bars are 30 altogether: 7,500 g.
        assert_eq!((dough.name.as_str(), dough.total_grams), ("Masa", 7_500));
        assert_eq!(
            (dough.mixes, dough.mix_grams, dough.with_one_more),
            (3, 2_500, 0)
        );
        assert_eq!(dough.products, ["Producto 1"]);
        let lines: Vec<(&str, i64)> = dough
            .lines
            .iter()
            .map(|line| (line.name.as_str(), line.line.quantity))
            .collect();
        assert_eq!(lines, [("Harina de fuerza", 1_563), ("Agua", 938)]);

        // A product of ingredients alone is mixed itself.
        let lines = vec![
            line(bread.flour.id, 500),
            line(dough_water(&bread.dough), 301),
        ];
        let plain = recipe("Pan llano", Some(org.products[1]), 12, lines);
        let saved = db.services().recipes().save(&kitchen, plain).await;
        saved.expect("a recipe");
        mixer(&db, &org, None).await;
        let view = mixes(&db, &kitchen).await;
        let told: Vec<(&str, i64, i64, i64)> = view.kitchens[0]
            .doughs
            .iter()
            .map(|d| (d.name.as_str(), d.total_grams, d.mixes, d.mix_grams))
            .collect();
        assert_eq!(
            told,
            [("Masa", 7_500, 1, 7_500), ("Pan llano", 801, 1, 801)]
        );
        assert!(view.kitchens[0].without_recipe.is_empty());

        let manager = org.ctx(RoleKey::StoreManager).await;
        let recipes = db.services().recipes();
        let refused = recipes.mixes(&manager, of_day(None)).await;
        assert_eq!(reason(&refused.expect_err("not theirs")), "forbidden");
        let foreign = stranger(&db).await;
        let refused = recipes.mixes(&kitchen, of_day(Some(foreign.stores[0])));
        assert_eq!(reason(&refused.await.expect_err("not ours")), "not_found");
        let theirs = foreign.ctx(RoleKey::Production).await;
        assert!(mixes(&db, &theirs).await.kitchens.is_empty());
    })
    .await;
}

/// The water in the dough of [`bread`].
fn dough_water(dough: &RecipeView) -> Uuid {
    let water = dough.lines.iter().find(|line| line.name == "Agua");
    let water = water.and_then(|line| line.line.ingredient_id);
    water.expect("water")
}

#[tokio::test(flavor = "multi_thread")]
async fn ovens_and_mixers_take_as_many_statements_for_one_batch_as_for_many() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        bread(&db, &kitchen, &org).await;
        one_oven(&db, &org, Some(12)).await;
        forecast(&db, &org, &[(org.stores[0], org.products[0])], 100.0, 15.0).await;
        let first = suggested(&db, &org, &kitchen, org.products[0]).await;
        let accept = AcceptSuggestion {
            command_id: Uuid::now_v7(),
            suggestion_id: first.id,
            quantity: None,
            production_date: None,
        };
        let accepted = db.services().suggestions().accept(&kitchen, accept).await;
        accepted.expect("an order");
        let (services, asked) = overheard(&db).await;
        let statements = async || {
            asked.lock().expect("statements").clear();
            let ovens = services.production_orders();
            ovens
                .capacity(&kitchen, of_store(None))
                .await
                .expect("ovens");
            let of_ovens = std::mem::take(&mut *asked.lock().expect("statements")).len();
            let recipes = services.recipes();
            recipes.mixes(&kitchen, of_day(None)).await.expect("mixes");
            let of_mixes = std::mem::take(&mut *asked.lock().expect("statements")).len();
            let wanted = ReadBoard {
                date: today(),
                store_id: None,
            };
            ovens.board(&kitchen, wanted).await.expect("a board");
            let of_board = asked.lock().expect("statements").len();
            (of_ovens, of_mixes, of_board)
        };
        let once = statements().await;
        assert_eq!(once.0, 9);
        for (store, product) in [(0, 0), (0, 1), (1, 0), (1, 1), (1, 2)] {
            let order = new_order(org.stores[store], org.products[product], 24);
            let orders = db.services().production_orders();
            orders.create(&kitchen, order).await.expect("an order");
        }
        let more = statements().await;
        assert_eq!((more.0, more.1), (once.0, once.1));
        // What the parts of the orders take is one statement, not one for each.
        assert!(more.2 <= once.2 + 1, "{once:?} {more:?}");
    })
    .await;
}
