//! What the head of a request must be like for a component to receive it, and the headers that are then added.
//!
//! The rules: exactly one valid `Host` (RFC 9112, 3.2), which does not contradict the request's own target; header values in
//! UTF-8, since Spin passes on no others; no names that the host sets itself.

use std::net::{Ipv6Addr, SocketAddr};

use bytes::BytesMut;
use http::{
    HeaderMap, HeaderName, HeaderValue, Request, Uri, Version,
    header::{CONNECTION, HOST},
    uri::{Authority, Scheme},
};

use crate::{
    interfaces::outbound_http::COMPONENTS,
    router::{Entry, Matched},
};

/// Prefix of the names of the headers that the host sets: clients cannot set them.
const OURS: &str = "spin-";

const PATH_INFO: HeaderName = HeaderName::from_static("spin-path-info");
const FULL_URL: HeaderName = HeaderName::from_static("spin-full-url");
const MATCHED_ROUTE: HeaderName = HeaderName::from_static("spin-matched-route");
const BASE_PATH: HeaderName = HeaderName::from_static("spin-base-path");
const RAW_COMPONENT_ROUTE: HeaderName = HeaderName::from_static("spin-raw-component-route");
const COMPONENT_ROUTE: HeaderName = HeaderName::from_static("spin-component-route");
const CLIENT_ADDR: HeaderName = HeaderName::from_static("spin-client-addr");

/// Why a head is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadHead {
    #[error("The request has no Host header.")]
    NoHost,
    #[error("The request has several Host headers.")]
    SeveralHosts,
    #[error("The Host header is not a valid host.")]
    WrongHost,
    #[error("The Host header and the request target name different hosts.")]
    TwoHosts,
    #[error("The value of the header {0} is not UTF-8.")]
    NotUtf8(HeaderName),
    #[error("The request target is not valid.")]
    Target,
}

/// The client of a connection, and the address that it connected to.
pub(crate) struct Peer {
    address: HeaderValue,
    /// The host assumed for a request of HTTP/1.0, which needs no `Host`.
    own: Option<Authority>,
}

impl Peer {
    pub(crate) fn new(address: SocketAddr, own: Option<SocketAddr>) -> Self {
        // An address and a port are always visible ASCII.
        let address = HeaderValue::from_str(&address.to_string()).unwrap_or(HeaderValue::from_static(""));
        Self { address, own: own.and_then(|own| own.to_string().parse().ok()) }
    }
}

/// Checks the head, and makes its target absolute.
pub(crate) fn check<B>(request: &mut Request<B>, peer: &Peer) -> Result<(), BadHead> {
    let not_utf8 = |value: &HeaderValue| std::str::from_utf8(value.as_bytes()).is_err();
    if let Some((name, _)) = request.headers().iter().find(|(_, value)| not_utf8(value)) {
        return Err(BadHead::NotUtf8(name.clone()));
    }
    let authority = authority(request, peer)?;
    let mut parts = std::mem::take(request.uri_mut()).into_parts();
    parts.authority = Some(authority);
    parts.scheme = Some(Scheme::HTTP);
    if parts.path_and_query.is_none() {
        return Err(BadHead::Target);
    }
    *request.uri_mut() = Uri::from_parts(parts).map_err(|_| BadHead::Target)?;
    Ok(())
}

/// Which server the request is for.
fn authority<B>(request: &Request<B>, peer: &Peer) -> Result<Authority, BadHead> {
    let mut hosts = request.headers().get_all(HOST).iter();
    let header = hosts.next().map(|value| host(value.as_bytes())).transpose()?;
    if hosts.next().is_some() {
        return Err(BadHead::SeveralHosts);
    }
    let target =
        request.uri().authority().map(|authority| host(authority.as_str().as_bytes())).transpose()?;
    match (header, target) {
        // RFC 9112, 3.2: whatever the target, a request of HTTP/1.1 has the header.
        (None, _) if request.version() == Version::HTTP_11 => Err(BadHead::NoHost),
        // RFC 9113, 8.3.1. RFC 9112, 3.2.2 would use the target alone; Spin refuses, so that nobody is fooled.
        (Some(header), Some(target)) if !same(&header, &target) => Err(BadHead::TwoHosts),
        (Some(authority), _) | (None, Some(authority)) => Ok(authority),
        (None, None) => peer.own.clone().ok_or(BadHead::NoHost),
    }
}

