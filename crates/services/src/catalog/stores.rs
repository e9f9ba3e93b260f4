//! Stores: added, changed, closed for good.

use super::{Catalog, check_version, store_view};
use crate::audit::{self, Change};
use crate::ctx::StoreScope;
use crate::ingredients::Faults;
use crate::production_orders::moment;
use crate::store::{assortment as rows, catalog, organizations};
use crate::{Ctx, ServiceError, ServiceResult, receipts};
use contract::assortment::{SaveStore, StoreValues};
use contract::catalog::StoreView;
use domain::Permission;
use domain::stock::MAX_QUANTITY;
use entity::store;
use serde_json::json;
use uuid::Uuid;

const SAVE: &str = "catalog.save_store";
const LONGEST_CODE: usize = 40;
const LONGEST_TEXT: usize = 120;
const DAY: i32 = 24 * 60;
const ALL_DAYS: i32 = 0b111_1111;

fn check(values: &StoreValues) -> ServiceResult<()> {
    let range = "number.range";
    let mut faults = Faults::default();
    faults.name("code", &values.code, LONGEST_CODE);
    faults.name("name", &values.name, LONGEST_TEXT);
    for (field, text) in [("city", &values.city), ("region", &values.region)] {
        let fits = text.chars().count() <= LONGEST_TEXT && !text.chars().any(char::is_control);
        faults.unless(fits, field, "text.too_long", "At most 120 characters.");
    }
    faults.unless(
        values.time_zone.parse::<chrono_tz::Tz>().is_ok(),
        "time_zone",
        "time_zone",
        "This is not an IANA time zone.",
    );
    faults.unless(
        (-90_000_000..=90_000_000).contains(&values.latitude_e6),
        "latitude_e6",
        range,
        "A latitude is -90 to 90 degrees, in millionths.",
    );
    faults.unless(
        (-180_000_000..=180_000_000).contains(&values.longitude_e6),
        "longitude_e6",
        range,
        "A longitude is -180 to 180 degrees, in millionths.",
    );
    faults.unless(
        (0..=ALL_DAYS).contains(&values.opening_days),
        "opening_days",
        range,
        "One bit for each of seven days: 0 to 127.",
    );
    faults.unless(
        (0..DAY).contains(&values.opens_at_minute),
        "opens_at_minute",
        range,
        "It opens between minute 0 and 1,439.",
    );
    faults.unless(
        values.closes_at_minute > values.opens_at_minute && values.closes_at_minute <= 2 * DAY,
        "closes_at_minute",
        range,
        "It closes after it opens, at most at minute 2,880.",
    );
    faults.unless(
        values
            .oven_trays_per_hour
            .is_none_or(|trays| (1..=10_000).contains(&trays)),
        "oven_trays_per_hour",
        range,
        "An oven bakes 1 to 10,000 trays an hour.",
    );
    faults.unless(
        values
            .bakes_from_minute
            .is_none_or(|minute| (0..=DAY).contains(&minute)),
        "bakes_from_minute",
        range,
        "A minute of the day is 0 to 1,440.",
    );
    faults.unless(
        values
            .mixer_capacity
            .is_none_or(|grams| (1_000..=MAX_QUANTITY).contains(&grams)),
        "mixer_capacity",
        range,
        "A mixer holds at least 1,000 grams of dough.",
    );
    faults.answer()
}

/// Refuses kitchens that cannot be: the store itself, one that is closed or that another kitchen bakes for; and to close or hand over a
/// kitchen for which others wait.
fn check_kitchen(
    values: &StoreValues,
    id: Option<Uuid>,
    all: &[store::Model],
) -> ServiceResult<()> {
    if let Some(kitchen_id) = values.kitchen_store_id {
        let kitchen = all
            .iter()
            .find(|store| store.id == kitchen_id)
            .ok_or(ServiceError::NotFound("store"))?;
        if Some(kitchen_id) == id || !kitchen.active || kitchen.kitchen_store_id.is_some() {
            return Err(ServiceError::field(
                "kitchen_store_id",
                "store.no_kitchen",
                "Name a store that is open and bakes itself.",
            ));
        }
    }
    let serves = all
        .iter()
        .find(|other| id.is_some() && other.kitchen_store_id == id && other.active);
    if let Some(other) = serves
        && (!values.active || values.kitchen_store_id.is_some())
    {
        return Err(ServiceError::rule(
            "store.bakes_for_others",
            format!(
                "It bakes for {:?}. Give that store another kitchen first.",
                other.name
            ),
        ));
    }
    Ok(())
}

