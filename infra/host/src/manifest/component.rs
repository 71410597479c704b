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
    /// Values returned to it by `spin:variables`.
    pub variables: BTreeMap<String, Template>,
    /// Its environment variables.
    pub environment: BTreeMap<String, String>,
    /// The files it may read.
    pub files: Vec<FileMount>,
    /// Glob patterns of files that it must not see even if `files` includes them.
    pub exclude_files: Vec<String>,
    /// Where it may connect to.
    pub allowed_outbound_hosts: Vec<Template>,
    /// The labels of the key-value stores it may open.
    pub key_value_stores: Vec<String>,
    /// How to build it.
    pub build: Option<Build>,
    /// `[component.<id>.tool.fundrail]`.
    pub limits: Limits,
}

/// One entry of `files`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileMount {
    /// The matching files appear at their own relative path.
    Pattern(String),
    /// A file or folder, and the path at which the component sees it, always from its root.
    Placed {
        /// Relative to the manifest.
        source: String,
        /// Path in the component.
        destination: String,
    },
}

impl FileMount {
    /// What is copied.
    pub(crate) fn source(&self) -> &str {
        match self {
            Self::Pattern(source) | Self::Placed { source, .. } => source,
        }
    }
}

/// `[component.<id>.build]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Build {
    /// Commands, run one after the other with `sh -c`.
    pub command: Vec<String>,
    /// Where they run, relative to the manifest.
    pub workdir: Option<String>,
    /// Glob patterns, relative to `workdir`, of the sources.
    pub watch: Vec<String>,
}

/// `[component.<id>.tool.fundrail]`: our host's additions to Spin's manifest. Spin ignores the table. What it does not say is as in
/// `[application.tool.fundrail]`, which is for all components.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// `memory_mib`: maximum total size of an instance's linear memories, in bytes.
    pub memory: usize,
    /// `timeout_ms`: maximum time for the response to a request, or for a message.
    pub timeout: Duration,
    /// `max_concurrency`: maximum number of concurrent requests, in all instances; further ones wait for their turn. Without it,
    /// as many as there is room for instances.
    pub concurrency: Option<usize>,
    /// `core_concurrency`: maximum number of concurrent requests per core; further ones wait for their turn. For compute-bound
    /// components: with 1 they take at most half of a core from everything else on it, and yield eight times as often.
    pub core_concurrency: Option<usize>,
    /// `max_waiting`: maximum number of requests waiting for `core_concurrency` per core. A further one does not wait: the
    /// component gets it at once, with the header `spin-busy: true`, to turn it away in its own words.
    pub waiting: Option<usize>,
    /// `instance_requests`: number of requests after which an instance is replaced (Spin: 128).
    pub instance_requests: usize,
    /// `instance_concurrency`: maximum number of concurrent requests per instance (Spin: 16).
    pub instance_concurrency: usize,
    /// `instance_idle_ms`: how long an idle instance is kept (Spin: 1000).
    pub instance_idle: Duration,
    /// `redis_timeout_ms`: how long Redis may take to reply. A server that takes longer is silent: until it replies again, which
    /// the host checks, commands and connections to it fail at once, on every core. Without it, there is no limit, as in Spin.
    pub redis_timeout: Option<Duration>,
    /// How the body is read before the request takes any resources.
    pub body: BodyLimits,
}

/// How the body of a request is read, before the request takes a turn or an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyLimits {
    /// `body_buffer_kib`: size in bytes up to which a body is read completely; a longer one is streamed.
    pub buffer: u64,
    /// `body_idle_ms`: maximum pause.
    pub idle: Duration,
    /// `body_total_ms`: maximum time until it is complete, or longer than the buffer.
    pub total: Duration,
    /// `max_body_kib`: maximum size in bytes.
    pub largest: Option<u64>,
}

impl Default for BodyLimits {
    fn default() -> Self {
        Self { buffer: 64 << 10, idle: Duration::from_secs(5), total: Duration::from_secs(20), largest: None }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: 128 << 20,
            timeout: Duration::from_secs(30),
            concurrency: None,
            core_concurrency: None,
            waiting: None,
            instance_requests: 128,
            instance_concurrency: 16,
            instance_idle: Duration::from_secs(1),
            body: BodyLimits::default(),
            redis_timeout: None,
        }
    }
}

