//! What trees learn from.

/// Least squared coefficient of variation beyond that of counts.
pub(crate) const LEAST_DISPERSION: f64 = 0.01;

/// Demand over scale that a score stands for.
pub(crate) fn mean(score: f32) -> f32 {
    score.clamp(-8.0, 4.0).exp()
}

/// Rows to learn from, column after column.
#[derive(Debug, Default)]
pub(crate) struct Table {
    pub columns: Vec<Vec<f32>>,
    /// Demand over scale.
    pub target: Vec<f32>,
    /// Logarithm of the first guess.
    pub offset: Vec<f32>,
    pub weight: Vec<f32>,
    /// Units of the scale in one piece: counts of mean `m` vary by `m x grain`.
    pub grain: Vec<f32>,
    /// Whether demand is only known to have been at least the target.
    pub sold_out: Vec<bool>,
}

impl Table {
    pub fn push(&mut self, row: &[f32], lesson: &Lesson) {
        self.columns.resize_with(row.len(), Vec::new);
        for (column, value) in self.columns.iter_mut().zip(row) {
            column.push(*value);
        }
        self.target.push(lesson.target);
        self.offset.push(lesson.offset);
        self.weight.push(lesson.weight);
        self.grain.push(lesson.grain);
        self.sold_out.push(lesson.sold_out);
    }

    /// Squared coefficient of variation beyond that of counts, over the days on which nothing sold out.
    pub fn dispersion(&self, scores: &[f32]) -> f64 {
        let (mut excess, mut squares) = (0.0, 0.0);
        for row in (0..self.target.len()).filter(|row| !self.sold_out[*row]) {
            let mean = f64::from(mean(scores[row]));
            let error = f64::from(self.target[row]) - mean;
            let weight = f64::from(self.weight[row]);
            excess += weight * (error * error - mean * f64::from(self.grain[row]));
            squares += weight * mean * mean;
        }
        if squares > 0.0 {
            (excess / squares).max(LEAST_DISPERSION)
        } else {
            LEAST_DISPERSION
        }
    }
}

/// What one row teaches.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lesson {
    pub target: f32,
    pub offset: f32,
    pub weight: f32,
    pub grain: f32,
    pub sold_out: bool,
}
