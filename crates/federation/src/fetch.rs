//! Fetching metadata from an address that an administrator wrote down (T-SSRF-01).
//!
//! Only that address is gone to: over verified TLS, without redirects, proxies or cookies. Its name is resolved
//! once; every address it has must be one of the public Internet, or of a network that the configuration allows,
//! and the connection goes to one of those that were checked.

mod address;

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{ACCEPT_ENCODING, CONTENT_ENCODING, ETAG, HeaderMap, IF_NONE_MATCH};
use reqwest::{Certificate, Client, Response, StatusCode, redirect, retry, tls};
use url::{Host, Url};

pub use address::is_public;

/// One entity's metadata with logos as data URLs; what is larger is not read to its end.
pub const METADATA_BYTES_MAX: usize = 2 * 1024 * 1024;
/// How long a server may take to answer a connection, TLS included.
const CONNECTING_MAX: Duration = Duration::from_secs(5);
/// How long all of it may take, from the name to the last byte.
const FETCHING_MAX: Duration = Duration::from_secs(10);
/// Longer addresses are nobody's.
const URL_BYTES_MAX: usize = 2048;
/// Names have a handful of addresses.
const ADDRESSES_MAX: usize = 32;
/// Longer tags are not sent back.
const ETAG_BYTES_MAX: usize = 256;

/// Who turns names into addresses.
#[async_trait]
pub trait Resolver: Send + Sync {
    /// All addresses of a name.
    async fn addresses(&self, host: &str) -> std::io::Result<Vec<IpAddr>>;
}

/// The machine's own resolver.
#[derive(Clone, Copy, Debug)]
pub struct SystemResolver;

#[async_trait]
impl Resolver for SystemResolver {
    async fn addresses(&self, host: &str) -> std::io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((host, 0)).await?.map(|address| address.ip()).collect())
    }
}

/// An address of metadata: https, a host, perhaps a port, a path, and nothing that two readers read differently.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MetadataUrl(Url);

impl MetadataUrl {
    /// From what an administrator wrote.
    pub fn parse(text: &str) -> Result<Self, FetchFault> {
        let wrong = || FetchFault::BadUrl(text.chars().take(200).collect());
        if text.len() > URL_BYTES_MAX || !text.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(wrong());
        }
        let url = Url::parse(text).map_err(|_| wrong())?;
        let host = url.host_str().ok_or_else(wrong)?;
        // The parser turns many spellings into one host: 0x7f.1 and 2130706433 into 127.0.0.1, escapes into
        // letters. Only the one that it writes itself is taken, so that what was written is where we go.
        let origin =
            url.port().map_or_else(|| format!("https://{host}"), |port| format!("https://{host}:{port}"));
        let rest = text.strip_prefix("https://").and_then(|_| text.get(origin.len()..));
        let rest = rest.map(|rest| rest.strip_prefix(":443").unwrap_or(rest));
        let as_written = text.get(..origin.len()).is_some_and(|start| start.eq_ignore_ascii_case(&origin))
            && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
        let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        if as_written && plain && !host.ends_with('.') { Ok(Self(url)) } else { Err(wrong()) }
    }
}

impl fmt::Display for MetadataUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

/// What was fetched.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Fetched {
    /// A document, with the tag by which its server knows this version.
    Document(Vec<u8>, Option<String>),
    /// The version with the tag that was sent along is still the one.
    Unchanged,
}

/// Why nothing was fetched, in a sentence for the administrator.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum FetchFault {
    /// Not an address we go to.
    #[error(
        "the address {0:?} must begin with https:// and a host written plainly, without user name or fragment"
    )]
    BadUrl(String),
    /// The name has no address.
    #[error("the name {0:?} can't be resolved: {1}")]
    NoSuchName(String, String),
    /// An address inside, and nobody allowed it.
    #[error(
        "{0:?} leads to {1}, which is not on the public Internet; allow its network in metadata.allowed_networks if that is meant"
    )]
    NotPublic(String, IpAddr),
    /// It answers with another address.
    #[error(
        "the server answers with a redirection, and those are not followed; register the address it leads to"
    )]
    Redirected,
    /// It answers with something else.
    #[error("the server answers with status {0}")]
    Status(u16),
    /// It sends a compressed body, which nobody asked for.
    #[error("the server sends a compressed answer, which is not read")]
    Compressed,
    /// It sends too much.
    #[error("the server sends more than {METADATA_BYTES_MAX} bytes")]
    TooLarge,
    /// It takes too long.
    #[error("the server took longer than {} seconds", FETCHING_MAX.as_secs())]
    TooSlow,
    /// No connection, no trust, or a broken one.
    #[error("the server can't be reached or trusted: {0}")]
    Unreachable(String),
    /// The certificates of the configuration.
    #[error("the certificate authorities can't be used: {0}")]
    BadAuthorities(String),
}

