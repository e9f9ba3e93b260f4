#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use super::*;
use crate::truth::promotion::Response;
use crate::truth::score::{Age, Case, Score, baseline, bias, quantile_loss};
use chrono::{Days, NaiveDate};
use domain::panel::PanelDay;
use std::fmt::Write as _;
use std::path::Path;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn near(a: f64, b: f64) {
    assert!((a - b).abs() < 1e-9, "{a} is not {b}");
}

fn case(date: &str, demand: f64, mean: f64) -> Case {
    Case {
        block: (0, 0, 0),
        product: 0,
        date: day(date),
        demand,
        sold: demand,
        ran_empty: false,
        promoted: false,
        mean,
        quantiles: [mean; 11],
        baseline: None,
        age_days: Some(400),
        in_new_store: false,
        judged: true,
        dense: true,
        promoted_before: 20,
    }
}

#[test]
fn the_loss_of_a_day_is_the_mean_of_twice_the_pinball_loss() {
    // All quantiles at 8, demand 10: 2 x level x 2, mean level 0.5 (they are symmetric).
    near(quantile_loss(&[8.0; 11], 10.0), 2.0);
    // All at 12: 2 x (1 - level) x 2.
    near(quantile_loss(&[12.0; 11], 10.0), 2.0);
    // One right, ten at 0 with levels that add up to 5.5 - 0.05: 2 x 10 x 5.45 / 11.
    let mut quantiles = [0.0; 11];
    quantiles[0] = 10.0;
    near(quantile_loss(&quantiles, 10.0), 109.0 / 11.0);
}

#[test]
fn a_score_is_over_true_demand_and_not_over_sales() {
    let mut one = case("2026-03-02", 10.0, 8.0);
    one.sold = 6.0;
    one.baseline = Some(5.0);
    let mut two = case("2026-03-03", 30.0, 36.0);
    // Its interval reaches from 28 to 40.
    two.quantiles = [
        20.0, 28.0, 30.0, 30.0, 31.0, 33.0, 34.0, 35.0, 36.0, 40.0, 44.0,
    ];
    let score = Score::of([&one, &two]);
    // |10 - 8| + |30 - 33| over 40; (8 + 36 - 40) / 40.
    near(score.wape().unwrap(), 0.125);
    near(score.bias.estimate(bias).unwrap().value, 10.0);
    near(score.coverage().unwrap(), 0.5);
    // The baseline spoke of the first day alone.
    near(score.baseline_wape().unwrap(), 0.5);
    near(score.baseline_bias().unwrap(), -50.0);
    assert_eq!(Score::of([]).wape(), None);
}

#[test]
fn the_baseline_is_the_mean_of_the_latest_four_same_weekdays() {
    let past: Vec<PanelDay> = (0..42)
        .map(|number| PanelDay {
            date: day("2026-01-05") + Days::new(number),
            quantity: number as f64,
            price: None,
            promotion: None,
            censored: false,
        })
        .collect();
    // Mondays are 0, 7, 14, 21, 28, 35: the latest four.
    assert_eq!(baseline(&past, day("2026-02-23")), Some(24.5));
    assert_eq!(baseline(&past[..8], day("2026-02-23")), Some(3.5));
    // No Sunday yet: the mean of all.
    assert_eq!(baseline(&past[..3], day("2026-02-22")), Some(1.0));
    assert_eq!(baseline(&[], day("2026-02-22")), None);
}

#[test]
fn ages_begin_and_end_on_their_days() {
    let ages = [
        None,
        Some(0),
        Some(27),
        Some(28),
        Some(55),
        Some(56),
        Some(111),
        Some(112),
    ];
    assert_eq!(
        ages.map(Age::of),
        [
            Age::NotYet,
            Age::Under28,
            Age::Under28,
            Age::Under56,
            Age::Under56,
            Age::Under112,
            Age::Under112,
            Age::Older
        ]
    );
}

#[test]
fn uplift_compares_like_days_and_pools_sums() {
    let promoted = |date: &str, demand: f64, mean: f64| Case {
        promoted: true,
        ..case(date, demand, mean)
    };
    let cases = [
        // Mondays: 30 under an offer, 10 and 20 without.
        promoted("2026-03-02", 30.0, 24.0),
        case("2026-03-09", 10.0, 12.0),
        case("2026-03-16", 20.0, 12.0),
        // Tuesdays: twice under an offer, once without.
        promoted("2026-03-03", 40.0, 30.0),
        promoted("2026-03-10", 60.0, 50.0),
        case("2026-03-17", 25.0, 20.0),
        // Of a Wednesday without its like, and of another product's Monday, uplift learns nothing.
        promoted("2026-03-04", 100.0, 100.0),
        Case {
            product: 1,
            ..case("2026-03-09", 500.0, 500.0)
        },
    ];
    let response = Response::of(&cases);
    assert_eq!(response.compared_days, 3);
    // (30 + 100) / (15 + 2 x 25) and (24 + 80) / (12 + 2 x 20).
    near(response.true_uplift().unwrap().value, 2.0);
    near(response.forecast_uplift().unwrap().value, 2.0);
    near(response.foreseen().unwrap().value, 1.0);
    // Of 230 wanted under offers 204 were said; of 555 without 544.
    near(response.promoted_bias().unwrap().value, -2600.0 / 230.0);
    near(response.unpromoted_bias().unwrap().value, -1100.0 / 555.0);
    assert_eq!(Response::of(&cases[1..3]).true_uplift(), None);
}

