//! One core: a runtime on one thread with its own listener, instances and connections. Nothing on the path of a request is shared
//! with the other cores.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use http::{HeaderName, HeaderValue, Request, Response, StatusCode, Uri};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
};
use serde_json::json;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{mpsc, watch},
};
use wasmtime_wasi_http::{
    Error, WasiBody,
    handler::{ExpirationError, InstantiationError, ProxyHandler},
};

use crate::{
    admission::{Admission, Admitted},
    answer,
    app::{App, LoadedComponent},
    balance::{Balance, Counted, HandedOver},
    guarded::{Activity, Guarded, Patience},
    head::{self, Peer},
    instance::Instances,
    interfaces::{outbound_http::HttpClient, postgres::PostgresPools, redis::RedisPool},
    log, redis_trigger, serve,
    turns::Turns,
};

/// Tells a component to turn a request away, as too many are already waiting for it.
const BUSY: HeaderName = HeaderName::from_static("spin-busy");

/// How often an HTTP/2 client is asked whether it is still there, and how long it may take to reply.
const PING: Duration = Duration::from_secs(20);

/// How long to wait if the process has no file descriptor left for a connection.
const EXHAUSTED: Duration = Duration::from_millis(50);

/// Number of tasks to run before looking at sockets again. A component that computes is a task that is always ready and uses its
/// whole slice each time: with tokio's 61, the others would wait for a tenth of a second.
const TASKS_BETWEEN_EVENTS: u32 = 31;

/// Shared by all instances of a core.
pub(crate) struct Services {
    pub(crate) redis: RedisPool,
    pub(crate) postgres: PostgresPools,
    pub(crate) http: HttpClient,
}

/// The application on one core.
pub(crate) struct CoreApp {
    pub(crate) app: Arc<App>,
    pub(crate) services: Arc<Services>,
    /// The host's own address, for requests from the application to itself.
    address: Option<SocketAddr>,
    /// By component; `None` for those that accept no HTTP requests.
    handlers: Vec<Option<ProxyHandler<Instances>>>,
    /// By component; `None` for those without a limit on concurrent requests.
    turns: Vec<Option<Turns>>,
}

/// Why a component gave no response.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It trapped, or returned an error.
    Broken,
    /// It took too long.
    Late,
    /// There is no room for another instance or request.
    Busy,
}

impl Failure {
    /// The status for the client.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Late => StatusCode::GATEWAY_TIMEOUT,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl CoreApp {
    fn new(app: Arc<App>, services: &Arc<Services>, address: Option<SocketAddr>) -> Arc<Self> {
        Arc::new_cyclic(|this: &Weak<Self>| {
            let handler = |component: &Arc<LoadedComponent>| {
                Some(ProxyHandler::new(Instances {
                    component: component.clone(),
                    engine: app.engine.clone(),
                    services: services.clone(),
                    app: this.clone(),
                    pre: component.entry.proxy()?,
                }))
            };
            let handlers = app.components.iter().map(handler).collect();
            let turns = |component: &Arc<LoadedComponent>| {
                let limits = &component.limits;
                limits.core_concurrency.map(|at_once| Turns::new(at_once).with_most_waiting(limits.waiting))
            };
            let turns = app.components.iter().map(turns).collect();
            Self { handlers, turns, services: services.clone(), address, app }
        })
    }

    /// Lets the component with index `component` respond to `request`; `whole` says whether its body is complete.
    pub(crate) async fn call(
        &self,
        component: usize,
        mut request: Request<WasiBody>,
        whole: bool,
    ) -> Result<Response<WasiBody>, Failure> {
        let loaded = self.app.components.get(component).ok_or(Failure::Broken)?;
        let handler = self.handlers.get(component).and_then(Option::as_ref).ok_or(Failure::Broken)?;
        let own_turns = self.turns.get(component).and_then(Option::as_ref);
        let turns = match own_turns.or(loaded.turns.as_ref()) {
            Some(turns) if turns.admits().await => Some(turns),
            Some(_) => {
                request.headers_mut().insert(BUSY, HeaderValue::from_static("true"));
                None
            }
            None => None,
        };
        let Some(turns) = turns else {
            return handler.handle((), request).await.map_err(|error| failure(&loaded.id, &error));
        };
        let taken = turns.take(request, whole, loaded.limits.timeout).await;
        let (turn, request) = taken.ok_or(Failure::Busy)?;
        let (handler, id) = (handler.clone(), loaded.id.clone());
        // In a task of its own: if a client disconnects, the component goes on working, and keeps its turn.
        let answer = tokio::spawn(async move {
            let _turn = turn;
            handler.handle((), request).await.map_err(|error| failure(&id, &error))
        });
        answer.await.unwrap_or(Err(Failure::Broken))
    }

