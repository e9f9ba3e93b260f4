//! The size of a series as of a day. Everything the network reads or predicts is divided by it.

use crate::series::Series;

/// `0.8 x mean of the latest 56 valid days + 0.2 x mean of the latest 364`, never below a twentieth of the mean of
/// the whole past, so that a quiet season does not blow up its neighbours. `None` when nothing was ever sold.
///
/// Days on which the shelf ran empty count only where no other day is known.
pub(crate) fn window_scale(series: &Series, day: i32) -> Option<f64> {
    let mean = |n| {
        series
            .latest_mean(n, day)
            .or_else(|| series.latest_open_mean(n, day))
    };
    let recent = mean(56)?;
    let year = mean(364)?;
    let always = mean(u32::MAX)?;
    let scale = (0.8 * recent + 0.2 * year).max(0.05 * always);
    (scale > 0.0 && scale.is_finite()).then_some(scale)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::series::day_number;
    use chrono::{Days, NaiveDate};
    use domain::panel::{PanelDay, PanelSeries};

    fn series(values: &[f64], censored: bool) -> Series {
        let start = NaiveDate::from_ymd_opt(2024, 1, 1).unwrap();
        let days = values
            .iter()
            .zip(0u64..)
            .map(|(&quantity, n)| PanelDay {
                date: start + Days::new(n),
                quantity,
                price: None,
                promotion: None,
                censored,
            })
            .collect::<Vec<_>>();
        let last = day_number(days.last().unwrap().date);
        Series::new(
            &PanelSeries {
                store: 0,
                product: 0,
                days,
                planned: vec![],
            },
            last,
        )
    }

    #[test]
    fn follows_the_recent_level_more_than_the_old_one() {
        let mut values = vec![10.0; 100];
        values.extend(vec![20.0; 56]);
        let s = series(&values, false);
        let year = (100.0 * 10.0 + 56.0 * 20.0) / 156.0;
        let scale = window_scale(&s, s.last).unwrap();
        assert!((scale - (0.8 * 20.0 + 0.2 * year)).abs() < 1e-9);
    }

    #[test]
    fn is_unknown_without_sales_and_known_when_always_sold_out() {
        let s = series(&[0.0; 80], false);
        assert_eq!(window_scale(&s, s.last), None);
        let s = series(&[5.0; 80], true);
        assert!((window_scale(&s, s.last).unwrap() - 5.0).abs() < 1e-9);
    }
}
