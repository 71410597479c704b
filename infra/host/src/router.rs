//! Which trigger a path belongs to, by Spin's rules: exact before parameter before wildcard, longest prefix first.
//!
//! `routefinder` reads the routes and orders them. What a path matches is decided here, since it changed between two of its
//! versions: for Spin, `//` are two slashes with nothing between them, and a parameter can be empty.

use std::iter::Peekable;

use http::HeaderValue;
use routefinder::{RouteSpec, Segment};

/// The routes of an application.
#[derive(Debug)]
pub(crate) struct Router<T> {
    routes: routefinder::Router<Entry<T>>,
}

/// A route with what requests are told about it.
#[derive(Debug)]
pub(crate) struct Entry<T> {
    /// What the route leads to.
    pub(crate) target: T,
    /// As written in the manifest.
    pub(crate) raw: HeaderValue,
    /// Without a trailing slash.
    pub(crate) matched: HeaderValue,
    /// As written in the manifest, without a trailing `/...`.
    pub(crate) component: HeaderValue,
}

/// A matching route.
#[derive(Debug)]
pub(crate) struct Matched<'router, T> {
    /// The route.
    pub(crate) entry: &'router Entry<T>,
    /// What a trailing `/...` matched, with its leading slash; otherwise empty.
    pub(crate) path_info: String,
    /// What the parameters matched, as received, by name, in the order of the route.
    pub(crate) parameters: Vec<(String, String)>,
}

impl<T> Router<T> {
    /// Builds the router. If two routes are equal the later one wins, and the former is returned with the router.
    pub(crate) fn new(routes: impl IntoIterator<Item = (String, T)>) -> Result<(Self, Vec<String>), String> {
        let mut finder = routefinder::Router::new();
        let mut kept: Vec<(String, T)> = Vec::new();
        let mut replaced = Vec::new();
        for (route, target) in routes {
            if let Some(former) = kept.iter_mut().find(|(other, _)| *other == route) {
                former.1 = target;
                replaced.push(route);
            } else {
                kept.push((route, target));
            }
        }
        for (route, target) in kept {
            let (path, component) = spec(&route);
            let header = |text: &str| {
                HeaderValue::from_str(text).map_err(|_| format!("route {route:?} is no header value"))
            };
            let absolute = absolute(&route);
            let entry = Entry {
                target,
                raw: header(&route)?,
                matched: header(absolute.strip_suffix('/').unwrap_or(&absolute))?,
                component: header(component)?,
            };
            finder.add(parse(&path)?, entry).map_err(|error| format!("route {route:?}: {error}"))?;
        }
        Ok((Self { routes: finder }, replaced))
    }

    /// The best route for `path`, percent-encoded as received.
    pub(crate) fn find(&self, path: &str) -> Option<Matched<'_, T>> {
        self.routes.iter().find_map(|(route, entry)| {
            let captured = captured(route.segments(), path.trim_matches('/'))?;
            let path_info = captured.rest.map(|rest| path_info(rest, path)).unwrap_or_default();
            let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
            Some(Matched {
                entry,
                path_info,
                parameters: captured.parameters.into_iter().map(owned).collect(),
            })
        })
    }
}

/// What parameters and a trailing wildcard matched.
#[derive(Default)]
struct Captured<'route, 'path> {
    parameters: Vec<(&'route str, &'path str)>,
    rest: Option<&'path str>,
}

/// What `path`, without slashes around it, has in place of `segments`; `None` if it does not match.
fn captured<'route, 'path>(
    segments: &'route [Segment],
    mut path: &'path str,
) -> Option<Captured<'route, 'path>> {
    let mut captured = Captured::default();
    let mut segments = segments.iter().peekable();
    while let Some(segment) = segments.next() {
        path = match segment {
            Segment::Exact(text) => path.strip_prefix(&**text)?,
            Segment::Dot => path.strip_prefix('.')?,
            Segment::Slash => after_slash(path, &mut segments)?,
            Segment::Param(name) => {
                let end = match segments.peek() {
                    Some(Segment::Dot) => path
                        .find(['.', '/'])
                        .filter(|end| path.get(*end..).is_some_and(|rest| rest.starts_with('.')))?,
                    _ if path.is_empty() => return None,
                    _ => path.find('/').unwrap_or(path.len()),
                };
                let (value, rest) = path.split_at_checked(end)?;
                captured.parameters.push((name, value));
                rest
            }
            Segment::Wildcard => {
                captured.rest = Some(path);
                ""
            }
        };
    }
    matches!(path, "" | "/").then_some(captured)
}

/// `path` after its leading slash. Its trailing slash may be missing if nothing but a wildcard follows.
fn after_slash<'path, 'route>(
    path: &'path str,
    following: &mut Peekable<impl Iterator<Item = &'route Segment>>,
) -> Option<&'path str> {
    match (path.strip_prefix('/'), following.peek()) {
        (Some(rest), Some(_)) => Some(rest),
        (None, None | Some(Segment::Wildcard)) if path.is_empty() => Some(path),
        _ => None,
    }
}

