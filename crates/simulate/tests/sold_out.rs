//! The rule for sold-out days against the demand that nobody at a till ever sees.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(
    clippy::print_stdout,
    reason = "the measured numbers are worth reading"
)]

use chrono::NaiveDate;
use simulate::{Chain, ChainConfig, Witness, examined};

/// What the rule found, beside the truth.
#[derive(Debug, Default)]
struct Tally {
    shelf_days: usize,
    /// Shelf-days on which customers went away without it; what they would have taken.
    short: usize,
    lost: i64,
    marked: usize,
    /// Marked days on which the shelf did run empty, with or without customers after that.
    right: usize,
    /// Marked days that were short, and what was lost on them.
    short_marked: usize,
    lost_on_marked: i64,
    /// Short by ten pieces or more, and how many of these are marked.
    far_short: usize,
    far_short_marked: usize,
    demand: i64,
    sold: i64,
    estimated: i64,
    demand_on_marked: i64,
    sold_on_marked: i64,
}

impl Tally {
    fn share(part: usize, whole: usize) -> f64 {
        part as f64 / whole as f64
    }

    fn precision(&self) -> f64 {
        Self::share(self.right, self.marked)
    }

    /// Share of what was lost that was lost on marked days.
    fn recall_of_units(&self) -> f64 {
        self.lost_on_marked as f64 / self.lost as f64
    }

    fn bias_before(&self) -> f64 {
        self.sold as f64 / self.demand as f64 - 1.0
    }

    fn bias_after(&self) -> f64 {
        (self.sold + self.estimated) as f64 / self.demand as f64 - 1.0
    }

    fn bias_of_marked_before(&self) -> f64 {
        self.sold_on_marked as f64 / self.demand_on_marked as f64 - 1.0
    }

    fn bias_of_marked(&self) -> f64 {
        (self.sold_on_marked + self.estimated) as f64 / self.demand_on_marked as f64 - 1.0
    }

    fn print(&self, what: &str) {
        println!(
            "{what}: {} shelf-days, {} short; precision {:.3}, recall {:.3} of days, {:.3} of days short by ten, {:.3} of units; \
             bias {:+.2} % uncorrected, {:+.2} % corrected; on marked days {:+.1} % and {:+.1} %",
            self.shelf_days,
            self.short,
            self.precision(),
            Self::share(self.short_marked, self.short),
            Self::share(self.far_short_marked, self.far_short),
            self.recall_of_units(),
            100.0 * self.bias_before(),
            100.0 * self.bias_after(),
            100.0 * self.bias_of_marked_before(),
            100.0 * self.bias_of_marked(),
        );
    }
}

fn tally(seed: u64, witness: Witness) -> Tally {
    let end = NaiveDate::from_ymd_opt(2026, 11, 19).unwrap();
    let chain = Chain::new(ChainConfig {
        days: 200,
        ..ChainConfig::new(seed, end)
    });
    let book = examined(&chain, end, witness);
    let mut tally = Tally::default();
    for day in chain.simulate() {
        let shelves = book.shelves(day.store, day.date);
        for line in &day.lines {
            let shelf = shelves.iter().find(|s| s.product == line.product);
            let marked = shelf.filter(|s| s.verdict.sold_out_by.is_some());
            let lost = line.lost();
            tally.shelf_days += 1;
            tally.demand += line.demand;
            tally.sold += line.sold;
            tally.lost += lost;
            tally.short += usize::from(lost > 0);
            let far = lost >= 10;
            tally.far_short += usize::from(far);
            if let Some(shelf) = marked {
                let units = book
                    .units_per_purchase(day.store, line.product, chain.start_date())
                    .unwrap();
                tally.estimated += (shelf.verdict.lost_purchases * units).round() as i64;
                tally.marked += 1;
                tally.right += usize::from(line.sold_out_at.is_some());
                tally.short_marked += usize::from(lost > 0);
                tally.far_short_marked += usize::from(far);
                tally.lost_on_marked += lost;
                tally.demand_on_marked += line.demand;
                tally.sold_on_marked += line.sold;
            }
        }
    }
    tally
}

#[test]
fn tickets_alone_find_the_days_that_cost_most_and_complete_them_without_bias() {
    for seed in [3, 7, 12] {
        let found = tally(seed, Witness::Tickets);
        found.print(&format!("tickets, seed {seed}"));
        assert!(found.precision() > 0.8, "{found:?}");
        assert!(found.recall_of_units() > 0.4, "{found:?}");
        assert!(Tally::share(found.far_short_marked, found.far_short) > 0.5);
        assert!(found.bias_before() < -0.02, "nothing to correct: {found:?}");
        assert!(found.bias_after().abs() < 0.02, "{found:?}");
        assert!(found.bias_after().abs() < 0.6 * found.bias_before().abs());
        assert!(found.bias_of_marked_before() < -0.1);
        assert!(found.bias_of_marked().abs() < 0.03, "{found:?}");
    }
}

#[test]
fn with_a_ledger_every_short_day_is_found_and_the_whole_is_right_within_a_percent() {
    for seed in [3, 7] {
        let found = tally(seed, Witness::Ledger);
        found.print(&format!("ledger, seed {seed}"));
        assert_eq!(found.short_marked, found.short, "{found:?}");
        assert_eq!(found.right, found.marked, "{found:?}");
        assert!(found.bias_after().abs() < 0.01, "{found:?}");
    }
}
