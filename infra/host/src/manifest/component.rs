//! `[component.<id>]`.

use std::{collections::BTreeMap, time::Duration};

use super::{
    ManifestError, Variable,
    table::{Table, Value},
};
use crate::{
    allowed::AllowedHost,
    template::{Template, check_name},
};

/// One component.
#[derive(Debug, Clone)]
pub struct Component {
    /// The Wasm file, relative to the manifest.
    pub source: String,
    /// What `spin:variables` gives it.
    pub variables: BTreeMap<String, Template>,
    /// Its environment variables.
    pub environment: BTreeMap<String, String>,
    /// The files it may read.
    pub files: Vec<FileMount>,
    /// Glob patterns of files it must not see although `files` has them.
    pub exclude_files: Vec<String>,
    /// Where it may connect to.
    pub allowed_outbound_hosts: Vec<Template>,
    /// The labels of the key-value stores it may open.
    pub key_value_stores: Vec<String>,
    /// How it is built.
    pub build: Option<Build>,
    /// `[component.<id>.tool.fundrail]`.
    pub limits: Limits,
}

/// One entry of `files`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileMount {
    /// The files that match stand at their own relative path.
    Pattern(String),
    /// A file or folder, and the absolute path at which the component sees it.
    Placed {
        /// Relative to the manifest.
        source: String,
        /// Absolute, in the component.
        destination: String,
    },
}

/// `[component.<id>.build]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Build {
    /// Commands, run one after the other by `sh -c`.
    pub command: Vec<String>,
    /// Where they run, relative to the manifest.
    pub workdir: Option<String>,
    /// Glob patterns, relative to `workdir`, of what they build from.
    pub watch: Vec<String>,
}

/// `[component.<id>.tool.fundrail]`: what our host adds to Spin's manifest. Spin ignores the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// `memory_mib`: what an instance's linear memories may grow to together, in bytes.
    pub memory: usize,
    /// `timeout_ms`: how long a request or message may take until it has its answer.
    pub timeout: Duration,
    /// `max_concurrency`: how many requests run at once, in all instances; more wait for their turn. Without it, as many
    /// as there is room for instances.
    pub concurrency: Option<usize>,
    /// `instance_requests`: how many requests an instance serves before it is replaced (Spin: 128).
    pub instance_requests: usize,
    /// `instance_concurrency`: how many requests an instance serves at once (Spin: 16).
    pub instance_concurrency: usize,
    /// `instance_idle_ms`: how long an instance is kept without a request (Spin: 1000).
    pub instance_idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: 128 << 20,
            timeout: Duration::from_secs(30),
            concurrency: None,
            instance_requests: 128,
            instance_concurrency: 16,
            instance_idle: Duration::from_secs(1),
        }
    }
}

impl Component {
    pub(super) fn read(
        mut table: Table<'_>,
        variables: &BTreeMap<String, Variable>,
    ) -> Result<Self, ManifestError> {
        let source = table.required("source")?;
        if !source.is_string() {
            return Err(
                source.error("must be the path of a Wasm file: registries and URLs are not supported")
            );
        }
        for text in ["description", "targets", "profile"] {
            table.ignore(text);
        }
        for unsupported in ["sqlite_databases", "ai_models", "allowed_http_hosts", "dependencies"] {
            if let Some(value) = table.optional(unsupported) {
                return Err(value.error("is not supported by this host"));
            }
        }
        if let Some(inherit) = table.optional("dependencies_inherit_configuration") {
            inherit.boolean()?;
        }
        let component = Self {
            source: source.string()?.to_owned(),
            variables: read_variables(table.optional("variables"), variables)?,
            environment: read_texts(table.optional("environment"))?,
            files: read_files(table.optional("files"))?,
            exclude_files: table
                .optional("exclude_files")
                .map(|value| value.strings())
                .transpose()?
                .unwrap_or_default(),
            allowed_outbound_hosts: read_hosts(table.optional("allowed_outbound_hosts"), variables)?,
            key_value_stores: table
                .optional("key_value_stores")
                .map(|value| value.strings())
                .transpose()?
                .unwrap_or_default(),
            build: table.optional("build").map(|value| Build::read(value.table()?)).transpose()?,
            limits: read_tool(table.optional("tool"))?,
        };
        table.finish()?;
        Ok(component)
    }
}

/// Whether a component's id is kebab-case, as it must be to stand in a host name.
pub(super) fn check_id(id: &str, at: &Value<'_>) -> Result<(), ManifestError> {
    let word = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_alphabetic()) && word.chars().all(|c| c.is_ascii_alphanumeric())
    };
    if id.split('-').all(word) {
        Ok(())
    } else {
        Err(at.error("is no id of a component: it must be words of letters and digits, joined by `-`"))
    }
}

