//! Naming providers, changing them, taking them away.

use super::{SingleSignOn, require_everything, view};
use crate::audit::{self, Change};
use crate::ingredients::Faults;
use crate::production_orders::moment;
use crate::store::{organizations, single_sign_on as rows};
use crate::users::check_place;
use crate::{Ctx, ServiceError, ServiceResult, receipts};
use contract::single_sign_on::{ProviderValues, ProviderView, RemoveProvider, SaveProvider};
use domain::Permission;
use domain::sign_in::is_domain;
use entity::identity_provider;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

const SAVE: &str = "single_sign_on.save";
const REMOVE: &str = "single_sign_on.remove";
const SUBJECT: &str = "identity_provider";

const LONGEST_NAME: usize = 80;
const LONGEST_ISSUER: usize = 500;
const LONGEST_CLIENT: usize = 200;
const LONGEST_SECRET: usize = 500;
const MOST_DOMAINS: usize = 20;
/// Providers that an organization may have.
const MOST_PROVIDERS: usize = 10;

/// Whether a text can name a provider: a web address without query and fragment (OpenID Connect Discovery 1.0, section 3). Whether it may be
/// asked is looked at whenever it is.
fn is_issuer(text: &str) -> bool {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['/', ':']))
        && text.chars().count() <= LONGEST_ISSUER
        && !text
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || matches!(c, '?' | '#' | '@' | '\\'))
}

fn is_short(text: &str, longest: usize) -> bool {
    text.chars().count() <= longest && !text.chars().any(char::is_control)
}

/// Domains as they are kept.
fn domains_of(values: &ProviderValues) -> BTreeSet<String> {
    values
        .domains
        .iter()
        .map(|domain| domain.trim().to_lowercase())
        .filter(|domain| !domain.is_empty())
        .collect()
}

fn check(command: &SaveProvider) -> ServiceResult<()> {
    let values = &command.values;
    let mut faults = Faults::default();
    faults.name("name", &values.name, LONGEST_NAME);
    faults.unless(
        is_issuer(values.issuer.trim()),
        "issuer",
        "address.format",
        "The issuer is a web address that begins with https://, without a question mark.",
    );
    faults.name("client_id", &values.client_id, LONGEST_CLIENT);
    let secret = command.client_secret.as_deref().unwrap_or_default();
    faults.unless(
        is_short(secret, LONGEST_SECRET),
        "client_secret",
        "text.too_long",
        "The secret is too long, or holds signs that cannot be typed.",
    );
    let domains = domains_of(values);
    faults.unless(
        (1..=MOST_DOMAINS).contains(&domains.len()) && domains.iter().all(|d| is_domain(d)),
        "domains",
        "domains.format",
        "Name 1 to 20 domains, such as bakery.example.",
    );
    faults.answer()
}

/// What the log says of a provider: everything but the secret.
fn described(row: &identity_provider::Model, domains: &[String]) -> Value {
    json!({
        "name": row.name, "issuer": row.issuer, "client_id": row.client_id, "has_secret": row.secret_sealed.is_some(),
        "domains": domains, "makes_people": row.makes_people, "roles": row.roles, "role_ids": row.role_ids,
        "all_stores": row.all_stores, "stores": row.stores, "trusts_factor": row.trusts_factor,
        "passwords_allowed": row.passwords_allowed, "active": row.active,
    })
}

async fn write_down(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    action: &str,
    id: Uuid,
    before: Option<Value>,
    after: Option<Value>,
) -> ServiceResult<()> {
    let change = Change {
        action,
        subject_kind: SUBJECT,
        subject_id: id,
        before,
        after,
    };
    audit::record(db, ctx, change).await
}

fn stale(now: i32, known: i32) -> ServiceError {
    ServiceError::Conflict {
        reason: "identity_provider.stale",
        message: format!(
            "Somebody else changed this provider meanwhile: it is of version {now}, not {known}. Nothing was saved; look at it again."
        ),
    }
}

