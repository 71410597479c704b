//! The routes of a function, as a table that is there before the first request.

use futures::future::LocalBoxFuture;
use http::Method;

use crate::{Context, Reply, Result, authority::Changes};

/// What carries out a request. Made by [`crate::handler!`].
pub type Handler = for<'a> fn(&'a Context) -> LocalBoxFuture<'a, Result<Reply>>;

/// What brings a stored answer up to date that is given again to the same `Idempotency-Key`.
pub type Replayed = for<'a> fn(&'a Context, Reply) -> LocalBoxFuture<'a, Result<Reply>>;

/// Turns an `async fn(&Context) -> Result<Reply>` into a [`Handler`].
#[macro_export]
macro_rules! handler {
    ($function:path) => {
        |cx| ::std::boxed::Box::pin($function(cx))
    };
}

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anyone: entry routes of sign-in, webhooks (which verify a signature), documents.
    Public,
    /// Whoever is signed in.
    SignedIn,
    /// Whoever is signed in and has the permission, e.g. `funds:write`.
    Permission(&'static str),
}

/// Which proof of identity has to be fresh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proof {
    /// None.
    None,
    /// The second factor, of who has one.
    Factor,
    /// The second factor, or the password of who has none.
    FactorOrPassword,
}

/// What a user has to have done once before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Shown that their address is theirs.
    pub(crate) verified: bool,
    /// Shown a second factor, where the tenant demands it.
    pub(crate) factor: bool,
}

/// One method and path of a function.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    pub(crate) method: &'static str,
    pub(crate) pattern: &'static str,
    pub(crate) handler: Handler,
    pub(crate) access: Access,
    pub(crate) body_limit: usize,
    pub(crate) rate_class: &'static str,
    pub(crate) rate_subject: Option<&'static str>,
    pub(crate) idempotent: bool,
    pub(crate) replayed: Option<Replayed>,
    pub(crate) proof: Proof,
    pub(crate) standing: Standing,
    pub(crate) json_body: bool,
    pub(crate) changes: Changes,
}

impl Route {
    const fn new(method: &'static str, pattern: &'static str, handler: Handler) -> Self {
        Self {
            method,
            pattern,
            handler,
            access: Access::SignedIn,
            body_limit: 1024 * 1024,
            rate_class: "default",
            rate_subject: None,
            idempotent: false,
            replayed: None,
            proof: Proof::None,
            standing: Standing { verified: false, factor: true },
            json_body: true,
            changes: Changes::Neither,
        }
    }

    /// A read.
    pub const fn get(pattern: &'static str, handler: Handler) -> Self {
        Self::new("GET", pattern, handler)
    }
    /// A creation or an action.
    pub const fn post(pattern: &'static str, handler: Handler) -> Self {
        Self::new("POST", pattern, handler)
    }
    /// A replacement.
    pub const fn put(pattern: &'static str, handler: Handler) -> Self {
        Self::new("PUT", pattern, handler)
    }
    /// A change of some fields.
    pub const fn patch(pattern: &'static str, handler: Handler) -> Self {
        Self::new("PATCH", pattern, handler)
    }
    /// A removal.
    pub const fn delete(pattern: &'static str, handler: Handler) -> Self {
        Self::new("DELETE", pattern, handler)
    }

    /// Anyone may call it.
    #[must_use]
    pub const fn public(mut self) -> Self {
        self.access = Access::Public;
        self
    }

    /// Needs a permission. Without this and [`Self::public`], being signed in is enough.
    #[must_use]
    pub const fn permission(mut self, permission: &'static str) -> Self {
        self.access = Access::Permission(permission);
        self
    }

    /// Counts against the limit of this class rather than `default`.
    #[must_use]
    pub const fn rate_class(mut self, class: &'static str) -> Self {
        self.rate_class = class;
        self
    }

    /// Counts what this field of the body names, an account or a token, by itself, and lets an address send more: an office has
    /// one address, and many people who sign in.
    #[must_use]
    pub const fn rate_subject(mut self, field: &'static str) -> Self {
        self.rate_subject = Some(field);
        self
    }

    /// Takes bodies of up to this many bytes rather than 1 MiB.
    #[must_use]
    pub const fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// Honours `Idempotency-Key`: every creating POST does.
    #[must_use]
    pub const fn idempotent(mut self) -> Self {
        self.idempotent = true;
        self
    }

    /// Brings the stored answer up to date before it is given again: for an answer that says what holds now.
    #[must_use]
    pub const fn replayed_by(mut self, replayed: Replayed) -> Self {
        self.replayed = Some(replayed);
        self
    }

