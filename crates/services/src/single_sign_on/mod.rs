//! Single sign-on: an organization names providers of OpenID Connect, and people come in on their word.
//!
//! Here stand what an organization sets about a provider and whom its word lets in. How a provider is asked, and how its word is proved to be
//! its own, is the server's (`server/src/single_sign_on`).
//!
//! A provider speaks for its own organization alone: whoever it names is looked for among that organization's people and nowhere else, by the
//! provider's own name for them (issuer and subject) once they are known, before that by a verified address of a domain that the
//! organization set. Whoever sets up a provider can be anybody of the organization through it, so they must hold every right of
//! administration themselves.

mod editing;
mod entering;

pub use entering::{Provider, REFUSALS, Told};

use crate::store::single_sign_on as rows;
use crate::{Ctx, ServiceError, ServiceResult, Services, StoreScope, roles};
use contract::single_sign_on::{ProviderValues, ProviderView};
use domain::Permission;
use entity::identity_provider;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

/// Use cases of single sign-on; see [`Services::single_sign_on`].
#[derive(Clone, Copy, Debug)]
pub struct SingleSignOn<'a> {
    services: &'a Services,
}

impl Services {
    /// Providers that say who somebody is.
    #[must_use]
    pub fn single_sign_on(&self) -> SingleSignOn<'_> {
        SingleSignOn { services: self }
    }
}

/// Where a provider sends people back to, below the address of the installation. Each has its own, so that what one provider answers is never
/// taken for another's.
#[must_use]
pub fn redirect_path(id: Uuid) -> String {
    format!("/login/sso/{id}/answer")
}

/// Refuses whoever holds less than somebody could be through a provider.
fn require_everything(ctx: &Ctx) -> ServiceResult<()> {
    let all = Permission::ALL.iter().copied().collect();
    roles::require_rights(ctx, &all)?;
    match ctx.actor.stores {
        StoreScope::All => Ok(()),
        StoreScope::Only(_) => Err(ServiceError::rule(
            "users.beyond_stores",
            "This reaches into stores that you do not see yourself.",
        )),
    }
}

fn list_of<T: DeserializeOwned>(id: Uuid, list: &Value) -> ServiceResult<Vec<T>> {
    serde_json::from_value(list.clone())
        .map_err(|e| ServiceError::Internal(format!("provider {id} cannot be read: {e}")))
}

/// Words of roles that this version does not know grant nothing.
fn roles_of(row: &identity_provider::Model) -> ServiceResult<Vec<domain::RoleKey>> {
    let words: Vec<String> = list_of(row.id, &row.roles)?;
    Ok(words.iter().filter_map(|word| word.parse().ok()).collect())
}

fn view(
    row: &identity_provider::Model,
    domains: Vec<String>,
    people: u64,
) -> ServiceResult<ProviderView> {
    Ok(ProviderView {
        id: row.id,
        values: ProviderValues {
            name: row.name.clone(),
            issuer: row.issuer.clone(),
            client_id: row.client_id.clone(),
            domains,
            makes_people: row.makes_people,
            roles: roles_of(row)?,
            role_ids: list_of(row.id, &row.role_ids)?,
            all_stores: row.all_stores,
            stores: list_of(row.id, &row.stores)?,
            trusts_factor: row.trusts_factor,
            passwords_allowed: row.passwords_allowed,
            active: row.active,
        },
        has_secret: row.secret_sealed.is_some(),
        redirect_path: redirect_path(row.id),
        people: u32::try_from(people).unwrap_or(u32::MAX),
        created_at: row.created_at,
        version: row.version,
    })
}

impl SingleSignOn<'_> {
    /// Every provider of the organization, the oldest first, without secrets.
    ///
    /// # Errors
    /// Forbidden without `settings.write`.
    pub async fn list(&self, ctx: &Ctx) -> ServiceResult<Vec<ProviderView>> {
        ctx.require(Permission::SettingsWrite)?;
        let organization_id = ctx.organization_id();
        let db = &self.services.db().read_for(organization_id).await?;
        let mut domains = rows::list_domains(db, organization_id).await?;
        let mut views = Vec::new();
        for row in rows::list(db, organization_id).await? {
            let people = rows::count_people(db, organization_id, row.id).await?;
            let own = domains.remove(&row.id).unwrap_or_default();
            views.push(view(&row, own, people)?);
        }
        Ok(views)
    }

    /// One provider, without its secret.
    ///
    /// # Errors
    /// Forbidden without `settings.write`; not found.
    pub async fn get(&self, ctx: &Ctx, id: Uuid) -> ServiceResult<ProviderView> {
        ctx.require(Permission::SettingsWrite)?;
        let organization_id = ctx.organization_id();
        let db = &self.services.db().read_for(organization_id).await?;
        let row = rows::get(db, organization_id, id).await?;
        let domains = rows::list_domains(db, organization_id).await?.remove(&id);
        let people = rows::count_people(db, organization_id, id).await?;
        view(&row, domains.unwrap_or_default(), people)
    }
}
