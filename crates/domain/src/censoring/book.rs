//! Weeks of trading days, judged together: each day against what the weeks before say about its shelves.

use super::profile::{Ladder, Profile, slot_of};
use super::{Evidence, Ledger, Verdict, judge};
use chrono::{Datelike, Days, NaiveDate};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Days before a day from which its usual course is learned: eight of each weekday.
pub const LEARNING_DAYS: u64 = 56;

/// A shop that was open on so many of them is judged by them alone. With fewer, days are judged together with
/// others of which they learn and which learn of them.
pub const SETTLED_DAYS: usize = 28;

/// A shop of which fewer days are known, these days included, is not judged yet.
pub const LEAST_DAYS: usize = 14;

/// Days that learn of each other settle after so many rounds.
const ROUNDS: usize = 3;

/// Same weekdays, or days, that make a usual level.
const LEAST_SAME_WEEKDAYS: usize = 3;
const LEAST_ANY_DAYS: usize = 7;

/// Before a shelf's own days say how often it runs empty, one day in ten does, with the weight of so many days.
const LEAN_SHARE: f64 = 0.1;
const LEAN_DAYS: f64 = 20.0;

/// One shelf on one trading day on which it sold something.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Day {
    /// Names the product; any number that means the same product throughout a book.
    pub product: usize,
    /// Minutes of its purchases after local midnight of the business date, ascending.
    pub minutes: Vec<u16>,
    /// Sold, in base units.
    pub quantity: i64,
    pub ledger: Ledger,
    pub told: bool,
    /// What an earlier examination made of it, or this one.
    pub verdict: Verdict,
}

impl Day {
    /// Purchases of the day as if nothing had run empty.
    fn wanted(&self) -> f64 {
        self.minutes.len() as f64 + self.verdict.lost_purchases
    }
}

/// A shop's trading day.
#[derive(Clone, Debug)]
struct ShopDay {
    shelves: Vec<Day>,
    /// Minute of the shop's last sale of anything: from then on nobody could buy.
    last_sale: u16,
}

/// Trading days of several shops.
#[derive(Clone, Debug, Default)]
pub struct Book {
    days: BTreeMap<(usize, NaiveDate), ShopDay>,
}

/// What is usual of a shelf.
struct Usual {
    /// Purchases of a day, lost ones included.
    purchases: Option<f64>,
    /// Share of its days on which it ran empty.
    sold_out_share: f64,
}

/// What some days teach about one shop.
struct ShopLesson {
    shop: Profile,
    weekdays: Vec<Profile>,
    shelves: HashMap<usize, Ladder>,
}

impl Book {
    /// Writes a shop's trading day; shelves without a purchase are left out, as are days without any.
    pub fn insert(&mut self, shop: usize, date: NaiveDate, shelves: Vec<Day>) {
        let shelves: Vec<Day> = shelves
            .into_iter()
            .filter(|s| !s.minutes.is_empty())
            .collect();
        let last = shelves.iter().filter_map(|s| s.minutes.last()).max();
        if let Some(last_sale) = last.copied() {
            let day = ShopDay { shelves, last_sale };
            self.days.insert((shop, date), day);
        }
    }

    /// Whether a shop sold anything on a day.
    #[must_use]
    pub fn holds(&self, shop: usize, date: NaiveDate) -> bool {
        self.days.contains_key(&(shop, date))
    }

    /// The shelves of a shop's day; empty where nothing was sold.
    #[must_use]
    pub fn shelves(&self, shop: usize, date: NaiveDate) -> &[Day] {
        self.days.get(&(shop, date)).map_or(&[], |d| &d.shelves)
    }

    /// Minute of a shop's last sale of anything on a day.
    #[must_use]
    pub fn last_sale(&self, shop: usize, date: NaiveDate) -> Option<u16> {
        self.days.get(&(shop, date)).map(|day| day.last_sale)
    }

    /// Notes what the ledger says about a shelf's day; a shelf that sold nothing is passed over.
    pub fn hear_ledger(&mut self, shop: usize, date: NaiveDate, product: usize, says: Ledger) {
        let shelves = self.days.get_mut(&(shop, date)).map(|day| &mut day.shelves);
        if let Some(shelf) = shelves.and_then(|s| s.iter_mut().find(|s| s.product == product)) {
            shelf.ledger = says;
        }
    }

