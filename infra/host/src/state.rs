//! What belongs to one running instance: the data of its store.

use std::sync::Arc;

use wasmtime::{ResourceLimiter, component::HasData};
use wasmtime_wasi::{FsPerms, ResourceTable, WasiCtx, WasiCtxView, WasiView, sockets::SocketAddrUse};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::{
    app::LoadedComponent, core::Services, guest_output::GuestOutput, interfaces::outbound_http::OutboundHttp,
};

/// How many connections or stores of one kind an instance may hold open, as in Spin.
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
}

/// How many handles of each kind the instance holds.
#[derive(Debug, Default)]
pub(crate) struct OpenHandles {
    pub(crate) postgres: usize,
    pub(crate) redis: usize,
    pub(crate) key_value: usize,
}

/// Marks what of the store's data Spin's interfaces need: all of it.
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
                    SocketAddrUse::TcpConnect | SocketAddrUse::UdpSend => of.allowed.allows_socket(address),
                    // What the system does by itself before it connects.
                    SocketAddrUse::TcpBind | SocketAddrUse::UdpBind => {
                        address.ip().is_unspecified() && address.port() == 0
                    }
                    _ => false,
                };
                Box::pin(async move { allowed })
            });
        }
        if let Some(files) = &component.files {
            // The folder was made at the start. If somebody took it away, the component finds no files.
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
            component,
        }
    }

    /// What `wasi:http` works on; a plain function, as the request handler wants it.
    pub(crate) fn http_view(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { hooks: &mut self.outbound, table: &mut self.table, ctx: &mut self.http }
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        self.http_view()
    }
}

/// Holds all linear memories of an instance together below a limit.
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
