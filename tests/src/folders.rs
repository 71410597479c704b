//! Where tests leave what they write.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::OnceLock,
};

/// The root of the checkout: of the one that cargo runs the tests of, even if they were compiled in another, from which `target`
/// was copied.
pub fn workspace() -> &'static Path {
    static ROOT: OnceLock<PathBuf> = OnceLock::new();
    ROOT.get_or_init(|| {
        let tests = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        tests.parent().expect("the tests are a folder of the workspace").to_owned()
    })
}

/// What all test binaries of one run share: logs, noted secrets, names of skipped tests.
///
/// `FUNDRAIL_TEST_RUN` when it is set, as `cargo xtask test` does with an empty folder; else `target/tests`, which then
/// also holds what earlier runs have left.
pub fn run_folder() -> PathBuf {
    let folder =
        std::env::var_os("FUNDRAIL_TEST_RUN").map_or_else(|| workspace().join("target/tests"), PathBuf::from);
    fs::create_dir_all(&folder).expect("a folder for logs");
    folder
}

/// A folder of this process in the system's temporary folder, where Postgres' own user can reach it.
pub(crate) fn scratch() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        remove_abandoned();
        let folder = std::env::temp_dir().join(format!("{PREFIX}{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a scratch folder");
        folder
    })
}

const PREFIX: &str = "fundrail-tests-";

/// Scratch folders of processes that are gone. (A test binary ends without running any destructor.)
fn remove_abandoned() {
    let Ok(entries) = fs::read_dir(std::env::temp_dir()) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let process = name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.parse::<u32>().ok());
        if process.is_some_and(|id| !Path::new("/proc").join(id.to_string()).exists()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// The name of the running test binary without cargo's hash.
pub(crate) fn suite() -> String {
    let program = std::env::current_exe().expect("the name of this program");
    let stem = program.file_stem().and_then(|stem| stem.to_str()).unwrap_or("tests");
    stem.rsplit_once('-').map_or(stem, |(name, _)| name).to_owned()
}