/// A host with or without a port: `uri-host [ ":" port ]`, and no user information.
fn host(text: &[u8]) -> Result<Authority, BadHead> {
    // What a proxy makes of several headers. No host name contains a comma.
    if text.contains(&b',') {
        return Err(BadHead::SeveralHosts);
    }
    let authority = Authority::try_from(text).map_err(|_| BadHead::WrongHost)?;
    let host = authority.host();
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let port = authority.as_str().strip_prefix(host).ok_or(BadHead::WrongHost)?;
    let is_port = matches!(port, "" | ":") || authority.port_u16().is_some();
    let is_host = !host.is_empty() && address.is_none_or(|address| address.parse::<Ipv6Addr>().is_ok());
    // Names of components are reserved for components.
    let is_component = host.to_ascii_lowercase().ends_with(COMPONENTS);
    if is_port && is_host && !is_component { Ok(authority) } else { Err(BadHead::WrongHost) }
}

/// Whether two authorities of `http` mean the same server: port 80 may be omitted.
fn same(one: &Authority, other: &Authority) -> bool {
    let port = |of: &Authority| of.port_u16().unwrap_or(80);
    one.host().eq_ignore_ascii_case(other.host()) && port(one) == port(other)
}

/// Sets the headers that Spin sets, and removes those that it removes.
pub(crate) fn announce<B, T>(
    request: &mut Request<B>,
    matched: &Matched<'_, T>,
    peer: &Peer,
) -> Result<(), BadHead> {
    let uri = request.uri();
    let url = match (request.headers().get(HOST), uri.authority()) {
        (Some(host), _) => full_url(uri, host.as_bytes())?,
        (None, Some(authority)) => full_url(uri, authority.as_str().as_bytes())?,
        (None, None) => full_url(uri, b"localhost")?,
    };
    set(request.headers_mut(), url, matched, &peer.address)
}

/// Sets the headers of a request from one component to another.
pub(crate) fn announce_internal<B>(request: &mut Request<B>) -> Result<(), BadHead> {
    let entry = Entry {
        target: (),
        raw: HeaderValue::from_static("/..."),
        matched: HeaderValue::from_static("/..."),
        component: HeaderValue::from_static(""),
    };
    let path_info = request.uri().path().to_owned();
    let matched = Matched { entry: &entry, path_info, parameters: Vec::new() };
    request.headers_mut().remove(HOST);
    let url = full_url(request.uri(), b"localhost")?;
    set(request.headers_mut(), url, &matched, &HeaderValue::from_static("0.0.0.0:0"))
}

fn set<T>(
    headers: &mut HeaderMap,
    url: HeaderValue,
    matched: &Matched<'_, T>,
    client: &HeaderValue,
) -> Result<(), BadHead> {
    remove_ours(headers);
    headers.remove(CONNECTION);
    let Entry { raw, matched: route, component, .. } = matched.entry;
    headers.reserve(7 + matched.parameters.len());
    headers.insert(PATH_INFO, value(&matched.path_info)?);
    headers.insert(FULL_URL, url);
    headers.insert(MATCHED_ROUTE, route.clone());
    headers.insert(BASE_PATH, HeaderValue::from_static("/"));
    headers.insert(RAW_COMPONENT_ROUTE, raw.clone());
    headers.insert(COMPONENT_ROUTE, component.clone());
    headers.insert(CLIENT_ADDR, client.clone());
    for (name, content) in &matched.parameters {
        let name = format!("spin-path-match-{}", name.to_ascii_lowercase().replace('_', "-"));
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| BadHead::Target)?;
        // Of two parameters with the same name, the later one counts.
        headers.insert(name, value(content)?);
    }
    Ok(())
}

/// Removes what a client must not say on the host's behalf.
fn remove_ours(headers: &mut HeaderMap) {
    if headers.keys().any(|name| name.as_str().starts_with(OURS)) {
        let forged: Vec<_> = headers.keys().filter(|name| name.as_str().starts_with(OURS)).cloned().collect();
        for name in forged {
            headers.remove(name);
        }
    }
}

fn full_url(uri: &Uri, host: &[u8]) -> Result<HeaderValue, BadHead> {
    let path = uri.path_and_query().ok_or(BadHead::Target)?.as_str();
    let mut url = BytesMut::with_capacity("http://".len() + host.len() + path.len());
    url.extend_from_slice(b"http://");
    url.extend_from_slice(host);
    url.extend_from_slice(path.as_bytes());
    HeaderValue::from_maybe_shared(url.freeze()).map_err(|_| BadHead::Target)
}

