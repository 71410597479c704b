//! The native twin: what Fundrail's measured routes would be as one ordinary Rust service.
//!
//! axum on tokio's multi-threaded runtime, tokio-postgres behind a pool of the same size, one multiplexed Redis
//! connection a process. It does the work of the components: the same statements and scripts, sign-in and limits, the
//! same headers and one log line a request. Only Spin, WebAssembly and our host are missing.

mod app;
mod cache;
mod config;
mod db;
mod funds;
mod guard;
mod me;
mod prices;
mod redis;
mod reply;
mod webhook;

use std::{io::Write as _, net::SocketAddr};

use anyhow::Context as _;
use clap::Parser;
use tokio::net::TcpListener;

/// The allocator of the host, so that it makes no difference.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Serves the measured routes natively. Takes the components' variables from the same `SPIN_VARIABLE_…`.
#[derive(Debug, Parser)]
struct Arguments {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let listener = TcpListener::bind(arguments.listen)
        .await
        .with_context(|| format!("cannot listen on {}", arguments.listen))?;
    let address = listener.local_addr()?;
    let routes = app::routes(app::Shared::new().await?);
    writeln!(std::io::stdout(), r#"{{"event":"listening","address":"{address}"}}"#)?;
    let listener = axum::serve::ListenerExt::tap_io(listener, |stream| {
        // As our host does; without it small answers wait for acknowledgements.
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, routes.into_make_service_with_connect_info::<SocketAddr>()).await?;
    Ok(())
}
