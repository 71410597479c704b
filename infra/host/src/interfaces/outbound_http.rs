//! The client side of `wasi:http`: the allow-list, requests to the application itself, and persistent connections.

use std::{
    error::Error as StdError,
    io,
    pin::Pin,
    sync::{Arc, Weak},
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response, Uri, header::HOST, uri::Scheme};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper_util::{
    client::legacy::{
        Client,
        connect::{Connected, Connection},
    },
    rt::{TokioExecutor, TokioIo, TokioTimer},
};
use serde_json::json;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Sleep, timeout},
};
use tokio_rustls::{TlsConnector, client::TlsStream};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

use crate::{
    allowed::{AllowedHosts, Destination},
    app::LoadedComponent,
    core::CoreApp,
    interfaces::tls::system_config,
    log,
};

/// Maximum time for any step of a request if the component does not set one, as in Spin.
const DEFAULT_TIMEOUT: Duration = Duration::from_mins(10);

/// Host names with this suffix are components of the application.
pub(crate) const COMPONENTS: &str = ".spin.internal";

/// A core's client: it keeps connections open for further requests.
#[derive(Clone)]
pub(crate) struct HttpClient(Client<Connector, WasiBody>);

impl HttpClient {
    pub(crate) fn new() -> Self {
        let mut builder = Client::builder(TokioExecutor::new());
        builder.pool_timer(TokioTimer::new()).pool_idle_timeout(Duration::from_secs(30));
        Self(builder.build(Connector))
    }
}

/// What the requests of one instance go through.
pub(crate) struct OutboundHttp {
    component: Arc<LoadedComponent>,
    client: HttpClient,
    /// The application on the same core, for requests to itself.
    app: Weak<CoreApp>,
}

type Sent = Result<(Response<WasiBody>, Box<dyn Future<Output = Result<(), Error>> + Send>), Error>;

impl OutboundHttp {
    pub(crate) fn new(component: Arc<LoadedComponent>, client: HttpClient, app: Weak<CoreApp>) -> Self {
        Self { component, client, app }
    }
}

impl WasiHttpHooks for OutboundHttp {
    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = Sent> + Send> {
        let (component, client, app) = (self.component.clone(), self.client.clone(), self.app.clone());
        Box::new(async move {
            let response = send(&component, client, app, request, options).await?;
            // The client drives its connections itself.
            let io: Box<dyn Future<Output = Result<(), Error>> + Send> = Box::new(async { Ok(()) });
            Ok((response, io))
        })
    }
}

async fn send(
    component: &LoadedComponent,
    client: HttpClient,
    app: Weak<CoreApp>,
    mut request: Request<WasiBody>,
    options: Option<RequestOptions>,
) -> Result<Response<WasiBody>, Error> {
    let host = request.uri().host().unwrap_or_default().to_owned();
    let to_itself = host.is_empty() || host == "self.alt";
    if !is_allowed(&component.allowed, request.uri(), to_itself) {
        let destination = format!("{}://{host}", request.uri().scheme_str().unwrap_or("https"));
        log::warn(
            "destination_refused",
            &[("component", json!(&*component.id)), ("destination", json!(destination))],
        );
        return Err(Error::HttpRequestDenied);
    }
    if let Some(target) = host.strip_suffix(COMPONENTS) {
        let app = app.upgrade().ok_or(Error::DestinationUnavailable)?;
        return app.call_component(target, request).await;
    }
    if to_itself {
        let app = app.upgrade().ok_or(Error::DestinationUnavailable)?;
        *request.uri_mut() = app.own_uri(request.uri()).ok_or(Error::HttpRequestUriInvalid)?;
    }
    // Derived from the URI again, in the form that HTTP/1.1 or 2 needs.
    request.headers_mut().remove(HOST);
    exchange(client, request, options).await
}

fn is_allowed(allowed: &AllowedHosts, uri: &Uri, to_itself: bool) -> bool {
    if to_itself {
        return allowed.allows_own();
    }
    Destination::parse(&uri.to_string(), "https").is_ok_and(|destination| allowed.allows(&destination))
}

