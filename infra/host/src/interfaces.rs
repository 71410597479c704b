//! What components import: each module is one of Spin's interfaces, implementing the bindings' traits.

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

/// The interfaces that a component may import, with matching versions; all others are rejected by name.
const PROVIDED: &[(&str, &[&str])] = &[
    ("spin:key-value/key-value", &["3."]),
    ("spin:postgres/postgres", &["4."]),
    ("spin:redis/redis", &["3."]),
    ("spin:variables/variables", &["3."]),
    ("wasi:cli/", WASI),
    ("wasi:clocks/", WASI),
    ("wasi:filesystem/", WASI),
    ("wasi:http/", WASI),
    ("wasi:io/", WASI),
    ("wasi:random/", WASI),
    ("wasi:sockets/", WASI),
];

const WASI: &[&str] = &["0.2.", "0.3."];

/// Whether the host knows the interface `name`, as imported by a component, in a released and matching version.
pub(crate) fn is_provided(name: &str) -> bool {
    let (interface, version) = name.split_once('@').unwrap_or((name, ""));
    PROVIDED.iter().any(|(start, versions)| {
        interface.starts_with(start)
            && !version.contains('-')
            && versions.iter().any(|fits| version.starts_with(fits))
    })
}

/// What to do about a component that imports `names`, none of which is [provided](is_provided).
pub(crate) fn advice(names: &[&str]) -> &'static str {
    let older = |name: &&str| {
        let known = PROVIDED.iter().any(|(start, _)| name.starts_with(start));
        known || name.starts_with("fermyon:") || name.contains("@2.") || !name.contains(':')
    };
    if names.iter().all(older) {
        "They belong to an older Spin or WASI: build the component anew, with spin-sdk 7 for wasm32-wasip2"
    } else {
        "When spin-sdk brings it in, depend on spin-sdk with default-features = false and only the features that the \
         component uses"
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn released_versions_of_today_are_provided() {
        for name in [
            "wasi:http/types@0.3.0",
            "wasi:io/streams@0.2.0",
            "wasi:cli/environment@0.2.6",
            "spin:postgres/postgres@4.2.0",
            "spin:redis/redis@3.0.0",
        ] {
            assert!(is_provided(name), "{name}");
        }
        for name in [
            "wasi:http/types@0.2.0-rc-2023-11-10",
            "wasi:http/types@0.3.0-rc-2026-03-15",
            "fermyon:spin/redis@2.0.0",
            "spin:postgres/postgres@3.0.0",
            "spin:sqlite/sqlite@3.0.0",
            "wasi:keyvalue/store@0.2.0-draft2",
            "redis",
        ] {
            assert!(!is_provided(name), "{name}");
        }
        assert!(
            advice(&["fermyon:spin/redis@2.0.0", "wasi:http/types@0.2.0-rc-2023-11-10"]).contains("older")
        );
        assert!(advice(&["spin:sqlite/sqlite@3.0.0"]).contains("default-features"));
    }
}
