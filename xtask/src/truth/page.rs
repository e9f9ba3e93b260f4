//! The document.

use super::bootstrap::{Estimate, Sums, ratio};
use super::calibration::{Calibration, ranks};
use super::promotion::{LEAST_PROMOTED_DAYS, Response};
use super::rank::BINS;
use super::read::Set;
use super::score::{Age, Case, Score, bias};
use domain::panel::QUANTILE_LEVELS;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Who marked the sold-out days, by the end of a set's name.
const MARKS: [&str; 3] = ["told", "found", "none"];

/// Sets whose numbers are stated together.
struct Group<'a> {
    name: String,
    cases: Vec<&'a Case>,
}

/// All sets with the same marks where there are several of them, then each set.
fn groups(sets: &[Set]) -> Vec<Group<'_>> {
    let mut groups = Vec::new();
    for marks in MARKS {
        let alike: Vec<&Set> = sets
            .iter()
            .filter(|set| split(&set.name).1 == marks)
            .collect();
        if alike.len() > 1 {
            groups.push(Group {
                name: format!("**all, {marks}**"),
                cases: alike.iter().flat_map(|set| &set.cases).collect(),
            });
        }
    }
    groups.extend(in_order(sets).into_iter().map(|set| Group {
        name: set.name.clone(),
        cases: set.cases.iter().collect(),
    }));
    groups
}

/// By chain, and within a chain by marks: told, found, none.
fn in_order(sets: &[Set]) -> Vec<&Set> {
    let mut order: Vec<&Set> = sets.iter().collect();
    order.sort_by_key(|set| {
        let (chain, marks) = split(&set.name);
        (chain, MARKS.iter().position(|known| *known == marks))
    });
    order
}

/// Chain and marks of a set's name; marks are empty where the name says nothing of them.
fn split(name: &str) -> (&str, &str) {
    match name.rsplit_once('-') {
        Some((chain, marks)) if MARKS.contains(&marks) => (chain, marks),
        _ => (name, ""),
    }
}

pub fn page(sets: &[Set]) -> String {
    let mut out = String::from(
        "# Forecasts against true demand\n\n\
        Written by `cargo xtask truth`. Sales hide demand where a shelf ran empty; of simulated chains both are known. Everything below \
        is measured against demand, not sales, over days 1 to 28 after each cutoff and all seeds (a day counts \
        once a seed). Intervals hold 95 of 100 draws of (shop, cutoff) blocks; with fewer than five blocks there is none. Weather of the days ahead is the observed one.\n\n\
        ```\n\
        cargo xtask known-set --out DIR/NAME-told --marks told     # NAME-found, NAME-none alike\n\
        hornada backtest --data DIR/NAME-told --out DIR/NAME-told.1.csv --seed 1\n\
        cargo xtask truth --from DIR --write\n\
        ```\n\n\
        `-told`: sold-out days are marked truly; `-found`: by the product's rule from the tickets alone; `-none`: not at all.\n\n\
        | set | title | series | cutoffs | seeds | days |\n|---|---|--:|--:|---|--:|\n",
    );
    for set in in_order(sets) {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} |",
            set.name,
            set.title.replace('|', "/"),
            set.series,
            set.cutoffs,
            set.seeds.join(", "),
            set.cases.len()
        );
    }
    let groups = groups(sets);
    calibration(&mut out, &groups);
    hidden(&mut out, &groups);
    news(&mut out, &groups);
    offers(&mut out, &groups, sets);
    out
}

