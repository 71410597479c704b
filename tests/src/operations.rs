//! The operations of the API, from its own OpenAPI document: what is documented is what gets tried.

use serde_json::Value;
use uuid::Uuid;

use crate::Environment;

/// One method of one path.
#[derive(Debug, Clone)]
pub struct Operation {
    /// In capitals.
    pub method: String,
    /// As documented, with parameters in braces.
    pub path: String,
    /// What the document says of it.
    pub documented: Value,
    components: Value,
}

const METHODS: &[&str] = &["get", "put", "post", "delete", "patch"];

impl Environment {
    /// The OpenAPI document.
    #[track_caller]
    pub fn document(&self) -> Value {
        self.get("/v1/openapi.json").send().expect(200)
    }

    /// Every documented operation.
    #[track_caller]
    pub fn operations(&self) -> Vec<Operation> {
        let document = self.document();
        let components = &document["components"];
        let paths = document["paths"].as_object().expect("paths");
        let all = paths.iter().flat_map(|(path, item)| {
            METHODS.iter().filter_map(move |method| {
                let documented = item.get(method)?.clone();
                Some(Operation {
                    method: method.to_uppercase(),
                    path: path.clone(),
                    documented,
                    components: components.clone(),
                })
            })
        });
        all.collect()
    }
}

impl Operation {
    /// Whether it wants a token.
    pub fn is_guarded(&self) -> bool {
        self.documented["security"].as_array().is_some_and(|list| !list.is_empty())
    }

    /// The schema of its JSON body, if it takes one.
    pub fn body_schema(&self) -> Option<&Value> {
        self.documented["requestBody"]["content"]
            .get("application/json")
            .map(|content| self.resolve(&content["schema"]))
    }

    /// Follows a `$ref` into the components of the document.
    pub fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str().and_then(|link| link.strip_prefix("#/components")) {
            Some(pointer) => self.components.pointer(pointer).expect("a reference that leads somewhere"),
            None => value,
        }
    }

    /// Its parameters of a place: `query`, `path`, `header`.
    pub fn parameters<'a>(&'a self, place: &'a str) -> impl Iterator<Item = &'a Value> {
        let all = self.documented["parameters"].as_array().into_iter().flatten();
        all.filter(move |parameter| parameter["in"] == place)
    }

    /// The path with every parameter being what `value` makes of its name and schema.
    pub fn fill(&self, value: impl Fn(&str, &Value) -> String) -> String {
        let mut path = self.path.clone();
        for parameter in self.parameters("path") {
            let name = parameter["name"].as_str().expect("a name");
            path = path.replace(&format!("{{{name}}}"), &value(name, self.resolve(&parameter["schema"])));
        }
        assert!(!path.contains('{'), "{}: a parameter is not documented", self.path);
        path
    }

    /// The path of something that nobody has.
    pub fn unknown_path(&self) -> String {
        self.fill(|_, schema| match schema["type"].as_str() {
            Some("integer") => i32::MAX.to_string(),
            _ => Uuid::now_v7().to_string(),
        })
    }

    /// Method and path, for the text of a failure.
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}
