//! What must not be readable in the database, nor in a copy of it: under a key of the installation, which lies in a file and in no row.
//!
//! Secrets of authenticator apps are encrypted (XChaCha20-Poly1305, RFC 8439 with the nonce of draft-irtf-cfrg-xchacha), each bound to the
//! person whose it is. PINs and recovery codes, which are short, go through HMAC-SHA-256 under the key before they are hashed or kept:
//! without the key nobody can try them all.

use crate::{ServiceError, ServiceResult};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use uuid::Uuid;

/// The file of the key in the data folder, where the operator names no other.
pub const KEY_FILE: &str = "secret.key";

/// Bytes of a nonce.
const NONCE: usize = 24;

/// With what every sealed text begins; a later form begins otherwise.
const FORM: &str = "1";

/// The key, read when it is first needed; made then where there is none.
pub struct Vault {
    file: PathBuf,
    key: OnceLock<[u8; 32]>,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vault")
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn parse(text: &str) -> Option<[u8; 32]> {
    let text = text.trim();
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut key = [0; 32];
    for (at, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(key)
}

/// HMAC-SHA-256 over parts, each with its length before it.
fn mac(key: &[u8], parts: &[&[u8]]) -> ServiceResult<[u8; 32]> {
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key)
        .map_err(|e| ServiceError::Internal(format!("the key of the installation: {e}")))?;
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    Ok(mac.finalize().into_bytes().into())
}

impl Vault {
    /// Under the key in this file.
    pub(crate) fn new(file: PathBuf) -> Self {
        Self {
            file,
            key: OnceLock::new(),
        }
    }

    fn unusable(&self, what: &str) -> ServiceError {
        ServiceError::Internal(format!("the key in {} {what}", self.file.display()))
    }

    fn key(&self) -> ServiceResult<&[u8; 32]> {
        if let Some(key) = self.key.get() {
            return Ok(key);
        }
        let key = match self.read()? {
            Some(key) => key,
            None => self.make()?,
        };
        Ok(self.key.get_or_init(|| key))
    }

    fn read(&self) -> ServiceResult<Option<[u8; 32]>> {
        match std::fs::read_to_string(&self.file) {
            Ok(text) => parse(&text)
                .map(Some)
                .ok_or_else(|| self.unusable("is not 64 hexadecimal digits")),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.unusable(&format!("cannot be read: {error}"))),
        }
    }

    /// A key of chance, whole or not at all. Of two processes that make one at the same moment both take the first.
    fn make(&self) -> ServiceResult<[u8; 32]> {
        let folder = self.file.parent().unwrap_or(Path::new("."));
        let draft = folder.join(format!(".{}.{}", KEY_FILE, Uuid::now_v7()));
        let made = rand::random::<[u8; 32]>();
        let written = write_private(&draft, &hex(&made))
            // A link, unlike a new name, takes the place of nothing.
            .and_then(|()| std::fs::hard_link(&draft, &self.file));
        // What is left of a draft is nobody's.
        let _ = std::fs::remove_file(&draft);
        match written {
            Ok(()) => Ok(made),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => self
                .read()?
                .ok_or_else(|| self.unusable("was there and is gone")),
            Err(error) => Err(self.unusable(&format!("cannot be made: {error}"))),
        }
    }

    fn cipher(&self) -> ServiceResult<XChaCha20Poly1305> {
        let own = mac(self.key()?, &[b"seal"])?;
        XChaCha20Poly1305::new_from_slice(&own)
            .map_err(|e| ServiceError::Internal(format!("the key of the installation: {e}")))
    }

    /// A few letters by which a key is told from others, and which say nothing of it.
    fn mark(&self) -> ServiceResult<String> {
        Ok(hex(&mac(self.key()?, &[b"mark"])?[..4]))
    }