fn calibration(out: &mut String, groups: &[Group<'_>]) {
    let levels: Vec<String> = QUANTILE_LEVELS.map(|level| level.to_string()).to_vec();
    let _ = write!(
        out,
        "\n## Is a quantile the quantile of demand?\n\n\
        Share of days whose demand lies below each quantile; right is the number at the head. Demand comes in whole pieces, so a day \
        that hits a quantile counts below it by a draw (randomised rank). Dense: ten pieces a day and more in the mean.\n\n\
        | set | series | days | {} |\n|---|---|--:|{}\n",
        levels.join(" | "),
        "--:|".repeat(levels.len())
    );
    let mut histograms = String::new();
    for group in groups {
        let judged: Vec<&Case> = group.cases.iter().copied().filter(|c| c.judged).collect();
        let ranks = ranks(&judged);
        let of = |wanted: fn(&Case) -> bool| {
            let ranked = judged.iter().copied().zip(ranks.iter().copied());
            Calibration::of(ranked.filter(|(case, _)| wanted(case)))
        };
        let kinds = [
            ("all", of(|_| true)),
            ("dense", of(|case| case.dense)),
            ("sparse", of(|case| !case.dense)),
        ];
        for (kind, calibration) in kinds {
            let curve = calibration.curve();
            let cells = |text: fn(&Estimate) -> String| {
                let cells: Vec<String> = curve.iter().map(text).collect();
                cells.join(" | ")
            };
            let Some(shares) = calibration.histogram.shares() else {
                continue;
            };
            let (name, days) = (&group.name, calibration.days());
            let points = cells(|one| format!("{:.3}", one.value));
            let _ = writeln!(out, "| {name} | {kind} | {days} | {points} |");
            if kind == "all" && curve.iter().all(|one| one.interval.is_some()) {
                let spans = cells(|one| {
                    let (low, high) = one.interval.unwrap_or_default();
                    format!("{low:.3} to {high:.3}")
                });
                let _ = writeln!(out, "| | 95 % | | {spans} |");
            }
            let bins: Vec<String> = shares.iter().map(|share| format!("{share:.3}")).collect();
            let most = number(calibration.histogram.largest_deviation(), 3);
            let bins = bins.join(" | ");
            let _ = writeln!(histograms, "| {name} | {kind} | {bins} | {most} |");
        }
    }
    let bins: Vec<String> = (1..=BINS)
        .map(|bin| format!("to 0.{bin}").replace("0.10", "1"))
        .collect();
    let _ = write!(
        out,
        "\nThe same ranks in ten bins: each should hold a tenth.\n\n\
        | set | series | {} | largest gap |\n|---|---|{}--:|\n{histograms}",
        bins.join(" | "),
        "--:|".repeat(BINS)
    );
}

/// Bias of a group of days, by who is asked.
fn biases<'a>(
    cases: impl Iterator<Item = &'a &'a Case>,
    said: fn(&Case) -> f64,
) -> Option<Estimate> {
    let mut sums = Sums::default();
    for case in cases {
        sums.add(case.block, [said(case), case.demand]);
    }
    sums.estimate(bias)
}

