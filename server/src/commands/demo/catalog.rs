//! The chain's master data and people.

use super::{SLUG, people, recipes};
use chrono::{DateTime, Utc};
use contract::catalog::{
    SetupCalendarEntry, SetupCategory, SetupFile, SetupOrganization, SetupProduct, SetupPromotion,
    SetupStore,
};
use domain::barcodes::check_digit;
use domain::{Language, StoreKind};
use services::organizations::{FirstAdmin, NewOrganization, OrganizationView};
use services::{Arrival, Ctx, Services};
use simulate::Chain;

/// A product that is off by more than 15 euros at cost is counted twice.
const COUNT_RECOUNT_MINOR: i64 = 1_500;

/// A count that is off by more than 60 euros at cost needs the analyst's approval.
const COUNT_APPROVAL_MINOR: i64 = 6_000;

/// What the central kitchen's oven bakes in an hour for each shop: enough for what is due when the shops open on most days, and not
/// for the busiest ones.
const OVEN_TRAYS_A_SHOP: i32 = 36;

/// The central kitchen's mixer takes 80 kg of dough.
const MIXER_GRAMS: i64 = 80_000;

/// Creates the organization, or finds it again, and brings its master data to what the chain says.
pub(super) async fn set_up(
    services: &Services,
    chain: &Chain,
    now: DateTime<Utc>,
) -> anyhow::Result<OrganizationView> {
    let id = match services.organizations().find_by_slug(SLUG).await? {
        Some(found) => found.id,
        None => {
            let new = NewOrganization {
                slug: SLUG.to_owned(),
                name: "Panadería La Hornada".to_owned(),
                currency: "EUR".to_owned(),
                language: Language::Es,
                time_zone: "Europe/Madrid".to_owned(),
            };
            let admin = FirstAdmin {
                email: people::ADMIN.to_owned(),
                display_name: "Elena Admin".to_owned(),
                password: people::PASSWORD.to_owned(),
            };
            services
                .organizations()
                .create(&Arrival::command_line(now), new, Some(admin))
                .await?
        }
    };
    let ctx = Ctx::system(id, "demo", now);
    services.catalog().set_up(&ctx, &file(chain)).await?;
    people::add(services, &ctx).await?;
    Ok(services.organizations().get(id).await?)
}

/// Products of the demonstration that come with bars on them.
const WITH_BARCODE: usize = 12;

/// A number from the range that the standard leaves to shops for their own goods.
fn barcode(index: usize) -> Option<String> {
    if index >= WITH_BARCODE {
        return None;
    }
    let body = format!("2{:011}", index + 1);
    check_digit(&body).map(|digit| format!("{body}{digit}"))
}

fn file(chain: &Chain) -> SetupFile {
    let code = |index: usize| chain.stores()[index].code.clone();
    let shops = i32::try_from(chain.shop_count()).unwrap_or(i32::MAX);
    let oven = shops.saturating_mul(OVEN_TRAYS_A_SHOP).clamp(1, 10_000);
    let products: Vec<SetupProduct> = chain
        .products()
        .iter()
        .enumerate()
        .map(|(index, p)| SetupProduct {
            sku: p.sku.clone(),
            name: p.name.clone(),
            category: chain.categories()[p.category].clone(),
            unit: p.unit,
            price_minor: p.price_minor,
            unit_cost_minor: p.unit_cost_minor,
            salvage_minor: p.salvage_minor,
            shelf_life_days: p.shelf_life_days,
            tray_size: p.tray_size,
            lead_time_days: p.lead_time_days,
            policy: p.policy,
            service_level_bp: Some(p.service_level_bp),
            substitution_share_bp: 0,
            barcodes: barcode(index).map(|code| vec![code]),
            allergens: p.allergens.clone(),
            introduced_on: p.introduced_on,
            discontinued_on: p.discontinued_on,
            active: true,
            stores: Some(
                (0..chain.shop_count())
                    .filter(|s| chain.listed(*s, index))
                    .map(code)
                    .collect(),
            ),
        })
        .collect();
    SetupFile {
        organization: SetupOrganization {
            slug: SLUG.to_owned(),
            name: "Panadería La Hornada".to_owned(),
            currency: "EUR".to_owned(),
            language: Language::Es,
            time_zone: "Europe/Madrid".to_owned(),
            night_hour: None,
            deadline_hour: None,
            import_error_threshold_bp: None,
            allow_oversell: None,
            waste_alert_minor: None,
            count_recount_minor: Some(COUNT_RECOUNT_MINOR),
            count_approval_minor: Some(COUNT_APPROVAL_MINOR),
            midday_minute: None,
            afternoon_minute: None,
        },
        stores: chain
            .stores()
            .iter()
            .map(|s| SetupStore {
                code: s.code.clone(),
                name: s.name.clone(),
                kind: s.kind,
                city: s.city.clone(),
                region: s.region.clone(),
                time_zone: Some(s.time_zone.clone()),
                latitude_e6: Some(s.latitude_e6),
                longitude_e6: Some(s.longitude_e6),
                opening_days: i32::from(s.opening_days),
                opens_at_minute: s.opens_at_minute as i32,
                closes_at_minute: s.closes_at_minute as i32,
                kitchen: s.kitchen.map(code),
                active: true,
                oven_trays_per_hour: (s.kind == StoreKind::CentralKitchen).then_some(oven),
                bakes_from_minute: None,
                mixer_capacity: (s.kind == StoreKind::CentralKitchen).then_some(MIXER_GRAMS),
            })
            .collect(),
        categories: chain
            .categories()
            .iter()
            .enumerate()
            .map(|(position, name)| SetupCategory {
                name: name.clone(),
                position: i32::try_from(position).ok(),
            })
            .collect(),
        suppliers: recipes::suppliers(),
        ingredients: recipes::ingredients(),
        recipes: recipes::recipes(&products),
        products,
        promotions: chain
            .promotions()
            .iter()
            .map(|p| SetupPromotion {
                code: p.code.clone(),
                name: p.name.clone(),
                store: p.store.map(code),
                product: p.product.map(|i| chain.products()[i].sku.clone()),
                category: p.category.map(|i| chain.categories()[i].clone()),
                discount_bp: p.discount_bp,
                starts_on: p.starts_on,
                ends_on: p.ends_on,
            })
            .collect(),
        calendar: chain
            .calendar()
            .iter()
            .map(|c| SetupCalendarEntry {
                store: c.store.map(code),
                kind: c.kind,
                name: c.name.clone(),
                starts_on: c.starts_on,
                ends_on: Some(c.ends_on),
            })
            .collect(),
        weather: Vec::new(),
    }
}
