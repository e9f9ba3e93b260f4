//! How the process is watched: the look of log lines, the address of metrics, where traces go.

use super::{Options, Secret};
use anyhow::{Context, bail};
use clap::ValueEnum;
use serde::Deserialize;
use std::collections::HashMap;
use std::net::SocketAddr;

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

/// Who is told how the process does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observe {
    /// Address of its own for `/metrics`.
    pub metrics_listen: Option<SocketAddr>,
    /// What whoever reads metrics must know; without it the main address tells them to this machine only.
    pub metrics_token: Option<Secret>,
    /// Where traces go, with the path of the protocol. Without it nothing is traced.
    pub traces: Option<String>,
    /// Headers that go with them, `name=value` separated by commas.
    pub trace_headers: Option<Secret>,
    /// Share of requests and nights that are traced, in percent.
    pub trace_percent: u8,
}

impl Observe {
    /// Completes what was chosen.
    ///
    /// # Errors
    /// When a value makes no sense.
    pub(super) fn new(options: &Options) -> anyhow::Result<Self> {
        let token = options.metrics_token.clone();
        if token.as_ref().is_some_and(|t| t.expose().len() < 16) {
            bail!("metrics_token must have at least 16 characters");
        }
        let trace_percent = options.trace_percent.unwrap_or(100);
        if trace_percent > 100 {
            bail!("trace_percent must be at most 100");
        }
        let observe = Self {
            metrics_listen: options.metrics_listen,
            metrics_token: token,
            traces: options.otlp_endpoint.as_deref().map(traces).transpose()?,
            trace_headers: options.otlp_headers.clone(),
            trace_percent,
        };
        observe.headers()?;
        Ok(observe)
    }

    /// The headers of traces, one by one.
    ///
    /// # Errors
    /// When they are not `name=value` separated by commas; the text is not repeated.
    pub fn headers(&self) -> anyhow::Result<HashMap<String, String>> {
        let Some(text) = &self.trace_headers else {
            return Ok(HashMap::new());
        };
        let pair = |part: &str| {
            let (name, value) = part.split_once('=')?;
            let (name, value) = (name.trim(), value.trim());
            let is_name = !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
            (is_name && !value.is_empty()).then(|| (name.to_lowercase(), value.to_owned()))
        };
        text.expose()
            .split(',')
            .map(pair)
            .collect::<Option<_>>()
            .context("otlp_headers must be name=value, separated by commas")
    }
}

/// Where the protocol wants traces below a collector's address.
fn traces(endpoint: &str) -> anyhow::Result<String> {
    let endpoint = endpoint.trim_end_matches('/');
    let host = endpoint
        .strip_prefix("http://")
        .context("otlp_endpoint must be http://HOST:PORT of a collector nearby, for example http://127.0.0.1:4318")?;
    if host.is_empty() || host.contains(['?', '#', '@', ' ']) {
        bail!("otlp_endpoint must be http://HOST:PORT of a collector nearby");
    }
    if host.contains('/') {
        return Ok(endpoint.to_owned());
    }
    Ok(format!("{endpoint}/v1/traces"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observe(change: impl FnOnce(&mut Options)) -> anyhow::Result<Observe> {
        let mut options = Options::default();
        change(&mut options);
        Observe::new(&options)
    }

    #[test]
    fn nothing_is_told_to_anybody_unless_somebody_says_so() {
        let observe = observe(|_| {}).unwrap();
        assert_eq!(observe.metrics_listen, None);
        assert_eq!(observe.metrics_token, None);
        assert_eq!(observe.traces, None);
    }

    #[test]
    fn traces_go_to_the_path_of_the_protocol() {
        let to = |endpoint: &str| {
            observe(|o| o.otlp_endpoint = Some(endpoint.to_owned()))
                .ok()
                .and_then(|observe| observe.traces)
        };
        let usual = Some("http://127.0.0.1:4318/v1/traces".to_owned());
        assert_eq!(to("http://127.0.0.1:4318"), usual);
        assert_eq!(to("http://127.0.0.1:4318/"), usual);
        assert_eq!(to("http://a/b/c"), Some("http://a/b/c".to_owned()));
        for wrong in ["https://a", "a:4318", "http://", "http://user@a"] {
            assert_eq!(to(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn headers_are_read_and_a_wrong_one_is_not_repeated() {
        let with = |headers: &str| observe(|o| o.otlp_headers = Some(headers.to_owned().into()));
        let headers = with("Authorization=Basic abc=, x-tenant=7")
            .unwrap()
            .headers()
            .unwrap();
        assert_eq!(headers["authorization"], "Basic abc=");
        assert_eq!(headers["x-tenant"], "7");
        let error = format!("{:#}", with("s3cret").unwrap_err());
        assert!(!error.contains("s3cret"), "{error}");
        let shown = format!("{:?}", with("a=s3cret").unwrap());
        assert!(!shown.contains("s3cret"), "{shown}");
    }

    #[test]
    fn a_token_that_could_be_guessed_and_a_share_above_everything_are_refused() {
        assert!(observe(|o| o.metrics_token = Some("short".to_owned().into())).is_err());
        assert!(observe(|o| o.trace_percent = Some(101)).is_err());
        assert_eq!(
            observe(|o| o.trace_percent = Some(0))
                .unwrap()
                .trace_percent,
            0
        );
    }
}
