//! Ways on which alerts leave the house, and the messages that go over them.
//!
//! A message is a row that is written in the transaction of its alert; some process of the installation sends it afterwards, and once only:
//! whoever sends it has claimed its row. What is not taken is sent again, ever more rarely, for a day.
//!
//! Webhooks are sent by the server's jobs. A message by mail is put among the mails that are to be sent (`crate::mails`), which writes down what
//! became of it too.

mod delivering;
mod editing;
pub(crate) mod telling;

pub use delivering::{Delivery, Outcome, SIGNATURE, signature};

use crate::pages::{limit_of, page, part};
use crate::store::channels as rows;
use crate::{Ctx, ServiceResult, Services};
use contract::Page;
use contract::channels::{ChannelValues, ChannelView, ListMessages, MessageView};
use domain::{MessageStatus, Permission};
use entity::{alert_channel, channel_message};
use uuid::Uuid;

/// Use cases of channels; see [`Services::channels`].
#[derive(Clone, Copy, Debug)]
pub struct Channels<'a> {
    services: &'a Services,
}

impl Services {
    /// Ways on which alerts leave the house.
    #[must_use]
    pub fn channels(&self) -> Channels<'_> {
        Channels { services: self }
    }
}

fn view(row: &alert_channel::Model) -> ChannelView {
    ChannelView {
        id: row.id,
        kind: row.kind,
        values: ChannelValues {
            name: row.name.clone(),
            address: row.address.clone(),
            active: row.active,
        },
        created_at: row.created_at,
        version: row.version,
    }
}

fn message_view(row: channel_message::Model) -> MessageView {
    MessageView {
        id: row.id,
        event: row.event,
        alert_id: row.alert_id,
        status: row.status,
        attempts: row.attempts,
        next_at: Some(row.next_at).filter(|_| row.status == MessageStatus::Waiting),
        last_status: row.last_status,
        last_error: row.last_error,
        created_at: row.created_at,
        finished_at: row.finished_at,
    }
}

impl Channels<'_> {
    /// Every channel of the organization, the oldest first, without secrets.
    ///
    /// # Errors
    /// Forbidden without `settings.write`.
    pub async fn list(&self, ctx: &Ctx) -> ServiceResult<Vec<ChannelView>> {
        ctx.require(Permission::SettingsWrite)?;
        let organization_id = ctx.organization_id();
        let found = rows::list(&*self.services.db().of(organization_id), organization_id).await?;
        Ok(found.iter().map(view).collect())
    }

    /// One channel, without its secret.
    ///
    /// # Errors
    /// Forbidden without `settings.write`; not found.
    pub async fn get(&self, ctx: &Ctx, id: Uuid) -> ServiceResult<ChannelView> {
        ctx.require(Permission::SettingsWrite)?;
        let organization_id = ctx.organization_id();
        let db = self.services.db().of(organization_id);
        rows::get(&*db, organization_id, id)
            .await
            .map(|row| view(&row))
    }

    /// What was sent over a channel and what became of it, the newest first.
    ///
    /// # Errors
    /// Forbidden without `settings.write`; not found; an unreadable cursor.
    pub async fn messages(
        &self,
        ctx: &Ctx,
        wanted: &ListMessages,
    ) -> ServiceResult<Page<MessageView>> {
        ctx.require(Permission::SettingsWrite)?;
        let after = wanted.after.as_deref().map(part::<Uuid>).transpose()?;
        let limit = limit_of(wanted.limit);
        let organization_id = ctx.organization_id();
        let db = self.services.db().of(organization_id);
        let channel = rows::get(&*db, organization_id, wanted.channel_id).await?;
        let found =
            rows::list_messages(&*db, organization_id, channel.id, after, limit as u64 + 1).await?;
        Ok(page(found, limit, |row| row.id.to_string(), message_view))
    }
}
