//! Reading data set folders, whole ones and faulty ones.

use ingest::dataset_folder::Dataset;
use std::fs;
use std::path::Path;

const TOML: &str = "title = \"Two shops\"\nhorizon = 28\ncutoffs = [\"2026-01-03\"]\nmin_history_days = 1\nactive_days = 2\n";
const SALES: &str = "date,store_id,product_id,quantity,unit_price,promotion\n\
    2026-01-02,07,pan,3,1.20,\n2026-01-01,07,pan,4,,1\n2026-01-03,7,\"pan, grande\",0,,0\n2026-01-04,07,pan,9,,\n";

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("a file");
    }
    folder
}

fn fault(path: &Path) -> String {
    Dataset::read(path).expect_err("a fault").to_string()
}

#[test]
fn ids_are_text_rows_are_sorted_and_what_is_empty_is_unknown() {
    let folder = folder(&[
        ("dataset.toml", TOML),
        ("sales.csv", SALES),
        (
            "calendar.csv",
            "date,store_id,kind,name\n2026-01-06,,public_holiday,Reyes\n2026-01-07,99,event,Feria\n",
        ),
    ]);
    let dataset = Dataset::read(folder.path()).unwrap();
    let panel = &dataset.panel;
    let stores: Vec<&str> = panel.stores.iter().map(|store| store.id.as_str()).collect();
    assert_eq!(stores, ["07", "7"]);
    let days = &panel.series[0].days;
    assert_eq!((days[0].quantity, days[1].quantity), (4.0, 3.0));
    assert_eq!((days[0].price, days[1].price), (None, Some(1.2)));
    assert_eq!((days[0].promotion, days[1].promotion), (Some(true), None));
    // Of a store that nobody knows there is nothing to say.
    assert_eq!(panel.calendar.len(), 1);
    assert!(panel.weather.is_empty());
    let cutoff = dataset.cutoffs[0];
    assert!(dataset.is_judged(0, cutoff));
    assert!(!dataset.is_judged(1, cutoff), "it has never sold");
}

#[test]
fn compressed_tables_are_read_as_plain_ones() {
    use std::io::Write;
    let plain = folder(&[("dataset.toml", TOML), ("sales.csv", SALES)]);
    let packed = folder(&[("dataset.toml", TOML)]);
    let file = fs::File::create(packed.path().join("sales.csv.gz")).unwrap();
    let mut file = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    file.write_all(SALES.as_bytes()).unwrap();
    file.finish().unwrap();
    assert_eq!(
        Dataset::read(plain.path()).unwrap().panel,
        Dataset::read(packed.path()).unwrap().panel
    );
}

#[test]
fn a_fault_names_file_line_column_and_value() {
    let with = |from: &str, to: &str| {
        let folder = folder(&[
            ("dataset.toml", TOML),
            ("sales.csv", &SALES.replace(from, to)),
        ]);
        fault(folder.path())
    };
    assert_eq!(
        with("2026-01-02", "2026-02-30"),
        "sales.csv, line 2, date `2026-02-30`: is no date such as 2026-03-01"
    );
    assert_eq!(
        with(",3,", ",NaN,"),
        "sales.csv, line 2, quantity `NaN`: is no number"
    );
    assert!(with("quantity", "amount").contains("no column quantity"));
    assert!(with("2026-01-02", "2026-01-01").contains("two rows for 2026-01-01"));
    assert!(with(",,1\n", ",,yes\n").contains("promotion `yes`"));
    let other = folder(&[
        ("dataset.toml", &TOML.replace("28", "14")),
        ("sales.csv", SALES),
    ]);
    assert!(fault(other.path()).contains("14 days"));
    let late = folder(&[
        ("dataset.toml", &TOML.replace("2026-01-03", "2027-01-03")),
        ("sales.csv", SALES),
    ]);
    assert!(fault(late.path()).contains("after the last sale"));
    assert!(fault(folder(&[]).path()).starts_with("dataset.toml cannot be read"));
}

#[test]
fn a_day_is_marked_where_the_shelf_is_said_to_have_run_empty() {
    let marked = "date,store_id,product_id,quantity,sold_out\n\
        2026-01-01,07,pan,4,1\n2026-01-02,07,pan,3,0\n2026-01-03,07,pan,2,\n";
    let set = folder(&[("dataset.toml", TOML), ("sales.csv", marked)]);
    let panel = Dataset::read(set.path()).unwrap().panel;
    let marks: Vec<bool> = panel.series[0].days.iter().map(|d| d.censored).collect();
    assert_eq!(marks, [true, false, false]);
    // Without the column nothing is known.
    let plain = folder(&[("dataset.toml", TOML), ("sales.csv", SALES)]);
    let panel = Dataset::read(plain.path()).unwrap().panel;
    assert!(
        panel
            .series
            .iter()
            .flat_map(|s| &s.days)
            .all(|d| !d.censored)
    );
    let faulty = folder(&[
        ("dataset.toml", TOML),
        ("sales.csv", &marked.replace("pan,3,0", "pan,3,2")),
    ]);
    assert_eq!(
        fault(faulty.path()),
        "sales.csv, line 3, sold_out `2`: is neither 0 nor 1"
    );
}

#[test]
fn products_have_the_category_and_list_price_that_their_table_says() {
    let described = "product_id,category,list_price\n\
        pan,Bread,1.25\ntorta,Cakes,19\n\"pan, grande\",,\n";
    let with = |products: &str| {
        folder(&[
            ("dataset.toml", TOML),
            ("sales.csv", SALES),
            ("products.csv", products),
        ])
    };
    let set = with(described);
    let panel = Dataset::read(set.path()).unwrap().panel;
    let products: Vec<(&str, &str, Option<f64>)> = panel
        .products
        .iter()
        .map(|p| (p.id.as_str(), p.category.as_str(), p.list_price))
        .collect();
    // A cake that nobody sells here is none of ours.
    assert_eq!(
        products,
        [("pan", "Bread", Some(1.25)), ("pan, grande", "", None)]
    );
    let fault = |from: &str, to: &str| fault(with(&described.replace(from, to)).path());
    assert_eq!(
        fault("19", "dear"),
        "products.csv, line 3, list_price `dear`: is no number"
    );
    assert_eq!(
        fault("1.25", "0"),
        "products.csv, line 2, list_price `0`: is no price above 0"
    );
    assert_eq!(
        fault("torta", "pan"),
        "products.csv, line 3, product_id `pan`: has a row above already"
    );
    assert_eq!(
        fault("torta", ""),
        "products.csv, line 3, product_id ``: is empty"
    );
    assert!(fault("product_id", "id").contains("products.csv: there is no column product_id"));
}
