//! Stores, categories and products as scripts add and change them.

use crate::scene::{bakery, new_order, stranger};
use contract::assortment::{
    CategoryValues, ListInStores, ProductValues, SaveCategory, SaveProduct, SaveStore, StoreValues,
};
use contract::audit::ListAudit;
use contract::catalog::{ProductView, StoreView};
use contract::orders::CancelOrder;
use contract::settings::ChangeSettings;
use domain::{ReplenishmentPolicy, RoleKey, StoreKind, Unit};
use services::{Ctx, ServiceError, StoreScope};
use testkit::on_both;
use uuid::Uuid;

fn of_product(view: &ProductView) -> ProductValues {
    ProductValues {
        sku: view.sku.clone(),
        name: view.name.clone(),
        category_id: view.category_id,
        unit: view.unit,
        price_minor: view.price_minor,
        unit_cost_minor: view.unit_cost_minor,
        salvage_minor: view.salvage_minor,
        shelf_life_days: view.shelf_life_days,
        tray_size: view.tray_size,
        lead_time_days: view.lead_time_days,
        policy: view.policy,
        service_level_bp: view.service_level_bp,
        substitution_share_bp: view.substitution_share_bp,
        barcodes: view.barcodes.clone(),
        allergens: view.allergens.clone(),
        introduced_on: view.introduced_on,
        discontinued_on: view.discontinued_on,
        active: view.active,
    }
}

fn save(id: Option<Uuid>, version: i32, values: ProductValues) -> SaveProduct {
    SaveProduct {
        command_id: Uuid::now_v7(),
        product_id: id,
        version,
        values,
    }
}

fn reason_of<T: std::fmt::Debug>(result: Result<T, ServiceError>) -> String {
    match result {
        Err(ServiceError::Conflict { reason, .. } | ServiceError::Rule { reason, .. }) => {
            reason.to_owned()
        }
        Err(ServiceError::Invalid(faults)) => {
            let fields: Vec<String> = faults.into_iter().map(|fault| fault.field).collect();
            fields.join(" ")
        }
        Err(ServiceError::NotFound(what)) => format!("no {what}"),
        Err(ServiceError::Forbidden(_)) => "forbidden".to_owned(),
        other => panic!("refused: {other:?}"),
    }
}

#[tokio::test]
async fn a_product_is_saved_once_and_what_cannot_be_is_refused() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let ctx = org.ctx(RoleKey::Admin).await;
        let catalog = db.services().catalog();
        let known = catalog.product(&ctx, org.products[0]).await.expect("one");
        let fresh = ProductValues {
            sku: " N1 ".into(),
            barcodes: vec!["6291041500213".into()],
            ..of_product(&known)
        };
        let command = save(None, 0, fresh.clone());
        let made = catalog.save_product(&ctx, &command).await.expect("saved");
        assert_eq!((made.sku.as_str(), made.version), ("N1", 1));
        let again = catalog.save_product(&ctx, &command).await.expect("again");
        assert_eq!(again, made);

        let change = |values: ProductValues, version: i32| save(Some(made.id), version, values);
        let dearer = ProductValues {
            price_minor: 999,
            ..of_product(&made)
        };
        let changed = catalog.save_product(&ctx, &change(dearer.clone(), 1)).await;
        let changed = changed.expect("changed");
        assert_eq!((changed.price_minor, changed.version), (999, 2));
        // The same values again are no change.
        let same = catalog.save_product(&ctx, &change(dearer.clone(), 2)).await;
        assert_eq!(same.expect("the same").version, 2);
        let stale = catalog.save_product(&ctx, &change(dearer.clone(), 1)).await;
        assert_eq!(reason_of(stale), "catalog.stale");

        let refused = async |values: ProductValues, id: Option<Uuid>, version: i32| {
            reason_of(catalog.save_product(&ctx, &save(id, version, values)).await)
        };
        let taken = ProductValues {
            sku: known.sku.clone(),
            ..dearer.clone()
        };
        assert_eq!(refused(taken, Some(made.id), 2).await, "product.sku_taken");
        let grams = ProductValues {
            unit: Unit::Gram,
            ..dearer.clone()
        };
        assert_eq!(refused(grams, Some(made.id), 2).await, "unit");
        let same_code = ProductValues {
            sku: "N2".into(),
            // The same code with the zero that a longer form puts before it.
            barcodes: vec!["06291041500213".into()],
            ..dearer.clone()
        };
        assert_eq!(refused(same_code, None, 0).await, "barcodes");
        let elsewhere = ProductValues {
            category_id: Uuid::now_v7(),
            ..dearer.clone()
        };
        assert_eq!(refused(elsewhere, Some(made.id), 2).await, "no category");
        let absurd = ProductValues {
            name: " ".into(),
            service_level_bp: 10_000,
            ..dearer.clone()
        };
        assert_eq!(refused(absurd, None, 0).await, "name service_level_bp");

        let other = stranger(&db).await;
        let theirs = other.ctx(RoleKey::Admin).await;
        let change = change(dearer.clone(), 2);
        let refused = catalog.save_product(&theirs, &change).await;
        assert_eq!(reason_of(refused), "no product");
        let analyst = org.ctx(RoleKey::Analyst).await;
        let refused = catalog.save_product(&analyst, &change).await;
        assert_eq!(reason_of(refused), "forbidden");

        let wanted = ListAudit {
            subject_id: Some(made.id),
            ..ListAudit::default()
        };
        let log = db.services().audit_log().list(&ctx, &wanted).await;
        let log = log.expect("the log").items;
        assert_eq!(log.len(), 2, "added, and changed once");
        assert_eq!(log[0].before["price_minor"], made.price_minor);
        assert_eq!(log[0].after["price_minor"], 999);
        assert!(log[1].before.is_null());
        let report = db.services().books().check(&org.system()).await;
        assert!(report.expect("books").is_sound(), "the seals hold");
    })
    .await;
}

