//! `allowed_outbound_hosts`: where a component may connect to. Everything else is refused.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    ops::Range,
};

use ipnet::IpNet;
use url::{Host, Url};

/// The resolved list of one component.
#[derive(Debug, Clone, Default)]
pub(crate) struct AllowedHosts(Vec<AllowedHost>);

/// One entry: `<scheme>://<host>[:<port>]`, with `*` allowed for each part, `*.` before a name, `from..to` (end exclusive) as
/// port, and a CIDR block as host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AllowedHost {
    scheme: Option<String>,
    host: AllowedName,
    port: Port,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum AllowedName {
    Any,
    /// `self`: requests from the application to itself.
    Own,
    /// `*.example.com`, stored as `.example.com`.
    Subdomains(String),
    /// Compared as in URLs: names regardless of case, addresses by value.
    Exact(Host),
    Block(IpNet),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Port {
    Any,
    One(u16),
    Between(Range<u16>),
}

/// Destination that a component wants to connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Destination {
    /// `postgres`, `redis`, `https` …
    pub(crate) scheme: String,
    /// A name or an address.
    pub(crate) host: String,
    /// If absent, the scheme's default port is meant.
    pub(crate) port: Option<u16>,
}

impl AllowedHosts {
    /// A list of resolved entries.
    pub(crate) fn new(entries: Vec<AllowedHost>) -> Self {
        Self(entries)
    }

    /// Whether any entry covers `destination`.
    pub(crate) fn allows(&self, destination: &Destination) -> bool {
        self.0.iter().any(|entry| entry.allows(destination))
    }

    /// Whether a plain socket of `protocol`, `tcp` or `udp`, may connect to `to`.
    pub(crate) fn allows_socket(&self, protocol: &str, to: SocketAddr) -> bool {
        Destination::parse(&to.to_string(), protocol).is_ok_and(|destination| self.allows(&destination))
    }

    /// Whether any entry permits plain sockets.
    pub(crate) fn allows_sockets(&self) -> bool {
        self.0
            .iter()
            .any(|entry| entry.scheme.as_deref().is_none_or(|scheme| matches!(scheme, "tcp" | "udp")))
    }

    /// Whether the application may send HTTP requests to itself.
    pub(crate) fn allows_own(&self) -> bool {
        self.0.iter().any(|entry| {
            matches!(entry.host, AllowedName::Any | AllowedName::Own)
                && entry.scheme.as_deref().is_none_or(|scheme| matches!(scheme, "http" | "https"))
        })
    }
}

impl AllowedHost {
    /// Parses one entry. The error is a sentence for the author of the manifest.
    pub(crate) fn parse(entry: &str) -> Result<Self, String> {
        let entry = entry.trim();
        let Some((scheme, rest)) = entry.split_once("://") else {
            return Err(format!("{entry:?} lacks a scheme: an entry reads <scheme>://<host>[:<port>]"));
        };
        let (host, port) = split_port(rest)?;
        let port = Port::parse(port, scheme)?;
        let scheme = match scheme {
            "*" => None,
            name if name.chars().all(char::is_alphabetic) => Some(name.to_owned()),
            name => {
                return Err(format!(
                    "scheme {name:?} contains something that is no letter: write one entry a scheme"
                ));
            }
        };
        Ok(Self { scheme, host: AllowedName::parse(host)?, port })
    }

    /// Parses an entry that contains variables, which may leave it empty: `None`, an entry for nothing.
    pub(crate) fn parse_resolved(entry: &str) -> Result<Option<Self>, String> {
        match entry {
            "" | "http://" | "https://" => Ok(None),
            _ => Self::parse(entry).map(Some),
        }
    }

    fn allows(&self, to: &Destination) -> bool {
        self.scheme.as_ref().is_none_or(|scheme| *scheme == to.scheme)
            && self.host.allows(&to.host)
            && self.port.allows(to.port.or_else(|| well_known_port(&to.scheme)))
    }
}

