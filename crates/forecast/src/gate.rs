//! Who may serve: the promotion rule, as a pure function of a backtest.

use crate::backtest::{BacktestReport, ReportGroup};
use crate::evaluation::Metrics;
use serde::{Deserialize, Serialize};

/// Days that must be judged before a model may serve.
const LEAST_DAYS: usize = 28;
/// Calendar days of a shop below which nothing is said about it.
const LEAST_STORE_DATES: usize = 28;
/// One-sided 5 % of the normal distribution: below this a shop's difference may be chance.
const CERTAIN_T: f64 = 1.645;

/// What is asked of a challenger besides the margin in quantile loss. Shares, not percentages.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct GateRule {
    /// By how much its cost in money has to lie below the best baseline's; 0 = not above it.
    pub money_margin: f64,
    /// By how much it may be worse than the champion, in loss and in money, before that counts as worse: two trainings of the
    /// same data differ by about as much.
    pub champion_tolerance: f64,
    /// A shop whose loss lies further than this above the weekday mean's keeps the baseline.
    pub store_tolerance: f64,
    /// Share of the volume that may keep the baseline; with more the challenger is refused.
    pub vetoed_volume: f64,
}

impl Default for GateRule {
    fn default() -> Self {
        Self {
            money_margin: 0.0,
            champion_tolerance: 0.01,
            store_tolerance: 0.1,
            vetoed_volume: 0.1,
        }
    }
}

/// Whether a model may serve.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GateDecision {
    pub passed: bool,
    /// For people, with the numbers.
    pub reason: String,
    /// Identifiers of the shops that keep the baseline although the model serves the others.
    #[serde(default)]
    pub vetoed_stores: Vec<String>,
}

/// Decides whether the judged model may serve. It must, on the same held-out windows,
///
/// 1. have at least four weeks of judged days with sales,
/// 2. lie `margin` of its wQL below the better of the two seasonal baselines,
/// 3. cost no more than the cheaper of them (waste and lost margin together),
/// 4. be worse than the champion neither in wQL nor in cost, within the tolerance for chance,
/// 5. leave at most a tenth of the volume to shops where it is clearly worse than the mean of four same weekdays: by more than
///    a tenth of the wQL and not by chance. Those shops keep that baseline.
///
/// Costs and the champion are compared where the report has them.
pub fn gate(report: &BacktestReport, margin: f64, rule: &GateRule) -> GateDecision {
    let model = &report.model;
    if model.days < LEAST_DAYS || model.volume <= 0.0 {
        return GateDecision {
            reason: format!("only {} days with known sales to judge by", model.days),
            ..GateDecision::default()
        };
    }
    let mut verdicts = vec![loss(report, margin)];
    verdicts.extend(money(report, rule));
    verdicts.extend(report.champion.map(|c| against_champion(model, &c, rule)));
    let (vetoed_stores, veto) = stores(report, rule);
    verdicts.extend(veto);
    GateDecision {
        passed: verdicts.iter().all(|(passed, _)| *passed),
        reason: verdicts
            .into_iter()
            .map(|(_, reason)| reason)
            .collect::<Vec<_>>()
            .join("; "),
        vetoed_stores,
    }
}

type Verdict = (bool, String);

fn verb(passed: bool) -> &'static str {
    if passed { "is within" } else { "misses" }
}

fn loss(report: &BacktestReport, margin: f64) -> Verdict {
    let model = report.model;
    let (name, best) = if report.seasonal_naive.wql < report.weekday_mean.wql {
        ("seasonal naive", report.seasonal_naive)
    } else {
        ("mean of four same weekdays", report.weekday_mean)
    };
    let bar = best.wql * (1.0 - margin);
    let passed = model.wql.is_finite() && model.wql <= bar;
    let reason = format!(
        "wQL {:.4} {} the bar of {:.4}: {:.1} % better than the best baseline was asked for ({name}, {:.4}; {} days)",
        model.wql,
        verb(passed),
        bar,
        100.0 * margin,
        best.wql,
        model.days
    );
    (passed, reason)
}

fn cost(metrics: &Metrics) -> Option<f64> {
    metrics.money.map(|m| m.cost())
}

fn money(report: &BacktestReport, rule: &GateRule) -> Option<Verdict> {
    let model = cost(&report.model)?;
    let best = cost(&report.seasonal_naive)?.min(cost(&report.weekday_mean)?);
    let bar = best * (1.0 - rule.money_margin);
    let passed = model.is_finite() && model <= bar;
    let reason = format!(
        "waste and lost margin of {model:.2} {} the bar of {bar:.2} (cheapest baseline {best:.2})",
        verb(passed)
    );
    Some((passed, reason))
}

fn against_champion(model: &Metrics, champion: &Metrics, rule: &GateRule) -> Verdict {
    let allowed = 1.0 + rule.champion_tolerance;
    let by_loss = model.wql <= champion.wql * allowed;
    let costs = cost(model).zip(cost(champion));
    let by_cost = costs.is_none_or(|(model, champion)| model <= champion * allowed);
    let passed = by_loss && by_cost;
    let money = costs.map_or_else(String::new, |(_, c)| format!(", cost {c:.2}"));
    let reason = format!(
        "{} than the champion, who had not seen these days either (wQL {:.4}{money}; {:.1} % worse is chance)",
        if passed { "not worse" } else { "worse" },
        champion.wql,
        100.0 * rule.champion_tolerance
    );
    (passed, reason)
}

fn is_vetoed(store: &ReportGroup, rule: &GateRule) -> bool {
    let Some(paired) = store.against_weekday_mean else {
        return false;
    };
    paired.dates >= LEAST_STORE_DATES
        && paired.t > CERTAIN_T
        && store.model.wql > store.weekday_mean.wql * (1.0 + rule.store_tolerance)
}

