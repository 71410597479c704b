//! The Spin manifest (`spin.toml`, version 2): read strictly, so that a mistake is an error that gives file, line and key.
//!
//! [`Manifest::parse`] is pure: it looks at nothing but the text.

mod component;
mod error;
mod table;
mod trigger;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use toml::de::DeTable;

use crate::template::check_name;
use table::{Table, Value};
use trigger::NamedTrigger;

pub use component::{BodyLimits, Build, Component, FileMount, Limits};
pub use error::ManifestError;
pub use trigger::{HttpTarget, HttpTrigger, RedisTrigger, Route, StaticResponse};

/// An application as described by its manifest.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// Where it was read from.
    pub path: PathBuf,
    /// `[application] name`.
    pub name: String,
    /// `[application] version`.
    pub version: Option<String>,
    /// `[variables]`.
    pub variables: BTreeMap<String, Variable>,
    /// `[[trigger.http]]`, in the order of the file.
    pub http: Vec<HttpTrigger>,
    /// `[[trigger.redis]]`, in the order of the file.
    pub redis: Vec<RedisTrigger>,
    /// `[application.trigger.redis] address`: the server for triggers that name none, and for key-value stores.
    pub redis_address: Option<crate::template::Template>,
    /// `[application.tool.fundrail]`: what components are limited to that do not say otherwise.
    pub limits: Limits,
    /// `[component.<id>]`.
    pub components: BTreeMap<String, Component>,
}

/// One entry of `[variables]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Variable {
    /// Its value if none is given; without a default it is required.
    pub default: Option<String>,
    /// Whether its value must not be shown.
    pub secret: bool,
}