impl AllowedName {
    fn parse(host: &str) -> Result<Self, String> {
        let host = host.trim();
        if let Ok(block) = host.parse::<IpNet>() {
            return Ok(Self::Block(block.trunc()));
        }
        let name = host.strip_suffix('/').unwrap_or(host);
        match host {
            "*" => return Ok(Self::Any),
            "self" | "self.alt" => return Ok(Self::Own),
            _ if host.starts_with('{') => return Err(format!("{host:?} is a list: write one entry a host")),
            _ if name.contains('/') => return Err(format!("{host:?} has a path, which an entry must not")),
            _ => {}
        }
        let parse = |name: &str| Host::parse(name).map_err(|error| format!("{host:?} is no host: {error}"));
        match name.strip_prefix("*.") {
            Some(domain) if !domain.contains('*') => match parse(domain)? {
                Host::Domain(domain) => Ok(Self::Subdomains(format!(".{domain}"))),
                Host::Ipv4(_) | Host::Ipv6(_) => Err(format!("{host:?}: an address has no subdomains")),
            },
            None if !name.contains('*') => Ok(Self::Exact(parse(name)?)),
            _ => Err(format!("{host:?}: `*` may only stand for a whole host or before the first dot")),
        }
    }

    fn allows(&self, host: &str) -> bool {
        let Ok(host) = Host::parse(host) else { return false };
        match (self, host) {
            (Self::Any, _) => true,
            (Self::Exact(allowed), host) => *allowed == host,
            (Self::Subdomains(suffix), Host::Domain(name)) => name.ends_with(suffix.as_str()),
            (Self::Block(block), Host::Ipv4(address)) => block.contains(&IpAddr::from(address)),
            (Self::Block(block), Host::Ipv6(address)) => block.contains(&IpAddr::from(address)),
            (Self::Own | Self::Subdomains(_) | Self::Block(_), _) => false,
        }
    }
}

impl Port {
    fn parse(port: &str, scheme: &str) -> Result<Self, String> {
        let number =
            |text: &str| text.parse::<u16>().map_err(|_| format!("port {text:?} is no number below 65536"));
        match port {
            "*" => Ok(Self::Any),
            "" => well_known_port(scheme)
                .map(Self::One)
                .ok_or_else(|| format!("no port, and the scheme {scheme:?} has no well-known one")),
            _ if port.starts_with('{') => Err(format!("{port:?} is a list: write one entry a port")),
            _ => match port.split_once("..") {
                Some((from, to)) => Ok(Self::Between(number(from)?..number(to)?)),
                None => Ok(Self::One(number(port)?)),
            },
        }
    }

    fn allows(&self, port: Option<u16>) -> bool {
        match self {
            Self::Any => true,
            Self::One(one) => port == Some(*one),
            Self::Between(range) => port.is_some_and(|port| range.contains(&port)),
        }
    }
}

impl Destination {
    /// Reads `address`, a URL or `host:port`, assuming `scheme` if it has none. The part before `@` may contain characters that
    /// are not allowed in URLs, as passwords do.
    pub(crate) fn parse(address: &str, scheme: &str) -> Result<Self, url::ParseError> {
        let address = without_user(address);
        let parsed = match Url::parse(&address) {
            Ok(url) if url.has_host() => url,
            _ => Url::parse(&format!("{scheme}://{address}"))?,
        };
        let host = parsed.host_str().ok_or(url::ParseError::EmptyHost)?;
        Ok(Self { scheme: parsed.scheme().to_owned(), host: host.to_owned(), port: parsed.port() })
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.host)?;
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

/// `address` without what is between the scheme and `@`.
fn without_user(address: &str) -> String {
    let start = address.find("://").map_or(0, |at| at + 3);
    let (scheme, rest) = address.split_at(start);
    match rest.split_once('@') {
        Some((user, host)) if !user.contains('/') => format!("{scheme}{host}"),
        _ => address.to_owned(),
    }
}

/// Host and port. The colons of an IPv6 address, in brackets or with a prefix length, belong to it.
fn split_port(rest: &str) -> Result<(&str, &str), String> {
    match rest.rsplit_once(':') {
        None => Ok((rest, "")),
        Some((host, "")) => Ok((host, "")),
        Some(_) if AllowedName::parse(rest).is_ok() => Ok((rest, "")),
        Some((host, port)) => match port.split_once('/') {
            None => Ok((host, port)),
            Some((port, "")) => Ok((host, port)),
            Some(_) => Err(format!("{rest:?} has a path, which an entry must not")),
        },
    }
}

/// The default port of a scheme.
fn well_known_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        "postgres" => Some(5432),
        "redis" => Some(6379),
        "mysql" => Some(3306),
        "mqtt" => Some(1883),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(entry: &str, address: &str) -> bool {
        let list = AllowedHosts::new(vec![AllowedHost::parse(entry).unwrap()]);
        list.allows(&Destination::parse(address, "https").unwrap())
    }