    /// Encrypts what belongs to a person.
    pub(crate) fn seal(&self, owner: Uuid, plain: &[u8]) -> ServiceResult<String> {
        let nonce = rand::random::<[u8; NONCE]>();
        let payload = Payload {
            msg: plain,
            aad: owner.as_bytes(),
        };
        let sealed = self
            .cipher()?
            .encrypt(XNonce::from_slice(&nonce), payload)
            .map_err(|_| ServiceError::Internal("nothing could be encrypted".into()))?;
        let mut bytes = nonce.to_vec();
        bytes.extend(sealed);
        let (mark, text) = (self.mark()?, STANDARD_NO_PAD.encode(bytes));
        Ok(format!("{FORM}.{mark}.{text}"))
    }

    /// Decrypts what [`Vault::seal`] made for the same person.
    pub(crate) fn open(&self, owner: Uuid, sealed: &str) -> ServiceResult<Vec<u8>> {
        let damaged = || ServiceError::Internal("a sealed secret is damaged".into());
        let mut parts = sealed.splitn(3, '.');
        let (form, mark, text) = (parts.next(), parts.next(), parts.next());
        if form != Some(FORM) {
            return Err(damaged());
        }
        if mark != Some(self.mark()?.as_str()) {
            return Err(self.unusable("is not the one under which this secret was kept"));
        }
        let bytes = STANDARD_NO_PAD
            .decode(text.unwrap_or_default())
            .map_err(|_| damaged())?;
        let (nonce, rest) = bytes.split_at_checked(NONCE).ok_or_else(damaged)?;
        let payload = Payload {
            msg: rest,
            aad: owner.as_bytes(),
        };
        self.cipher()?
            .decrypt(XNonce::from_slice(nonce), payload)
            .map_err(|_| damaged())
    }

    /// What is kept of a short secret of a person: nothing can be tried against it without the key.
    pub(crate) fn keyed(&self, purpose: &str, owner: Uuid, text: &str) -> ServiceResult<String> {
        let key = self.key()?;
        let parts: [&[u8]; 4] = [
            b"keyed",
            purpose.as_bytes(),
            owner.as_bytes(),
            text.as_bytes(),
        ];
        Ok(hex(&mac(key, &parts)?))
    }
}

/// Writes a file that nobody but its owner can read.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> PathBuf {
        let folder = std::env::temp_dir().join(format!("hornada-vault-{}", Uuid::now_v7()));
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn what_is_sealed_opens_for_its_owner_under_its_key_alone() {
        let folder = folder();
        let file = folder.join(KEY_FILE);
        let (owner, other) = (Uuid::now_v7(), Uuid::now_v7());
        let sealed = Vault::new(file.clone()).seal(owner, b"secret").unwrap();
        assert!(!sealed.contains("secret"));
        // Another process reads the same key.
        let again = Vault::new(file.clone());
        assert_eq!(again.open(owner, &sealed).unwrap(), b"secret");
        assert!(again.open(other, &sealed).is_err());
        assert_ne!(again.seal(owner, b"secret").unwrap(), sealed);
        let stranger = Vault::new(folder.join("other.key"));
        let refused = stranger.open(owner, &sealed).unwrap_err().to_string();
        assert!(refused.contains("is not the one"), "{refused}");
        for damaged in ["", "1", "2.x.y", &sealed[..sealed.len() - 2]] {
            assert!(again.open(owner, damaged).is_err(), "{damaged}");
        }
        let keyed = again.keyed("pin", owner, "2580").unwrap();
        assert_ne!(keyed, again.keyed("pin", other, "2580").unwrap());
        assert_ne!(keyed, again.keyed("code", owner, "2580").unwrap());
        assert_ne!(keyed, stranger.keyed("pin", owner, "2580").unwrap());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(&file).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_file_that_holds_no_key_is_a_fault_and_is_left_alone() {
        let folder = folder();
        let file = folder.join(KEY_FILE);
        std::fs::write(&file, "not a key").unwrap();
        assert!(Vault::new(file.clone()).seal(Uuid::now_v7(), b"x").is_err());
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "not a key");
        std::fs::remove_dir_all(folder).unwrap();
    }
}
