//! The invariants of ARCHITECTURE.md, checked against what cargo knows and against the source text.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// No file of the product is longer; one that grows beyond is split by noun.
const MOST_LINES: usize = 450;

/// A file of tests may be longer: its length is cases, not ideas.
const MOST_TEST_LINES: usize = 700;

/// Which of our crates each of our crates may use. Arrows only go down; test-only edges are listed apart.
const DOORS: [(&str, &[&str]); 15] = [
    ("frontend", &["app"]),
    (
        "server",
        &[
            "app",
            "contract",
            "domain",
            "forecast",
            "ingest",
            "lake",
            "migration",
            "services",
            "simulate",
        ],
    ),
    ("app", &["contract", "domain", "services"]),
    (
        "services",
        &["contract", "domain", "entity", "ingest", "recommend"],
    ),
    ("forecast", &["domain"]),
    ("lake", &["domain"]),
    ("contract", &["domain"]),
    ("recommend", &["domain"]),
    ("ingest", &["domain"]),
    ("simulate", &["domain"]),
    ("entity", &["domain"]),
    (
        "testkit",
        &[
            "contract",
            "domain",
            "entity",
            "migration",
            "services",
            "simulate",
        ],
    ),
    ("migration", &[]),
    ("domain", &[]),
    ("xtask", &["contract", "domain", "ingest", "simulate"]),
];

/// Further edges that only tests have.
const TEST_DOORS: [(&str, &[&str]); 6] = [
    ("entity", &["migration", "testkit"]),
    ("services", &["testkit", "simulate"]),
    ("server", &["testkit", "entity"]),
    ("forecast", &["simulate"]),
    ("app", &["testkit"]),
    ("ingest", &["simulate"]),
];

