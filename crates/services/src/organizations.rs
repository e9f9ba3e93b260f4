//! Tenants.

use crate::audit::{self, Change};
use crate::store::{organizations, people};
use crate::{Actor, Arrival, Ctx, ServiceError, ServiceResult, Services, password_rules, users};
use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Timelike, Utc};
use contract::users::CreateUser;
use domain::{Language, RoleKey};
use entity::{organization, role};
use sea_orm::ConnectionTrait;
use serde_json::json;
use uuid::Uuid;

/// Projected waste that is worth an alert where nobody said otherwise: ten of most currencies.
const DEFAULT_WASTE_ALERT_MINOR: i64 = 1_000;

/// Local minutes at which midday and the afternoon begin where nobody said otherwise: 11:00 and 15:00.
const DEFAULT_MIDDAY_MINUTE: i32 = 660;
const DEFAULT_AFTERNOON_MINUTE: i32 = 900;

/// An organization to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewOrganization {
    /// Lower-case letters, digits and dashes; stands in addresses and on the command line.
    pub slug: String,
    pub name: String,
    /// ISO 4217 code.
    pub currency: String,
    pub language: Language,
    /// IANA name.
    pub time_zone: String,
}

/// The person who can add all others.
#[derive(Clone)]
pub struct FirstAdmin {
    pub email: String,
    pub display_name: String,
    pub password: String,
}

impl std::fmt::Debug for FirstAdmin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FirstAdmin")
            .field("email", &self.email)
            .finish_non_exhaustive()
    }
}

/// An organization as operators and jobs see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganizationView {
    pub id: Uuid,
    pub slug: String,
    pub name: String,
    pub currency: String,
    pub language: Language,
    pub time_zone: String,
    pub night_hour: i32,
    pub deadline_hour: i32,
    pub import_error_threshold_bp: i32,
    pub allow_oversell: bool,
    pub created_at: DateTime<Utc>,
    pub suspended_at: Option<DateTime<Utc>>,
    /// Why, in the operator's words.
    pub suspended_for: Option<String>,
    /// From then on it is erased for good, where its people asked for that.
    pub erase_after: Option<DateTime<Utc>>,
    pub erasing_since: Option<DateTime<Utc>>,
}

impl OrganizationView {
    /// Whether nobody of it is let in and its jobs rest: suspended, or being erased.
    #[must_use]
    pub fn is_shut(&self) -> bool {
        self.suspended_at.is_some() || self.erasing_since.is_some()
    }

    /// The time zone, checked when the organization was created.
    #[must_use]
    pub fn zone(&self) -> chrono_tz::Tz {
        self.time_zone.parse().unwrap_or(chrono_tz::UTC)
    }

    /// The trading day whose forecasts should be there: the one that closed last, once the deadline of its night is over.
    #[must_use]
    pub fn forecast_due(&self, now: DateTime<Utc>) -> NaiveDate {
        let local = now.with_timezone(&self.zone());
        let hour = i32::try_from(local.hour()).unwrap_or_default();
        let nights = if hour >= self.deadline_hour { 1 } else { 2 };
        local.date_naive() - Days::new(nights)
    }

    /// The moment by which the forecasts of the night that closes a trading day should be there.
    #[must_use]
    pub fn deadline_of(&self, business_date: NaiveDate) -> DateTime<Utc> {
        let hour = u32::try_from(self.deadline_hour)
            .unwrap_or_default()
            .min(23);
        let morning = business_date + Days::new(1);
        let local = morning.and_time(NaiveTime::MIN) + TimeDelta::hours(i64::from(hour));
        crate::clock::instant(self.zone(), local)
    }
}

impl From<organization::Model> for OrganizationView {
    fn from(row: organization::Model) -> Self {
        Self {
            id: row.id,
            slug: row.slug,
            name: row.name,
            currency: row.currency,
            language: row.language,
            time_zone: row.time_zone,
            night_hour: row.night_hour,
            deadline_hour: row.deadline_hour,
            import_error_threshold_bp: row.import_error_threshold_bp,
            allow_oversell: row.allow_oversell,
            created_at: row.created_at,
            suspended_at: row.suspended_at,
            suspended_for: row.suspended_for,
            erase_after: row.erase_after,
            erasing_since: row.erasing_since,
        }
    }
}

