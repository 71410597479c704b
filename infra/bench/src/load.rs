//! The load generator: keep-alive connections in a closed loop. Each sends its next request when it has the answer to
//! its last, so that what is measured is never a queue of the generator's own.
//!
//! It runs on the machine that it measures and takes its share of the cores, on both sides alike.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, anyhow, bail};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{Request, Response, StatusCode, body::Incoming, client::conn::http1::SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// A request with its body in memory.
pub(crate) type Outgoing = Request<Full<Bytes>>;

/// Makes the n-th request of a case. Numbers never repeat within a run of the benchmark.
pub(crate) type MakeRequest = Arc<dyn Fn(u64) -> Outgoing + Send + Sync>;

/// How hard to press, and for how long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pressure {
    /// Connections, each with one request under way.
    pub connections: usize,
    /// Threads of the generator, each with its own share of the connections.
    pub threads: usize,
    /// How long.
    pub duration: Duration,
}

/// What one round has brought.
#[derive(Debug, Clone, Default)]
pub(crate) struct Round {
    /// How long each request took, in microseconds, in no order.
    pub micros: Vec<u32>,
    /// How many answers came from the cache.
    pub hits: usize,
    /// How long the round took.
    pub elapsed: Duration,
}

impl Round {
    /// Requests a second.
    #[allow(clippy::cast_precision_loss, reason = "a round has far fewer than 2^52 requests")]
    pub(crate) fn per_second(&self) -> f64 {
        self.micros.len() as f64 / self.elapsed.as_secs_f64()
    }

    fn add(&mut self, share: Self) {
        self.micros.extend(share.micros);
        self.hits += share.hits;
    }
}

