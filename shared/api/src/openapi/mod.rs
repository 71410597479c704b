//! The OpenAPI 3.1 document of the whole API, merged from the modules, and the web page made from it.
//!
//! Each module documents its own routes. What all routes share is added here: the problems that follow from having a body,
//! parameters or a guard, the header that identifies the request, and how to authenticate.

#![allow(
    clippy::indexing_slicing,
    reason = "a JSON value indexed by name yields null; and a panic here ends a build, never a request"
)]

mod page;

use serde_json::{Value, json};

pub use page::html;

use crate::{endpoint::Access, problems::KINDS};

/// Builds the document.
///
/// # Panics
/// When a module documents an operation in a way that is not valid OpenAPI. This happens at build time, before anything is
/// served.
pub fn document() -> Value {
    let merged = modules().into_iter().reduce(utoipa::openapi::OpenApi::merge_from).unwrap_or_default();
    let Ok(mut document) = serde_json::to_value(&merged) else { unreachable!("OpenAPI documents are JSON") };
    document["info"] = json!({
        "title": "Fundrail",
        "version": env!("CARGO_PKG_VERSION"),
        "description": "Middleware for tokenised funds: find a fund, prove who may buy it, pay through an on-chain escrow and \
            track its price.",
        "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
    });
    // A relative URL is that of the installation which serves the document.
    document["servers"] = json!([{ "url": "/", "description": "This installation." }]);
    document["components"]["securitySchemes"] = json!({ "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "An access token from `POST /v1/auth/login`, or an API key (`frk_…`).",
    }});
    for (status, description) in PROBLEMS {
        document["components"]["responses"][format!("Problem{status}")] = problem(status, description);
    }
    for (component, _, description, schema) in HEADERS {
        document["components"]["headers"][*component] = header(description, &json!({ "type": schema }));
    }
    document["components"]["schemas"]["Problem"] = schema_of::<crate::common::Problem>();
    document["components"]["schemas"]["Problem"]["properties"]["code"]["enum"] =
        KINDS.iter().map(|kind| kind.code).collect();
    document["components"]["schemas"]["ProblemField"] = schema_of::<crate::common::ProblemField>();
    for (_, item) in entries(&mut document["paths"]) {
        for (_, operation) in entries(item).filter(|(name, _)| METHODS.contains(&name.as_str())) {
            add_what_follows(operation);
            add_problems(operation);
        }
    }
    document
}

const METHODS: &[&str] = &["get", "put", "post", "delete", "patch"];

fn modules() -> Vec<utoipa::openapi::OpenApi> {
    vec![
        crate::ops::openapi(),
        crate::auth::openapi(),
        crate::audit::openapi(),
        crate::funds::openapi(),
        crate::issuing::openapi(),
        crate::prices::openapi(),
        crate::escrow::openapi(),
        crate::webhooks::openapi(),
        crate::investors::openapi(),
        crate::kyc::openapi(),
        crate::ownership::openapi(),
        crate::compliance::openapi(),
    ]
}

fn schema_of<T: utoipa::PartialSchema>() -> Value {
    serde_json::to_value(T::schema()).unwrap_or_default()
}

fn entries(value: &mut Value) -> impl Iterator<Item = (&String, &mut Value)> {
    value.as_object_mut().into_iter().flatten()
}

/// Adds what follows from the endpoint's declaration: how to authenticate, `Idempotency-Key`, and the type of problems.
fn add_what_follows(operation: &mut Value) {
    let Some(endpoint) = crate::endpoints().find(|endpoint| operation["operationId"] == endpoint.id) else {
        return;
    };
    if endpoint.access != Access::Public {
        operation["security"] = json!([{ "bearer": [] }]);
    }
    if endpoint.idempotent {
        let parameters = &mut operation["parameters"];
        if parameters.is_null() {
            *parameters = json!([]);
        }
        if let Some(parameters) = parameters.as_array_mut() {
            parameters.push(json!({
                "name": "idempotency-key", "in": "header", "required": false,
                "description": "A key of your choice. Sending the same key and body again returns the stored response.",
                "schema": { "type": ["string", "null"], "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$" },
            }));
        }
    }
    for (status, response) in entries(&mut operation["responses"]) {
        if status.as_str() >= "400" && response.get("content").is_none() {
            response["content"] = problem_content();
        }
    }
}