    /// Trading days of a shop from `from` until the day before `until`.
    #[must_use]
    pub fn open_days(&self, shop: usize, from: NaiveDate, until: NaiveDate) -> usize {
        self.days.range((shop, from)..(shop, until)).count()
    }

    /// Lets go of what lies before a day.
    pub fn forget_before(&mut self, date: NaiveDate) {
        self.days.retain(|(_, day), _| *day >= date);
    }

    /// Mean base units of a purchase of a shelf over the days from `from`; `None` where it has none.
    #[must_use]
    pub fn units_per_purchase(&self, shop: usize, product: usize, from: NaiveDate) -> Option<f64> {
        let (mut units, mut purchases) = (0, 0);
        for (_, day) in self
            .days
            .range((shop, from)..)
            .take_while(|((s, _), _)| *s == shop)
        {
            for shelf in day.shelves.iter().filter(|s| s.product == product) {
                units += shelf.quantity;
                purchases += shelf.minutes.len();
            }
        }
        (purchases > 0 && units > 0).then(|| units as f64 / purchases as f64)
    }

    /// Judges days that lie close together (a week, or a shop's first weeks). Returns those that were judged; the others
    /// have too little around them, or no sale.
    pub fn judge(&mut self, wanted: &BTreeSet<(usize, NaiveDate)>) -> BTreeSet<(usize, NaiveDate)> {
        let mut judged = BTreeSet::new();
        let Some(first) = wanted.iter().map(|(_, date)| *date).min() else {
            return judged;
        };
        let from = first - Days::new(LEARNING_DAYS);
        let shops: BTreeSet<usize> = wanted.iter().map(|(shop, _)| *shop).collect();
        let wanted: BTreeSet<(usize, NaiveDate)> = wanted
            .iter()
            .copied()
            .filter(|key| self.days.contains_key(key))
            .collect();
        let mut unsettled = BTreeSet::new();
        let mut teaching: BTreeSet<(usize, NaiveDate)> = self
            .days
            .keys()
            .filter(|(_, date)| from <= *date && *date < first)
            .copied()
            .collect();
        for shop in &shops {
            if self.open_days(*shop, from, first) < SETTLED_DAYS {
                unsettled.insert(*shop);
                teaching.extend(wanted.iter().filter(|(s, _)| s == shop).copied());
            }
        }
        let known = |shop: usize| teaching.iter().filter(|(s, _)| *s == shop).count();
        let ready: BTreeSet<usize> = shops
            .iter()
            .copied()
            .filter(|s| known(*s) >= LEAST_DAYS)
            .collect();
        for key in wanted.iter().filter(|(shop, _)| ready.contains(shop)) {
            if let Some(day) = self.days.get_mut(key) {
                day.shelves
                    .iter_mut()
                    .for_each(|s| s.verdict = Verdict::default());
            }
            judged.insert(*key);
        }
        for round in 0..ROUNDS {
            let turn: BTreeSet<(usize, NaiveDate)> = judged
                .iter()
                .filter(|(shop, _)| round == 0 || unsettled.contains(shop))
                .copied()
                .collect();
            if turn.is_empty() {
                break;
            }
            let verdicts = self.round(&turn, &teaching);
            for (key, of_day) in verdicts {
                if let Some(day) = self.days.get_mut(&key) {
                    for (shelf, verdict) in day.shelves.iter_mut().zip(of_day) {
                        shelf.verdict = verdict;
                    }
                }
            }
        }
        judged
    }

    fn round(
        &self,
        turn: &BTreeSet<(usize, NaiveDate)>,
        teaching: &BTreeSet<(usize, NaiveDate)>,
    ) -> Vec<((usize, NaiveDate), Vec<Verdict>)> {
        let mut chain: HashMap<usize, Ladder> = HashMap::new();
        let mut lessons: HashMap<usize, ShopLesson> = HashMap::new();
        let shops: BTreeSet<usize> = teaching.iter().map(|(shop, _)| *shop).collect();
        for shop in shops {
            let lesson = self.teach(shop, teaching);
            for (product, ladder) in &lesson.shelves {
                chain.entry(*product).or_default().merge(ladder);
            }
            lessons.insert(shop, lesson);
        }
        let mut profiles: HashMap<(usize, usize, u32), Profile> = HashMap::new();
        let mut verdicts = Vec::new();
        for (shop, date) in turn {
            let (Some(day), Some(lesson)) = (self.days.get(&(*shop, *date)), lessons.get(shop))
            else {
                continue;
            };
            let weekday = date.weekday().num_days_from_monday();
            let of_day = day
                .shelves
                .iter()
                .map(|shelf| {
                    let profile = profiles
                        .entry((*shop, shelf.product, weekday))
                        .or_insert_with(|| lesson.profile(shelf.product, weekday, &chain));
                    let usual = self.usual(*shop, shelf.product, *date, teaching);
                    verdict(shelf, day.last_sale, profile, &usual)
                })
                .collect();
            verdicts.push(((*shop, *date), of_day));
        }
        verdicts
    }

