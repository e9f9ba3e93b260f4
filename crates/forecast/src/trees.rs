//! Gradient-boosted regression trees: a second family beside the network, whose errors are other errors.
//!
//! Histogram trees grown best leaf first (Ke et al. 2017) with Newton steps for the Poisson deviance (Chen and Guestrin
//! 2016): the forecast is `offset x exp(sum of the leaves)`.

use crate::ForecastError;
use crate::sold_out::expected_beyond;
use crate::table::{LEAST_DISPERSION, Table, mean};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicBool, Ordering};

/// Values that a column is told apart by.
const BINS: usize = 64;

/// Trees from one learning of how much demand varies to the next.
const LEARNS_DISPERSION: usize = 25;

/// How trees are grown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Growth {
    pub trees: usize,
    /// Leaves of a tree, at most.
    pub leaves: usize,
    /// Rows in a leaf, at least.
    pub least_rows: u32,
    /// Share of its step that each tree takes.
    pub rate: f32,
    /// Penalty on the leaves' values, in rows of the mean.
    pub ridge: f32,
    /// Shares of rows and columns that each tree sees.
    pub rows: f64,
    pub columns: f64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Node {
    /// One more than the column; 0 = a leaf.
    question: u16,
    /// Rows up to this value go to `left`, the others to `left + 1`.
    cut: f32,
    left: u32,
    value: f32,
}

/// A trained forest.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Forest {
    trees: Vec<Vec<Node>>,
}

impl Forest {
    /// Whether every question is about one of so many columns and leads on: a damaged file must not make `score` panic or
    /// walk for ever.
    pub fn fits(&self, columns: usize) -> bool {
        self.trees.iter().all(|tree| {
            !tree.is_empty()
                && tree.iter().enumerate().all(|(at, node)| {
                    node.question == 0
                        || (usize::from(node.question) <= columns
                            && node.left as usize > at
                            && (node.left as usize) < tree.len() - 1)
                })
        })
    }

    /// Sum of the leaves that a row falls into: the logarithm of what the first guess is multiplied by.
    pub fn score(&self, row: &[f32]) -> f32 {
        self.trees
            .iter()
            .map(|tree| leaf_value(tree, |column| row[column]))
            .sum()
    }

    /// Grows one tree after the other, each on what those before it left. The same seed gives the same trees.
    ///
    /// # Errors
    /// [`ForecastError::TooLittleData`] without rows, [`ForecastError::Cancelled`].
    pub fn fit(
        table: &Table,
        growth: &Growth,
        seed: u64,
        cancel: &AtomicBool,
    ) -> Result<Self, ForecastError> {
        let rows = table.target.len();
        if rows == 0 {
            return Err(ForecastError::TooLittleData {
                reason: "no day to grow trees on".to_owned(),
            });
        }
        let cuts: Vec<Vec<f32>> = table.columns.iter().map(|c| cuts(c)).collect();
        let bin = |(column, cuts): (&Vec<f32>, &Vec<f32>)| -> Vec<u8> {
            let bin = |v: &f32| cuts.partition_point(|cut| cut < v) as u8;
            column.iter().map(bin).collect()
        };
        let bins: Vec<Vec<u8>> = table.columns.iter().zip(&cuts).map(bin).collect();
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut scores = table.offset.clone();
        let mut pairs = vec![[0.0f32; 2]; rows];
        let mut trees = Vec::with_capacity(growth.trees);
        let any_sold_out = table.sold_out.contains(&true);
        let mut dispersion = LEAST_DISPERSION;
        for tree in 0..growth.trees {
            if cancel.load(Ordering::Relaxed) {
                return Err(ForecastError::Cancelled);
            }
            if any_sold_out && tree % LEARNS_DISPERSION == 0 {
                dispersion = table.dispersion(&scores);
            }
            for (row, pair) in pairs.iter_mut().enumerate() {
                let mean = mean(scores[row]);
                let weight = table.weight[row];
                let error = if table.sold_out[row] {
                    // What was wanted beyond an empty shelf is expected from what is believed so far (Dempster, Laird and
                    // Rubin 1977), but no more than the first guess: where every day sells out nothing else would hold it.
                    let sold = f64::from(table.target[row]);
                    let usual = f64::from(table.offset[row].exp()).max(sold);
                    let believed = f64::from(mean).min(usual);
                    let grain = f64::from(table.grain[row]);
                    let variance = believed * grain + dispersion * believed * believed;
                    (mean - expected_beyond(believed, variance, sold) as f32).min(0.0)
                } else {
                    mean - table.target[row]
                };
                *pair = [weight * error, weight * mean];
            }
            let chosen: Vec<u32> = (0..rows as u32)
                .filter(|_| rng.random_bool(growth.rows))
                .collect();
            let columns: Vec<usize> = (0..bins.len())
                .filter(|&c| rng.random_bool(growth.columns) && !cuts[c].is_empty())
                .collect();
            let ground = Ground {
                bins: &bins,
                cuts: &cuts,
                pairs: &pairs,
                columns: &columns,
                growth,
            };
            let tree = ground.grow(chosen);
            // Every row moves on, seen by this tree or not.
            for (row, score) in scores.iter_mut().enumerate() {
                *score += leaf_value(&tree, |column| table.columns[column][row]);
            }
            trees.push(tree);
        }
        Ok(Self { trees })
    }
}

