//! A small folder, forecast from end to end.

use super::{Args, Refused, backtest};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Two shops, two products, a weekly rhythm, 220 days, closed on Mondays.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let toml = "title = \"Two shops\"\nhorizon = 28\nmin_history_days = 60\nactive_days = 28\n\
        cutoffs = [\"2025-06-09\", \"2025-07-08\"]\n";
    fs::write(folder.path().join("dataset.toml"), toml).unwrap();
    let mut sales = "date,store_id,product_id,quantity\n".to_owned();
    let first: chrono::NaiveDate = "2025-01-01".parse().unwrap();
    for (day, date) in first.iter_days().take(220).enumerate() {
        let weekday = (day + 2) % 7;
        if weekday == 0 {
            continue;
        }
        for (store, level) in [("01", 20), ("02", 35)] {
            for (product, share) in [("pan", 3), ("bollo, grande", 1)] {
                let wave = (day * 7 + level) % 5;
                let quantity = (level + 4 * weekday + wave) * share / 3;
                sales += &format!("{date},{store},\"{product}\",{quantity}\n");
            }
        }
    }
    fs::write(folder.path().join("sales.csv"), sales).unwrap();
    folder
}

fn args(out: &Path) -> Args {
    Args {
        out: out.to_owned(),
        seed: 3,
        members: Some(1),
        threads: 1,
        steps: Some(20),
        device: forecast::Compute::Cpu,
        without: Vec::new(),
        warm: false,
        back: 0,
        report: None,
    }
}

#[test]
fn the_same_seed_writes_the_same_file_and_the_report_says_what_it_took() {
    let (data, out) = (folder(), tempfile::tempdir().unwrap());
    let at = |name: &str| -> PathBuf { out.path().join(name) };
    let report = Args {
        report: Some(at("report.json")),
        ..args(&at("a.csv"))
    };
    backtest(data.path(), &report).unwrap();
    backtest(data.path(), &args(&at("b.csv.gz"))).unwrap();
    let text = fs::read_to_string(at("a.csv")).unwrap();
    let mut packed = String::new();
    flate2::read::GzDecoder::new(fs::File::open(at("b.csv.gz")).unwrap())
        .read_to_string(&mut packed)
        .unwrap();
    assert_eq!(text, packed);

    let mut rows = csv::Reader::from_reader(text.as_bytes());
    assert_eq!(rows.headers().unwrap().len(), 16);
    let mut count = 0;
    for row in rows.records() {
        let row = row.unwrap();
        let numbers: Vec<f64> = (4..16).map(|i| row[i].parse().unwrap()).collect();
        assert!(
            numbers.iter().all(|n| n.is_finite() && *n >= 0.0),
            "{row:?}"
        );
        assert!(
            numbers[1..].windows(2).all(|pair| pair[0] <= pair[1]),
            "{row:?}"
        );
        count += 1;
    }
    // Two cutoffs, four series, four weeks of six open days.
    assert_eq!(count, 2 * 4 * 24);

    let report: serde_json::Value =
        serde_json::from_slice(&fs::read(at("report.json")).unwrap()).unwrap();
    assert_eq!(report["config"]["seed"], 3);
    assert_eq!(report["cutoffs"].as_array().unwrap().len(), 2);
    assert_eq!(report["metrics"][4]["days"], count);
    let levels: Vec<_> = report["totals"].as_array().unwrap().iter().collect();
    assert_eq!(levels.len(), 3);
    // Two shops, or two products, each over two cutoffs of 24 open days; the chain once.
    let days: Vec<_> = levels.iter().map(|l| l["days"].as_u64().unwrap()).collect();
    assert_eq!(days, [2 * 2 * 24, 2 * 2 * 24, 2 * 24]);
    let bias = |l: &serde_json::Value| l["bias"].as_f64().unwrap();
    assert!(
        (bias(levels[0]) - bias(levels[2])).abs() < 1e-9,
        "means add up"
    );
    let train = &report["cutoffs"][0]["train"];
    assert!(train["seconds"].as_f64().unwrap() > 0.0);
    assert!(train["cpu_s"].as_f64().unwrap() > 0.0);
    let left: Vec<_> = fs::read_dir(out.path()).unwrap().collect();
    assert_eq!(left.len(), 3, "nothing unfinished lies about: {left:?}");
}

#[test]
fn a_faulty_folder_is_refused_by_line_and_nothing_is_written() {
    let (data, out) = (folder(), tempfile::tempdir().unwrap());
    let sales = data.path().join("sales.csv");
    let text = fs::read_to_string(&sales).unwrap();
    fs::write(
        &sales,
        text.replacen("01,pan", "01,", 1)
            .replacen("\"pan\"", "pan,x", 1),
    )
    .unwrap();
    let path = out.path().join("a.csv");
    let error = backtest(data.path(), &args(&path)).unwrap_err();
    assert!(error.is::<Refused>(), "{error:#}");
    assert!(error.to_string().contains("sales.csv"), "{error:#}");
    let name = backtest(folder().path(), &args(&out.path().join("a.txt"))).unwrap_err();
    assert!(name.to_string().contains(".csv"), "{name:#}");
    assert_eq!(fs::read_dir(out.path()).unwrap().count(), 0);
}
