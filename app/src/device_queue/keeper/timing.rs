//! When things happened: the device's clock, which anybody may set, against the server's.

use super::super::book::{self, Change};
use super::super::clock::{server_time, ticks};
use super::super::command::{Command, Entry};
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

    /// Brings the moment of a count from the device's clock to the server's, once, before it is sent for the first time: stock is
    /// put right as of that moment, and clocks of tablets are wrong by hours. Waste that comes late says when it was pressed, or what was
    /// counted after it would lose it once more.
    pub(super) async fn timed(&self, mut entry: Entry) -> AppResult<Entry> {
        // What has been on its way keeps its words: it may be booked already.
        if entry.is_timed || entry.is_tried {
            return Ok(entry);
        }
        let (pressed_at, ran) = (entry.pressed_at, self.ran(entry.id()));
        match &mut entry.command {
            Command::Enter(count) => {
                if let Some(counted_at) = &mut count.counted_at {
                    let (_, ahead) = self.server_and_ahead(pressed_at, ran).await?;
                    if ahead.abs() > book::SAME_TIME {
                        *counted_at -= ahead;
                    }
                }
            }
            Command::Waste(waste) => {
                if waste.at.is_none() && waste.pressed_at.is_none() {
                    let (server, ahead) = self.server_and_ahead(pressed_at, ran).await?;
                    waste.pressed_at = book::done_at(pressed_at, ahead, server);
                }
            }
            _ => return Ok(entry),
        }
        entry.is_timed = true;
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