fn stores(report: &BacktestReport, rule: &GateRule) -> (Vec<String>, Option<Verdict>) {
    let vetoed: Vec<&ReportGroup> = report
        .by_store
        .iter()
        .filter(|s| is_vetoed(s, rule))
        .collect();
    if vetoed.is_empty() {
        return (Vec::new(), None);
    }
    let volume: f64 = vetoed.iter().map(|s| s.model.volume).sum();
    let share = volume / report.model.volume;
    let passed = share <= rule.vetoed_volume;
    let names: Vec<String> = vetoed.iter().map(|s| s.name.clone()).collect();
    let reason = format!(
        "clearly worse than the mean of four same weekdays in {} of {} shops with {:.1} % of the volume ({}): {}",
        vetoed.len(),
        report.by_store.len(),
        100.0 * share,
        names.join(", "),
        if passed {
            "they keep the baseline"
        } else {
            "too many to serve the others"
        }
    );
    (names, Some((passed, reason)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backtest::Paired;
    use crate::money::Money;

    fn metrics(wql: f64, volume: f64, cost: Option<f64>) -> Metrics {
        Metrics {
            days: 100,
            volume,
            wql,
            money: cost.map(|c| Money {
                waste: c / 2.0,
                lost_margin: c / 2.0,
            }),
            ..Metrics::default()
        }
    }

    fn report(model: f64, naive: f64, weekday: f64) -> BacktestReport {
        BacktestReport {
            model: metrics(model, 100.0, None),
            seasonal_naive: metrics(naive, 100.0, None),
            weekday_mean: metrics(weekday, 100.0, None),
            ..BacktestReport::default()
        }
    }

    /// A model that wins by far, at these costs.
    fn at_costs(model: f64, naive: f64, weekday: f64) -> BacktestReport {
        BacktestReport {
            model: metrics(0.1, 100.0, Some(model)),
            seasonal_naive: metrics(0.3, 100.0, Some(naive)),
            weekday_mean: metrics(0.2, 100.0, Some(weekday)),
            ..BacktestReport::default()
        }
    }

    fn store(name: &str, model: f64, volume: f64, t: f64, dates: usize) -> ReportGroup {
        ReportGroup {
            name: name.to_owned(),
            model: metrics(model, volume, None),
            seasonal_naive: metrics(0.3, volume, None),
            weekday_mean: metrics(0.2, volume, None),
            champion: None,
            against_weekday_mean: Some(Paired { dates, t }),
        }
    }

    fn passes(report: &BacktestReport) -> bool {
        gate(report, 0.02, &GateRule::default()).passed
    }

    #[test]
    fn the_margin_over_the_better_baseline_is_asked_for() {
        assert!(passes(&report(0.195, 0.3, 0.2)));
        assert!(!passes(&report(0.197, 0.3, 0.2)));
        assert!(!passes(&report(0.195, 0.19, 0.2)));
        assert!(!passes(&report(f64::NAN, 0.3, 0.2)));
        let mut short = report(0.1, 0.3, 0.2);
        short.model.days = 27;
        assert!(!passes(&short));
    }

    #[test]
    fn a_model_that_costs_more_than_the_cheapest_baseline_is_refused_however_small_its_loss() {
        assert!(passes(&at_costs(100.0, 100.0, 110.0)));
        assert!(!passes(&at_costs(100.5, 100.0, 110.0)));
        assert!(!passes(&at_costs(100.5, 110.0, 100.0)));
        assert!(!passes(&at_costs(f64::NAN, 110.0, 100.0)));
    }

    #[test]
    fn a_model_worse_than_the_champion_is_refused_beyond_chance() {
        let against = |wql, cost| {
            let champion = Some(metrics(wql, 100.0, Some(cost)));
            passes(&BacktestReport {
                champion,
                ..at_costs(50.0, 100.0, 100.0)
            })
        };
        assert!(against(0.1, 50.0));
        assert!(against(0.0995, 49.8));
        assert!(!against(0.0985, 50.0));
        assert!(!against(0.1, 49.0));
        assert!(!against(f64::NAN, 50.0));
    }

    #[test]
    fn a_shop_where_the_model_is_clearly_worse_keeps_the_baseline() {
        let judged = |stores: Vec<ReportGroup>| {
            let by_store = stores;
            let report = BacktestReport {
                by_store,
                ..report(0.15, 0.3, 0.2)
            };
            gate(&report, 0.02, &GateRule::default())
        };
        let good = || store("good", 0.1, 91.0, -9.0, 84);
        let decision = judged(vec![good(), store("bad", 0.23, 9.0, 3.0, 84)]);
        assert!(decision.passed, "{}", decision.reason);
        assert_eq!(decision.vetoed_stores, ["bad"]);
        assert!(decision.reason.contains("1 of 2 shops"));
        // Not by much, perhaps by chance, or too short to tell.
        for spared in [
            store("close", 0.215, 9.0, 3.0, 84),
            store("noisy", 0.23, 9.0, 1.0, 84),
            store("young", 0.23, 9.0, 3.0, 20),
        ] {
            assert_eq!(
                judged(vec![good(), spared]).vetoed_stores,
                Vec::<String>::new()
            );
        }
        // More than a tenth of what is sold: then the others do not get it either.
        let decision = judged(vec![good(), store("large", 0.23, 11.0, 3.0, 84)]);
        assert!(!decision.passed, "{}", decision.reason);
        assert_eq!(decision.vetoed_stores, ["large"]);
    }
}
