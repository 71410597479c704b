//! Responses that are complete at once are sent in one piece.
//!
//! A component returns the head of its response before it writes the body, and the head alone would be sent first: two writes to
//! the socket, and a chunked body whose length is known a moment later. So the host waits for that moment. A response that takes
//! longer is streamed.

use std::{
    collections::VecDeque,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use futures::future::{Either, select};
use http::Response;
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt as _, Full};
use wasmtime_wasi_http::{Error, WasiBody};

/// How long a head waits for its body. A component that has it at hand needs microseconds.
const MOMENT: Duration = Duration::from_millis(2);

/// Maximum size of the part of a body that is collected, in bytes.
const GATHERED: usize = 64 << 10;

/// The response with what has arrived of its body by now, or the error that the body began with.
pub(crate) async fn settle(response: Response<WasiBody>) -> Result<Response<WasiBody>, Error> {
    settle_within(response, MOMENT).await
}

async fn settle_within(response: Response<WasiBody>, wait: Duration) -> Result<Response<WasiBody>, Error> {
    let (head, mut rest) = response.into_parts();
    let mut gathered = VecDeque::new();
    let mut size = 0;
    let mut moment = None;
    let ended = loop {
        let next = match futures::poll!(rest.frame()) {
            Poll::Ready(next) => next,
            Poll::Pending => {
                let moment = moment.get_or_insert_with(|| Box::pin(tokio::time::sleep(wait)));
                match select(moment, rest.frame()).await {
                    Either::Left(((), _)) => break false,
                    Either::Right((next, _)) => next,
                }
            }
        };
        match next {
            Some(Ok(frame)) => {
                size += frame.data_ref().map_or(0, Bytes::len);
                gathered.push_back(frame);
            }
            Some(Err(error)) if gathered.is_empty() => return Err(error),
            Some(Err(error)) => {
                rest = failed(error);
                break false;
            }
            None => break true,
        }
        if size >= GATHERED {
            break false;
        }
    };
    let body = match whole(&mut gathered, size, ended) {
        Some(content) => Full::new(content).map_err(Error::from).boxed_unsync(),
        None => Settled { gathered, rest }.boxed_unsync(),
    };
    Ok(Response::from_parts(head, body))
}

/// The content, if it is complete and there is nothing but content.
fn whole(gathered: &mut VecDeque<Frame<Bytes>>, size: usize, ended: bool) -> Option<Bytes> {
    if !ended || !gathered.iter().all(Frame::is_data) {
        return None;
    }
    let mut pieces = gathered.drain(..).filter_map(|frame| frame.into_data().ok());
    let first = pieces.next().unwrap_or_default();
    if first.len() == size {
        return Some(first);
    }
    let mut content = BytesMut::with_capacity(size);
    content.extend_from_slice(&first);
    pieces.for_each(|piece| content.extend_from_slice(&piece));
    Some(content.freeze())
}

/// A body that is nothing but an error.
fn failed(error: Error) -> WasiBody {
    let mut error = Some(error);
    http_body_util::StreamBody::new(futures::stream::poll_fn(move |_| Poll::Ready(error.take().map(Err))))
        .boxed_unsync()
}

/// What was collected, then the rest.
struct Settled {
    gathered: VecDeque<Frame<Bytes>>,
    rest: WasiBody,
}

impl Body for Settled {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        match self.gathered.pop_front() {
            Some(frame) => Poll::Ready(Some(Ok(frame))),
            None => Pin::new(&mut self.rest).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.gathered.is_empty() && self.rest.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        if self.gathered.is_empty() { self.rest.size_hint() } else { SizeHint::default() }
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::StreamBody;

    use super::*;

    /// Longer than any machine needs for what is not held up.
    const LONG: Duration = Duration::from_mins(1);

    /// A body of these pieces, each after `pause` or a turn of other tasks, with or without an error at the end.
    fn body(pieces: &'static [&'static str], pause: Duration, error: bool) -> Response<WasiBody> {
        let frames = futures::stream::unfold(0, move |at| async move {
            if pause.is_zero() {
                tokio::task::yield_now().await;
            } else {
                tokio::time::sleep(pause).await;
            }
            match pieces.get(at) {
                Some(piece) => Some((Ok(Frame::data(Bytes::from(*piece))), at + 1)),
                None if error && at == pieces.len() => Some((Err(Error::HttpResponseIncomplete), at + 1)),
                None => None,
            }
        });
        Response::new(StreamBody::new(Box::pin(frames)).boxed_unsync())
    }

    async fn content(response: Response<WasiBody>) -> Result<Bytes, Error> {
        Ok(response.into_body().collect().await?.to_bytes())
    }

    #[tokio::test]
    async fn a_body_that_is_there_soon_has_a_length() {
        for (pieces, expected) in [(&[][..], ""), (&["ok"][..], "ok"), (&["a", "b"][..], "ab")] {
            let settled = settle_within(body(pieces, Duration::ZERO, false), LONG).await.unwrap();
            assert_eq!(settled.body().size_hint().exact(), Some(expected.len() as u64));
            assert_eq!(content(settled).await.unwrap(), expected);
        }
    }

    #[tokio::test]
    async fn a_body_that_takes_long_is_passed_on_whole_and_in_order() {
        let settled = settle(body(&["a", "b", "c"], MOMENT * 5, false)).await.unwrap();
        assert_eq!(settled.body().size_hint().exact(), None);
        assert_eq!(content(settled).await.unwrap(), "abc");
    }

    #[tokio::test]
    async fn an_error_is_not_lost() {
        assert!(settle_within(body(&[], Duration::ZERO, true), LONG).await.is_err());
        let settled = settle_within(body(&["a"], Duration::ZERO, true), LONG).await.unwrap();
        assert!(content(settled).await.is_err());
    }
}
