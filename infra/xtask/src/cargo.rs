//! What cargo builds here: which packages are for this machine, which are components, and how each is compiled.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use serde::Deserialize;

use crate::{
    checkout::Checkout,
    process::Run,
    progress::{note, say},
    spin_manifest::SpinManifest,
    wasm_toolchain::WasmToolchain,
};

/// The packages that compile for this machine, for building, tests and lints: `default-members` of the workspace, which a test
/// compares. They are always named together: cargo unifies the features of everything compiled at once, and another selection
/// would compile wasmtime a second time.
const NATIVE: [&str; 11] = [
    "fundrail-api",
    "fundrail-bench",
    "fundrail-domain",
    "fundrail-fuzz",
    "fundrail-host",
    "fundrail-kit",
    "fundrail-launch",
    "fundrail-store",
    "fundrail-tests",
    "fundrail-ticker",
    "xtask",
];

/// The libraries that are part of components. They also compile for this machine, for their unit tests.
const WASM_LIBRARIES: [&str; 3] = ["fundrail-identity", "fundrail-platform", "fundrail-worker"];

/// Maximum size of a component.
const COMPONENT_LIMIT: u64 = 1_500_000;

/// How native code is compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Shared by `up`, `test`, `bench` and CI.
    Native,
    /// Optimised across crates, which takes minutes longer to compile.
    Production,
}

impl Profile {
    /// Its name in `Cargo.toml`, which is also its folder below `target`.
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
    /// Those in `functions/`: what `spin.toml` runs.
    Functions,
    /// Also those of the tests and the benchmark.
    All,
}

/// Which native programs to build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Programs {
    /// Those started by `up` and the tests.
    Started,
    /// All, including the benchmark and its twin.
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
    dependencies: Vec<Dependency>,
}

#[derive(Debug, Deserialize)]
struct Dependency {
    name: String,
    /// Of a crate in this checkout.
    path: Option<PathBuf>,
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

    /// The Wasm libraries, as cargo's `-p` options.
    pub(crate) fn wasm_libraries(&self) -> Vec<String> {
        let named = |name: &&str| self.packages.iter().any(|package| package.name == **name);
        options(WASM_LIBRARIES.iter().filter(|name| named(name)).map(ToString::to_string))
    }

    /// The Wasm libraries and all components, as cargo's `-p` options.
    pub(crate) fn wasm(&self) -> Vec<String> {
        let mut options = self.wasm_libraries();
        options.extend(self::options(self.components(Components::All).into_iter()));
        options
    }

    /// The names of all packages whose tests run on this machine.
    pub(crate) fn testable(&self) -> impl Iterator<Item = &str> {
        let names = self.packages.iter().map(|package| package.name.as_str());
        names.filter(|name| NATIVE.contains(name) || WASM_LIBRARIES.contains(name))
    }

    /// Checks that every unit test is compiled by some run: those of components would not be, as they cannot run here.
    pub(crate) fn check_tests_are_compiled(&self) -> anyhow::Result<()> {
        for package in self.packages.iter().filter(|package| package.is_component()) {
            let sources = package.manifest_path.with_file_name("src");
            if let Some(file) = first_with_tests(&sources)? {
                let file = file.strip_prefix(&self.checkout.root).unwrap_or(&file).display();
                bail!(
                    "{file} has unit tests, which nothing compiles, as {} is a component: what is worth one belongs \
                     into shared/, what has to be seen from outside into tests/",
                    package.name
                );
            }
        }
        Ok(())
    }

    /// The names of components.
    pub(crate) fn components(&self, which: Components) -> Vec<String> {
        let functions = self.checkout.root.join("functions");
        let wanted =
            |package: &&Package| which == Components::All || package.manifest_path.starts_with(&functions);
        let components = self.packages.iter().filter(|package| package.is_component());
        components.filter(wanted).map(|package| package.name.clone()).collect()
    }

    /// The test programs of a package.
    pub(crate) fn tests_of(&self, package: &str) -> Vec<String> {
        let targets =
            self.packages.iter().filter(|known| known.name == package).flat_map(|known| &known.targets);
        let programs = targets.filter(|target| target.kind.iter().any(|kind| kind == "test"));
        programs.map(|target| target.name.clone()).collect()
    }

