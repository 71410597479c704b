//! Finds the WIT of the `spin-sdk` that the workspace's functions are built with, and writes the bindings from it:
//! host and components so speak the same interfaces, and nothing is pasted.

#![expect(clippy::expect_used, reason = "a build script has nobody to return an error to")]

use std::{env, fs, path::PathBuf, process::Command};

/// What the host provides to, and calls in, a component beyond WASI.
const BINDINGS: &str = r#"
wasmtime::component::bindgen!({
    inline: "
        package fundrail:host;

        world components {
            import spin:key-value/key-value@3.0.0;
            import spin:postgres/postgres@4.2.0;
            import spin:redis/redis@3.0.0;
            import spin:variables/variables@3.0.0;
            export spin:redis/inbound-redis@3.0.0;
        }
    ",
    path: "@WIT@",
    world: "fundrail:host/components",
    imports: { default: async | trappable },
    exports: { default: async | store },
    with: {
        "spin:key-value/key-value.store": crate::interfaces::key_value::Store,
        "spin:postgres/postgres.connection": crate::interfaces::postgres::Connection,
        "spin:postgres/postgres.connection-builder": crate::interfaces::postgres::ConnectionBuilder,
        "spin:redis/redis.connection": crate::interfaces::redis::Connection,
    },
});
"#;

fn main() {
    let wit = spin_sdk_folder().join("wit");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", wit.display());
    println!("cargo::rerun-if-changed={}", manifest_folder().join("../../Cargo.lock").display());

    let path = wit.to_str().expect("the path of spin-sdk is UTF-8");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR")).join("bindings.rs");
    fs::write(out, BINDINGS.replace("@WIT@", path)).expect("OUT_DIR can be written");
}

fn manifest_folder() -> PathBuf {
    PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR"))
}

/// The folder of the `spin-sdk` package that `Cargo.lock` names. Asking cargo covers vendored and replaced sources.
fn spin_sdk_folder() -> PathBuf {
    // The functions' target alone: no need to have the sources of what only other platforms use.
    let output = Command::new(env::var_os("CARGO").expect("cargo sets CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--filter-platform", "wasm32-wasip2"])
        .arg("--manifest-path")
        .arg(manifest_folder().join("Cargo.toml"))
        .output()
        .expect("cargo can be run");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "`cargo metadata` failed: {error}");

    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("`cargo metadata` prints JSON");
    metadata
        .get("packages")
        .and_then(serde_json::Value::as_array)
        .into_iter()
        .flatten()
        .filter(|package| package.get("name").is_some_and(|name| name == "spin-sdk"))
        .find_map(|package| {
            PathBuf::from(package.get("manifest_path")?.as_str()?).parent().map(PathBuf::from)
        })
        .expect("some component of the workspace depends on spin-sdk")
}
