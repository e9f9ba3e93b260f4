//! What somebody would say who saw all facts in the order in which they happened.

use chrono::{DateTime, Utc};
use std::collections::BTreeSet;

/// Store and product, by their place among those of the organization.
pub(crate) type Shelf = (usize, usize);

/// Facts count up in the order in which they are learned.
pub(crate) type FactId = usize;

/// What happened to a shelf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Moved(i64),
    /// So many were there, whatever came before. What happens at the same moment is part of it.
    Counted(i64),
}

#[derive(Clone, Copy, Debug)]
struct Fact {
    id: FactId,
    shelf: Shelf,
    at: DateTime<Utc>,
    what: What,
}

impl Fact {
    fn is_count(&self) -> bool {
        matches!(self.what, What::Counted(_))
    }
}

#[derive(Debug, Default)]
pub(crate) struct Reference {
    facts: Vec<Fact>,
    learned: FactId,
}

impl Reference {
    pub(crate) fn learn(&mut self, shelf: Shelf, at: DateTime<Utc>, what: What) -> FactId {
        let id = self.learned;
        self.learned += 1;
        self.facts.push(Fact {
            id,
            shelf,
            at,
            what,
        });
        id
    }

    /// It never happened; returns the shelf of which it was told.
    pub(crate) fn forget(&mut self, id: FactId) -> Shelf {
        let at = self.facts.iter().position(|fact| fact.id == id);
        self.facts.remove(at.expect("a known fact")).shelf
    }

    /// Whether a shelf would stand below zero, and lower than it does, if a fact had never happened.
    pub(crate) fn is_needed(&self, id: FactId) -> bool {
        let Some(shelf) = self
            .facts
            .iter()
            .find(|fact| fact.id == id)
            .map(|f| f.shelf)
        else {
            return false;
        };
        let without = self.told(shelf, |fact| fact.id != id);
        without < 0 && without < self.level(shelf)
    }

    /// On hand, all told.
    pub(crate) fn level(&self, shelf: Shelf) -> i64 {
        self.told(shelf, |_| true)
    }

    /// On hand at the end of a moment.
    pub(crate) fn level_at(&self, shelf: Shelf, at: DateTime<Utc>) -> i64 {
        self.told(shelf, |fact| fact.at <= at)
    }

    /// Whether somebody counted the shelf at a moment or after it.
    pub(crate) fn is_counted_since(&self, shelf: Shelf, at: DateTime<Utc>) -> bool {
        self.first_count(shelf, at).is_some()
    }

    /// Whether so much could be taken away at a moment: until somebody counted the shelf there was never less.
    pub(crate) fn was_there(&self, shelf: Shelf, at: DateTime<Utc>, asked: i64) -> bool {
        let until = self.first_count(shelf, at);
        let moments = self
            .of(shelf)
            .map(|fact| fact.at)
            .filter(|moment| *moment > at && until.is_none_or(|until| *moment <= until));
        let moments: BTreeSet<DateTime<Utc>> = moments.chain([at]).collect();
        moments.into_iter().all(|moment| {
            let uncounted =
                |fact: &Fact| fact.at < moment || (fact.at == moment && !fact.is_count());
            self.told(shelf, uncounted) >= asked
        })
    }

    fn first_count(&self, shelf: Shelf, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let counts = self.of(shelf).filter(|fact| fact.is_count());
        counts.map(|fact| fact.at).filter(|then| *then >= at).min()
    }

    fn of(&self, shelf: Shelf) -> impl Iterator<Item = &Fact> {
        self.facts.iter().filter(move |fact| fact.shelf == shelf)
    }

    fn told(&self, shelf: Shelf, which: impl Fn(&Fact) -> bool) -> i64 {
        let mut facts: Vec<&Fact> = self.of(shelf).filter(|fact| which(fact)).collect();
        facts.sort_by_key(|fact| (fact.at, fact.is_count(), fact.id));
        facts.iter().fold(0, |there, fact| match fact.what {
            What::Moved(quantity) => there + quantity,
            What::Counted(counted) => counted,
        })
    }
}

/// The same throws for the same seed, on every machine and for ever: `SplitMix64`.
#[derive(Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    const fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// From nothing to less than a bound above zero.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).expect("a small bound");
        usize::try_from(self.throw() % bound).expect("less than a small bound")
    }

    /// Both ends are possible.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = usize::try_from(high - low + 1).expect("a low and a high end");
        low + i64::try_from(self.below(span)).expect("less than the span")
    }

    /// In one of so many cases.
    pub(crate) fn one_in(&mut self, cases: usize) -> bool {
        self.below(cases) == 0
    }
}
