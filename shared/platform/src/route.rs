//! The routes of a function, as a table that exists before the first request.

use fundrail_api::endpoint::{Endpoint, Operation};
use fundrail_kit::route::{self, Match};
use futures::future::LocalBoxFuture;
use http::Method;

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

/// Finds the route of a request.
pub(crate) fn find(routes: &'static [Route], method: &Method, path: &str) -> Match<&'static Route> {
    let routes = routes.iter().map(|route| (route.endpoint.method, route.endpoint.path, route));
    route::find(routes, method.as_str(), path)
}
