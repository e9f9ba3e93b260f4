//! Following the link of an invitation.

use super::{
    Invitations, LONGEST_TOKEN, described, ended_link, finish, is_open, own_roles_of, require_gift,
    roles_of, stores_of,
};
use crate::api_keys::digest;
use crate::identity::Identity;
use crate::store::{catalog, invitations as rows, organizations, people, roles as role_rows};
use crate::users::insert_person;
use crate::{Actor, Arrival, ServiceError, ServiceResult, password_rules, roles};
use chrono::{DateTime, SubsecRound, Utc};
use contract::people::LinkView;
use contract::users::CreateUser;
use domain::{Language, Permission};
use entity::invitation;
use sea_orm::ConnectionTrait;
use serde_json::json;

/// What somebody brings who follows the link.
#[derive(Clone)]
pub struct AcceptInvitation {
    pub token: String,
    pub display_name: String,
    pub language: Option<Language>,
    pub password: String,
}

impl std::fmt::Debug for AcceptInvitation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AcceptInvitation").finish_non_exhaustive()
    }
}

/// Ends a link whose sender is not here any more, or could not give as much now: who was sent away must not come back by a letter of
/// their own. What the command line or the system gave stands.
async fn check_giver(
    db: &impl ConnectionTrait,
    arrival: &Arrival,
    row: &invitation::Model,
) -> ServiceResult<()> {
    let Some(user_id) = row.invited_by else {
        return Ok(());
    };
    let giver = roles::giver(db, row.organization_id, user_id).await?;
    let ctx = arrival.by(giver.ok_or_else(ended_link)?);
    let may = match ctx.require(Permission::UsersWrite) {
        Ok(()) => require_gift(db, &ctx, row).await,
        refused => refused,
    };
    match may {
        Err(ServiceError::Forbidden(_) | ServiceError::Rule { .. }) => Err(ended_link()),
        other => other,
    }
}

impl Invitations<'_> {
    async fn find(&self, token: &str, now: DateTime<Utc>) -> ServiceResult<invitation::Model> {
        if token.is_empty() || token.len() > LONGEST_TOKEN {
            return Err(ended_link());
        }
        // The link says of which organization it is: there is none to ask in before it was found.
        rows::find_by_hash(self.services.db().past_the_wall(), &digest(token))
            .await?
            .filter(|row| is_open(row, now))
            .ok_or_else(ended_link)
    }

    /// What a link is for; nothing where it has ended.
    ///
    /// # Errors
    /// The database's.
    pub async fn look(&self, token: &str, now: DateTime<Utc>) -> ServiceResult<Option<LinkView>> {
        let row = match self.find(token, now).await {
            Ok(row) => row,
            Err(ServiceError::Rule { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let db = self.services.db().of(row.organization_id);
        let organization = organizations::get(&*db, row.organization_id).await?;
        Ok(Some(LinkView {
            email: row.email,
            organization_name: organization.name,
            language: row.language.unwrap_or(organization.language),
        }))
    }

    /// Makes a person of whoever follows a link; they are who they say, as far as a letter box proves it.
    ///
    /// # Errors
    /// [`ServiceError::Rule`] `link.ended`; [`ServiceError::Invalid`] by field; [`ServiceError::Suspended`], and the link stays good.
    pub async fn accept(
        &self,
        arrival: &Arrival,
        asked: AcceptInvitation,
    ) -> ServiceResult<Identity> {
        let found = self.find(&asked.token, arrival.now).await?;
        let db = self.services.db();
        if organizations::is_shut(&db.of(found.organization_id), found.organization_id).await? {
            return Err(ServiceError::Suspended);
        }
        password_rules::check(&asked.password, &found.email, &asked.display_name).await?;
        let hash = self.services.passwords.hash(&asked.password).await?;
        let organization_id = found.organization_id;
        let user_id = self
            .services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(organization_id).await?;
                organizations::lock(&*tx, organization_id).await?;
                let row = match rows::get_open_locked(&*tx, organization_id, found.id).await {
                    // Sent again meanwhile, the link that was followed has ended.
                    Ok(row) if is_open(&row, arrival.now) && row.token_hash == found.token_hash => {
                        row
                    }
                    Ok(_) | Err(ServiceError::NotFound(_)) => return Err(ended_link()),
                    Err(error) => return Err(error),
                };
                check_giver(&*tx, arrival, &row).await?;
                let known = catalog::list_store_ids(&*tx, organization_id).await?;
                let roles = role_rows::list(&*tx, organization_id).await?;
                let own_roles = own_roles_of(&row, &roles)?;
                let mut stores = stores_of(&row)?;
                stores.retain(|id| known.contains(id));
                let command = CreateUser {
                    command_id: row.id,
                    email: row.email.clone(),
                    display_name: asked.display_name.clone(),
                    language: asked.language,
                    roles: roles_of(&row)?,
                    role_ids: own_roles.iter().map(|role| role.id).collect(),
                    all_stores: row.all_stores,
                    stores,
                    password: String::new(),
                };
                let ctx = arrival.by(Actor::system(organization_id, "invitation"));
                let user_id = insert_person(&*tx, &ctx, &command, hash.clone()).await?;
                people::update_signed_in(&*tx, user_id, arrival.now).await?;
                let now = arrival.now.trunc_subsecs(6);
                rows::update_accepted(&*tx, organization_id, row.id, user_id, now).await?;
                let after = json!({ "user_id": user_id });
                let action = "invitations.accept";
                finish(
                    &*tx,
                    &ctx,
                    action,
                    row.id,
                    Some(described(&row)),
                    Some(after),
                )
                .await?;
                tx.commit().await?;
                Ok(user_id)
            })
            .await?;
        self.services
            .identity()
            .find(user_id)
            .await?
            .ok_or(ServiceError::Unauthenticated)
    }
}
