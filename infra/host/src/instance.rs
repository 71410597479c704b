//! Instances of a component: made on demand, used for many requests, gone when idle, late or broken.

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

/// Epochs until a running component gives way to the other tasks of its core.
const SLICE: u64 = 8;

/// The same for a component that is known to compute for long (`core_concurrency`): it is the one that others wait for.
const SHORT_SLICE: u64 = 1;

/// How many epochs a component may run before it gives way.
fn slice(limits: &Limits) -> u64 {
    if limits.core_concurrency.is_some() { SHORT_SLICE } else { SLICE }
}

/// Makes the instances of one component on one core.
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
    // Gives way to sockets too. What wakes itself to go on, as wasmtime does by itself, is a task that is always ready, and the
    // runtime looks at sockets once in many tasks as long as there is one.
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

/// When an instance goes.
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
        // The deadline moves with every request, nearly always to later. Moving the timer along each time would cost more
        // than waking up once in a while to find that it is not time yet.
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

/// How an instance takes requests.
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
        // An instance that was idle is behind by many epochs, and would give way at once.
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

/// Writes down that a component broke.
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
