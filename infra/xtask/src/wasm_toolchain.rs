//! What compiles for `wasm32-wasip2`: the toolchain in use, if it has the target or rustup can add it, or else Debian's.

use std::{
    env,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, bail};

use crate::{
    cargo::{cargo, clean},
    checkout::Checkout,
    debian,
    process::{Run, find_program},
    progress::{say, step},
};

/// The target of all components.
const TARGET: &str = "wasm32-wasip2";

/// Debian's Rust with the sources of its standard library, a linker for components, and a C library for WASI.
const PACKAGES: [&str; 6] =
    ["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm", "lld-22", "wasi-libc"];

/// The oldest `rustc` that will do: `rust-version` of the workspace.
const MINIMUM_MINOR: u32 = 94;

/// `rustup` hangs instead of failing if its server cannot be reached.
const RUSTUP_LIMIT: Duration = Duration::from_secs(45);

/// A compiler for components.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WasmToolchain {
    /// The one that compiles native code too.
    Default,
    /// Debian's packages, which compile the standard library as well.
    Debian,
}

impl WasmToolchain {
    /// Finds or installs one. `FUNDRAIL_WASM_TOOLCHAIN` (`rustup` or `debian`) decides if it is set.
    pub(crate) async fn ensure(checkout: &Checkout) -> anyhow::Result<Self> {
        let wanted = env::var("FUNDRAIL_WASM_TOOLCHAIN").unwrap_or_default();
        let (try_default, try_debian) = match wanted.as_str() {
            "" => (true, true),
            "rustup" => (true, false),
            "debian" => (false, true),
            _ => bail!("FUNDRAIL_WASM_TOOLCHAIN is `{wanted}`, and may be `rustup` or `debian`"),
        };
        if try_default && default_has_target(checkout).await {
            return Ok(Self::Default);
        }
        if try_debian && debian_lacks().await.is_none() {
            return Ok(Self::Debian);
        }
        if try_default && add_by_rustup(checkout).await {
            return Ok(Self::Default);
        }
        if try_debian && install_debian().await? {
            return Ok(Self::Debian);
        }
        bail!(
            "components compile for {TARGET}, and no toolchain here does. Either\n    rustup target add {TARGET}\nor, on \
             Debian,\n    apt-get install {}",
            PACKAGES.join(" ")
        )
    }

    /// What exists without installing anything, for `doctor`.
    pub(crate) async fn present(checkout: &Checkout) -> Option<Self> {
        if default_has_target(checkout).await {
            Some(Self::Default)
        } else if debian_lacks().await.is_none() {
            Some(Self::Debian)
        } else {
            None
        }
    }

    /// Its name for people.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Default => "the default toolchain",
            Self::Debian => "Debian's packages",
        }
    }

    /// Whether clippy comes with it.
    pub(crate) fn has_clippy(self) -> bool {
        self == Self::Default
    }

    /// A cargo command for the target, in the target folder that `spin.toml` names.
    pub(crate) fn cargo(self, checkout: &Checkout, command: &str) -> Run {
        let run = match self {
            Self::Default => cargo(checkout).args([command]),
            Self::Debian => clean(Run::new("/usr/bin/cargo"))
                .dir(&checkout.root)
                // It would have the other toolchain's name, and its flags too.
                .env_remove("RUSTUP_TOOLCHAIN")
                .env_remove("RUSTC_WRAPPER")
                .env("RUSTC", "/usr/bin/rustc")
                // The standard library is compiled as well, which Debian's stable compiler only does when told this.
                .env("RUSTC_BOOTSTRAP", "1")
                .env("RUSTFLAGS", "-L native=/usr/lib/wasm32-wasi")
                .args([command, "-Z", "build-std=std,panic_abort"]),
        };
        run.args(["--target", TARGET, "--target-dir"]).args([checkout.wasm_target()])
    }
}

async fn default_has_target(checkout: &Checkout) -> bool {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let asked = Run::new(rustc).dir(&checkout.root).args(["--print", "target-libdir", "--target", TARGET]);
    let Ok(finished) = asked.limit(Duration::from_mins(1)).capture().await else { return false };
    finished.success && holds_std(Path::new(finished.stdout.trim()))
}

/// Whether a folder of libraries contains the compiled standard library.
fn holds_std(folder: &Path) -> bool {
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    entries.map(|entry| entry.file_name()).any(|name| {
        name.to_str().is_some_and(|name| {
            name.starts_with("libstd-") && Path::new(name).extension().is_some_and(|e| e == "rlib")
        })
    })
}

async fn add_by_rustup(checkout: &Checkout) -> bool {
    if find_program("rustup").is_none() {
        return false;
    }
    let add = Run::new("rustup").dir(&checkout.root).args(["target", "add", TARGET]).limit(RUSTUP_LIMIT);
    let shown = add.shown().to_owned();
    let added = step(&shown, async {
        add.quietly().await?;
        Ok(())
    });
    match added.await {
        Ok(()) => default_has_target(checkout).await,
        Err(error) => {
            say(&format!("    rustup cannot: {}", error.to_string().lines().last().unwrap_or_default()));
            false
        }
    }
}

async fn install_debian() -> anyhow::Result<bool> {
    if !(debian::may_install().await && debian::knows(&PACKAGES).await) {
        return Ok(false);
    }
    debian::install("A compiler for Wasm", &PACKAGES, "or add the target to your own toolchain").await?;
    match debian_lacks().await {
        None => Ok(true),
        Some(lack) => bail!("Debian's packages for {TARGET} are installed, but {lack}"),
    }
}

/// What Debian's compiler lacks that we need, `None` if it will do.
async fn debian_lacks() -> Option<String> {
    debian_check().await.err().map(|error| format!("{error:#}"))
}

async fn debian_check() -> anyhow::Result<()> {
    let rustc = || Run::new("/usr/bin/rustc").env_remove("RUSTUP_TOOLCHAIN").limit(Duration::from_mins(1));
    let version = rustc().args(["--version"]).quietly().await.context("there is no /usr/bin/rustc")?;
    if minor(&version).is_none_or(|minor| minor < MINIMUM_MINOR) {
        bail!("{} is too old: 1.{MINIMUM_MINOR} is needed", version.trim());
    }
    let sysroot = rustc().args(["--print", "sysroot"]).quietly().await?;
    let std = Path::new(sysroot.trim()).join("lib/rustlib/src/rust/library/std/Cargo.toml");
    let cargo = PathBuf::from("/usr/bin/cargo");
    for needed in [cargo, std, PathBuf::from("/usr/lib/wasm32-wasi/libc.a")] {
        if !needed.exists() {
            bail!("{} is missing", needed.display());
        }
    }
    if find_program("wasm-component-ld").is_none() && !has_component_linker(Path::new(sysroot.trim())) {
        bail!("wasm-component-ld is missing");
    }
    Ok(())
}

fn has_component_linker(sysroot: &Path) -> bool {
    let hosts = std::fs::read_dir(sysroot.join("lib/rustlib")).into_iter().flatten().filter_map(Result::ok);
    hosts.map(|host| host.path().join("bin/wasm-component-ld")).any(|linker| linker.is_file())
}

/// The 96 of `rustc 1.96.0 (…)`.
fn minor(version: &str) -> Option<u32> {
    version.split_whitespace().nth(1)?.split('.').nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::minor;

    #[test]
    fn the_minor_version_is_read_from_what_rustc_says() {
        assert_eq!(minor("rustc 1.96.0 (ac68faa20 2026-05-25) (built from a source tarball)"), Some(96));
        assert_eq!(minor("nonsense"), None);
    }
}