/// A template whose variables are all declared.
pub(super) fn declared(
    value: &Value<'_>,
    variables: &BTreeMap<String, Variable>,
) -> Result<Template, ManifestError> {
    let template = value.template()?;
    if let Some(name) = template.variables().find(|name| !variables.contains_key(*name)) {
        return Err(value.error(format!("refers to `{name}`, which [variables] does not declare")));
    }
    Ok(template)
}

fn read_variables(
    value: Option<Value<'_>>,
    variables: &BTreeMap<String, Variable>,
) -> Result<BTreeMap<String, Template>, ManifestError> {
    let Some(value) = value else { return Ok(BTreeMap::new()) };
    let mut read = BTreeMap::new();
    for (name, entry) in value.table()?.into_entries() {
        check_name(&name)
            .map_err(|error| entry.error(format!("is no name of a variable: {}", error.reason)))?;
        read.insert(name, declared(&entry, variables)?);
    }
    Ok(read)
}

fn read_texts(value: Option<Value<'_>>) -> Result<BTreeMap<String, String>, ManifestError> {
    let Some(value) = value else { return Ok(BTreeMap::new()) };
    let mut read = BTreeMap::new();
    for (name, entry) in value.table()?.into_entries() {
        read.insert(name, entry.string()?.to_owned());
    }
    Ok(read)
}

fn read_files(value: Option<Value<'_>>) -> Result<Vec<FileMount>, ManifestError> {
    let Some(value) = value else { return Ok(Vec::new()) };
    let mut read = Vec::new();
    for entry in value.array()? {
        if entry.is_string() {
            read.push(FileMount::Pattern(entry.string()?.to_owned()));
            continue;
        }
        let mut table = entry.table()?;
        let source = table.required("source")?.string()?.to_owned();
        let destination = table.required("destination")?;
        let path = destination.string()?.to_owned();
        if !path.starts_with('/') || path.split('/').any(|part| part == "..") {
            return Err(destination.error("must be an absolute path without `..`"));
        }
        table.finish()?;
        read.push(FileMount::Placed { source, destination: path });
    }
    Ok(read)
}

fn read_hosts(
    value: Option<Value<'_>>,
    variables: &BTreeMap<String, Variable>,
) -> Result<Vec<Template>, ManifestError> {
    let Some(value) = value else { return Ok(Vec::new()) };
    let mut read = Vec::new();
    for entry in value.array()? {
        let template = declared(&entry, variables)?;
        if template.is_literal() {
            AllowedHost::parse(entry.string()?).map_err(|problem| entry.error(problem))?;
        }
        read.push(template);
    }
    Ok(read)
}

fn read_tool(value: Option<Value<'_>>) -> Result<Limits, ManifestError> {
    let Some(value) = value else { return Ok(Limits::default()) };
    match value.table()?.optional("fundrail") {
        Some(ours) => Limits::read(ours.table()?),
        None => Ok(Limits::default()),
    }
}

impl Build {
    fn read(mut table: Table<'_>) -> Result<Self, ManifestError> {
        let command = table.required("command")?;
        let command =
            if command.is_string() { vec![command.string()?.to_owned()] } else { command.strings()? };
        let workdir = table.optional("workdir").map(|value| value.string().map(str::to_owned)).transpose()?;
        let watch = table.optional("watch").map(|value| value.strings()).transpose()?.unwrap_or_default();
        table.finish()?;
        Ok(Self { command, workdir, watch })
    }
}

impl Limits {
    fn read(mut table: Table<'_>) -> Result<Self, ManifestError> {
        let mut limits = Self::default();
        if let Some(value) = table.optional("memory_mib") {
            limits.memory = value.number::<usize>(1..4097)? << 20;
        }
        if let Some(value) = table.optional("timeout_ms") {
            limits.timeout = Duration::from_millis(value.number(1..86_400_001)?);
        }
        if let Some(value) = table.optional("max_concurrency") {
            limits.concurrency = Some(value.number(1..65_537)?);
        }
        if let Some(value) = table.optional("instance_requests") {
            limits.instance_requests = value.number(1..1_000_001)?;
        }
        if let Some(value) = table.optional("instance_concurrency") {
            limits.instance_concurrency = value.number(1..1025)?;
        }
        if let Some(value) = table.optional("instance_idle_ms") {
            limits.instance_idle = Duration::from_millis(value.number(1..3_600_001)?);
        }
        table.finish()?;
        Ok(limits)
    }
}
