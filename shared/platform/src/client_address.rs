//! The caller's address, as far as proxies are trusted (variables `trusted_proxies` and `forwarded_header`).

use std::net::{IpAddr, SocketAddr};

use fundrail_domain::Result;
use fundrail_kit::{
    client_address::{self, Block, Claims, Header},
    route::percent_decode,
};
use http::HeaderMap;

use crate::config::{self, Kept};

thread_local! {
    static TRUSTED: Kept<Vec<Block>> = const { Kept::new("trusted_proxies", Block::parse_list) };
    static HEADER: Kept<Header> = const { Kept::new("forwarded_header", Header::parse) };
}

/// Where a request comes from; `None` if the host does not say.
pub(crate) async fn of(headers: &HeaderMap) -> Result<Option<IpAddr>> {
    let Some(connection) = connection(headers) else { return Ok(None) };
    let trusted = config::kept(&TRUSTED).await?;
    if trusted.is_empty() {
        return Ok(Some(connection.to_canonical()));
    }
    let lines = |name: &str| -> Vec<String> {
        headers.get_all(name).iter().map(|value| client_address::readable(value.as_bytes())).collect()
    };
    let (forwarded, x_forwarded_for) = (lines("forwarded"), lines("x-forwarded-for"));
    let (forwarded, x_forwarded_for) = (texts(&forwarded), texts(&x_forwarded_for));
    let claims = Claims { forwarded: &forwarded, x_forwarded_for: &x_forwarded_for };
    Ok(Some(client_address::client(connection, claims, *config::kept(&HEADER).await?, &trusted)))
}

fn texts(lines: &[String]) -> Vec<&str> {
    lines.iter().map(String::as_str).collect()
}

/// Who opened the connection. A client's own `spin-client-addr` precedes the one from stock Spin, so the last one counts.
fn connection(headers: &HeaderMap) -> Option<IpAddr> {
    let text = headers.get_all("spin-client-addr").iter().next_back()?.to_str().ok()?;
    let text = percent_decode(text)?;
    let socket: Result<SocketAddr, _> = text.parse();
    socket.map(|socket| socket.ip()).or_else(|_| text.parse()).ok()
}
