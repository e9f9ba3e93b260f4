//! How forecasts turned out.

use super::Forecasts;
use crate::store::forecasts::{self as rows, ScoreSum};
use crate::store::outlook;
use crate::{Ctx, ServiceError, ServiceResult};
use contract::forecasts::{ListScores, ScoreLine, ScoresView, ShelfScore};
use domain::Permission;
use std::collections::BTreeMap;

/// Days ahead that are summed up.
pub(crate) const SCORED_HORIZONS: [i32; 3] = [1, 7, 28];

/// A range longer than this is refused.
const LONGEST_RANGE_DAYS: i64 = 800;

/// Basis points of a part in a whole, rounded half away from zero; nothing of nothing.
fn share_bp(part: i64, whole: i64) -> Option<i64> {
    if whole <= 0 {
        return None;
    }
    let (part, whole) = (i128::from(part) * 10_000, i128::from(whole));
    let half = if part < 0 { -whole / 2 } else { whole / 2 };
    i64::try_from((part + half) / whole).ok()
}

/// Sums of the same horizon, added and turned into shares.
pub(crate) fn score_line<'a>(
    horizon: i32,
    sums: impl IntoIterator<Item = &'a ScoreSum>,
) -> Option<ScoreLine> {
    let mut all = ScoreSum::default();
    for sum in sums {
        all.days += sum.days;
        all.inside += sum.inside;
        all.actual += sum.actual;
        all.error_milli += sum.error_milli;
        all.bias_milli += sum.bias_milli;
        all.compared_actual += sum.compared_actual;
        all.compared_error_milli += sum.compared_error_milli;
        all.baseline_error_milli += sum.baseline_error_milli;
    }
    (all.days > 0).then(|| ScoreLine {
        horizon,
        days: all.days,
        wape_bp: share_bp(all.error_milli, all.actual * 1_000),
        bias_bp: share_bp(all.bias_milli, all.actual * 1_000),
        inside_bp: share_bp(all.inside, all.days),
        compared_bp: share_bp(all.compared_error_milli, all.compared_actual * 1_000).zip(share_bp(
            all.baseline_error_milli,
            all.compared_actual * 1_000,
        )),
    })
}

impl Forecasts<'_> {
    /// Error, bias and coverage of the forecasts for some days, one, seven and 28 days ahead, over everything asked
    /// for and by shelf. Sold-out days are left out.
    ///
    /// WAPE = sum of |sold - median| / sum of sold; bias = sum of (mean - sold) / sum of sold.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `forecasts.read`; [`ServiceError::NotFound`] for a store out of scope;
    /// [`ServiceError::Invalid`] for a range that runs backwards or over more than 800 days.
    pub async fn scores(&self, ctx: &Ctx, asked: &ListScores) -> ServiceResult<ScoresView> {
        ctx.require(Permission::ForecastsRead)?;
        if let Some(store_id) = asked.store_id {
            ctx.require_store(store_id)?;
        }
        let days = (asked.until - asked.from).num_days();
        if !(0..=LONGEST_RANGE_DAYS).contains(&days) {
            return Err(ServiceError::field(
                "until",
                "range.invalid",
                "The last day must not lie before the first, nor more than 800 days after it.",
            ));
        }
        let db = &self.services.db().of(ctx.organization_id());
        if let Some(store_id) = asked.store_id {
            outlook::get_store(db, ctx.organization_id(), store_id).await?;
        }
        let sums: Vec<ScoreSum> = rows::list_score_sums(
            db,
            ctx.organization_id(),
            asked.store_id,
            asked.product_id,
            &SCORED_HORIZONS,
            asked.from,
            asked.until,
        )
        .await?
        .into_iter()
        .filter(|s| ctx.actor.stores.contains(s.store_id))
        .collect();
        let mut by_horizon: BTreeMap<i32, Vec<&ScoreSum>> = BTreeMap::new();
        for sum in &sums {
            by_horizon.entry(sum.horizon).or_default().push(sum);
        }
        Ok(ScoresView {
            overall: by_horizon
                .into_iter()
                .filter_map(|(horizon, sums)| score_line(horizon, sums))
                .collect(),
            shelves: sums
                .iter()
                .filter_map(|s| {
                    Some(ShelfScore {
                        store_id: s.store_id,
                        product_id: s.product_id,
                        line: score_line(s.horizon, [s])?,
                    })
                })
                .collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_rounded_and_nothing_has_no_share() {
        assert_eq!(share_bp(1, 3), Some(3_333));
        assert_eq!(share_bp(2, 3), Some(6_667));
        assert_eq!(share_bp(-2, 3), Some(-6_667));
        assert_eq!(share_bp(1, 0), None);
    }

    #[test]
    fn sums_of_shelves_add_up_before_they_become_shares() {
        let good = ScoreSum {
            days: 1,
            inside: 1,
            actual: 90,
            error_milli: 9_000,
            bias_milli: 9_000,
            ..ScoreSum::default()
        };
        let bad = ScoreSum {
            days: 1,
            actual: 10,
            error_milli: 11_000,
            bias_milli: -11_000,
            compared_actual: 10,
            compared_error_milli: 11_000,
            baseline_error_milli: 5_000,
            ..ScoreSum::default()
        };
        let line = score_line(1, [&good, &bad]).unwrap();
        assert_eq!(line.wape_bp, Some(2_000));
        assert_eq!(line.bias_bp, Some(-200));
        assert_eq!(line.inside_bp, Some(5_000));
        assert_eq!(line.compared_bp, Some((11_000, 5_000)));
        assert!(score_line(1, []).is_none());
    }
}
