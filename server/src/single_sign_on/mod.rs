//! Asking providers of OpenID Connect who somebody is: authorization code flow with PKCE, state and nonce.
//!
//! An organization's administrator types a provider's address, so everything is asked through [`crate::web::outbound`]. What a provider
//! publishes about itself, its keys among it, is remembered for ten minutes; a token by a key that is not among them has it read again.

mod metadata;
mod pending;
#[cfg(test)]
mod tests;
mod token;

pub use metadata::Metadata;
pub use pending::{PATIENCE, Pending};
pub use token::{Expected, Said, TokenError, verify};

use crate::config::SignOnAddresses;
use crate::web::outbound::{Answer, Outbound, OutboundError, Rules, system_lookup};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use jsonwebtoken::jwk::Jwk;
use moka::sync::Cache;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use services::single_sign_on::{Provider, Told};
use std::sync::Arc;
use std::time::{Duration, Instant};
use url::{Url, form_urlencoded};

/// So long a provider may take to answer.
const ANSWERED_WITHIN: Duration = Duration::from_secs(10);

const MOST_BYTES: usize = 256 * 1_024;

/// So long is remembered what a provider publishes.
const REMEMBERED: Duration = Duration::from_secs(600);

/// Providers remembered at most.
const MOST_PROVIDERS: u64 = 1_000;

/// What was read just now is not read again, whatever key a token names.
const READ_AGAIN_AFTER: Duration = Duration::from_secs(10);

/// Why somebody could not be let in by a provider.
#[derive(Debug, thiserror::Error)]
pub enum SignOnError {
    #[error("this process cannot ask providers")]
    Unable,
    #[error("the provider could not be asked")]
    Outbound(#[from] OutboundError),
    #[error("the provider answered {0} when it was asked for its {1}")]
    Status(StatusCode, &'static str),
    #[error("the provider's {0} cannot be read")]
    Unreadable(&'static str),
    #[error("the provider calls itself by another name")]
    Issuer,
    #[error("the provider names an address that is not followed")]
    Address,
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error("the provider speaks of somebody else on a second look")]
    Subject,
}

impl SignOnError {
    /// Whether the provider is out of order, as opposed to having said something that is not believed.
    #[must_use]
    pub const fn is_out_of_order(&self) -> bool {
        !matches!(self, Self::Token(_) | Self::Subject | Self::Issuer)
    }
}

/// What a provider publishes about itself.
#[derive(Debug)]
struct Known {
    metadata: Metadata,
    keys: Vec<Jwk>,
    read_at: Instant,
}

/// What the provider gives for a code.
#[derive(Deserialize)]
struct Tokens {
    id_token: String,
    #[serde(default)]
    access_token: Option<String>,
}

/// Keys one by one: one of a kind that is not known must not hide the others.
#[derive(Deserialize)]
struct Keys {
    keys: Vec<Value>,
}

/// Asks providers; cheap to clone.
#[derive(Clone)]
pub struct SignOn {
    /// Nothing where TLS cannot be set up.
    outbound: Option<Outbound>,
    plain: bool,
    known: Cache<String, Arc<Known>>,
}

impl std::fmt::Debug for SignOn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignOn").finish_non_exhaustive()
    }
}

fn json_headers() -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    headers
}

fn read<T: DeserializeOwned>(answer: &Answer, what: &'static str) -> Result<T, SignOnError> {
    if !answer.status.is_success() {
        return Err(SignOnError::Status(answer.status, what));
    }
    serde_json::from_slice(&answer.body).map_err(|_| SignOnError::Unreadable(what))
}

