//! An application ready to run: manifest, variables, compiled components, routes. Shared by all cores, never changed.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::Path,
    sync::Arc,
    time::Instant,
};

use anyhow::{Context as _, Result, bail};
use serde_json::json;
use wasmtime::{
    Engine,
    component::{Component, InstancePre, Linker},
};
use wasmtime_wasi_http::{
    handler::ProxyPre, p2::bindings::ProxyPre as IncomingPre, p3::bindings::ServicePre,
};

use crate::{
    allowed::{AllowedHost, AllowedHosts},
    bindings::ComponentsPre,
    cache::{Cache, Origin},
    files::StagedFiles,
    interfaces, log,
    manifest::{self, HttpTarget, Limits, Manifest, Route, StaticResponse},
    router::Router,
    state::State,
    turns::Turns,
};

/// What to run, and what it was made from.
pub(crate) struct App {
    /// Name and version, for `/.well-known/spin/info`.
    pub(crate) name: String,
    pub(crate) version: Option<String>,
    pub(crate) engine: Engine,
    pub(crate) components: Vec<Arc<LoadedComponent>>,
    pub(crate) router: Router<Target>,
    /// Indices of the components that have an HTTP trigger, even if only a private one: others may call them.
    pub(crate) reachable: BTreeSet<usize>,
    pub(crate) subscriptions: Vec<Subscription>,
}

/// What responds to a route.
pub(crate) enum Target {
    /// The component of this index.
    Component(usize),
    Static(StaticResponse),
}

/// A Redis channel and the components that receive its messages.
pub(crate) struct Subscription {
    pub(crate) address: String,
    pub(crate) channel: String,
    /// Indices of components.
    pub(crate) components: Vec<usize>,
}

/// One component.
pub(crate) struct LoadedComponent {
    pub(crate) id: Arc<str>,
    /// The application's name.
    pub(crate) application: String,
    pub(crate) entry: Entry,
    pub(crate) variables: HashMap<String, String>,
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) files: Option<StagedFiles>,
    pub(crate) allowed: AllowedHosts,
    pub(crate) key_value_stores: BTreeSet<String>,
    /// The Redis for key-value stores.
    pub(crate) key_value_address: Option<String>,
    pub(crate) limits: Limits,
    /// Set if the number of concurrent requests is limited.
    pub(crate) turns: Option<Turns>,
}

/// How a component is called.
pub(crate) enum Entry {
    /// `wasi:http/handler@0.3.0`
    Http(ServicePre<State>),
    /// `wasi:http/incoming-handler@0.2.x`
    IncomingHttp(IncomingPre<State>),
    /// `spin:redis/inbound-redis@3.0.0`
    Redis(ComponentsPre<State>),
}

impl Entry {
    /// For the handler of HTTP requests, if the component has one.
    pub(crate) fn proxy(&self) -> Option<ProxyPre<State>> {
        match self {
            Self::Http(service) => Some(ProxyPre::P3(service.clone())),
            Self::IncomingHttp(proxy) => Some(ProxyPre::P2(proxy.clone())),
            Self::Redis(_) => None,
        }
    }
}

/// What loading an application needs besides its manifest.
pub(crate) struct Loader {
    pub(crate) engine: Engine,
    pub(crate) cache: Cache,
    pub(crate) scratch: std::path::PathBuf,
    pub(crate) key_value_address: Option<String>,
}

impl Loader {
    /// Compiles the components named by `manifest`, or finds them in the cache, and links them.
    pub(crate) fn load(&self, manifest: &Manifest, values: &BTreeMap<String, String>) -> Result<App> {
        let mut linker = Linker::new(&self.engine);
        interfaces::add_to_linker(&mut linker).map_err(anyhow::Error::from)?;
        let application = Resolved { manifest, values, loader: self };
        let mut components = Vec::new();
        let mut indices = HashMap::new();
        for (id, description) in &manifest.components {
            let loaded = application
                .component(id, description, &linker)
                .with_context(|| format!("component `{id}`"))?;
            indices.insert(id.as_str(), components.len());
            components.push(Arc::new(loaded));
        }
        let (router, reachable) = routes(manifest, &indices, &components)?;
        let subscriptions = application.subscriptions(&indices, &components)?;
        Ok(App {
            name: manifest.name.clone(),
            version: manifest.version.clone(),
            engine: self.engine.clone(),
            components,
            router,
            reachable,
            subscriptions,
        })
    }

