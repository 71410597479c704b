//! Turns: how many requests of a component run at once (`max_concurrency`, `core_concurrency`), and how many may wait for that
//! (`max_waiting`).
//!
//! A turn is for computing, not for waiting for a stranger: while the rest of a large body has not arrived, the turn is given
//! back, and the next piece is passed on once there is a turn again. The number of requests in that state is also limited,
//! separately from the turns, so that senders of large bodies can only hold up each other.

use std::{
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http::Request;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmtime_wasi_http::{Error, WasiBody};

/// How long a request that finds no room is held before it is turned away. Clients that ask again at once, as in a storm, then
/// cost the others a few responses per second instead of as many as a core can produce.
const HESITATION: Duration = Duration::from_millis(250);

/// The turns of one component, in the whole process or on one core.
#[derive(Debug)]
pub(crate) struct Turns {
    running: Arc<Semaphore>,
    sending: Arc<Semaphore>,
    waiting: AtomicUsize,
    most_waiting: Option<usize>,
}

/// A place in the queue, given back when dropped.
struct Place<'a>(&'a AtomicUsize);

/// What a request holds while it runs. Given back when dropped.
pub(crate) struct Turn {
    held: Held,
    _sending: Option<OwnedSemaphorePermit>,
}

/// The turn as shared by the request and its body.
#[derive(Clone)]
struct Held(Arc<Mutex<State>>);

enum State {
    Running(#[expect(dead_code, reason = "held for its drop")] OwnedSemaphorePermit),
    /// Given back until more of the body arrives.
    Waiting,
    /// The request has its response: the rest of its body needs no turn.
    Over,
}

impl Turns {
    pub(crate) fn new(limit: usize) -> Self {
        let semaphore = || Arc::new(Semaphore::new(limit));
        Self { running: semaphore(), sending: semaphore(), waiting: AtomicUsize::new(0), most_waiting: None }
    }

    /// The same, with a queue of at most `most`.
    pub(crate) fn with_most_waiting(self, most: Option<usize>) -> Self {
        Self { most_waiting: most, ..self }
    }

    /// Whether there is room: at once, or after the time for which a request that may not wait is held.
    pub(crate) async fn admits(&self) -> bool {
        if self.is_full() {
            tokio::time::sleep(HESITATION).await;
        }
        !self.is_full()
    }

    /// Whether all turns are taken and the queue is full.
    fn is_full(&self) -> bool {
        let full = |most: usize| self.waiting.load(Ordering::Relaxed) >= most;
        self.most_waiting.is_some_and(full) && self.running.available_permits() == 0
    }

    /// Waits for a turn for `request`, for at most `patience`; `whole` says whether its body is complete.
    pub(crate) async fn take(
        &self,
        request: Request<WasiBody>,
        whole: bool,
        patience: Duration,
    ) -> Option<(Turn, Request<WasiBody>)> {
        let take = async {
            // A request that waits for another sender of a large body takes no place from those with complete bodies.
            let sending = if whole { None } else { Some(self.sending.clone().acquire_owned().await.ok()?) };
            let _place = Place::take(&self.waiting);
            Some((self.running.clone().acquire_owned().await.ok()?, sending))
        };
        let (running, sending) = tokio::time::timeout(patience, take).await.ok()??;
        let turn = Turn { held: Held(Arc::new(Mutex::new(State::Running(running)))), _sending: sending };
        if whole {
            return Some((turn, request));
        }
        let request = request.map(|body| {
            let held = turn.held.clone();
            Paced { body, held, running: self.running.clone(), arrived: None, again: None }.boxed_unsync()
        });
        Some((turn, request))
    }
}

impl<'a> Place<'a> {
    fn take(waiting: &'a AtomicUsize) -> Self {
        waiting.fetch_add(1, Ordering::Relaxed);
        Self(waiting)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *self.held.state() = State::Over;
    }
}

impl Held {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn give_back(&self) {
        let mut state = self.state();
        if matches!(*state, State::Running(_)) {
            *state = State::Waiting;
        }
    }

    fn take_up(&self, permit: Option<OwnedSemaphorePermit>) {
        let mut state = self.state();
        if let (State::Waiting, Some(permit)) = (&*state, permit) {
            *state = State::Running(permit);
        }
    }
}

type Arrived = Option<Result<Frame<Bytes>, Error>>;

/// A body whose pieces are passed on while there is a turn.
struct Paced {
    body: WasiBody,
    held: Held,
    running: Arc<Semaphore>,
    /// A piece, or the end, that waits for the turn.
    arrived: Option<Arrived>,
    again: Option<Pin<Box<dyn Future<Output = Option<OwnedSemaphorePermit>> + Send>>>,
}

impl Paced {
    fn poll_turn(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !matches!(*self.held.state(), State::Waiting) {
            self.again = None;
            return Poll::Ready(());
        }
        let running = &self.running;
        let again = self.again.get_or_insert_with(|| {
            let running = running.clone();
            Box::pin(async move { running.acquire_owned().await.ok() })
        });
        let permit = ready!(again.as_mut().poll(cx));
        self.again = None;
        self.held.take_up(permit);
        Poll::Ready(())
    }
}

impl Body for Paced {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Arrived> {
        if self.arrived.is_none() {
            match Pin::new(&mut self.body).poll_frame(cx) {
                Poll::Ready(arrived) => self.arrived = Some(arrived),
                Poll::Pending => {
                    self.held.give_back();
                    return Poll::Pending;
                }
            }
        }
        ready!(self.poll_turn(cx));
        Poll::Ready(self.arrived.take().flatten())
    }