fn form(pairs: &[(&str, &str)]) -> Vec<u8> {
    let mut form = form_urlencoded::Serializer::new(String::new());
    for (name, value) in pairs {
        form.append_pair(name, value);
    }
    form.finish().into_bytes()
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// A header whose value is a secret and stands in no log.
fn secret_header(text: &str) -> Result<HeaderValue, SignOnError> {
    let mut value = HeaderValue::from_str(text).map_err(|_| SignOnError::Unreadable("secret"))?;
    value.set_sensitive(true);
    Ok(value)
}

impl SignOn {
    /// Asks what these addresses allow.
    #[must_use]
    pub fn new(addresses: &SignOnAddresses) -> Self {
        let rules = Rules {
            plain: addresses.plain,
            ports: addresses.ports.clone(),
            inside: addresses.inside.clone(),
            timeout: ANSWERED_WITHIN,
            most_bytes: MOST_BYTES,
        };
        let agent = concat!("hornada/", env!("CARGO_PKG_VERSION"));
        let builder = reqwest::Client::builder().user_agent(agent);
        let outbound = Outbound::new(builder, rules, system_lookup());
        Self {
            outbound: outbound
                .inspect_err(|error| {
                    tracing::error!(%error, "this process lets nobody in by single sign-on");
                })
                .ok(),
            plain: addresses.plain,
            known: Cache::builder()
                .max_capacity(MOST_PROVIDERS)
                .time_to_live(REMEMBERED)
                .build(),
        }
    }

    async fn ask(
        &self,
        method: Method,
        address: &str,
        headers: HeaderMap,
        body: Vec<u8>,
    ) -> Result<Answer, SignOnError> {
        let outbound = self.outbound.as_ref().ok_or(SignOnError::Unable)?;
        Ok(outbound.ask(method, address, headers, body).await?)
    }

    async fn read_of<T: DeserializeOwned>(
        &self,
        address: &str,
        what: &'static str,
    ) -> Result<T, SignOnError> {
        let asked = self.ask(Method::GET, address, json_headers(), Vec::new());
        read(&asked.await?, what)
    }

    /// What the provider publishes, read anew.
    async fn look(&self, issuer: &str) -> Result<Arc<Known>, SignOnError> {
        let metadata: Metadata = self
            .read_of(&metadata::address(issuer), "description")
            .await?;
        if metadata.issuer != issuer {
            return Err(SignOnError::Issuer);
        }
        let keys: Keys = self.read_of(&metadata.jwks_uri, "keys").await?;
        let known = Arc::new(Known {
            metadata,
            keys: keys
                .keys
                .into_iter()
                .filter_map(|key| serde_json::from_value(key).ok())
                .collect(),
            read_at: Instant::now(),
        });
        self.known.insert(issuer.to_owned(), known.clone());
        Ok(known)
    }

    async fn known(&self, issuer: &str) -> Result<Arc<Known>, SignOnError> {
        match self.known.get(issuer) {
            Some(known) => Ok(known),
            None => self.look(issuer).await,
        }
    }

    /// An address that a browser may be sent to; it is not asked from here.
    fn followed(&self, address: &str) -> Result<Url, SignOnError> {
        let url = Url::parse(address).map_err(|_| SignOnError::Address)?;
        let is_web = url.scheme() == "https" || (self.plain && url.scheme() == "http");
        let is_bare = url.username().is_empty() && url.password().is_none();
        if is_web && is_bare && url.has_host() {
            Ok(url)
        } else {
            Err(SignOnError::Address)
        }
    }

    /// Where somebody proves who they are.
    ///
    /// # Errors
    /// Why the provider cannot be asked.
    pub async fn way_out(
        &self,
        provider: &Provider,
        redirect_uri: &str,
        pending: &Pending,
    ) -> Result<Url, SignOnError> {
        let known = self.known(&provider.issuer).await?;
        let mut url = self.followed(&known.metadata.authorization_endpoint)?;
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &provider.client_id)
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("scope", "openid email profile")
            .append_pair("state", &pending.state)
            .append_pair("nonce", &pending.nonce)
            .append_pair("code_challenge", &pending.challenge())
            .append_pair("code_challenge_method", "S256");
        Ok(url)
    }

    /// Where somebody leaves the provider too, if it has such a place.
    ///
    /// # Errors
    /// Why the provider cannot be asked.
    pub async fn way_off(
        &self,
        provider: &Provider,
        back: &str,
    ) -> Result<Option<Url>, SignOnError> {
        let known = self.known(&provider.issuer).await?;
        let Some(address) = &known.metadata.end_session_endpoint else {
            return Ok(None);
        };
        let mut url = self.followed(address)?;
        url.query_pairs_mut()
            .append_pair("client_id", &provider.client_id)
            .append_pair("post_logout_redirect_uri", back);
        Ok(Some(url))
    }

    /// Who came back with a code. `iss` is what the address names as the provider (RFC 9207).
    ///
    /// # Errors
    /// Why the provider's word is not taken, or could not be heard.
    pub async fn who(
        &self,
        provider: &Provider,
        redirect_uri: &str,
        pending: &Pending,
        code: &str,
        iss: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Told, SignOnError> {
        let known = self.known(&provider.issuer).await?;
        let named = match iss {
            Some(iss) => iss == provider.issuer,
            None => {
                !known
                    .metadata
                    .authorization_response_iss_parameter_supported
            }
        };
        if !named {
            return Err(SignOnError::Issuer);
        }
        let tokens = self
            .redeem(&known.metadata, provider, redirect_uri, pending, code)
            .await?;
        let expected = Expected {
            issuer: &provider.issuer,
            client_id: &provider.client_id,
            nonce: &pending.nonce,
            now,
        };
        let verified = match verify(&tokens.id_token, &known.keys, &expected) {
            // It may sign with another key since its keys were read.
            Err(TokenError::NoKey) if known.read_at.elapsed() > READ_AGAIN_AFTER => {
                let known = self.look(&provider.issuer).await?;
                verify(&tokens.id_token, &known.keys, &expected)
            }
            verified => verified,
        };
        let mut said = verified?;
        if said.email.is_none() {
            let more = self.more(&known.metadata, &tokens, &said.subject).await?;
            if let Some(more) = more {
                said.email = more.email;
                said.email_verified = more.email_verified;
                said.name = said.name.or(more.name);
            }
        }
        Ok(Told {
            subject: said.subject,
            email: said.email,
            email_verified: said.email_verified,
            name: said.name,
            factor: said.factor,
        })
    }

    /// Changes the code for tokens. It works once, and for whoever knows the verifier.
    async fn redeem(
        &self,
        metadata: &Metadata,
        provider: &Provider,
        redirect_uri: &str,
        pending: &Pending,
        code: &str,
    ) -> Result<Tokens, SignOnError> {
        let mut headers = json_headers();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/x-www-form-urlencoded"),
        );
        let mut pairs = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect_uri),
            ("code_verifier", pending.verifier.as_str()),
        ];
        match &provider.client_secret {
            Some(secret) if metadata.takes_basic() => {
                // RFC 6749, section 2.3.1: both are encoded as in a form first.
                let pair = format!("{}:{}", encoded(&provider.client_id), encoded(secret));
                let text = format!("Basic {}", STANDARD.encode(pair));
                headers.insert(header::AUTHORIZATION, secret_header(&text)?);
            }
            Some(secret) => {
                pairs.push(("client_id", provider.client_id.as_str()));
                pairs.push(("client_secret", secret.as_str()));
            }
            None => pairs.push(("client_id", provider.client_id.as_str())),
        }
        let endpoint = &metadata.token_endpoint;
        let asked = self.ask(Method::POST, endpoint, headers, form(&pairs));
        read(&asked.await?, "tokens")
    }

    /// What the provider says beside the token, where it names a place for that.
    async fn more(
        &self,
        metadata: &Metadata,
        tokens: &Tokens,
        subject: &str,
    ) -> Result<Option<Said>, SignOnError> {
        let (Some(address), Some(token)) = (&metadata.userinfo_endpoint, &tokens.access_token)
        else {
            return Ok(None);
        };
        let mut headers = json_headers();
        let bearer = secret_header(&format!("Bearer {token}"))?;
        headers.insert(header::AUTHORIZATION, bearer);
        let asked = self.ask(Method::GET, address, headers, Vec::new());
        let claims: Value = read(&asked.await?, "answer about the person")?;
        // OpenID Connect Core 1.0, section 5.3.2: of anybody else it is not used.
        if claims.get("sub").and_then(Value::as_str) != Some(subject) {
            return Err(SignOnError::Subject);
        }
        Ok(Some(token::said(subject.to_owned(), &claims)))
    }
}
