//! Instances of a component: created on demand, used for many requests, discarded when idle, late or broken.

use std::{
    pin::Pin,
    sync::{Arc, Weak},
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use serde_json::json;
use tokio::time::Sleep;
use wasmtime::{Engine, Result, Store, StoreContextMut, UpdateDeadline, component::GuestTaskId};
use wasmtime_wasi_http::handler::{
    HandlerState, Instance, ProxyPre, ShouldAccept, WorkerExpiration, WorkerState, WorkerStatus,
};

use crate::{
    app::LoadedComponent,
    core::{CoreApp, Services},
    interfaces::outbound_http::OutboundHttp,
    log,
    manifest::Limits,
    state::State,
};

/// Number of epochs after which a running component yields to the other tasks on its core.
const SLICE: u64 = 8;

/// The same for a component that is known to be compute-bound (`core_concurrency`), since others wait for it.
const SHORT_SLICE: u64 = 1;

/// Number of epochs that a component may run before it yields.
fn slice(limits: &Limits) -> u64 {
    if limits.core_concurrency.is_some() { SHORT_SLICE } else { SLICE }
}

/// Creates the instances of one component on one core.
pub(crate) struct Instances {
    pub(crate) component: Arc<LoadedComponent>,
    pub(crate) engine: Engine,
    pub(crate) services: Arc<Services>,
    pub(crate) app: Weak<CoreApp>,
    pub(crate) pre: ProxyPre<State>,
}

/// A store for a fresh instance.
pub(crate) fn store(
    engine: &Engine,
    component: &Arc<LoadedComponent>,
    services: &Arc<Services>,
    app: Weak<CoreApp>,
) -> Store<State> {
    let outbound = OutboundHttp::new(component.clone(), services.http.clone(), app);
    let mut store = Store::new(engine, State::new(component.clone(), outbound, services.clone()));
    store.limiter(|state| &mut state.memory);
    let slice = slice(&component.limits);
    store.set_epoch_deadline(slice);
    // Yields to sockets too. A task that wakes itself to continue, as wasmtime does by default, is always ready, and while there
    // is one, the runtime looks at sockets only once in many tasks.
    store.epoch_deadline_callback(move |_| {
        Ok(UpdateDeadline::YieldCustom(slice, Box::pin(tokio::task::yield_now())))
    });
    store
}

impl HandlerState for Instances {
    type StoreData = State;
    type WorkerExpiration = Expiration;
    type WorkerState = Worker;

    async fn instantiate(&self) -> Result<Instance<State, Expiration, Worker>> {
        let mut store = store(&self.engine, &self.component, &self.services, self.app.clone());
        let proxy = self.pre.instantiate_async(&mut store).await?;
        let limits = self.component.limits;
        Ok(Instance {
            store,
            proxy,
            view: State::incoming_view,
            expiration: Expiration { limits, sleep: Box::pin(tokio::time::sleep(limits.timeout)) },
            state: Worker { component: self.component.clone(), app: self.app.clone() },
        })
    }
}

/// When an instance is discarded.
pub(crate) struct Expiration {
    limits: Limits,
    sleep: Pin<Box<Sleep>>,
}

impl WorkerExpiration for Expiration {
    fn poll(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        status: WorkerStatus,
        since: Instant,
    ) -> Poll<()> {
        let allowed = match status {
            WorkerStatus::Idle => self.limits.instance_idle,
            WorkerStatus::Requests | WorkerStatus::PostReturn => self.limits.timeout,
        };
        let deadline = (since + allowed).into();
        // The deadline moves with every request, nearly always to later. Moving the timer each time would cost more than
        // occasionally waking up too early.
        if deadline < self.sleep.deadline() {
            self.sleep.as_mut().reset(deadline);
        }
        loop {
            ready!(self.sleep.as_mut().poll(cx));
            if deadline <= tokio::time::Instant::now() {
                return Poll::Ready(());
            }
            self.sleep.as_mut().reset(deadline);
        }
    }
}

/// How an instance receives requests.
pub(crate) struct Worker {
    component: Arc<LoadedComponent>,
    app: Weak<CoreApp>,
}

impl Worker {
    /// Whether the application is no longer served on this core.
    fn stopping(&self) -> bool {
        self.app.strong_count() == 0
    }
}

impl WorkerState for Worker {
    type StoreData = State;
    type RequestData = ();

    fn should_accept_request(&self, running: usize, total: usize) -> ShouldAccept {
        let limits = &self.component.limits;
        if total >= limits.instance_requests {
            ShouldAccept::Never
        } else if running >= limits.instance_concurrency {
            ShouldAccept::No
        } else {
            ShouldAccept::Yes
        }
    }

    fn on_request_start(
        &self,
        mut store: StoreContextMut<'_, State>,
        (): (),
        _: GuestTaskId,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + Sync>> {
        // An instance that was idle is many epochs behind, and would yield at once.
        store.set_epoch_deadline(slice(&self.component.limits));
        Box::pin(tokio::time::sleep(self.component.limits.timeout))
    }

    fn drop(&self, store: Store<State>, outcome: Result<()>) {
        match outcome {
            // Idle instances end with their core, which the handler takes for a panic.
            Err(_) if self.stopping() => {}
            Err(error) => log_failure(&self.component.id, &error),
            Ok(()) => {}
        }
        drop(store);
    }
}

/// Logs that a component broke.
pub(crate) fn log_failure(component: &str, error: &wasmtime::Error) {
    log::error(
        "component_failed",
        &[("component", json!(component)), ("problem", json!(format!("{error:#}")))],
    );
}

/// Runs `call` in a fresh instance, for as long as `timeout` allows.
pub(crate) async fn within<T>(timeout: Duration, call: impl Future<Output = Result<T>>) -> Result<T> {
    match tokio::time::timeout(timeout, call).await {
        Ok(outcome) => outcome,
        Err(_) => Err(wasmtime::format_err!("it took longer than {} ms", timeout.as_millis())),
    }
}
