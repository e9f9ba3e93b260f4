//! Coming in on a provider's word.

use super::{SingleSignOn, list_of, redirect_path, roles_of};
use crate::api_keys::random_hex;
use crate::audit::{self, Change};
use crate::identity::SignedIn;
use crate::store::{catalog, organizations, people, roles as role_rows, single_sign_on as rows};
use crate::users::insert_person;
use crate::{Actor, Arrival, Ctx, ServiceError, ServiceResult};
use chrono::SubsecRound;
use contract::single_sign_on::ProviderOffer;
use contract::users::CreateUser;
use domain::sign_in::{domain_of, is_domain, is_email, normal_email, tried_email};
use entity::{identity_provider, user, user_identity};
use sea_orm::ConnectionTrait;
use serde_json::json;
use uuid::Uuid;

const UNVERIFIED: &str = "single_sign_on.unverified";
const DOMAIN: &str = "single_sign_on.domain";
const UNKNOWN: &str = "single_sign_on.unknown";
const OTHER_SUBJECT: &str = "single_sign_on.other_subject";

/// Reasons by which [`SingleSignOn::accept`] keeps somebody out.
pub const REFUSALS: [&str; 4] = [UNVERIFIED, DOMAIN, UNKNOWN, OTHER_SUBJECT];

/// Longest name for a person that a provider may have (OpenID Connect Core 1.0, section 2).
const LONGEST_SUBJECT: usize = 255;
const LONGEST_NAME: usize = 120;

/// A provider as it is asked.
#[derive(Clone)]
pub struct Provider {
    pub id: Uuid,
    pub issuer: String,
    pub client_id: String,
    pub client_secret: Option<String>,
    /// Where it sends people back to, below the address of the installation.
    pub redirect_path: String,
    organization_id: Uuid,
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Provider")
            .field("id", &self.id)
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}

/// What a provider says of somebody, proved to be its own word.
#[derive(Clone)]
pub struct Told {
    /// The provider's own name for the person.
    pub subject: String,
    pub email: Option<String>,
    pub email_verified: bool,
    pub name: Option<String>,
    /// Whether the provider says that it asked for a second factor.
    pub factor: bool,
}

impl std::fmt::Debug for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Told")
            .field("email_verified", &self.email_verified)
            .field("factor", &self.factor)
            .finish_non_exhaustive()
    }
}

/// The host of a web address, with its port where it names one.
fn host_of(issuer: &str) -> String {
    let rest = issuer.split_once("://").map_or(issuer, |(_, rest)| rest);
    rest.split('/').next().unwrap_or_default().to_owned()
}

fn refused(reason: &'static str, message: &str) -> ServiceError {
    ServiceError::rule(reason, message)
}

fn unknown() -> ServiceError {
    refused(
        UNKNOWN,
        "Nobody of this organization has this address, or may come in with it. Ask an administrator to add you.",
    )
}

/// A name for somebody of whom the provider tells none, or one that cannot be kept.
fn name_of(told: &Told, email: &str) -> String {
    let given: String = told
        .name
        .as_deref()
        .unwrap_or_default()
        .chars()
        .filter(|c| !c.is_control())
        .take(LONGEST_NAME)
        .collect();
    let given = given.trim();
    let name = if given.is_empty() {
        email.split('@').next().unwrap_or(email)
    } else {
        given
    };
    name.chars().take(LONGEST_NAME).collect()
}