fn leaf_value(tree: &[Node], value: impl Fn(usize) -> f32) -> f32 {
    let mut node = &tree[0];
    while let Some(column) = usize::from(node.question).checked_sub(1) {
        let right = value(column) > node.cut;
        node = &tree[node.left as usize + usize::from(right)];
    }
    node.value
}

/// Values between which a column is told apart: at most 63, at its quantiles.
fn cuts(column: &[f32]) -> Vec<f32> {
    let step = (column.len() / 20_000).max(1);
    let mut sorted: Vec<f32> = column.iter().step_by(step).copied().collect();
    sorted.sort_by(f32::total_cmp);
    let mut cuts: Vec<f32> = (1..BINS)
        .map(|i| sorted[i * (sorted.len() - 1) / BINS])
        .collect();
    cuts.dedup();
    let last = sorted[sorted.len() - 1];
    cuts.retain(|c| *c < last);
    cuts
}

/// Sums of gradient, curvature and rows, bin after bin of column after column.
type Histogram = Vec<[f32; 3]>;

/// What one tree grows on.
struct Ground<'a> {
    bins: &'a [Vec<u8>],
    cuts: &'a [Vec<f32>],
    /// Gradient and curvature of each row.
    pairs: &'a [[f32; 2]],
    /// Columns that this tree may ask about.
    columns: &'a [usize],
    growth: &'a Growth,
}

struct Leaf {
    node: usize,
    rows: Vec<u32>,
    histogram: Histogram,
    best: Option<Split>,
}

#[derive(Clone, Copy)]
struct Split {
    gain: f32,
    column: usize,
    bin: usize,
}

