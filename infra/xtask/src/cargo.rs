//! What cargo builds here: which packages are for this machine, which are components, and how each is compiled.

use std::{env, fs, path::PathBuf};

use anyhow::{Context as _, bail};
use serde::Deserialize;

use crate::{
    checkout::Checkout, process::Run, progress::say, spin_manifest::SpinManifest,
    wasm_toolchain::WasmToolchain,
};

/// The packages that compile for this machine, for building, tests and lints. Always named together: cargo unites the
/// features of what is compiled at once, and another selection would compile wasmtime a second time.
const NATIVE: [&str; 8] = [
    "fundrail-api",
    "fundrail-bench",
    "fundrail-domain",
    "fundrail-fuzz",
    "fundrail-host",
    "fundrail-tests",
    "fundrail-ticker",
    "xtask",
];

/// The libraries that compile for Wasm alone, as part of components.
const WASM_LIBRARIES: [&str; 1] = ["fundrail-platform"];

/// How large a component may be.
const COMPONENT_LIMIT: u64 = 1_500_000;

/// How native code is compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// What `up`, `test`, `bench` and CI share.
    Native,
    /// Optimised across crates: minutes more to compile.
    Production,
}

impl Profile {
    /// Its name in `Cargo.toml`, which is its folder below `target` too.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Production => "production",
        }
    }

    /// A program that it built.
    pub(crate) fn program(self, checkout: &Checkout, name: &str) -> PathBuf {
        checkout.native_target().join(self.name()).join(name)
    }
}

/// Which components to build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Components {
    /// Those of `functions/`: what `spin.toml` runs.
    Functions,
    /// Those of the tests and the benchmark too.
    All,
}

/// Which native programs to build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Programs {
    /// Those that `up` and the tests start.
    Started,
    /// All, the benchmark and its twin too.
    All,
}

/// The members of the workspace.
pub(crate) struct Workspace {
    checkout: Checkout,
    packages: Vec<Package>,
}

#[derive(Debug, Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Debug, Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
    targets: Vec<Target>,
}

#[derive(Debug, Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

impl Package {
    fn is_component(&self) -> bool {
        self.targets.iter().any(|target| target.kind.iter().any(|kind| kind == "cdylib"))
    }
}

impl Workspace {
    /// Asks cargo. A member that is neither a component nor in one of the lists above is an error.
    pub(crate) async fn read(checkout: &Checkout) -> anyhow::Result<Self> {
        let asked =
            cargo(checkout).args(["metadata", "--no-deps", "--format-version", "1"]).quietly().await?;
        let metadata: Metadata =
            serde_json::from_str(&asked).context("cannot understand `cargo metadata`")?;
        let workspace = Self { checkout: checkout.clone(), packages: metadata.packages };
        for package in &workspace.packages {
            let name = package.name.as_str();
            if !(package.is_component() || NATIVE.contains(&name) || WASM_LIBRARIES.contains(&name)) {
                bail!(
                    "the package {name} is neither a component nor in the lists of infra/xtask/src/cargo.rs"
                );
            }
        }
        Ok(workspace)
    }

    /// The packages for this machine, as cargo's `-p` options.
    pub(crate) fn native(&self) -> Vec<String> {
        let named = |name: &&str| self.packages.iter().any(|package| package.name == **name);
        options(NATIVE.iter().filter(|name| named(name)).map(ToString::to_string))
    }

    /// The Wasm libraries and all components, as cargo's `-p` options.
    pub(crate) fn wasm(&self) -> Vec<String> {
        let named = |name: &&str| self.packages.iter().any(|package| package.name == **name);
        let libraries = WASM_LIBRARIES.iter().filter(|name| named(name)).map(ToString::to_string);
        options(libraries.chain(self.components(Components::All)))
    }

