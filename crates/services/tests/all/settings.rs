//! The organization's own settings, as a setup file changes them.

use crate::scene::bakery;
use contract::catalog::{SetupFile, SetupOrganization};
use domain::Language;
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
