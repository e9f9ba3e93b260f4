//! An organization with stores, products and one person of each role.

use crate::{TestDb, now};
use contract::catalog::{SetupCategory, SetupFile, SetupOrganization, SetupProduct, SetupStore};
use contract::users::CreateUser;
use domain::counts::CountLimits;
use domain::{Language, ReplenishmentPolicy, RoleKey, StoreKind, Unit};
use services::organizations::NewOrganization;
use services::{Arrival, Ctx, Services};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The password of every person of a test organization.
pub const PASSWORD: &str = "pan de masa madre";

/// What a test organization has.
#[derive(Clone, Debug)]
pub struct OrgSpec {
    pub slug: String,
    /// Shops, with codes `S01`, `S02`, ...; the first is the only one that the store manager sees.
    pub stores: usize,
    /// Products, with skus `P001`, `P002`, ..., listed everywhere, fresh, price 2.00, cost 0.80, trays of 12.
    pub products: usize,
    /// From which differences on counts are looked at twice; never where nothing is said.
    pub count_limits: CountLimits,
}

impl Default for OrgSpec {
    fn default() -> Self {
        Self {
            slug: "horno".to_owned(),
            stores: 1,
            products: 1,
            count_limits: CountLimits::default(),
        }
    }
}

/// A test organization.
#[derive(Clone, Debug)]
pub struct Org {
    services: Services,
    pub id: Uuid,
    pub slug: String,
    /// Stores by code.
    pub stores: Vec<Uuid>,
    /// Products by sku.
    pub products: Vec<Uuid>,
    users: BTreeMap<RoleKey, Uuid>,
}

impl Org {
    /// The person with this role.
    #[must_use]
    pub fn user(&self, role: RoleKey) -> Uuid {
        self.users[&role]
    }

    /// The address with which the person with this role signs in; the password is [`PASSWORD`].
    #[must_use]
    pub fn email(&self, role: RoleKey) -> String {
        email(&self.slug, role)
    }

    /// A request of the person with this role, with the rights they have at this moment, at [`now`].
    pub async fn ctx(&self, role: RoleKey) -> Ctx {
        let identity = self
            .services
            .identity()
            .find(self.user(role))
            .await
            .expect("readable")
            .expect("an active account");
        let arrival = Arrival {
            now: now(),
            request_id: format!("test-{}", Uuid::now_v7()),
            source: "127.0.0.1".to_owned(),
        };
        arrival.by(identity.actor)
    }

    /// A request of the organization's own jobs.
    #[must_use]
    pub fn system(&self) -> Ctx {
        Ctx::system(self.id, "test", now())
    }
}

fn email(slug: &str, role: RoleKey) -> String {
    format!("{role}@{slug}.example")
}

fn setup(spec: &OrgSpec) -> SetupFile {
    let store = |n: usize| SetupStore {
        code: format!("S{n:02}"),
        name: format!("Tienda {n}"),
        kind: StoreKind::Shop,
        city: "Madrid".to_owned(),
        region: "Madrid".to_owned(),
        time_zone: Some("Europe/Madrid".to_owned()),
        latitude_e6: Some(40_416_775),
        longitude_e6: Some(-3_703_790),
        opening_days: 0b111_1111,
        opens_at_minute: 7 * 60,
        closes_at_minute: 21 * 60,
        kitchen: None,
        active: true,
        oven_trays_per_hour: None,
        bakes_from_minute: None,
        mixer_capacity: None,
    };
    let product = |n: usize| SetupProduct {
        sku: format!("P{n:03}"),
        name: format!("Producto {n}"),
        category: "Panes".to_owned(),
        unit: Unit::Piece,
        price_minor: 200,
        unit_cost_minor: 80,
        salvage_minor: 0,
        shelf_life_days: 1,
        tray_size: 12,
        lead_time_days: 0,
        policy: ReplenishmentPolicy::Newsvendor,
        service_level_bp: None,
        substitution_share_bp: 0,
        barcodes: None,
        allergens: vec!["gluten".to_owned()],
        introduced_on: None,
        discontinued_on: None,
        active: true,
        stores: None,
    };
    SetupFile {
        organization: SetupOrganization {
            slug: spec.slug.clone(),
            name: "Horno de prueba".to_owned(),
            currency: "EUR".to_owned(),
            language: Language::Es,
            time_zone: "Europe/Madrid".to_owned(),
            night_hour: None,
            deadline_hour: None,
            import_error_threshold_bp: None,
            allow_oversell: None,
            waste_alert_minor: None,
            count_recount_minor: spec.count_limits.recount_minor,
            count_approval_minor: spec.count_limits.approval_minor,
            midday_minute: None,
            afternoon_minute: None,
        },
        stores: (1..=spec.stores).map(store).collect(),
        categories: vec![SetupCategory {
            name: "Panes".to_owned(),
            position: None,
        }],
        products: (1..=spec.products).map(product).collect(),
        suppliers: vec![],
        ingredients: vec![],
        recipes: vec![],
        promotions: Vec::new(),
        calendar: Vec::new(),
        weather: Vec::new(),
    }
}

/// Creates an organization through the use cases. Store managers see only the first store, everybody else sees all.
pub async fn org_with(db: &TestDb, spec: OrgSpec) -> Org {
    let services = db.services().clone();
    let arrival = Arrival {
        now: now(),
        request_id: "test-setup".to_owned(),
        source: "test".to_owned(),
    };
    let file = setup(&spec);
    let new = NewOrganization {
        slug: spec.slug.clone(),
        name: file.organization.name.clone(),
        currency: file.organization.currency.clone(),
        language: file.organization.language,
        time_zone: file.organization.time_zone.clone(),
    };
    let id = services
        .organizations()
        .create(&arrival, new, None)
        .await
        .expect("a new organization");
    let system = Ctx::system(id, "test", now());
    services
        .catalog()
        .set_up(&system, &file)
        .await
        .expect("a catalog");
    let stores: Vec<Uuid> = services
        .catalog()
        .stores(&system)
        .await
        .expect("stores")
        .into_iter()
        .map(|s| s.id)
        .collect();
    let products = services
        .catalog()
        .products(&system)
        .await
        .expect("products")
        .into_iter()
        .map(|p| p.id)
        .collect();
    let mut users = BTreeMap::new();
    for role in RoleKey::ALL.iter().copied() {
        let own_store = role == RoleKey::StoreManager && !stores.is_empty();
        let command = CreateUser {
            command_id: Uuid::now_v7(),
            email: email(&spec.slug, role),
            display_name: format!("Persona {role}"),
            language: Some(Language::Es),
            roles: vec![role],
            role_ids: Vec::new(),
            all_stores: !own_store,
            stores: stores
                .iter()
                .copied()
                .take(usize::from(own_store))
                .collect(),
            password: PASSWORD.to_owned(),
        };
        users.insert(
            role,
            services
                .users()
                .create(&system, command)
                .await
                .expect("a new person"),
        );
    }
    Org {
        services,
        id,
        slug: spec.slug,
        stores,
        products,
        users,
    }
}