    /// Compiles the components named by `manifest` into the cache; returns how many were compiled now, and how many there are.
    pub(crate) fn compile(&self, manifest: &Manifest) -> Result<(usize, usize)> {
        let mut compiled = 0;
        for (id, component) in &manifest.components {
            let (_, origin) = self
                .read(&manifest.folder().join(&component.source))
                .with_context(|| format!("component `{id}`"))?;
            compiled += usize::from(origin == Origin::Compiled);
        }
        Ok((compiled, manifest.components.len()))
    }

    fn read(&self, source: &Path) -> Result<(Component, Origin)> {
        let started = Instant::now();
        let wasm = std::fs::read(source)
            .with_context(|| format!("{} cannot be read: build it first", source.display()))?;
        // A core module begins with the version of its format, a component with another one.
        if wasm.starts_with(b"\0asm\x01\0\0\0") {
            bail!("{} is a core module, and no component: build it for wasm32-wasip2", source.display());
        }
        let (component, origin) = self
            .cache
            .component(&self.engine, &wasm)
            .map_err(anyhow::Error::from)
            .with_context(|| format!("{} is no component that can be compiled", source.display()))?;
        if origin == Origin::Compiled {
            let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
            log::info(
                "component_compiled",
                &[("source", json!(source.display().to_string())), ("milliseconds", json!(milliseconds))],
            );
        }
        Ok((component, origin))
    }
}

/// A manifest with the values of its variables.
struct Resolved<'a> {
    manifest: &'a Manifest,
    values: &'a BTreeMap<String, String>,
    loader: &'a Loader,
}

impl Resolved<'_> {
    fn component(
        &self,
        id: &str,
        description: &manifest::Component,
        linker: &Linker<State>,
    ) -> Result<LoadedComponent> {
        let folder = self.manifest.folder();
        let (component, _) = self.loader.read(&folder.join(&description.source))?;
        let mut variables = HashMap::new();
        for (name, template) in &description.variables {
            variables.insert(name.clone(), template.resolve(self.values)?);
        }
        let mut allowed = Vec::new();
        for template in &description.allowed_outbound_hosts {
            let entry = template.resolve(self.values)?;
            let parse = if template.is_literal() {
                AllowedHost::parse(&entry).map(Some)
            } else {
                AllowedHost::parse_resolved(&entry)
            };
            allowed.extend(parse.map_err(|problem| anyhow::anyhow!("allowed_outbound_hosts: {problem}"))?);
        }
        Ok(LoadedComponent {
            id: id.into(),
            application: self.manifest.name.clone(),
            entry: link(&component, linker)?,
            variables,
            environment: description.environment.clone().into_iter().collect(),
            files: StagedFiles::copy(description, folder, &self.loader.scratch)?,
            allowed: AllowedHosts::new(allowed),
            key_value_stores: description.key_value_stores.iter().cloned().collect(),
            key_value_address: self.key_value_address(description)?,
            limits: description.limits,
            turns: description.limits.concurrency.map(Turns::new),
        })
    }

    fn key_value_address(&self, description: &manifest::Component) -> Result<Option<String>> {
        if description.key_value_stores.is_empty() {
            return Ok(None);
        }
        if let Some(address) = &self.loader.key_value_address {
            return Ok(Some(address.clone()));
        }
        let Some(address) = &self.manifest.redis_address else {
            bail!(
                "key_value_stores are kept in Redis: set --key-value-redis or [application.trigger.redis] address"
            );
        };
        Ok(Some(address.resolve(self.values)?))
    }

    fn subscriptions(
        &self,
        indices: &HashMap<&str, usize>,
        components: &[Arc<LoadedComponent>],
    ) -> Result<Vec<Subscription>> {
        let mut channels: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
        for trigger in &self.manifest.redis {
            let address = trigger.address.as_ref().or(self.manifest.redis_address.as_ref());
            let address = address.context("a Redis trigger has no address")?.resolve(self.values)?;
            let channel = trigger.channel.resolve(self.values)?;
            let index = index_of(&trigger.component, indices)?;
            if !matches!(components.get(index).map(|component| &component.entry), Some(Entry::Redis(_))) {
                bail!(
                    "component `{}` has a Redis trigger and exports no spin:redis/inbound-redis@3.0.0",
                    trigger.component
                );
            }
            channels.entry((address, channel)).or_default().push(index);
        }
        Ok(channels
            .into_iter()
            .map(|((address, channel), components)| Subscription { address, channel, components })
            .collect())
    }
}

