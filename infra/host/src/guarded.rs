//! A connection that a slow client cannot hold forever, neither by sending half a head, nor by sending nothing, nor by not
//! reading what it is sent. Bodies have limits of their own (`intake`).

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Instant, Sleep},
};
use wasmtime_wasi_http::{Error, WasiBody};

/// How long a connection waits for its client.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For the head of a request, from its first byte.
    pub head: Duration,
    /// For that first byte.
    pub idle: Duration,
    /// For the client to read anything it is being sent.
    pub write: Duration,
}

/// What a connection is doing.
#[derive(Debug, Default)]
pub(crate) struct Activity {
    running: AtomicUsize,
    started: AtomicUsize,
}

/// A request that is being served, until dropped.
pub(crate) struct Running(Arc<Activity>);

impl Activity {
    pub(crate) fn start(self: &Arc<Self>) -> Running {
        self.running.fetch_add(1, Ordering::Relaxed);
        self.started.fetch_add(1, Ordering::Relaxed);
        Running(self.clone())
    }

    fn is_running(&self) -> bool {
        self.running.load(Ordering::Relaxed) > 0
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The connection.
pub(crate) struct Guarded {
    stream: TcpStream,
    patience: Patience,
    activity: Arc<Activity>,
    /// The wait for the next request, while none is being served.
    quiet: Option<Quiet>,
    reading: Alarm,
    writing: Alarm,
}

struct Quiet {
    /// Number of requests when it began.
    after: usize,
    begun: bool,
    until: Instant,
}

impl Guarded {
    pub(crate) fn new(stream: TcpStream, patience: Patience, activity: Arc<Activity>) -> Self {
        Self { stream, patience, activity, quiet: None, reading: Alarm(None), writing: Alarm(None) }
    }

    /// The current wait; begins one if there is none.
    fn quiet(&mut self) -> &mut Quiet {
        let after = self.activity.started.load(Ordering::Relaxed);
        if self.quiet.as_ref().is_none_or(|quiet| quiet.after != after) {
            self.quiet = Some(Quiet { after, begun: false, until: Instant::now() + self.patience.idle });
        }
        self.quiet.get_or_insert_with(|| Quiet { after, begun: false, until: Instant::now() })
    }

    /// Ready once the wait for the next request has taken too long; never while one is being served.
    fn poll_quiet(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.activity.is_running() {
            self.quiet = None;
            return Poll::Pending;
        }
        let until = self.quiet().until;
        self.reading.poll(cx, until)
    }

    /// Result of writing, or an error once the client has read nothing for too long.
    fn watch_writing<T>(
        &mut self,
        cx: &mut Context<'_>,
        outcome: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if outcome.is_ready() {
            self.writing = Alarm(None);
            return outcome;
        }
        let write = self.patience.write;
        let until = self.writing.0.as_ref().map_or_else(|| Instant::now() + write, |sleep| sleep.deadline());
        if self.writing.poll(cx, until).is_ready() { late() } else { Poll::Pending }
    }
}

/// A timer that is reused from one wait to the next: most waits end before it would have to be moved.
struct Alarm(Option<Pin<Box<Sleep>>>);

impl Alarm {
    fn poll(&mut self, cx: &mut Context<'_>, until: Instant) -> Poll<()> {
        let sleep = self.0.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(until)));
        if until < sleep.deadline() {
            sleep.as_mut().reset(until);
        }
        loop {
            std::task::ready!(sleep.as_mut().poll(cx));
            if until <= Instant::now() {
                return Poll::Ready(());
            }
            sleep.as_mut().reset(until);
        }
    }
}

fn late<T>() -> Poll<io::Result<T>> {
    Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
}

impl AsyncRead for Guarded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let outcome = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if outcome.is_pending() {
            return if self.poll_quiet(cx).is_ready() { late() } else { Poll::Pending };
        }
        if buffer.filled().len() > before && !self.activity.is_running() {
            let head = self.patience.head;
            let quiet = self.quiet();
            if !quiet.begun {
                quiet.begun = true;
                quiet.until = Instant::now() + head;
            }
        }
        outcome
    }
}

impl AsyncWrite for Guarded {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.watch_writing(cx, outcome)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // hyper does not read again after it has responded until something arrives: this is when the next wait begins.
        if self.poll_quiet(cx).is_ready() {
            return late();
        }
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// The body of a response: its request is in progress until it has been sent.
pub(crate) struct Sending {
    body: WasiBody,
    _running: Running,
}

impl Sending {
    pub(crate) fn new(body: WasiBody, running: Running) -> Self {
        Self { body, _running: running }
    }
}

impl Body for Sending {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
