//! Where a request really comes from when there are proxies in between.
//!
//! A proxy that we run states on whose behalf it forwards, in `forwarded` (RFC 7239) or in `x-forwarded-for`. From anybody else,
//! such a header is merely a claim. So the path is walked backwards from the connection: as long as the address is a trusted
//! proxy's, the one that it names counts.
//!
//! A proxy that writes one of the two headers may pass on the other as forged by its client. So configuration says which one
//! counts ([`Header`]); where it does not, two headers that contradict each other are both ignored.

use std::net::IpAddr;

use ipnet::IpNet;

/// A block of addresses: `10.0.0.0/8`, `::1`, `192.0.2.1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block(IpNet);

impl Block {
    /// Reads a comma-separated list.
    ///
    /// # Errors
    /// The entry that is not a block of addresses.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, String> {
        let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        entries
            .map(|entry| {
                Self::parse(entry).ok_or_else(|| format!("has `{entry}`, which is not a block of addresses"))
            })
            .collect()
    }

    /// The standard library reads the address: `ipnet` accepts `010.0.0.0` as `10.0.0.0`, where others read it as octal.
    fn parse(text: &str) -> Option<Self> {
        let block = match text.split_once('/') {
            Some((address, length)) => IpNet::new(address.parse().ok()?, length.parse().ok()?).ok()?,
            None => IpNet::from(text.parse::<IpAddr>().ok()?),
        };
        // IPv4 blocks written as IPv6 are IPv4 blocks, just like addresses.
        match (block.addr().to_canonical(), block.prefix_len().checked_sub(96)) {
            (mapped @ IpAddr::V4(_), Some(length)) if block.addr().is_ipv6() => {
                IpNet::new(mapped, length).ok().map(Self)
            }
            _ => Some(Self(block)),
        }
    }

    /// Whether it contains an address. An IPv4 address written as IPv6 is the IPv4 address.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }
}

/// The header in which trusted proxies identify the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Header {
    /// `forwarded`; the other one is ignored.
    Forwarded,
    /// `x-forwarded-for`; the other one is ignored.
    XForwardedFor,
    /// Not configured: whichever is present. If both are and name different clients, neither.
    Either,
}

impl Header {
    /// Reads the name of a header; empty is [`Self::Either`].
    ///
    /// # Errors
    /// What it must be.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.trim().to_ascii_lowercase().as_str() {
            "forwarded" => Ok(Self::Forwarded),
            "x-forwarded-for" => Ok(Self::XForwardedFor),
            "" => Ok(Self::Either),
            _ => Err("must be forwarded or x-forwarded-for".to_owned()),
        }
    }
}

/// What a request says about the client it was forwarded for: the lines of both headers, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claims<'a> {
    /// Lines of `forwarded`.
    pub forwarded: &'a [&'a str],
    /// Lines of `x-forwarded-for`.
    pub x_forwarded_for: &'a [&'a str],
}

/// A line of such a header as text. Anything that is not ASCII identifies nobody, but may come from a client, ahead of what a
/// proxy has written on the same line.
pub fn readable(line: &[u8]) -> String {
    line.iter().map(|byte| if byte.is_ascii() { char::from(*byte) } else { '?' }).collect()
}

/// The client's address: that of the connection, or the one stated by trusted proxies.
pub fn client(connection: IpAddr, claims: Claims<'_>, header: Header, trusted: &[Block]) -> IpAddr {
    let by_forwarded = || walk(connection, hops(claims.forwarded, backwards), address_of, trusted);
    let by_x_forwarded_for =
        || walk(connection, hops(claims.x_forwarded_for, plainly_backwards), plain_address_of, trusted);
    match header {
        Header::Forwarded => by_forwarded(),
        Header::XForwardedFor => by_x_forwarded_for(),
        Header::Either if claims.x_forwarded_for.is_empty() => by_forwarded(),
        Header::Either if claims.forwarded.is_empty() => by_x_forwarded_for(),
        Header::Either => {
            let (one, other) = (by_forwarded(), by_x_forwarded_for());
            if one == other { one } else { connection.to_canonical() }
        }
    }
}