impl SingleSignOn<'_> {
    /// Where somebody may prove who they are: by the domain of the address that they type, by the short name of their organization, or by the
    /// id of a provider. What is answered depends on what organizations have set and never on whether there is such a person.
    ///
    /// Nobody proves to us that a domain is theirs. So a domain that several organizations name leads nowhere, nor does one at which the
    /// organization has nobody; the page tells organization and host in any case.
    ///
    /// # Errors
    /// The database's.
    pub async fn offers(&self, hint: &str) -> ServiceResult<Vec<ProviderOffer>> {
        let hint = tried_email(hint);
        // Whoever comes in has no organization yet.
        let db = self.services.db().past_the_wall();
        let domain = domain_of(&hint).or_else(|| is_domain(&hint).then(|| hint.clone()));
        let mut found: Vec<identity_provider::Model> = if let Ok(id) = hint.parse::<Uuid>() {
            rows::find_by_id(db, id).await?.into_iter().collect()
        } else if let Some(domain) = &domain {
            let mut found = rows::list_active_by_domain(db, domain).await?;
            let first = found.first().map(|row| row.organization_id);
            let is_one = found.iter().all(|row| Some(row.organization_id) == first);
            let is_theirs = match first {
                Some(id) => is_one && rows::has_person_at(db, id, domain).await?,
                None => false,
            };
            if !is_theirs {
                found.clear();
            }
            found
        } else {
            match organizations::find_by_slug(db, &hint).await? {
                Some(organization) => rows::list(db, organization.id).await?,
                None => Vec::new(),
            }
        };
        found.retain(|row| row.active);
        let mut offers = Vec::new();
        for row in found {
            if organizations::is_shut(db, row.organization_id).await? {
                continue;
            }
            let organization = organizations::get(db, row.organization_id).await?;
            offers.push(ProviderOffer {
                id: row.id,
                host: host_of(&row.issuer),
                name: row.name,
                organization_name: organization.name,
            });
        }
        Ok(offers)
    }

    /// A provider in use, with what is needed to ask it.
    ///
    /// # Errors
    /// Not found, also where it is switched off; [`ServiceError::Suspended`].
    pub async fn open(&self, id: Uuid) -> ServiceResult<Provider> {
        // Whoever comes in has no organization yet.
        let db = self.services.db().past_the_wall();
        let row = rows::find_by_id(db, id)
            .await?
            .filter(|row| row.active)
            .ok_or(ServiceError::NotFound("identity provider"))?;
        if organizations::is_shut(db, row.organization_id).await? {
            return Err(ServiceError::Suspended);
        }
        let client_secret = match &row.secret_sealed {
            Some(sealed) => {
                let bytes = self.services.vault.open(row.id, sealed)?;
                let text = String::from_utf8(bytes)
                    .map_err(|_| ServiceError::Internal("a sealed secret is no text".into()))?;
                Some(text)
            }
            None => None,
        };
        Ok(Provider {
            id: row.id,
            redirect_path: redirect_path(row.id),
            organization_id: row.organization_id,
            issuer: row.issuer,
            client_id: row.client_id,
            client_secret,
        })
    }

    /// Lets in whom a provider named, or leads them to the second step.
    ///
    /// # Errors
    /// [`ServiceError::Rule`] of [`REFUSALS`]; [`ServiceError::Unauthenticated`] for a closed account; [`ServiceError::Suspended`]; not found
    /// where the provider was switched off or changed meanwhile.
    pub async fn accept(
        &self,
        arrival: &Arrival,
        provider: &Provider,
        told: &Told,
    ) -> ServiceResult<SignedIn> {
        let email = told
            .email
            .as_deref()
            .map(normal_email)
            .filter(|email| told.email_verified && is_email(email))
            .ok_or_else(|| {
                refused(
                    UNVERIFIED,
                    "The provider does not say that your address is verified.",
                )
            })?;
        if told.subject.is_empty() || told.subject.len() > LONGEST_SUBJECT {
            return Err(unknown());
        }
        let hash = self.nobodys_password(provider, told).await?;
        let (row, user_id) = self
            .services
            .db()
            .retry(|| self.find_or_make(arrival, provider, told, &email, hash.as_deref()))
            .await?;
        let factor_proved = row.trusts_factor && told.factor;
        let proof = json!({ "provider_id": row.id, "provider": row.name, "factor": factor_proved });
        self.services
            .identity()
            .admit(arrival, row.organization_id, user_id, factor_proved, proof)
            .await
    }

    /// What somebody who is made gets as the hash of a password: of one that nobody knows. Nothing where nobody is made.
    async fn nobodys_password(
        &self,
        provider: &Provider,
        told: &Told,
    ) -> ServiceResult<Option<String>> {
        let organization_id = provider.organization_id;
        let db = self.services.db().read_for(organization_id).await?;
        let row = rows::get(&db, organization_id, provider.id).await?;
        let is_known = rows::find_identity(&db, &row, &told.subject)
            .await?
            .is_some();
        drop(db);
        if is_known || !row.makes_people {
            return Ok(None);
        }
        let nobodys = random_hex::<32>();
        self.services.passwords.hash(&nobodys).await.map(Some)
    }

    /// The person whom the provider means, linked to its name for them.
    async fn find_or_make(
        &self,
        arrival: &Arrival,
        provider: &Provider,
        told: &Told,
        email: &str,
        hash: Option<&str>,
    ) -> ServiceResult<(identity_provider::Model, Uuid)> {
        let organization_id = provider.organization_id;
        let tx = self.services.db().begin_for(organization_id).await?;
        organizations::lock(&*tx, organization_id).await?;
        let row = rows::get(&*tx, organization_id, provider.id).await?;
        if !row.active || row.issuer != provider.issuer || row.client_id != provider.client_id {
            return Err(ServiceError::NotFound("identity provider"));
        }
        let domains = rows::list_domains(&*tx, organization_id).await?;
        let own = domains.get(&row.id).map(Vec::as_slice).unwrap_or_default();
        if !domain_of(email).is_some_and(|domain| own.contains(&domain)) {
            return Err(refused(
                DOMAIN,
                "Addresses of this domain are not let in through this provider.",
            ));
        }
        let now = arrival.now.trunc_subsecs(6);
        if let Some(known) = rows::find_identity(&*tx, &row, &told.subject).await? {
            rows::update_used(&*tx, organization_id, known.id, now).await?;
            tx.commit().await?;
            return Ok((row, known.user_id));
        }
        let ctx = arrival.by(Actor::system(organization_id, "single_sign_on"));
        let found = people::find_by_email(&*tx, email)
            .await?
            // Of no other organization, whichever engine answers.
            .filter(|person| person.organization_id == organization_id);
        let user_id = match found {
            Some(person) => known_person(&*tx, &row, &person).await?,
            None if row.makes_people => {
                // Whoever was there a moment ago was taken away: they come again.
                let hash = hash.ok_or(ServiceError::NotFound("identity provider"))?;
                make_person(&*tx, &ctx, &row, told, email, hash).await?
            }
            None => return Err(unknown()),
        };
        let identity = user_identity::Model {
            id: Uuid::now_v7(),
            organization_id,
            provider_id: row.id,
            user_id,
            issuer: row.issuer.clone(),
            subject: told.subject.clone(),
            created_at: now,
            last_used_at: now,
        };
        rows::insert_identity(&*tx, identity).await?;
        let after = json!({ "provider_id": row.id, "provider": row.name, "issuer": row.issuer });
        let change = Change {
            action: "single_sign_on.link",
            subject_kind: "user",
            subject_id: user_id,
            before: None,
            after: Some(after),
        };
        audit::record(&*tx, &ctx, change).await?;
        tx.commit().await?;
        Ok((row, user_id))
    }
}