/// Fetches metadata. Cheap to clone.
#[derive(Clone)]
pub struct Fetcher {
    resolver: Arc<dyn Resolver>,
    allowed: Vec<IpNet>,
    authorities: Vec<Certificate>,
}

impl Fetcher {
    /// With networks besides the public Internet, and certificate authorities (PEM) besides the machine's.
    pub fn new(
        resolver: Arc<dyn Resolver>,
        allowed: Vec<IpNet>,
        authorities_pem: Option<&[u8]>,
    ) -> Result<Self, FetchFault> {
        let bad = |error: reqwest::Error| FetchFault::BadAuthorities(with_causes(&error));
        let authorities = authorities_pem.map(Certificate::from_pem_bundle).transpose().map_err(bad)?;
        let is_empty = authorities.as_ref().is_some_and(Vec::is_empty);
        if is_empty {
            return Err(FetchFault::BadAuthorities("there is no certificate in the file".to_owned()));
        }
        let is_given = authorities.is_some();
        let fetcher = Self { resolver, allowed, authorities: authorities.unwrap_or_default() };
        // Only a client says whether it can use them. A machine without any matters when something is fetched.
        if is_given {
            fetcher.client(Vec::new())?;
        }
        Ok(fetcher)
    }

    /// The document at an address; `known` is the tag of the version that is here already.
    pub async fn fetch(&self, url: &MetadataUrl, known: Option<&str>) -> Result<Fetched, FetchFault> {
        let fetching = self.fetch_at_leisure(url, known);
        tokio::time::timeout(FETCHING_MAX, fetching).await.unwrap_or(Err(FetchFault::TooSlow))
    }

    async fn fetch_at_leisure(&self, url: &MetadataUrl, known: Option<&str>) -> Result<Fetched, FetchFault> {
        let client = self.client(self.checked(url).await?)?;
        let mut request = client.get(url.0.clone()).header(ACCEPT_ENCODING, "identity");
        if let Some(tag) = known {
            request = request.header(IF_NONE_MATCH, tag);
        }
        let response = request.send().await.map_err(|error| fault(&error))?;
        match response.status() {
            StatusCode::OK => {}
            StatusCode::NOT_MODIFIED if known.is_some() => return Ok(Fetched::Unchanged),
            status if status.is_redirection() => return Err(FetchFault::Redirected),
            status => return Err(FetchFault::Status(status.as_u16())),
        }
        let plain = response.headers().get_all(CONTENT_ENCODING).iter().all(|coding| coding == "identity");
        if !plain {
            return Err(FetchFault::Compressed);
        }
        let tag = tag(response.headers());
        Ok(Fetched::Document(body(response).await?, tag))
    }

    /// Every address of the host, if we may go to each of them.
    async fn checked(&self, url: &MetadataUrl) -> Result<Vec<IpAddr>, FetchFault> {
        let (name, addresses) = match url.0.host() {
            Some(Host::Ipv4(v4)) => (v4.to_string(), vec![IpAddr::V4(v4)]),
            Some(Host::Ipv6(v6)) => (v6.to_string(), vec![IpAddr::V6(v6)]),
            Some(Host::Domain(name)) => {
                let found = self.resolver.addresses(name).await;
                let none = |why: &dyn fmt::Display| FetchFault::NoSuchName(name.to_owned(), why.to_string());
                (name.to_owned(), found.map_err(|error| none(&error))?)
            }
            None => return Err(FetchFault::BadUrl(url.to_string())),
        };
        if addresses.is_empty() || addresses.len() > ADDRESSES_MAX {
            let why = format!("it has {} addresses", addresses.len());
            return Err(FetchFault::NoSuchName(name, why));
        }
        match addresses.iter().find(|address| !self.may_go_to(**address)) {
            Some(inside) => Err(FetchFault::NotPublic(name, *inside)),
            None => Ok(addresses),
        }
    }