impl Catalog<'_> {
    /// One store in the caller's scope.
    ///
    /// # Errors
    /// Forbidden without `catalog.read`; not found.
    pub async fn store(&self, ctx: &Ctx, id: Uuid) -> ServiceResult<StoreView> {
        let all = self.stores(ctx).await?;
        all.into_iter()
            .find(|store| store.id == id)
            .ok_or(ServiceError::NotFound("store"))
    }

    /// Adds a store or changes one. What happened in it keeps its days.
    ///
    /// # Errors
    /// Forbidden without `settings.write`; invalid fields; not found (the store, its kitchen, a new kitchen out of scope); a conflict when
    /// the code is taken or somebody else changed it; a rule when it bakes for others, when it closes with orders or transfers that are
    /// not over, or when somebody who does not look after every store adds one.
    pub async fn save_store(&self, ctx: &Ctx, command: &SaveStore) -> ServiceResult<StoreView> {
        ctx.require(Permission::SettingsWrite)?;
        match command.store_id {
            Some(id) => ctx.require_store(id)?,
            None if ctx.actor.stores != StoreScope::All => {
                return Err(ServiceError::rule(
                    "store.all_needed",
                    "Only those who look after every store can add one.",
                ));
            }
            None => {}
        }
        check(&command.values)?;
        self.services
            .db()
            .retry(|| self.save_store_once(ctx, command))
            .await
    }

    async fn save_store_once(&self, ctx: &Ctx, command: &SaveStore) -> ServiceResult<StoreView> {
        let organization_id = ctx.organization_id();
        let tx = self.services.db().begin_for(organization_id).await?;
        organizations::lock_numbers(&*tx, organization_id).await?;
        let old = match command.store_id {
            Some(id) => Some(rows::get_store_locked(&*tx, organization_id, id).await?),
            None => None,
        };
        if let Some(answer) = receipts::find(&*tx, ctx, command.command_id, SAVE, command).await? {
            return Ok(answer);
        }
        if let Some(old) = &old {
            check_version("store", old.version, command.version)?;
        }
        let values = &command.values;
        let all = catalog::list_stores(&*tx, organization_id).await?;
        let code = values.code.trim();
        if let Some(other) = all
            .iter()
            .find(|other| other.code == code && Some(other.id) != command.store_id)
        {
            return Err(ServiceError::Conflict {
                reason: "store.code_taken",
                message: format!("{:?} has this code. Nothing was saved.", other.name),
            });
        }
        let kitchen_before = old.as_ref().and_then(|old| old.kitchen_store_id);
        if let Some(kitchen_id) = values.kitchen_store_id
            && values.kitchen_store_id != kitchen_before
        {
            // Another kitchen gets work by this: it must be the caller's to give it some.
            ctx.require_store(kitchen_id)?;
        }
        check_kitchen(values, command.store_id, &all)?;
        if let Some(old) = &old
            && old.active
            && !values.active
            && rows::has_work_left(&*tx, organization_id, old.id).await?
        {
            return Err(ServiceError::rule(
                "store.work_left",
                "Orders for it are not finished, or goods are on the road from or to it. Finish or cancel them first.",
            ));
        }
        let mut row = row_of(ctx, values, old.as_ref());
        let changed = old.as_ref() != Some(&row);
        match &old {
            None => catalog::insert_store(&*tx, row.clone()).await?,
            Some(_) if changed => {
                row.version += 1;
                catalog::update_store(&*tx, row.clone()).await?;
            }
            Some(_) => {}
        }
        let answer = store_view(row);
        if changed {
            let change = Change {
                action: "catalog.write",
                subject_kind: "store",
                subject_id: answer.id,
                before: old.map(|old| json!(store_view(old))),
                after: Some(json!(answer)),
            };
            audit::record(&*tx, ctx, change).await?;
        }
        receipts::insert(&*tx, ctx, command.command_id, SAVE, command, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }
}

fn row_of(ctx: &Ctx, values: &StoreValues, old: Option<&store::Model>) -> store::Model {
    store::Model {
        id: old.map_or_else(Uuid::now_v7, |old| old.id),
        organization_id: ctx.organization_id(),
        code: values.code.trim().to_owned(),
        name: values.name.trim().to_owned(),
        kind: values.kind,
        city: values.city.trim().to_owned(),
        region: values.region.trim().to_owned(),
        time_zone: values.time_zone.clone(),
        latitude_e6: values.latitude_e6,
        longitude_e6: values.longitude_e6,
        opening_days: values.opening_days,
        opens_at_minute: values.opens_at_minute,
        closes_at_minute: values.closes_at_minute,
        kitchen_store_id: values.kitchen_store_id,
        active: values.active,
        oven_trays_per_hour: values.oven_trays_per_hour,
        bakes_from_minute: values.bakes_from_minute,
        mixer_capacity: values.mixer_capacity,
        created_at: old.map_or_else(|| moment(ctx), |old| old.created_at),
        version: old.map_or(1, |old| old.version),
    }
}