impl SingleSignOn<'_> {
    /// Adds a provider, or changes one. Whoever has come in through it stays known as long as its issuer stays the same.
    ///
    /// # Errors
    /// Forbidden without `settings.write`, or without any other right of administration; invalid fields; not found; the rules
    /// `users.beyond_stores` and `identity_providers.too_many`; a conflict when somebody else changed it.
    pub async fn save(&self, ctx: &Ctx, command: &SaveProvider) -> ServiceResult<ProviderView> {
        ctx.require(Permission::SettingsWrite)?;
        require_everything(ctx)?;
        check(command)?;
        self.services
            .db()
            .retry(|| self.save_once(ctx, command))
            .await
    }

    async fn save_once(&self, ctx: &Ctx, command: &SaveProvider) -> ServiceResult<ProviderView> {
        let organization_id = ctx.organization_id();
        // What a receipt remembers must not contain the secret, not even as a quick hash.
        let asked = SaveProvider {
            client_secret: command.client_secret.as_ref().map(|_| String::new()),
            ..command.clone()
        };
        let tx = self.services.db().begin_for(organization_id).await?;
        organizations::lock(&*tx, organization_id).await?;
        if let Some(known) = receipts::find(&*tx, ctx, command.command_id, SAVE, &asked).await? {
            return Ok(known);
        }
        let values = &command.values;
        let old = match command.provider_id {
            Some(id) => Some(rows::get(&*tx, organization_id, id).await?),
            None => None,
        };
        if let Some(old) = &old
            && old.version != command.version
        {
            return Err(stale(old.version, command.version));
        }
        if old.is_none() && rows::list(&*tx, organization_id).await?.len() >= MOST_PROVIDERS {
            return Err(ServiceError::rule(
                "identity_providers.too_many",
                "There are 10 providers. Take one away first.",
            ));
        }
        let all_stores = values.makes_people && values.all_stores;
        let stores: BTreeSet<Uuid> = if values.makes_people && !all_stores {
            values.stores.iter().copied().collect()
        } else {
            BTreeSet::new()
        };
        if values.makes_people {
            let listed: Vec<Uuid> = stores.iter().copied().collect();
            let (roles, ids) = (&values.roles, &values.role_ids);
            check_place(&*tx, ctx, roles, ids, all_stores, &listed).await?;
        }
        let (roles, role_ids) = if values.makes_people {
            let words: BTreeSet<&str> = values.roles.iter().map(|role| role.as_str()).collect();
            let ids: BTreeSet<Uuid> = values.role_ids.iter().copied().collect();
            (json!(words), json!(ids))
        } else {
            (json!([]), json!([]))
        };
        let id = old.as_ref().map_or_else(Uuid::now_v7, |row| row.id);
        let secret_sealed = match command.client_secret.as_deref().map(str::trim) {
            None => old.as_ref().and_then(|row| row.secret_sealed.clone()),
            Some("") => None,
            Some(secret) => Some(self.services.vault.seal(id, secret.as_bytes())?),
        };
        let row = identity_provider::Model {
            id,
            organization_id,
            name: values.name.trim().to_owned(),
            issuer: values.issuer.trim().to_owned(),
            client_id: values.client_id.trim().to_owned(),
            secret_sealed,
            makes_people: values.makes_people,
            roles,
            role_ids,
            all_stores,
            stores: json!(stores),
            trusts_factor: values.trusts_factor,
            passwords_allowed: values.passwords_allowed,
            active: values.active,
            version: old.as_ref().map_or(1, |row| row.version + 1),
            created_by: old.as_ref().map_or(ctx.actor.user_id, |row| row.created_by),
            created_at: old
                .as_ref()
                .map_or_else(|| moment(ctx), |row| row.created_at),
        };
        let domains = domains_of(values);
        let before = match &old {
            Some(old) => {
                let known = rows::list_domains(&*tx, organization_id).await?;
                let own = known.get(&id).cloned().unwrap_or_default();
                rows::update(&*tx, &row).await?;
                Some(described(old, &own))
            }
            None => {
                rows::insert(&*tx, row.clone()).await?;
                None
            }
        };
        rows::replace_domains(&*tx, organization_id, id, &domains).await?;
        let domains: Vec<String> = domains.into_iter().collect();
        let after = described(&row, &domains);
        let people = rows::count_people(&*tx, organization_id, id).await?;
        let answer = view(&row, domains, people)?;
        receipts::insert(&*tx, ctx, command.command_id, SAVE, &asked, &answer).await?;
        write_down(&*tx, ctx, SAVE, id, before, Some(after)).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Takes a provider away, with what it knows people by. The people stay.
    ///
    /// # Errors
    /// Forbidden without `settings.write`, or without any other right of administration; not found.
    pub async fn remove(&self, ctx: &Ctx, command: &RemoveProvider) -> ServiceResult<()> {
        ctx.require(Permission::SettingsWrite)?;
        require_everything(ctx)?;
        let organization_id = ctx.organization_id();
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(organization_id).await?;
                organizations::lock(&*tx, organization_id).await?;
                let known =
                    receipts::find::<()>(&*tx, ctx, command.command_id, REMOVE, command).await?;
                if known.is_some() {
                    return Ok(());
                }
                let old = rows::get(&*tx, organization_id, command.provider_id).await?;
                let domains = rows::list_domains(&*tx, organization_id).await?;
                let own = domains.get(&old.id).cloned().unwrap_or_default();
                rows::delete(&*tx, organization_id, old.id).await?;
                receipts::insert(&*tx, ctx, command.command_id, REMOVE, command, &()).await?;
                let before = described(&old, &own);
                write_down(&*tx, ctx, REMOVE, old.id, Some(before), None).await?;
                tx.commit().await
            })
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::is_issuer;

    #[test]
    fn what_can_name_a_provider_is_told_from_what_cannot() {
        for good in [
            "https://login.bakery.example",
            "https://login.bakery.example/realms/bread",
            "http://127.0.0.1:4010",
        ] {
            assert!(is_issuer(good), "{good}");
        }
        for bad in [
            "",
            "login.bakery.example",
            "https://",
            "https:///a",
            "https://a.example/?x=1",
            "https://a.example/#x",
            "https://me@a.example",
            "https://a b.example",
            "javascript:alert(1)",
        ] {
            assert!(!is_issuer(bad), "{bad}");
        }
    }
}
