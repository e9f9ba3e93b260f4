//! Looking at a set, and putting it back: everything or nothing.
//!
//! The whole set is unpacked and checked beside its place first. From then on a note lies in the data folder until everything is in place: a
//! restore that was killed is noticed, nothing runs on what it left, and running it again with the same set begins anew.

use super::archive;
use super::key::Keys;
use super::manifest::{Engine, Manifest, known_migrations};
use super::marker::{self, Marker, sync};
use super::{settings, staging};
use anyhow::{Context, bail, ensure};
use chrono::{DateTime, Utc};
use migration::{Migrator, MigratorTrait};
use services::snapshots::{SQLITE_FILE, TABLES_FOLDER, read_sqlite};
use services::vault::KEY_FILE;
use services::{Db, Services};
use std::path::{Path, PathBuf};

/// Where a set is put back.
#[derive(Clone, Debug)]
pub struct Target {
    pub data: PathBuf,
    pub database_url: String,
    /// What lies there is moved aside instead of being refused; PostgreSQL must be empty in any case.
    pub force: bool,
    /// Only the folders of the data folder: the database came back another way, and is not touched.
    pub files_only: bool,
}

/// The file of a database of SQLite; nothing where the address is of PostgreSQL.
fn sqlite_file(url: &str) -> Option<PathBuf> {
    let rest = url.strip_prefix("sqlite:")?;
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    Some(PathBuf::from(rest.split('?').next().unwrap_or_default()))
}

/// A database's file with what lies beside it while it is open, or after it was cut off.
fn with_logs(file: &Path) -> [PathBuf; 4] {
    ["", "-wal", "-shm", "-journal"].map(|end| {
        let mut name = file.as_os_str().to_owned();
        name.push(end);
        PathBuf::from(name)
    })
}

/// Reads and checks a set: key, digests, and that the database in it opens and holds what the manifest says. `folder` receives it.
async fn unpack(path: &Path, keys: Keys, folder: &Path) -> anyhow::Result<Manifest> {
    let (path, inside) = (path.to_path_buf(), folder.to_path_buf());
    let manifest =
        tokio::task::spawn_blocking(move || archive::read(&path, &keys, &inside)).await??;
    match manifest.header.engine {
        Engine::Sqlite => {
            let found = read_sqlite(&folder.join(SQLITE_FILE))
                .await
                .context("the database in the set does not hold")?;
            ensure!(
                found == manifest.snapshot,
                "the database in the set holds something else than its manifest says"
            );
        }
        Engine::Postgres => {
            let (snapshot, tables) = (manifest.snapshot.clone(), folder.join(TABLES_FOLDER));
            let count = move || -> anyhow::Result<()> {
                for (table, rows) in &snapshot.rows {
                    let found = lines(&tables.join(format!("{table}.copy")))?;
                    ensure!(
                        found == *rows,
                        "table {table} in the set has {found} rows, its manifest says {rows}"
                    );
                }
                Ok(())
            };
            tokio::task::spawn_blocking(count).await??;
        }
    }
    Ok(manifest)
}

fn lines(path: &Path) -> anyhow::Result<u64> {
    use std::io::Read;
    let mut file =
        std::fs::File::open(path).with_context(|| format!("the set lacks {}", path.display()))?;
    let mut buffer = vec![0; 1 << 20];
    let mut count = 0;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(count);
        }
        count += buffer[..read].iter().filter(|byte| **byte == b'\n').count() as u64;
    }
}

/// Reads a set to its last byte and checks everything that it says of itself, in a folder of its own that goes afterwards. Touches nothing
/// else.
///
/// # Errors
/// What does not hold, in words for the operator.
pub async fn verify(path: &Path, keys: Keys) -> anyhow::Result<Manifest> {
    let folder = tempfile::Builder::new()
        .prefix("hornada-verify-")
        .tempdir()
        .context("no room to look at the set")?;
    unpack(path, keys, folder.path()).await
}

