//! Files of the data folder against the rows that name them.

use super::Report;
use super::finding::Finding;
use crate::backup::archive::hex;
use crate::backup::staging::below;
use crate::config::Config;
use chrono::{DateTime, Utc};
use domain::ModelAlias;
use forecast::Artifact;
use services::backups::NamedFiles;
use services::organizations::OrganizationView;
use services::{Ctx, Services};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

/// A file that no row names may be of an upload or a night under way; after so long it is nobody's.
const UNDER_WAY: Duration = Duration::from_secs(2 * 24 * 3_600);

/// The models that serve are there, and are what they were: their files have the digests that their manifests name.
pub(super) async fn serving(
    report: &mut Report,
    services: &Services,
    config: &Config,
    organization: &OrganizationView,
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    let ctx = Ctx::system(organization.id, "doctor", now);
    let Some(model) = services
        .models()
        .serving(&ctx, ModelAlias::Champion)
        .await?
    else {
        return Ok(());
    };
    let dir = model.artifact_dir.clone();
    let is_there = dir.is_dir();
    let loaded = tokio::task::spawn_blocking(move || Artifact::load(&dir).map(drop)).await?;
    let Err(error) = loaded else {
        report.say(format!(
            "{}: model version {} serves and is whole",
            organization.slug, model.number
        ));
        return Ok(());
    };
    let what = format!(
        "model version {} in {} cannot be loaded: {error}",
        model.number,
        model.artifact_dir.display()
    );
    if !is_there && config.model_store.is_some() {
        report.add(Finding::warning(
            "model_elsewhere",
            organization.slug.as_str(),
            what,
            "nothing to do where another machine trains: the next night fetches it from model_store",
        ));
    } else {
        report.add(Finding::fault(
            "model_damaged",
            organization.slug.as_str(),
            what,
            format!(
                "take its folder from a backup (hornada restore --data OTHER), or let another version serve: hornada model rollback --org {}; the next night trains a new one",
                organization.slug
            ),
        ));
    }
    Ok(())
}

/// Every upload that a row names is there, and nothing lies about that no row names.
pub(super) async fn all(
    report: &mut Report,
    services: &Services,
    deep: bool,
) -> anyhow::Result<()> {
    let named = services.backups().named_files().await?;
    let data = services.data_dir().to_path_buf();
    let findings = tokio::task::spawn_blocking(move || look(&data, &named, deep)).await??;
    report.findings.extend(findings);
    Ok(())
}

fn look(data: &Path, named: &NamedFiles, deep: bool) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for upload in &named.uploads {
        let path = data.join(&upload.path);
        let place = path.display().to_string();
        let mend = "take the file from a backup (hornada restore --data OTHER); without it the import can neither be taken nor its rejects be read";
        match std::fs::metadata(&path) {
            Err(error) => findings.push(Finding::fault(
                "upload_missing",
                place,
                format!("an import names this file, and it cannot be read: {error}"),
                mend,
            )),
            Ok(meta) if meta.len() != upload.bytes => findings.push(Finding::fault(
                "upload_damaged",
                place,
                format!("{} bytes, its import says {}", meta.len(), upload.bytes),
                mend,
            )),
            Ok(_) if deep && digest_differs(&path, upload.sha256.as_deref())? => {
                findings.push(Finding::fault(
                    "upload_damaged",
                    place,
                    "its bytes are not those that were uploaded",
                    mend,
                ));
            }
            Ok(_) => {}
        }
    }
    let uploads: BTreeSet<&str> = named.uploads.iter().map(|u| u.path.as_str()).collect();
    let artifacts: BTreeSet<&str> = named.artifacts.iter().map(String::as_str).collect();
    let (mut orphans, mut first) = (0, None);
    for path in below(&data.join("imports"))?
        .into_iter()
        .chain(below(&data.join("models"))?)
    {
        let Some(name) = path.strip_prefix(data)?.to_str() else {
            continue;
        };
        // models/ORGANIZATION/VERSION/..., and VERSION.training.json beside it.
        let version: Vec<&str> = name.splitn(4, '/').take(3).collect();
        let version = version.join("/");
        let version = version.strip_suffix(".training.json").unwrap_or(&version);
        if uploads.contains(name) || artifacts.contains(version) || is_young(&path) {
            continue;
        }
        orphans += 1;
        first.get_or_insert_with(|| path.display().to_string());
    }
    if let Some(first) = first {
        findings.push(Finding::warning(
            "files_of_nobody",
            data.display().to_string(),
            format!("{orphans} files that no row names, the first is {first}"),
            "delete them when a backup was taken and verified",
        ));
    }
    Ok(findings)
}

fn is_young(path: &Path) -> bool {
    std::fs::metadata(path)
        .and_then(|meta| meta.modified())
        .is_ok_and(|at| at.elapsed().is_ok_and(|age| age < UNDER_WAY))
}

fn digest_differs(path: &Path, said: Option<&str>) -> anyhow::Result<bool> {
    let Some(said) = said else {
        return Ok(false);
    };
    let mut hash = Sha256::new();
    let mut file = std::fs::File::open(path)?;
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = std::io::Read::read(&mut file, &mut buffer)?;
        if read == 0 {
            return Ok(hex(&hash.finalize()) != said);
        }
        hash.update(&buffer[..read]);
    }
}