/// Files that may ask the database for no organization in particular, each with its reason. Everything else goes through `Db::of`,
/// `Db::read_for` and `Db::begin_for`, which on PostgreSQL see the rows of one organization only.
const PAST_THE_WALL: [(&str, &str); 36] = [
    ("crates/services/src/db.rs", "here both ways begin"),
    (
        "crates/services/src/store/wall.rs",
        "what binds a connection begins with an unbound one",
    ),
    (
        "crates/services/src/identity/mod.rs",
        "who signs in by an address, or has a session, has no organization until they are found",
    ),
    (
        "crates/services/src/passkeys/mod.rs",
        "a question to whoever stands before the door belongs to no organization",
    ),
    (
        "crates/services/src/passkeys/proving.rs",
        "who signs in by a passkey has no organization until it is found",
    ),
    (
        "crates/services/src/passkeys/adding.rs",
        "a device's name of a key stands for one key among all organizations",
    ),
    (
        "crates/services/src/sessions.rs",
        "a token is looked up before it is known whose it is; nobody's sessions have no organization",
    ),
    (
        "crates/services/src/single_sign_on/entering.rs",
        "who comes in by an address or a provider has no organization until they are found",
    ),
    (
        "crates/services/src/organizations.rs",
        "makes organizations, whose slugs are unique among all, and lists them for the operator",
    ),
    (
        "crates/services/src/sign_up/mod.rs",
        "whoever is invited to make an organization has none yet",
    ),
    (
        "crates/services/src/sign_up/links.rs",
        "whoever is invited to make an organization, or asks for it, has none yet",
    ),
    (
        "crates/services/src/deletions.rs",
        "looks for organizations whose waiting period is over",
    ),
    (
        "crates/services/src/exports/writing.rs",
        "looks for exports of all organizations that nobody works on, or that have lain there for long enough",
    ),
    (
        "crates/services/src/retention.rs",
        "looks for organizations that say how long they keep what",
    ),
    (
        "crates/services/src/live.rs",
        "one reader a process hands the events of all organizations on",
    ),
    (
        "crates/services/src/housekeeping.rs",
        "clears old rows of all organizations away",
    ),
    (
        "crates/services/src/imports/run.rs",
        "looks for imports of all organizations that were left lying",
    ),
    (
        "crates/services/src/errands.rs",
        "one look for all organizations whether there is something to send or to check",
    ),
    (
        "crates/services/src/observing.rs",
        "counts for the operator over all organizations, without a name of one",
    ),
    (
        "crates/services/src/api_keys/recognising.rs",
        "a key is looked up before it is known whose it is",
    ),
    (
        "crates/services/src/tablets/recognising.rs",
        "a device is looked up by its cookie before it is known whose it is",
    ),
    (
        "crates/services/src/tokens/granting.rs",
        "a token is looked up before it is known whose it is",
    ),
    (
        "crates/services/src/tokens/signing.rs",
        "what signs tokens belongs to the installation",
    ),
    (
        "crates/services/src/invitations/accepting.rs",
        "a link is looked up before it is known of which organization it is",
    ),
    (
        "crates/services/src/recovery.rs",
        "who forgot their password has no organization until they are found by address or link",
    ),
    (
        "crates/services/src/mails/mod.rs",
        "whoever sends mails sends those of all organizations",
    ),
    ("server/src/startup.rs", "migrates"),
    ("server/src/jobs/queue.rs", "the queue has its own tables"),
    ("server/src/commands/migrate.rs", "migrates"),
    ("server/src/commands/config.rs", "counts migrations"),
    (
        "server/src/commands/doctor/installation.rs",
        "counts migrations",
    ),
    ("server/src/commands/backup.rs", "counts migrations"),
    (
        "server/src/backup/restoring.rs",
        "migrates what was put back, and looks at it",
    ),
    (
        "crates/services/src/backups.rs",
        "the book of backups belongs to the installation",
    ),
    (
        "crates/services/src/store/snapshots.rs",
        "copies every table, and fills it",
    ),
    (
        "crates/services/src/snapshots.rs",
        "takes and puts back the database as a whole",
    ),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .current_dir(root())
        .args(arguments)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "cargo {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// One dependency as a manifest declares it.
#[derive(Debug)]
struct Declared {
    name: String,
    test_only: bool,
    by_path: bool,
}

/// Our crates with what their manifests declare.
fn crates() -> BTreeMap<String, Vec<Declared>> {
    let metadata: Value =
        serde_json::from_str(&cargo(&["metadata", "--no-deps", "--format-version", "1"])).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    packages
        .iter()
        .map(|package| {
            let declared = package["dependencies"]
                .as_array()
                .unwrap()
                .iter()
                .map(|dependency| Declared {
                    name: dependency["name"].as_str().unwrap().to_owned(),
                    test_only: dependency["kind"] == "dev",
                    by_path: dependency["path"].is_string(),
                });
            (
                package["name"].as_str().unwrap().to_owned(),
                declared.collect(),
            )
        })
        .collect()
}

fn allowed(
    table: &[(&str, &'static [&'static str])],
    name: &str,
) -> Option<&'static [&'static str]> {
    table
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, doors)| *doors)
}

/// Every Rust file below these folders, relative to the checkout, with its text.
fn sources(folders: &[&str]) -> Vec<(String, String)> {
    let root = root();
    let mut open: Vec<PathBuf> = folders.iter().map(|folder| root.join(folder)).collect();
    let mut found = Vec::new();
    while let Some(folder) = open.pop() {
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path
                    .strip_prefix(&root)
                    .unwrap()
                    .to_string_lossy()
                    .into_owned();
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "no source below {folders:?}");
    found
}

/// The whole product.
const EVERYTHING: [&str; 6] = ["app", "server", "frontend", "entity", "migration", "crates"];

/// Places `file:line` of code, comments left out, that hold one of the patterns; only where `looked_at` says so.
fn uses(patterns: &[&str], looked_at: impl Fn(&str) -> bool) -> Vec<String> {
    let mut places = Vec::new();
    for (name, text) in sources(&EVERYTHING) {
        if !looked_at(&name) {
            continue;
        }
        for (index, line) in before_tests(&text).lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            if patterns.iter().any(|pattern| holds(code, pattern)) {
                places.push(format!("{name}:{}: {}", index + 1, line.trim()));
            }
        }
    }
    places
}

/// A file's text up to its test module.
fn before_tests(text: &str) -> &str {
    text.find("\n#[cfg(test)]\nmod tests {")
        .map_or(text, |end| &text[..end])
}

/// Whether `code` holds `pattern` and not as the tail of a longer word: `burn::` is no part of `auburn::`.
fn holds(code: &str, pattern: &str) -> bool {
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    code.match_indices(pattern).any(|(at, _)| {
        let starts_word = pattern.starts_with(is_word);
        !(starts_word && code[..at].chars().next_back().is_some_and(is_word))
    })
}

