//! The artifact folder: what goes in comes out, and what does not fit is refused.
#![allow(clippy::unwrap_used)]

mod support;

use forecast::{Artifact, ForecastError, GateRule, TrainConfig, nightly};
use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use support::{hasty, train, weekly};

#[test]
fn a_saved_model_forecasts_the_same() {
    let panel = weekly(2, 2, 150, 0.3, 1);
    let mut artifact = train(
        &panel,
        &TrainConfig {
            members: 2,
            ..hasty(1)
        },
    )
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("models").join("v1");
    artifact.save(&dir).unwrap();
    let named = artifact.manifest().weights_sha256.clone();
    for _ in 0..4 {
        artifact.save(&dir).unwrap();
        assert_eq!(artifact.manifest().weights_sha256, named);
    }
    let loaded = Artifact::load(&dir).unwrap();
    assert_eq!(loaded, artifact);
    assert_eq!(
        loaded.predict(&panel).unwrap(),
        artifact.predict(&panel).unwrap()
    );
    assert_eq!(loaded.manifest().cutoff, panel.last_date);
    // The files are named by their hashes, for whoever keeps the register.
    assert!(
        loaded
            .manifest()
            .weights_sha256
            .iter()
            .all(|h| h.len() == 64)
    );
    assert_eq!(loaded.manifest().weights_sha256.len(), 2);
    assert_eq!(loaded.manifest().trees_sha256.len(), 64);
    assert_eq!(
        loaded.manifest().data_version,
        forecast::data_version(&panel)
    );
    let left: Vec<_> = fs::read_dir(dir.parent().unwrap())
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(left, ["v1"], "temporary folders were left behind");
}

fn edited(from: &str, to: &str) -> Result<Artifact, ForecastError> {
    let panel = weekly(1, 1, 100, 0.3, 1);
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("v1");
    train(&panel, &hasty(1)).unwrap().save(&dir).unwrap();
    let path = dir.join("manifest.json");
    let manifest = fs::read_to_string(&path).unwrap();
    assert!(manifest.contains(from));
    fs::write(&path, manifest.replace(from, to)).unwrap();
    Artifact::load(&dir)
}

#[test]
fn another_schema_is_refused() {
    let error = edited(&forecast::schema_hash(), "0123").unwrap_err();
    assert!(matches!(&error, ForecastError::Schema { found, .. } if found == "0123"));
    assert!(error.to_string().contains("train again"));
}

#[test]
fn another_format_is_refused_before_it_is_read() {
    let error = edited(
        "\"format_version\": 2",
        "\"format_version\": 7, \"unheard_of\": 1",
    )
    .unwrap_err();
    assert!(matches!(
        error,
        ForecastError::Format {
            found: 7,
            expected: 2
        }
    ));
}

#[test]
fn an_artifact_of_the_first_format_is_refused_with_what_to_do_about_it() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/format-1");
    let error = Artifact::load(&dir).unwrap_err();
    assert!(matches!(
        error,
        ForecastError::Format {
            found: 1,
            expected: 2
        }
    ));
    assert_eq!(
        error.to_string(),
        "the artifact has format 1; this program reads format 2: train again"
    );
}

#[test]
fn the_model_that_was_judged_travels_with_the_one_that_serves() {
    let panel = weekly(2, 2, 260, 0.2, 1);
    let config = TrainConfig {
        margin: -10.0,
        gate: GateRule {
            money_margin: -10.0,
            vetoed_volume: 1.0,
            ..GateRule::default()
        },
        ..hasty(1)
    };
    let cancel = AtomicBool::new(false);
    let night = nightly(&panel, None, &config, &mut |_| {}, &cancel).unwrap();
    let mut artifact = night.artifact.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("v1");
    artifact.save(&dir).unwrap();
    let loaded = Artifact::load(&dir).unwrap();
    let judged = loaded.judged().unwrap();
    let before = artifact.judged().unwrap();
    assert_eq!(
        judged.manifest().weights_sha256,
        before.manifest().weights_sha256
    );
    assert_eq!(
        judged.predict(&panel).unwrap(),
        before.predict(&panel).unwrap()
    );
    assert_eq!(
        judged.manifest().cutoff,
        night.report.unwrap().cutoffs[0],
        "it has seen nothing of what it was judged on"
    );
    let path = dir.join("judged").join("manifest.json");
    let manifest = fs::read_to_string(&path).unwrap();
    fs::write(&path, manifest.replacen("\"loss\"", "\"Loss\"", 1)).unwrap();
    let error = Artifact::load(&dir).unwrap_err();
    assert!(error.to_string().contains("names"), "{error}");
}

#[test]
fn damaged_and_missing_trees_are_refused() {
    let panel = weekly(1, 1, 100, 0.3, 1);
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("v1");
    train(&panel, &hasty(1)).unwrap().save(&dir).unwrap();
    let path = dir.join("trees.json");
    let trees = fs::read_to_string(&path).unwrap();
    fs::write(&path, trees.replacen("0.", "1.", 1)).unwrap();
    let error = Artifact::load(&dir).unwrap_err();
    assert!(error.to_string().contains("trees.json"), "{error}");
    fs::remove_file(&path).unwrap();
    assert!(matches!(
        Artifact::load(&dir),
        Err(ForecastError::Io { .. })
    ));
}

#[test]
fn damaged_and_missing_weights_are_refused() {
    let panel = weekly(1, 1, 100, 0.3, 1);
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("v1");
    train(&panel, &hasty(1)).unwrap().save(&dir).unwrap();
    let path = dir.join("weights-0.safetensors");
    let mut bytes = fs::read(&path).unwrap();
    let at = bytes.len() - 3;
    bytes[at] ^= 1;
    fs::write(&path, bytes).unwrap();
    assert!(matches!(
        Artifact::load(&dir),
        Err(ForecastError::Artifact { .. })
    ));
    fs::remove_file(&path).unwrap();
    assert!(matches!(
        Artifact::load(&dir),
        Err(ForecastError::Io { .. })
    ));
}
