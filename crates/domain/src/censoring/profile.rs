//! When in the day a shelf is bought from, learned from days of which some were cut short.
//!
//! A day on which the shelf ran empty, or on which the shop closed early, still teaches about the hours before. The
//! estimator is the chain-ladder of claims reserving (Mack 1993, "Distribution-free calculation of the standard error of
//! chain ladder reserve estimates"): with `C(d, s)` the purchases of day `d` up to the end of slot `s`, and `D(s)` the
//! days whose shelf was still served at the end of slot `s`,
//!
//! ```text
//! F(s-1) / F(s) = sum over D(s) of C(d, s-1) / sum over D(s) of C(d, s),     F(last) = 1.
//! ```
//!
//! Few purchases say little, so every profile leans on a broader one by pseudo purchases spread as that one says: a
//! shelf on its product in the chain, the product on the whole shop.

/// Minutes of a slot.
pub(super) const SLOT_MINUTES: u16 = 15;

/// Slots of a trading day: 32 hours, for shops that close after midnight.
pub(super) const SLOTS: usize = 128;

/// Pseudo purchases of the broader profile. A shelf with as many purchases in eight weeks believes itself half.
const LEAN_PURCHASES: f64 = 150.0;

/// The same for the shape of a weekday against all days of the shop.
const LEAN_WEEKDAY: f64 = 400.0;

/// The slot in which a minute of the trading day lies.
pub(super) fn slot_of(minute: u16) -> usize {
    usize::from(minute / SLOT_MINUTES).min(SLOTS - 1)
}

/// Sums of the chain-ladder over some days.
#[derive(Clone, Debug)]
pub(super) struct Ladder {
    /// Purchases up to the end of each slot, over the days still served then.
    reached: Vec<f64>,
    /// Of the same days, purchases up to the end of the slot before.
    before: Vec<f64>,
}

impl Default for Ladder {
    fn default() -> Self {
        Self {
            reached: vec![0.0; SLOTS],
            before: vec![0.0; SLOTS],
        }
    }
}

impl Ladder {
    /// Learns from one day: minutes of its purchases, ascending, and the slot after which the shelf was served no more.
    pub(super) fn add(&mut self, minutes: &[u16], last_slot: usize) {
        let mut bought = minutes.iter().peekable();
        let mut count = 0.0;
        for slot in 0..=last_slot.min(SLOTS - 1) {
            self.before[slot] += count;
            while bought.next_if(|m| slot_of(**m) <= slot).is_some() {
                count += 1.0;
            }
            self.reached[slot] += count;
        }
    }

    /// Everything that `other` learned too.
    pub(super) fn merge(&mut self, other: &Self) {
        for slot in 0..SLOTS {
            self.reached[slot] += other.reached[slot];
            self.before[slot] += other.before[slot];
        }
    }

    fn shares(&self, lean: f64, on: Option<&Profile>) -> Profile {
        let mut reached = vec![1.0; SLOTS];
        for slot in (1..SLOTS).rev() {
            let (held, holding) = on.map_or((0.0, 0.0), |p| {
                (lean * p.reached[slot - 1], lean * p.reached[slot])
            });
            let whole = self.reached[slot] + holding;
            let ratio = if whole > 0.0 {
                (self.before[slot] + held) / whole
            } else {
                // No day was ever served so late, or none ever sold so early: nothing is known to change here.
                1.0
            };
            reached[slot - 1] = reached[slot] * ratio;
        }
        Profile { reached }
    }
}

/// Share of an uncut day's purchases that have come by the end of each slot; never decreasing, 1 at the end.
#[derive(Clone, Debug)]
pub(super) struct Profile {
    reached: Vec<f64>,
}

impl Profile {
    /// All days and products of a shop: leans on nothing.
    pub(super) fn of_shop(shop: &Ladder) -> Self {
        shop.shares(0.0, None)
    }

    /// A narrower group of days of the same shop.
    pub(super) fn leaning(ladder: &Ladder, on: &Self) -> Self {
        ladder.shares(LEAN_PURCHASES, Some(on))
    }