fn value(content: &str) -> Result<HeaderValue, BadHead> {
    HeaderValue::from_str(content)
        .or_else(|_| HeaderValue::from_bytes(content.as_bytes()))
        .map_err(|_| BadHead::Target)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer() -> Peer {
        Peer::new(([192, 0, 2, 1], 9).into(), Some(([192, 0, 2, 2], 3000).into()))
    }

    /// The target of a request with these `Host` headers, made absolute.
    fn absolute(version: Version, target: &str, hosts: &[&[u8]]) -> Result<String, BadHead> {
        let mut request = Request::builder().version(version).uri(target).body(()).unwrap();
        for host in hosts {
            request.headers_mut().append(HOST, HeaderValue::from_bytes(host).unwrap());
        }
        check(&mut request, &peer()).map(|()| request.uri().to_string())
    }

    #[test]
    fn there_is_exactly_one_host() {
        let of = |hosts: &[&[u8]]| absolute(Version::HTTP_11, "/a?b", hosts);
        assert_eq!(of(&[b"example.com:1"]).unwrap(), "http://example.com:1/a?b");
        assert_eq!(of(&[]), Err(BadHead::NoHost));
        assert_eq!(of(&[b"a", b"a"]), Err(BadHead::SeveralHosts));
        assert_eq!(of(&[b"a, a"]), Err(BadHead::SeveralHosts));
        assert_eq!(absolute(Version::HTTP_11, "http://a/", &[]), Err(BadHead::NoHost));
        assert_eq!(absolute(Version::HTTP_10, "/a", &[]).unwrap(), "http://192.0.2.2:3000/a");
        assert_eq!(absolute(Version::HTTP_10, "/a", &[b"b"]).unwrap(), "http://b/a");
        assert_eq!(absolute(Version::HTTP_2, "http://a/", &[]).unwrap(), "http://a/");
    }

    #[test]
    fn the_host_and_the_target_agree() {
        let of = |target: &str, host: &[u8]| absolute(Version::HTTP_11, target, &[host]);
        assert_eq!(of("http://a/", b"b"), Err(BadHead::TwoHosts));
        assert_eq!(of("http://a/", b"a:81"), Err(BadHead::TwoHosts));
        assert_eq!(of("http://a/", b"A:80").unwrap(), "http://A:80/");
        assert_eq!(absolute(Version::HTTP_2, "http://a/", &[b"b"]), Err(BadHead::TwoHosts));
    }

    #[test]
    fn what_names_no_host_is_refused() {
        for host in [
            "",
            " ",
            "a b",
            "a%20b",
            "a/b",
            "a?b",
            "a#b",
            "user@a",
            "user:password@a",
            ":80",
            "a:b",
            "a:-1",
            "a:65536",
            "[::1",
            "[zz]",
            "::1",
            "web.spin.internal",
            "WEB.SPIN.INTERNAL:80",
        ] {
            let outcome = absolute(Version::HTTP_11, "/", &[host.as_bytes()]);
            assert_eq!(outcome, Err(BadHead::WrongHost), "{host:?}");
        }
        for host in ["a", "a:", "a:65535", "[::1]", "[::1]:80", "127.0.0.1:1", "A-b_c.d", "spin.internal.org"]
        {
            absolute(Version::HTTP_11, "/", &[host.as_bytes()]).unwrap_or_else(|why| panic!("{host}: {why}"));
        }
    }

    #[test]
    fn values_are_utf_8() {
        let with = |value: &[u8]| {
            let mut request = Request::builder().uri("/").header(HOST, "a").body(()).unwrap();
            request.headers_mut().insert("x", HeaderValue::from_bytes(value).unwrap());
            check(&mut request, &peer())
        };
        assert_eq!(with(b"caf\xc3\xa9"), Ok(()));
        for value in [&b"caf\xe9"[..], b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xc0\xaf"] {
            assert_eq!(with(value), Err(BadHead::NotUtf8(HeaderName::from_static("x"))), "{value:?}");
        }
    }

    #[test]
    fn forged_headers_are_removed() {
        let mut headers = HeaderMap::new();
        headers.append(CLIENT_ADDR, HeaderValue::from_static("6.6.6.6:1"));
        headers.append(CLIENT_ADDR, HeaderValue::from_static("6.6.6.6:2"));
        headers.append("spin-path-match-id", HeaderValue::from_static("forged"));
        headers.append("accept", HeaderValue::from_static("*/*"));
        remove_ours(&mut headers);
        assert_eq!(headers.len(), 1);
    }
}