/// Reads what [`spec`] made of a route.
pub(crate) fn parse(spec: &str) -> Result<RouteSpec, String> {
    let route = RouteSpec::try_from(spec)?;
    match route.segments().split_last() {
        Some((_, before)) if before.contains(&Segment::Wildcard) => {
            Err("`*` may only stand at the end: name a parameter, as in `/:name`, for a part in the middle"
                .to_owned())
        }
        _ => Ok(route),
    }
}

/// Spin keeps the slashes around what a wildcard matched; the router drops them.
fn path_info(rest: &str, path: &str) -> String {
    match (rest.is_empty(), path.ends_with('/')) {
        (true, false) => String::new(),
        (true, true) => "/".to_owned(),
        (false, false) => format!("/{rest}"),
        (false, true) => format!("/{rest}/"),
    }
}

/// What routefinder calls `route`, and the route without its trailing wildcard.
pub(crate) fn spec(route: &str) -> (String, &str) {
    let absolute = absolute(route);
    let absolute = absolute.strip_suffix('/').unwrap_or(&absolute).to_owned();
    match absolute.strip_suffix("/...") {
        Some(prefix) => (format!("{prefix}/*"), route.strip_suffix("/...").unwrap_or(route)),
        None => (absolute, route),
    }
}

fn absolute(route: &str) -> String {
    if route.starts_with('/') { route.to_owned() } else { format!("/{route}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn router(routes: &[&str]) -> Router<usize> {
        Router::new(routes.iter().enumerate().map(|(index, route)| ((*route).to_owned(), index))).unwrap().0
    }

    fn target(router: &Router<usize>, path: &str) -> Option<usize> {
        router.find(path).map(|found| found.entry.target)
    }

    #[test]
    fn exact_beats_parameter_beats_wildcard() {
        let router = router(&["/...", "/funds/...", "/funds/:id", "/funds/best", "/"]);
        assert_eq!(target(&router, "/funds/best"), Some(3));
        assert_eq!(target(&router, "/funds/7"), Some(2));
        assert_eq!(target(&router, "/funds/7/more"), Some(1));
        assert_eq!(target(&router, "/other"), Some(0));
        assert_eq!(target(&router, "/"), Some(4));
    }

    #[test]
    fn wildcards_and_parameters_are_told() {
        let router = router(&["/users/:id/...", "/plain"]);
        let found = router.find("/users/4%202/a/b").unwrap();
        assert_eq!(found.path_info, "/a/b");
        assert_eq!(found.parameters, [("id".to_owned(), "4%202".to_owned())]);
        assert_eq!(found.entry.component, "/users/:id");
        assert_eq!(router.find("/users/1/").unwrap().path_info, "/");
        assert_eq!(router.find("/users/1").unwrap().path_info, "");
        assert!(router.find("/nothing").is_none());
        assert!(router.find("*").is_none());
    }

    #[test]
    fn slashes_are_counted_and_a_parameter_may_be_empty() {
        let parameters = |route: &str, path: &str| {
            let router = router(&[route]);
            router.find(path).map(|found| {
                found.parameters.iter().map(|(_, value)| value.clone()).collect::<Vec<_>>().join(",")
            })
        };
        assert_eq!(parameters("/a/b", "/a//b"), None);
        assert_eq!(parameters("/a/b", "//a/b//").as_deref(), Some(""));
        assert_eq!(parameters("/a/:x/b", "/a//b").as_deref(), Some(""));
        assert_eq!(parameters("/a/:x/b", "/a/1//b"), None);
        assert_eq!(parameters("/a/:x", "/a/"), None);
        assert_eq!(parameters("/:x/:y", "/1/2").as_deref(), Some("1,2"));
        assert_eq!(parameters("/:x/:y", "/1//2"), None);
        assert_eq!(parameters("/:file.:kind", "/a.b.c").as_deref(), Some("a,b.c"));
        assert_eq!(parameters("/:file.:kind", "/a/b.c"), None);
        assert_eq!(router(&["/a/..."]).find("/a//b").unwrap().path_info, "//b");
        assert_eq!(router(&["/a/..."]).find("//").map(|_| ()), None);
        assert_eq!(router(&["a"]).find("/a").unwrap().entry.matched, "/a");
    }

    #[test]
    fn a_catch_all_stands_first() {
        let others = ["/v1/auth/...", "/.well-known/jwks.json", "/v1/auth/login", "/v1/ops/...", "/health"];
        let first: Vec<_> = ["/v1/..."].into_iter().chain(others).collect();
        let router = router(&first);
        for (path, route) in [
            ("/v1/auth/me", 1),
            ("/.well-known/jwks.json", 2),
            ("/v1/auth/login", 3),
            ("/v1/ops/1", 4),
            ("/health", 5),
            ("/v1/nothing", 0),
        ] {
            assert_eq!(target(&router, path), Some(route), "{path}");
        }
    }

    #[test]
    fn a_wildcard_stands_at_the_end() {
        assert!(parse("/a/*").is_ok());
        assert!(parse("/a/*/b").is_err());
    }

    #[test]
    fn the_later_of_two_equal_routes_wins() {
        let (router, replaced) = Router::new([("/a".to_owned(), 0), ("/a".to_owned(), 1)]).unwrap();
        assert_eq!(target(&router, "/a"), Some(1));
        assert_eq!(replaced, ["/a"]);
    }
}
