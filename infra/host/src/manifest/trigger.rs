//! `[[trigger.http]]` and `[[trigger.redis]]`.

use std::collections::BTreeMap;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::{
    Component, ManifestError, Variable,
    component::declared,
    table::{Table, Value},
};
use crate::template::Template;

/// One `[[trigger.http]]`.
#[derive(Debug, Clone)]
pub struct HttpTrigger {
    /// Which requests it is for.
    pub route: Route,
    /// Who answers them.
    pub target: HttpTarget,
}

/// The `route` of a trigger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// `/exact`, `/with/:parameter`, `/prefix/...`.
    Path(String),
    /// `{ private = true }`: reached by other components alone.
    Private,
}

/// What answers the requests of a route.
#[derive(Debug, Clone)]
pub enum HttpTarget {
    /// The component of this id.
    Component(String),
    /// The host itself.
    Static(StaticResponse),
}

/// A `static_response`.
#[derive(Debug, Clone)]
pub struct StaticResponse {
    /// `status_code`, 200 when not said.
    pub status: StatusCode,
    /// `headers`.
    pub headers: HeaderMap,
    /// `body`.
    pub body: String,
}

/// One `[[trigger.redis]]`.
#[derive(Debug, Clone)]
pub struct RedisTrigger {
    /// The id of the component that gets the messages.
    pub component: String,
    /// The channel to subscribe to.
    pub channel: Template,
    /// The server, when not the application's.
    pub address: Option<Template>,
}

impl HttpTrigger {
    pub(super) fn read(
        mut table: Table<'_>,
        components: &BTreeMap<String, Component>,
    ) -> Result<Self, ManifestError> {
        table.ignore("id");
        let route = read_route(&table.required("route")?)?;
        if let Some(executor) = table.optional("executor") {
            let mut executor = executor.table()?;
            let kind = executor.required("type")?;
            if !matches!(kind.string()?, "http" | "spin") {
                return Err(kind.error("must be `http`: there is no other executor here"));
            }
            executor.finish()?;
        }
        let target = match (table.optional("component"), table.optional("static_response")) {
            (Some(component), None) => HttpTarget::Component(component_id(&component, components)?),
            (None, Some(response)) => HttpTarget::Static(StaticResponse::read(response.table()?)?),
            (None, None) => return Err(table.error("needs a `component` or a `static_response`")),
            (Some(_), Some(_)) => {
                return Err(table.error("has a `component` and a `static_response`: it can only be one"));
            }
        };
        table.finish()?;
        Ok(Self { route, target })
    }
}

fn read_route(value: &Value<'_>) -> Result<Route, ManifestError> {
    if !value.is_string() {
        let mut table = value.table()?;
        let private = table.required("private")?.boolean()?;
        table.finish()?;
        return if private {
            Ok(Route::Private)
        } else {
            Err(value.error("must be a path or `{ private = true }`"))
        };
    }
    let route = value.string()?;
    let (path, _) = crate::router::spec(route);
    routefinder::RouteSpec::try_from(path.as_str())
        .map_err(|error| value.error(format!("is no route: {error}")))?;
    HeaderValue::from_str(route).map_err(|_| value.error("holds characters that no path has"))?;
    Ok(Route::Path(route.to_owned()))
}

fn component_id(
    value: &Value<'_>,
    components: &BTreeMap<String, Component>,
) -> Result<String, ManifestError> {
    if !value.is_string() {
        return Err(
            value.error("must be the id of a [component.…]: components inside a trigger are not supported")
        );
    }
    let id = value.string()?;
    if components.contains_key(id) {
        Ok(id.to_owned())
    } else {
        Err(value.error(format!("names `{id}`, and there is no [component.{id}]")))
    }
}

impl StaticResponse {
    fn read(mut table: Table<'_>) -> Result<Self, ManifestError> {
        let status = match table.optional("status_code") {
            Some(code) => StatusCode::from_u16(code.number::<u16>(200..1000)?)
                .map_err(|_| code.error("is no HTTP status"))?,
            None => StatusCode::OK,
        };
        let mut headers = HeaderMap::new();
        if let Some(entries) = table.optional("headers") {
            for (name, value) in entries.table()?.into_entries() {
                let parsed = HeaderName::from_bytes(name.as_bytes())
                    .map_err(|_| value.error("is no name of a header"))?;
                let content = HeaderValue::from_str(value.string()?)
                    .map_err(|_| value.error("is no value of a header"))?;
                headers.append(parsed, content);
            }
        }
        let body = match table.optional("body") {
            Some(body) => body.string()?.to_owned(),
            None => String::new(),
        };
        table.finish()?;
        Ok(Self { status, headers, body })
    }
}

impl RedisTrigger {
    pub(super) fn read(
        mut table: Table<'_>,
        components: &BTreeMap<String, Component>,
        variables: &BTreeMap<String, Variable>,
    ) -> Result<Self, ManifestError> {
        table.ignore("id");
        let component = component_id(&table.required("component")?, components)?;
        let channel = declared(&table.required("channel")?, variables)?;
        let address = table.optional("address").map(|value| declared(&value, variables)).transpose()?;
        table.finish()?;
        Ok(Self { component, channel, address })
    }
}
