//! What an operator may choose: flags over `HORNADA_*` variables over one TOML file over defaults.
//!
//! Strict: a key that is not known, in the file or in the environment, is refused. Secrets are never printed.

mod backups;
mod mail;
mod observe;
mod options;
mod single_sign_on;
mod webhooks;

use crate::jobs::artifacts::KEEP_MODELS;
use crate::jobs::model_store::ModelStore;
use crate::web::cors;
use anyhow::bail;
pub use backups::Backups;
use chrono::TimeDelta;
use forecast::{Compute, TrainConfig};
use serde::Deserialize;
use services::Terms;
use services::sessions::SessionLifetime;
use services::{Db, Services};
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

pub use mail::Mail;
pub use observe::{LogFormat, Observe};
pub use options::Options;
pub use single_sign_on::SignOnAddresses;
pub use webhooks::Webhooks;

/// Variables that are no options: the password of `hornada user`, and those of the development tools.
const FOREIGN_VARIABLES: &[&str] = &[
    "HORNADA_PASSWORD",
    "HORNADA_CHROMIUM",
    "HORNADA_BINARY",
    "HORNADA_SITE",
    "HORNADA_SHARED",
    "HORNADA_WRITE_ACCESS_MATRIX",
];
const FOREIGN_PREFIX: &str = "HORNADA_TEST_";

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

/// What was chosen, complete and checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    pub data: PathBuf,
    pub database_url: Secret,
    /// Where the key of the installation lies; in the data folder where nothing is said.
    pub secret_key_file: Option<PathBuf>,
    pub listen: SocketAddr,
    pub site_root: PathBuf,
    /// Without a slash at its end.
    pub public_origin: Option<String>,
    pub secure_cookie: bool,
    pub session: SessionLifetime,
    pub trusted_proxies: Vec<IpAddr>,
    pub api_rate_per_minute: NonZeroU32,
    pub cors_origins: Vec<String>,
    pub log: String,
    pub log_format: LogFormat,
    pub upload_limit_bytes: u64,
    pub request_timeout: Duration,
    pub shutdown: Duration,
    pub jobs: bool,
    /// Whether the API is described to everybody.
    pub api_docs: bool,
    /// What holds for organizations: who may make one, and how long a deleted one waits.
    pub terms: Terms,
    /// Model versions whose artifacts are kept.
    pub keep_models: usize,
    /// Where models are kept besides the data folder.
    pub model_store: Option<String>,
    pub training_device: Compute,
    pub backups: Backups,
    pub mail: Mail,
    pub webhooks: Webhooks,
    pub single_sign_on: SignOnAddresses,
    pub observe: Observe,
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
        let mail = Mail::new(&options)?;
        let webhooks = Webhooks::new(&options);
        let single_sign_on = SignOnAddresses::new(&options);
        let observe = Observe::new(&options)?;
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
        let cors_origins = options.cors_origins.unwrap_or_default();
        cors::check(&cors_origins)?;
        Ok(Self {
            site_root: options.site_root.unwrap_or_else(default_site_root),
            data,
            database_url,
            secret_key_file: options.secret_key_file,
            listen: options
                .listen
                .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 3_000))),
            public_origin,
            secure_cookie: options.secure_cookie.unwrap_or(secure),
            session: SessionLifetime { idle, absolute },
            trusted_proxies: options.trusted_proxies.unwrap_or_default(),
            // From a file it may be 0, which is as little as can be.
            api_rate_per_minute: NonZeroU32::new(options.api_rate_per_minute.unwrap_or(100))
                .unwrap_or(NonZeroU32::MIN),
            cors_origins,
            log: options.log.unwrap_or_else(|| "info".to_owned()),
            log_format: options.log_format.unwrap_or_default(),
            upload_limit_bytes: upload_mib.saturating_mul(1_024 * 1_024),
            request_timeout: Duration::from_secs(options.request_timeout_seconds.unwrap_or(30)),
            shutdown: Duration::from_secs(options.shutdown_seconds.unwrap_or(20)),
            jobs: options.jobs.unwrap_or(true),
            api_docs: options.api_docs.unwrap_or(true),
            terms: Terms {
                open_sign_up: options.open_sign_up.unwrap_or(false),
                deletion_waiting: TimeDelta::days(i64::from(
                    // From a file it may be anything.
                    options.deletion_days.unwrap_or(30).clamp(1, 365),
                )),
            },
            keep_models: options
                .keep_models
                .map_or(KEEP_MODELS, |n| n.max(1) as usize),
            model_store: options.model_store,
            training_device: options.training_device.unwrap_or_default(),
            backups,
            mail,
            webhooks,
            single_sign_on,
            observe,
            sign_in_floor: Duration::from_millis(400),
        })
    }

    /// The use cases over a database, with this data folder, under these terms and with this key.
    #[must_use]
    pub fn services(&self, db: Db) -> Services {
        let services = Services::new(db, self.data.clone()).under(self.terms);
        match &self.secret_key_file {
            Some(file) => services.with_secret_key(file.clone()),
            None => services,
        }
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

    /// The address under which people reach the product, for links in mails: never taken from a request, whose sender chooses its `Host`.
    #[must_use]
    pub fn origin(&self) -> String {
        self.public_origin.clone().unwrap_or_else(|| {
            let mut listen = self.listen;
            if listen.ip().is_unspecified() {
                listen.set_ip(IpAddr::from([127, 0, 0, 1]));
            }
            format!("http://{listen}")
        })
    }

    /// The origin of the pages on which passkeys are good. Without a public address it is this machine's by its name: keys are bound to names,
    /// and browsers take this one without TLS.
    #[must_use]
    pub fn passkey_origin(&self) -> String {
        self.public_origin
            .clone()
            .unwrap_or_else(|| format!("http://localhost:{}", self.listen.port()))
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
