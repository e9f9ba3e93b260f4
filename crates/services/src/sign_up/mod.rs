//! How an organization comes to be: somebody is invited by the operator, or asks where the operator allows it, gets a link that works
//! once, and makes the organization with its first store and first administrator.
//!
//! A link carries 256 random bits that are kept as SHA-256; whoever reads the database can make no organization of it. It goes by mail, or is
//! printed once for whoever runs the installation. Whether an address is somebody's already is told to nobody who merely asks.

mod links;
mod naming;

pub use links::{Cause, Link, OpenLink};

use crate::api_keys::digest;
use crate::organizations::{self, NewOrganization};
use crate::store::{catalog, organizations as organization_rows, sign_up as rows};
use crate::{Actor, Arrival, ServiceError, ServiceResult, Services, password_rules, users};
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use contract::FieldError;
use contract::users::CreateUser;
use domain::{Language, RoleKey, StoreKind};
use entity::{organization_invitation as invitation, store};
use naming::slug_of;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

/// So long a link works.
pub const LINK_LIFE: TimeDelta = TimeDelta::days(7);

/// Longest text that can be a token.
const LONGEST_TOKEN: usize = 200;

/// The code of an organization's first store.
const FIRST_STORE: &str = "S01";

/// What somebody fills in who follows a link.
#[derive(Clone)]
pub struct SignUp {
    /// From the link.
    pub token: String,
    /// Of the company.
    pub name: String,
    /// ISO 4217 code.
    pub currency: String,
    pub language: Language,
    /// IANA name.
    pub time_zone: String,
    pub store_name: String,
    pub store_city: String,
    /// Of the person.
    pub display_name: String,
    pub password: String,
}

impl std::fmt::Debug for SignUp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignUp")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// An organization that came to be, and the address with which its administrator signs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedUp {
    pub organization_id: Uuid,
    pub slug: String,
    pub email: String,
}

/// Use cases of signing up; see [`Services::sign_up`].
#[derive(Debug)]
pub struct SigningUp<'a> {
    services: &'a Services,
}

impl Services {
    /// How organizations come to be.
    #[must_use]
    pub fn sign_up(&self) -> SigningUp<'_> {
        SigningUp { services: self }
    }
}

/// What is wrong with what was filled in, besides what the rules for organizations and people say.
fn faults(asked: &SignUp) -> Vec<FieldError> {
    let mut faults = Vec::new();
    let mut text = |field: &str, value: &str, needed: bool| {
        let value = value.trim();
        let fits = value.chars().count() <= 120
            && !value.chars().any(char::is_control)
            && (!needed || !value.is_empty());
        if !fits {
            faults.push(FieldError {
                field: field.to_owned(),
                reason: "name.format".to_owned(),
                message: "A name has 1 to 120 characters.".to_owned(),
            });
        }
    };
    text("name", &asked.name, true);
    text("store_name", &asked.store_name, true);
    text("store_city", &asked.store_city, false);
    text("display_name", &asked.display_name, true);
    faults
}

fn used_up() -> ServiceError {
    ServiceError::rule(
        "sign_up.link",
        "This link is unknown, has expired or was used. Ask for another one.",
    )
}

impl SigningUp<'_> {
    /// Makes an organization with its first store and administrator, and uses the link up by that.
    ///
    /// # Errors
    /// [`ServiceError::Rule`] `sign_up.link` where the link works no more; [`ServiceError::Invalid`] by field.
    pub async fn sign_up(&self, arrival: &Arrival, asked: SignUp) -> ServiceResult<SignedUp> {
        let found = self.find(&asked.token, arrival.now).await?;
        let faults = faults(&asked);
        if !faults.is_empty() {
            return Err(ServiceError::Invalid(faults));
        }
        password_rules::check(&asked.password, &found.email, &asked.display_name).await?;
        let new = NewOrganization {
            slug: slug_of(&asked.name),
            name: asked.name.clone(),
            currency: asked.currency.trim().to_uppercase(),
            language: asked.language,
            time_zone: asked.time_zone.trim().to_owned(),
        };
        organizations::check(&new)?;
        let hash = self.services.passwords.hash(&asked.password).await?;
        self.services
            .db()
            .retry(|| self.sign_up_once(arrival, &asked, &new, &found, &hash))
            .await
    }

    async fn find(&self, token: &str, now: DateTime<Utc>) -> ServiceResult<invitation::Model> {
        if token.is_empty() || token.len() > LONGEST_TOKEN {
            return Err(used_up());
        }
        let db = self.services.db().past_the_wall();
        rows::find_by_hash(db, &digest(token))
            .await?
            .filter(|row| row.expires_at > now)
            .ok_or_else(used_up)
    }

    async fn sign_up_once(
        &self,
        arrival: &Arrival,
        asked: &SignUp,
        new: &NewOrganization,
        found: &invitation::Model,
        password_hash: &str,
    ) -> ServiceResult<SignedUp> {
        let tx = self.services.db().begin_past_the_wall().await?;
        // Of two who follow the same link one deletes the row, and the other finds none.
        if !rows::delete(&*tx, found.id).await? {
            return Err(used_up());
        }
        let id = Uuid::now_v7();
        let new = NewOrganization {
            slug: free_slug(&*tx, &new.slug, id).await?,
            ..new.clone()
        };
        let ctx = arrival.by(Actor::system(id, "sign_up"));
        organizations::insert(&*tx, &ctx, &new).await?;
        let first = first_store(&ctx, asked, &new);
        catalog::insert_store(&*tx, first).await?;
        let person = CreateUser {
            command_id: Uuid::now_v7(),
            email: found.email.clone(),
            display_name: asked.display_name.clone(),
            language: Some(asked.language),
            roles: vec![RoleKey::Admin],
            role_ids: Vec::new(),
            all_stores: true,
            stores: Vec::new(),
            password: String::new(),
        };
        users::insert_person(&*tx, &ctx, &person, password_hash.to_owned()).await?;
        tx.commit().await?;
        Ok(SignedUp {
            organization_id: id,
            slug: new.slug,
            email: found.email.clone(),
        })
    }
}

/// The slug itself, or with a number behind it; after many of one name with the organization's own digits.
async fn free_slug(db: &impl ConnectionTrait, wanted: &str, id: Uuid) -> ServiceResult<String> {
    let numbered = (2..20).map(|number| format!("{wanted}-{number}"));
    for slug in std::iter::once(wanted.to_owned()).chain(numbered) {
        if organization_rows::find_by_slug(db, &slug).await?.is_none() {
            return Ok(slug);
        }
    }
    Ok(format!("{wanted}-{}", &id.simple().to_string()[20..]))
}

/// A shop that opens on every day from seven to nine in the evening, until somebody says otherwise.
fn first_store(ctx: &crate::Ctx, asked: &SignUp, new: &NewOrganization) -> store::Model {
    store::Model {
        id: Uuid::now_v7(),
        organization_id: ctx.organization_id(),
        code: FIRST_STORE.to_owned(),
        name: asked.store_name.trim().to_owned(),
        kind: StoreKind::Shop,
        city: asked.store_city.trim().to_owned(),
        region: String::new(),
        time_zone: new.time_zone.clone(),
        latitude_e6: 0,
        longitude_e6: 0,
        opening_days: 0b111_1111,
        opens_at_minute: 7 * 60,
        closes_at_minute: 21 * 60,
        kitchen_store_id: None,
        active: true,
        oven_trays_per_hour: None,
        bakes_from_minute: None,
        mixer_capacity: None,
        created_at: ctx.now.trunc_subsecs(6),
        version: 1,
    }
}