    /// The manifest of every package, with the packages of ours that it imports.
    pub(crate) fn imports(&self) -> impl Iterator<Item = (&Path, Vec<&str>)> {
        self.packages.iter().map(|package| {
            let ours = package.dependencies.iter().filter(|dependency| dependency.path.is_some());
            (package.manifest_path.as_path(), ours.map(|dependency| dependency.name.as_str()).collect())
        })
    }

    /// Whether there is such a package.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.packages.iter().any(|package| package.name == name)
    }

    /// Compiles programs for this machine. All packages are named in either case, because of the features of what they share.
    pub(crate) async fn build_native(&self, profile: Profile, which: Programs) -> anyhow::Result<()> {
        let started = ["--bin", "fundrail-host", "--bin", "fundrail-ticker", "--bin", "xtask"];
        let run = cargo(&self.checkout).args(["build", "--profile", profile.name()]).args(self.native());
        let run = if which == Programs::Started { run.args(started) } else { run };
        compile(run).await.context("the native programs do not compile")
    }

    /// Compiles components into `target/wasm32-wasip2/component`.
    pub(crate) async fn build_components(
        &self,
        toolchain: WasmToolchain,
        which: Components,
    ) -> anyhow::Result<()> {
        // The functions are compiled in a separate call, whatever else is requested: cargo unifies the features of everything
        // compiled at once, and `up` after `test` would compile everything again.
        let functions = self.components(Components::Functions);
        let others =
            self.components(which).into_iter().filter(|name| !functions.contains(name)).collect::<Vec<_>>();
        for names in [functions, others] {
            if names.is_empty() {
                continue;
            }
            let run = toolchain.cargo(&self.checkout, "build").args(["--profile", "component"]);
            // The host takes longer, and ends with a single large crate: the remaining processor time is enough here.
            let run = run.args(options(names.into_iter())).giving_way();
            compile(run).await.context("the components do not compile")?;
        }
        self.check_sources()
    }

    fn check_sources(&self) -> anyhow::Result<()> {
        for source in SpinManifest::read(&self.checkout)?.sources() {
            if !self.checkout.root.join(source).is_file() {
                bail!("spin.toml names {source}, which no package of functions/ builds");
            }
        }
        Ok(())
    }

    /// Prints the sizes of the built components.
    pub(crate) fn say_sizes(&self, which: Components) -> anyhow::Result<()> {
        for name in self.components(which) {
            let file = self.checkout.components().join(format!("{}.wasm", name.replace('-', "_")));
            let size = fs::metadata(&file).with_context(|| format!("no {}", file.display()))?.len();
            let note = if size > COMPONENT_LIMIT { "  over the limit of 1500 kB" } else { "" };
            say(&format!("    {:>5} kB  {name}{note}", size.div_ceil(1000)));
        }
        Ok(())
    }
}

/// Runs a cargo command that compiles. Its warnings and errors go where ours go; the progress clock learns which crates are done.
pub(crate) async fn compile(run: Run) -> anyhow::Result<()> {
    compile_programs(run).await.map(drop)
}

/// The same, returning the compiled programs in order.
pub(crate) async fn compile_programs(run: Run) -> anyhow::Result<Vec<PathBuf>> {
    let (mut crates, mut programs) = (0, Vec::new());
    let shown = run.shown().to_owned();
    let run = run.args(["--quiet", "--message-format", "json-render-diagnostics"]);
    let success = run.lines(|line| {
        let Some(artifact) = Artifact::read(line) else { return };
        if !artifact.fresh {
            crates += 1;
            note(format!("{crates} crates, {} last", artifact.target.name));
        }
        programs.extend(artifact.executable);
    });
    if success.await? { Ok(programs) } else { bail!("`{shown}` failed") }
}

/// What cargo reports about a compiled crate.
#[derive(Debug, Deserialize)]
struct Artifact {
    reason: String,
    target: Target,
    /// Whether there was nothing to do for it.
    fresh: bool,
    executable: Option<PathBuf>,
}

impl Artifact {
    fn read(line: &str) -> Option<Self> {
        serde_json::from_str::<Self>(line).ok().filter(|message| message.reason == "compiler-artifact")
    }
}

