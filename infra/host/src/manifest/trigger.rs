//! `[[trigger.http]]` and `[[trigger.redis]]`.

use std::collections::{BTreeMap, BTreeSet};

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
    /// The requests that it is for.
    pub route: Route,
    /// What responds to them.
    pub target: HttpTarget,
}

/// The `route` of a trigger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// `/exact`, `/with/:parameter`, `/prefix/...`.
    Path(String),
    /// `{ private = true }`: accessible to other components only.
    Private,
}

/// What responds to the requests for a route.
#[derive(Debug, Clone)]
pub enum HttpTarget {
    /// The component with this id.
    Component(String),
    /// The host itself.
    Static(StaticResponse),
}

/// A `static_response`.
#[derive(Debug, Clone)]
pub struct StaticResponse {
    /// `status_code`, 200 by default.
    pub status: StatusCode,
    /// `headers`.
    pub headers: HeaderMap,
    /// `body`.
    pub body: String,
}

/// One `[[trigger.redis]]`.
#[derive(Debug, Clone)]
pub struct RedisTrigger {
    /// Id of the component that receives the messages.
    pub component: String,
    /// The channel to subscribe to.
    pub channel: Template,
    /// The server, if not the application's.
    pub address: Option<Template>,
}

/// One entry of `[[trigger.<kind>]]`, with its own or an assigned id.
pub(super) struct NamedTrigger<'a> {
    pub(super) kind: String,
    pub(super) id: String,
    pub(super) entry: Value<'a>,
}

/// All triggers. Those without an id are named as in Spin, as the components defined inside them are called after them.
pub(super) fn named(table: Table<'_>) -> Result<Vec<NamedTrigger<'_>>, ManifestError> {
    let mut all = Vec::new();
    let mut taken = BTreeSet::new();
    for (kind, entries) in table.into_entries() {
        for entry in entries.array()? {
            let id = entry.table()?.optional("id").map(|id| id.string().map(str::to_owned)).transpose()?;
            let id = id.unwrap_or_default();
            taken.insert(id.clone());
            all.push(NamedTrigger { kind: kind.clone(), id, entry });
        }
    }
    for NamedTrigger { kind, id, entry } in &mut all {
        if id.is_empty() {
            let component = entry.table()?.optional("component");
            let component = component.as_ref().and_then(|component| component.string().ok());
            let natural = component.map(|component| format!("{component}-{kind}-trigger"));
            *id = natural
                .filter(|id| !taken.contains(id))
                .unwrap_or_else(|| super::numbered(&format!("{kind}-trigger"), |id| !taken.contains(id)));
            taken.insert(id.clone());
        }
    }
    Ok(all)
}

/// Rejects what Spin puts around a trigger's component.
fn refuse_additions(table: &mut Table<'_>) -> Result<(), ManifestError> {
    for addition in ["components", "dependencies"] {
        if let Some(value) = table.optional(addition) {
            return Err(value.error(
                "is not supported by this host: compose the components into one file beforehand, and name that as `source`",
            ));
        }
    }
    Ok(())
}

impl HttpTrigger {
    /// `own` is the id of the component defined inside the trigger.
    pub(super) fn read(
        mut table: Table<'_>,
        own: Option<String>,
        components: &BTreeMap<String, Component>,
    ) -> Result<Self, ManifestError> {
        table.ignore("id");
        refuse_additions(&mut table)?;
        let route = read_route(&table.required("route")?)?;
        if let Some(executor) = table.optional("executor") {
            let mut executor = executor.table()?;
            let kind = executor.required("type")?;
            if !matches!(kind.string()?, "http" | "spin") {
                return Err(kind.error(
                    "must be `http`: build the module as a component of wasi:http, there is no other executor here",
                ));
            }
            executor.finish()?;
        }
        let target = match (table.optional("component"), table.optional("static_response")) {
            (Some(component), None) => HttpTarget::Component(component_id(&component, own, components)?),
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
    crate::router::parse(&path).map_err(|error| value.error(format!("is no route: {error}")))?;
    HeaderValue::from_str(route).map_err(|_| value.error("holds characters that no path has"))?;
    Ok(Route::Path(route.to_owned()))
}

fn component_id(
    value: &Value<'_>,
    own: Option<String>,
    components: &BTreeMap<String, Component>,
) -> Result<String, ManifestError> {
    if let Some(own) = own {
        return Ok(own);
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
    /// `own` is the id of the component defined inside the trigger.
    pub(super) fn read(
        mut table: Table<'_>,
        own: Option<String>,
        components: &BTreeMap<String, Component>,
        variables: &BTreeMap<String, Variable>,
    ) -> Result<Self, ManifestError> {
        table.ignore("id");
        refuse_additions(&mut table)?;
        let component = component_id(&table.required("component")?, own, components)?;
        let channel = declared(&table.required("channel")?, variables)?;
        let address = table.optional("address").map(|value| declared(&value, variables)).transpose()?;
        table.finish()?;
        Ok(Self { component, channel, address })
    }
}