impl Component {
    pub(super) fn read(
        mut table: Table<'_>,
        variables: &BTreeMap<String, Variable>,
        limits: Limits,
    ) -> Result<Self, ManifestError> {
        let source = table.required("source")?;
        if !source.is_string() {
            return Err(source.error(
                "must be the path of a Wasm file: registries and URLs are not supported, so download it beforehand",
            ));
        }
        table.optional("description").map(|value| value.string().map(drop)).transpose()?;
        for ignored in ["targets", "profile"] {
            table.ignore(ignored);
        }
        for (unsupported, instead) in UNSUPPORTED {
            if let Some(value) = table.optional(unsupported) {
                return Err(value.error(format!("is not supported by this host: {instead}")));
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
            key_value_stores: read_labels(table.optional("key_value_stores"))?,
            build: table.optional("build").map(|value| Build::read(value.table()?)).transpose()?,
            limits: read_tool(table.optional("tool"), limits)?,
        };
        table.finish()?;
        Ok(component)
    }
}

/// What Spin supports and this host does not, and what to do instead.
const UNSUPPORTED: [(&str, &str); 4] = [
    ("sqlite_databases", "keep the data in Postgres, or in a key-value store"),
    ("ai_models", "call a model over HTTP"),
    ("allowed_http_hosts", "write `allowed_outbound_hosts`, whose entries begin with a scheme"),
    ("dependencies", "compose the component with them beforehand, and name the result as `source`"),
];

/// Whether a component's id is kebab-case, as it must be to appear in a host name.
pub(super) fn check_id(id: &str, at: &Value<'_>) -> Result<(), ManifestError> {
    if is_id(id) {
        return Ok(());
    }
    Err(at.error(
        "is no id of a component: it must be words of letters and digits, each in one case, joined by `-`",
    ))
}

/// Whether `id` consists of words joined by `-`, each of letters of one case and digits, beginning with a letter.
pub(super) fn is_id(id: &str) -> bool {
    are_words(id, '-')
}

fn are_words(text: &str, joined_by: char) -> bool {
    text.split(joined_by).all(|word| {
        let one_case = |is: fn(&char) -> bool| word.chars().all(|c| c.is_ascii_digit() || is(&c));
        word.starts_with(|c: char| c.is_ascii_alphabetic())
            && (one_case(char::is_ascii_lowercase) || one_case(char::is_ascii_uppercase))
    })
}

fn read_labels(value: Option<Value<'_>>) -> Result<Vec<String>, ManifestError> {
    let Some(value) = value else { return Ok(Vec::new()) };
    for label in value.array()? {
        let text = label.string()?;
        if !are_words(text, '-') && !are_words(text, '_') {
            return Err(label.error("is no label of a store: it must be in kebab-case or snake_case"));
        }
    }
    value.strings()
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
        if path.split('/').any(|part| part == "..") {
            return Err(destination.error("must be a path without `..`"));
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

/// What our part of a `tool` table says, and `otherwise` for what it does not.
pub(super) fn read_tool(value: Option<Value<'_>>, otherwise: Limits) -> Result<Limits, ManifestError> {
    let Some(value) = value else { return Ok(otherwise) };
    match value.table()?.optional("fundrail") {
        Some(ours) => otherwise.read(ours.table()?),
        None => Ok(otherwise),
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
    fn read(self, mut table: Table<'_>) -> Result<Self, ManifestError> {
        let mut limits = self;
        if let Some(value) = table.optional("memory_mib") {
            limits.memory = value.number::<usize>(1..4097)? << 20;
        }
        if let Some(value) = table.optional("timeout_ms") {
            limits.timeout = Duration::from_millis(value.number(1..86_400_001)?);
        }
        if let Some(value) = table.optional("max_concurrency") {
            limits.concurrency = Some(value.number(1..65_537)?);
        }
        if let Some(value) = table.optional("core_concurrency") {
            limits.core_concurrency = Some(value.number(1..65_537)?);
        }
        if let Some(value) = table.optional("max_waiting") {
            limits.waiting = Some(value.number(0..65_537)?);
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
        limits.body = limits.body.read(&mut table)?;
        if let Some(value) = table.optional("redis_timeout_ms") {
            limits.redis_timeout = Some(Duration::from_millis(value.number(1..60_001)?));
        }
        table.finish()?;
        Ok(limits)
    }
}

impl BodyLimits {
    fn read(self, table: &mut Table<'_>) -> Result<Self, ManifestError> {
        let mut limits = self;
        if let Some(value) = table.optional("body_buffer_kib") {
            limits.buffer = value.number::<u64>(0..65_537)? << 10;
        }
        if let Some(value) = table.optional("body_idle_ms") {
            limits.idle = Duration::from_millis(value.number(1..3_600_001)?);
        }
        if let Some(value) = table.optional("body_total_ms") {
            limits.total = Duration::from_millis(value.number(1..3_600_001)?);
        }
        if let Some(value) = table.optional("max_body_kib") {
            limits.largest = Some(value.number::<u64>(0..4_194_305)? << 10);
        }
        Ok(limits)
    }
}
