//! The body of a request, read before the request takes any resources of the application.
//!
//! If a component's turn or instance is given to a request whose body has not arrived, its sender holds it: a few senders that
//! stop in the middle would stop everybody. So the host reads small bodies completely first, and streams larger ones, making sure
//! that they keep arriving.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt as _, Empty, Full};
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep, timeout, timeout_at};
use wasmtime_wasi_http::{Error, WasiBody};

use crate::manifest::BodyLimits;

/// How long the rest of a refused request is read and discarded: in total, and between two pieces.
const DRAIN: (Duration, Duration) = (Duration::from_secs(10), Duration::from_secs(2));

/// A body that can be passed to a component.
pub(crate) struct Taken {
    pub(crate) body: WasiBody,
    /// Whether it is complete.
    pub(crate) whole: bool,
}

/// Why a body is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It is longer than this many bytes.
    TooLarge(u64),
    /// It does not arrive.
    Late,
    /// It broke off, or is malformed.
    Broken,
}

/// A refused body, with the rest of it: to be [drained](drain).
pub(crate) type Refused = (Refusal, Incoming);

/// Reads `body`: completely, unless it is longer than the buffer, or says so.
pub(crate) async fn take_in(mut body: Incoming, limits: &BodyLimits) -> Result<Taken, Refused> {
    if body.is_end_stream() {
        return Ok(Taken { body: Empty::new().map_err(Error::from).boxed_unsync(), whole: true });
    }
    let largest = limits.largest.unwrap_or(u64::MAX);
    if body.size_hint().lower() > largest {
        return Err((Refusal::TooLarge(largest), body));
    }
    let mut start = Start::default();
    if body.size_hint().lower() > limits.buffer {
        // Nothing of it is waited for: it may be refused because of what its head says.
        return Ok(Taken { body: rest(start, body, limits), whole: false });
    }
    let deadline = Instant::now() + limits.total;
    loop {
        let until = deadline.min(Instant::now() + limits.idle);
        match timeout_at(until, body.frame()).await {
            Err(_) => return Err((Refusal::Late, body)),
            Ok(None) => return Ok(Taken { body: start.whole(), whole: true }),
            Ok(Some(Err(_))) => return Err((Refusal::Broken, body)),
            Ok(Some(Ok(frame))) => start.push(frame),
        }
        if start.length() > largest {
            return Err((Refusal::TooLarge(largest), body));
        }
        if start.length() > limits.buffer {
            return Ok(Taken { body: rest(start, body, limits), whole: false });
        }
    }
}

/// A body that begins with `start`.
fn rest(start: Start, body: Incoming, limits: &BodyLimits) -> WasiBody {
    let left = limits.largest.unwrap_or(u64::MAX).saturating_sub(start.length());
    Rest { start, coming: Some(body), left, idle: limits.idle, sleep: None }.boxed_unsync()
}

/// Reads and discards the rest of a request, for a while and in the background: somebody who is still sending does not read, and
/// would see a reset connection instead of the response.
pub(crate) fn drain(mut body: Incoming) {
    // Outside of the runtime there is nobody left to respond to.
    let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
    if body.is_end_stream() {
        return;
    }
    runtime.spawn(async move {
        let read_away = async { while let Ok(Some(Ok(_))) = timeout(DRAIN.1, body.frame()).await {} };
        // Anybody who sends for longer than that is not owed a response.
        let _ = timeout(DRAIN.0, read_away).await;
    });
}

/// The beginning of a body. Pieces are joined as they arrive: a body of single bytes costs no more than another.
#[derive(Debug, Default)]
struct Start {
    /// The only piece so far.
    single: Bytes,
    /// All of them, if there are several.
    gathered: BytesMut,
    trailers: Option<http::HeaderMap>,
}

impl Start {
    fn push(&mut self, frame: Frame<Bytes>) {
        match frame.into_data() {
            Ok(data) if self.length() == 0 => self.single = data,
            Ok(data) => {
                let single = std::mem::take(&mut self.single);
                self.gathered.extend_from_slice(&single);
                self.gathered.extend_from_slice(&data);
            }
            Err(frame) => self.trailers = frame.into_trailers().ok(),
        }
    }

    /// In bytes.
    fn length(&self) -> u64 {
        u64::try_from(self.single.len() + self.gathered.len()).unwrap_or(u64::MAX)
    }

    fn take_data(&mut self) -> Bytes {
        if self.gathered.is_empty() {
            std::mem::take(&mut self.single)
        } else {
            self.gathered.split().freeze()
        }
    }

    fn whole(mut self) -> WasiBody {
        let data = Full::new(self.take_data()).map_err(Error::from);
        match self.trailers {
            None => data.boxed_unsync(),
            Some(trailers) => data.with_trailers(std::future::ready(Some(Ok(trailers)))).boxed_unsync(),
        }
    }
}

/// The beginning of a body, then the rest of it as it arrives; an error if it does not.
struct Rest {
    start: Start,
    /// `None` once it has ended.
    coming: Option<Incoming>,
    /// Number of bytes that may still come.
    left: u64,
    idle: Duration,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Rest {
    fn fail(&mut self, error: Error) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if let Some(coming) = self.coming.take() {
            drain(coming);
        }
        Poll::Ready(Some(Err(error)))
    }
}

impl Body for Rest {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let start = self.start.take_data();
        if !start.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(start))));
        }
        let Some(coming) = &mut self.coming else { return Poll::Ready(None) };
        let Poll::Ready(frame) = Pin::new(coming).poll_frame(cx) else {
            let idle = self.idle;
            let sleep = self.sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep(idle)));
            ready!(sleep.as_mut().poll(cx));
            return self.fail(Error::ConnectionReadTimeout);
        };
        self.sleep = None;
        match frame {
            Some(Ok(frame)) => {
                let length = frame.data_ref().map_or(0, Bytes::len);
                match self.left.checked_sub(u64::try_from(length).unwrap_or(u64::MAX)) {
                    Some(left) => self.left = left,
                    None => return self.fail(Error::HttpRequestBodySize(None)),
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Some(Err(error)) => {
                self.coming = None;
                Poll::Ready(Some(Err(error.into())))
            }
            None => {
                self.coming = None;
                Poll::Ready(None)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.start.length() == 0 && self.coming.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let Some(coming) = &self.coming else { return SizeHint::with_exact(self.start.length()) };
        match coming.size_hint().exact() {
            Some(exact) => SizeHint::with_exact(exact.saturating_add(self.start.length())),
            None => SizeHint::default(),
        }
    }
}

impl Drop for Rest {
    fn drop(&mut self) {
        if let Some(coming) = self.coming.take() {
            drain(coming);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn pieces_become_one_and_trailers_stay() {
        let mut start = Start::default();
        for piece in ["", "a", "", "bc", "d"] {
            start.push(Frame::data(Bytes::from(piece)));
        }
        let trailers = http::HeaderMap::from_iter([(http::header::ETAG, "x".parse().unwrap())]);
        start.push(Frame::trailers(trailers.clone()));
        assert_eq!(start.length(), 4);
        let collected = start.whole().collect().await.unwrap();
        assert_eq!(collected.trailers(), Some(&trailers));
        assert_eq!(collected.to_bytes(), "abcd");
    }

    #[test]
    fn a_single_piece_is_not_copied() {
        let mut start = Start::default();
        let piece = Bytes::from_static(b"whole");
        start.push(Frame::data(piece.clone()));
        assert_eq!(start.take_data().as_ptr(), piece.as_ptr());
    }
}