const HEAD: &str = "cutoff,store_id,product_id,target_date,mean,\
    q0.05,q0.1,q0.2,q0.3,q0.4,q0.5,q0.6,q0.7,q0.8,q0.9,q0.95\n";

/// One shop, one product, 56 days of ten pieces sold and 28 days of which each tenth hides five more.
fn chain(folder: &Path, name: &str) {
    let at = folder.join(name);
    std::fs::create_dir_all(&at).unwrap();
    let toml = "title = \"One shop\"\nhorizon = 28\ncutoffs = [\"2026-03-01\"]\n";
    std::fs::write(at.join("dataset.toml"), toml).unwrap();
    let mut sales =
        String::from("date,store_id,product_id,quantity,unit_price,promotion,sold_out\n");
    let mut truth = String::from("date,store_id,product_id,demand,sold_out,promotion\n");
    for number in 0..84 {
        let date = day("2026-01-05") + Days::new(number);
        let (demand, empty) = if number % 10 == 0 { (15, 1) } else { (10, 0) };
        let _ = writeln!(sales, "{date},s,p,10,1.00,0,{empty}");
        let _ = writeln!(truth, "{date},s,p,{demand},{empty},0");
    }
    std::fs::write(at.join("sales.csv"), sales).unwrap();
    std::fs::write(at.join("truth.csv"), truth).unwrap();
}

fn forecast(mean: &str) -> String {
    let mut text = HEAD.to_owned();
    for number in 1..=28 {
        let date = day("2026-03-01") + Days::new(number);
        let levels = [mean; 11].join(",");
        let _ = writeln!(text, "2026-03-01,s,p,{date},{mean},{levels}");
    }
    text
}

fn prepared() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a-told", "a-none", "b-told"] {
        chain(folder.path(), name);
        let file = folder.path().join(format!("{name}.1.csv"));
        std::fs::write(file, forecast("11")).unwrap();
    }
    folder
}

#[test]
fn the_page_states_forecasts_and_sales_against_demand() {
    let folder = prepared();
    std::fs::write(folder.path().join("a-told.2.csv"), forecast("9")).unwrap();
    std::fs::write(folder.path().join("a-told.1.report.csv"), "no matter").unwrap();
    chain(folder.path(), "idle");
    let (sets, idle) = read::sets(folder.path()).unwrap();
    assert_eq!(idle, ["idle"]);
    let page = page::page(&sets);
    let rows =
        |head: &str| -> Vec<&str> { page.lines().filter(|line| line.starts_with(head)).collect() };
    assert_eq!(
        rows("| a-told | One shop")[0],
        "| a-told | One shop | 1 | 1 | 1, 2 | 56 |"
    );
    // Rows 60, 70 and 80 of 56 to 83 hide five each: of 295 wanted 280 were sold and, by one seed, 308 said.
    assert_eq!(
        rows("| a-none | 10.7")[0],
        "| a-none | 10.7 % | 4.41 | -26.67 | 10.00 | -5.08 | -33.33 |"
    );
    // Both seeds together say ten a day.
    assert!(rows("| a-told | 10.7")[0].starts_with("| a-told | 10.7 % | -5.08 | -33.33 | 0.00 |"));
    // Told before none, and the two told chains together above.
    let order: Vec<usize> = [
        "| **all, told** | 10.7",
        "| a-told | 10.7",
        "| a-none | 10.7",
        "| b-told | 10.7",
    ]
    .iter()
    .map(|row| page.find(row).unwrap())
    .collect();
    assert!(order.is_sorted(), "{order:?}");
    // Of 28 days 25 lie below every quantile and three above.
    let curve = "| a-none | dense | 28 ".to_owned() + &"| 0.893 ".repeat(11) + "|";
    assert!(page.contains(&curve), "{curve}");
    let bins = "| a-none | dense | 0.893 ".to_owned() + &"| 0.000 ".repeat(8) + "| 0.107 | 0.793 |";
    assert!(page.contains(&bins), "{bins}");
    // 25 x |10 - 11| + 3 x |15 - 11| over 295, and the baseline that always says ten.
    let known = rows("| b-told | old | 28 to 55 days")[0];
    assert!(known.contains("| 28 | 0.1254 | "), "{known}");
    assert!(known.ends_with("| 0.0508 | -5.08 |"), "{known}");
    assert!(page == page::page(&read::sets(folder.path()).unwrap().0));
}

