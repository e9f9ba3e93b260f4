//! The bytes of a set: written as a stream, read as one.

use super::key::{Keys, Seal};
use super::manifest::{FileEntry, Header, Manifest, check, known_migrations};
use anyhow::{Context, bail, ensure};
use chrono::{DateTime, Utc};
use services::snapshots::Snapshot;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Component, Path, PathBuf};

const HEADER: &str = "header.json";
const MANIFEST: &str = "manifest.json";
const SEAL: &str = "manifest.sha256";
/// How hard zstd tries.
const LEVEL: i32 = 3;
/// How a file that age encrypted begins.
const AGE: &[u8] = b"age-encryption.org/";
/// How a stream of zstd begins.
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
/// A header or manifest is no longer than this.
const MOST_TEXT: u64 = 1 << 30;

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Counts and digests what passes through.
struct Counted<T> {
    inner: T,
    bytes: u64,
    digest: Sha256,
}

impl<T> Counted<T> {
    fn new(inner: T) -> Self {
        Self {
            inner,
            bytes: 0,
            digest: Sha256::new(),
        }
    }

    fn passed(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        self.digest.update(bytes);
    }

    fn entry(self) -> FileEntry {
        FileEntry {
            bytes: self.bytes,
            sha256: hex(&self.digest.finalize()),
        }
    }
}

impl<T: Read> Read for Counted<T> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.passed(&buffer[..read]);
        Ok(read)
    }
}