/// The elements of all lines, last one first.
fn hops<'a>(lines: &[&'a str], split: fn(&'a str, char) -> Vec<&'a str>) -> impl Iterator<Item = &'a str> {
    lines.iter().rev().flat_map(move |line| split(line, ',')).collect::<Vec<_>>().into_iter()
}

fn plainly_backwards(line: &str, separator: char) -> Vec<&str> {
    line.rsplit(separator).collect()
}

/// Parts between separators that are not inside a quoted string (RFC 7239, 4; RFC 9110, 5.6.4), last one first: the host named by
/// a client is in such a string, with whatever separators it chooses.
///
/// Read from the end, where the nearest proxy has written: a quote left open by a client ends nothing there.
fn backwards(line: &str, separator: char) -> Vec<&str> {
    let (mut parts, mut end, mut quoted) = (Vec::new(), line.len(), false);
    for (at, c) in line.char_indices().rev() {
        if c == '"' {
            let before = line.get(..at).unwrap_or_default();
            let backslashes = before.len() - before.trim_end_matches('\\').len();
            quoted = !quoted || backslashes % 2 == 1;
        } else if c == separator && !quoted {
            parts.extend(line.get(at + c.len_utf8()..end));
            end = at;
        }
    }
    parts.extend(line.get(..end));
    parts
}

fn walk<'a>(
    connection: IpAddr,
    mut hops: impl Iterator<Item = &'a str>,
    read: fn(&str) -> Option<IpAddr>,
    trusted: &[Block],
) -> IpAddr {
    let mut client = connection.to_canonical();
    while trusted.iter().any(|block| block.contains(client)) {
        // An element that identifies nobody (`for=unknown`) ends the walk: what precedes it came from nobody we know.
        match hops.next().and_then(read) {
            Some(address) => client = address,
            None => break,
        }
    }
    client
}

/// The key under which an address is counted: itself or, for IPv6, its /64, since one household has 2^64 addresses.
pub fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

/// `for=192.0.2.60;proto=http`, `for="[2001:db8::1]:4711"`. An element that names two clients names none: each parameter may
/// appear once (RFC 7239, 4).
fn address_of(element: &str) -> Option<IpAddr> {
    let pairs = backwards(element, ';');
    let mut clients = pairs.iter().filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then(|| value.trim())
    });
    let (Some(client), None) = (clients.next(), clients.next()) else { return None };
    match client.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(quoted) => plain_address_of(&unescaped(quoted)),
        None => plain_address_of(client),
    }
}

/// The content of a quoted string: a backslash stands for the character after it.
fn unescaped(quoted: &str) -> String {
    let mut escaped = false;
    quoted
        .chars()
        .filter(|c| {
            escaped = *c == '\\' && !escaped;
            !escaped
        })
        .collect()
}