    /// A request from one component to another, by id, as if it had arrived on the route `/...`.
    pub(crate) async fn call_component(
        &self,
        id: &str,
        mut request: Request<WasiBody>,
    ) -> Result<Response<WasiBody>, Error> {
        let index = self.app.components.iter().position(|component| &*component.id == id);
        let index =
            index.filter(|index| self.app.reachable.contains(index)).ok_or(Error::DestinationNotFound)?;
        head::announce_internal(&mut request).map_err(|_| Error::HttpRequestUriInvalid)?;
        // Boxed: this is called from within a call.
        let answer = Box::pin(self.call(index, request, true)).await;
        Ok(answer.unwrap_or_else(|failure| answer::failed_internally(&failure)))
    }

    /// `uri` at the host's own address.
    pub(crate) fn own_uri(&self, uri: &Uri) -> Option<Uri> {
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        Uri::builder().scheme("http").authority(self.address?.to_string()).path_and_query(path).build().ok()
    }
}

/// Logs why `component` gave no response.
fn failure(component: &str, error: &wasmtime::Error) -> Failure {
    let problem = || json!(format!("{error:#}"));
    if error.is::<ExpirationError>() {
        log::warn("component_late", &[("component", json!(component))]);
        Failure::Late
    } else if error.is::<InstantiationError<()>>() {
        log::error("no_instance", &[("component", json!(component)), ("problem", problem())]);
        Failure::Busy
    } else {
        log::error("request_failed", &[("component", json!(component)), ("problem", problem())]);
        Failure::Broken
    }
}

/// What a core starts with.
pub(crate) struct Core {
    pub(crate) index: usize,
    pub(crate) cores: usize,
    /// `None` if there is no HTTP to serve.
    pub(crate) listener: Option<std::net::TcpListener>,
    pub(crate) admission: Arc<Admission>,
    pub(crate) patience: Patience,
    pub(crate) balance: Arc<Balance>,
    /// Connections accepted for this core by others.
    pub(crate) handed_over: mpsc::UnboundedReceiver<HandedOver>,
    pub(crate) postgres: PostgresPools,
    /// Whether Redis triggers are served.
    pub(crate) redis: bool,
    /// The application, and the next one when it is replaced.
    pub(crate) apps: watch::Receiver<Arc<App>>,
    pub(crate) stop: watch::Receiver<bool>,
    /// How long requests in progress may take when the host stops.
    pub(crate) grace: Duration,
}

/// What is served now.
struct Current {
    app: Mutex<Arc<CoreApp>>,
}

impl Core {
    /// Serves until told to stop.
    pub(crate) fn run(self) -> io::Result<()> {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().event_interval(TASKS_BETWEEN_EVENTS).build()?;
        runtime.block_on(self.serve())
    }

