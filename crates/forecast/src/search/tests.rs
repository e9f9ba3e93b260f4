//! The search on small chains.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::inspection::support::weekly;

fn trial(learning_rate: f64, wqls: &[f64]) -> Trial {
    let rungs = RUNGS.iter().zip(wqls);
    Trial {
        settings: Settings {
            learning_rate,
            hidden: 128,
            batch: 64,
        },
        rungs: rungs
            .map(|(share, wql)| Rung {
                share: *share,
                wql: (*wql).is_finite().then_some(*wql),
                seconds: 1.0,
            })
            .collect(),
    }
}

#[test]
fn a_third_goes_on_and_never_fewer_than_two() {
    assert_eq!(sizes(9), [9, 3, 2]);
    assert_eq!(sizes(27), [27, 9, 3]);
    assert_eq!(sizes(2), [2, 2, 2]);
}

#[test]
fn settings_are_replaced_only_by_what_is_clearly_better_in_full() {
    let in_use = trial(1.0, &[0.3, 0.25, 0.2]);
    let chosen = |others: Vec<Trial>| {
        let all = std::iter::once(in_use.clone())
            .chain(others)
            .collect::<Vec<_>>();
        choose(&all).0.map(|s| s.learning_rate)
    };
    assert_eq!(
        chosen(vec![trial(2.0, &[0.1]), trial(3.0, &[0.2, 0.2, 0.197])]),
        Some(3.0)
    );
    assert_eq!(chosen(vec![trial(2.0, &[0.1, 0.1, 0.199])]), None);
    assert_eq!(chosen(vec![trial(2.0, &[0.1, 0.1])]), None);
    assert_eq!(chosen(vec![trial(2.0, &[0.1, 0.1, f64::NAN])]), None);
    assert!(choose(&[trial(1.0, &[0.3])]).1.contains("time ran out"));
    // What ran away is beaten by whatever did not.
    let lost = trial(1.0, &[0.3, 0.3, f64::NAN]);
    assert!(choose(&[lost, trial(2.0, &[0.9, 0.9, 0.9])]).0.is_some());
}

#[test]
fn a_search_finds_what_learns_repeats_itself_and_keeps_to_its_time() {
    let panel = weekly(2, 2, 330, 0.2, 4);
    let hopeless = TrainConfig {
        learning_rate: 1e-9,
        steps: 90,
        folds: 1,
        ..TrainConfig::quick(3)
    };
    let stop = AtomicBool::new(false);
    let of = |trials, seconds| {
        let budget = SearchBudget { trials, seconds };
        search(&panel, &hopeless, budget, &|_, _| {}, &stop).unwrap()
    };
    let found = of(5, 600.0);
    let counts: Vec<usize> = found.trials.iter().map(|t| t.rungs.len()).collect();
    assert_eq!(counts[0], 3, "what is in use goes all the way");
    assert_eq!(counts.iter().sum::<usize>(), 5 + 2 + 2);
    assert!(
        found.chosen.is_some() && !found.is_cut_short,
        "{}",
        found.reason
    );
    // Judged before the gate's window, trained before that.
    let gate = rolling_cutoffs(&panel, 1)[0];
    assert!(found.cutoffs.iter().all(|c| (gate - *c).num_days() >= 28));
    let again = of(5, 600.0);
    assert_eq!(found.chosen, again.chosen);
    assert_eq!(
        found.trials[0]
            .rungs
            .iter()
            .map(|r| r.wql)
            .collect::<Vec<_>>(),
        again.trials[0]
            .rungs
            .iter()
            .map(|r| r.wql)
            .collect::<Vec<_>>()
    );
    let broken_off = of(5, 0.0);
    assert!(broken_off.is_cut_short && broken_off.chosen.is_none());
    stop.store(true, Ordering::Relaxed);
    let budget = SearchBudget {
        trials: 2,
        seconds: 60.0,
    };
    let stopped = search(&panel, &hopeless, budget, &|_, _| {}, &stop);
    assert!(matches!(stopped, Err(ForecastError::Cancelled)));
}