#[tokio::test]
async fn a_product_is_carried_by_the_stores_that_are_named() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let ctx = org.ctx(RoleKey::Admin).await;
        let catalog = db.services().catalog();
        let product_id = org.products[0];
        let carried = async || {
            let listed = catalog.listed_stores(&ctx, product_id).await;
            listed.expect("listed").stores
        };
        let mut all = org.stores.clone();
        all.sort();
        assert_eq!(carried().await, all);
        let name = async |stores: Vec<Uuid>| {
            let command = ListInStores {
                command_id: Uuid::now_v7(),
                product_id,
                stores,
            };
            catalog.list_in_stores(&ctx, &command).await
        };
        name(vec![org.stores[1]]).await.expect("one store");
        assert_eq!(carried().await, [org.stores[1]]);
        assert_eq!(reason_of(name(vec![Uuid::now_v7()]).await), "no store");
        assert_eq!(carried().await, [org.stores[1]]);
        name(org.stores.clone()).await.expect("both");
        assert_eq!(carried().await, all);
    })
    .await;
}

#[tokio::test]
async fn categories_have_names_of_their_own() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let ctx = org.ctx(RoleKey::Admin).await;
        let catalog = db.services().catalog();
        let put = async |id: Option<Uuid>, version: i32, name: &str| {
            let command = SaveCategory {
                command_id: Uuid::now_v7(),
                category_id: id,
                version,
                values: CategoryValues {
                    name: name.into(),
                    position: 5,
                },
            };
            catalog.save_category(&ctx, &command).await
        };
        let made = put(None, 0, "Bollería").await.expect("a category");
        assert_eq!(
            reason_of(put(None, 0, "Bollería").await),
            "category.name_taken"
        );
        let renamed = put(Some(made.id), 1, "Dulces").await.expect("renamed");
        assert_eq!((renamed.name.as_str(), renamed.version), ("Dulces", 2));
        assert_eq!(
            reason_of(put(Some(made.id), 1, "Tartas").await),
            "catalog.stale"
        );
        assert_eq!(
            reason_of(put(Some(Uuid::now_v7()), 1, "X").await),
            "no category"
        );
        let known = catalog.category(&ctx, made.id).await.expect("known");
        assert_eq!(known, renamed);
    })
    .await;
}

fn of_store(view: &StoreView) -> StoreValues {
    StoreValues {
        code: view.code.clone(),
        name: view.name.clone(),
        kind: view.kind,
        city: view.city.clone(),
        region: view.region.clone(),
        time_zone: view.time_zone.clone(),
        latitude_e6: view.latitude_e6,
        longitude_e6: view.longitude_e6,
        opening_days: view.opening_days,
        opens_at_minute: view.opens_at_minute,
        closes_at_minute: view.closes_at_minute,
        kitchen_store_id: view.kitchen_store_id,
        active: view.active,
        oven_trays_per_hour: view.oven_trays_per_hour,
        bakes_from_minute: view.bakes_from_minute,
        mixer_capacity: view.mixer_capacity,
    }
}