    async fn serve(mut self) -> io::Result<()> {
        let listener = self.listener.take().map(TcpListener::from_std).transpose()?;
        let address = listener.as_ref().map(TcpListener::local_addr).transpose()?;
        let services = Arc::new(Services {
            redis: RedisPool::default(),
            postgres: self.postgres,
            http: HttpClient::new(),
        });
        let app = CoreApp::new(self.apps.borrow_and_update().clone(), &services, address);
        let share = redis_trigger::Share { core: self.index, cores: self.cores };
        let mut subscribers = self.redis.then(|| redis_trigger::start(&app, share));
        let current = Arc::new(Current { app: Mutex::new(app) });
        let connections = GracefulShutdown::new();

        loop {
            tokio::select! {
                accepted = accept(listener.as_ref()) => match accepted {
                    Ok((stream, peer)) => {
                        let admitted = self.admission.admit(peer.ip());
                        let admitted = admitted.map(|admitted| (stream, peer, admitted));
                        if let Some(accepted) = admitted.and_then(|new| keep(&self.balance, self.index, new)) {
                            connect(accepted, current.clone(), self.patience, &connections);
                        }
                    }
                    Err(error) => {
                        log::warn("accept_failed", &[("problem", json!(error.to_string()))]);
                        tokio::time::sleep(EXHAUSTED).await;
                    }
                },
                Some(handed_over) = self.handed_over.recv() => {
                    if let Some(accepted) = receive(handed_over) {
                        connect(accepted, current.clone(), self.patience, &connections);
                    }
                }
                Ok(()) = self.apps.changed() => {
                    let app = CoreApp::new(self.apps.borrow_and_update().clone(), &services, address);
                    if let Some(former) = subscribers.take() {
                        former.finish(self.grace).await;
                    }
                    subscribers = self.redis.then(|| redis_trigger::start(&app, share));
                    *current.app.lock().unwrap_or_else(PoisonError::into_inner) = app;
                }
                _ = self.stop.changed() => break,
            }
        }
        drop(listener);
        let requests = async {
            if tokio::time::timeout(self.grace, connections.shutdown()).await.is_err() {
                log::warn("requests_cut_off", &[("core", json!(self.index))]);
            }
        };
        let messages = async {
            if let Some(subscribers) = subscribers {
                subscribers.finish(self.grace).await;
            }
        };
        tokio::join!(requests, messages);
        Ok(())
    }
}

/// The connection for `own` to serve, unless it went to a core with fewer.
fn keep(
    balance: &Arc<Balance>,
    own: usize,
    (stream, peer, admitted): (TcpStream, SocketAddr, Admitted),
) -> Option<Accepted> {
    let core = balance.choose(own);
    let counted = balance.count(core);
    if core == own {
        return Some(Accepted { stream, peer, counted, admitted });
    }
    let stream = stream.into_std().ok()?;
    let refused = balance.hand_over(core, HandedOver { stream, peer, counted, admitted });
    // The other core is gone, as this one soon will be.
    refused.err().and_then(receive)
}

/// A connection accepted by another core. A stream that the runtime cannot take is closed by being dropped.
fn receive(HandedOver { stream, peer, counted, admitted }: HandedOver) -> Option<Accepted> {
    Some(Accepted { stream: TcpStream::from_std(stream).ok()?, peer, counted, admitted })
}

async fn accept(listener: Option<&TcpListener>) -> io::Result<(TcpStream, SocketAddr)> {
    match listener {
        Some(listener) => listener.accept().await,
        None => std::future::pending().await,
    }
}

/// A connection to serve.
struct Accepted {
    stream: TcpStream,
    peer: SocketAddr,
    counted: Counted,
    admitted: Admitted,
}

/// Serves one connection, in a task of its own.
fn connect(accepted: Accepted, current: Arc<Current>, patience: Patience, connections: &GracefulShutdown) {
    let Accepted { stream, peer, counted, admitted } = accepted;
    // Without this, small responses wait for the client's acknowledgement; the connection works all the same.
    let _ = stream.set_nodelay(true);
    let peer = Arc::new(Peer::new(peer, stream.local_addr().ok()));
    let activity = Arc::new(Activity::default());
    let stream = Guarded::new(stream, patience, activity.clone());
    let service = hyper::service::service_fn(move |request| {
        let app = current.app.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let peer = peer.clone();
        let running = activity.start();
        async move { serve::respond(&app, &peer, running, request).await }
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    // How long a head may take is up to the connection, which knows about more than heads.
    builder.http1().timer(TokioTimer::new()).header_read_timeout(None);
    // Head and body are copied together: for bodies as small as ours that is cheaper than a vectored write.
    builder.http1().writev(false);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(PING).keep_alive_timeout(PING);
    let connection = builder.serve_connection(TokioIo::new(stream), service).into_owned();
    let connection = connections.watch(connection);
    tokio::spawn(async move {
        let _counted = (counted, admitted);
        if let Err(error) = connection.await
            && log::enabled(log::Level::Debug)
        {
            log::write(log::Level::Debug, "connection_ended", &[("problem", json!(format!("{error:?}")))]);
        }
    });
}
