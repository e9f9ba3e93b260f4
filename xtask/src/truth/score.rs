//! Forecast days against true demand, and the baseline beside them.

use super::bootstrap::{Block, Sums, ratio};
use super::rank::Quantiles;
use chrono::{Datelike, NaiveDate};
use domain::panel::{MEDIAN, PanelDay, QUANTILE_LEVELS};

/// Positions of the quantiles between which four fifths of all days should lie.
const EIGHTY: (usize, usize) = (1, 9);

/// Same weekdays of which the baseline takes the mean.
const SAME_WEEKDAYS: usize = 4;

/// A day of a series as it was forecast, as it was sold, and as it truly was; in pieces.
#[derive(Clone, Debug)]
pub struct Case {
    pub block: Block,
    pub product: usize,
    pub date: NaiveDate,
    pub demand: f64,
    pub sold: f64,
    /// The shelf ran empty.
    pub ran_empty: bool,
    pub promoted: bool,
    pub mean: f64,
    pub quantiles: Quantiles,
    /// Mean of the latest same weekdays; `None` before the series has any row.
    pub baseline: Option<f64>,
    /// Days from the series' first row to the cutoff; `None` when it comes later.
    pub age_days: Option<i64>,
    /// The store's first row comes four weeks or more after the chain's.
    pub in_new_store: bool,
    /// The scorer of sales would judge this series here: it had sold before the cutoff.
    pub judged: bool,
    /// True demand of the series is at least ten a day in the mean.
    pub dense: bool,
    /// Days until the cutoff on which the series was promoted.
    pub promoted_before: usize,
}

/// Mean of the latest four rows of the target's weekday, of as many as there are, or of all rows where there is none; `past`
/// are the series' rows up to the cutoff, ascending.
pub fn baseline(past: &[PanelDay], target: NaiveDate) -> Option<f64> {
    let same = |day: &&PanelDay| day.date.weekday() == target.weekday();
    let latest: Vec<f64> = past
        .iter()
        .rev()
        .filter(same)
        .take(SAME_WEEKDAYS)
        .map(|day| day.quantity)
        .collect();
    let of = if latest.is_empty() {
        past.iter().map(|day| day.quantity).collect()
    } else {
        latest
    };
    (!of.is_empty()).then(|| of.iter().sum::<f64>() / of.len() as f64)
}

/// Mean over the levels of twice the pinball loss.
pub fn quantile_loss(quantiles: &Quantiles, demand: f64) -> f64 {
    let levels = QUANTILE_LEVELS.iter().zip(quantiles);
    let losses = levels.map(|(level, quantile)| {
        let short = demand - quantile;
        2.0 * (level * short).max((level - 1.0) * short)
    });
    losses.sum::<f64>() / QUANTILE_LEVELS.len() as f64
}

/// How much more than the truth was said, in per cent of it.
pub fn bias([said, demand]: &[f64; 2]) -> Option<f64> {
    ratio(said - demand, *demand).map(|share| 100.0 * share)
}

/// Metrics over some days; those of the baseline over the days for which it has something to say.
#[derive(Clone, Debug, Default)]
pub struct Score {
    pub days: usize,
    demand: f64,
    absolute: f64,
    loss: f64,
    inside: usize,
    /// Forecast mean and true demand.
    pub bias: Sums<2>,
    /// Baseline's absolute error, its sum, and true demand.
    beside: [f64; 3],
}

impl Score {
    pub fn of<'a>(cases: impl IntoIterator<Item = &'a Case>) -> Self {
        let mut score = Self::default();
        for case in cases {
            let (low, high) = (case.quantiles[EIGHTY.0], case.quantiles[EIGHTY.1]);
            score.days += 1;
            score.demand += case.demand;
            score.absolute += (case.demand - case.quantiles[MEDIAN]).abs();
            score.loss += quantile_loss(&case.quantiles, case.demand);
            score.inside += usize::from((low..=high).contains(&case.demand));
            score.bias.add(case.block, [case.mean, case.demand]);
            if let Some(baseline) = case.baseline {
                score.beside[0] += (case.demand - baseline).abs();
                score.beside[1] += baseline;
                score.beside[2] += case.demand;
            }
        }
        score
    }

    /// Absolute error of the median over true demand.
    pub fn wape(&self) -> Option<f64> {
        ratio(self.absolute, self.demand)
    }

    /// Quantile loss over true demand.
    pub fn wql(&self) -> Option<f64> {
        ratio(self.loss, self.demand)
    }

    /// Share of the days inside the 80 % interval, borders included.
    pub fn coverage(&self) -> Option<f64> {
        (self.days > 0).then(|| self.inside as f64 / self.days as f64)
    }

    /// Absolute error of the baseline over true demand.
    pub fn baseline_wape(&self) -> Option<f64> {
        ratio(self.beside[0], self.beside[2])
    }

    /// The baseline's bias in per cent.
    pub fn baseline_bias(&self) -> Option<f64> {
        bias(&[self.beside[1], self.beside[2]])
    }
}

/// How long a series had been known at the cutoff.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Age {
    NotYet,
    Under28,
    Under56,
    Under112,
    Older,
}

impl Age {
    pub const ALL: [Self; 5] = [
        Self::NotYet,
        Self::Under28,
        Self::Under56,
        Self::Under112,
        Self::Older,
    ];

    /// From the days between first row and cutoff; `None` = the first row comes later.
    pub fn of(days: Option<i64>) -> Self {
        match days {
            None => Self::NotYet,
            Some(..28) => Self::Under28,
            Some(28..56) => Self::Under56,
            Some(56..112) => Self::Under112,
            Some(_) => Self::Older,
        }
    }

    pub const fn said(self) -> &'static str {
        match self {
            Self::NotYet => "no day yet",
            Self::Under28 => "under 28 days",
            Self::Under56 => "28 to 55 days",
            Self::Under112 => "56 to 111 days",
            Self::Older => "112 days and more",
        }
    }
}
