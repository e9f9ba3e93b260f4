#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use super::*;
use ingest::dataset_folder::Dataset;
use std::collections::HashMap;

fn options(out: &Path, marks: Marks) -> Options {
    Options {
        out: out.to_owned(),
        stores: 3,
        products: 8,
        days: 200,
        seed: 7,
        windows: 2,
        until: NaiveDate::from_ymd_opt(2026, 3, 31).unwrap(),
        marks,
        new_stores: 0,
    }
}

fn written(marks: Marks, new_stores: u32) -> (tempfile::TempDir, Dataset) {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        new_stores,
        ..options(folder.path(), marks)
    };
    write(&options).unwrap();
    let dataset = Dataset::read(folder.path()).unwrap();
    (folder, dataset)
}

/// Rows of `truth.csv`: true demand and whether the shelf ran empty, by date, store and product.
fn truth(folder: &Path) -> HashMap<(String, String, String), (f64, bool)> {
    let mut rows = csv::Reader::from_path(folder.join(TRUTH)).unwrap();
    assert_eq!(
        rows.headers().unwrap(),
        vec![
            "date",
            "store_id",
            "product_id",
            "demand",
            "sold_out",
            "promotion"
        ]
    );
    rows.records()
        .map(|row| {
            let row = row.unwrap();
            let key = (row[0].to_owned(), row[1].to_owned(), row[2].to_owned());
            (key, (row[3].parse().unwrap(), &row[4] == "1"))
        })
        .collect()
}

#[test]
fn the_folder_reads_as_any_other_and_every_row_has_its_truth() {
    let (folder, dataset) = written(Marks::Told, 0);
    let cutoffs: Vec<String> = dataset.cutoffs.iter().map(NaiveDate::to_string).collect();
    assert_eq!(cutoffs, ["2026-02-02", "2026-03-03"]);
    let panel = &dataset.panel;
    assert_eq!(panel.last_date.to_string(), "2026-03-31");
    assert_eq!((panel.stores.len(), panel.products.len()), (3, 8));
    assert!(panel.products.iter().all(|p| !p.category.is_empty()));
    assert!(panel.products.iter().all(|p| p.list_price.is_some()));
    assert!(!panel.calendar.is_empty() && !panel.weather.is_empty());
    let truth = truth(folder.path());
    let (mut rows, mut hidden) = (0, 0.0);
    for series in &panel.series {
        for day in &series.days {
            let key = (
                day.date.to_string(),
                panel.stores[series.store].id.clone(),
                panel.products[series.product].id.clone(),
            );
            let (demand, sold_out) = truth[&key];
            assert_eq!(day.censored, sold_out, "{key:?}");
            // Only an empty shelf hides demand.
            assert!(day.quantity <= demand, "{key:?}");
            assert!(sold_out || day.quantity == demand, "{key:?}");
            hidden += demand - day.quantity;
            rows += 1;
        }
    }
    assert_eq!(rows, truth.len());
    assert!(
        hidden > 0.0,
        "a chain that never loses a sale proves nothing"
    );
}

#[test]
fn the_same_options_give_the_same_files_byte_for_byte() {
    let read = |folder: &Path| -> Vec<(String, Vec<u8>)> {
        let mut files: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                (name, std::fs::read(path).unwrap())
            })
            .collect();
        files.sort();
        files
    };
    let (one, _) = written(Marks::Found, 1);
    let (two, _) = written(Marks::Found, 1);
    let files = read(one.path());
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "calendar.csv",
            "dataset.toml",
            "products.csv",
            "sales.csv",
            "truth.csv",
            "weather.csv"
        ]
    );
    assert!(files == read(two.path()));
    let other = tempfile::tempdir().unwrap();
    let options = Options {
        seed: 8,
        ..options(other.path(), Marks::Found)
    };
    write(&options).unwrap();
    assert!(files != read(other.path()), "another seed is another chain");
}

