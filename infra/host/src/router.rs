//! Which trigger a path belongs to, by the rules of Spin: exact before parameter before wildcard, longest prefix first.

use http::HeaderValue;

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
    /// As the manifest has it.
    pub(crate) raw: HeaderValue,
    /// Without a trailing slash.
    pub(crate) matched: HeaderValue,
    /// As the manifest has it, without a trailing `/...`.
    pub(crate) component: HeaderValue,
}

/// A path that a route fits.
#[derive(Debug)]
pub(crate) struct Matched<'router, T> {
    /// The route.
    pub(crate) entry: &'router Entry<T>,
    /// What a trailing `/...` stood for, with its leading slash; else empty.
    pub(crate) path_info: String,
    /// What the parameters stood for, as it came, by name.
    pub(crate) parameters: Vec<(String, String)>,
}

impl<T> Router<T> {
    /// Builds the router. Of two equal routes the later one wins, and the former is returned with the router.
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
            let matched = route.strip_suffix('/').unwrap_or(&route);
            let entry = Entry {
                target,
                raw: header(&route)?,
                matched: header(matched)?,
                component: header(component)?,
            };
            finder.add(path.as_str(), entry).map_err(|error| format!("route {route:?}: {error}"))?;
        }
        Ok((Self { routes: finder }, replaced))
    }

    /// The best route for `path`, which is percent-encoded as it came.
    pub(crate) fn find(&self, path: &str) -> Option<Matched<'_, T>> {
        let found = self.routes.best_match(path)?;
        let captures = found.captures();
        let path_info = captures.wildcard().map(|rest| path_info(rest, path)).unwrap_or_default();
        let parameters = captures.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Some(Matched { entry: found.handler(), path_info, parameters })
    }
}

/// Spin keeps the slashes around what a wildcard stood for; the router drops them.
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
    let absolute = if route.starts_with('/') { route.to_owned() } else { format!("/{route}") };
    let absolute = absolute.strip_suffix('/').unwrap_or(&absolute).to_owned();
    match absolute.strip_suffix("/...") {
        Some(prefix) => (format!("{prefix}/*"), route.strip_suffix("/...").unwrap_or(route)),
        None => (absolute, route),
    }
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
    fn the_later_of_two_equal_routes_wins() {
        let (router, replaced) = Router::new([("/a".to_owned(), 0), ("/a".to_owned(), 1)]).unwrap();
        assert_eq!(target(&router, "/a"), Some(1));
        assert_eq!(replaced, ["/a"]);
    }
}