/// Somebody who is there already, and whom the provider did not name before.
async fn known_person(
    db: &impl ConnectionTrait,
    row: &identity_provider::Model,
    person: &user::Model,
) -> ServiceResult<Uuid> {
    if !person.active {
        return Err(ServiceError::Unauthenticated);
    }
    // An address that the provider gave to somebody else is not the person's any more.
    if rows::knows(db, row, person.id).await? {
        return Err(refused(
            OTHER_SUBJECT,
            "Your provider knew somebody else by this address. Ask an administrator.",
        ));
    }
    Ok(person.id)
}

async fn make_person(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    row: &identity_provider::Model,
    told: &Told,
    email: &str,
    hash: &str,
) -> ServiceResult<Uuid> {
    // What was taken away meanwhile is given to nobody.
    let known = catalog::list_store_ids(db, row.organization_id).await?;
    let mut stores: Vec<Uuid> = list_of(row.id, &row.stores)?;
    stores.retain(|id| known.contains(id));
    let own_roles = role_rows::list(db, row.organization_id).await?;
    let mut role_ids: Vec<Uuid> = list_of(row.id, &row.role_ids)?;
    role_ids.retain(|id| own_roles.iter().any(|role| role.id == *id));
    let command = CreateUser {
        command_id: Uuid::now_v7(),
        email: email.to_owned(),
        display_name: name_of(told, email),
        language: None,
        roles: roles_of(row)?,
        role_ids,
        all_stores: row.all_stores,
        stores,
        password: String::new(),
    };
    match insert_person(db, ctx, &command, hash.to_owned()).await {
        // The address is another organization's, which nobody here is told; or nothing is left of what such a person would get.
        Err(ServiceError::Invalid(_)) => Err(unknown()),
        made => made,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(name: Option<&str>) -> Told {
        Told {
            subject: "1".into(),
            email: None,
            email_verified: true,
            name: name.map(str::to_owned),
            factor: false,
        }
    }

    #[test]
    fn everybody_gets_a_name_that_can_be_kept() {
        assert_eq!(
            name_of(&told(Some(" Ana \u{7}Pan ")), "ana@a.example"),
            "Ana Pan"
        );
        assert_eq!(name_of(&told(Some("\n")), "ana@a.example"), "ana");
        assert_eq!(name_of(&told(None), "ana@a.example"), "ana");
        let long = "x".repeat(500);
        assert_eq!(name_of(&told(Some(&long)), "ana@a.example").len(), 120);
    }

    #[test]
    fn the_host_is_told_without_its_path() {
        assert_eq!(
            host_of("https://login.a.example/realms/b"),
            "login.a.example"
        );
        assert_eq!(host_of("http://127.0.0.1:4010"), "127.0.0.1:4010");
    }
}
