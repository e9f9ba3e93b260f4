//! Making channels, changing them, giving them other secrets, trying them, taking them away.

use super::telling::{message, send};
use super::{Channels, view};
use crate::alert_rules::ids;
use crate::api_keys::{digest, random_hex};
use crate::audit::{self, Change};
use crate::ingredients::Faults;
use crate::production_orders::moment;
use crate::store::{alert_rules, channels as rows, organizations};
use crate::{Ctx, ServiceError, ServiceResult, live, receipts};
use chrono::TimeDelta;
use contract::channels::{
    ChangeChannel, ChannelValues, ChannelView, ChannelWithSecret, CreateChannel, MessageView,
    NameChannel,
};
use domain::sign_in::{is_email, normal_email};
use domain::{ChannelKind, Permission};
use entity::alert_channel;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use uuid::Uuid;

const CREATE: &str = "channels.create";
const CHANGE: &str = "channels.change";
const RENEW: &str = "channels.renew_secret";
const TEST: &str = "channels.test";
const REMOVE: &str = "channels.remove";
const SUBJECT: &str = "alert_channel";

/// What a message is called that somebody sends to try a channel.
const TRIED: &str = "channel.test";

const LONGEST_NAME: usize = 80;
const LONGEST_ADDRESS: usize = 500;
/// Messages that try a channel, within an hour: whose letter box it is was never asked.
const MOST_TRIED: u64 = 10;
/// Channels that an organization may have.
const MOST_CHANNELS: usize = 50;

/// Whether a text can be a web address at all. Whether it may be asked is looked at whenever it is: names lead elsewhere tomorrow.
fn is_web_address(text: &str) -> bool {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['/', ':', '?', '#']))
        && text.chars().count() <= LONGEST_ADDRESS
        && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

fn check(kind: ChannelKind, values: &ChannelValues) -> ServiceResult<()> {
    let mut faults = Faults::default();
    faults.name("name", &values.name, LONGEST_NAME);
    match kind {
        ChannelKind::Webhook => faults.unless(
            is_web_address(&values.address),
            "address",
            "address.format",
            "A web address begins with https:// and has at most 500 characters.",
        ),
        ChannelKind::Mail => faults.unless(
            is_email(&normal_email(&values.address)),
            "address",
            "email.format",
            "This is not an email address.",
        ),
    }
    faults.answer()
}

/// The address as it is kept.
fn address_of(kind: ChannelKind, values: &ChannelValues) -> String {
    match kind {
        ChannelKind::Webhook => values.address.clone(),
        ChannelKind::Mail => normal_email(&values.address),
    }
}

