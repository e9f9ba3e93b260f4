//! What an operator may choose, as it is given: in a file, in the environment, on the command line.

use super::{LogFormat, Secret};
use anyhow::Context;
use clap::Args;
use forecast::Compute;
use serde::Deserialize;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

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
    /// File of the key under which secrets of second factors are kept in the database, 64 hexadecimal digits; made where it is missing [default: secret.key in the data folder]
    #[arg(
        long,
        global = true,
        env = "HORNADA_SECRET_KEY_FILE",
        value_name = "FILE",
        hide_env_values = true
    )]
    pub secret_key_file: Option<PathBuf>,
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
    /// Requests a minute that a key, or a person with a token, may make, unless the key has a number of its own; the same for each address of strangers [default: 100]
    #[arg(long, global = true, env = "HORNADA_API_RATE_PER_MINUTE", value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000), hide_env_values = true)]
    pub api_rate_per_minute: Option<u32>,
    /// Origins of other sites whose pages may call /api/v1, with a key or token, separated by commas [default: none]
    #[arg(
        long,
        global = true,
        env = "HORNADA_CORS_ORIGINS",
        value_name = "ORIGIN",
        value_delimiter = ',',
        hide_env_values = true
    )]
    pub cors_origins: Option<Vec<String>>,
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
    /// Whether the description of the API and its page /docs are shown to everybody; else there is nothing there [default: true]
    #[arg(long, global = true, env = "HORNADA_API_DOCS", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", hide_env_values = true)]
    pub api_docs: Option<bool>,
    /// Whether people may ask for an organization of their own on /sign-up, without an invitation [default: false]
    #[arg(long, global = true, env = "HORNADA_OPEN_SIGN_UP", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", hide_env_values = true)]
    pub open_sign_up: Option<bool>,
    /// So many days after its people asked for it an organization is erased [default: 30]
    #[arg(long, global = true, env = "HORNADA_DELETION_DAYS", value_name = "N", value_parser = clap::value_parser!(u32).range(1..=365), hide_env_values = true)]
    pub deletion_days: Option<u32>,
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
    /// Address of its own for /metrics, for `serve` and `worker` [default: none; /metrics of the main address]
    #[arg(
        long,
        global = true,
        env = "HORNADA_METRICS_LISTEN",
        value_name = "ADDR",
        hide_env_values = true
    )]
    pub metrics_listen: Option<SocketAddr>,
    /// Token without which nobody reads /metrics [default: none; the main address tells this machine only]
    #[arg(
        long,
        global = true,
        env = "HORNADA_METRICS_TOKEN",
        value_name = "TEXT",
        hide_env_values = true
    )]
    pub metrics_token: Option<Secret>,
    /// Webhooks may also be called over http, which others on the way can read [default: false]
    #[arg(long, global = true, env = "HORNADA_WEBHOOK_PLAIN", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", hide_env_values = true)]
    pub webhook_plain: Option<bool>,
    /// Ports that webhooks may be called on, separated by commas [default: 443, and 80 with webhook_plain]
    #[arg(
        long,
        global = true,
        env = "HORNADA_WEBHOOK_PORTS",
        value_name = "PORT",
        value_delimiter = ',',
        hide_env_values = true
    )]
    pub webhook_ports: Option<Vec<u16>>,
    /// Addresses of this machine or the network behind it that webhooks may be called on all the same, separated by commas [default: none]
    #[arg(
        long,
        global = true,
        env = "HORNADA_WEBHOOK_INSIDE",
        value_name = "IP",
        value_delimiter = ',',
        hide_env_values = true
    )]
    pub webhook_inside: Option<Vec<IpAddr>>,
    /// Providers of single sign-on may also be asked over http, which others on the way can read and change [default: false]
    #[arg(long, global = true, env = "HORNADA_SINGLE_SIGN_ON_PLAIN", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", hide_env_values = true)]
    pub single_sign_on_plain: Option<bool>,
    /// Ports that providers of single sign-on may be asked on, separated by commas [default: 443, and 80 with single_sign_on_plain]
    #[arg(
        long,
        global = true,
        env = "HORNADA_SINGLE_SIGN_ON_PORTS",
        value_name = "PORT",
        value_delimiter = ',',
        hide_env_values = true
    )]
    pub single_sign_on_ports: Option<Vec<u16>>,
    /// Addresses of this machine or the network behind it that providers of single sign-on may be asked on all the same, separated by commas [default: none]
    #[arg(
        long,
        global = true,
        env = "HORNADA_SINGLE_SIGN_ON_INSIDE",
        value_name = "IP",
        value_delimiter = ',',
        hide_env_values = true
    )]
    pub single_sign_on_inside: Option<Vec<IpAddr>>,
    /// Collector that traces are sent to over OTLP, for example http://127.0.0.1:4318 [default: none, nothing is traced]
    #[arg(
        long,
        global = true,
        env = "HORNADA_OTLP_ENDPOINT",
        value_name = "URL",
        hide_env_values = true
    )]
    pub otlp_endpoint: Option<String>,
    /// Headers that go with traces, name=value separated by commas [default: none]
    #[arg(
        long,
        global = true,
        env = "HORNADA_OTLP_HEADERS",
        value_name = "TEXT",
        hide_env_values = true
    )]
    pub otlp_headers: Option<Secret>,
    /// Share of requests and nights that are traced, in percent [default: 100]
    #[arg(long, global = true, env = "HORNADA_TRACE_PERCENT", value_name = "N", value_parser = clap::value_parser!(u8).range(0..=100), hide_env_values = true)]
    pub trace_percent: Option<u8>,
    /// Mail server: smtps://USER:PASSWORD@HOST, or smtp://HOST:PORT?tls=required; a path is the name to greet with [default: none, mails are kept as files in DATA/mail]
    #[arg(long, global = true, env = "HORNADA_SMTP_URL", value_name = "URL", value_parser = clap::value_parser!(Secret), hide_env_values = true)]
    pub smtp_url: Option<Secret>,
    /// Sender of mails, for example "Hornada <no-reply@hornada.example>"; needed with a mail server
    #[arg(long, global = true, env = "HORNADA_MAIL_FROM", value_name = "ADDRESS", value_parser = clap::value_parser!(String), hide_env_values = true)]
    pub mail_from: Option<String>,
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

    pub(super) fn parse(text: &str) -> anyhow::Result<Self> {
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
            secret_key_file: self.secret_key_file.or(other.secret_key_file),
            listen: self.listen.or(other.listen),
            site_root: self.site_root.or(other.site_root),
            public_origin: self.public_origin.or(other.public_origin),
            secure_cookie: self.secure_cookie.or(other.secure_cookie),
            session_idle_minutes: self.session_idle_minutes.or(other.session_idle_minutes),
            session_hours: self.session_hours.or(other.session_hours),
            trusted_proxies: self.trusted_proxies.or(other.trusted_proxies),
            api_rate_per_minute: self.api_rate_per_minute.or(other.api_rate_per_minute),
            cors_origins: self.cors_origins.or(other.cors_origins),
            log: self.log.or(other.log),
            log_format: self.log_format.or(other.log_format),
            upload_limit_mib: self.upload_limit_mib.or(other.upload_limit_mib),
            request_timeout_seconds: self
                .request_timeout_seconds
                .or(other.request_timeout_seconds),
            shutdown_seconds: self.shutdown_seconds.or(other.shutdown_seconds),
            jobs: self.jobs.or(other.jobs),
            api_docs: self.api_docs.or(other.api_docs),
            open_sign_up: self.open_sign_up.or(other.open_sign_up),
            deletion_days: self.deletion_days.or(other.deletion_days),
            keep_models: self.keep_models.or(other.keep_models),
            model_store: self.model_store.or(other.model_store),
            training_device: self.training_device.or(other.training_device),
            metrics_listen: self.metrics_listen.or(other.metrics_listen),
            metrics_token: self.metrics_token.or(other.metrics_token),
            webhook_plain: self.webhook_plain.or(other.webhook_plain),
            webhook_ports: self.webhook_ports.or(other.webhook_ports),
            webhook_inside: self.webhook_inside.or(other.webhook_inside),
            single_sign_on_plain: self.single_sign_on_plain.or(other.single_sign_on_plain),
            single_sign_on_ports: self.single_sign_on_ports.or(other.single_sign_on_ports),
            single_sign_on_inside: self.single_sign_on_inside.or(other.single_sign_on_inside),
            otlp_endpoint: self.otlp_endpoint.or(other.otlp_endpoint),
            otlp_headers: self.otlp_headers.or(other.otlp_headers),
            trace_percent: self.trace_percent.or(other.trace_percent),
            smtp_url: self.smtp_url.or(other.smtp_url),
            mail_from: self.mail_from.or(other.mail_from),
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
