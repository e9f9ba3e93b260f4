//! Under which key a set is written, and with which keys one is read. Keys are never printed and never part of an error.

use crate::config::Backups;
use age::secrecy::SecretString;
use anyhow::{Context, anyhow, bail};
use std::path::Path;

/// Work that is spent at most on a passphrase: 2 to the power of this. A file that asks for more is refused.
const MOST_SCRYPT_WORK: u8 = 22;

/// Under which key a set is written.
pub enum Seal {
    /// None: everybody can read it. Only where the operator says so.
    Open,
    Recipient(age::x25519::Recipient),
    Passphrase(SecretString),
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Open => "Seal::Open",
            Self::Recipient(_) => "Seal::Recipient",
            Self::Passphrase(_) => "Seal::Passphrase",
        })
    }
}

impl Seal {
    /// What the configuration asks for.
    ///
    /// # Errors
    /// When it names no key and does not say that none is meant, or names one that is none.
    pub fn of(config: &Backups) -> anyhow::Result<Self> {
        if let Some(text) = &config.recipient {
            let recipient = text
                .trim()
                .parse::<age::x25519::Recipient>()
                .map_err(|why| {
                    anyhow!("backup_recipient is no public key of age (age1...): {why}")
                })?;
            return Ok(Self::Recipient(recipient));
        }
        match passphrase(config)? {
            Some(passphrase) => Ok(Self::Passphrase(passphrase)),
            None if config.unencrypted => Ok(Self::Open),
            None => bail!(
                "no key for the backup: set backup_recipient (the public key of an age identity) or backup_passphrase_file; a backup that everybody can read needs --backup-unencrypted"
            ),
        }
    }

    /// Whether what is written can be read with a key alone.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        !matches!(self, Self::Open)
    }

    /// What writes the header of an encrypted set; nothing for an open one.
    ///
    /// # Errors
    /// The library's.
    pub(super) fn encryptor(self) -> anyhow::Result<Option<age::Encryptor>> {
        Ok(match self {
            Self::Open => None,
            Self::Recipient(recipient) => {
                let recipients = std::iter::once(&recipient as &dyn age::Recipient);
                Some(age::Encryptor::with_recipients(recipients)?)
            }
            Self::Passphrase(passphrase) => Some(age::Encryptor::with_user_passphrase(passphrase)),
        })
    }
}

/// The keys with which sets are read.
#[derive(Default)]
pub struct Keys(Vec<Box<dyn age::Identity + Send>>);

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keys({})", self.0.len())
    }
}

impl Keys {
    /// Every key that the configuration names; none is no fault until a set asks for one.
    ///
    /// # Errors
    /// A file that cannot be read or holds no key.
    pub fn of(config: &Backups) -> anyhow::Result<Self> {
        let mut keys: Vec<Box<dyn age::Identity + Send>> = Vec::new();
        if let Some(file) = &config.identity_file {
            let text = read(file)?;
            for line in text.lines().map(str::trim) {
                if line.is_empty() || line.starts_with('#') {
                    continue;
                }
                let identity = line.parse::<age::x25519::Identity>().map_err(|why| {
                    anyhow!(
                        "{} holds a line that is no private key of age: {why}",
                        file.display()
                    )
                })?;
                keys.push(Box::new(identity));
            }
            if keys.is_empty() {
                bail!("{} holds no private key of age", file.display());
            }
        }
        if let Some(passphrase) = passphrase(config)? {
            let mut identity = age::scrypt::Identity::new(passphrase);
            identity.set_max_work_factor(MOST_SCRYPT_WORK);
            keys.push(Box::new(identity));
        }
        Ok(Self(keys))
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn identities(&self) -> impl Iterator<Item = &dyn age::Identity> {
        self.0.iter().map(|key| &**key as &dyn age::Identity)
    }
}

fn read(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))
}

fn passphrase(config: &Backups) -> anyhow::Result<Option<SecretString>> {
    let text = match (&config.passphrase, &config.passphrase_file) {
        (Some(secret), _) => secret.expose().to_owned(),
        (None, Some(file)) => read(file)?.lines().next().unwrap_or_default().to_owned(),
        (None, None) => return Ok(None),
    };
    if text.is_empty() {
        bail!("the passphrase of backups is empty");
    }
    Ok(Some(SecretString::from(text)))
}