/// A web address for the log, which everybody reads who may, and for ever: many carry a secret in their path. Eight digits of its SHA-256
/// (of 256 bits 32, too few to find it by) tell one from another.
fn without_path(address: &str) -> String {
    let (scheme, rest) = address.split_once("://").unwrap_or_default();
    let authority = rest.split(['/', '\\', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}/… ({:.8})", digest(address))
}

/// What the log says of a channel: everything but what is secret.
fn described(row: &alert_channel::Model) -> Value {
    let address = match row.kind {
        ChannelKind::Webhook => without_path(&row.address),
        ChannelKind::Mail => row.address.clone(),
    };
    json!({ "kind": row.kind, "name": row.name, "address": address, "active": row.active })
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

impl Channels<'_> {
    /// Adds a channel. A webhook's secret is answered this once; mail has none.
    ///
    /// # Errors
    /// Forbidden without `settings.write`; invalid fields; the rule `channels.too_many`, or one when somebody who does not look after every
    /// store adds one.
    pub async fn create(
        &self,
        ctx: &Ctx,
        command: &CreateChannel,
    ) -> ServiceResult<ChannelWithSecret> {
        ctx.require(Permission::SettingsWrite)?;
        ctx.require_all_stores()?;
        check(command.kind, &command.values)?;
        self.services
            .db()
            .retry(|| self.create_once(ctx, command))
            .await
    }

    async fn create_once(
        &self,
        ctx: &Ctx,
        command: &CreateChannel,
    ) -> ServiceResult<ChannelWithSecret> {
        let organization_id = ctx.organization_id();
        let tx = self.services.db().begin_for(organization_id).await?;
        organizations::lock_numbers(&*tx, organization_id).await?;
        let known =
            receipts::find::<ChannelView>(&*tx, ctx, command.command_id, CREATE, command).await?;
        if let Some(channel) = known {
            return Ok(ChannelWithSecret {
                channel,
                secret: None,
            });
        }
        if rows::list(&*tx, organization_id).await?.len() >= MOST_CHANNELS {
            return Err(ServiceError::rule(
                "channels.too_many",
                "There are 50 channels. Take one away first.",
            ));
        }
        let secret = (command.kind == ChannelKind::Webhook).then(random_hex::<32>);
        let row = alert_channel::Model {
            id: Uuid::now_v7(),
            organization_id,
            kind: command.kind,
            name: command.values.name.trim().to_owned(),
            address: address_of(command.kind, &command.values),
            secret: secret.clone().unwrap_or_default(),
            active: command.values.active,
            version: 1,
            created_by: ctx.actor.user_id,
            created_at: moment(ctx),
        };
        let (channel, after) = (view(&row), described(&row));
        rows::insert(&*tx, row).await?;
        // The receipt must not remember the secret.
        receipts::insert(&*tx, ctx, command.command_id, CREATE, command, &channel).await?;
        write_down(&*tx, ctx, CREATE, channel.id, None, Some(after)).await?;
        tx.commit().await?;
        Ok(ChannelWithSecret { channel, secret })
    }

    /// Gives a channel another name or address, or switches it on or off. What waits goes to the new address.
    ///
    /// # Errors
    /// Forbidden without `settings.write`; invalid fields; not found; a conflict when somebody else changed it; a rule when somebody who does
    /// not look after every store changes it.
    pub async fn change(&self, ctx: &Ctx, command: &ChangeChannel) -> ServiceResult<ChannelView> {
        ctx.require(Permission::SettingsWrite)?;
        ctx.require_all_stores()?;
        self.services
            .db()
            .retry(|| self.change_once(ctx, command))
            .await
    }

    async fn change_once(&self, ctx: &Ctx, command: &ChangeChannel) -> ServiceResult<ChannelView> {
        let organization_id = ctx.organization_id();
        let tx = self.services.db().begin_for(organization_id).await?;
        let old = rows::get_locked(&*tx, organization_id, command.channel_id).await?;
        if let Some(answer) = receipts::find(&*tx, ctx, command.command_id, CHANGE, command).await?
        {
            return Ok(answer);
        }
        check(old.kind, &command.values)?;
        if old.version != command.version {
            return Err(ServiceError::Conflict {
                reason: "channel.stale",
                message: format!(
                    "Somebody else changed this channel meanwhile: it is of version {}, not {}. Nothing was saved; look at it again.",
                    old.version, command.version
                ),
            });
        }
        let row = alert_channel::Model {
            name: command.values.name.trim().to_owned(),
            address: address_of(old.kind, &command.values),
            active: command.values.active,
            version: old.version + 1,
            ..old.clone()
        };
        rows::update(&*tx, &row).await?;
        let answer = view(&row);
        receipts::insert(&*tx, ctx, command.command_id, CHANGE, command, &answer).await?;
        let (before, after) = (described(&old), described(&row));
        write_down(&*tx, ctx, CHANGE, row.id, Some(before), Some(after)).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Gives a channel another secret, which is answered this once. From now on messages are signed with it, those that wait too.
    ///
    /// # Errors
    /// Forbidden without `settings.write`; not found; the rule `channel.no_secret` for mail, or one when somebody who does not look after
    /// every store asks.
    pub async fn renew_secret(
        &self,
        ctx: &Ctx,
        command: &NameChannel,
    ) -> ServiceResult<ChannelWithSecret> {
        ctx.require(Permission::SettingsWrite)?;
        ctx.require_all_stores()?;
        let organization_id = ctx.organization_id();
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(organization_id).await?;
                let old = rows::get_locked(&*tx, organization_id, command.channel_id).await?;
                let known =
                    receipts::find::<ChannelView>(&*tx, ctx, command.command_id, RENEW, command)
                        .await?;
                if let Some(channel) = known {
                    return Ok(ChannelWithSecret {
                        channel,
                        secret: None,
                    });
                }
                if old.kind == ChannelKind::Mail {
                    return Err(ServiceError::rule(
                        "channel.no_secret",
                        "Mails are not signed: this channel has no secret.",
                    ));
                }
                let secret = random_hex::<32>();
                let row = alert_channel::Model {
                    secret: secret.clone(),
                    version: old.version + 1,
                    ..old
                };
                rows::update(&*tx, &row).await?;
                let channel = view(&row);
                receipts::insert(&*tx, ctx, command.command_id, RENEW, command, &channel).await?;
                write_down(&*tx, ctx, RENEW, row.id, None, Some(described(&row))).await?;
                tx.commit().await?;
                Ok(ChannelWithSecret {
                    channel,
                    secret: Some(secret),
                })
            })
            .await
    }

    /// Writes a message that tries a channel; it is sent as every other.
    ///
    /// # Errors
    /// Forbidden without `settings.write`; not found; the rules `channel.off` and `channel.tried`, after ten within an hour.
    pub async fn test(&self, ctx: &Ctx, command: &NameChannel) -> ServiceResult<MessageView> {
        ctx.require(Permission::SettingsWrite)?;
        let organization_id = ctx.organization_id();
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(organization_id).await?;
                let channel = rows::get_locked(&*tx, organization_id, command.channel_id).await?;
                if let Some(answer) =
                    receipts::find(&*tx, ctx, command.command_id, TEST, command).await?
                {
                    return Ok(answer);
                }
                if !channel.active {
                    return Err(ServiceError::rule(
                        "channel.off",
                        "This channel is switched off. Switch it on first.",
                    ));
                }
                let hour_ago = ctx.now - TimeDelta::hours(1);
                if rows::count_of_event(&*tx, &channel, TRIED, hour_ago).await? >= MOST_TRIED {
                    return Err(ServiceError::rule(
                        "channel.tried",
                        "This channel was tried ten times within an hour. Try it again later.",
                    ));
                }
                let about = json!({ "sent_by": ctx.actor.display_name });
                let row = message(&channel, TRIED, None, about, ctx.now)?;
                let answer = super::message_view(row.clone());
                send(&*tx, ctx.now, vec![(&channel, row)]).await?;
                receipts::insert(&*tx, ctx, command.command_id, TEST, command, &answer).await?;
                let said = json!({ "message_id": answer.id });
                write_down(&*tx, ctx, TEST, channel.id, None, Some(said)).await?;
                live::emit(
                    &*tx,
                    organization_id,
                    ctx.now,
                    None,
                    "channels",
                    Some(channel.id),
                    json!({ "waiting": 1 }),
                )
                .await?;
                tx.commit().await?;
                self.services.mails().wake();
                Ok(answer)
            })
            .await
    }

    /// Takes a channel away, with its messages, and out of every rule.
    ///
    /// # Errors
    /// Forbidden without `settings.write`; not found; a rule when somebody who does not look after every store takes it away.
    pub async fn remove(&self, ctx: &Ctx, command: &NameChannel) -> ServiceResult<()> {
        ctx.require(Permission::SettingsWrite)?;
        ctx.require_all_stores()?;
        let organization_id = ctx.organization_id();
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(organization_id).await?;
                organizations::lock_numbers(&*tx, organization_id).await?;
                let known =
                    receipts::find::<()>(&*tx, ctx, command.command_id, REMOVE, command).await?;
                if known.is_some() {
                    return Ok(());
                }
                let old = rows::get_locked(&*tx, organization_id, command.channel_id).await?;
                for mut rule in alert_rules::list(&*tx, organization_id).await? {
                    let mut channels = ids(&rule.channels)?;
                    if channels.remove(&old.id) {
                        rule.channels = json!(channels);
                        rule.version += 1;
                        alert_rules::update(&*tx, &rule).await?;
                    }
                }
                rows::delete(&*tx, organization_id, old.id).await?;
                receipts::insert(&*tx, ctx, command.command_id, REMOVE, command, &()).await?;
                write_down(&*tx, ctx, REMOVE, old.id, Some(described(&old)), None).await?;
                tx.commit().await
            })
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::{is_web_address, without_path};

    #[test]
    fn the_log_tells_addresses_apart_and_none_of_their_paths() {
        let one = without_path("https://hooks.example:8443/services/T0/B0");
        assert!(one.starts_with("https://hooks.example:8443/… ("), "{one}");
        assert!(!one.contains("services"), "{one}");
        assert_ne!(
            one,
            without_path("https://hooks.example:8443/services/T0/B1")
        );
        for address in [
            "https://hooks.example?key=B0",
            "https://hooks.example#B0",
            "https://name:B0@hooks.example/",
        ] {
            let said = without_path(address);
            assert!(said.starts_with("https://hooks.example/… ("), "{said}");
        }
        assert!(without_path("http://a.example").starts_with("http://a.example/… ("));
    }

    #[test]
    fn what_can_be_a_web_address_is_told_from_what_cannot() {
        for good in [
            "https://hooks.example/services/T0/B0",
            "http://127.0.0.1:9000/",
        ] {
            assert!(is_web_address(good), "{good}");
        }
        for bad in [
            "",
            "hooks.example",
            "ftp://hooks.example",
            "https://",
            "https:///path",
            "https://a b",
            "https://a\n.example",
        ] {
            assert!(!is_web_address(bad), "{bad:?}");
        }
        assert!(!is_web_address(&format!("https://{}", "a".repeat(500))));
    }
}
