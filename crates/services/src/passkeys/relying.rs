//! For which address passkeys are made and asked: a device answers a page of no other.

use crate::{ServiceError, ServiceResult, Services};
use domain::factors::CHALLENGE_LIFE;
use std::sync::Arc;
use webauthn_rs::prelude::{Url, Webauthn, WebauthnBuilder};

/// What devices show as whose key it is.
const NAME: &str = "Hornada";

/// The side of an installation in WebAuthn.
#[derive(Clone, Debug)]
pub(crate) struct RelyingParty {
    pub(super) webauthn: Webauthn,
    origin: String,
}

impl RelyingParty {
    /// `None` for an address of numbers: keys are bound to names.
    fn at(origin: &str) -> Option<Self> {
        let url = Url::parse(origin).ok()?;
        let name = url.domain()?.to_owned();
        let webauthn = WebauthnBuilder::new(&name, &url)
            .ok()?
            .rp_name(NAME)
            .timeout(CHALLENGE_LIFE.to_std().ok()?)
            .build()
            .ok()?;
        Some(Self {
            webauthn,
            origin: url.origin().ascii_serialization(),
        })
    }
}

impl Services {
    /// The same use cases for pages under this address (`https://NAME`): passkeys are good there and nowhere else. Under an address of
    /// numbers there are none.
    #[must_use]
    pub fn reached_at(mut self, origin: &str) -> Self {
        self.relying = RelyingParty::at(origin).map(Arc::new);
        self
    }

    /// The origin of the pages on which passkeys can be asked; none where they cannot.
    #[must_use]
    pub fn passkey_origin(&self) -> Option<&str> {
        self.relying.as_ref().map(|relying| relying.origin.as_str())
    }

    pub(super) fn relying(&self) -> ServiceResult<&RelyingParty> {
        self.relying.as_deref().ok_or_else(|| {
            ServiceError::rule(
                "passkey.off",
                "Passkeys need an address with a name. Ask whoever runs this installation.",
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::RelyingParty;

    #[test]
    fn keys_are_bound_to_the_name_of_the_address() {
        let origin = |text: &str| RelyingParty::at(text).map(|relying| relying.origin);
        assert_eq!(
            origin("https://Horno.Example").as_deref(),
            Some("https://horno.example")
        );
        assert_eq!(
            origin("http://localhost:3000").as_deref(),
            Some("http://localhost:3000")
        );
        for none in ["http://127.0.0.1:3000", "http://[::1]:3000", "horno", ""] {
            assert_eq!(origin(none), None, "{none}");
        }
    }
}
