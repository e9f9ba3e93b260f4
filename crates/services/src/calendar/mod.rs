//! Days that are known in advance to be special: holidays, events, closures and promotions.

mod entries;
mod promotions;

use crate::store::{calendar as rows, outlook, panel};
use crate::{Ctx, ServiceError, ServiceResult, Services, StoreScope, live};
use chrono::NaiveDate;
use contract::FieldError;
use contract::calendar::{
    CalendarEntryView, CalendarQuery, CalendarView, PromotionView, SubjectOption,
};
use domain::Permission;
use entity::{calendar_entry, promotion};
use sea_orm::ConnectionTrait;
use serde_json::json;
use std::collections::HashMap;
use uuid::Uuid;

/// A range longer than this is refused.
const LONGEST_RANGE_DAYS: i64 = 400;

/// An entry may run for so long; longer ones are typing mistakes.
const LONGEST_ENTRY_DAYS: i64 = 366;

/// Longest name, in characters.
const LONGEST_NAME: usize = 120;

/// Use cases of the calendar; see [`Services::calendar`].
#[derive(Clone, Copy, Debug)]
pub struct Calendar<'a> {
    services: &'a Services,
}

impl Services {
    /// Holidays, events, closures and promotions.
    #[must_use]
    pub fn calendar(&self) -> Calendar<'_> {
        Calendar { services: self }
    }
}

/// Names behind the identifiers of an organization.
struct Names {
    stores: HashMap<Uuid, String>,
    products: HashMap<Uuid, String>,
    categories: HashMap<Uuid, String>,
}

fn may_write(ctx: &Ctx, store_id: Option<Uuid>) -> bool {
    ctx.require(Permission::CalendarWrite).is_ok() && in_reach(ctx, store_id)
}

/// Whether the caller may write for this store; for every store only if every store is theirs.
fn in_reach(ctx: &Ctx, store_id: Option<Uuid>) -> bool {
    match store_id {
        None => ctx.actor.stores == StoreScope::All,
        Some(id) => ctx.actor.stores.contains(id),
    }
}

impl Names {
    fn of(map: &HashMap<Uuid, String>, id: Option<Uuid>) -> Option<String> {
        id.and_then(|id| map.get(&id).cloned())
    }

    fn entry(&self, ctx: &Ctx, row: calendar_entry::Model) -> CalendarEntryView {
        CalendarEntryView {
            store_name: Self::of(&self.stores, row.store_id),
            editable: may_write(ctx, row.store_id),
            id: row.id,
            store_id: row.store_id,
            kind: row.kind,
            name: row.name,
            starts_on: row.starts_on,
            ends_on: row.ends_on,
            note: row.note,
            created_at: row.created_at,
        }
    }

    fn promotion(&self, ctx: &Ctx, row: promotion::Model) -> PromotionView {
        PromotionView {
            store_name: Self::of(&self.stores, row.store_id),
            product_name: Self::of(&self.products, row.product_id),
            category_name: Self::of(&self.categories, row.category_id),
            editable: may_write(ctx, row.store_id),
            id: row.id,
            code: row.code,
            name: row.name,
            store_id: row.store_id,
            product_id: row.product_id,
            category_id: row.category_id,
            discount_bp: row.discount_bp,
            starts_on: row.starts_on,
            ends_on: row.ends_on,
            created_at: row.created_at,
        }
    }
}

impl Calendar<'_> {
    /// Everything that touches the days and concerns stores in the caller's scope.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `calendar.read`; [`ServiceError::NotFound`] for a store out of scope;
    /// [`ServiceError::Invalid`] for a range that runs backwards or over more than 400 days.
    pub async fn list(&self, ctx: &Ctx, asked: &CalendarQuery) -> ServiceResult<CalendarView> {
        ctx.require(Permission::CalendarRead)?;
        if let Some(store_id) = asked.store_id {
            ctx.require_store(store_id)?;
        }
        if !(0..=LONGEST_RANGE_DAYS).contains(&(asked.until - asked.from).num_days()) {
            return Err(ServiceError::field(
                "until",
                "range.invalid",
                "The last day must not lie before the first, nor more than 400 days after it.",
            ));
        }
        let db = &self.services.db().read_for(ctx.organization_id()).await?;
        let organization_id = ctx.organization_id();
        if let Some(store_id) = asked.store_id {
            outlook::get_store(db, organization_id, store_id).await?;
        }
        let (names, products, categories) = names(db, organization_id).await?;
        let shown = |store_id: Option<Uuid>| match (store_id, asked.store_id) {
            (None, _) => true,
            (Some(id), Some(wanted)) => id == wanted,
            (Some(id), None) => ctx.actor.stores.contains(id),
        };
        Ok(CalendarView {
            entries: panel::list_calendar(db, organization_id, asked.from, asked.until)
                .await?
                .into_iter()
                .filter(|e| shown(e.store_id))
                .map(|e| names.entry(ctx, e))
                .collect(),
            promotions: panel::list_promotions(db, organization_id, asked.from, asked.until)
                .await?
                .into_iter()
                .filter(|p| shown(p.store_id))
                .map(|p| names.promotion(ctx, p))
                .collect(),
            products,
            categories,
            may_write_everywhere: may_write(ctx, None),
        })
    }
}

