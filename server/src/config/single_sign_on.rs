//! What an operator may choose about providers of single sign-on.

use super::Options;
use std::net::IpAddr;

/// Which addresses providers may have, besides https on its usual port of the public internet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignOnAddresses {
    /// Whether http is allowed beside https.
    pub plain: bool,
    pub ports: Vec<u16>,
    /// Addresses inside that may be asked all the same.
    pub inside: Vec<IpAddr>,
}

impl SignOnAddresses {
    /// What was chosen, with defaults.
    pub(super) fn new(options: &Options) -> Self {
        let plain = options.single_sign_on_plain.unwrap_or(false);
        let usual = if plain { vec![80, 443] } else { vec![443] };
        Self {
            plain,
            ports: options.single_sign_on_ports.clone().unwrap_or(usual),
            inside: options.single_sign_on_inside.clone().unwrap_or_default(),
        }
    }
}