    fn may_go_to(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        is_public(address) || self.allowed.iter().any(|network| network.contains(&address))
    }

    /// A client that goes to these addresses whatever name it is given.
    fn client(&self, addresses: Vec<IpAddr>) -> Result<Client, FetchFault> {
        let builder = Client::builder()
            .https_only(true)
            .tls_version_min(tls::Version::TLS_1_2)
            .tls_certs_merge(self.authorities.clone())
            .dns_resolver(Arc::new(Checked(addresses)))
            .no_proxy()
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false)
            .pool_max_idle_per_host(0)
            .connect_timeout(CONNECTING_MAX)
            .timeout(FETCHING_MAX)
            .user_agent("portner");
        builder.build().map_err(|error| FetchFault::BadAuthorities(with_causes(&error)))
    }
}

/// The addresses that were checked; the name is not asked about again (DNS rebinding).
struct Checked(Vec<IpAddr>);

impl Resolve for Checked {
    fn resolve(&self, _: Name) -> Resolving {
        let addresses: Vec<_> = self.0.iter().map(|ip| SocketAddr::new(*ip, 0)).collect();
        Box::pin(async move { Ok(Box::new(addresses.into_iter()) as Addrs) })
    }
}

/// The limit holds while reading: what a server says about its length is not believed.
async fn body(mut response: Response) -> Result<Vec<u8>, FetchFault> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| fault(&error))? {
        if bytes.len() + chunk.len() > METADATA_BYTES_MAX {
            return Err(FetchFault::TooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn tag(headers: &HeaderMap) -> Option<String> {
    let tag = headers.get(ETAG)?.to_str().ok()?;
    (tag.len() <= ETAG_BYTES_MAX).then(|| tag.to_owned())
}

fn fault(error: &reqwest::Error) -> FetchFault {
    if error.is_timeout() { FetchFault::TooSlow } else { FetchFault::Unreachable(with_causes(error)) }
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use super::MetadataUrl;

    #[test]
    fn t_ssrf_01_an_address_is_https_with_a_host_as_it_is_written() {
        for good in [
            "https://sp.example.dk",
            "https://sp.example.dk/",
            "https://SP.example.dk/metadata?tenant=1",
            "https://sp.example.dk:8443/x",
            "https://sp.example.dk:443/x",
            "https://192.0.2.1/x",
            "https://[2001:db8::1]:8443/x",
            "https://xn--smrrebrd-64af.dk/x",
        ] {
            assert!(MetadataUrl::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "http://sp.example.dk/",
            "HTTPS://sp.example.dk/",
            "ftp://sp.example.dk/",
            "file:///etc/passwd",
            "gopher://sp.example.dk/",
            "//sp.example.dk/",
            "https:sp.example.dk/",
            "https:///sp.example.dk/",
            "https:\\\\sp.example.dk/",
            "https://",
            "https://user@sp.example.dk/",
            "https://user:secret@sp.example.dk/",
            "https://@sp.example.dk/",
            "https://:@sp.example.dk/",
            "https://sp.example.dk/#fragment",
            "https://sp.example.dk#@evil.example/",
            "https://sp.example.dk./",
            "https://sp.example.dk:0x1bb/",
            "https://sp.example.dk:99999/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0x7f.1/",
            "https://0177.0.0.1/",
            "https://127.1/",
            "https://127.0.0.1./",
            "https://[::ffff:127.0.0.1]/",
            "https://[0:0:0:0:0:0:0:1]/",
            "https://[::1%25eth0]/",
            "https://sp%2eexample.dk/",
            "https://127%2e0.0.1/",
            "https://\u{ff11}27.0.0.1/",
            "https://sp\u{3002}example.dk/",
            "https://smørrebrød.dk/",
            "https://sp.example.dk\\@evil.example/",
            "https://sp.exa mple.dk/",
            "https://sp.example.dk/\n",
            "\thttps://sp.example.dk/",
        ] {
            assert!(MetadataUrl::parse(bad).is_err(), "{bad:?}");
        }
        assert!(MetadataUrl::parse(&format!("https://sp.example.dk/{}", "x".repeat(2048))).is_err());
    }
}
