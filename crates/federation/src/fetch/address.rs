//! Which addresses are on the public Internet (the IANA special-purpose address registries).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Networks of version 4 that are somebody's own, or nobody's.
const NOT_PUBLIC_V4: [([u8; 4], u32); 15] = [
    ([0, 0, 0, 0], 8),       // this network; unspecified
    ([10, 0, 0, 0], 8),      // private
    ([100, 64, 0, 0], 10),   // carrier-grade address translation
    ([127, 0, 0, 0], 8),     // loopback
    ([169, 254, 0, 0], 16),  // link-local, and the metadata of cloud machines
    ([172, 16, 0, 0], 12),   // private
    ([192, 0, 0, 0], 24),    // protocol assignments
    ([192, 0, 2, 0], 24),    // documentation
    ([192, 88, 99, 0], 24),  // relays of 6to4
    ([192, 168, 0, 0], 16),  // private
    ([198, 18, 0, 0], 15),   // benchmarks
    ([198, 51, 100, 0], 24), // documentation
    ([203, 0, 113, 0], 24),  // documentation
    ([224, 0, 0, 0], 4),     // multicast
    ([240, 0, 0, 0], 4),     // reserved; broadcast
];

/// Networks inside 2000::/3 that are not what the rest of it is.
const NOT_PUBLIC_V6: [([u16; 2], u32); 4] = [
    ([0x2001, 0x0000], 23), // protocol assignments; Teredo, which carries version 4
    ([0x2001, 0x0db8], 32), // documentation
    ([0x2002, 0x0000], 16), // 6to4, which carries version 4
    ([0x3fff, 0x0000], 20), // documentation
];

/// May anybody on the Internet have this address? An address of version 6 that carries one of version 4 is what
/// it carries.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => carried(v6).map_or_else(|| is_public_v6(v6), is_public_v4),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let bits = address.to_bits();
    let inside = |(network, length): &([u8; 4], u32)| {
        (bits ^ u32::from_be_bytes(*network)) >> (u32::BITS - length) == 0
    };
    !NOT_PUBLIC_V4.iter().any(inside)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let bits = u32::from(first) << 16 | u32::from(second);
    let inside = |([one, two], length): &([u16; 2], u32)| {
        (bits ^ (u32::from(*one) << 16 | u32::from(*two))) >> (u32::BITS - length) == 0
    };
    bits >> 29 == 1 && !NOT_PUBLIC_V6.iter().any(inside)
}

/// The address of version 4 inside a mapped, compatible or translated one (RFC 4291 2.5.5, RFC 6052 2.1).
fn carried(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [.., high, low] = address.segments();
    let inside = || Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    match address.segments() {
        [0, 0, 0, 0, 0, 0 | 0xffff, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => Some(inside()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::is_public;

    const INSIDE: &str = "0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.254 \
        169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.8 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 \
        198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 :: \
        ::1 ::127.0.0.1 ::10.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 \
        64:ff9b::127.0.0.1 64:ff9b::a00:1 64:ff9b:1::1 100::1 fc00::1 fd12:3456::1 fe80::1 febf::1 \
        fec0::1 ff02::1 ff0e::1 2001::1 2001:1ff::1 2001:db8::1 2002:7f00:1::1 2002:a00:1:: 3fff::1 \
        3fff:fff::1 5f00::1 4000::1 1fff::1";

    const PUBLIC: &str = "1.1.1.1 9.255.255.255 11.0.0.1 100.63.255.255 100.128.0.1 126.255.255.255 128.0.0.1 \
        172.15.255.255 172.32.0.1 192.167.255.255 192.169.0.1 198.17.255.255 198.20.0.1 223.255.255.255 \
        ::ffff:1.1.1.1 64:ff9b::1.1.1.1 2001:200::1 2001:db9::1 2003::1 2a00:1450::1 3ffe::1 \
        3fff:1000::1";

    #[test]
    fn t_ssrf_01_only_addresses_of_the_public_internet_are_public() {
        for inside in INSIDE.split(' ') {
            assert!(!is_public(inside.parse().unwrap()), "{inside}");
        }
        for public in PUBLIC.split(' ') {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }
}