    /// One weekday of a shop.
    pub(super) fn of_weekday(weekday: &Ladder, shop: &Self) -> Self {
        weekday.shares(LEAN_WEEKDAY, Some(shop))
    }

    fn weight(&self, slot: usize) -> f64 {
        if slot == 0 {
            self.reached[0]
        } else {
            self.reached[slot] - self.reached[slot - 1]
        }
    }

    /// Bent as the shop's weekday is bent against all its days: a Sunday ends at noon for every product.
    pub(super) fn bent(&self, weekday: &Self, shop: &Self) -> Self {
        let mut total = 0.0;
        let mut reached: Vec<f64> = (0..SLOTS)
            .map(|slot| {
                let usual = shop.weight(slot);
                let bend = if usual > 0.0 {
                    weekday.weight(slot) / usual
                } else {
                    1.0
                };
                total += self.weight(slot) * bend;
                total
            })
            .collect();
        if total <= 0.0 {
            return self.clone();
        }
        for share in &mut reached {
            *share /= total;
        }
        Self { reached }
    }

    fn at(&self, minute: u16) -> f64 {
        let slot = slot_of(minute);
        let start = if slot == 0 {
            0.0
        } else {
            self.reached[slot - 1]
        };
        let within = f64::from(minute % SLOT_MINUTES) / f64::from(SLOT_MINUTES);
        start + (self.reached[slot] - start) * within
    }

    /// Share of the purchases until `closes` that have come by `minute`, 0 to 1; `None` where none come by `closes`.
    pub(super) fn share_by(&self, minute: u16, closes: u16) -> Option<f64> {
        let whole = self.at(closes);
        (whole > 0.0).then(|| (self.at(minute) / whole).min(1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A purchase at the middle of every slot from `from` to `until`.
    fn steady(from: usize, until: usize) -> Vec<u16> {
        (from..until)
            .map(|slot| slot as u16 * SLOT_MINUTES + 7)
            .collect()
    }

    #[test]
    fn days_cut_short_do_not_bend_the_profile() {
        let mut whole = Ladder::default();
        for _ in 0..10 {
            whole.add(&steady(30, 80), 79);
        }
        let mut cut = whole.clone();
        for _ in 0..30 {
            cut.add(&steady(30, 50), 49);
        }
        let (whole, cut) = (Profile::of_shop(&whole), Profile::of_shop(&cut));
        for slot in 0..SLOTS {
            assert!((whole.reached[slot] - cut.reached[slot]).abs() < 1e-9);
        }
        assert!((cut.reached[54] - 0.5).abs() < 1e-9);
        assert!((cut.share_by(55 * SLOT_MINUTES, 80 * SLOT_MINUTES).unwrap() - 0.5).abs() < 1e-9);
    }

    #[test]
    fn a_shelf_that_sold_little_looks_like_the_shop() {
        let mut shop = Ladder::default();
        for _ in 0..100 {
            shop.add(&steady(30, 80), 79);
        }
        let shop = Profile::of_shop(&shop);
        let mut shelf = Ladder::default();
        shelf.add(&steady(30, 35), 79);
        let leaning = Profile::leaning(&shelf, &shop);
        assert!((leaning.reached[54] - 0.5).abs() < 0.03);
        let mut busy = Ladder::default();
        for _ in 0..200 {
            busy.add(&steady(30, 40), 79);
        }
        assert!(Profile::leaning(&busy, &shop).reached[54] > 0.95);
    }

    #[test]
    fn a_weekday_that_ends_early_bends_every_product() {
        let mut shop = Ladder::default();
        let mut sunday = Ladder::default();
        for _ in 0..60 {
            shop.add(&steady(30, 80), 79);
            sunday.add(&steady(30, 55), 79);
        }
        shop.merge(&sunday);
        let shop = Profile::of_shop(&shop);
        let sunday = Profile::of_weekday(&sunday, &shop);
        let bent = shop.bent(&sunday, &shop);
        assert!(bent.reached[54] > shop.reached[54] + 0.1);
        assert!((bent.reached[SLOTS - 1] - 1.0).abs() < 1e-9);
    }
}
