//! Asking other people's servers without being led into our own network (server-side request forgery).
//!
//! An address that somebody typed in (a webhook, a source of weather) may point at this machine, at the network behind it or at
//! the cloud's metadata service; a name may resolve to one of them now, or only at the second look. So: only https (http where
//! the operator says so) on the usual ports, only addresses of the public internet, and what is checked is what is connected
//! to: the check sits in the resolver of the client itself, which hands out nothing else. Redirects are not followed, proxies
//! of the environment not asked, and answers are read up to a limit of bytes and time.
//!
//! How TLS is spoken is the caller's choice, with the builder it passes in.

use futures::FutureExt;
use futures::future::BoxFuture;
use http::{HeaderMap, Method, StatusCode};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{ClientBuilder, redirect};
use std::error::Error;
use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use url::{Host, Url};

/// What may be asked.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Whether http is allowed beside https.
    pub plain: bool,
    /// Ports that may be asked.
    pub ports: Vec<u16>,
    /// Addresses inside that may be asked all the same, because the operator named them.
    pub inside: Vec<IpAddr>,
    /// So long the whole exchange may take.
    pub timeout: Duration,
    /// Largest answer in bytes.
    pub most_bytes: usize,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            plain: false,
            ports: vec![443],
            inside: Vec::new(),
            timeout: Duration::from_secs(10),
            most_bytes: 1 << 20,
        }
    }
}

/// Why nothing was asked, or what came of it.
#[derive(Debug, thiserror::Error)]
pub enum OutboundError {
    #[error("this is no web address with a host")]
    Address,
    #[error("only https addresses are asked")]
    Plain,
    #[error("port {0} is not asked")]
    Port(u16),
    #[error("a web address must not carry a name or password")]
    Credentials,
    #[error("{0} is no address of the public internet")]
    Inside(IpAddr),
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
    #[error("the server could not be asked")]
    Failed(#[source] reqwest::Error),
}

impl From<reqwest::Error> for OutboundError {
    fn from(error: reqwest::Error) -> Self {
        // What our resolver refused comes back among the causes.
        let mut cause = error.source();
        while let Some(inner) = cause {
            if let Some(refused) = inner.downcast_ref::<Refused>() {
                return Self::Inside(refused.0);
            }
            cause = inner.source();
        }
        Self::Failed(error)
    }
}

/// What the other side answered; a redirect is an answer like any other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: StatusCode,
    pub body: Vec<u8>,
}

/// Finds the addresses of a name.
pub type Lookup =
    Arc<dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> + Send + Sync>;

/// The system's way of finding addresses.
#[must_use]
pub fn system_lookup() -> Lookup {
    Arc::new(|name: String| look_up(name).boxed())
}

async fn look_up(name: String) -> io::Result<Vec<SocketAddr>> {
    Ok(tokio::net::lookup_host((name.as_str(), 0)).await?.collect())
}

/// A client that reaches the public internet and nothing else.
#[derive(Clone)]
pub struct Outbound {
    client: reqwest::Client,
    rules: Rules,
}

impl fmt::Debug for Outbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbound")
            .field("rules", &self.rules)
            .finish_non_exhaustive()
    }
}

