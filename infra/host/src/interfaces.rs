//! What components import: each module is one of Spin's interfaces, made of the bindings' traits.

pub(crate) mod key_value;
pub(crate) mod outbound_http;
pub(crate) mod postgres;
pub(crate) mod redis;
pub(crate) mod tls;
pub(crate) mod variables;

use wasmtime::component::{Accessor, Linker, Resource};

use crate::{
    bindings::spin,
    state::{Spin, State},
};

/// The interfaces that a component may import, by the start of their names; the rest is refused by name.
const PROVIDED: &[&str] = &[
    "spin:key-value/key-value@3.",
    "spin:postgres/postgres@4.",
    "spin:redis/redis@3.",
    "spin:variables/variables@3.",
    "wasi:cli/",
    "wasi:clocks/",
    "wasi:filesystem/",
    "wasi:http/",
    "wasi:io/",
    "wasi:random/",
    "wasi:sockets/",
];

/// Whether the interface `name`, as a component's import has it, is one that the host knows.
pub(crate) fn is_provided(name: &str) -> bool {
    PROVIDED.iter().any(|start| name.starts_with(start))
}

/// Provides every interface.
pub(crate) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    wasmtime_wasi::p2::add_to_linker_async(linker)?;
    wasmtime_wasi::p3::add_to_linker(linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(linker)?;
    wasmtime_wasi_http::p3::add_to_linker(linker)?;
    spin::key_value::key_value::add_to_linker::<_, Spin>(linker, |state| state)?;
    spin::postgres::postgres::add_to_linker::<_, Spin>(linker, |state| state)?;
    spin::redis::redis::add_to_linker::<_, Spin>(linker, |state| state)?;
    spin::variables::variables::add_to_linker::<_, Spin>(linker, |state| state)
}

/// A copy of what a handle stands for.
fn lookup<T, R: Clone + Send + 'static>(
    accessor: &Accessor<T, Spin>,
    handle: &Resource<R>,
) -> wasmtime::Result<R> {
    accessor.with(|mut access| Ok(access.get().table.get(handle)?.clone()))
}
