//! What an operator may choose about webhooks.

use super::Options;
use std::net::IpAddr;

/// Which addresses webhooks may have, besides https on its usual port of the public internet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhooks {
    /// Whether http is allowed beside https.
    pub plain: bool,
    pub ports: Vec<u16>,
    /// Addresses inside that may be called all the same.
    pub inside: Vec<IpAddr>,
}

impl Webhooks {
    /// What was chosen, with defaults.
    pub(super) fn new(options: &Options) -> Self {
        let plain = options.webhook_plain.unwrap_or(false);
        let usual = if plain { vec![80, 443] } else { vec![443] };
        Self {
            plain,
            ports: options.webhook_ports.clone().unwrap_or(usual),
            inside: options.webhook_inside.clone().unwrap_or_default(),
        }
    }
}
