//! Ports of this machine.

use std::net::{Ipv4Addr, TcpListener};

use anyhow::Context as _;

/// A free port on 127.0.0.1: `preferred` if that is free, or else any. Somebody else may take it before we do, in which case the
/// caller must try again.
pub(crate) fn free_port(preferred: Option<u16>) -> anyhow::Result<u16> {
    let bind = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    let listener = preferred.and_then(|port| bind(port).ok()).map_or_else(|| bind(0), Ok);
    Ok(listener.and_then(|listener| listener.local_addr()).context("no free port on 127.0.0.1")?.port())
}
