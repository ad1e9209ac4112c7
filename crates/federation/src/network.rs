//! Networks that the organisation knows by name: its offices as they look from outside. What comes from one is said to, and
//! a service provider that NSIS has nothing to say about may admit nothing else. An address proves nothing about who is
//! there: no level and no factor ever rests on it.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::policy::AccessFrom;
use crate::registry::Registered;
use crate::{Error, Federation, Visit, store};

/// Networks that are known at once, at most: they are all looked through.
pub const NETWORKS_MAX: usize = 200;
/// The longest name of one, in characters.
pub const NETWORK_NAME_CHARS_MAX: usize = 60;
/// The shortest prefix of IPv4, in bits: no registry hands out more than that, and 10.0.0.0/8 has it.
const PREFIX_V4_BITS_MIN: u8 = 8;
/// … of IPv6.
const PREFIX_V6_BITS_MIN: u8 = 16;

/// Why somebody was refused, in the log.
pub const UNKNOWN_NETWORK: &str = "unknown-network";

/// A network.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Network {
    range: IpNet,
    name: String,
}

/// Not a network that can be known.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BadNetwork {
    /// Not a range of addresses.
    Range,
    /// It says an address inside of the range, and not its first.
    NotTheFirst,
    /// It is half the world.
    TooWide,
    /// It has no name, or one that is too long or not to be read.
    Name,
}

/// The networks that are known now.
#[derive(Clone, Debug, Default)]
pub struct KnownNetworks(Vec<Network>);

impl Network {
    /// What was typed: a range as CIDR writes it, or one address.
    pub fn typed(range: &str, name: &str) -> Result<Self, BadNetwork> {
        let (range, name) = (range.trim(), name.trim());
        let one = || range.parse::<IpAddr>().map(IpNet::from);
        let range: IpNet = range.parse().or_else(|_| one()).map_err(|_| BadNetwork::Range)?;
        let shortest = match range {
            IpNet::V4(_) => PREFIX_V4_BITS_MIN,
            // Browsers that come by IPv4 are told by their addresses of IPv4.
            IpNet::V6(net) if net.addr().to_ipv4_mapped().is_some() => return Err(BadNetwork::Range),
            IpNet::V6(_) => PREFIX_V6_BITS_MIN,
        };
        if range.addr() != range.network() {
            return Err(BadNetwork::NotTheFirst);
        }
        if range.prefix_len() < shortest {
            return Err(BadNetwork::TooWide);
        }
        let is_name = (1..=NETWORK_NAME_CHARS_MAX).contains(&name.chars().count());
        if !is_name || name.chars().any(char::is_control) {
            return Err(BadNetwork::Name);
        }
        Ok(Self { range, name: name.to_owned() })
    }

    /// Its addresses.
    pub const fn range(&self) -> IpNet {
        self.range
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl KnownNetworks {
    pub(crate) const fn of(networks: Vec<Network>) -> Self {
        Self(networks)
    }

    /// All of them.
    pub fn all(&self) -> &[Network] {
        &self.0
    }

    /// The one that an address is in; the narrowest, if several.
    pub fn with(&self, address: IpAddr) -> Option<&Network> {
        let address = address.to_canonical();
        let around = self.0.iter().filter(|network| network.range.contains(&address));
        around.max_by_key(|network| network.range.prefix_len())
    }

    /// What the network is called that an address is in, as the address stands in the log.
    pub fn name_of(&self, address: &str) -> Option<&str> {
        address.parse().ok().and_then(|address| self.with(address)).map(Network::name)
    }
}

impl Federation {
    /// The networks that are known now. They are read each time: what is changed on one node holds on all.
    pub async fn networks(&self) -> Result<KnownNetworks, Error> {
        Ok(KnownNetworks::of(store::network::all(self.log.database()).await?))
    }

    /// Does this service provider admit nobody from where the browser is?
    pub(crate) async fn is_kept_out(&self, sp: &Registered, visit: &Visit) -> Result<bool, Error> {
        match sp.policy.access_from {
            AccessFrom::Anywhere => Ok(false),
            AccessFrom::KnownNetworks => Ok(self.networks().await?.with(visit.address).is_none()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BadNetwork, KnownNetworks, NETWORK_NAME_CHARS_MAX, Network};

    #[test]
    fn a_network_is_a_range_with_a_name() {
        let check = |range: &str, expected: Result<&str, BadNetwork>| {
            let found = Network::typed(range, "Rådhuset").map(|network| network.range().to_string());
            assert_eq!(found, expected.map(str::to_owned), "{range}");
        };
        check(" 192.0.2.0/24 ", Ok("192.0.2.0/24"));
        check("192.0.2.7", Ok("192.0.2.7/32"));
        check("10.0.0.0/8", Ok("10.0.0.0/8"));
        check("2001:DB8::/32", Ok("2001:db8::/32"));
        check("2001:db8::1", Ok("2001:db8::1/128"));
        check("192.0.2.7/24", Err(BadNetwork::NotTheFirst));
        check("0.0.0.0/0", Err(BadNetwork::TooWide));
        check("8.0.0.0/7", Err(BadNetwork::TooWide));
        check("::/0", Err(BadNetwork::TooWide));
        check("2000::/3", Err(BadNetwork::TooWide));
        for range in [
            "",
            "x",
            "192.0.2.0/33",
            "192.0.2",
            "192.0.2.0-9",
            "::ffff:192.0.2.0/120",
            "192.0.2.0/24,10.0.0.0/8",
        ] {
            check(range, Err(BadNetwork::Range));
        }
        for name in ["", "  ", "a\nb", &"x".repeat(NETWORK_NAME_CHARS_MAX + 1)] {
            assert_eq!(Network::typed("192.0.2.0/24", name), Err(BadNetwork::Name), "{name:?}");
        }
    }

    #[test]
    fn an_address_is_in_the_narrowest_network_around_it() {
        let network = |range, name| Network::typed(range, name).unwrap();
        let known = KnownNetworks::of(vec![
            network("10.1.0.0/16", "Skolerne"),
            network("10.0.0.0/8", "Kommunen"),
            network("2001:db8::/32", "Rådhuset"),
        ]);
        let check = |address, expected| assert_eq!(known.name_of(address), expected, "{address}");
        check("10.1.2.3", Some("Skolerne"));
        check("10.2.2.3", Some("Kommunen"));
        check("::ffff:10.1.2.3", Some("Skolerne"));
        check("2001:db8::7", Some("Rådhuset"));
        check("11.0.0.1", None);
        check("nonsense", None);
    }
}
