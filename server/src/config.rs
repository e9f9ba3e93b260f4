//! What an operator may choose: flags over `HORNADA_*` variables over one TOML file over defaults.
//!
//! Strict: a key that is not known, in the file or in the environment, is refused. Secrets are never printed.

mod backups;

use crate::jobs::artifacts::KEEP_MODELS;
use crate::jobs::model_store::ModelStore;
use anyhow::{Context, bail};
pub use backups::Backups;
use chrono::TimeDelta;
use clap::{Args, ValueEnum};
use forecast::{Compute, TrainConfig};
use serde::Deserialize;
use services::sessions::SessionLifetime;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Variables that are no options: the password of `hornada user`, and those of the development tools.
const FOREIGN_VARIABLES: &[&str] = &[
    "HORNADA_PASSWORD",
    "HORNADA_CHROMIUM",
    "HORNADA_BINARY",
    "HORNADA_SITE",
    "HORNADA_SHARED",
];
const FOREIGN_PREFIX: &str = "HORNADA_TEST_";

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, for machines.
    Json,
}

/// A text that is never printed.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// The text itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl std::str::FromStr for Secret {
    type Err = std::convert::Infallible;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// Everything that can be chosen. The same names stand in the file (with underscores), in the environment (upper case
/// after `HORNADA_`) and on the command line (with dashes).
#[derive(Clone, Debug, Default, PartialEq, Eq, Args, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[command(next_help_heading = "Options of every command")]
pub struct Options {
    /// Folder of database, uploads and models [default: data]
    #[arg(
        long,
        global = true,
        env = "HORNADA_DATA",
        value_name = "DIR",
        hide_env_values = true
    )]
    pub data: Option<PathBuf>,
    /// `sqlite://FILE` or `postgres://...`; `DATABASE_URL` is honoured too [default: a SQLite file in the data folder]
    #[arg(
        long,
        global = true,
        env = "HORNADA_DATABASE_URL",
        value_name = "URL",
        hide_env_values = true
    )]
    pub database_url: Option<Secret>,
    /// Address to serve on; port 0 takes a free one [default: 127.0.0.1:3000]
    #[arg(
        long,
        global = true,
        env = "HORNADA_LISTEN",
        value_name = "ADDR",
        hide_env_values = true
    )]
    pub listen: Option<SocketAddr>,
    /// Folder of the browser's files [default: site beside the program, else target/site]
    #[arg(
        long,
        global = true,
        env = "HORNADA_SITE_ROOT",
        value_name = "DIR",
        hide_env_values = true
    )]
    pub site_root: Option<PathBuf>,
    /// Address that people type, for example https://hornada.example [default: whatever the Host header says]
    #[arg(
        long,
        global = true,
        env = "HORNADA_PUBLIC_ORIGIN",
        value_name = "URL",
        hide_env_values = true
    )]
    pub public_origin: Option<String>,
    /// Send the session cookie over TLS only [default: true when the public origin is https]
    #[arg(long, global = true, env = "HORNADA_SECURE_COOKIE", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", hide_env_values = true)]
    pub secure_cookie: Option<bool>,
    /// A session ends after so many minutes without a request [default: 720]
    #[arg(long, global = true, env = "HORNADA_SESSION_IDLE_MINUTES", value_name = "N", value_parser = clap::value_parser!(u32).range(1..=525_600), hide_env_values = true)]
    pub session_idle_minutes: Option<u32>,
    /// A session ends after so many hours in any case [default: 168]
    #[arg(long, global = true, env = "HORNADA_SESSION_HOURS", value_name = "N", value_parser = clap::value_parser!(u32).range(1..=8_760), hide_env_values = true)]
    pub session_hours: Option<u32>,
    /// Addresses of proxies whose X-Forwarded-For is believed, separated by commas [default: none]
    #[arg(
        long,
        global = true,
        env = "HORNADA_TRUSTED_PROXIES",
        value_name = "IP",
        value_delimiter = ',',
        hide_env_values = true
    )]
    pub trusted_proxies: Option<Vec<IpAddr>>,
    /// What is logged, in tracing's filter language [default: info]
    #[arg(
        long,
        global = true,
        env = "HORNADA_LOG",
        value_name = "FILTER",
        hide_env_values = true
    )]
    pub log: Option<String>,
    /// How log lines look [default: text]
    #[arg(
        long,
        global = true,
        env = "HORNADA_LOG_FORMAT",
        value_name = "FORMAT",
        value_enum,
        hide_env_values = true
    )]
    pub log_format: Option<LogFormat>,
    /// Largest upload that is taken, in mebibytes [default: 1024]
    #[arg(long, global = true, env = "HORNADA_UPLOAD_LIMIT_MIB", value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_048_576), hide_env_values = true)]
    pub upload_limit_mib: Option<u64>,
    /// An answer that takes longer is given up, in seconds; uploads and live streams are not meant [default: 30]
    #[arg(long, global = true, env = "HORNADA_REQUEST_TIMEOUT_SECONDS", value_name = "N", value_parser = clap::value_parser!(u64).range(1..=3_600), hide_env_values = true)]
    pub request_timeout_seconds: Option<u64>,
    /// So long a stopping server waits for requests under way, in seconds [default: 20]
    #[arg(long, global = true, env = "HORNADA_SHUTDOWN_SECONDS", value_name = "N", value_parser = clap::value_parser!(u64).range(0..=3_600), hide_env_values = true)]
    pub shutdown_seconds: Option<u64>,
    /// Whether `serve` also runs the jobs [default: true]
    #[arg(long, global = true, env = "HORNADA_JOBS", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", hide_env_values = true)]
    pub jobs: Option<bool>,
    /// Artifacts of so many model versions are kept, besides what serves [default: 10]
    #[arg(long, global = true, env = "HORNADA_KEEP_MODELS", value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000), hide_env_values = true)]
    pub keep_models: Option<u32>,
    /// Address of an object store that keeps models too: file:///DIR, in programs built with the feature cloud also s3://BUCKET/PREFIX, az:// and gs:// [default: none]
    #[arg(
        long,
        global = true,
        env = "HORNADA_MODEL_STORE",
        value_name = "URL",
        hide_env_values = true
    )]
    pub model_store: Option<String>,
    /// What trains the networks: cpu, or gpu in programs built with the feature gpu [default: cpu]
    #[arg(
        long,
        global = true,
        env = "HORNADA_TRAINING_DEVICE",
        value_name = "DEVICE",
        hide_env_values = true
    )]
    pub training_device: Option<Compute>,
    /// Folder or address (s3://BUCKET/PREFIX and the like) of sets of backup [default: none]
    #[arg(long, global = true, env = "HORNADA_BACKUP_TO", value_name = "PLACE", value_parser = clap::value_parser!(String), hide_env_values = true)]
    pub backup_to: Option<String>,
    /// Time of day, UTC, at which a backup is taken, HH:MM [default: only when asked for]
    #[arg(long, global = true, env = "HORNADA_BACKUP_AT", value_name = "HH:MM", value_parser = clap::value_parser!(String), hide_env_values = true)]
    pub backup_at: Option<String>,
    /// So many sets of backup are kept [default: 14]
    #[arg(long, global = true, env = "HORNADA_BACKUP_KEEP", value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000), hide_env_values = true)]
    pub backup_keep: Option<u32>,
    /// Public key of age (age1...) for which backups are encrypted
    #[arg(long, global = true, env = "HORNADA_BACKUP_RECIPIENT", value_name = "KEY", value_parser = clap::value_parser!(String), hide_env_values = true)]
    pub backup_recipient: Option<String>,
    /// File of private keys of age with which backups are read
    #[arg(long, global = true, env = "HORNADA_BACKUP_IDENTITY_FILE", value_name = "FILE", value_parser = clap::value_parser!(PathBuf), hide_env_values = true)]
    pub backup_identity_file: Option<PathBuf>,
    /// Passphrase of backups; better in the file or the environment than here, where every process sees it
    #[arg(long, global = true, env = "HORNADA_BACKUP_PASSPHRASE", value_name = "TEXT", value_parser = clap::value_parser!(Secret), hide_env_values = true)]
    pub backup_passphrase: Option<Secret>,
    /// File whose first line is the passphrase of backups
    #[arg(long, global = true, env = "HORNADA_BACKUP_PASSPHRASE_FILE", value_name = "FILE", value_parser = clap::value_parser!(PathBuf), hide_env_values = true)]
    pub backup_passphrase_file: Option<PathBuf>,
    /// Take backups that everybody can read [default: false]
    #[arg(long, global = true, env = "HORNADA_BACKUP_UNENCRYPTED", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", hide_env_values = true)]
    pub backup_unencrypted: Option<bool>,
}

