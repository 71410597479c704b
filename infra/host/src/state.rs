//! What belongs to one running instance: the data of its store.

use std::sync::Arc;

use http::HeaderName;
use wasmtime::{ResourceLimiter, component::HasData};
use wasmtime_wasi::{FsPerms, ResourceTable, WasiCtx, WasiCtxView, WasiView, sockets::SocketAddrUse};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks, WasiHttpView};

use crate::{
    app::{Entry, LoadedComponent},
    core::Services,
    guest_output::GuestOutput,
    interfaces::outbound_http::OutboundHttp,
};

/// Maximum number of connections or stores of one kind that an instance may hold open, as in Spin.
pub(crate) const HANDLES: usize = 256;

/// The data of an instance's store.
pub(crate) struct State {
    pub(crate) component: Arc<LoadedComponent>,
    pub(crate) services: Arc<Services>,
    pub(crate) table: ResourceTable,
    pub(crate) open: OpenHandles,
    pub(crate) memory: MemoryLimit,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    outbound: OutboundHttp,
    incoming: Incoming,
}

/// Number of handles of each kind that the instance holds.
#[derive(Debug, Default)]
pub(crate) struct OpenHandles {
    pub(crate) postgres: usize,
    pub(crate) redis: usize,
    pub(crate) key_value: usize,
}

/// Marks the part of the store's data that Spin's interfaces need: all of it.
pub(crate) struct Spin;

impl HasData for Spin {
    type Data<'a> = &'a mut State;
}

impl State {
    pub(crate) fn new(
        component: Arc<LoadedComponent>,
        outbound: OutboundHttp,
        services: Arc<Services>,
    ) -> Self {
        let mut wasi = WasiCtx::builder();
        wasi.stdout(GuestOutput::new(component.id.clone(), "stdout"));
        wasi.stderr(GuestOutput::new(component.id.clone(), "stderr"));
        wasi.envs(&component.environment);
        if component.allowed.allows_sockets() {
            let of = component.clone();
            wasi.allow_tcp(true).allow_udp(true).allow_ip_name_lookup(true);
            wasi.socket_addr_check(move |address, purpose| {
                let allowed = match purpose {
                    SocketAddrUse::TcpConnect => of.allowed.allows_socket("tcp", address),
                    SocketAddrUse::UdpSend => of.allowed.allows_socket("udp", address),
                    // What the system itself does before it connects.
                    SocketAddrUse::TcpBind | SocketAddrUse::UdpBind => {
                        address.ip().is_unspecified() && address.port() == 0
                    }
                    _ => false,
                };
                Box::pin(async move { allowed })
            });
        }
        if let Some(files) = &component.files {
            // The folder was created at the start. If somebody has removed it, the component finds no files.
            if let Err(error) = wasi.preopened_dir(files.path(), "/", FsPerms::ReadOnly) {
                let problem = format!("{}: {error:#}", files.path().display());
                crate::log::error("files_missing", &[("problem", problem.into())]);
            }
        }
        Self {
            memory: MemoryLimit { used: 0, limit: component.limits.memory },
            services,
            table: ResourceTable::new(),
            open: OpenHandles::default(),
            wasi: wasi.build(),
            http: WasiHttpCtx::new(),
            outbound,
            incoming: Incoming,
            component,
        }
    }

    /// What the request handler works on when it passes on a request; a plain function, as it requires.
    pub(crate) fn incoming_view(&mut self) -> WasiHttpCtxView<'_> {
        let hooks: &mut dyn WasiHttpHooks = match self.component.entry {
            Entry::Http(_) => &mut self.incoming,
            Entry::IncomingHttp(_) | Entry::Redis(_) => &mut self.outbound,
        };
        WasiHttpCtxView { hooks, table: &mut self.table, ctx: &mut self.http }
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { hooks: &mut self.outbound, table: &mut self.table, ctx: &mut self.http }
    }
}

/// How the headers of a request reach a component of WASI 0.3: all of them, as in Spin, including `host`. What a component may
/// set itself is another matter.
struct Incoming;

impl WasiHttpHooks for Incoming {
    fn is_forbidden_header(&mut self, _: &HeaderName) -> bool {
        false
    }
}

/// Keeps the total size of an instance's linear memories below a limit.
#[derive(Debug)]
pub(crate) struct MemoryLimit {
    used: usize,
    limit: usize,
}

impl ResourceLimiter for MemoryLimit {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let used = self.used.saturating_sub(current).saturating_add(desired);
        let allowed = used <= self.limit;
        if allowed {
            self.used = used;
        }
        Ok(allowed)
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired <= 100_000)
    }
}
