//! Rows of providers, their domains, and under which names they know people.

use crate::{ServiceError, ServiceResult};
use chrono::{DateTime, Utc};
use entity::identity_provider::{self, Column as P};
use entity::identity_provider_domain::{self, Column as D};
use entity::user;
use entity::user_identity::{self, Column as I};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder,
};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Every provider, the oldest first.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<Vec<identity_provider::Model>> {
    Ok(identity_provider::Entity::find()
        .filter(P::OrganizationId.eq(organization_id))
        .order_by_asc(P::Id)
        .all(db)
        .await?)
}

/// One provider.
pub(crate) async fn get(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<identity_provider::Model> {
    identity_provider::Entity::find_by_id(id)
        .filter(P::OrganizationId.eq(organization_id))
        .one(db)
        .await?
        .ok_or(ServiceError::NotFound("identity provider"))
}

/// A provider by id alone, for whoever comes in and has no organization yet.
pub(crate) async fn find_by_id(
    db: &impl ConnectionTrait,
    id: Uuid,
) -> ServiceResult<Option<identity_provider::Model>> {
    Ok(identity_provider::Entity::find_by_id(id).one(db).await?)
}

/// Providers in use that name a domain, of whichever organization.
pub(crate) async fn list_active_by_domain(
    db: &impl ConnectionTrait,
    domain: &str,
) -> ServiceResult<Vec<identity_provider::Model>> {
    let named = identity_provider_domain::Entity::find()
        .filter(D::Domain.eq(domain))
        .all(db)
        .await?;
    Ok(identity_provider::Entity::find()
        .filter(P::Id.is_in(named.into_iter().map(|row| row.provider_id)))
        .filter(P::Active.eq(true))
        .order_by_asc(P::Id)
        .all(db)
        .await?)
}

/// Domains, by provider.
pub(crate) async fn list_domains(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<BTreeMap<Uuid, Vec<String>>> {
    let rows = identity_provider_domain::Entity::find()
        .filter(D::OrganizationId.eq(organization_id))
        .order_by_asc(D::Domain)
        .all(db)
        .await?;
    let mut domains: BTreeMap<Uuid, Vec<String>> = BTreeMap::new();
    for row in rows {
        domains.entry(row.provider_id).or_default().push(row.domain);
    }
    Ok(domains)
}

/// A new provider.
pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    row: identity_provider::Model,
) -> ServiceResult<()> {
    identity_provider::Entity::insert(row.into_active_model())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Writes everything that may change.
pub(crate) async fn update(
    db: &impl ConnectionTrait,
    row: &identity_provider::Model,
) -> ServiceResult<()> {
    let change = identity_provider::ActiveModel {
        name: Set(row.name.clone()),
        issuer: Set(row.issuer.clone()),
        client_id: Set(row.client_id.clone()),
        secret_sealed: Set(row.secret_sealed.clone()),
        makes_people: Set(row.makes_people),
        roles: Set(row.roles.clone()),
        role_ids: Set(row.role_ids.clone()),
        all_stores: Set(row.all_stores),
        stores: Set(row.stores.clone()),
        trusts_factor: Set(row.trusts_factor),
        passwords_allowed: Set(row.passwords_allowed),
        active: Set(row.active),
        version: Set(row.version),
        ..Default::default()
    };
    identity_provider::Entity::update_many()
        .set(change)
        .filter(P::OrganizationId.eq(row.organization_id))
        .filter(P::Id.eq(row.id))
        .exec(db)
        .await?;
    Ok(())
}

/// Exactly these domains from now on.
pub(crate) async fn replace_domains(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    provider_id: Uuid,
    domains: &BTreeSet<String>,
) -> ServiceResult<()> {
    identity_provider_domain::Entity::delete_many()
        .filter(D::OrganizationId.eq(organization_id))
        .filter(D::ProviderId.eq(provider_id))
        .exec(db)
        .await?;
    let rows = domains
        .iter()
        .map(|domain| identity_provider_domain::ActiveModel {
            provider_id: Set(provider_id),
            domain: Set(domain.clone()),
            organization_id: Set(organization_id),
        });
    identity_provider_domain::Entity::insert_many(rows)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Takes a provider away, with its domains and what it knows people by.
pub(crate) async fn delete(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<()> {
    identity_provider::Entity::delete_many()
        .filter(P::OrganizationId.eq(organization_id))
        .filter(P::Id.eq(id))
        .exec(db)
        .await?;
    Ok(())
}

/// How many people have come in through a provider.
pub(crate) async fn count_people(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    provider_id: Uuid,
) -> ServiceResult<u64> {
    Ok(user_identity::Entity::find()
        .filter(I::OrganizationId.eq(organization_id))
        .filter(I::ProviderId.eq(provider_id))
        .count(db)
        .await?)
}

/// Whom a provider means by a subject.
pub(crate) async fn find_identity(
    db: &impl ConnectionTrait,
    provider: &identity_provider::Model,
    subject: &str,
) -> ServiceResult<Option<user_identity::Model>> {
    Ok(user_identity::Entity::find()
        .filter(I::OrganizationId.eq(provider.organization_id))
        .filter(I::ProviderId.eq(provider.id))
        .filter(I::Issuer.eq(provider.issuer.as_str()))
        .filter(I::Subject.eq(subject))
        .one(db)
        .await?)
}

/// Whether a provider knows a person already, under whichever subject.
pub(crate) async fn knows(
    db: &impl ConnectionTrait,
    provider: &identity_provider::Model,
    user_id: Uuid,
) -> ServiceResult<bool> {
    Ok(user_identity::Entity::find()
        .filter(I::OrganizationId.eq(provider.organization_id))
        .filter(I::ProviderId.eq(provider.id))
        .filter(I::Issuer.eq(provider.issuer.as_str()))
        .filter(I::UserId.eq(user_id))
        .one(db)
        .await?
        .is_some())
}

/// From now on the provider's subject is this person.
pub(crate) async fn insert_identity(
    db: &impl ConnectionTrait,
    row: user_identity::Model,
) -> ServiceResult<()> {
    user_identity::Entity::insert(row.into_active_model())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Notes that somebody came in by it.
pub(crate) async fn update_used(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
    at: DateTime<Utc>,
) -> ServiceResult<()> {
    let change = user_identity::ActiveModel {
        last_used_at: Set(at),
        ..Default::default()
    };
    user_identity::Entity::update_many()
        .set(change)
        .filter(I::OrganizationId.eq(organization_id))
        .filter(I::Id.eq(id))
        .exec(db)
        .await?;
    Ok(())
}

/// Whether somebody has come in through a provider in use that lets nobody of its people in by password.
pub(crate) async fn forbids_password(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    user_id: Uuid,
) -> ServiceResult<bool> {
    let known = user_identity::Entity::find()
        .filter(I::OrganizationId.eq(organization_id))
        .filter(I::UserId.eq(user_id))
        .all(db)
        .await?;
    if known.is_empty() {
        return Ok(false);
    }
    Ok(identity_provider::Entity::find()
        .filter(P::OrganizationId.eq(organization_id))
        .filter(P::Id.is_in(known.into_iter().map(|row| row.provider_id)))
        .filter(P::Active.eq(true))
        .filter(P::PasswordsAllowed.eq(false))
        .one(db)
        .await?
        .is_some())
}

/// Whether the organization has somebody who may come in with an address of this domain.
pub(crate) async fn has_person_at(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    domain: &str,
) -> ServiceResult<bool> {
    Ok(user::Entity::find()
        .filter(user::Column::OrganizationId.eq(organization_id))
        .filter(user::Column::Active.eq(true))
        .filter(user::Column::Email.ends_with(format!("@{domain}")))
        .one(db)
        .await?
        .is_some())
}
