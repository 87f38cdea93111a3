//! Which addresses of the internet are anybody's, and which are somebody's own.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How far a call may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// To public addresses.
    Public,
    /// To this machine as well: where `local` runs it beside its apps.
    Loopback,
}

impl Reach {
    /// Whether an address may be connected to.
    pub(crate) fn covers(self, address: IpAddr) -> bool {
        is_public(address) || self == Self::Loopback && address.is_loopback()
    }
}

/// Whether everybody reaches the same machine by it. What is not known to be so is not: of IPv6, only global
/// unicast is looked at, and what carries an IPv4 address is as public as that.
pub(crate) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// Ranges of IPv4 that are nobody's in particular (IANA's registry for special purposes, RFC 6890).
const SPECIAL: [(Ipv4Addr, u32); 18] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    // Where a cloud's machines ask for their credentials.
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 31, 196, 0), 24),
    (Ipv4Addr::new(192, 52, 193, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(192, 175, 48, 0), 24),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    // Multicast, what is reserved, and the broadcast.
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

fn is_public_v4(address: Ipv4Addr) -> bool {
    let within = |(network, bits): &(Ipv4Addr, u32)| {
        let mask = u32::MAX << (32 - bits);
        address.to_bits() & mask == network.to_bits()
    };
    !SPECIAL.iter().any(within)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, c, d, e, f, ..] = address.segments();
    let bits = address.to_bits();
    let v4 = |shift: u32| {
        // Thirty-two bits are left of it.
        Ipv4Addr::from_bits(u32::try_from((bits >> shift) & u128::from(u32::MAX)).unwrap_or_default())
    };
    match (a, b) {
        // Mapped (RFC 4291 §2.5.5.2); what is written like the deprecated compatible ones is ours or nobody's.
        (0, 0) if bits >> 32 == 0xffff => is_public_v4(v4(0)),
        // NAT64 by the well-known prefix (RFC 6052); the local one (RFC 8215) leads into somebody's network.
        (0x64, 0xff9b) => c == 0 && d == 0 && (bits >> 32) & 0xffff_ffff == 0 && is_public_v4(v4(0)),
        // 6to4 (RFC 3056).
        (0x2002, _) => is_public_v4(v4(80)),
        // Teredo, benchmarks, ORCHID and other protocols' own.
        (0x2001, 0x0000..=0x01ff) => false,
        // Documentation.
        (0x2001, 0x0db8) => false,
        (0x3fff, 0x0000..=0x0fff) => false,
        // A name server that answers wherever one asks (RFC 7534).
        (0x2620, 0x004f) if c == 0x8000 => false,
        // What ends in an IPv4 address of somebody's site (ISATAP, RFC 5214 §6.1).
        (0x2000..=0x3fff, _) if matches!((e, f), (0 | 0x0200, 0x5efe)) => is_public_v4(v4(0)),
        // Global unicast. The rest is the loopback, local, multicast, or not given out.
        (0x2000..=0x3fff, _) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_addresses_are_told_from_all_others() {
        for public in [
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00:1450::1",
            "2001:4860:4860::8888",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
            "2002:808:808::1",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for other in [
            // This network, this machine, private ones, carriers', the cloud's own.
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "169.254.170.2",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.0.1",
            // Protocols', documentation, relays, benchmarks, multicast, reserved, broadcast.
            "192.0.0.1",
            "192.0.0.170",
            "192.0.2.1",
            "192.88.99.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            // Of IPv6.
            "::",
            "::1",
            "::2",
            "::127.0.0.1",
            "::8.8.8.8",
            "fc00::1",
            "fd00:ec2::254",
            "fd00::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "100::1",
            "2001::1",
            "2001:2::1",
            "2001:10::1",
            "2001:20::1",
            "2001:db8::1",
            "3fff::1",
            "5f00::1",
            "4000::1",
            "e000::1",
            // IPv4 in IPv6: mapped, NAT64, local NAT64, 6to4.
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "::ffff:0:8.8.8.8",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b::1:808:808",
            "64:ff9b:1::808:808",
            "2002:7f00:1::1",
            "2002:a00:1::1",
            "2002:a9fe:a9fe::1",
        ] {
            assert!(!is_public(other.parse().unwrap()), "{other}");
        }
    }

    /// Every way in which IPv6 carries an address of IPv4.
    fn carried(address: Ipv4Addr) -> [Ipv6Addr; 6] {
        let low = u128::from(address.to_bits());
        let within = |prefix: &str, shift: u32| {
            Ipv6Addr::from_bits(prefix.parse::<Ipv6Addr>().unwrap().to_bits() | low << shift)
        };
        [
            within("::ffff:0:0", 0),
            within("64:ff9b::", 0),
            within("2002::", 80),
            within("2002::1", 80),
            within("2a00:1450::5efe:0:0", 0),
            within("2a00:1450::200:5efe:0:0", 0),
        ]
    }

    #[test]
    fn every_special_range_is_refused_from_its_first_to_its_last_however_it_is_written() {
        for (network, bits) in SPECIAL {
            let size = 1_u32.checked_shl(32 - bits).unwrap();
            assert_eq!(network.to_bits() % size, 0, "{network}/{bits} is no network");
            for offset in [0, 1, size / 2, size - 1] {
                let address = Ipv4Addr::from_bits(network.to_bits() + offset);
                assert!(!is_public(IpAddr::V4(address)), "{address}");
                for carried in carried(address) {
                    assert!(!is_public(IpAddr::V6(carried)), "{carried} carries {address}");
                }
            }
        }
        // A public address is reached, however IPv6 carries it.
        for carried in carried(Ipv4Addr::new(8, 8, 8, 8)) {
            assert!(is_public(IpAddr::V6(carried)), "{carried}");
        }
    }

    #[test]
    fn where_clouds_keep_their_credentials_nobody_is_led() {
        for address in [
            // Of machines, of containers, of pods, and of names and time at AWS; in both versions.
            "169.254.169.254",
            "169.254.170.2",
            "169.254.170.23",
            "169.254.169.253",
            "169.254.169.123",
            "fd00:ec2::254",
            "fd00:ec2::253",
            "fd00:ec2::123",
            "fd00:ec2::23",
            // Elsewhere.
            "100.100.100.200",
            "192.0.0.192",
            "fd20:ce::254",
            // Where a function asks for its next event, and where extensions listen.
            "127.0.0.1",
            "169.254.100.1",
        ] {
            let address: IpAddr = address.parse().unwrap();
            assert!(!Reach::Public.covers(address), "{address}");
            if let IpAddr::V4(v4) = address {
                assert!(carried(v4).iter().all(|carried| !is_public(IpAddr::V6(*carried))), "{address}");
            }
        }
    }

    #[test]
    fn of_ipv6_only_what_was_given_out_to_everybody_is_reached() {
        // The first and the last of each range that is not: IANA's registry for special purposes, and RFC 4291.
        for (first, last) in [
            ("::", "::ffff"),
            ("::1:0:0:0", "64:ff9a:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("64:ff9b:0:0:0:1::", "64:ff9b:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff"),
            ("100::", "100::ffff:ffff:ffff:ffff"),
            ("100:0:0:1::", "100:0:0:1:ffff:ffff:ffff:ffff"),
            ("1fff::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("2620:4f:8000::", "2620:4f:8000:ffff:ffff:ffff:ffff:ffff"),
            ("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("4000::", "5eff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("fe00::", "fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ] {
            for address in [first, last] {
                assert!(!is_public(address.parse().unwrap()), "{address}");
            }
        }
        for public in
            ["2000::1", "2001:200::1", "2001:db7::1", "2001:db9::1", "2620:4f:7fff::1", "3ffe::1", "3fff:1000::1"]
        {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }

    #[test]
    fn this_machine_is_reached_only_where_that_is_said() {
        for (address, by_loopback) in
            [("127.0.0.1", true), ("::1", true), ("10.0.0.1", false), ("169.254.169.254", false)]
        {
            let address = address.parse().unwrap();
            assert!(!Reach::Public.covers(address));
            assert_eq!(Reach::Loopback.covers(address), by_loopback, "{address}");
        }
    }
}
