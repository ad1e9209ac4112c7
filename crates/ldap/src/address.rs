//! Where a directory is, and who we are there.

use std::str::FromStr;

use zeroize::Zeroizing;

/// Most servers to try, one after the other.
pub const SERVERS_MAX: usize = 8;

const LDAPS_PORT: u16 = 636;
const LDAP_PORT: u16 = 389;

/// An account of the directory's that is ours.
pub struct Account {
    /// Its name.
    pub name: String,
    /// Its password.
    pub password: Zeroizing<String>,
}

/// How TLS comes about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Transport {
    /// From the first byte.
    Ldaps,
    /// Asked for first (RFC 4511 4.14); nothing else is sent before.
    StartTls,
}

/// A server of the directory.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ServerAddress {
    /// How TLS comes about.
    pub transport: Transport,
    /// The name that its certificate has to bear.
    pub host: String,
    /// Where it listens.
    pub port: u16,
}

/// An address that can't be one.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "write ldaps://HOST or ldaps://HOST:PORT, or ldap://HOST for StartTLS; HOST is a name in the server's certificate"
)]
pub struct BadServer;

impl FromStr for ServerAddress {
    type Err = BadServer;

    fn from_str(text: &str) -> Result<Self, BadServer> {
        let (scheme, rest) = text.split_once("://").ok_or(BadServer)?;
        let (transport, usual) = match scheme {
            "ldaps" => (Transport::Ldaps, LDAPS_PORT),
            "ldap" => (Transport::StartTls, LDAP_PORT),
            _ => return Err(BadServer),
        };
        let (host, port) = match rest.trim_end_matches('/').split_once(':') {
            None => (rest.trim_end_matches('/'), usual),
            Some((host, port)) => (host, port.parse().map_err(|_| BadServer)?),
        };
        let sound = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
        if host.is_empty() || host.len() > 253 || !host.chars().all(sound) || port == 0 {
            return Err(BadServer);
        }
        Ok(Self { transport, host: host.to_ascii_lowercase(), port })
    }
}

impl std::fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scheme = match self.transport {
            Transport::Ldaps => "ldaps",
            Transport::StartTls => "ldap",
        };
        write!(f, "{scheme}://{}:{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::ServerAddress;

    #[test]
    fn an_address_is_understood_or_refused() {
        let check = |text: &str, told: Option<&str>| {
            let address = text.parse::<ServerAddress>().ok().map(|address| address.to_string());
            assert_eq!(address.as_deref(), told, "{text}");
        };
        check("ldaps://DC1.ad.example.dk", Some("ldaps://dc1.ad.example.dk:636"));
        check("ldaps://dc1.ad.example.dk:3269/", Some("ldaps://dc1.ad.example.dk:3269"));
        check("ldap://dc1.ad.example.dk", Some("ldap://dc1.ad.example.dk:389"));
        check("ldapi://socket", None);
        check("ldaps://", None);
        check("ldaps://dc1:0", None);
        check("ldaps://dc1:99999", None);
        check("ldaps://dc1/dc=example", None);
        check("ldaps://user@dc1", None);
        check("dc1.ad.example.dk", None);
    }
}