fn assert_nowhere(places: &[String], rule: &str) {
    assert!(places.is_empty(), "{rule}:\n{}", places.join("\n"));
}

#[test]
fn crates_use_each_other_only_downwards() {
    let crates = crates();
    let ours: BTreeSet<&String> = crates.keys().collect();
    for (name, declared) in &crates {
        let doors = allowed(&DOORS, name)
            .unwrap_or_else(|| panic!("{name} has no place in the table of doors"));
        let in_tests = allowed(&TEST_DOORS, name).unwrap_or_default();
        for dependency in declared
            .iter()
            .filter(|dependency| ours.contains(&dependency.name))
        {
            let used = dependency.name.as_str();
            let fine = doors.contains(&used)
                || (dependency.test_only && (in_tests.contains(&used) || used == name));
            assert!(fine, "{name} must not use {used}");
        }
    }
}

#[test]
fn migrations_stand_alone_and_nothing_uses_the_server() {
    let crates = crates();
    assert!(
        crates["migration"]
            .iter()
            .all(|dependency| !dependency.by_path || dependency.test_only)
    );
    for (name, declared) in &crates {
        assert!(
            declared
                .iter()
                .all(|dependency| dependency.name != "server"),
            "{name} uses server"
        );
    }
}

#[test]
fn the_browser_half_holds_no_database_no_web_server_and_no_trainer() {
    let tree = cargo(&[
        "tree",
        "--package",
        "frontend",
        "--target",
        "wasm32-unknown-unknown",
        "--edges",
        "normal",
        "--prefix",
        "none",
    ]);
    let names: BTreeSet<&str> = tree
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(
        names.contains("app") && names.contains("leptos"),
        "the tree was not read: {names:?}"
    );
    for name in names {
        let forbidden = [
            "axum",
            "mio",
            "sqlx",
            "libsqlite3-sys",
            "apalis",
            "argon2",
            "services",
            "entity",
            "ingest",
            "forecast",
        ];
        let refused = forbidden.contains(&name)
            || ["sea-orm", "sqlx-", "burn", "axum-"]
                .iter()
                .any(|prefix| name.starts_with(prefix));
        assert!(!refused, "{name} would travel to the browser");
    }
}

#[test]
fn only_the_forecaster_knows_burn() {
    for (name, declared) in crates() {
        let burns = declared
            .iter()
            .any(|dependency| dependency.name == "burn" || dependency.name.starts_with("burn-"));
        assert_eq!(burns, name == "forecast", "{name}");
    }
    assert_nowhere(
        &uses(&["burn::"], |file| !file.starts_with("crates/forecast/")),
        "only crates/forecast names burn",
    );
}

#[test]
fn only_the_charts_know_charming() {
    assert_nowhere(
        &uses(&["charming::"], |file| !file.starts_with("app/src/charts")),
        "only app/src/charts names charming",
    );
}

#[test]
fn the_domain_has_no_clock_no_chance_and_no_async() {
    let patterns = [
        "Utc::now",
        "Local::now",
        "SystemTime::now",
        "Instant::now",
        "rand::",
        "now_v7",
        "new_v4",
        "async fn",
    ];
    assert_nowhere(
        &uses(&patterns, |file| file.starts_with("crates/domain/src")),
        "now and chance are parameters",
    );
}

#[test]
fn only_services_asks_the_database() {
    let queries = [
        "Entity::find",
        "::find_by_id(",
        ".begin(",
        ".begin_with_config(",
        "execute_unprepared",
        "Statement::from_",
    ];
    let elsewhere = |file: &str| {
        let tests = file.contains("/tests/");
        let home = ["crates/services/", "crates/testkit/", "migration/"]
            .iter()
            .any(|folder| file.starts_with(folder));
        !tests && !home
    };
    assert_nowhere(
        &uses(&queries, elsewhere),
        "queries and transactions belong into crates/services",
    );
}

#[test]
fn only_the_store_of_services_holds_queries() {
    // Without these traits nothing of SeaORM asks or changes a row.
    let means = [
        "Entity::",
        "EntityTrait",
        "ActiveModelTrait",
        "QueryFilter",
        "QueryOrder",
        "QuerySelect",
        "sea_query",
        "execute_unprepared",
        "Statement::from_",
    ];
    let beside_the_store = |file: &str| {
        file.starts_with("crates/services/src/") && !file.starts_with("crates/services/src/store/")
    };
    assert_nowhere(
        &uses(&means, beside_the_store),
        "queries belong into crates/services/src/store",
    );
}