impl Options {
    /// Reads a file of options.
    ///
    /// # Errors
    /// When it cannot be read, is no TOML, or names a key that does not exist.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("the configuration {} cannot be read", path.display()))?;
        Self::parse(&text).with_context(|| format!("the configuration {} is wrong", path.display()))
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        toml::from_str(text).map_err(|error| {
            // The whole message would quote the line, and with it perhaps a password.
            let line = error
                .span()
                .map_or(0, |span| text[..span.start].matches('\n').count() + 1);
            anyhow::anyhow!("line {line}: {}", error.message())
        })
    }

    /// These options, and where they say nothing, those.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            data: self.data.or(other.data),
            database_url: self.database_url.or(other.database_url),
            listen: self.listen.or(other.listen),
            site_root: self.site_root.or(other.site_root),
            public_origin: self.public_origin.or(other.public_origin),
            secure_cookie: self.secure_cookie.or(other.secure_cookie),
            session_idle_minutes: self.session_idle_minutes.or(other.session_idle_minutes),
            session_hours: self.session_hours.or(other.session_hours),
            trusted_proxies: self.trusted_proxies.or(other.trusted_proxies),
            log: self.log.or(other.log),
            log_format: self.log_format.or(other.log_format),
            upload_limit_mib: self.upload_limit_mib.or(other.upload_limit_mib),
            request_timeout_seconds: self
                .request_timeout_seconds
                .or(other.request_timeout_seconds),
            shutdown_seconds: self.shutdown_seconds.or(other.shutdown_seconds),
            jobs: self.jobs.or(other.jobs),
            keep_models: self.keep_models.or(other.keep_models),
            model_store: self.model_store.or(other.model_store),
            training_device: self.training_device.or(other.training_device),
            backup_to: self.backup_to.or(other.backup_to),
            backup_at: self.backup_at.or(other.backup_at),
            backup_keep: self.backup_keep.or(other.backup_keep),
            backup_recipient: self.backup_recipient.or(other.backup_recipient),
            backup_identity_file: self.backup_identity_file.or(other.backup_identity_file),
            backup_passphrase: self.backup_passphrase.or(other.backup_passphrase),
            backup_passphrase_file: self.backup_passphrase_file.or(other.backup_passphrase_file),
            backup_unencrypted: self.backup_unencrypted.or(other.backup_unencrypted),
        }
    }
}