async fn exchange(
    client: HttpClient,
    request: Request<WasiBody>,
    options: Option<RequestOptions>,
) -> Result<Response<WasiBody>, Error> {
    let limit = |chosen: Option<Duration>| chosen.unwrap_or(DEFAULT_TIMEOUT);
    let connect = limit(options.and_then(|options| options.connect_timeout));
    let first_byte = limit(options.and_then(|options| options.first_byte_timeout));
    let between_bytes = limit(options.and_then(|options| options.between_bytes_timeout));
    let sent = CONNECT_TIMEOUT.scope(connect, client.0.request(request));
    let response = match timeout(connect.saturating_add(first_byte), sent).await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => return Err(explain(&error)),
        Err(_) => return Err(Error::ConnectionReadTimeout),
    };
    Ok(response.map(|body| TimedBody { body, sleep: None, limit: between_bytes }.boxed_unsync()))
}

/// The error by which components know from Spin what went wrong.
fn explain(error: &hyper_util::client::legacy::Error) -> Error {
    let causes = std::iter::successors(error.source(), |cause| (*cause).source());
    for cause in causes {
        if let Some(error) = cause.downcast_ref::<ConnectError>() {
            return match error {
                ConnectError::Timeout => Error::ConnectionTimeout,
                ConnectError::Name => {
                    Error::DnsError { rcode: Some("address not available".to_owned()), info_code: Some(0) }
                }
                ConnectError::Certificate => Error::TlsCertificateError,
                ConnectError::Tls => Error::TlsProtocolError,
                ConnectError::Refused => Error::ConnectionRefused,
                ConnectError::Uri => Error::HttpRequestUriInvalid,
            };
        }
        if cause.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_incomplete_message) {
            return Error::ConnectionTerminated;
        }
    }
    Error::HttpProtocolError
}

/// A body whose pieces must not take too long to arrive.
struct TimedBody {
    body: Incoming,
    sleep: Option<Pin<Box<Sleep>>>,
    limit: Duration,
}

impl Body for TimedBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
            self.sleep = None;
            return Poll::Ready(frame.map(|frame| frame.map_err(Error::from)));
        }
        let limit = self.limit;
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep(limit)));
        ready!(sleep.as_mut().poll(cx));
        Poll::Ready(Some(Err(Error::ConnectionReadTimeout)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

tokio::task_local! {
    /// How long the current request may take to connect.
    static CONNECT_TIMEOUT: Duration;
}

/// Opens connections, encrypted for `https`.
#[derive(Clone)]
struct Connector;

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
enum ConnectError {
    #[error("connecting took too long")]
    Timeout,
    #[error("the host name cannot be resolved")]
    Name,
    #[error("connection refused")]
    Refused,
    #[error("the server's certificate is not trusted")]
    Certificate,
    #[error("TLS failed")]
    Tls,
    #[error("the URI names no host")]
    Uri,
}

impl tower_service::Service<Uri> for Connector {
    type Response = TokioIo<Stream>;
    type Error = ConnectError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, ConnectError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ConnectError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        // Without a request there is no limit of its own: hyper may connect on behalf of one that is gone.
        let limit = CONNECT_TIMEOUT.try_with(|limit| *limit).unwrap_or(DEFAULT_TIMEOUT);
        Box::pin(async move {
            timeout(limit, connect(uri)).await.map_err(|_| ConnectError::Timeout)?.map(TokioIo::new)
        })
    }
}

async fn connect(uri: Uri) -> Result<Stream, ConnectError> {
    let host = uri.host().ok_or(ConnectError::Uri)?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let encrypted = uri.scheme() == Some(&Scheme::HTTPS);
    let port = uri.port_u16().unwrap_or(if encrypted { 443 } else { 80 });
    let stream = TcpStream::connect((host, port)).await.map_err(|error| match error.raw_os_error() {
        Some(_) => ConnectError::Refused,
        None => ConnectError::Name, // the resolver's errors have no number
    })?;
    // Without this, small writes wait; the connection works all the same.
    let _ = stream.set_nodelay(true);
    if !encrypted {
        return Ok(Stream::Plain(stream));
    }
    let name = rustls::pki_types::ServerName::try_from(host.to_owned()).map_err(|_| ConnectError::Uri)?;
    let connected = TlsConnector::from(system_config()).connect(name, stream).await;
    connected.map(|stream| Stream::Encrypted(Box::new(stream))).map_err(|error| {
        let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>());
        match cause {
            Some(rustls::Error::InvalidCertificate(_)) => ConnectError::Certificate,
            _ => ConnectError::Tls,
        }
    })
}

/// A connection.
enum Stream {
    Plain(TcpStream),
    Encrypted(Box<TlsStream<TcpStream>>),
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Encrypted(stream) => Pin::new(stream).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Encrypted(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Encrypted(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Encrypted(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