    #[test]
    fn scheme_host_and_port_must_match() {
        assert!(allows("https://example.com", "https://example.com/path?q"));
        assert!(!allows("https://example.com", "http://example.com"));
        assert!(!allows("https://example.com", "https://example.com:444"));
        assert!(!allows("https://example.com", "https://sub.example.com"));
        assert!(allows("redis://127.0.0.1:6379", "redis://user:secret#1@127.0.0.1:6379/0"));
        assert!(allows("postgres://db", "postgres://db:5432"));
    }

    #[test]
    fn wildcards_ranges_and_blocks_match() {
        assert!(allows("*://*:*", "anything://host:1"));
        assert!(allows("https://*.example.com", "https://a.b.example.com"));
        assert!(!allows("https://*.example.com", "https://example.com"));
        assert!(allows("http://localhost:8000..9000", "http://localhost:8999"));
        assert!(!allows("http://localhost:8000..9000", "http://localhost:9000"));
        assert!(allows("http://10.0.0.0/8:*", "http://10.1.2.3:99"));
        assert!(!allows("http://10.0.0.0/8:*", "http://11.1.2.3:99"));
        assert!(allows("http://[::1]:80", "http://[::1]"));
    }

    #[test]
    fn own_requests_need_self_or_any_host() {
        let own = |entry| AllowedHosts::new(vec![AllowedHost::parse(entry).unwrap()]).allows_own();
        assert!(own("http://self"));
        assert!(own("*://*:*"));
        assert!(!own("redis://self:1"));
        assert!(!own("http://example.com"));
    }

    #[test]
    fn sockets_need_an_entry_of_any_scheme() {
        let allows = |entry: &str, protocol: &str, to: &str| {
            let list = AllowedHosts::new(vec![AllowedHost::parse(entry).unwrap()]);
            list.allows_socket(protocol, to.parse().unwrap())
        };
        assert!(allows("*://10.0.0.1:80", "tcp", "10.0.0.1:80"));
        assert!(allows("tcp://10.0.0.1:80", "tcp", "10.0.0.1:80"));
        assert!(allows("*://[::1]:80", "tcp", "[::1]:80"));
        assert!(!allows("tcp://10.0.0.1:80", "udp", "10.0.0.1:80"));
        assert!(!allows("*://10.0.0.1:81", "tcp", "10.0.0.1:80"));
        assert!(!allows("http://10.0.0.1:80", "tcp", "10.0.0.1:80"));
    }

    #[test]
    fn hosts_are_compared_as_urls_have_them() {
        assert!(allows("http://LOCALHOST:1", "http://localhost:1"));
        assert!(allows("redis://localhost", "redis://LOCALHOST"));
        assert!(allows("http://*.Example.COM", "http://a.example.com"));
        assert!(allows("http://127.0.0.1", "http://127.1"));
        assert!(allows("http://fc00::/7:80", "http://[fd00::1]"));
        assert!(allows("http://[0:0::1]", "http://[::1]:80"));
        assert!(allows("http://a/", "http://a"));
        assert!(allows("http://a:8080/", "http://a:8080"));
        assert!(!allows("http://*.example.com", "http://10.0.0.1"));
        assert!(!allows("://h:1", "http://h:1"));
    }

    #[test]
    fn what_a_variable_leaves_empty_allows_nothing() {
        for entry in ["", "http://", "https://"] {
            assert_eq!(AllowedHost::parse_resolved(entry), Ok(None));
        }
        assert!(AllowedHost::parse_resolved("redis://").is_err());
    }

    #[test]
    fn nonsense_is_refused() {
        for entry in [
            "",
            "*",
            ":",
            "?",
            "example.com",
            "ht1tp://a",
            "foo://host",
            "://h",
            "http://a/path",
            "http://a:80/path",
            "http://*/",
            "http://a*.b",
            "http://*.*.b",
            "http://*.0.0.1:1",
            "http://*.10.0.0.1",
            "http://a:b",
            "http://a:65536",
            "http://a:1..b",
            "http://user:pw@host",
            "http://user:pw@host:80",
            "http://{a,b}",
            "{http,https}://a",
            "http://a:{1,2}",
            "http://",
            "http:// ",
            "http://a b",
            "insecure:allow-all",
        ] {
            AllowedHost::parse(entry).unwrap_err();
        }
    }
}