/// `192.0.2.60`, `192.0.2.60:4711`, `2001:db8::1`, `[2001:db8::1]:4711`.
fn plain_address_of(value: &str) -> Option<IpAddr> {
    let value = value.trim();
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
        let claims = Claims { forwarded, x_forwarded_for: &[] };
        client(connection.parse().unwrap(), claims, Header::Either, &trusted).to_string()
    }

    #[test]
    fn only_the_header_that_is_trusted_counts() {
        let trusted = Block::parse_list("10.0.0.0/8").unwrap();
        let client = |header, forwarded: &[&str], x_forwarded_for: &[&str]| {
            let claims = Claims { forwarded, x_forwarded_for };
            client("10.0.0.1".parse().unwrap(), claims, header, &trusted).to_string()
        };
        let (forged, real) = (&["for=198.51.100.7"][..], &["198.51.100.7, 203.0.113.5:4711"][..]);
        assert_eq!(client(Header::XForwardedFor, forged, real), "203.0.113.5");
        assert_eq!(client(Header::XForwardedFor, forged, &[]), "10.0.0.1", "the proxy has said nothing");
        assert_eq!(client(Header::Forwarded, forged, real), "198.51.100.7");
        assert_eq!(client(Header::Either, forged, real), "10.0.0.1", "one of them is forged");
        assert_eq!(client(Header::Either, &[], real), "203.0.113.5");
        assert_eq!(client(Header::Either, &["for=203.0.113.5"], real), "203.0.113.5");
        assert_eq!(
            client(Header::XForwardedFor, &[], &["1.1.1.1", "[2001:db8::1]:80, 10.2.2.2"]),
            "2001:db8::1"
        );
        assert_eq!(client(Header::XForwardedFor, &[], &["1.1.1.1, unknown"]), "10.0.0.1");
    }

    #[test]
    fn the_header_is_one_of_two() {
        assert_eq!(Header::parse("X-Forwarded-For"), Ok(Header::XForwardedFor));
        assert_eq!(Header::parse("forwarded"), Ok(Header::Forwarded));
        assert_eq!(Header::parse(""), Ok(Header::Either));
        assert!(Header::parse("x-real-ip").is_err());
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
    fn what_a_client_has_put_into_a_quoted_string_names_nobody() {
        let client = |header: &str| client_of("10.1.2.3", &[header], "10.0.0.0/8");
        for header in [
            r#"for=192.0.2.1;host="x, for=198.51.100.7""#,
            r#"host="x, for=198.51.100.7";for=192.0.2.1"#,
            r#"for=192.0.2.1;host="x;for=198.51.100.7""#,
            r#"for=192.0.2.1;host="a\", for=198.51.100.7;x=\"b""#,
            r#"for=192.0.2.1;host="a\\";proto=http"#,
            // What the client itself sent precedes what the proxy has written, and may be malformed.
            r#"for="198.51.100.7, for=192.0.2.1"#,
            r#"for=198.51.100.7;host=", for=192.0.2.1;host="x""#,
            r#"for="\192.0.2.1""#,
        ] {
            assert_eq!(client(header), "192.0.2.1", "{header}");
        }
        for two in ["for=192.0.2.1;for=198.51.100.7", "for=198.51.100.7;proto=http;FOR=192.0.2.1"] {
            assert_eq!(client(two), "10.1.2.3", "{two}");
        }
    }

    #[test]
    fn letters_of_any_kind_that_a_client_has_sent_hide_nothing_that_stands_behind_them() {
        let trusted = Block::parse_list("10.0.0.0/8").unwrap();
        for line in ["é, 192.0.2.1".as_bytes(), b"198.51.100.7\xff, 192.0.2.1"] {
            let line = readable(line);
            let claims = Claims { forwarded: &[], x_forwarded_for: &[&line] };
            let client = client("10.0.0.1".parse().unwrap(), claims, Header::XForwardedFor, &trusted);
            assert_eq!(client.to_string(), "192.0.2.1", "{line}");
        }
    }

    #[test]
    fn a_block_of_ipv4_written_as_ipv6_is_one_of_ipv4() {
        assert_eq!(client_of("10.1.2.3", &["for=192.0.2.7"], "::ffff:10.0.0.0/104"), "192.0.2.7");
        assert_eq!(client_of("11.1.2.3", &["for=192.0.2.7"], "::ffff:10.0.0.0/104"), "11.1.2.3");
        assert!(Block::parse_list("::ffff:10.0.0.0/129").is_err());
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
        assert!(Block::parse_list("10.1.2.3/8").unwrap()[0].contains("10.9.9.9".parse().unwrap()));
        assert!(
            Block::parse_list("2001:db8::1/32").unwrap()[0].contains("2001:db8:ffff::1".parse().unwrap())
        );
        for wrong in ["10.0.0.0/33", "x", "10.0.0", "10.0.0.0/-1", "010.0.0.0/8", "::/129", "10.0.0.0/", "/8"]
        {
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
