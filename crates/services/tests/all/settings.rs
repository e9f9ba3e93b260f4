//! The organization's own settings, as a setup file changes them.

use crate::scene::bakery;
use contract::catalog::{SetupFile, SetupOrganization, SetupStore};
use domain::{Language, StoreKind};
use entity::{organization, store};
use sea_orm::EntityTrait;
use services::ServiceError;
use services::organizations::OrganizationView;
use testkit::{Org, TestDb, on_both};

fn file(change: impl FnOnce(&mut SetupOrganization)) -> SetupFile {
    let mut organization = SetupOrganization {
        slug: "horno".to_owned(),
        name: "Horno del Sur".to_owned(),
        currency: "EUR".to_owned(),
        language: Language::Es,
        time_zone: "Atlantic/Canary".to_owned(),
        night_hour: None,
        deadline_hour: None,
        import_error_threshold_bp: None,
        allow_oversell: None,
        waste_alert_minor: None,
        count_recount_minor: None,
        count_approval_minor: None,
        midday_minute: None,
        afternoon_minute: None,
    };
    change(&mut organization);
    SetupFile {
        organization,
        stores: Vec::new(),
        categories: Vec::new(),
        products: Vec::new(),
        suppliers: vec![],
        ingredients: vec![],
        recipes: vec![],
        promotions: Vec::new(),
        calendar: Vec::new(),
        weather: Vec::new(),
    }
}

async fn view(db: &TestDb, org: &Org) -> OrganizationView {
    let all = db.services().organizations().list().await;
    let found = all.expect("organizations").into_iter();
    found.into_iter().find(|o| o.id == org.id).expect("ours")
}

#[tokio::test]
async fn a_setup_file_changes_the_settings_that_it_names_and_no_others() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (catalog, ctx) = (db.services(), org.system());
        let before = view(&db, &org).await;
        let wanted = file(|o| {
            o.night_hour = Some(1);
            o.import_error_threshold_bp = Some(200);
        });
        catalog
            .catalog()
            .set_up(&ctx, &wanted)
            .await
            .expect("a setup");
        let after = view(&db, &org).await;
        assert_eq!(
            (
                after.name.as_str(),
                after.time_zone.as_str(),
                after.night_hour,
                after.import_error_threshold_bp
            ),
            ("Horno del Sur", "Atlantic/Canary", 1, 200)
        );
        assert_eq!(
            (after.deadline_hour, after.allow_oversell, after.currency),
            (before.deadline_hour, before.allow_oversell, before.currency)
        );
    })
    .await;
}

#[tokio::test]
async fn settings_that_cannot_be_are_refused_by_name_and_change_nothing() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let before = view(&db, &org).await;
        let wrong = file(|o| {
            o.night_hour = Some(24);
            o.deadline_hour = Some(7);
            o.import_error_threshold_bp = Some(-1);
            o.time_zone = "Madrid".to_owned();
        });
        let refused = db.services().catalog().set_up(&org.system(), &wrong).await;
        let Err(ServiceError::Invalid(errors)) = refused else {
            panic!("refused by name")
        };
        let fields: Vec<&str> = errors.iter().map(|e| e.field.as_str()).collect();
        for field in ["time_zone", "night_hour", "import_error_threshold_bp"] {
            let name = format!("organization.{field}");
            assert!(fields.contains(&name.as_str()), "{name} in {fields:?}");
        }
        assert_eq!(view(&db, &org).await, before);
    })
    .await;
}

/// The first shop as it is, with an oven and a mixer.
fn shop(oven: Option<i32>, from: Option<i32>, mixer: Option<i64>) -> SetupStore {
    SetupStore {
        code: "S01".into(),
        name: "Tienda 1".into(),
        kind: StoreKind::Shop,
        city: "Madrid".into(),
        region: "Madrid".into(),
        time_zone: None,
        latitude_e6: None,
        longitude_e6: None,
        opening_days: 0b111_1111,
        opens_at_minute: 420,
        closes_at_minute: 1_260,
        kitchen: None,
        active: true,
        oven_trays_per_hour: oven,
        bakes_from_minute: from,
        mixer_capacity: mixer,
    }
}

#[tokio::test]
async fn parts_of_the_day_ovens_and_mixers_are_set_and_kept() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let ctx = org.system();
        let read = async || {
            let db = db.db().connection();
            let organization = organization::Entity::find_by_id(org.id).one(db).await;
            let organization = organization.expect("read").expect("ours");
            let store = store::Entity::find_by_id(org.stores[0]).one(db).await;
            let store = store.expect("read").expect("a shop");
            (
                (organization.midday_minute, organization.afternoon_minute),
                (
                    store.oven_trays_per_hour,
                    store.bakes_from_minute,
                    store.mixer_capacity,
                ),
            )
        };
        assert_eq!(read().await, ((660, 900), (None, None, None)));
        let mut wanted = file(|o| o.afternoon_minute = Some(930));
        wanted.stores = vec![shop(Some(48), Some(180), Some(60_000))];
        let set = db.services().catalog().set_up(&ctx, &wanted).await;
        set.expect("a setup");
        let known = ((660, 930), (Some(48), Some(180), Some(60_000)));
        assert_eq!(read().await, known);
        // What a second file leaves out stays as it is.
        let mut silent = file(|_| ());
        silent.stores = vec![shop(None, None, None)];
        let set = db.services().catalog().set_up(&ctx, &silent).await;
        set.expect("a setup");
        assert_eq!(read().await, known);

        let faults = async |wanted: SetupFile| -> Vec<String> {
            let refused = db.services().catalog().set_up(&ctx, &wanted).await;
            let Err(ServiceError::Invalid(errors)) = refused else {
                panic!("refused by name: {refused:?}")
            };
            errors.into_iter().map(|error| error.field).collect()
        };
        let mut wrong = file(|o| o.midday_minute = Some(0));
        wrong.stores = vec![shop(Some(0), Some(1_441), Some(999))];
        assert_eq!(
            faults(wrong).await,
            [
                "organization.midday_minute",
                "stores.S01.oven_trays_per_hour",
                "stores.S01.bakes_from_minute",
                "stores.S01.mixer_capacity",
            ]
        );
        // Midday after the afternoon that is kept.
        let crossed = file(|o| o.midday_minute = Some(930));
        assert_eq!(faults(crossed).await, ["organization.afternoon_minute"]);
        assert_eq!(read().await, known);
    })
    .await;
}