    /// Wants a second factor that was shown within the last minutes, of users who have one.
    #[must_use]
    pub const fn step_up(mut self) -> Self {
        self.proof = Proof::Factor;
        self
    }

    /// Wants a second factor that was shown within the last minutes, and of users who have none, a sign-in by password
    /// within the last minutes: a token that somebody has found is not enough.
    #[must_use]
    pub const fn fresh(mut self) -> Self {
        self.proof = Proof::FactorOrPassword;
        self
    }

    /// Wants users whose address is shown to be theirs.
    #[must_use]
    pub const fn verified(mut self) -> Self {
        self.standing.verified = true;
        self
    }

    /// Lets in who has no second factor, or has not shown it, also where the tenant demands one of everybody.
    #[must_use]
    pub const fn without_factor(mut self) -> Self {
        self.standing.factor = false;
        self
    }

    /// Changes who belongs to the tenant, or what they may do: one such change at a time.
    #[must_use]
    pub const fn changes_people(mut self) -> Self {
        self.changes = Changes::People;
        self
    }

    /// Changes the caller's own sessions, password or second factor: one such change at a time.
    #[must_use]
    pub const fn changes_sign_in(mut self) -> Self {
        self.changes = Changes::SignIn;
        self
    }

    /// Changes the caller's memberships of tenants, by joining one or by leaving them all, and their sign-in.
    #[must_use]
    pub const fn changes_account(mut self) -> Self {
        self.changes = Changes::Account;
        self
    }

    /// Reads its body as it comes, whatever its content type.
    #[must_use]
    pub const fn raw_body(mut self) -> Self {
        self.json_body = false;
        self
    }
}

/// What a method and path have found.
pub(crate) enum Match {
    Found(&'static Route, Vec<(&'static str, String)>),
    WrongMethod(Vec<&'static str>),
    Nothing,
}

/// Finds the route. Where several patterns fit a path, those with the fewest parameters count alone, whatever their methods:
/// `/v1/invitations/accept` is never the invitation with the id `accept`.
pub(crate) fn find(routes: &'static [Route], method: &Method, path: &str) -> Match {
    let method = if method == Method::HEAD { "GET" } else { method.as_str() };
    let mut fitting: Vec<(&'static Route, Vec<(&'static str, String)>)> = routes
        .iter()
        .filter_map(|route| parameters_of(route.pattern, path).map(|parameters| (route, parameters)))
        .collect();
    let Some(fewest) = fitting.iter().map(|(_, parameters)| parameters.len()).min() else {
        return Match::Nothing;
    };
    fitting.retain(|(_, parameters)| parameters.len() == fewest);
    let allowed = allowed(fitting.iter().map(|(route, _)| route.method));
    match fitting.into_iter().find(|(route, _)| route.method == method) {
        Some((route, parameters)) => Match::Found(route, parameters),
        None => Match::WrongMethod(allowed),
    }
}

/// Methods for the header `Allow`: each once, and HEAD wherever there is GET.
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
            (Some(segment), Some(text)) => match segment.strip_prefix(':') {
                Some(name) if !text.is_empty() => parameters.push((name, percent_decode(text)?)),
                None if segment == text => {}
                _ => return None,
            },
            _ => return None,
        }
    }
}

/// Decodes `%41`; `None` when what comes out is not UTF-8 or the encoding is broken.
pub(crate) fn percent_decode(text: &str) -> Option<String> {
    percent_encoding::percent_decode_str(text).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn nothing(_: &Context) -> Result<Reply> {
        Reply::no_content()
    }

    static ROUTES: &[Route] = &[
        Route::get("/v1/funds", handler!(nothing)),
        Route::get("/v1/funds/:id", handler!(nothing)),
        Route::get("/v1/funds/search", handler!(nothing)),
        Route::delete("/v1/funds/:id", handler!(nothing)),
    ];

    fn found(method: &Method, path: &str) -> String {
        match find(ROUTES, method, path) {
            Match::Found(route, parameters) => format!("{} {parameters:?}", route.pattern),
            Match::WrongMethod(allow) => format!("allow {allow:?}"),
            Match::Nothing => "nothing".to_owned(),
        }
    }

    #[test]
    fn a_literal_segment_wins_over_a_parameter() {
        assert_eq!(found(&Method::GET, "/v1/funds/search"), "/v1/funds/search []");
        assert_eq!(found(&Method::GET, "/v1/funds/a%20b"), r#"/v1/funds/:id [("id", "a b")]"#);
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
