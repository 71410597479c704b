//! Where the programs and components under test are.

use std::{env, path::PathBuf};

use crate::folders::workspace;

/// The host: `FUNDRAIL_HOST_BIN`, else what cargo has built.
pub fn host_binary() -> PathBuf {
    from_environment("FUNDRAIL_HOST_BIN", "target/native/fundrail-host")
}

/// xtask, which makes databases: `FUNDRAIL_XTASK_BIN`, else what cargo has built.
pub fn xtask_binary() -> PathBuf {
    from_environment("FUNDRAIL_XTASK_BIN", "target/native/xtask")
}

/// A component by the name of its crate.
pub fn component(name: &str) -> PathBuf {
    from_environment("FUNDRAIL_COMPONENTS", "target/wasm32-wasip2/component")
        .join(format!("{}.wasm", name.replace('-', "_")))
}

fn from_environment(variable: &str, otherwise: &str) -> PathBuf {
    let path = env::var_os(variable).map_or_else(|| PathBuf::from(otherwise), PathBuf::from);
    if path.is_absolute() { path } else { workspace().join(path) }
}

/// A program of Postgres: in `PG_BIN`, else in Debian's folder of the newest version, else on the path.
pub(crate) fn postgres_program(name: &str) -> PathBuf {
    if let Some(folder) = env::var_os("PG_BIN") {
        return PathBuf::from(folder).join(name);
    }
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions.max_by_key(|entry| entry.file_name().to_str().and_then(|v| v.parse::<u32>().ok()));
    newest.map_or_else(|| PathBuf::from(name), |entry| entry.path().join("bin").join(name))
}

/// The program of Redis: `REDIS_SERVER_BIN`, else on the path.
pub(crate) fn redis_program() -> PathBuf {
    env::var_os("REDIS_SERVER_BIN").map_or_else(|| PathBuf::from("redis-server"), PathBuf::from)
}
