//! `allowed_outbound_hosts`: where a component may connect to. Everything else is refused.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    ops::Range,
};

use ipnet::IpNet;
use url::Url;

/// The resolved list of one component.
#[derive(Debug, Clone, Default)]
pub(crate) struct AllowedHosts(Vec<AllowedHost>);

/// One entry: `<scheme>://<host>[:<port>]`, `*` allowed for each, `*.` before a host, `from..to` (end exclusive) as port,
/// a CIDR block as host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AllowedHost {
    scheme: Option<String>,
    host: Host,
    port: Port,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Host {
    Any,
    /// `self`: requests of the application to itself.
    Own,
    /// `*.example.com`, kept as `.example.com`.
    Subdomains(String),
    Exact(String),
    Block(IpNet),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Port {
    Any,
    One(u16),
    Between(Range<u16>),
}

/// Where a component wants to connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Destination {
    /// `postgres`, `redis`, `https` …
    pub(crate) scheme: String,
    /// A name or an address.
    pub(crate) host: String,
    /// When absent, the scheme's well-known port is meant.
    pub(crate) port: Option<u16>,
}

impl AllowedHosts {
    /// A list of resolved entries.
    pub(crate) fn new(entries: Vec<AllowedHost>) -> Self {
        Self(entries)
    }

    /// Whether some entry covers `destination`.
    pub(crate) fn allows(&self, destination: &Destination) -> bool {
        self.0.iter().any(|entry| entry.allows(destination))
    }

    /// Whether a plain socket may connect to `to`: by entries of any scheme alone, as in Spin.
    pub(crate) fn allows_socket(&self, to: SocketAddr) -> bool {
        let host = to.ip().to_string();
        self.0.iter().any(|entry| {
            entry.scheme.is_none() && entry.host.allows(&host) && entry.port.allows(Some(to.port()))
        })
    }

    /// Whether some entry lets plain sockets out.
    pub(crate) fn allows_sockets(&self) -> bool {
        self.0.iter().any(|entry| entry.scheme.is_none())
    }

    /// Whether the application may send HTTP requests to itself.
    pub(crate) fn allows_own(&self) -> bool {
        self.0.iter().any(|entry| {
            matches!(entry.host, Host::Any | Host::Own)
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
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = split_port(rest);
        let scheme = match scheme {
            "*" => None,
            name if !name.is_empty() && name.chars().all(char::is_alphabetic) => Some(name.to_owned()),
            name => return Err(format!("scheme {name:?} contains something that is no letter")),
        };
        let port = parse_port(port, scheme.as_deref())?;
        Ok(Self { scheme, host: parse_host(host)?, port })
    }

    fn allows(&self, to: &Destination) -> bool {
        self.scheme.as_ref().is_none_or(|scheme| *scheme == to.scheme)
            && self.host.allows(&to.host)
            && self.port.allows(to.port.or_else(|| well_known_port(&to.scheme)))
    }
}

impl Host {
    fn allows(&self, host: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Own => false,
            Self::Subdomains(suffix) => host.ends_with(suffix.as_str()),
            Self::Exact(name) => name == host,
            Self::Block(block) => host
                .trim_start_matches('[')
                .trim_end_matches(']')
                .parse::<IpAddr>()
                .is_ok_and(|address| block.contains(&address)),
        }
    }
}

impl Port {
    fn allows(&self, port: Option<u16>) -> bool {
        match self {
            Self::Any => true,
            Self::One(one) => port == Some(*one),
            Self::Between(range) => port.is_some_and(|port| range.contains(&port)),
        }
    }
}

impl Destination {
    /// Reads `address`, a URL or `host:port`, taking `scheme` when it has none. The part before `@` may hold characters
    /// that no URL allows, as passwords do.
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

/// `address` without what stands between the scheme and `@`.
fn without_user(address: &str) -> String {
    let start = address.find("://").map_or(0, |at| at + 3);
    let (scheme, rest) = address.split_at(start);
    match rest.split_once('@') {
        Some((user, host)) if !user.contains('/') => format!("{scheme}{host}"),
        _ => address.to_owned(),
    }
}

/// Host and port, an IPv6 address in brackets kept whole.
fn split_port(rest: &str) -> (&str, &str) {
    match rest.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port),
        _ => (rest, ""),
    }
}

fn parse_host(host: &str) -> Result<Host, String> {
    let host = host.trim();
    if let Ok(block) = host.parse::<IpNet>() {
        return Ok(Host::Block(block.trunc()));
    }
    match host {
        "" => Err("the host is empty".to_owned()),
        "*" => Ok(Host::Any),
        "self" | "self.alt" => Ok(Host::Own),
        _ if host.contains('/') => Err(format!("{host:?} has a path, which an entry must not")),
        _ => match host.strip_prefix("*.") {
            Some(domain) if !domain.contains('*') => Ok(Host::Subdomains(format!(".{domain}"))),
            None if !host.contains('*') => Ok(Host::Exact(host.to_owned())),
            _ => Err(format!("{host:?}: `*` may only stand for a whole host or before the first dot")),
        },
    }
}

fn parse_port(port: &str, scheme: Option<&str>) -> Result<Port, String> {
    let number =
        |text: &str| text.parse::<u16>().map_err(|_| format!("port {text:?} is no number below 65536"));
    match port {
        "*" => Ok(Port::Any),
        "" => scheme
            .and_then(well_known_port)
            .map(Port::One)
            .ok_or_else(|| "no port, and the scheme has no well-known one".to_owned()),
        _ => match port.split_once("..") {
            Some((from, to)) => Ok(Port::Between(number(from)?..number(to)?)),
            None => Ok(Port::One(number(port)?)),
        },
    }
}

/// The port that a scheme means when none is said.
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
        let list = |entry| AllowedHosts::new(vec![AllowedHost::parse(entry).unwrap()]);
        let to = "10.0.0.1:80".parse().unwrap();
        assert!(list("*://10.0.0.1:80").allows_socket(to));
        assert!(!list("*://10.0.0.1:81").allows_socket(to));
        assert!(!list("http://10.0.0.1:80").allows_socket(to));
    }

    #[test]
    fn nonsense_is_refused() {
        for entry in
            ["", "*", "example.com", "ht1tp://a", "foo://host", "http://a/path", "http://a*.b", "http://a:b"]
        {
            AllowedHost::parse(entry).unwrap_err();
        }
    }
}
