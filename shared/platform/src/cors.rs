//! Browsers on other origins (the CORS protocol of the Fetch standard): exactly those listed in the variable `cors_origins`.
//!
//! A token is sent in a header that a page must set itself, never in a cookie. So no response allows credentials, and a page from
//! an origin that is not listed gets no response that it could read.

use std::{collections::BTreeSet, rc::Rc};

use fundrail_domain::Result;
use fundrail_kit::route::Match;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts};

use crate::{
    Reply, Route,
    config::{self, Kept},
    route,
};

/// Headers that a page may send.
const REQUEST_HEADERS: &str =
    "authorization, content-type, idempotency-key, if-match, if-none-match, traceparent, x-request-id";
/// Response headers that a page may read, besides those that every page may.
const EXPOSED_HEADERS: &str = "allow, cache-status, etag, idempotency-replayed, location, ratelimit, ratelimit-policy, \
    retry-after, www-authenticate, x-request-id";
/// Seconds for which a browser may cache the response to a preflight: less than the time that a deployment may take to be
/// noticed.
const KEPT: &str = "600";

thread_local! {
    static ORIGINS: Kept<Origins> = const { Kept::new("cors_origins", Origins::parse) };
}

/// The permitted origins; if there are none, CORS is off.
#[derive(Debug, Default, PartialEq, Eq)]
struct Origins(BTreeSet<String>);

impl Origins {
    /// Reads `https://app.example.com,http://localhost:5173`.
    fn parse(text: &str) -> Result<Self, String> {
        let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        let wrong =
            "must list origins as browsers send them, such as https://app.example.com, separated by commas";
        entries
            .map(|entry| is_origin(entry).then(|| entry.to_owned()).ok_or_else(|| wrong.to_owned()))
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

/// Whether a text is the serialised origin of a page: scheme, host in lower case, and a port that is not the scheme's default.
fn is_origin(text: &str) -> bool {
    let (rest, own_port) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
        (Some(rest), _) => (rest, ":443"),
        (_, Some(rest)) => (rest, ":80"),
        _ => return false,
    };
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (rest, None),
    };
    let name = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.');
    let literal = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let host_fits = match literal {
        Some(literal) => literal.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.bytes().all(name),
    };
    let port_fits = port
        .is_none_or(|port| port.parse::<u16>().is_ok_and(|number| number > 0 && number.to_string() == port));
    host_fits && port_fits && !text.ends_with(own_port)
}

/// What CORS has to do with a request.
#[derive(Debug, Default)]
pub(crate) struct Cors {
    /// Whether any origins are permitted: then a response depends on the origin, and says so to caches.
    varies: bool,
    /// The requesting origin, if it is permitted.
    allowed: Option<HeaderValue>,
}

impl Cors {
    /// Determines where a request comes from.
    ///
    /// # Errors
    /// [`fundrail_domain::Error::Internal`] if the variable contains something that is not an origin.
    pub(crate) async fn of(headers: &HeaderMap) -> Result<Self> {
        let origins = config::kept_or(&ORIGINS, || Rc::new(Origins::default())).await?;
        let mut given = headers.get_all(header::ORIGIN).iter();
        let one = given.next().filter(|_| given.next().is_none());
        let allowed = one.filter(|value| value.to_str().is_ok_and(|text| origins.0.contains(text)));
        Ok(Self { varies: !origins.0.is_empty(), allowed: allowed.cloned() })
    }

    /// The response to a browser's preflight for a path of ours: without a token, since the browser sends none.
    pub(crate) fn preflight(&self, head: &Parts, routes: &'static [Route]) -> Option<Reply> {
        let asks = head.method == Method::OPTIONS
            && head.headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
            && self.allowed.is_some();
        let Match::WrongMethod(mut methods) = route::find(routes, &head.method, head.uri.path()) else {
            return None;
        };
        if !asks {
            return None;
        }
        methods.dedup();
        let reply = Reply {
            status: StatusCode::NO_CONTENT,
            headers: HeaderMap::new(),
            body: bytes::Bytes::new(),
            secret: false,
        };
        Some(
            reply
                .with_header("access-control-allow-methods", &methods.join(", "))
                .with_header("access-control-allow-headers", REQUEST_HEADERS)
                .with_header("access-control-max-age", KEPT),
        )
    }

    /// Tells the browser that the page may read the response, and caches that it is for this page.
    pub(crate) fn finish(&self, reply: &mut Reply) {
        if self.varies {
            reply.headers.append(header::VARY, HeaderValue::from_static("origin"));
        }
        if let Some(origin) = &self.allowed {
            reply.set_header(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            let exposed = HeaderValue::from_static(EXPOSED_HEADERS);
            reply.set_header(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_taken_as_browsers_send_them_alone() {
        let right =
            "https://app.example.com, http://localhost:5173,http://[::1]:8080,https://xn--bcher-kva.example";
        assert_eq!(Origins::parse(right).unwrap().0.len(), 4);
        assert_eq!(Origins::parse(""), Ok(Origins::default()));
        for wrong in [
            "*",
            "null",
            "https://*.example.com",
            "https://app.example.com/",
            "https://App.example.com",
            "app.example.com",
            "https://app.example.com:443",
            "http://app.example.com:80",
            "https://user@app.example.com",
            "https://app.example.com:0443",
            "https://app.example.com:",
            "ftp://app.example.com",
            "https://",
        ] {
            assert!(Origins::parse(wrong).is_err(), "{wrong}");
        }
    }
}
