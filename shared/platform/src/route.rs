//! The routes of a function, as a table that exists before the first request.

use futures::future::LocalBoxFuture;
use http::Method;

use fundrail_api::endpoint::{Endpoint, Operation};

use crate::{Context, Reply, Result};

/// Carries out a request. Created by [`crate::handler!`].
pub type Handler = for<'a> fn(&'a Context) -> LocalBoxFuture<'a, Result<Reply>>;

/// Updates a stored response before it is returned again for the same `Idempotency-Key`.
pub type Replayed = for<'a> fn(&'a Context, Reply) -> LocalBoxFuture<'a, Result<Reply>>;

/// The routes of a function: each operation of `fundrail_api` together with the `async fn` that carries it out, which takes what
/// the operation accepts and returns what it returns.
///
/// ```ignore
/// static ROUTES: &[Route] = routes![
///     ReadCheck => read;
///     CreateCheck => create as body, replayed by standing::replayed;
/// ];
///
/// async fn read(cx: &Context) -> Result<Answer<Check>> { … }
/// async fn create(cx: &Context, asked: Question) -> Result<Answer<Check>> { … }
/// ```
///
/// `behind` names what gives a place in a queue, or refuses one; the handler holds it for as long as it runs.
#[macro_export]
macro_rules! routes {
    ($($operation:ty => $function:path $(as $body:ident)? $(, behind $place:path)? $(, replayed by $replayed:path)?);* $(;)?) => {
        &[$(
            $crate::Route::of::<$operation>(|cx| ::std::boxed::Box::pin(async move {
                $(let _place = $place()?;)?
                let answer = $crate::routes!(@call $operation, $function, cx $(, $body)?).await?;
                Ok($crate::Answer::for_operation::<$operation>(answer))
            }))
            $(.replayed_by(|cx, reply| ::std::boxed::Box::pin($replayed(cx, reply))))?
        ),*]
    };
    (@call $operation:ty, $function:path, $cx:ident) => { $function($cx) };
    (@call $operation:ty, $function:path, $cx:ident, body) => { $function($cx, $cx.body_of::<$operation>(())?) };
}

/// An endpoint, and what carries out its requests.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    pub(crate) endpoint: Endpoint,
    pub(crate) handler: Handler,
    pub(crate) replayed: Option<Replayed>,
}

impl Route {
    /// The route of an operation. Created by [`crate::routes!`], which ensures that the handler fits.
    pub const fn of<O: Operation>(handler: Handler) -> Self {
        Self { endpoint: O::ENDPOINT, handler, replayed: None }
    }

    /// Updates the stored response before it is returned again: for a response that says what is true now.
    #[must_use]
    pub const fn replayed_by(mut self, replayed: Replayed) -> Self {
        self.replayed = Some(replayed);
        self
    }
}

/// What was found for a method and path.
pub(crate) enum Match {
    Found(&'static Route, Vec<(&'static str, String)>),
    WrongMethod(Vec<&'static str>),
    Nothing,
}

/// Finds the route. If several patterns match a path, only those with the fewest parameters count, whatever their methods:
/// `/v1/invitations/accept` is never the invitation with the id `accept`.
pub(crate) fn find(routes: &'static [Route], method: &Method, path: &str) -> Match {
    let method = if method == Method::HEAD { "GET" } else { method.as_str() };
    let mut fitting: Vec<(&'static Route, Vec<(&'static str, String)>)> = routes
        .iter()
        .filter_map(|route| parameters_of(route.endpoint.path, path).map(|parameters| (route, parameters)))
        .collect();
    let Some(fewest) = fitting.iter().map(|(_, parameters)| parameters.len()).min() else {
        return Match::Nothing;
    };
    fitting.retain(|(_, parameters)| parameters.len() == fewest);
    let allowed = allowed(fitting.iter().map(|(route, _)| route.endpoint.method));
    match fitting.into_iter().find(|(route, _)| route.endpoint.method == method) {
        Some((route, parameters)) => Match::Found(route, parameters),
        None => Match::WrongMethod(allowed),
    }
}

/// Methods for the `Allow` header: each once, and HEAD wherever there is GET.
fn allowed(methods: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
    let mut allowed = Vec::new();
    for method in methods.flat_map(|method| if method == "GET" { vec!["GET", "HEAD"] } else { vec![method] })
    {
        if !allowed.contains(&method) {
            allowed.push(method);
        }
    }
    allowed
}

fn parameters_of(pattern: &'static str, path: &str) -> Option<Vec<(&'static str, String)>> {
    let mut parameters = Vec::new();
    let (mut expected, mut given) = (pattern.split('/'), path.split('/'));
    loop {
        match (expected.next(), given.next()) {
            (None, None) => return Some(parameters),
            (Some(segment), Some(text)) => match parameter_of(segment) {
                Some(name) if !text.is_empty() => parameters.push((name, percent_decode(text)?)),
                None if segment == text => {}
                _ => return None,
            },
            _ => return None,
        }
    }
}

/// The name of a parameter in a path: `{id}`.
fn parameter_of(segment: &'static str) -> Option<&'static str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

/// Decodes `%41`; `None` if the encoding is broken or the result is not UTF-8.
pub(crate) fn percent_decode(text: &str) -> Option<String> {
    percent_encoding::percent_decode_str(text).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn route(endpoint: Endpoint) -> Route {
        Route { endpoint, handler: |_| Box::pin(async { Reply::no_content() }), replayed: None }
    }

    static ROUTES: &[Route] = &[
        route(Endpoint::get("list_funds", "/v1/funds")),
        route(Endpoint::get("read_fund", "/v1/funds/{id}")),
        route(Endpoint::get("search_funds", "/v1/funds/search")),
        route(Endpoint::delete("remove_fund", "/v1/funds/{id}")),
    ];

    fn found(method: &Method, path: &str) -> String {
        match find(ROUTES, method, path) {
            Match::Found(route, parameters) => format!("{} {parameters:?}", route.endpoint.path),
            Match::WrongMethod(allow) => format!("allow {allow:?}"),
            Match::Nothing => "nothing".to_owned(),
        }
    }

    #[test]
    fn a_literal_segment_wins_over_a_parameter() {
        assert_eq!(found(&Method::GET, "/v1/funds/search"), "/v1/funds/search []");
        assert_eq!(found(&Method::GET, "/v1/funds/a%20b"), r#"/v1/funds/{id} [("id", "a b")]"#);
        assert_eq!(found(&Method::HEAD, "/v1/funds"), "/v1/funds []");
        assert_eq!(found(&Method::DELETE, "/v1/funds/search"), r#"allow ["GET", "HEAD"]"#);
    }

    #[test]
    fn what_is_not_in_the_table_is_not_found() {
        assert_eq!(found(&Method::POST, "/v1/funds/7"), r#"allow ["GET", "HEAD", "DELETE"]"#);
        for path in ["/v1/funds/", "/v1/funds/7/", "/v1", "//v1/funds", "/v1/funds/%ff"] {
            assert_eq!(found(&Method::GET, path), "nothing", "{path}");
        }
    }
}
