//! From a request to a response: its head, the host's own paths, the route, its body, and only then a component.

use std::convert::Infallible;

use http::{Method, Request, Response, header::EXPECT};
use http_body::Body as _;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use serde_json::json;
use wasmtime_wasi_http::WasiBody;

use crate::{
    answer,
    app::{App, Target},
    core::{CoreApp, Failure},
    guarded::{Running, Sending},
    head::{self, Peer},
    intake,
    settle::settle,
};

/// Paths that the host serves itself.
const WELL_KNOWN: &str = "/.well-known/spin/";

/// Responds to a request. `running` is dropped when the whole response has been sent.
pub(crate) async fn respond(
    app: &CoreApp,
    peer: &Peer,
    running: Running,
    mut request: Request<Incoming>,
) -> Result<Response<WasiBody>, Infallible> {
    let response = match head::check(&mut request, peer) {
        Ok(()) => route(app, peer, request).await,
        Err(why) => {
            leave(request);
            answer::bad_head(&why)
        }
    };
    // A complete body can be sent without anybody's help.
    let whole = response.body().size_hint().exact().is_some();
    Ok(if whole { response } else { response.map(|body| Sending::new(body, running).boxed_unsync()) })
}

async fn route(app: &CoreApp, peer: &Peer, mut request: Request<Incoming>) -> Response<WasiBody> {
    let path = request.uri().path();
    if let Some(name) = path.strip_prefix(WELL_KNOWN) {
        let response = well_known(&app.app, name);
        leave(request);
        return response;
    }
    let Some(matched) = app.app.router.find(path) else {
        leave(request);
        return answer::nothing_here();
    };
    let component = match &matched.entry.target {
        Target::Static(response) => {
            leave(request);
            return answer::fixed(response);
        }
        Target::Component(component) => *component,
    };
    if let Err(why) = head::announce(&mut request, &matched, peer) {
        leave(request);
        return answer::bad_head(&why);
    }
    let is_head = request.method() == Method::HEAD;
    match component_answer(app, component, request).await {
        // The response to a HEAD says nothing about the length that a GET would have.
        Ok(response) if is_head => response,
        Ok(response) => settle(response).await.unwrap_or_else(|_| answer::failed(&Failure::Broken)),
        Err(response) => response,
    }
}

/// The component's response, once the request's body is there; otherwise the host's.
async fn component_answer(
    app: &CoreApp,
    component: usize,
    request: Request<Incoming>,
) -> Result<Response<WasiBody>, Response<WasiBody>> {
    let limits = app.app.components.get(component).map(|component| component.limits.body).unwrap_or_default();
    let (head, body) = request.into_parts();
    let expects = head.headers.contains_key(EXPECT);
    let taken = intake::take_in(body, &limits).await.map_err(|(why, rest)| {
        // A client that first asked whether to send it will not, once refused.
        if !expects {
            intake::drain(rest);
        }
        answer::refused(why)
    })?;
    let request = Request::from_parts(head, taken.body);
    app.call(component, request, taken.whole).await.map_err(|failure| answer::failed(&failure))
}

/// Responds to a request without its body.
fn leave(request: Request<Incoming>) {
    if !request.headers().contains_key(EXPECT) {
        intake::drain(request.into_body());
    }
}

fn well_known(app: &App, name: &str) -> Response<WasiBody> {
    match name {
        "health" => answer::content("text/plain; charset=utf-8", "OK"),
        "info" => {
            let mut info = json!({ "name": app.name });
            if let (Some(version), Some(fields)) = (&app.version, info.as_object_mut()) {
                fields.insert("version".to_owned(), json!(version));
            }
            answer::content("application/json", format!("{info:#}"))
        }
        _ => answer::nothing_here(),
    }
}