/// What was chosen, complete and checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    pub data: PathBuf,
    pub database_url: Secret,
    pub listen: SocketAddr,
    pub site_root: PathBuf,
    /// Without a slash at its end.
    pub public_origin: Option<String>,
    pub secure_cookie: bool,
    pub session: SessionLifetime,
    pub trusted_proxies: Vec<IpAddr>,
    pub log: String,
    pub log_format: LogFormat,
    pub upload_limit_bytes: u64,
    pub request_timeout: Duration,
    pub shutdown: Duration,
    pub jobs: bool,
    /// Model versions whose artifacts are kept.
    pub keep_models: usize,
    /// Where models are kept besides the data folder.
    pub model_store: Option<String>,
    pub training_device: Compute,
    pub backups: Backups,
    /// A refused sign-in is answered after this and not before, so that its duration tells nothing. Not an option.
    pub sign_in_floor: Duration,
}

impl Config {
    /// Completes options with defaults. `database_url` is the value of `DATABASE_URL`, which yields to ours.
    ///
    /// # Errors
    /// When a value makes no sense.
    pub fn new(options: Options, database_url: Option<String>) -> anyhow::Result<Self> {
        let backups = Backups::new(&options)?;
        let data = options.data.unwrap_or_else(|| PathBuf::from("data"));
        let database_url = options
            .database_url
            .or(database_url.filter(|url| !url.is_empty()).map(Secret::from))
            .unwrap_or_else(|| Secret(format!("sqlite://{}", data.join("hornada.db").display())));
        if !["sqlite:", "postgres://", "postgresql://"]
            .iter()
            .any(|start| database_url.0.starts_with(start))
        {
            bail!("database_url must start with sqlite:// or postgres://");
        }
        let public_origin = options
            .public_origin
            .map(|o| o.trim_end_matches('/').to_owned());
        if let Some(origin) = &public_origin {
            let host = origin
                .strip_prefix("https://")
                .or_else(|| origin.strip_prefix("http://"));
            if host.is_none_or(|host| host.is_empty() || host.contains(['/', '?', '#', '@', ' '])) {
                bail!("public_origin must be http(s)://HOST[:PORT] without a path");
            }
        }
        let secure = public_origin
            .as_ref()
            .is_some_and(|o| o.starts_with("https://"));
        let idle = TimeDelta::minutes(i64::from(options.session_idle_minutes.unwrap_or(720)));
        let absolute = TimeDelta::hours(i64::from(options.session_hours.unwrap_or(168)));
        let upload_mib = options.upload_limit_mib.unwrap_or(1_024);
        if idle.is_zero() || absolute.is_zero() || upload_mib == 0 {
            bail!("session_idle_minutes, session_hours and upload_limit_mib must be at least 1");
        }
        Ok(Self {
            site_root: options.site_root.unwrap_or_else(default_site_root),
            data,
            database_url,
            listen: options
                .listen
                .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 3_000))),
            public_origin,
            secure_cookie: options.secure_cookie.unwrap_or(secure),
            session: SessionLifetime { idle, absolute },
            trusted_proxies: options.trusted_proxies.unwrap_or_default(),
            log: options.log.unwrap_or_else(|| "info".to_owned()),
            log_format: options.log_format.unwrap_or_default(),
            upload_limit_bytes: upload_mib.saturating_mul(1_024 * 1_024),
            request_timeout: Duration::from_secs(options.request_timeout_seconds.unwrap_or(30)),
            shutdown: Duration::from_secs(options.shutdown_seconds.unwrap_or(20)),
            jobs: options.jobs.unwrap_or(true),
            keep_models: options
                .keep_models
                .map_or(KEEP_MODELS, |n| n.max(1) as usize),
            model_store: options.model_store,
            training_device: options.training_device.unwrap_or_default(),
            backups,
            sign_in_floor: Duration::from_millis(400),
        })
    }

    /// Where models are kept besides the data folder.
    ///
    /// # Errors
    /// An address that is none, or of a store that this program was not built for.
    pub fn models(&self) -> anyhow::Result<ModelStore> {
        match &self.model_store {
            Some(address) => ModelStore::open(address),
            None => Ok(ModelStore::default()),
        }
    }

    /// How nights train, before what a search found.
    #[must_use]
    pub fn training(&self) -> TrainConfig {
        TrainConfig {
            device: self.training_device,
            ..TrainConfig::default()
        }
    }

    /// The database's address without its password.
    #[must_use]
    pub fn database_shown(&self) -> String {
        let url = self.database_url.expose();
        match url
            .split_once("://")
            .and_then(|(scheme, rest)| Some((scheme, rest.rsplit_once('@')?)))
        {
            Some((scheme, (user, host))) => {
                let name = user.split(':').next().unwrap_or_default();
                format!(
                    "{scheme}://{name}:***@{}",
                    host.split('?').next().unwrap_or_default()
                )
            }
            None => url.split('?').next().unwrap_or_default().to_owned(),
        }
    }
}

fn default_site_root() -> PathBuf {
    let beside = std::env::current_exe()
        .ok()
        .and_then(|exe| Some(exe.parent()?.join("site")));
    beside
        .filter(|folder| folder.is_dir())
        .unwrap_or_else(|| PathBuf::from("target/site"))
}

/// Refuses variables with our prefix that nothing reads: most often a name that was mistyped.
///
/// # Errors
/// Naming the variable.
pub fn check_environment(
    names: impl Iterator<Item = String>,
    known: &[&str],
) -> anyhow::Result<()> {
    for name in names {
        let ours = name.starts_with("HORNADA_") && !name.starts_with(FOREIGN_PREFIX);
        if ours && !known.contains(&name.as_str()) && !FOREIGN_VARIABLES.contains(&name.as_str()) {
            bail!(
                "the environment sets {name}, which no option reads; see hornada --help for the names"
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
