//! Where a request really comes from, when proxies stand between.
//!
//! A proxy that we run tells whom it speaks for in `forwarded` (RFC 7239). Anybody else's header is a claim. So the way is
//! walked backwards from the connection: as long as the address is a trusted proxy's, the one that it names counts.

use std::net::IpAddr;

/// A block of addresses: `10.0.0.0/8`, `::1`, `192.0.2.1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    address: IpAddr,
    length: u32,
}

impl Block {
    /// Reads a list, separated by commas.
    ///
    /// # Errors
    /// Which entry is no block of addresses.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, String> {
        let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        entries
            .map(|entry| {
                Self::parse(entry).ok_or_else(|| format!("has `{entry}`, which is no block of addresses"))
            })
            .collect()
    }

    fn parse(text: &str) -> Option<Self> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length.parse::<u32>().ok()?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let length = length.unwrap_or(longest);
        (length <= longest).then_some(Self { address, length })
    }

    /// Whether an address is in it. An IPv4 address written as IPv6 is the IPv4 address.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(block), IpAddr::V4(address)) => {
                let shift = 32 - self.length;
                u32::from(block).checked_shr(shift) == u32::from(address).checked_shr(shift)
            }
            (IpAddr::V6(block), IpAddr::V6(address)) => {
                let shift = 128 - self.length;
                u128::from(block).checked_shr(shift) == u128::from(address).checked_shr(shift)
            }
            _ => false,
        }
    }
}

/// The client's address: of the connection, or of whom trusted proxies speak for. `forwarded` are the header's values in
/// the order in which they stand.
pub fn client<'a>(
    connection: IpAddr,
    forwarded: impl DoubleEndedIterator<Item = &'a str>,
    trusted: &[Block],
) -> IpAddr {
    let mut client = connection.to_canonical();
    let mut hops = forwarded.rev().flat_map(|value| value.rsplit(','));
    while trusted.iter().any(|block| block.contains(client)) {
        // An element that names nobody (`for=unknown`) ends the walk: what stands before it came from nobody we know.
        match hops.next().and_then(address_of) {
            Some(address) => client = address,
            None => break,
        }
    }
    client
}

/// The key under which an address is counted: itself, or for IPv6 its /64, of which one household has 2^64.
pub fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

/// `for=192.0.2.60;proto=http`, `for="[2001:db8::1]:4711"`.
fn address_of(element: &str) -> Option<IpAddr> {
    let value = element.split(';').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then(|| value.trim().trim_matches('"'))
    })?;
    let host = match value.strip_prefix('[') {
        Some(rest) => rest.split(']').next()?,
        None if value.matches(':').count() == 1 => value.split(':').next()?,
        None => value,
    };
    host.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client_of(connection: &str, forwarded: &[&str], trusted: &str) -> String {
        let trusted = Block::parse_list(trusted).unwrap();
        client(connection.parse().unwrap(), forwarded.iter().copied(), &trusted).to_string()
    }

    #[test]
    fn an_untrusted_peer_speaks_for_nobody() {
        assert_eq!(client_of("203.0.113.9", &["for=192.0.2.1"], ""), "203.0.113.9");
        assert_eq!(client_of("203.0.113.9", &["for=192.0.2.1"], "10.0.0.0/8"), "203.0.113.9");
    }

    #[test]
    fn trusted_proxies_are_walked_backwards() {
        let trusted = "10.0.0.0/8, ::1";
        assert_eq!(client_of("10.1.2.3", &["for=192.0.2.1"], trusted), "192.0.2.1");
        assert_eq!(
            client_of("10.1.2.3", &["for=1.1.1.1, for=192.0.2.1, for=10.9.9.9"], trusted),
            "192.0.2.1"
        );
        assert_eq!(
            client_of("10.1.2.3", &["for=1.1.1.1", "For=\"[2001:db8::1]:4711\";proto=https"], trusted),
            "2001:db8::1"
        );
        assert_eq!(client_of("::1", &["for=192.0.2.7:80"], trusted), "192.0.2.7");
        assert_eq!(client_of("::ffff:10.0.0.1", &["for=192.0.2.7"], trusted), "192.0.2.7");
    }

    #[test]
    fn an_element_that_names_nobody_ends_the_walk() {
        for header in ["for=unknown", "for=_hidden", "by=192.0.2.1", "", "for="] {
            assert_eq!(client_of("10.1.2.3", &["for=1.1.1.1", header], "10.0.0.0/8"), "10.1.2.3", "{header}");
        }
    }

    #[test]
    fn blocks_are_checked() {
        assert!(Block::parse_list("0.0.0.0/0").unwrap()[0].contains("9.9.9.9".parse().unwrap()));
        assert!(!Block::parse_list("10.0.0.0/8").unwrap()[0].contains("11.0.0.0".parse().unwrap()));
        assert!(!Block::parse_list("::/0").unwrap()[0].contains("9.9.9.9".parse().unwrap()));
        for wrong in ["10.0.0.0/33", "x", "10.0.0", "10.0.0.0/-1"] {
            assert!(Block::parse_list(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_household_is_counted_as_one() {
        let key = |text: &str| network(text.parse().unwrap());
        assert_eq!(key("2001:db8:1:2:3::4"), key("2001:db8:1:2:ffff::1"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_eq!(key("192.0.2.1"), "192.0.2.1");
    }
}