#[test]
fn what_is_new_is_known_as_new() {
    let folder = prepared();
    let append = |file: &str, rows: &str| {
        let path = folder.path().join(file);
        let text = std::fs::read_to_string(&path).unwrap() + rows;
        std::fs::write(&path, text).unwrap();
    };
    // A store opens five weeks after the chain's first day and begins with offers, the third on
    // the cutoff's own day; a product comes after the cutoff.
    append(
        "a-none/sales.csv",
        "2026-02-10,t,p,4,1.00,1,\n2026-02-11,t,p,6,1.00,1,\n2026-03-01,t,p,9,1.00,1,\n2026-03-04,t,p,5,1.00,1,\n2026-03-05,s,n,3,1.00,0,\n",
    );
    append(
        "a-none/truth.csv",
        "2026-02-10,t,p,4,0,1\n2026-02-11,t,p,6,0,1\n2026-03-01,t,p,9,0,1\n2026-03-04,t,p,8,1,1\n2026-03-05,s,n,3,0,0\n",
    );
    let levels = [7; 11].map(|level| level.to_string()).join(",");
    append(
        "a-none.1.csv",
        &format!(
            "2026-03-01,t,p,2026-03-04,7,{levels}\n2026-03-01,s,n,2026-03-05,7,{levels}\n2026-03-01,s,n,2026-03-06,7,{levels}\n"
        ),
    );
    let (sets, _) = read::sets(folder.path()).unwrap();
    let set = sets.iter().find(|set| set.name == "a-none").unwrap();
    // Of the product's second day nothing is known: it is left out.
    assert_eq!(set.cases.len(), 30);
    let find = |store: usize, date: &str, demand: f64| {
        let same =
            |case: &&Case| case.block.1 == store && case.date == day(date) && case.demand == demand;
        set.cases.iter().find(same).unwrap()
    };
    let old = find(0, "2026-03-04", 10.0);
    assert_eq!(
        (old.age_days, old.in_new_store, old.judged),
        (Some(55), false, true)
    );
    assert_eq!(
        (old.promoted_before, old.baseline, old.dense),
        (0, Some(10.0), true)
    );
    let store = find(1, "2026-03-04", 8.0);
    assert_eq!(
        (store.age_days, store.in_new_store, store.judged),
        (Some(19), true, true)
    );
    assert_eq!(
        (store.promoted_before, store.baseline, store.dense),
        (3, Some(6.0), false)
    );
    assert!(store.promoted && store.ran_empty && store.sold == 5.0);
    let product = find(0, "2026-03-05", 3.0);
    assert_eq!(
        (product.age_days, product.in_new_store, product.judged),
        (None, false, false)
    );
    assert_eq!(product.baseline, None);
}

#[test]
fn a_fault_names_file_and_line() {
    let with = |file: &str, from: &str, to: &str| {
        let folder = prepared();
        let path = folder.path().join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{from}");
        std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
        format!("{:#}", read::sets(folder.path()).unwrap_err())
    };
    let forecast = "a-none.1.csv";
    assert_eq!(
        with(forecast, "2026-03-03,11,", "2026-03-03,-1,"),
        "a-none.1.csv, line 3, mean `-1`: is no amount"
    );
    assert_eq!(
        with(forecast, "2026-03-03,11,11,11", "2026-03-03,11,11,10"),
        "a-none.1.csv, line 3, q0.1 `10`: is less than the quantile before"
    );
    assert_eq!(
        with(
            forecast,
            "2026-03-01,s,p,2026-03-04",
            "2026-02-01,s,p,2026-03-04"
        ),
        "a-none.1.csv, line 4, cutoff `2026-02-01`: is none of the set's"
    );
    assert_eq!(
        with(forecast, "p,2026-03-04", "p,2026-04-04"),
        "a-none.1.csv, line 4, target_date `2026-04-04`: is not one of the 28 days after the cutoff"
    );
    assert_eq!(
        with(forecast, "p,2026-03-04", "p,2026-03-03"),
        "a-none.1.csv, line 4, target_date `s, p, 2026-03-03`: has a row above already"
    );
    assert_eq!(
        with(forecast, "p,2026-03-04", "q,2026-03-04"),
        "a-none.1.csv: there is no forecast of s, p for 2026-03-04 after 2026-03-01"
    );
    assert_eq!(
        with("b-told/truth.csv", "p,15,1", "p,9,1"),
        "b-told: truth.csv, line 2, demand `9`: is less than was sold"
    );
    assert_eq!(
        with("b-told/truth.csv", "p,15,1", "q,15,1"),
        "b-told: truth.csv, line 2, date `s, q, 2026-01-05`: has no row in sales.csv"
    );
    assert_eq!(
        with("b-told/truth.csv", "2026-01-05,s,p,15,1,0\n", ""),
        "b-told: truth.csv has no row for s, p, 2026-01-05"
    );
    let folder = prepared();
    std::fs::write(folder.path().join("c-told.1.csv"), "").unwrap();
    let said = read::sets(folder.path()).unwrap_err().to_string();
    assert!(said.contains("there is no folder c-told"), "{said}");
}