#[test]
fn only_the_marks_depend_on_who_makes_them() {
    let (told_folder, told) = written(Marks::Told, 0);
    let (found_folder, found) = written(Marks::Found, 0);
    let (_, none) = written(Marks::None, 0);
    let marks = |set: &Dataset| -> Vec<bool> {
        let days = set.panel.series.iter().flat_map(|series| &series.days);
        days.map(|day| day.censored).collect()
    };
    let (told_marks, found_marks) = (marks(&told), marks(&found));
    assert!(marks(&none).iter().all(|marked| !marked));
    let both = told_marks.iter().zip(&found_marks);
    let hits = both.filter(|(told, found)| **told && **found).count();
    let found_count = found_marks.iter().filter(|marked| **marked).count();
    assert!(hits > 0 && found_marks != told_marks, "{hits}");
    // The rule is right more often than not about the days that it marks.
    assert!(2 * hits > found_count, "{hits} of {found_count}");
    let bare = |set: &Dataset| {
        let mut panel = set.panel.clone();
        let series = panel.series.iter_mut();
        series
            .flat_map(|series| &mut series.days)
            .for_each(|day| day.censored = false);
        panel
    };
    assert_eq!(bare(&told), bare(&found));
    assert_eq!(bare(&told), bare(&none));
    let read = |folder: &Path| std::fs::read(folder.join(TRUTH)).unwrap();
    assert!(read(told_folder.path()) == read(found_folder.path()));
}

#[test]
fn a_mark_before_a_cutoff_is_the_one_that_was_known_on_the_cutoff() {
    let folder = tempfile::tempdir().unwrap();
    let options = options(folder.path(), Marks::Found);
    let chain = Chain::new(ChainConfig {
        shops: 3,
        products: 8,
        days: options.days,
        ..ChainConfig::new(options.seed, options.until)
    });
    let cutoffs = options.cutoffs();
    let all = found(&chain, &cutoffs, options.until);
    for cutoff in cutoffs {
        let known = panel(&chain, cutoff, Censoring::Found).panel;
        for series in &known.series {
            for day in &series.days {
                let marked = all.contains(&(series.store, series.product, day.date));
                assert_eq!(marked, day.censored, "{cutoff} {}", day.date);
            }
        }
    }
    // A cutoff amid the first six weeks shows why: judged to the end, later days change what was known on it.
    let early = chain.start_date() + Days::new(30);
    let honest = found(&chain, &[early], options.until);
    let hindsight = found(&chain, &[], options.until);
    let until_early = |marks: &HashSet<Shelf>| -> HashSet<Shelf> {
        let before = marks.iter().filter(|(_, _, date)| *date <= early);
        before.copied().collect()
    };
    assert_ne!(until_early(&honest), until_early(&hindsight));
}

#[test]
fn a_new_store_has_no_row_before_it_opens() {
    let (_, dataset) = written(Marks::Told, 1);
    let first_of = |store: usize| {
        let series = dataset.panel.series.iter();
        let days = series
            .filter(|series| series.store == store)
            .map(|series| series.days[0].date);
        days.min().unwrap()
    };
    let opening = dataset.cutoffs[0] - Days::new(NEW_STORE_DAYS);
    let firsts: Vec<NaiveDate> = (0..3).map(first_of).collect();
    let late: Vec<&NaiveDate> = firsts.iter().filter(|first| **first >= opening).collect();
    assert_eq!(late.len(), 1, "{firsts:?}");
    assert!((*late[0] - opening).num_days() < 7, "{firsts:?}");
}

#[test]
fn windows_need_history_and_one_store_must_be_old() {
    let folder = tempfile::tempdir().unwrap();
    let short = Options {
        days: 112,
        ..options(folder.path(), Marks::None)
    };
    let said = write(&short).unwrap_err().to_string();
    assert!(said.contains("2 windows need 113 days"), "{said}");
    let all_new = Options {
        new_stores: 3,
        ..options(folder.path(), Marks::None)
    };
    assert!(write(&all_new).is_err());
}