impl Calendar<'_> {
    /// One holiday, event or closure, of a store in scope or of all.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `calendar.read`; [`ServiceError::NotFound`].
    pub async fn entry(&self, ctx: &Ctx, id: Uuid) -> ServiceResult<CalendarEntryView> {
        ctx.require(Permission::CalendarRead)?;
        let organization_id = ctx.organization_id();
        let db = self.services.db().of(organization_id);
        let row = rows::find_entry(&*db, organization_id, id)
            .await?
            .filter(|row| row.store_id.is_none_or(|id| ctx.actor.stores.contains(id)))
            .ok_or(ServiceError::NotFound("calendar entry"))?;
        let (names, _, _) = names(&*db, organization_id).await?;
        Ok(names.entry(ctx, row))
    }

    /// One promotion, of a store in scope or of all.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `calendar.read`; [`ServiceError::NotFound`].
    pub async fn promotion(&self, ctx: &Ctx, id: Uuid) -> ServiceResult<PromotionView> {
        ctx.require(Permission::CalendarRead)?;
        let organization_id = ctx.organization_id();
        let db = self.services.db().of(organization_id);
        let row = rows::find_promotion(&*db, organization_id, id)
            .await?
            .filter(|row| row.store_id.is_none_or(|id| ctx.actor.stores.contains(id)))
            .ok_or(ServiceError::NotFound("promotion"))?;
        let (names, _, _) = names(&*db, organization_id).await?;
        Ok(names.promotion(ctx, row))
    }
}

/// Names behind identifiers, and the same as lists to choose from.
async fn names(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<(Names, Vec<SubjectOption>, Vec<SubjectOption>)> {
    let stores = rows::list_store_names(db, organization_id).await?;
    let mut products = Vec::new();
    let mut categories: Vec<(i32, SubjectOption)> = Vec::new();
    for (product, category) in outlook::list_products(db, organization_id).await? {
        products.push(SubjectOption {
            id: product.id,
            name: product.name,
        });
        if let Some(c) = category
            && !categories.iter().any(|(_, known)| known.id == c.id)
        {
            categories.push((
                c.position,
                SubjectOption {
                    id: c.id,
                    name: c.name,
                },
            ));
        }
    }
    products.sort_by(|a, b| a.name.cmp(&b.name));
    categories.sort_by(|a, b| (a.0, &a.1.name).cmp(&(b.0, &b.1.name)));
    let categories: Vec<SubjectOption> = categories.into_iter().map(|(_, c)| c).collect();
    let map = |list: &[SubjectOption]| list.iter().map(|s| (s.id, s.name.clone())).collect();
    let names = Names {
        stores: stores.into_iter().collect(),
        products: map(&products),
        categories: map(&categories),
    };
    Ok((names, products, categories))
}

/// Finds what is wrong with the parts that entries and promotions share.
fn check_common(name: &str, starts_on: NaiveDate, ends_on: NaiveDate) -> Vec<FieldError> {
    let mut wrong = Vec::new();
    let mut say = |field: &str, reason: &str, message: &str| {
        wrong.push(FieldError {
            field: field.into(),
            reason: reason.into(),
            message: message.into(),
        });
    };
    let length = name.trim().chars().count();
    if length == 0 {
        say("name", "required", "It needs a name.");
    } else if length > LONGEST_NAME {
        say(
            "name",
            "text.too_long",
            "A name has at most 120 characters.",
        );
    }
    if ends_on < starts_on {
        say(
            "ends_on",
            "range.backwards",
            "The last day must not lie before the first.",
        );
    } else if (ends_on - starts_on).num_days() > LONGEST_ENTRY_DAYS {
        say("ends_on", "range.too_long", "It runs for more than a year.");
    }
    wrong
}

/// Refuses writing for stores that are not the caller's.
async fn check_store(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    store_id: Option<Uuid>,
) -> ServiceResult<()> {
    match store_id {
        Some(id) => {
            ctx.require_store(id)?;
            outlook::get_store(db, ctx.organization_id(), id).await?;
            Ok(())
        }
        None if in_reach(ctx, None) => Ok(()),
        None => Err(ServiceError::field(
            "store_id",
            "calendar.own_stores",
            "Only those who look after every store can write for all of them. Choose one of yours.",
        )),
    }
}

async fn announce(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    store_id: Option<Uuid>,
    subject_id: Uuid,
) -> ServiceResult<()> {
    live::emit(
        db,
        ctx.organization_id(),
        ctx.now,
        store_id,
        "calendar",
        Some(subject_id),
        json!({}),
    )
    .await
}
