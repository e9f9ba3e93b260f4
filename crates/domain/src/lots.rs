//! Which batch the goods on a shelf belong to. The ledger knows how much is there; what left is taken first-expired-first-out.
//!
//! Nothing of this is stored: it follows from the batches that arrived and from the sums of each trading day, so facts that
//! arrive late change it as they change the ledger, and it always adds up to on hand.

use chrono::NaiveDate;
use uuid::Uuid;

/// A batch that came to a shelf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    pub lot_id: Uuid,
    /// Trading day on which it came.
    pub day: NaiveDate,
    /// Last trading day on which it can be sold.
    pub best_before: NaiveDate,
    /// Base units.
    pub quantity: i64,
}

/// Sums of what happened to a shelf on one trading day, in base units, as the ledger has them. Reversed bookings count where the booking stood.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DayFlow {
    /// Production, deliveries and transfers that came in, whether or not a batch explains them.
    pub arrived: i64,
    /// Sales, what batches used, transfers that went out and what was taken off by hand: what is good goes first. Where more went than was
    /// known to be good, it was of what there was. Positive = went.
    pub sold: i64,
    /// Waste and donations, of which the oldest go first, whether they are still good or not; less what customers brought back, as that is
    /// thrown away before anything else. Positive = went.
    pub removed: i64,
    /// Openings, what was found by hand, and differences of counts, signed.
    pub corrected: i64,
}

impl DayFlow {
    /// By how much on hand changed.
    #[must_use]
    pub const fn change(&self) -> i64 {
        self.arrived - self.sold - self.removed + self.corrected
    }
}

/// What is left of a batch, or of goods that no batch explains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rest {
    /// `None`: goods of unknown origin, such as opening stock, returns and what a count found.
    pub lot_id: Option<Uuid>,
    pub arrived: NaiveDate,
    pub best_before: NaiveDate,
    /// Base units, more than zero.
    pub quantity: i64,
}

/// A shelf by age.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ages {
    /// First to expire first.
    pub rests: Vec<Rest>,
    /// Base units that left although none were known to be there; what comes next makes up for them. Above zero only where nothing rests.
    pub deficit: i64,
    /// Base units that had expired and left all the same, neither as waste, as a donation nor by a count: what was sold happened.
    pub sold_expired: i64,
}

impl Ages {
    /// On hand: never anything but the sum of the ledger.
    #[must_use]
    pub fn on_hand(&self) -> i64 {
        self.rests.iter().map(|rest| rest.quantity).sum::<i64>() - self.deficit
    }

    /// Base units that can no longer be sold on a day: they can leave as waste or donation only.
    #[must_use]
    pub fn expired(&self, day: NaiveDate) -> i64 {
        self.of(|rest| rest.best_before < day)
    }

    /// Base units that can be sold on a day; below zero where more was sold than was known to be there.
    #[must_use]
    pub fn good(&self, day: NaiveDate) -> i64 {
        self.of(|rest| rest.best_before >= day) - self.deficit
    }

    /// The next best-before date among what can be sold on a day.
    #[must_use]
    pub fn next_best_before(&self, day: NaiveDate) -> Option<NaiveDate> {
        let good = |rest: &&Rest| rest.best_before >= day;
        self.rests.iter().find(good).map(|rest| rest.best_before)
    }

    fn of(&self, which: impl Fn(&Rest) -> bool) -> i64 {
        let those = self.rests.iter().filter(|rest| which(rest));
        those.map(|rest| rest.quantity).sum()
    }

    fn add(&mut self, mut rest: Rest) {
        let made_up = rest.quantity.min(self.deficit);
        self.deficit -= made_up;
        rest.quantity -= made_up;
        if rest.quantity > 0 {
            let key = |r: &Rest| (r.best_before, r.arrived);
            let place = self.rests.partition_point(|r| key(r) <= key(&rest));
            self.rests.insert(place, rest);
        }
    }

    /// Takes the first to expire, of those that are good on a day before those that are not; what is not there becomes a deficit.
    fn take(&mut self, wanted: i64, good_on: NaiveDate) {
        let expired = self.take_where(wanted, |rest| rest.best_before >= good_on);
        let owed = self.take_where(expired, |_| true);
        self.sold_expired += expired - owed;
        self.deficit += owed;
    }

    /// Takes the first to expire, good or not.
    fn remove(&mut self, wanted: i64) {
        let left = self.take_where(wanted, |_| true);
        self.deficit += left;
    }

    fn take_where(&mut self, mut wanted: i64, which: impl Fn(&Rest) -> bool) -> i64 {
        for rest in self.rests.iter_mut().filter(|rest| which(rest)) {
            let taken = rest.quantity.min(wanted);
            rest.quantity -= taken;
            wanted -= taken;
        }
        self.rests.retain(|rest| rest.quantity > 0);
        wanted
    }
}

/// Nothing is read further back than this, however long it keeps: what is older counts as that old. Salt keeps for ten years, and what a
/// kitchen used of it since is too much to add up every time.
const MOST_DAYS_READ: u64 = 400;

/// How far back a shelf must be read: what came before has expired, and a week to notice that.
#[must_use]
pub fn days_to_read(shelf_life_days: i32) -> u64 {
    let keeps = u64::try_from(shelf_life_days.max(1)).unwrap_or(1);
    (keeps + 7).min(MOST_DAYS_READ)
}

/// A shelf by age, from what was there before the first day that is told, the batches since and each day's sums.
///
/// Goods that no batch explains are taken as made on the trading day on which they were found, those from before as made on the
/// day before the first. On a day goods come first, then they are sold, then thrown away.
#[must_use]
pub fn ages(
    before: i64,
    first: NaiveDate,
    shelf_life_days: i32,
    arrivals: &[Arrival],
    flows: &[(NaiveDate, DayFlow)],
) -> Ages {
    debug_assert!(flows.is_sorted_by(|a, b| a.0 < b.0));
    let mut shelf = Ages::default();
    let unknown = |day: NaiveDate, quantity: i64| Rest {
        lot_id: None,
        arrived: day,
        best_before: crate::orders::best_before(day, shelf_life_days),
        quantity,
    };
    if before >= 0 {
        let day = first.pred_opt().unwrap_or(first);
        shelf.add(unknown(day, before));
    } else {
        shelf.deficit = -before;
    }
    for (day, flow) in flows {
        let mut unexplained = flow.arrived;
        for lot in arrivals.iter().filter(|lot| lot.day == *day) {
            // A batch cannot have brought more than the ledger says came in.
            let quantity = lot.quantity.min(unexplained).max(0);
            unexplained -= quantity;
            shelf.add(Rest {
                lot_id: Some(lot.lot_id),
                arrived: *day,
                best_before: lot.best_before,
                quantity,
            });
        }
        let found = unexplained.max(0) + flow.corrected.max(0) + (-flow.sold).max(0);
        shelf.add(unknown(*day, found));
        shelf.take(flow.sold.max(0), *day);
        if flow.removed >= 0 {
            shelf.remove(flow.removed);
        } else {
            // More was brought back than thrown away that day: it lies there again, of unknown origin.
            shelf.add(unknown(*day, -flow.removed));
        }
        shelf.remove((-flow.corrected).max(0) + (-unexplained).max(0));
    }
    shelf
}

#[cfg(test)]
mod tests;