/// Use cases of organizations; for the operator, not for signed-in people. See [`Services::organizations`].
#[derive(Clone, Debug)]
pub struct Organizations<'a> {
    pub(crate) services: &'a Services,
}

impl Services {
    /// Tenants.
    #[must_use]
    pub fn organizations(&self) -> Organizations<'_> {
        Organizations { services: self }
    }
}

/// Name of a role in the organization's language.
#[must_use]
pub fn role_name(key: RoleKey, language: Language) -> &'static str {
    match (key, language) {
        (RoleKey::StoreManager, Language::Es) => "Encargada de tienda",
        (RoleKey::StoreManager, Language::En) => "Store manager",
        (RoleKey::Production, Language::Es) => "Obrador",
        (RoleKey::Production, Language::En) => "Production",
        (RoleKey::Analyst, Language::Es) => "Analista",
        (RoleKey::Analyst, Language::En) => "Analyst",
        (RoleKey::Admin, Language::Es) => "Administración",
        (RoleKey::Admin, Language::En) => "Administrator",
    }
}

pub(crate) fn check(new: &NewOrganization) -> ServiceResult<()> {
    let slug_fits = !new.slug.is_empty()
        && new.slug.len() <= 63
        && new
            .slug
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !slug_fits {
        return Err(ServiceError::field(
            "slug",
            "format",
            "A slug is made of lower-case letters, digits and dashes.",
        ));
    }
    if new.name.trim().is_empty() {
        return Err(ServiceError::field(
            "name",
            "required",
            "An organization needs a name.",
        ));
    }
    if new.currency.len() != 3 || !new.currency.bytes().all(|b| b.is_ascii_uppercase()) {
        return Err(ServiceError::field(
            "currency",
            "format",
            "A currency is an ISO 4217 code, for example EUR.",
        ));
    }
    if new.time_zone.parse::<chrono_tz::Tz>().is_err() {
        return Err(ServiceError::field(
            "time_zone",
            "format",
            "A time zone is an IANA name, for example Europe/Madrid.",
        ));
    }
    Ok(())
}

/// Adds a checked organization, the context's, with the four roles.
pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    new: &NewOrganization,
) -> ServiceResult<()> {
    let id = ctx.organization_id();
    let row = organization::Model {
        id,
        slug: new.slug.clone(),
        name: new.name.trim().to_owned(),
        currency: new.currency.clone(),
        language: new.language,
        time_zone: new.time_zone.clone(),
        night_hour: 2,
        deadline_hour: 6,
        import_error_threshold_bp: 500,
        allow_oversell: false,
        waste_alert_minor: DEFAULT_WASTE_ALERT_MINOR,
        count_recount_minor: None,
        count_approval_minor: None,
        midday_minute: DEFAULT_MIDDAY_MINUTE,
        afternoon_minute: DEFAULT_AFTERNOON_MINUTE,
        created_at: ctx.now,
        version: 1,
        keep_months: None,
        suspended_at: None,
        suspended_for: None,
        deletion_asked_at: None,
        deletion_asked_by: None,
        erase_after: None,
        erasing_since: None,
    };
    organizations::insert(db, row).await?;
    let roles = RoleKey::ALL.iter().map(|key| role::Model {
        id: Uuid::now_v7(),
        organization_id: id,
        key: key.as_str().to_owned(),
        name: role_name(*key, new.language).to_owned(),
        permissions: json!(key.permissions()),
        version: 1,
        factor_required: false,
    });
    people::insert_roles(db, roles.collect()).await?;
    let change = Change {
        action: "organizations.create",
        subject_kind: "organization",
        subject_id: id,
        before: None,
        after: Some(
            json!({ "slug": new.slug, "name": new.name, "currency": new.currency, "time_zone": new.time_zone }),
        ),
    };
    audit::record(db, ctx, change).await
}