impl Manifest {
    /// Reads the file at `path`.
    pub fn load(path: &Path) -> Result<Self, ManifestError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| ManifestError::whole_file(path, format!("cannot be read: {error}")))?;
        Self::parse(&text, path)
    }

    /// Reads `text`; `path` is for messages, and the base of relative paths in the manifest.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ManifestError> {
        let file = table::File { path, text };
        let root = DeTable::parse(text).map_err(|error| file.syntax_error(&error))?;
        let mut root = Table::root(file, &root);

        check_version(&root.required("spin_manifest_version")?)?;
        let mut manifest = Self {
            path: path.to_owned(),
            name: String::new(),
            version: None,
            variables: BTreeMap::new(),
            http: Vec::new(),
            redis: Vec::new(),
            redis_address: None,
            limits: Limits::default(),
            components: BTreeMap::new(),
        };
        let application = root.required("application")?.table()?;
        manifest.read_application(application)?;
        if let Some(variables) = root.optional("variables") {
            manifest.read_variables(variables.table()?)?;
        }
        if let Some(components) = root.optional("component") {
            for (id, entry) in components.table()?.into_entries() {
                component::check_id(&id, &entry)?;
                let component = Component::read(entry.table()?, &manifest.variables, manifest.limits)?;
                manifest.components.insert(id, component);
            }
        }
        let triggers = root.required("trigger")?.table()?;
        manifest.read_triggers(triggers)?;
        root.finish()?;
        Ok(manifest)
    }

    /// The folder that relative paths in the manifest refer to.
    pub fn folder(&self) -> &Path {
        match self.path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        }
    }

    fn read_application(&mut self, mut table: Table<'_>) -> Result<(), ManifestError> {
        table.required("name")?.string()?.clone_into(&mut self.name);
        self.version =
            table.optional("version").map(|value| value.string().map(str::to_owned)).transpose()?;
        table.optional("description").map(|value| value.string().map(drop)).transpose()?;
        table.optional("authors").map(|value| value.strings().map(drop)).transpose()?;
        table.ignore("targets");
        self.limits = component::read_tool(table.optional("tool"), Limits::default())?;
        if let Some(triggers) = table.optional("trigger") {
            for (kind, settings) in triggers.table()?.into_entries() {
                let mut settings = settings.table()?;
                match kind.as_str() {
                    "http" => {
                        if let Some(base) = settings.optional("base") {
                            check_base(&base)?;
                        }
                    }
                    "redis" => {
                        let address = settings.required("address")?;
                        self.redis_address = Some(address.template()?);
                    }
                    // Settings of a trigger that the application does not have have no effect.
                    _ => continue,
                }
                settings.finish()?;
            }
        }
        table.finish()
    }

    fn read_variables(&mut self, table: Table<'_>) -> Result<(), ManifestError> {
        for (name, entry) in table.into_entries() {
            check_name(&name)
                .map_err(|error| entry.error(format!("is no name of a variable: {}", error.reason)))?;
            let mut fields = entry.table()?;
            let default =
                fields.optional("default").map(|value| value.string().map(str::to_owned)).transpose()?;
            let required = fields.optional("required").map(|value| value.boolean()).transpose()?;
            let secret = fields.optional("secret").map(|value| value.boolean()).transpose()?;
            fields.ignore("description");
            match (&default, required) {
                (Some(_), Some(true)) => {
                    return Err(fields.error("has a `default` and is `required`: it can only be one"));
                }
                (None, None | Some(false)) => {
                    return Err(fields.error("needs a `default`, or `required = true`"));
                }
                _ => {}
            }
            fields.finish()?;
            self.variables.insert(name, Variable { default, secret: secret.unwrap_or(false) });
        }
        Ok(())
    }

    fn read_triggers(&mut self, table: Table<'_>) -> Result<(), ManifestError> {
        for named in trigger::named(table)? {
            let own = self.adopt(&named)?;
            let fields = named.entry.table()?;
            match named.kind.as_str() {
                "http" => self.http.push(HttpTrigger::read(fields, own, &self.components)?),
                "redis" => {
                    let trigger = RedisTrigger::read(fields, own, &self.components, &self.variables)?;
                    if trigger.address.is_none() && self.redis_address.is_none() {
                        return Err(named
                            .entry
                            .error("needs an `address`, or one in [application.trigger.redis]"));
                    }
                    self.redis.push(trigger);
                }
                kind => {
                    return Err(named
                        .entry
                        .error(format!("there is no trigger `{kind}` here, only `http` and `redis`")));
                }
            }
        }
        if let Some(address) = &self.redis_address {
            for name in address.variables() {
                if !self.variables.contains_key(name) {
                    let problem = format!("refers to `{name}`, which [variables] does not declare");
                    return Err(ManifestError::new(
                        &self.path,
                        None,
                        "application.trigger.redis.address",
                        problem,
                    ));
                }
            }
        }
        Ok(())
    }

    /// The id of the component defined inside a trigger, which becomes one of the application's.
    fn adopt(&mut self, named: &NamedTrigger<'_>) -> Result<Option<String>, ManifestError> {
        let Some(own) = named.entry.table()?.optional("component").filter(|own| !own.is_string()) else {
            return Ok(None);
        };
        let component = Component::read(own.table()?, &self.variables, self.limits)?;
        let natural = format!("{}-component", named.id);
        let free = |id: &String| !self.components.contains_key(id);
        let id = Some(natural).filter(|id| component::is_id(id)).filter(free);
        let id = id.unwrap_or_else(|| numbered("inline-component", free));
        self.components.insert(id.clone(), component);
        Ok(Some(id))
    }
}

/// The first of `name1`, `name2` … that is free.
fn numbered(name: &str, free: impl Fn(&String) -> bool) -> String {
    (1..=u32::MAX).map(|number| format!("{name}{number}")).find(free).unwrap_or_default()
}

fn check_version(version: &Value<'_>) -> Result<(), ManifestError> {
    if version.is_string() {
        return Err(
            version.error("is not the number 2: `spin doctor` converts a manifest of an older version")
        );
    }
    match version.integer()? {
        2 => Ok(()),
        other => Err(version.error(format!("is {other}; only 2 is understood"))),
    }
}

/// Spin has dropped the base as well: if it had an effect, routes would differ from what the author expects.
fn check_base(base: &Value<'_>) -> Result<(), ManifestError> {
    match base.string()? {
        "/" => Ok(()),
        _ => Err(base.error("does nothing any more: write it in front of each route")),
    }
}

#[cfg(test)]
mod tests;