    fn teach(&self, shop: usize, teaching: &BTreeSet<(usize, NaiveDate)>) -> ShopLesson {
        let mut shelves: HashMap<usize, Ladder> = HashMap::new();
        let mut weekdays = vec![Ladder::default(); 7];
        for key in teaching.range((shop, NaiveDate::MIN)..=(shop, NaiveDate::MAX)) {
            let Some(day) = self.days.get(key) else {
                continue;
            };
            let weekday = key.1.weekday().num_days_from_monday() as usize;
            for shelf in &day.shelves {
                let served_until = match (shelf.verdict.sold_out_by, shelf.minutes.last()) {
                    (Some(_), Some(last)) => *last,
                    _ => day.last_sale,
                };
                let ladder = shelves.entry(shelf.product).or_default();
                for learner in [ladder, &mut weekdays[weekday]] {
                    learner.add(&shelf.minutes, slot_of(served_until));
                }
            }
        }
        let mut all = Ladder::default();
        for weekday in &weekdays {
            all.merge(weekday);
        }
        let shop = Profile::of_shop(&all);
        ShopLesson {
            weekdays: weekdays
                .iter()
                .map(|w| Profile::of_weekday(w, &shop))
                .collect(),
            shop,
            shelves,
        }
    }

    /// What the other days say of a shelf's day; of all weekdays where too few same weekdays are known.
    fn usual(
        &self,
        shop: usize,
        product: usize,
        date: NaiveDate,
        teaching: &BTreeSet<(usize, NaiveDate)>,
    ) -> Usual {
        let (mut same, mut any) = (Vec::new(), Vec::new());
        let mut sold_out = 0.0;
        let from = date - Days::new(LEARNING_DAYS);
        let until = date + Days::new(LEARNING_DAYS);
        for key in teaching.range((shop, from)..=(shop, until)) {
            let shelf = self
                .days
                .get(key)
                .filter(|_| key.1 != date)
                .and_then(|d| d.shelves.iter().find(|s| s.product == product));
            if let Some(shelf) = shelf {
                any.push(shelf.wanted());
                sold_out += shelf.verdict.certainty;
                if key.1.weekday() == date.weekday() {
                    same.push(shelf.wanted());
                }
            }
        }
        let mean = |of: &[f64]| of.iter().sum::<f64>() / of.len() as f64;
        let purchases = if same.len() >= LEAST_SAME_WEEKDAYS {
            Some(mean(&same))
        } else {
            (any.len() >= LEAST_ANY_DAYS).then(|| mean(&any))
        };
        let days = any.len() as f64;
        Usual {
            purchases,
            sold_out_share: (sold_out + LEAN_DAYS * LEAN_SHARE) / (days + LEAN_DAYS),
        }
    }
}

impl ShopLesson {
    fn profile(&self, product: usize, weekday: u32, chain: &HashMap<usize, Ladder>) -> Profile {
        let product_in_chain = chain
            .get(&product)
            .map_or_else(|| self.shop.clone(), |l| Profile::leaning(l, &self.shop));
        let shelf = self.shelves.get(&product).map_or_else(
            || product_in_chain.clone(),
            |l| Profile::leaning(l, &product_in_chain),
        );
        shelf.bent(&self.weekdays[weekday as usize], &self.shop)
    }
}

fn verdict(shelf: &Day, shop_last_sale: u16, profile: &Profile, usual: &Usual) -> Verdict {
    let share = shelf
        .minutes
        .last()
        .and_then(|last| profile.share_by(*last, shop_last_sale))
        .unwrap_or(1.0);
    judge(&Evidence {
        purchases: shelf.minutes.len(),
        share_by_last: share,
        usual_purchases: usual.purchases,
        sold_out_share: usual.sold_out_share,
        ledger: shelf.ledger,
        told: shelf.told,
    })
}
