//! Writing everything that an organization owns into one file: tar, compressed with zstd, with a file of JSON lines a table, its uploads
//! and models, and a README in the data dictionary's words.
//!
//! The tables are written into a folder of their own first, then packed; the file has its name once it is whole. What a process left
//! that died is swept away by the next, which begins anew.

use crate::backup::archive::hex;
use crate::backup::staging::below;
use crate::clock::Clock;
use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use serde_json::json;
use services::Services;
use services::exports::{Contents, Exported, Progress, Waiting, owned};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{BufReader, BufWriter, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Media type of the file (RFC 8878).
pub const MEDIA: &str = "application/zstd";

/// Folder of the data folder where the files lie.
pub(super) const FOLDER: &str = "exports";

/// How often it is looked whether somebody asked for one.
const LOOK: Duration = Duration::from_secs(2);

/// How often the process that writes one says how far it is.
const BEAT: Duration = Duration::from_secs(2);

/// How hard zstd tries.
const LEVEL: i32 = 6;

const DICTIONARY: &str = include_str!("../../../docs/data-dictionary.md");

/// Writes what was asked for until the token is cancelled, one after the other.
pub async fn tick(services: Services, clock: Clock, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(LOOK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let looked = tokio::select! {
            // What is cut off here is begun anew by the next process.
            () = stop.cancelled() => return,
            looked = run_waiting(&services, &clock) => looked,
        };
        if let Err(error) = looked {
            tracing::warn!(error = format!("{error:#}"), "exports cannot be looked for");
        }
    }
}

/// Writes every export that nobody works on. Says how many were written here.
///
/// # Errors
/// The database's. One that cannot be written holds up no other.
pub async fn run_waiting(services: &Services, clock: &Clock) -> anyhow::Result<usize> {
    let mut written = 0;
    for export in services.exports().waiting(clock()).await? {
        match run(services, export, clock).await {
            Ok(true) => written += 1,
            Ok(false) => {}
            Err(error) => tracing::error!(
                organization_id = %export.organization_id,
                error = format!("{error:#}"),
                "an export failed"
            ),
        }
    }
    Ok(written)
}

/// Deletes its folder, whatever becomes of the work in it.
struct Staging(PathBuf);

impl Drop for Staging {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(path = %self.0.display(), %error, "what an export left cannot be deleted");
        }
    }
}

/// Writes one; false where another process is at it.
///
/// # Errors
/// What keeps it from being written, which stands in its row then.
pub async fn run(services: &Services, export: Waiting, clock: &Clock) -> anyhow::Result<bool> {
    let exports = services.exports();
    let attempt = Uuid::now_v7().simple().to_string();
    let owner = format!("{}-{attempt}", std::process::id());
    if !exports.claim(export, &owner, clock()).await? {
        return Ok(false);
    }
    let folder = services.data_dir().join(FOLDER);
    // What cannot be deleted now takes room and is in nobody's way.
    let _ = sweep(&folder, export.id);
    let staging = Staging(folder.join(format!(".{}-{attempt}", export.id)));
    let progress = Progress::default();
    let result = tokio::select! {
        packed = write(services, export, &staging.0, &progress, clock()) => packed,
        () = live(services, export, &owner, &progress, clock) => Err(anyhow::anyhow!("another process took this one for dead and went on")),
    };
    let packed = match result {
        Ok(packed) => packed,
        Err(error) => {
            exports
                .failed(export, &owner, &format!("{error:#}"), clock())
                .await?;
            return Err(error);
        }
    };
    let path = format!("{FOLDER}/{}-{attempt}.tar.zst", export.id);
    let place = services.data_dir().join(&path);
    std::fs::rename(&packed.draft, &place)
        .with_context(|| format!("{} cannot be written", place.display()))?;
    exports.beat(export, &owner, &progress, clock()).await?;
    let file = (path.as_str(), packed.bytes, packed.sha256.as_str());
    if !exports.done(export, &owner, file, clock()).await? {
        let _ = std::fs::remove_file(&place);
        bail!("another process took this one for dead and went on");
    }
    tracing::info!(organization_id = %export.organization_id, bytes = packed.bytes, "wrote an export");
    Ok(true)
}

/// Deletes what earlier attempts left of an export, and its file.
///
/// # Errors
/// The disk's; what can be deleted is gone all the same.
pub(super) fn sweep(folder: &Path, id: Uuid) -> std::io::Result<()> {
    let (draft, whole) = (format!(".{id}-"), format!("{id}-"));
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let mut result = Ok(());
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let deleted = if name.starts_with(&draft) {
            std::fs::remove_dir_all(entry.path())
        } else if name.starts_with(&whole) {
            std::fs::remove_file(entry.path())
        } else {
            Ok(())
        };
        // Somebody else may be faster.
        if let Err(error) = deleted
            && error.kind() != ErrorKind::NotFound
        {
            result = Err(error);
        }
    }
    result
}

/// Gives signs of life until another process has taken this one for dead.
async fn live(
    services: &Services,
    export: Waiting,
    owner: &str,
    progress: &Progress,
    clock: &Clock,
) {
    let mut ticks = tokio::time::interval(BEAT);
    loop {
        ticks.tick().await;
        match services
            .exports()
            .beat(export, owner, progress, clock())
            .await
        {
            Ok(true) => {}
            Ok(false) => return,
            // What cannot be told now is told with the next.
            Err(error) => tracing::warn!(%error, "an export cannot give a sign of life"),
        }
    }
}

struct Packed {
    draft: PathBuf,
    bytes: i64,
    sha256: String,
}