/// Puts a set back. Everything or nothing: what it refuses it refuses before anything is changed.
///
/// # Errors
/// A set that does not hold, a place that is not empty, another engine; and what the database and the disk refuse.
pub async fn restore(
    path: &Path,
    name: &str,
    keys: Keys,
    target: &Target,
    now: DateTime<Utc>,
) -> anyhow::Result<Manifest> {
    std::fs::create_dir_all(&target.data)
        .with_context(|| format!("the folder {} cannot be made", target.data.display()))?;
    let begun = marker::find(&target.data)?;
    if let Some(begun) = &begun
        && begun.set != name
    {
        bail!(
            "{} holds half of {}: put that one back, or empty the folder first",
            target.data.display(),
            begun.set
        );
    }
    // The whole set lies there in plain.
    staging::clear(&target.data, staging::UNPACKED);
    let unpacked = tempfile::Builder::new()
        .prefix(staging::UNPACKED)
        .tempdir_in(&target.data)
        .with_context(|| format!("{} cannot be written", target.data.display()))?;
    let manifest = unpack(path, keys, unpacked.path()).await?;
    let sqlite = if target.files_only {
        None
    } else {
        sqlite_file(&target.database_url)
    };
    let engine = match sqlite {
        Some(_) => Engine::Sqlite,
        None => Engine::Postgres,
    };
    ensure!(
        target.files_only || engine == manifest.header.engine,
        "the set was taken of {}, the database is {}: a set is put back into what it was taken of; name such a database with --into",
        manifest.header.engine.name(),
        engine.name()
    );
    let database = match &sqlite {
        Some(file) => Some(std::path::absolute(file)?),
        None => None,
    };
    if let Some(begun) = &begun
        && begun.database != database
    {
        bail!(
            "putting {} back into {} was begun with another database: name that one again",
            begun.set,
            target.data.display()
        );
    }
    let mut in_the_way = occupied(target, sqlite.as_deref());
    let key = target.data.join(KEY_FILE);
    if key.exists() && unpacked.path().join(KEY_FILE).is_file() {
        // Another key would open none of the secrets in the set.
        in_the_way.push(key);
    }
    if let ([first, ..], None, false) = (in_the_way.as_slice(), &begun, target.force) {
        bail!(
            "{} is there already: a set is put back into an empty folder; --force moves what is there aside",
            first.display()
        );
    }
    let services = match engine {
        Engine::Postgres if !target.files_only => Some(empty_postgres(target, &manifest).await?),
        Engine::Sqlite | Engine::Postgres => None,
    };
    let mut note = Marker {
        set: name.to_owned(),
        started_at: now,
        database,
        moving: true,
    };
    if begun.is_some_and(|begun| !begun.moving) {
        // What a restore that was killed left is half of the same set.
        for path in &in_the_way {
            remove(path)?;
        }
    } else if !in_the_way.is_empty() {
        marker::write(&target.data, &note)?;
        move_aside(&in_the_way, now)?;
    }
    note.moving = false;
    marker::write(&target.data, &note)?;
    place_files(target, unpacked.path(), sqlite.as_deref())?;
    if !target.files_only {
        fill(services, target, unpacked.path(), &manifest).await?;
    }
    marker::remove(&target.data)?;
    Ok(manifest)
}

/// Puts the rows into the database, where they do not lie in a file that is in its place already, and brings it to this program's shape.
async fn fill(
    postgres: Option<Services>,
    target: &Target,
    unpacked: &Path,
    manifest: &Manifest,
) -> anyhow::Result<()> {
    let services = match postgres {
        Some(services) => {
            services
                .snapshots()
                .load(unpacked, &manifest.snapshot)
                .await?;
            services
        }
        None => Services::new(
            Db::connect(&target.database_url).await?,
            target.data.clone(),
        ),
    };
    // An older set comes up to this program's shape.
    migration::bring_up(services.db().past_the_wall())
        .await
        .context("the database could not be migrated")
}

/// What of the target is there already.
fn occupied(target: &Target, sqlite: Option<&Path>) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = staging::FOLDERS
        .iter()
        .map(|folder| target.data.join(folder))
        .filter(|folder| {
            folder
                .read_dir()
                .is_ok_and(|mut entries| entries.next().is_some())
        })
        .collect();
    if let Some(file) = sqlite {
        paths.extend(with_logs(file).into_iter().filter(|file| file.exists()));
    }
    paths
}

