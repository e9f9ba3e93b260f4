//! The baker's percentage: every line against the flour.

/// Each line's weight against the sum of those that are flour, in basis points (10,000 = as much as there is flour), as bakers write
/// formulas (J. Hamelman, "Bread", 2nd edition, 2012, chapter 2). `None` where there is no flour to measure against.
///
/// `lines`: base units by weight or volume, and whether it is flour.
#[must_use]
pub fn bakers_percentages(lines: &[(i64, bool)]) -> Option<Vec<i64>> {
    let flour: i64 = lines
        .iter()
        .filter(|(_, flour)| *flour)
        .map(|(q, _)| q)
        .sum();
    (flour > 0).then(|| {
        let share = |quantity: i64| (quantity as f64 * 10_000.0 / flour as f64).round() as i64;
        lines.iter().map(|(quantity, _)| share(*quantity)).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flours_together_are_the_whole() {
        // Two flours, water, salt.
        let lines = [(800, true), (200, true), (650, false), (18, false)];
        assert_eq!(
            bakers_percentages(&lines),
            Some(vec![8_000, 2_000, 6_500, 180])
        );
        assert_eq!(bakers_percentages(&[(5, false)]), None);
    }
}