impl<T: Write> Write for Counted<T> {
    fn write(&mut self, buffer: &[u8]) -> std::io::Result<usize> {
        let written = self.inner.write(buffer)?;
        self.passed(&buffer[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}

/// Encrypts, or does not.
enum Sealed<W: Write> {
    Open(W),
    Age(age::stream::StreamWriter<W>),
}

impl<W: Write> Sealed<W> {
    fn finish(self) -> std::io::Result<W> {
        match self {
            Self::Open(inner) => Ok(inner),
            Self::Age(stream) => stream.finish(),
        }
    }
}

impl<W: Write> Write for Sealed<W> {
    fn write(&mut self, buffer: &[u8]) -> std::io::Result<usize> {
        match self {
            Self::Open(inner) => inner.write(buffer),
            Self::Age(stream) => stream.write(buffer),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match self {
            Self::Open(inner) => inner.flush(),
            Self::Age(stream) => stream.flush(),
        }
    }
}

/// What is to be written: the header, what the snapshot holds, and files by their path within the set.
pub(super) struct Contents {
    pub header: Header,
    pub snapshot: Snapshot,
    pub snapshot_done_at: DateTime<Utc>,
    pub files: Vec<(String, PathBuf)>,
}

fn entry(bytes: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes);
    header.set_mode(0o600);
    header
}

/// Writes a set into an empty file and makes it durable. Says how long the file is, its digest, and what is in it.
///
/// # Errors
/// The disk's.
pub(super) fn write(
    file: File,
    seal: Seal,
    contents: Contents,
) -> anyhow::Result<(FileEntry, Manifest)> {
    let counted = Counted::new(BufWriter::with_capacity(1 << 20, file));
    let sealed = match seal.encryptor()? {
        Some(encryptor) => Sealed::Age(encryptor.wrap_output(counted)?),
        None => Sealed::Open(counted),
    };
    let mut compressed = zstd::stream::write::Encoder::new(sealed, LEVEL)?;
    compressed.include_checksum(true)?;
    let mut archive = tar::Builder::new(compressed);

    let text = serde_json::to_vec_pretty(&contents.header)?;
    archive.append_data(&mut entry(text.len() as u64), HEADER, text.as_slice())?;
    let mut files = BTreeMap::new();
    for (name, path) in &contents.files {
        let read = || format!("{} cannot be read", path.display());
        let file = File::open(path).with_context(read)?;
        let bytes = file.metadata().with_context(read)?.len();
        // What is still growing is no part of the snapshot; its beginning does no harm.
        let mut reader = Counted::new(BufReader::new(file).take(bytes));
        archive.append_data(&mut entry(bytes), name, &mut reader)?;
        ensure!(
            reader.bytes == bytes,
            "{} became shorter while it was read",
            path.display()
        );
        files.insert(name.clone(), reader.entry());
    }
    let manifest = Manifest {
        header: contents.header,
        snapshot_done_at: contents.snapshot_done_at,
        snapshot: contents.snapshot,
        files,
    };
    let text = serde_json::to_vec_pretty(&manifest)?;
    archive.append_data(&mut entry(text.len() as u64), MANIFEST, text.as_slice())?;
    let digest = hex(&Sha256::digest(&text));
    archive.append_data(&mut entry(digest.len() as u64), SEAL, digest.as_bytes())?;

    let mut counted = archive.into_inner()?.finish()?.finish()?;
    counted.flush()?;
    counted.inner.get_ref().sync_all()?;
    Ok((counted.entry(), manifest))
}

/// The plain stream of a set.
fn open(path: &Path, keys: &Keys) -> anyhow::Result<Box<dyn Read>> {
    let mut file =
        File::open(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let mut start = Vec::new();
    Read::by_ref(&mut file)
        .take(AGE.len() as u64)
        .read_to_end(&mut start)?;
    let file = BufReader::with_capacity(
        1 << 20,
        File::open(path).with_context(|| format!("{} cannot be read", path.display()))?,
    );
    if start.starts_with(ZSTD) {
        return Ok(Box::new(file));
    }
    ensure!(
        start == AGE,
        "{} is no set of backup: it begins like none",
        path.display()
    );
    ensure!(
        !keys.is_empty(),
        "the set is encrypted: name its key with --backup-identity-file or --backup-passphrase-file"
    );
    let decryptor = age::Decryptor::new_buffered(file)
        .context("the set cannot be decrypted: it is cut off or damaged")?;
    match decryptor.decrypt(keys.identities()) {
        Ok(stream) => Ok(Box::new(stream)),
        Err(
            age::DecryptError::NoMatchingKeys
            | age::DecryptError::DecryptionFailed
            | age::DecryptError::KeyDecryptionFailed,
        ) => {
            bail!("the key does not open the set: it was written for another one")
        }
        Err(error) => Err(error).context("the set cannot be decrypted"),
    }
}

/// A path within a set that stays within.
fn inner(path: &Path) -> anyhow::Result<String> {
    let plain = path
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    match path.to_str() {
        Some(text) if plain && !text.is_empty() => Ok(text.to_owned()),
        _ => bail!("the set is damaged: it names {}", path.display()),
    }
}

/// Reads a set from its first byte to its last into a folder, and checks everything that it says of itself.
///
/// # Errors
/// A wrong key, a set that is newer than this program, cut off, or changed; what was written then is worth nothing.
pub(super) fn read(path: &Path, keys: &Keys, folder: &Path) -> anyhow::Result<Manifest> {
    let stream = open(path, keys)?;
    let damaged = "the set is cut off or damaged";
    let mut archive = tar::Archive::new(zstd::stream::read::Decoder::new(stream)?);
    let mut header = None::<Header>;
    let mut manifest = None::<(Manifest, String)>;
    let mut is_sealed = false;
    let mut files = BTreeMap::new();
    for found in archive.entries().context(damaged)? {
        let mut found = found.context(damaged)?;
        let name = inner(&found.path().context(damaged)?)?;
        ensure!(
            found.header().entry_type().is_file() && !is_sealed,
            "the set is damaged: it holds {name} where it should not"
        );
        match (name.as_str(), &header, &manifest) {
            (HEADER, None, None) => {
                let read: Header = serde_json::from_slice(&text(&mut found).context(damaged)?)
                    .context("the set's header cannot be read")?;
                check(&read, &known_migrations())?;
                header = Some(read);
            }
            (MANIFEST, Some(_), None) => {
                let text = text(&mut found).context(damaged)?;
                let read =
                    serde_json::from_slice(&text).context("the set's manifest cannot be read")?;
                manifest = Some((read, hex(&Sha256::digest(&text))));
            }
            (SEAL, Some(_), Some((_, digest))) => {
                let text = text(&mut found).context(damaged)?;
                ensure!(text == digest.as_bytes(), "the set's manifest was changed");
                is_sealed = true;
            }
            (_, Some(_), None) => {
                let target = folder.join(&name);
                if let Some(parent) = target.parent() {
                    std::fs::create_dir_all(parent)?;
                }
                let mut written = File::create(&target)
                    .with_context(|| format!("{} cannot be written", target.display()))?;
                let mut reader = Counted::new(&mut found);
                std::io::copy(&mut reader, &mut written).context(damaged)?;
                written.sync_all()?;
                files.insert(name, reader.entry());
            }
            _ => bail!("the set is damaged: it holds {name} where it should not"),
        }
    }
    // To the last byte: only there the encryption says that nothing is missing.
    std::io::copy(&mut archive.into_inner(), &mut std::io::sink()).context(damaged)?;
    let Some((manifest, _)) = manifest.filter(|_| is_sealed) else {
        bail!("{damaged}: its end is missing");
    };
    ensure!(
        header.as_ref() == Some(&manifest.header),
        "the set's header was changed"
    );
    for (name, said) in &manifest.files {
        match files.get(name) {
            None => bail!("the set lacks {name}"),
            Some(found) if found != said => bail!("{name} was changed after it was written"),
            Some(_) => {}
        }
    }
    if let Some(name) = files
        .keys()
        .find(|name| !manifest.files.contains_key(*name))
    {
        bail!("the set holds {name}, of which its manifest knows nothing");
    }
    Ok(manifest)
}

fn text(entry: &mut impl Read) -> std::io::Result<Vec<u8>> {
    let mut text = Vec::new();
    entry.take(MOST_TEXT).read_to_end(&mut text)?;
    Ok(text)
}