fn problem_content() -> Value {
    json!({ "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } })
}

/// Adds the problems that the operation does not document itself.
fn add_problems(operation: &mut Value) {
    let has =
        |name: &str| operation.get(name).is_some_and(|it| it.as_array().is_none_or(|list| !list.is_empty()));
    let (body, guarded) = (has("requestBody"), has("security"));
    let parameters: Vec<&Value> = operation["parameters"].as_array().into_iter().flatten().collect();
    let any_in = |place: &str| parameters.iter().any(|parameter| parameter["in"] == place);
    let (query, path) = (any_in("query"), any_in("path"));
    let repeatable = parameters.iter().any(|parameter| parameter["name"] == "idempotency-key");
    let applies = |status: &str| match status {
        "400" => body || query || repeatable,
        "401" | "403" => guarded,
        "404" => path,
        "409" => repeatable,
        "413" | "415" => body,
        "422" => body || query || path || repeatable,
        _ => true,
    };
    let Some(responses) = operation["responses"].as_object_mut() else { return };
    for (status, _) in PROBLEMS.iter().filter(|(status, _)| applies(status)) {
        let shared = json!({ "$ref": format!("#/components/responses/Problem{status}") });
        responses.entry(*status).or_insert(shared);
    }
    for (status, response) in responses.iter_mut().filter(|(_, response)| response.get("$ref").is_none()) {
        add_headers(response);
        if repeatable && status.starts_with('2') {
            response["headers"]["idempotency-replayed"] =
                json!({ "$ref": "#/components/headers/IdempotencyReplayed" });
        }
    }
}

/// Adds the headers that every response has.
fn add_headers(response: &mut Value) {
    for (component, name, ..) in HEADERS.iter().filter(|(_, name, ..)| *name != "idempotency-replayed") {
        response["headers"][*name] = json!({ "$ref": format!("#/components/headers/{component}") });
    }
}

/// Headers shared by responses: component, name, description, type.
const HEADERS: &[(&str, &str, &str, &str)] = &[
    ("RequestId", "x-request-id", "Id of the request in our logs.", "string"),
    (
        "RateLimit",
        "ratelimit",
        "Remaining quota: class of the route, requests left (`r`), and seconds until the full quota is restored (`t`). Absent \
            where no rate limit applies.",
        "string",
    ),
    (
        "RateLimitPolicy",
        "ratelimit-policy",
        "Rate limit: class of the route, and number of requests (`q`) per number of seconds (`w`). Absent where no rate \
            limit applies.",
        "string",
    ),
    (
        "IdempotencyReplayed",
        "idempotency-replayed",
        "`true` if this is the stored response to an earlier request with the same `Idempotency-Key`; otherwise absent.",
        "string",
    ),
];

/// Problems that follow from having a body, parameters or a guard, by status.
const PROBLEMS: &[(&str, &str)] = &[
    ("400", "The body, the query string or the `Idempotency-Key` cannot be parsed."),
    ("401", "Not signed in, or step-up is required; `WWW-Authenticate` says which."),
    ("403", "Signed in, but not allowed."),
    ("404", "There is no such resource, or it belongs to another tenant."),
    ("409", "The first request with this `Idempotency-Key` is still in progress."),
    ("413", "The body is larger than the route accepts."),
    ("415", "The body is not of a media type that the route accepts."),
    ("422", "Fields or parameters are invalid; `errors` names all of them."),
    ("429", "The rate limit has been exceeded."),
    ("500", "Something went wrong on our side."),
    ("503", "A dependency is unavailable. Try again."),
];

fn problem(status: &str, description: &str) -> Value {
    let mut response = json!({
        "description": description,
        "content": problem_content(),
    });
    add_headers(&mut response);
    let seconds = json!({ "type": "integer", "minimum": 0 });
    match status {
        "401" => {
            response["headers"]["www-authenticate"] =
                header("How to authenticate.", &json!({ "type": "string" }));
        }
        "429" | "503" => {
            response["headers"]["retry-after"] = header("Seconds to wait before trying again.", &seconds);
        }
        _ => {}
    }
    response
}

fn header(description: &str, schema: &Value) -> Value {
    json!({ "description": description, "schema": schema })
}