/// The first Rust file below a folder that contains unit tests.
fn first_with_tests(folder: &Path) -> anyhow::Result<Option<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        let found = if path.is_dir() {
            first_with_tests(&path)?
        } else {
            let rust = path.extension().is_some_and(|extension| extension == "rs");
            let tests = rust && fs::read_to_string(&path)?.lines().any(|line| line.trim() == "#[test]");
            tests.then_some(path)
        };
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// `cargo`, without the variables set by the cargo that runs us: some build scripts take them as a change.
pub(crate) fn cargo(checkout: &Checkout) -> Run {
    let program = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    clean(Run::new(program)).dir(&checkout.root)
}

/// Removes what describes the package that cargo is running, which is xtask and not what is to be built.
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

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    #[test]
    fn the_native_packages_are_the_default_members() {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let read = |path: PathBuf| fs::read_to_string(path).unwrap().parse::<toml::Table>().unwrap();
        let manifest = read(workspace.join("Cargo.toml"));
        let members = manifest["workspace"]["default-members"].as_array().unwrap().iter();
        let mut names = members
            .map(|member| read(workspace.join(member.as_str().unwrap()).join("Cargo.toml")))
            .map(|manifest| manifest["package"]["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>();
        names.sort();
        assert_eq!(names, NATIVE);
    }

    /// The features of each crate that is compiled with `packages`.
    fn features(packages: &[&str]) -> BTreeMap<String, BTreeSet<String>> {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut tree = std::process::Command::new(cargo);
        tree.args(["tree", "--locked", "--prefix", "none", "--format", "{p} |{f}"]);
        tree.args(packages.iter().flat_map(|package| ["-p", package]));
        let output = tree.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let mut crates = BTreeMap::<_, BTreeSet<_>>::new();
        // There is an empty line between the trees of two packages.
        for line in String::from_utf8(output.stdout).unwrap().lines().filter(|line| !line.is_empty()) {
            let (name, features) = line.trim_end_matches("(*)").split_once(" |").unwrap();
            let features = features.trim().split(',').filter(|feature| !feature.is_empty());
            crates.entry(name.to_owned()).or_default().extend(features.map(str::to_owned));
        }
        crates
    }

    #[test]
    fn the_host_is_made_of_the_same_whatever_is_compiled_with_it() {
        let all = features(&NATIVE);
        let differing = features(&["fundrail-host"]).into_iter().filter_map(|(name, alone)| {
            let lacking = all.get(&name)?.difference(&alone).cloned().collect::<Vec<_>>();
            (!lacking.is_empty()).then(|| format!("{name}: {}", lacking.join(", ")))
        });
        let differing = differing.collect::<Vec<_>>();
        assert!(
            differing.is_empty(),
            "infra/host/Cargo.toml does not ask for what its neighbours ask of\n    {}",
            differing.join("\n    ")
        );
    }

    #[test]
    fn a_unit_test_is_found_however_deep_it_is() {
        let folder = env::temp_dir().join(format!("fundrail-tests-{}", std::process::id()));
        let file = folder.join("deep/er.rs");
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, "// like #[test]\n").unwrap();
        assert_eq!(first_with_tests(&folder).unwrap(), None);
        fs::write(&file, "mod tests {\n    #[test]\n    fn it() {}\n}\n").unwrap();
        assert_eq!(first_with_tests(&folder).unwrap(), Some(file));
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn what_was_compiled_is_told_from_what_was_there_and_programs_from_libraries() {
        let message = |fresh, executable| {
            format!(
                r#"{{"reason":"compiler-artifact","target":{{"name":"hyper","kind":["lib"]}},"fresh":{fresh},"executable":{executable}}}"#
            )
        };
        let library = Artifact::read(&message(false, "null")).unwrap();
        assert_eq!((library.target.name.as_str(), library.fresh, library.executable), ("hyper", false, None));
        let program = Artifact::read(&message(true, r#""/target/hyper-1""#)).unwrap();
        assert_eq!((program.fresh, program.executable), (true, Some(PathBuf::from("/target/hyper-1"))));
        assert!(Artifact::read(r#"{"reason":"build-finished","success":true}"#).is_none());
        assert!(Artifact::read("Compiling hyper").is_none());
    }
}