/// Numbers for requests, shared by everything that makes some.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// The next number of a request.
pub(crate) fn next_number() -> u64 {
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Presses for one round.
///
/// # Errors
/// The first answer but 2xx, or the first connection that broke: either voids the run.
pub(crate) fn press(address: SocketAddr, make: &MakeRequest, pressure: Pressure) -> anyhow::Result<Round> {
    let stop = Arc::new(AtomicBool::new(false));
    let started = Instant::now();
    let shares = shares(pressure.connections, pressure.threads);
    let threads: Vec<_> = shares
        .map(|connections| {
            let (make, stop) = (Arc::clone(make), Arc::clone(&stop));
            let until = started + pressure.duration;
            std::thread::spawn(move || press_share(address, &make, connections, until, &stop))
        })
        .collect();
    let mut round = Round::default();
    let mut failure = None;
    for thread in threads {
        match thread.join().map_err(|_| anyhow!("a thread of the load generator has panicked"))? {
            Ok(share) => round.add(share),
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    round.elapsed = started.elapsed();
    failure.map_or(Ok(round), Err)
}

/// Divides connections among threads, at most one apart.
fn shares(connections: usize, threads: usize) -> impl Iterator<Item = usize> {
    let threads = threads.clamp(1, connections.max(1));
    (0..threads).map(move |thread| connections / threads + usize::from(thread < connections % threads))
}

fn press_share(
    address: SocketAddr,
    make: &MakeRequest,
    connections: usize,
    until: Instant,
    stop: &Arc<AtomicBool>,
) -> anyhow::Result<Round> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        let tasks: Vec<_> = (0..connections)
            .map(|_| {
                let (make, stop) = (Arc::clone(make), Arc::clone(stop));
                tokio::task::spawn_local(async move {
                    let outcome = press_connection(address, &make, until, &stop).await;
                    if outcome.is_err() {
                        stop.store(true, Ordering::Relaxed);
                    }
                    outcome
                })
            })
            .collect();
        let mut all = Round::default();
        let mut failure = None;
        for task in tasks {
            match task.await? {
                Ok(share) => all.add(share),
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        failure.map_or(Ok(all), Err)
    })
}

async fn press_connection(
    address: SocketAddr,
    make: &MakeRequest,
    until: Instant,
    stop: &AtomicBool,
) -> anyhow::Result<Round> {
    let mut connection = connect(address).await?;
    let mut share = Round { micros: Vec::with_capacity(16 * 1024), ..Round::default() };
    let mut sent = Instant::now();
    while sent < until && !stop.load(Ordering::Relaxed) {
        let response = send(&mut connection, make(next_number())).await?;
        share.hits += usize::from(is_hit(response.headers()));
        expect_success(response).await?;
        let now = Instant::now();
        share.micros.push(u32::try_from((now - sent).as_micros()).unwrap_or(u32::MAX));
        sent = now;
    }
    Ok(share)
}

/// Opens a keep-alive connection. Call it within a `LocalSet`.
pub(crate) async fn connect(address: SocketAddr) -> anyhow::Result<SendRequest<Full<Bytes>>> {
    let stream = TcpStream::connect(address).await.with_context(|| format!("cannot connect to {address}"))?;
    stream.set_nodelay(true)?;
    let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::task::spawn_local(connection);
    Ok(sender)
}

/// Sends one request.
pub(crate) async fn send(
    connection: &mut SendRequest<Full<Bytes>>,
    request: Outgoing,
) -> anyhow::Result<Response<Incoming>> {
    connection.ready().await.context("the connection was closed")?;
    connection.send_request(request).await.context("a request got no answer")
}

/// Whether an answer says that it came from the cache (RFC 9211).
fn is_hit(headers: &hyper::HeaderMap) -> bool {
    headers.get("cache-status").is_some_and(|status| status.as_bytes().ends_with(b"; hit"))
}

async fn expect_success(response: Response<Incoming>) -> anyhow::Result<()> {
    let status = response.status();
    let mut body = response.into_body();
    if status.is_success() {
        while let Some(frame) = body.frame().await {
            frame.context("an answer ended early")?;
        }
        return Ok(());
    }
    let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    bail!("an answer was {status}: {}", excerpt(&body));
}

/// The beginning of a body, for a message.
pub(crate) fn excerpt(body: &[u8]) -> String {
    String::from_utf8_lossy(body).chars().take(300).collect()
}

/// An answer with its body.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: hyper::HeaderMap,
    /// Its body.
    pub body: Bytes,
    /// From sending to the last byte.
    pub took: Duration,
}

impl Answer {
    /// The body as JSON.
    pub(crate) fn json(&self) -> anyhow::Result<serde_json::Value> {
        serde_json::from_slice(&self.body).with_context(|| format!("no JSON: {}", excerpt(&self.body)))
    }

    /// The answer itself, when it is a success.
    pub(crate) fn success(self, what: &str) -> anyhow::Result<Self> {
        if !self.status.is_success() {
            bail!("{what}: {} {}", self.status, excerpt(&self.body));
        }
        Ok(self)
    }
}

/// One client with one connection, for everything that is not load.
pub(crate) struct Client {
    runtime: tokio::runtime::Runtime,
    local: tokio::task::LocalSet,
    address: SocketAddr,
    connection: Option<SendRequest<Full<Bytes>>>,
}

impl Client {
    /// A client of this server; connects at the first request.
    pub(crate) fn new(address: SocketAddr) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(Self { runtime, local: tokio::task::LocalSet::new(), address, connection: None })
    }

    /// Sends a request and reads the whole answer.
    pub(crate) fn send(&mut self, request: Outgoing) -> anyhow::Result<Answer> {
        let (address, connection) = (self.address, self.connection.take());
        let exchange = async move {
            let mut connection = match connection {
                Some(connection) if !connection.is_closed() => connection,
                _ => connect(address).await?,
            };
            let sent = Instant::now();
            let response = send(&mut connection, request).await?;
            let (head, body) = response.into_parts();
            let body = body.collect().await.context("an answer ended early")?.to_bytes();
            let answer = Answer { status: head.status, headers: head.headers, body, took: sent.elapsed() };
            anyhow::Ok((answer, connection))
        };
        let (answer, connection) = self.local.block_on(&self.runtime, exchange)?;
        self.connection = Some(connection);
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_shared_out_evenly_and_completely() {
        assert_eq!(shares(32, 2).collect::<Vec<_>>(), [16, 16]);
        assert_eq!(shares(5, 2).collect::<Vec<_>>(), [3, 2]);
        assert_eq!(shares(1, 4).collect::<Vec<_>>(), [1]);
    }
}