    fn is_end_stream(&self) -> bool {
        self.arrived.is_none() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        if self.arrived.is_none() { self.body.size_hint() } else { SizeHint::default() }
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::{Empty, StreamBody};
    use tokio::sync::mpsc;

    use super::*;

    const PATIENCE: Duration = Duration::from_millis(50);

    fn empty() -> Request<WasiBody> {
        Request::new(Empty::new().map_err(Error::from).boxed_unsync())
    }

    /// A body of what is sent into the channel.
    fn fed() -> (mpsc::UnboundedSender<&'static str>, Request<WasiBody>) {
        let (sender, mut pieces) = mpsc::unbounded_channel();
        let frames = futures::stream::poll_fn(move |cx| {
            pieces.poll_recv(cx).map(|piece| piece.map(|piece| Ok(Frame::data(Bytes::from(piece)))))
        });
        (sender, Request::new(StreamBody::new(frames).boxed_unsync()))
    }

    #[tokio::test]
    async fn a_turn_is_given_back_while_the_body_does_not_come_and_taken_up_when_it_does() {
        let turns = Turns::new(1);
        let (sender, request) = fed();
        let (turn, request) = turns.take(request, false, PATIENCE).await.unwrap();
        assert!(turns.take(empty(), true, PATIENCE).await.is_none(), "the only turn was given twice");

        let mut body = request.into_body();
        assert!(futures::poll!(body.frame()).is_pending());
        let (other, _) = turns.take(empty(), true, PATIENCE).await.expect("a turn is held for a body");
        sender.send("piece").unwrap();
        assert!(futures::poll!(body.frame()).is_pending(), "a piece was handed on without a turn");
        drop(other);
        assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "piece");
        assert!(turns.take(empty(), true, PATIENCE).await.is_none(), "the turn was not taken up");
        drop(turn);
        assert!(turns.take(empty(), true, PATIENCE).await.is_some());
    }

    #[tokio::test]
    async fn senders_of_large_bodies_hold_up_each_other_alone() {
        let turns = Turns::new(2);
        let mut stalled = Vec::new();
        for _ in 0..2 {
            let (sender, request) = fed();
            let (turn, request) = turns.take(request, false, PATIENCE).await.unwrap();
            let mut body = request.into_body();
            assert!(futures::poll!(body.frame()).is_pending());
            stalled.push((sender, turn, body));
        }
        assert!(turns.take(fed().1, false, PATIENCE).await.is_none());
        assert!(turns.take(empty(), true, PATIENCE).await.is_some());
    }

    #[tokio::test]
    async fn senders_of_large_bodies_take_no_places_from_those_who_wait() {
        let turns = Turns::new(1).with_most_waiting(Some(1));
        let (_sender, request) = fed();
        let (_stalled, request) = turns.take(request, false, PATIENCE).await.unwrap();
        assert!(futures::poll!(request.into_body().frame()).is_pending());
        let mut others: Vec<_> =
            (0..3).map(|_| Box::pin(turns.take(fed().1, false, Duration::from_mins(1)))).collect();
        for other in &mut others {
            assert!(futures::poll!(other).is_pending());
        }
        let _running = turns.take(empty(), true, PATIENCE).await.unwrap();
        assert!(!turns.is_full(), "stalled senders fill the places of others");
    }

    #[tokio::test]
    async fn the_rest_of_a_body_needs_no_turn_once_there_is_an_answer() {
        let turns = Turns::new(1);
        let (sender, request) = fed();
        let (turn, request) = turns.take(request, false, PATIENCE).await.unwrap();
        let mut body = request.into_body();
        assert!(futures::poll!(body.frame()).is_pending());
        drop(turn);
        let _other = turns.take(empty(), true, PATIENCE).await.unwrap();
        sender.send("rest").unwrap();
        assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "rest");
    }

    #[tokio::test]
    async fn so_many_wait_and_nobody_else_may() {
        let long = Duration::from_mins(1);
        let turns = Turns::new(1).with_most_waiting(Some(2));
        assert!(!turns.is_full());
        let (first, _) = turns.take(empty(), true, long).await.unwrap();
        assert!(!turns.is_full(), "two may wait");
        let (mut second, mut third) =
            (Box::pin(turns.take(empty(), true, long)), Box::pin(turns.take(empty(), true, long)));
        assert!(futures::poll!(&mut second).is_pending() && !turns.is_full());
        assert!(futures::poll!(&mut third).is_pending() && turns.is_full());
        drop(third);
        assert!(!turns.is_full(), "who has given up has left a place");
        drop(first);
        assert!(second.await.is_some());
        assert!(!turns.is_full());
        assert!(!Turns::new(1).is_full(), "without a limit any number may");
    }

    #[tokio::test]
    async fn who_finds_no_place_is_kept_a_moment_and_admitted_when_one_is_left() {
        let turns = Turns::new(1).with_most_waiting(Some(0));
        assert!(turns.admits().await);
        let (running, _) = turns.take(empty(), true, PATIENCE).await.unwrap();
        let asked = std::time::Instant::now();
        assert!(!turns.admits().await);
        assert!(asked.elapsed() >= HESITATION);
        let over = async {
            tokio::time::sleep(HESITATION / 2).await;
            drop(running);
        };
        assert!(tokio::join!(turns.admits(), over).0);
    }
}
