//! Finding the route of a request among patterns such as `/v1/funds/{id}`.

/// What was found for a method and path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Match<R> {
    /// The route, with its parameters by name, percent-decoded.
    Found(R, Vec<(&'static str, String)>),
    /// There are routes for the path, with these methods only: for the `Allow` header.
    WrongMethod(Vec<&'static str>),
    /// There is no route for the path.
    Nothing,
}

/// Finds the route among `(method, pattern, route)`. If several patterns match a path, only those with the fewest parameters
/// count, whatever their methods: `/v1/invitations/accept` is never the invitation with the id `accept`. HEAD is answered by the
/// route of GET.
pub fn find<R>(
    routes: impl IntoIterator<Item = (&'static str, &'static str, R)>,
    method: &str,
    path: &str,
) -> Match<R> {
    let method = if method == "HEAD" { "GET" } else { method };
    let fitting = routes.into_iter().filter_map(|(known, pattern, route)| {
        parameters_of(pattern, path).map(|parameters| (known, route, parameters))
    });
    let mut fitting: Vec<_> = fitting.collect();
    let Some(fewest) = fitting.iter().map(|(.., parameters)| parameters.len()).min() else {
        return Match::Nothing;
    };
    fitting.retain(|(.., parameters)| parameters.len() == fewest);
    let allowed = allowed(fitting.iter().map(|(known, ..)| *known));
    match fitting.into_iter().find(|(known, ..)| *known == method) {
        Some((_, route, parameters)) => Match::Found(route, parameters),
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

/// Decodes `%41`; `None` if the result is not UTF-8.
pub fn percent_decode(text: &str) -> Option<String> {
    percent_encoding::percent_decode_str(text).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUTES: [(&str, &str); 4] = [
        ("GET", "/v1/funds"),
        ("GET", "/v1/funds/{id}"),
        ("GET", "/v1/funds/search"),
        ("DELETE", "/v1/funds/{id}"),
    ];

    fn found(method: &str, path: &str) -> String {
        match find(ROUTES.map(|(method, pattern)| (method, pattern, pattern)), method, path) {
            Match::Found(pattern, parameters) => format!("{pattern} {parameters:?}"),
            Match::WrongMethod(allow) => format!("allow {allow:?}"),
            Match::Nothing => "nothing".to_owned(),
        }
    }

    #[test]
    fn a_literal_segment_wins_over_a_parameter() {
        assert_eq!(found("GET", "/v1/funds/search"), "/v1/funds/search []");
        assert_eq!(found("GET", "/v1/funds/a%20b"), r#"/v1/funds/{id} [("id", "a b")]"#);
        assert_eq!(found("HEAD", "/v1/funds"), "/v1/funds []");
        assert_eq!(found("DELETE", "/v1/funds/search"), r#"allow ["GET", "HEAD"]"#);
    }

    #[test]
    fn what_is_not_in_the_table_is_not_found() {
        assert_eq!(found("POST", "/v1/funds/7"), r#"allow ["GET", "HEAD", "DELETE"]"#);
        for path in ["/v1/funds/", "/v1/funds/7/", "/v1", "//v1/funds", "/v1/funds/%ff"] {
            assert_eq!(found("GET", path), "nothing", "{path}");
        }
    }
}
