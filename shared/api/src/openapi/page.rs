//! The document as a self-contained web page: no scripts, no fonts, no external addresses.

use std::fmt::Write as _;

use serde_json::Value;

use super::METHODS;
use crate::problems::KINDS;

const STYLE: &str = "
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --accent: #1d6fb8 }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem 1.25rem 4rem }
h1 { margin-bottom: 0 } h2 { margin-top: 3rem; border-bottom: 1px solid var(--line) }
a { color: var(--accent) } code, pre { font: 14px/1.45 ui-monospace, monospace }
pre { background: var(--soft); padding: .75rem; overflow-x: auto; border-radius: 6px }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0;
border-bottom: 1px solid var(--line) }
details { border: 1px solid var(--line); border-radius: 6px; margin: .6rem 0; padding: .4rem .8rem }
summary { cursor: pointer } .method { font-weight: 700; display: inline-block; min-width: 4.2rem }
:target { background: #fd04 } .note { opacity: .75 }
";

/// Renders the page.
pub fn html(document: &Value) -> String {
    let mut page = String::new();
    write(&mut page, document).map_or_else(|_| String::new(), |()| page)
}

fn write(page: &mut String, document: &Value) -> std::fmt::Result {
    let info = &document["info"];
    write!(
        page,
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\"><title>{title}</title><style>{STYLE}</style></head><body>\
         <h1>{title}</h1><p class=\"note\">Version {version}. Machine-readable: <a href=\"/v1/openapi.json\">OpenAPI 3.1</a>.\
         </p><p>{description}</p>",
        title = text(&info["title"]),
        version = text(&info["version"]),
        description = text(&info["description"]),
    )?;
    write!(page, "<p>On this page: {}</p>", contents(document))?;
    for tag in tags(document) {
        write!(page, "<h2 id=\"{0}\">{0}</h2>", escape(&tag))?;
        for (path, method, operation) in operations(document).filter(|(_, _, it)| it["tags"][0] == tag) {
            write_operation(page, document, (path, method, operation))?;
        }
    }
    write_problems(page)?;
    write_schemas(page, document)?;
    page.push_str("</body></html>\n");
    Ok(())
}

fn contents(document: &Value) -> String {
    let sections = tags(document).into_iter().chain(["problems".to_owned(), "schemas".to_owned()]);
    let links: Vec<String> = sections.map(|tag| format!("<a href=\"#{0}\">{0}</a>", escape(&tag))).collect();
    links.join(" · ")
}

fn operations(document: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths.flat_map(|(path, item)| {
        let methods = METHODS.iter().filter_map(|method| Some((*method, item.get(method)?)));
        methods.map(move |(method, operation)| (path.as_str(), method, operation))
    })
}

fn tags(document: &Value) -> Vec<String> {
    let mut tags: Vec<String> =
        operations(document).filter_map(|(_, _, it)| it["tags"][0].as_str().map(str::to_owned)).collect();
    tags.sort();
    tags.dedup();
    tags
}

fn write_operation(
    page: &mut String,
    document: &Value,
    (path, method, operation): (&str, &str, &Value),
) -> std::fmt::Result {
    write!(
        page,
        "<details id=\"{}\"><summary><span class=\"method\">{}</span> <code>{}</code> <span class=\"note\">{}</span></summary>\
         <p>{}</p>",
        text(&operation["operationId"]),
        method.to_uppercase(),
        escape(path),
        text(&operation["summary"]),
        text(&operation["description"]),
    )?;
    if operation["security"].as_array().is_none_or(Vec::is_empty) {
        page.push_str("<p class=\"note\">No authentication required.</p>");
    }
    write_parameters(page, operation)?;
    write_contents(page, "Body", &operation["requestBody"]["content"])?;
    page.push_str("<table><tr><th>Status</th><th>Response</th></tr>");
    for (status, response) in operation["responses"].as_object().into_iter().flatten() {
        let response = resolved(document, response);
        write!(page, "<tr><td><code>{}</code></td><td>{}", escape(status), text(&response["description"]))?;
        if status.starts_with('2') {
            write_contents(page, "", &response["content"])?;
        }
        page.push_str("</td></tr>");
    }
    page.push_str("</table></details>");
    Ok(())
}

fn write_parameters(page: &mut String, operation: &Value) -> std::fmt::Result {
    let parameters: Vec<&Value> = operation["parameters"].as_array().into_iter().flatten().collect();
    if parameters.is_empty() {
        return Ok(());
    }
    page.push_str("<table><tr><th>Parameter</th><th>In</th><th>Description</th></tr>");
    for parameter in parameters {
        let required = if parameter["required"] == true { " Required." } else { "" };
        write!(
            page,
            "<tr><td><code>{}</code></td><td>{}</td><td>{}{required}</td></tr>",
            text(&parameter["name"]),
            text(&parameter["in"]),
            text(&parameter["description"]),
        )?;
    }
    page.push_str("</table>");
    Ok(())
}

fn write_contents(page: &mut String, label: &str, contents: &Value) -> std::fmt::Result {
    for (media_type, content) in contents.as_object().into_iter().flatten() {
        write!(
            page,
            "<p>{label} <code>{}</code> {}</p>",
            escape(media_type),
            schema_link(&content["schema"])
        )?;
        if let Some(example) = content.get("example") {
            write!(page, "<pre>{}</pre>", pretty(example))?;
        }
    }
    Ok(())
}

fn schema_link(schema: &Value) -> String {
    let name = schema["$ref"].as_str().and_then(|link| link.rsplit('/').next());
    name.map_or_else(String::new, |name| format!("<a href=\"#schema-{0}\">{0}</a>", escape(name)))
}

fn write_problems(page: &mut String) -> std::fmt::Result {
    page.push_str(
        "<h2 id=\"problems\">problems</h2><p>Every response with a status of 400 or above is a problem document (RFC 9457). \
         Match on its <code>code</code>, which never changes.</p><table><tr><th>Code</th><th>Status</th><th>Meaning</th></tr>",
    );
    for kind in KINDS {
        write!(
            page,
            "<tr id=\"problem-{0}\"><td><code>{0}</code></td><td>{1}</td><td>{2}</td></tr>",
            kind.code,
            kind.status,
            escape(kind.meaning),
        )?;
    }
    page.push_str("</table>");
    Ok(())
}

fn write_schemas(page: &mut String, document: &Value) -> std::fmt::Result {
    page.push_str("<h2 id=\"schemas\">schemas</h2>");
    for (name, schema) in document["components"]["schemas"].as_object().into_iter().flatten() {
        write!(
            page,
            "<details id=\"schema-{0}\"><summary><code>{0}</code> <span class=\"note\">{1}</span></summary>",
            escape(name),
            text(&schema["description"]),
        )?;
        let required: Vec<&str> = strings(&schema["required"]).collect();
        match schema["properties"].as_object() {
            Some(properties) => {
                page.push_str("<table>");
                for (name, property) in properties {
                    let optional = if required.contains(&name.as_str()) { "" } else { "?" };
                    write!(page, "<tr><td><code>{}{optional}</code></td>", escape(name))?;
                    write!(
                        page,
                        "<td>{}</td><td>{}</td></tr>",
                        kind(property),
                        text(&property["description"])
                    )?;
                }
                page.push_str("</table>");
            }
            None => write!(page, "<p>{}</p>", kind(schema))?,
        }
        page.push_str("</details>");
    }
    Ok(())
}

/// Describes in a few words what a schema accepts.
fn kind(schema: &Value) -> String {
    if schema["$ref"].is_string() {
        return schema_link(schema);
    }
    for choice in ["oneOf", "anyOf", "allOf"] {
        if let Some(choices) = schema[choice].as_array() {
            return choices.iter().map(kind).collect::<Vec<_>>().join(" or ");
        }
    }
    let words: Vec<String> =
        strings(&schema["enum"]).map(|word| format!("<code>{}</code>", escape(word))).collect();
    if !words.is_empty() {
        return words.join(" ");
    }
    let named = strings(&schema["type"]).collect::<Vec<_>>().join(" or ");
    let detail = ["format", "pattern"].iter().find_map(|name| schema[*name].as_str()).unwrap_or_default();
    let items =
        if schema["items"].is_object() { format!(" of {}", kind(&schema["items"])) } else { String::new() };
    format!("{} <code>{}</code>{items}", escape(&named), escape(detail)).replace(" <code></code>", "")
}

/// A string, or the strings in a list.
fn strings(value: &Value) -> impl Iterator<Item = &str> {
    value.as_str().into_iter().chain(value.as_array().into_iter().flatten().filter_map(Value::as_str))
}

/// The target of a `$ref`, or the value itself.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let pointer = value["$ref"].as_str().and_then(|link| link.strip_prefix('#'));
    pointer.and_then(|pointer| document.pointer(pointer)).unwrap_or(value)
}

fn pretty(value: &Value) -> String {
    escape(&serde_json::to_string_pretty(value).unwrap_or_default())
}

fn text(value: &Value) -> String {
    escape(value.as_str().unwrap_or_default())
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
