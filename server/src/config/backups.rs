//! What an operator may choose about backups.

use super::{Options, Secret};
use anyhow::{Context, bail};
use chrono::NaiveTime;
use std::path::PathBuf;

/// Sets of backup that are kept where nobody said otherwise.
const KEEP: usize = 14;

/// Where to, when, and under which key sets of backup are taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backups {
    /// Folder or address.
    pub to: Option<String>,
    /// Time of day, UTC, of the clock's backup.
    pub at: Option<NaiveTime>,
    /// Sets that are kept.
    pub keep: usize,
    /// Public key of age.
    pub recipient: Option<String>,
    /// File of private keys of age.
    pub identity_file: Option<PathBuf>,
    pub passphrase: Option<Secret>,
    pub passphrase_file: Option<PathBuf>,
    /// Whether sets that everybody can read are meant.
    pub unencrypted: bool,
}

impl Backups {
    /// What was chosen, with defaults.
    ///
    /// # Errors
    /// When a value makes no sense.
    pub(super) fn new(options: &Options) -> anyhow::Result<Self> {
        let at = options
            .backup_at
            .as_deref()
            .map(|text| {
                NaiveTime::parse_from_str(text, "%H:%M").with_context(|| {
                    format!("backup_at must be a time of day as 02:30, not {text:?}")
                })
            })
            .transpose()?;
        if at.is_some() && options.backup_to.is_none() {
            bail!("backup_at says when, and nothing says where to: set backup_to");
        }
        let sources = [
            options.backup_recipient.is_some(),
            options.backup_passphrase.is_some(),
            options.backup_passphrase_file.is_some(),
        ];
        if sources.into_iter().filter(|given| *given).count() > 1 {
            bail!(
                "give one of backup_recipient, backup_passphrase and backup_passphrase_file, not several"
            );
        }
        Ok(Self {
            to: options.backup_to.clone(),
            at,
            keep: options
                .backup_keep
                .map_or(KEEP, |keep| keep.max(1) as usize),
            recipient: options.backup_recipient.clone(),
            identity_file: options.backup_identity_file.clone(),
            passphrase: options.backup_passphrase.clone(),
            passphrase_file: options.backup_passphrase_file.clone(),
            unencrypted: options.backup_unencrypted.unwrap_or(false),
        })
    }
}