#[test]
fn only_who_stands_in_the_list_asks_past_the_wall_between_tenants() {
    let ways = [
        ".connection()",
        ".past_the_wall()",
        ".begin()",
        ".begin_past_the_wall()",
    ];
    let product = |file: &str| {
        ["crates/services/src/", "server/src/", "app/src/"]
            .iter()
            .any(|folder| file.starts_with(folder))
    };
    let places = uses(&ways, product);
    let is_in = |place: &str, file: &str| {
        place
            .strip_prefix(file)
            .is_some_and(|rest| rest.starts_with(':'))
    };
    for (file, reason) in PAST_THE_WALL {
        assert!(
            places.iter().any(|place| is_in(place, file)),
            "{file} ({reason}) no longer asks past the wall: take it off the list"
        );
    }
    let others: Vec<String> = places
        .into_iter()
        .filter(|place| !PAST_THE_WALL.iter().any(|(file, _)| is_in(place, file)))
        .collect();
    assert_nowhere(
        &others,
        "ask through Db::of, Db::read_for or Db::begin_for, or say in PAST_THE_WALL why not",
    );
}

#[test]
fn rows_do_not_leave_the_services() {
    let places = uses(&["entity::"], |file| {
        file.starts_with("crates/services/src/") && !file.contains("/store")
    });
    let public: Vec<String> = places
        .into_iter()
        .filter(|place| {
            place.split(": ").nth(1).is_some_and(|code| {
                code.starts_with("pub fn")
                    || code.starts_with("pub async fn")
                    || code.starts_with("pub use")
            })
        })
        .collect();
    assert_nowhere(
        &public,
        "entity types stand in no public signature of services",
    );
    assert_nowhere(
        &uses(&["entity::"], |file| {
            ["app/src", "server/src"]
                .iter()
                .any(|folder| file.starts_with(folder))
        }),
        "rows stay below services",
    );
}

#[test]
fn no_test_is_switched_off_and_nothing_is_left_to_do() {
    let marks = ["#[ignore", "todo!(", "unimplemented!("];
    assert_nowhere(
        &uses(&marks, |_| true),
        "every test runs and every function works",
    );
}

#[test]
fn files_stay_short_and_are_named_after_what_they_hold() {
    for (name, text) in sources(&["app", "server", "crates"]) {
        let lines = text.lines().count();
        let most = if name.contains("/tests/") {
            MOST_TEST_LINES
        } else {
            MOST_LINES
        };
        assert!(
            lines <= most,
            "{name} has {lines} lines, more than {most}: split it by noun"
        );
        let stem = Path::new(&name)
            .file_stem()
            .unwrap()
            .to_string_lossy()
            .into_owned();
        let vague = [
            "utils", "util", "helpers", "helper", "common", "manager", "misc",
        ];
        assert!(
            !vague.contains(&stem.as_str()),
            "{name}: a name says what is inside"
        );
    }
}

#[test]
fn halves_that_must_agree_have_one_version() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let versions = |name: &str| -> Vec<String> {
        let head = format!("name = \"{name}\"\nversion = \"");
        lock.match_indices(&head)
            .map(|(at, head)| {
                lock[at + head.len()..]
                    .split('"')
                    .next()
                    .unwrap()
                    .to_owned()
            })
            .collect()
    };
    assert_eq!(versions("wasm-bindgen").len(), 1);
    assert_eq!(
        versions("wasm-bindgen"),
        versions("wasm-bindgen-cli-support")
    );
    for name in [
        "leptos",
        "sea-orm",
        "sqlx-core",
        "libsqlite3-sys",
        "axum",
        "burn-core",
    ] {
        assert_eq!(versions(name).len(), 1, "{name}: {:?}", versions(name));
    }
}

#[test]
fn the_patterns_are_found_in_code_and_not_in_longer_words() {
    assert!(holds("use burn::module::Module;", "burn::"));
    assert!(!holds("use auburn::Colour;", "burn::"));
    assert!(holds("    let tx = db.begin().await?;", ".begin("));
}