fn hidden(out: &mut String, groups: &[Group<'_>]) {
    out.push_str(
        "\n## How much do empty shelves hide?\n\n\
        Bias of the forecast mean, and of the sales themselves, per cent of true demand. Shelves run empty on days of high demand: a \
        perfect forecast, too, lies below demand on those days and above it on the others. What counts is all days, and the columns \
        beside each other.\n\n\
        | set | days with empty shelf | forecast, all days | shelf ran empty | others | sales, all days | shelf ran empty |\n\
        |---|--:|--:|--:|--:|--:|--:|\n",
    );
    for group in groups {
        let judged = || group.cases.iter().filter(|case| case.judged);
        let empty = || judged().filter(|case| case.ran_empty);
        let share = ratio(empty().count() as f64, judged().count() as f64);
        let _ = writeln!(
            out,
            "| {} | {} % | {} | {} | {} | {} | {} |",
            group.name,
            number(share.map(|share| 100.0 * share), 1),
            estimate(biases(judged(), |case| case.mean), 2),
            estimate(biases(empty(), |case| case.mean), 2),
            estimate(
                biases(judged().filter(|case| !case.ran_empty), |case| case.mean),
                2
            ),
            estimate(biases(judged(), |case| case.sold), 2),
            estimate(biases(empty(), |case| case.sold), 2),
        );
    }
}

fn news(out: &mut String, groups: &[Group<'_>]) {
    out.push_str(
        "\n## How does it do on what is new?\n\n\
        Series by the days from their first row to the cutoff; in a new store all series are new. Beside it the mean of the latest four \
        same weekdays of sales (of fewer, or of all days, where there are no four).\n\n\
        | set | store | known for | days | WAPE | wQL | bias % | in the 80 % interval | WAPE, weekday mean | bias %, weekday mean |\n\
        |---|---|---|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for group in groups {
        for (in_new_store, store) in [(false, "old"), (true, "new")] {
            for age in Age::ALL {
                let cases = group.cases.iter().copied();
                let score = Score::of(cases.filter(|case| {
                    case.in_new_store == in_new_store && Age::of(case.age_days) == age
                }));
                if score.days == 0 {
                    continue;
                }
                let _ = writeln!(
                    out,
                    "| {} | {store} | {} | {} | {} | {} | {} | {} | {} | {} |",
                    group.name,
                    age.said(),
                    score.days,
                    number(score.wape(), 4),
                    number(score.wql(), 4),
                    estimate(score.bias.estimate(bias), 2),
                    number(score.coverage(), 3),
                    number(score.baseline_wape(), 4),
                    number(score.baseline_bias(), 2),
                );
            }
        }
    }
}

fn offers(out: &mut String, groups: &[Group<'_>], sets: &[Set]) {
    let _ = write!(
        out,
        "\n## Does it know what offers do?\n\n\
        Demand on a day under an offer over demand on a day without one, of the same series, weekday and window; true, and as the \
        forecast means have it. Series with at least {LEAST_PROMOTED_DAYS} days under an offer until the cutoff, by category; below, the \
        series with fewer. Bias is that of all days of these series under an offer, and of their other days.\n\n\
        | set | category | compared days | true uplift | forecast uplift | forecast / true | bias under an offer, % | bias on other days, % |\n\
        |---|---|--:|--:|--:|--:|--:|--:|\n"
    );
    let category = |case: &Case| sets[case.block.0].categories[case.product].as_str();
    for group in groups {
        let judged = || group.cases.iter().copied().filter(|case| case.judged);
        let taught = || judged().filter(|case| case.promoted_before >= LEAST_PROMOTED_DAYS);
        let names: BTreeSet<&str> = taught().map(category).filter(|n| !n.is_empty()).collect();
        let mut rows: Vec<(&str, Response)> = names
            .into_iter()
            .map(|name| (name, Response::of(taught().filter(|c| category(c) == name))))
            .collect();
        rows.push(("**all**", Response::of(taught())));
        let untaught = judged().filter(|case| case.promoted_before < LEAST_PROMOTED_DAYS);
        rows.push(("fewer days", Response::of(untaught)));
        for (name, response) in rows {
            if response.compared_days == 0 {
                continue;
            }
            let _ = writeln!(
                out,
                "| {} | {name} | {} | {} | {} | {} | {} | {} |",
                group.name,
                response.compared_days,
                estimate(response.true_uplift(), 3),
                estimate(response.forecast_uplift(), 3),
                estimate(response.foreseen(), 3),
                estimate(response.promoted_bias(), 2),
                estimate(response.unpromoted_bias(), 2),
            );
        }
    }
}

fn number(value: Option<f64>, digits: usize) -> String {
    value.map_or("-".to_owned(), |value| format!("{value:.digits$}"))
}

fn estimate(estimate: Option<Estimate>, digits: usize) -> String {
    match estimate {
        None => "-".to_owned(),
        Some(Estimate {
            value,
            interval: None,
        }) => format!("{value:.digits$}"),
        Some(Estimate {
            value,
            interval: Some((low, high)),
        }) => format!("{value:.digits$} ({low:.digits$} to {high:.digits$})"),
    }
}