#[tokio::test]
async fn a_store_is_added_and_a_kitchen_that_others_need_stays_open() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let ctx = org.ctx(RoleKey::Admin).await;
        let catalog = db.services().catalog();
        let put = async |id: Option<Uuid>, version: i32, values: StoreValues| {
            let command = SaveStore {
                command_id: Uuid::now_v7(),
                store_id: id,
                version,
                values,
            };
            catalog.save_store(&ctx, &command).await
        };
        let shop = catalog.store(&ctx, org.stores[0]).await.expect("a shop");
        let kitchen = StoreValues {
            code: "K01".into(),
            name: "Obrador".into(),
            kind: StoreKind::CentralKitchen,
            oven_trays_per_hour: Some(48),
            ..of_store(&shop)
        };
        let kitchen = put(None, 0, kitchen).await.expect("a kitchen");
        let baked_for = StoreValues {
            kitchen_store_id: Some(kitchen.id),
            ..of_store(&shop)
        };
        let moved = put(Some(shop.id), shop.version, baked_for).await;
        let moved = moved.expect("another kitchen");
        assert_eq!(moved.version, shop.version + 1);

        let closed = StoreValues {
            active: false,
            ..of_store(&kitchen)
        };
        let refused = put(Some(kitchen.id), 1, closed.clone()).await;
        assert_eq!(reason_of(refused), "store.bakes_for_others");
        let second = catalog.store(&ctx, org.stores[1]).await.expect("a shop");
        let behind = StoreValues {
            kitchen_store_id: Some(shop.id),
            ..of_store(&second)
        };
        let refused = put(Some(second.id), second.version, behind).await;
        assert_eq!(
            reason_of(refused),
            "kitchen_store_id",
            "it does not bake itself"
        );
        let itself = StoreValues {
            kitchen_store_id: Some(second.id),
            ..of_store(&second)
        };
        let refused = put(Some(second.id), second.version, itself).await;
        assert_eq!(reason_of(refused), "kitchen_store_id");
        let taken = StoreValues {
            code: "K01".into(),
            ..of_store(&second)
        };
        let refused = put(Some(second.id), second.version, taken).await;
        assert_eq!(reason_of(refused), "store.code_taken");
        let absurd = StoreValues {
            time_zone: "Madrid".into(),
            closes_at_minute: 10,
            ..of_store(&second)
        };
        let refused = put(Some(second.id), second.version, absurd).await;
        assert_eq!(reason_of(refused), "time_zone closes_at_minute");

        // Once nobody waits for it, it may close.
        put(Some(shop.id), moved.version, of_store(&shop))
            .await
            .expect("bakes itself");
        let closed = put(Some(kitchen.id), 1, closed).await.expect("closed");
        assert!(!closed.active);
        assert_eq!(
            reason_of(put(Some(kitchen.id), 1, of_store(&kitchen)).await),
            "catalog.stale"
        );
    })
    .await;
}

#[tokio::test]
async fn a_store_with_work_left_stays_open_and_nobody_changes_what_is_not_theirs() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let ctx = org.ctx(RoleKey::Admin).await;
        let catalog = db.services().catalog();
        let shop = catalog.store(&ctx, org.stores[0]).await.expect("a shop");
        let put = async |ctx: Ctx, values: StoreValues| {
            let command = SaveStore {
                command_id: Uuid::now_v7(),
                store_id: Some(shop.id),
                version: shop.version,
                values,
            };
            catalog.save_store(&ctx, &command).await
        };
        let closed = StoreValues {
            active: false,
            ..of_store(&shop)
        };
        let baker = org.ctx(RoleKey::Production).await;
        let orders = db.services().production_orders();
        let order = orders
            .create(&baker, new_order(shop.id, org.products[0], 5))
            .await
            .expect("an order");
        let refused = put(ctx.clone(), closed.clone()).await;
        assert_eq!(reason_of(refused), "store.work_left");

        let mut own = ctx.clone();
        own.actor.stores = StoreScope::Only([shop.id].into());
        let elsewhere = StoreValues {
            kitchen_store_id: Some(org.stores[1]),
            ..of_store(&shop)
        };
        assert_eq!(reason_of(put(own.clone(), elsewhere).await), "no store");
        let settings = ChangeSettings {
            command_id: Uuid::now_v7(),
            allow_oversell: Some(true),
            ..ChangeSettings::default()
        };
        let refused = catalog.change_settings(&own, &settings).await;
        assert_eq!(reason_of(refused), "settings.all_needed");

        let cancel = CancelOrder {
            command_id: Uuid::now_v7(),
            order_id: order.id,
            reason: "Cierra".into(),
        };
        orders.cancel(&baker, cancel).await.expect("cancelled");
        let closed = put(ctx.clone(), closed).await.expect("closed");
        assert!(!closed.active);
        let late = orders.create(&baker, new_order(shop.id, org.products[0], 5));
        assert_eq!(reason_of(late.await), "store.closed");
    })
    .await;
}

#[tokio::test]
async fn new_products_are_of_every_kind_that_there_is() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let ctx = org.ctx(RoleKey::Admin).await;
        let catalog = db.services().catalog();
        let known = catalog.product(&ctx, org.products[0]).await.expect("one");
        for (n, policy) in ReplenishmentPolicy::ALL.iter().enumerate() {
            let values = ProductValues {
                sku: format!("K{n}"),
                policy: *policy,
                unit: Unit::ALL[n % Unit::ALL.len()],
                ..of_product(&known)
            };
            let made = catalog
                .save_product(&ctx, &save(None, 0, values.clone()))
                .await;
            assert_eq!(of_product(&made.expect("saved")), values);
        }
    })
    .await;
}
