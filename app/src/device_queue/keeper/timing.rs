//! When things happened: the device's clock, which anybody may set, against the server's.

use super::super::book::{self, Change};
use super::super::clock::{server_time, ticks};
use super::super::command::Entry;
use super::Keeper;
use crate::device;
use chrono::{DateTime, TimeDelta, Utc};
use contract::AppResult;
use uuid::Uuid;

impl Keeper {
    /// How long ago a command was given, if it was in this page.
    fn ran(&self, id: Uuid) -> Option<TimeDelta> {
        let ran = ticks()? - self.given.borrow().get(&id)?;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "milliseconds of a page's life"
        )]
        Some(TimeDelta::milliseconds(ran as i64))
    }

    /// Brings the moment of a command from the device's clock to the server's, once, before it is sent for the first time: stock is put
    /// right as of when it was counted, and clocks of tablets are wrong by hours. Waste and batches say when they were pressed, or what was
    /// counted before they arrive would lose or gain it once more, and a lot would be a day too young.
    pub(super) async fn timed(&self, entry: Entry) -> AppResult<Entry> {
        if !book::lacks_moment(&entry) {
            return Ok(entry);
        }
        let ran = self.ran(entry.id());
        let (server, ahead) = self.server_and_ahead(entry.pressed_at, ran).await?;
        let entry = book::timed(entry, ahead, server);
        self.save(vec![Change::Update(entry.clone())]).await;
        Ok(entry)
    }

    /// The server's clock, and by how much the device's was ahead of it when something was pressed.
    async fn server_and_ahead(
        &self,
        pressed_at: DateTime<Utc>,
        ran: Option<TimeDelta>,
    ) -> AppResult<(DateTime<Utc>, TimeDelta)> {
        let (server, now) = (server_time().await?, device::now());
        let ahead = self.steady(book::ahead(pressed_at, now, server, ran));
        Ok((server, ahead))
    }
}