fn index_of(id: &str, indices: &HashMap<&str, usize>) -> Result<usize> {
    indices.get(id).copied().with_context(|| format!("there is no component `{id}`"))
}

fn routes(
    manifest: &Manifest,
    indices: &HashMap<&str, usize>,
    components: &[Arc<LoadedComponent>],
) -> Result<(Router<Target>, BTreeSet<usize>)> {
    let mut reachable = BTreeSet::new();
    let mut entries = Vec::new();
    for trigger in &manifest.http {
        let target = match &trigger.target {
            HttpTarget::Static(response) => Target::Static(response.clone()),
            HttpTarget::Component(id) => {
                let index = index_of(id, indices)?;
                if components.get(index).is_none_or(|component| component.entry.proxy().is_none()) {
                    bail!("component `{id}` has an HTTP trigger and exports no wasi:http/handler@0.3.0");
                }
                reachable.insert(index);
                Target::Component(index)
            }
        };
        if let Route::Path(path) = &trigger.route {
            entries.push((path.clone(), target));
        }
    }
    let (router, replaced) = Router::new(entries).map_err(anyhow::Error::msg)?;
    for route in replaced {
        log::warn("route_replaced", &[("route", json!(route))]);
    }
    Ok((router, reachable))
}

/// Links a component, and names all interfaces that it imports but the host does not have.
fn link(component: &Component, linker: &Linker<State>) -> Result<Entry> {
    let engine = component.engine();
    let kind = component.component_type();
    let missing: Vec<_> =
        kind.imports(engine).map(|(name, _)| name).filter(|name| !interfaces::is_provided(name)).collect();
    if !missing.is_empty() {
        let advice = interfaces::advice(&missing);
        bail!("it imports {}, which this host does not provide. {advice}", missing.join(", "));
    }
    let instance: InstancePre<State> = linker.instantiate_pre(component).map_err(|error| {
        anyhow::Error::from(error).context(
            "it wants more of an interface than this host has: build it with the spin-sdk of this workspace",
        )
    })?;
    let exports: Vec<_> = kind.exports(engine).map(|(name, _)| name).collect();
    let has = |start: &str| exports.iter().any(|name| name.starts_with(start) && !name.contains("-rc-"));
    if has("wasi:http/handler@0.3.") {
        return Ok(Entry::Http(ServicePre::new(instance).map_err(anyhow::Error::from)?));
    }
    if has("wasi:http/incoming-handler@0.2.") {
        return Ok(Entry::IncomingHttp(IncomingPre::new(instance).map_err(anyhow::Error::from)?));
    }
    if has("spin:redis/inbound-redis@3.") {
        return Ok(Entry::Redis(ComponentsPre::new(instance).map_err(anyhow::Error::from)?));
    }
    let found = if exports.is_empty() { "nothing".to_owned() } else { exports.join(", ") };
    bail!(
        "it exports {found}, and neither wasi:http/handler@0.3.0 nor spin:redis/inbound-redis@3.0.0: build it anew, with \
         spin-sdk 7 for wasm32-wasip2"
    )
}