    /// The names of components.
    pub(crate) fn components(&self, which: Components) -> Vec<String> {
        let functions = self.checkout.root.join("functions");
        let wanted =
            |package: &&Package| which == Components::All || package.manifest_path.starts_with(&functions);
        let components = self.packages.iter().filter(|package| package.is_component());
        components.filter(wanted).map(|package| package.name.clone()).collect()
    }

    /// The test programs of a package, as cargo's `--test` options.
    pub(crate) fn test_programs(&self, package: &str) -> Vec<String> {
        let targets =
            self.packages.iter().filter(|known| known.name == package).flat_map(|known| &known.targets);
        let programs = targets.filter(|target| target.kind.iter().any(|kind| kind == "test"));
        programs.flat_map(|target| ["--test".to_owned(), target.name.clone()]).collect()
    }

    /// Whether there is such a package.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.packages.iter().any(|package| package.name == name)
    }

    /// Compiles programs for this machine. The packages are named whole in either case, for the features of what they share.
    pub(crate) async fn build_native(&self, profile: Profile, which: Programs) -> anyhow::Result<()> {
        let started = ["--bin", "fundrail-host", "--bin", "fundrail-ticker", "--bin", "xtask"];
        let run = cargo(&self.checkout).args(["build", "--profile", profile.name()]).args(self.native());
        let run = if which == Programs::Started { run.args(started) } else { run };
        run.stream().await.context("the native programs do not compile")
    }

    /// Compiles components into `target/wasm32-wasip2/component`, and says how large they are when asked to.
    pub(crate) async fn build_components(
        &self,
        toolchain: WasmToolchain,
        which: Components,
        say_sizes: bool,
    ) -> anyhow::Result<()> {
        // The functions in a call of their own, whatever else is wanted: cargo unites the features of what is compiled
        // at once, and `up` after `test` would compile everything again.
        let functions = self.components(Components::Functions);
        let others =
            self.components(which).into_iter().filter(|name| !functions.contains(name)).collect::<Vec<_>>();
        for names in [functions, others] {
            if names.is_empty() {
                continue;
            }
            let run = toolchain.cargo(&self.checkout, "build").args(["--profile", "component"]);
            run.args(options(names.into_iter())).stream().await.context("the components do not compile")?;
        }
        self.check_sources()?;
        if say_sizes { self.say_sizes(which) } else { Ok(()) }
    }

    fn check_sources(&self) -> anyhow::Result<()> {
        for source in SpinManifest::read(&self.checkout)?.sources() {
            if !self.checkout.root.join(source).is_file() {
                bail!("spin.toml names {source}, which no package of functions/ builds");
            }
        }
        Ok(())
    }

    fn say_sizes(&self, which: Components) -> anyhow::Result<()> {
        for name in self.components(which) {
            let file = self.checkout.components().join(format!("{}.wasm", name.replace('-', "_")));
            let size = fs::metadata(&file).with_context(|| format!("no {}", file.display()))?.len();
            let note = if size > COMPONENT_LIMIT { "  over the limit of 1500 kB" } else { "" };
            say(&format!("    {:>5} kB  {name}{note}", size.div_ceil(1000)));
        }
        Ok(())
    }
}

/// `cargo`, without the variables that the cargo which runs us has set: some build scripts take them as a change.
pub(crate) fn cargo(checkout: &Checkout) -> Run {
    let program = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    clean(Run::new(program)).dir(&checkout.root)
}

/// Takes away what describes the package that cargo is running, which is xtask and not what is to be built.
pub(crate) fn clean(run: Run) -> Run {
    let of_a_package = |name: &str| {
        ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"]
            .iter()
            .any(|prefix| name.starts_with(prefix))
            || matches!(name, "CARGO_PRIMARY_PACKAGE" | "OUT_DIR")
    };
    env::vars_os()
        .filter(|(name, _)| name.to_str().is_some_and(of_a_package))
        .fold(run, |run, (name, _)| run.env_remove(name))
}

fn options(names: impl Iterator<Item = String>) -> Vec<String> {
    names.flat_map(|name| ["-p".to_owned(), name]).collect()
}