fn remove(path: &Path) -> anyhow::Result<()> {
    let removed = if path.is_dir() {
        std::fs::remove_dir_all(path)
    } else {
        std::fs::remove_file(path)
    };
    removed.with_context(|| format!("{} cannot be deleted", path.display()))
}

/// Moves what is there into a folder beside it, on its own disk. Nothing is deleted.
fn move_aside(found: &[PathBuf], now: DateTime<Utc>) -> anyhow::Result<()> {
    for path in found {
        let name = path.file_name().context("a path without a name")?;
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let aside = folder.join(format!("before-restore-{}", now.format("%Y%m%dT%H%M%SZ")));
        std::fs::create_dir_all(&aside)
            .with_context(|| format!("{} cannot be made", aside.display()))?;
        let kept = aside.join(name);
        ensure!(
            !kept.exists(),
            "{} is there already: wait a second and try again",
            kept.display()
        );
        std::fs::rename(path, kept)
            .with_context(|| format!("{} cannot be moved aside", path.display()))?;
        sync(folder)?;
    }
    Ok(())
}

/// A database of PostgreSQL without rows, in the shape that the set has.
async fn empty_postgres(target: &Target, manifest: &Manifest) -> anyhow::Result<Services> {
    let services = Services::new(
        Db::connect(&target.database_url)
            .await
            .context("the database cannot be reached")?,
        target.data.clone(),
    );
    if let Some(table) = services.snapshots().occupied().await? {
        bail!(
            "the database is not empty ({table} has rows): make an empty one (CREATE DATABASE) and name it with --into"
        );
    }
    let known = known_migrations();
    let wanted = &manifest.header.migrations;
    ensure!(
        known.starts_with(wanted),
        "the set was taken between two versions of the database's shape: use Hornada {}, which took it",
        manifest.header.program
    );
    let db = services.db().past_the_wall();
    let applied = Migrator::get_applied_migrations(db)
        .await
        .context("the database is newer than this program")?
        .len();
    ensure!(
        applied <= wanted.len(),
        "the database's shape is newer than the set's: make an empty one (CREATE DATABASE) and name it with --into"
    );
    let steps = u32::try_from(wanted.len() - applied)?;
    if steps > 0 {
        Migrator::up(db, Some(steps))
            .await
            .context("the database could not be brought to the set's shape")?;
    }
    Ok(services)
}

/// Moves what was unpacked to where it belongs.
fn place_files(target: &Target, unpacked: &Path, sqlite: Option<&Path>) -> anyhow::Result<()> {
    for folder in staging::FOLDERS {
        let (from, to) = (unpacked.join(folder), target.data.join(folder));
        if !from.is_dir() {
            continue;
        }
        if to.is_dir() {
            // Empty, as was looked at.
            std::fs::remove_dir(&to)?;
        }
        std::fs::rename(&from, &to)
            .with_context(|| format!("{} cannot be put in place", to.display()))?;
    }
    let (from, to) = (
        unpacked.join(settings::FILE),
        target.data.join(settings::FILE),
    );
    if from.is_file() && !to.exists() {
        std::fs::rename(&from, &to)?;
    }
    let (from, to) = (unpacked.join(KEY_FILE), target.data.join(KEY_FILE));
    if from.is_file() {
        std::fs::rename(&from, &to)
            .with_context(|| format!("{} cannot be put in place", to.display()))?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(&to, std::fs::Permissions::from_mode(0o600))?;
        }
    }
    if let Some(file) = sqlite {
        let from = unpacked.join(SQLITE_FILE);
        if let Some(folder) = file
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("{} cannot be made", folder.display()))?;
        }
        // The database may lie on another disk than the data folder.
        if std::fs::rename(&from, file).is_err() {
            std::fs::copy(&from, file)
                .with_context(|| format!("{} cannot be written", file.display()))?;
            std::fs::File::open(file)?.sync_all()?;
        }
        if let Some(folder) = file
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            sync(folder)?;
        }
    }
    sync(&target.data)
}