async fn write(
    services: &Services,
    export: Waiting,
    staging: &Path,
    progress: &Progress,
    now: DateTime<Utc>,
) -> anyhow::Result<Packed> {
    let tables = staging.join("tables");
    tokio::fs::create_dir_all(&tables)
        .await
        .with_context(|| format!("{} cannot be made", tables.display()))?;
    let contents = services
        .exports()
        .write_tables(export.organization_id, &tables, progress)
        .await?;
    let (data, staging) = (services.data_dir().to_path_buf(), staging.to_path_buf());
    tokio::task::spawn_blocking(move || pack(&data, &staging, &contents, now)).await?
}

/// Counts and digests what passes through.
struct Digested<W> {
    inner: W,
    bytes: u64,
    digest: Sha256,
}

impl<W: Write> Write for Digested<W> {
    fn write(&mut self, buffer: &[u8]) -> std::io::Result<usize> {
        let written = self.inner.write(buffer)?;
        self.bytes += written as u64;
        self.digest.update(&buffer[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}

type Archive = tar::Builder<zstd::stream::write::Encoder<'static, Digested<BufWriter<File>>>>;

fn header(bytes: u64, now: DateTime<Utc>) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes);
    header.set_mode(0o600);
    header.set_mtime(now.timestamp().unsigned_abs());
    header
}

fn add_text(
    archive: &mut Archive,
    name: &str,
    text: &[u8],
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    archive.append_data(&mut header(text.len() as u64, now), name, text)?;
    Ok(())
}

fn add_file(
    archive: &mut Archive,
    name: &str,
    path: &Path,
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    let read = || format!("{} cannot be read", path.display());
    let file = File::open(path).with_context(read)?;
    let bytes = file.metadata().with_context(read)?.len();
    let reader = BufReader::new(file).take(bytes);
    archive
        .append_data(&mut header(bytes, now), name, reader)
        .with_context(read)
}

/// Packs what was written of the tables, and the files that they name. A file that is gone meanwhile is named as missing.
fn pack(
    data: &Path,
    staging: &Path,
    contents: &Contents,
    now: DateTime<Utc>,
) -> anyhow::Result<Packed> {
    let draft = staging.join("packed.tar.zst");
    let out = Digested {
        inner: BufWriter::with_capacity(
            1 << 20,
            File::create(&draft)
                .with_context(|| format!("{} cannot be written", draft.display()))?,
        ),
        bytes: 0,
        digest: Sha256::new(),
    };
    let mut compressed = zstd::stream::write::Encoder::new(out, LEVEL)?;
    compressed.include_checksum(true)?;
    let mut archive = tar::Builder::new(compressed);
    add_text(
        &mut archive,
        "README.md",
        readme(contents, now).as_bytes(),
        now,
    )?;
    for table in contents.rows.keys() {
        let name = format!("tables/{table}.jsonl");
        add_file(&mut archive, &name, &staging.join(&name), now)?;
    }
    let (mut files, mut missing) = (Vec::new(), Vec::new());
    for upload in &contents.uploads {
        let path = data.join(upload);
        if path.is_file() {
            add_file(&mut archive, &format!("files/{upload}"), &path, now)?;
            files.push(upload.clone());
        } else {
            missing.push(upload.clone());
        }
    }
    for artifact in &contents.artifacts {
        let found = below(&data.join(artifact))?;
        if found.is_empty() {
            missing.push(artifact.clone());
        }
        for path in found {
            let Some(name) = path.strip_prefix(data)?.to_str().map(str::to_owned) else {
                continue;
            };
            add_file(&mut archive, &format!("files/{name}"), &path, now)?;
            files.push(name);
        }
    }
    let manifest = json!({
        "organization": { "slug": contents.slug, "name": contents.name },
        "written_at": now,
        "version": env!("CARGO_PKG_VERSION"),
        "rows": contents.rows,
        "files": files,
        "missing_files": missing,
    });
    let text = serde_json::to_vec_pretty(&manifest)?;
    add_text(&mut archive, "manifest.json", &text, now)?;
    let mut out = archive.into_inner()?.finish()?;
    out.flush()?;
    out.inner.get_ref().sync_all()?;
    Ok(Packed {
        draft,
        bytes: i64::try_from(out.bytes)?,
        sha256: hex(&out.digest.finalize()),
    })
}

/// What somebody needs to know who opens the file years later and elsewhere.
fn readme(contents: &Contents, now: DateTime<Utc>) -> String {
    let mut left_out = String::new();
    for table in owned() {
        match table.exported {
            Exported::Whole => {}
            Exported::Without(columns) => left_out.push_str(&format!(
                "- `{}` without {}: secrets\n",
                table.table,
                columns.join(", ")
            )),
            Exported::Never(reason) => {
                left_out.push_str(&format!("- `{}`: {reason}\n", table.table));
            }
        }
    }
    format!(
        "# Everything that {name} owns\n\n\
         Written by Hornada on {at} (UTC), all of one moment.\n\n\
         - `tables/TABLE.jsonl`: a row of that table a line, as JSON, in UTF-8. Moments are RFC 3339, days ISO 8601, identifiers UUIDs.\n\
         - `files/`: uploads (`imports/`) and models (`models/`) under the paths that `imports.path` and `model_versions.artifact_path` name.\n\
         - `manifest.json`: rows by table, the files, and those that a row names and that were cleared away before.\n\n\
         What is not here, and why:\n\n{left_out}\n\
         What tables and columns mean:\n\n---\n\n{DICTIONARY}",
        name = contents.name,
        at = now.format("%Y-%m-%d %H:%M"),
    )
}
