//! When in the day a category is bought: breakfast, mid-morning, lunch, afternoon snack.

use crate::assortment::{BREAD, CAKE, CATEGORIES, PASTRY, SAVOURY};
use crate::season::small;
use crate::stream::whole;

/// Minutes of a step of the profile.
const STEP: u32 = 5;

/// Middle of each wave in minutes after midnight, and its width.
const WAVES: [(f64, f64); 5] = [
    (505.0, 45.0),
    (660.0, 55.0),
    (815.0, 50.0),
    (1_070.0, 60.0),
    (1_190.0, 40.0),
];

/// Weight of each wave for a category.
fn weights(category: usize) -> [f64; 5] {
    match category {
        BREAD => [0.24, 0.30, 0.26, 0.10, 0.10],
        PASTRY => [0.38, 0.24, 0.06, 0.28, 0.04],
        CAKE => [0.06, 0.24, 0.26, 0.36, 0.08],
        SAVOURY => [0.10, 0.28, 0.42, 0.10, 0.10],
        _ => [0.36, 0.27, 0.15, 0.19, 0.03],
    }
}

/// Share of a day's demand that has come by each moment between opening and closing.
pub(crate) struct IntradayProfile {
    opens_at: u32,
    closes_at: u32,
    /// Cumulative share at the end of each step; the last is 1.
    cumulative: Vec<f64>,
}

impl IntradayProfile {
    /// One profile for each category.
    pub(crate) fn all(opens_at: u32, closes_at: u32) -> Vec<Self> {
        (0..CATEGORIES.len())
            .map(|category| Self::new(category, opens_at, closes_at))
            .collect()
    }

    fn new(category: usize, opens_at: u32, closes_at: u32) -> Self {
        let weights = weights(category);
        let steps = ((closes_at - opens_at) / STEP).max(1);
        let mut total = 0.0;
        let mut cumulative: Vec<f64> = (0..steps)
            .map(|step| {
                let middle = f64::from(opens_at + step * STEP) + f64::from(STEP) / 2.0;
                // A trickle at all hours, so that no open moment is impossible.
                total += 0.000_2;
                for ((centre, width), weight) in WAVES.iter().zip(weights) {
                    let away = (middle - centre) / width;
                    total += weight / width * (-0.5 * away * away).exp();
                }
                total
            })
            .collect();
        for share in &mut cumulative {
            *share /= total;
        }
        Self {
            opens_at,
            closes_at,
            cumulative,
        }
    }

    /// The minute of the day by which a share of the day's demand (0 to 1) has come; always within opening hours.
    pub(crate) fn minute_at(&self, share: f64) -> u32 {
        let step = self.cumulative.partition_point(|reached| *reached < share);
        let before = if step == 0 {
            0.0
        } else {
            self.cumulative[step - 1]
        };
        let reached = self.cumulative.get(step).copied().unwrap_or(1.0);
        let within = if reached > before {
            ((share - before) / (reached - before)).clamp(0.0, 1.0)
        } else {
            0.0
        };
        let minutes = small(i64::try_from(step).unwrap_or_default()) * f64::from(STEP)
            + within * f64::from(STEP);
        let minute = self.opens_at + u32::try_from(whole(minutes)).unwrap_or_default();
        minute.min(self.closes_at - 1)
    }
}