impl Ground<'_> {
    fn grow(&self, rows: Vec<u32>) -> Vec<Node> {
        let mut nodes = vec![Node::default()];
        if self.columns.is_empty() || rows.is_empty() {
            return nodes;
        }
        let curvature: f32 = rows.iter().map(|r| self.pairs[*r as usize][1]).sum();
        let ridge = self.growth.ridge * curvature / rows.len() as f32;
        let mut open = vec![self.leaf(0, self.histogram(&rows), rows, ridge)];
        while open.len() < self.growth.leaves {
            let gain = |leaf: &Leaf| leaf.best.map_or(0.0, |best| best.gain);
            let best = (0..open.len()).max_by(|a, b| gain(&open[*a]).total_cmp(&gain(&open[*b])));
            let Some((at, split)) = best.and_then(|at| Some((at, open[at].best?))) else {
                break;
            };
            let leaf = open.swap_remove(at);
            let bins = &self.bins[split.column];
            let (left, right): (Vec<u32>, Vec<u32>) = leaf
                .rows
                .into_iter()
                .partition(|row| usize::from(bins[*row as usize]) <= split.bin);
            // The larger side is what the smaller one leaves of the whole.
            let left_is_small = left.len() <= right.len();
            let small = self.histogram(if left_is_small { &left } else { &right });
            let large = leaf
                .histogram
                .iter()
                .zip(&small)
                .map(|(a, b)| [a[0] - b[0], a[1] - b[1], a[2] - b[2]])
                .collect();
            let (of_left, of_right) = if left_is_small {
                (small, large)
            } else {
                (large, small)
            };
            let next = nodes.len();
            nodes[leaf.node] = Node {
                question: split.column as u16 + 1,
                cut: self.cuts[split.column][split.bin],
                left: next as u32,
                value: 0.0,
            };
            nodes.extend([Node::default(); 2]);
            open.push(self.leaf(next, of_left, left, ridge));
            open.push(self.leaf(next + 1, of_right, right, ridge));
        }
        for leaf in open {
            let (mut gradient, mut curvature) = (0.0f32, 0.0f32);
            for row in &leaf.rows {
                let [g, h] = self.pairs[*row as usize];
                gradient += g;
                curvature += h;
            }
            let step = -gradient / (curvature + ridge) * self.growth.rate;
            nodes[leaf.node].value = step.clamp(-1.0, 1.0);
        }
        nodes
    }

    fn leaf(&self, node: usize, histogram: Histogram, rows: Vec<u32>, ridge: f32) -> Leaf {
        let best = self.best_split(&histogram, ridge);
        Leaf {
            node,
            rows,
            histogram,
            best,
        }
    }

    fn histogram(&self, rows: &[u32]) -> Histogram {
        let mut sums = vec![[0.0f32; 3]; self.columns.len() * BINS];
        for (column, sums) in self.columns.iter().zip(sums.chunks_exact_mut(BINS)) {
            let bins = &self.bins[*column];
            for &row in rows {
                let [gradient, curvature] = self.pairs[row as usize];
                let sum = &mut sums[usize::from(bins[row as usize])];
                sum[0] += gradient;
                sum[1] += curvature;
                sum[2] += 1.0;
            }
        }
        sums
    }

    fn best_split(&self, histogram: &Histogram, ridge: f32) -> Option<Split> {
        let add = |a: [f32; 3], b: &[f32; 3]| [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
        let worth = |gradient: f32, curvature: f32| gradient * gradient / (curvature + ridge);
        let least = self.growth.least_rows as f32;
        let mut best: Option<Split> = None;
        for (column, sums) in self.columns.iter().zip(histogram.chunks_exact(BINS)) {
            let whole = sums.iter().fold([0.0; 3], add);
            let before = worth(whole[0], whole[1]);
            let mut left = [0.0f32; 3];
            for (bin, sum) in sums.iter().enumerate() {
                left = add(left, sum);
                if left[2] < least {
                    continue;
                }
                if whole[2] - left[2] < least {
                    break;
                }
                let right = worth(whole[0] - left[0], whole[1] - left[1]);
                let gain = worth(left[0], left[1]) + right - before;
                if gain > best.map_or(0.0, |best| best.gain) {
                    best = Some(Split {
                        gain,
                        column: *column,
                        bin,
                    });
                }
            }
        }
        best
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::table::Lesson;

    const GROWTH: Growth = Growth {
        trees: 80,
        leaves: 8,
        least_rows: 10,
        rate: 0.2,
        ridge: 1.0,
        rows: 0.8,
        columns: 1.0,
    };

    fn lesson(target: f32, sold_out: bool) -> Lesson {
        Lesson {
            target,
            offset: 0.0,
            weight: 1.0,
            grain: 0.0,
            sold_out,
        }
    }

    /// Demand is 1 below 0.5 and 3 above it in the first column; the second column says nothing.
    fn steps(rows: usize, sold_out: impl Fn(f32) -> bool) -> Table {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut table = Table::default();
        for _ in 0..rows {
            let (x, noise) = (rng.random::<f32>(), rng.random::<f32>());
            let demand = if x > 0.5 { 3.0 } else { 1.0 };
            let cut = sold_out(x);
            let sold = if cut { demand * noise } else { demand };
            table.push(&[x, noise], &lesson(sold, cut));
        }
        table
    }

    fn fitted(table: &Table, seed: u64) -> Forest {
        Forest::fit(table, &GROWTH, seed, &AtomicBool::new(false)).unwrap()
    }

    #[test]
    fn learns_a_step_and_the_same_seed_the_same_trees() {
        let table = steps(2_000, |_| false);
        let forest = fitted(&table, 7);
        for (x, demand) in [(0.1, 1.0), (0.4, 1.0), (0.6, 3.0), (0.95, 3.0)] {
            let expected = forest.score(&[x, 0.5]).exp();
            assert!((expected - demand).abs() < 0.1, "{x}: {expected}");
        }
        assert_eq!(forest, fitted(&table, 7));
        assert_ne!(forest, fitted(&table, 8));
    }

    #[test]
    fn what_a_shelf_that_ran_empty_sold_is_not_taken_for_demand() {
        // Every third day above a half is cut short at random.
        let cut = |x: f32| x > 0.5 && ((x * 1e4) as u32).is_multiple_of(3);
        let marked = steps(4_000, cut);
        let mut unmarked = steps(4_000, cut);
        unmarked.sold_out.fill(false);
        let expected = |table: &Table| fitted(table, 1).score(&[0.75, 0.5]).exp();
        let (with, without) = (expected(&marked), expected(&unmarked));
        assert!((with - 3.0).abs() < 0.3, "{with}");
        assert!(without < 2.7, "{without}");
    }

    #[test]
    fn customers_who_found_the_shelf_empty_are_counted() {
        // Demand of mean 1 within a half and one and a half; two shelves in five hold 0.9.
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let mut table = Table::default();
        for _ in 0..6_000 {
            let demand = 0.5 + rng.random::<f32>();
            let supply = if rng.random_bool(0.4) { 0.9 } else { 9.0 };
            let row = [rng.random::<f32>()];
            table.push(&row, &lesson(demand.min(supply), demand >= supply));
        }
        let mean = |table: &Table| {
            let forest = fitted(table, 1);
            let rows = (0..100u8).map(|n| forest.score(&[f32::from(n) / 100.0]).exp());
            rows.sum::<f32>() / 100.0
        };
        let counted = mean(&table);
        assert!((counted - 1.0).abs() < 0.02, "{counted}");
        table.sold_out.fill(false);
        let sold = mean(&table);
        assert!(sold < 0.94, "{sold}");
    }

    #[test]
    fn nothing_to_learn_from_and_a_wish_to_stop_are_said() {
        let stop = AtomicBool::new(true);
        assert!(matches!(
            Forest::fit(&Table::default(), &GROWTH, 1, &stop),
            Err(ForecastError::TooLittleData { .. })
        ));
        assert!(matches!(
            Forest::fit(&steps(50, |_| false), &GROWTH, 1, &stop),
            Err(ForecastError::Cancelled)
        ));
        // A column that never moves cannot be asked about.
        let mut table = Table::default();
        for n in 0..50u8 {
            table.push(&[1.0], &lesson(f32::from(n % 3), false));
        }
        assert!(fitted(&table, 1).score(&[1.0]).is_finite());
    }

    #[test]
    fn trees_that_lead_nowhere_do_not_fit() {
        let forest = fitted(&steps(500, |_| false), 3);
        assert!(forest.fits(2));
        assert!(!forest.fits(0));
        let mut round = forest.clone();
        let asking = round.trees[0].iter().position(|n| n.question > 0).unwrap();
        round.trees[0][asking].left = asking as u32;
        assert!(!round.fits(2));
        let mut out = forest;
        out.trees[0][asking].left = u32::MAX;
        assert!(!out.fits(2));
    }
}