/// What TLS of questions to others is computed with: the one that the database's driver brings. Every client needs it before it is
/// built, with TLS or without.
pub fn choose_cryptography() {
    // Whoever chose before chose the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

impl Outbound {
    /// A client over `builder`, whose resolver, redirects, proxies and time limits are set here.
    ///
    /// # Errors
    /// [`OutboundError::Failed`] when the client cannot be built.
    pub fn new(
        builder: ClientBuilder,
        rules: Rules,
        lookup: Lookup,
    ) -> Result<Self, OutboundError> {
        let resolver = PublicOnly {
            lookup,
            inside: rules.inside.clone().into(),
        };
        choose_cryptography();
        let client = builder
            .dns_resolver(resolver)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .https_only(!rules.plain)
            .connect_timeout(rules.timeout)
            .timeout(rules.timeout)
            .build()?;
        Ok(Self { client, rules })
    }

    /// The address, if it may be asked as far as its text tells. Names are looked at when they are resolved.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self, address: &str) -> Result<Url, OutboundError> {
        let url = Url::parse(address).map_err(|_| OutboundError::Address)?;
        match url.scheme() {
            "https" => {}
            "http" if self.rules.plain => {}
            "http" => return Err(OutboundError::Plain),
            _ => return Err(OutboundError::Address),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(OutboundError::Credentials);
        }
        let port = url.port_or_known_default().ok_or(OutboundError::Address)?;
        if !self.rules.ports.contains(&port) {
            return Err(OutboundError::Port(port));
        }
        // The client connects to addresses without asking its resolver. However they are written (in hexadecimal, as one number),
        // the parser has made them plain.
        let literal = match url.host() {
            None => return Err(OutboundError::Address),
            Some(Host::Domain(_)) => None,
            Some(Host::Ipv4(ip)) => Some(IpAddr::V4(ip)),
            Some(Host::Ipv6(ip)) => Some(IpAddr::V6(ip)),
        };
        match literal.filter(|ip| !may_be_asked(*ip, &self.rules.inside)) {
            Some(ip) => Err(OutboundError::Inside(ip)),
            None => Ok(url),
        }
    }

    /// Asks, and reads the answer.
    ///
    /// # Errors
    /// Why nothing was asked, or what went wrong.
    pub async fn ask(
        &self,
        method: Method,
        address: &str,
        headers: HeaderMap,
        body: Vec<u8>,
    ) -> Result<Answer, OutboundError> {
        let url = self.check(address)?;
        let mut response = self
            .client
            .request(method, url)
            .headers(headers)
            .body(body)
            .send()
            .await?;
        let most = self.rules.most_bytes;
        let (status, mut body) = (response.status(), Vec::new());
        while let Some(piece) = response.chunk().await? {
            if body.len() + piece.len() > most {
                return Err(OutboundError::TooLarge(most));
            }
            body.extend_from_slice(&piece);
        }
        Ok(Answer { status, body })
    }
}

/// A name of the internet resolved to an address that is none of it.
#[derive(Debug, thiserror::Error)]
#[error("{0} is no address of the public internet")]
struct Refused(IpAddr);

/// Hands out addresses of the public internet only.
struct PublicOnly {
    lookup: Lookup,
    inside: Arc<[IpAddr]>,
}

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let found = (self.lookup)(name.as_str().to_owned());
        Box::pin(only_public(found, self.inside.clone()))
    }
}

async fn only_public(
    found: BoxFuture<'static, io::Result<Vec<SocketAddr>>>,
    inside: Arc<[IpAddr]>,
) -> Result<Addrs, Box<dyn Error + Send + Sync>> {
    let found = found.await?;
    // One address inside is enough to refuse the name: who mixes them is up to something.
    let refused = found
        .iter()
        .map(SocketAddr::ip)
        .find(|ip| !may_be_asked(*ip, &inside));
    match refused {
        Some(ip) => Err(Box::new(Refused(ip))),
        None => Ok(Box::new(found.into_iter())),
    }
}

fn may_be_asked(ip: IpAddr, inside: &[IpAddr]) -> bool {
    inside.contains(&ip) || is_public(ip)
}

/// Whether an address belongs to the public internet and to one machine of it.
///
/// After IANA's registries of special-purpose addresses (RFC 6890 and its successors).
#[must_use]
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

/// First address and length in bits of each range of IPv4 that is not public.
const SPECIAL_V4: [(Ipv4Addr, u32); 16] = [
    // "This network", private networks, carriers' own (RFC 6598), this machine, the link and with it clouds' metadata.
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    // Protocols, documentation, 6to4 relays, measurements.
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    // Azure's platform, which every machine there reaches under an address that looks public.
    (Ipv4Addr::new(168, 63, 129, 16), 32),
    // Multicast; reserved and broadcast.
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

fn is_public_v4(ip: Ipv4Addr) -> bool {
    SPECIAL_V4
        .iter()
        .all(|(first, bits)| (ip.to_bits() ^ first.to_bits()) >> (32 - bits) != 0)
}

/// First address and length in bits of each range within 2000::/3 that is not public.
const SPECIAL_V6: [(Ipv6Addr, u32); 4] = [
    // Protocols, among them Teredo and ORCHID; documentation; 6to4, which carries an IPv4 address inside.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// Global unicast addresses lie in 2000::/3 (RFC 4291, 2.4). Everything else falls away with that: this machine, mapped and
/// compatible IPv4 addresses, translated ones (64:ff9b::/96 and 64:ff9b:1::/48), unique local and link-local ones, multicast.
fn is_public_v6(ip: Ipv6Addr) -> bool {
    ip.to_bits() >> 125 == 1
        && SPECIAL_V6
            .iter()
            .all(|(first, bits)| (ip.to_bits() ^ first.to_bits()) >> (128 - bits) != 0)
}

#[cfg(test)]
mod tests;