impl Organizations<'_> {
    /// Creates an organization with the four roles and, where given, its first administrator.
    ///
    /// # Errors
    /// [`ServiceError::Invalid`], [`ServiceError::Conflict`] when the slug or the address is taken.
    pub async fn create(
        &self,
        arrival: &Arrival,
        new: NewOrganization,
        admin: Option<FirstAdmin>,
    ) -> ServiceResult<Uuid> {
        check(&new)?;
        let id = Uuid::now_v7();
        let ctx = arrival.by(Actor::system(id, "operator"));
        let admin = match admin {
            None => None,
            Some(admin) => {
                let command = CreateUser {
                    command_id: Uuid::now_v7(),
                    email: admin.email,
                    display_name: admin.display_name,
                    language: Some(new.language),
                    roles: vec![RoleKey::Admin],
                    role_ids: Vec::new(),
                    all_stores: true,
                    stores: Vec::new(),
                    password: admin.password,
                };
                password_rules::check(&command.password, &command.email, &command.display_name)
                    .await?;
                let hash = self.services.passwords.hash(&command.password).await?;
                Some((command, hash))
            }
        };
        let tx = self.services.db().begin_past_the_wall().await?;
        if organizations::find_by_slug(&*tx, &new.slug)
            .await?
            .is_some()
        {
            return Err(ServiceError::Conflict {
                reason: "organization.slug_taken",
                message: format!("There is already an organization {:?}.", new.slug),
            });
        }
        insert(&*tx, &ctx, &new).await?;
        if let Some((command, hash)) = admin {
            users::insert_person(&*tx, &ctx, &command, hash).await?;
        }
        tx.commit().await?;
        Ok(id)
    }

    /// The organization with this slug.
    ///
    /// # Errors
    /// The database's.
    pub async fn find_by_slug(&self, slug: &str) -> ServiceResult<Option<OrganizationView>> {
        Ok(
            organizations::find_by_slug(self.services.db().past_the_wall(), slug)
                .await?
                .map(Into::into),
        )
    }

    /// One organization.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`].
    pub async fn get(&self, id: Uuid) -> ServiceResult<OrganizationView> {
        Ok(organizations::get(&self.services.db().of(id), id)
            .await?
            .into())
    }

    /// Whether nobody of it is let in and its jobs rest, also where there is no such organization any more.
    ///
    /// # Errors
    /// The database's.
    pub async fn is_shut(&self, id: Uuid) -> ServiceResult<bool> {
        organizations::is_shut(&self.services.db().of(id), id).await
    }

    /// Every organization, by slug.
    ///
    /// # Errors
    /// The database's.
    pub async fn list(&self) -> ServiceResult<Vec<OrganizationView>> {
        Ok(organizations::list(self.services.db().past_the_wall())
            .await?
            .into_iter()
            .map(Into::into)
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;

    #[test]
    fn a_night_is_not_missed_before_its_deadline() {
        let organization = OrganizationView {
            id: Uuid::nil(),
            slug: "horno".to_owned(),
            name: "Horno".to_owned(),
            currency: "EUR".to_owned(),
            language: Language::Es,
            time_zone: "Europe/Madrid".to_owned(),
            night_hour: 2,
            deadline_hour: 6,
            import_error_threshold_bp: 500,
            allow_oversell: true,
            created_at: DateTime::UNIX_EPOCH,
            suspended_at: None,
            suspended_for: None,
            erase_after: None,
            erasing_since: None,
        };
        let due = |hour, minute| {
            let now = Utc.with_ymd_and_hms(2026, 3, 10, hour, minute, 0).single();
            organization.forecast_due(now.expect("a moment that exists once"))
        };
        let day = |day| NaiveDate::from_ymd_opt(2026, 3, day).expect("a day of the calendar");
        // One hour behind Madrid.
        assert_eq!(due(4, 59), day(8));
        assert_eq!(due(5, 0), day(9));
        assert_eq!(due(22, 59), day(9));
        assert_eq!(due(23, 0), day(9));
        let deadline = organization.deadline_of(day(9));
        assert_eq!(deadline.to_rfc3339(), "2026-03-10T05:00:00+00:00");
    }
}
