//! What `cargo xtask` runs first. It compiles in a second, so that somebody with a fresh checkout is told at once what the next
//! minutes are for; then it lets cargo compile xtask, and becomes it.

use std::{
    env,
    io::Write as _,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, ExitCode, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

/// The profile that xtask shares with host and tests. It has this name in the workspace's `Cargo.toml`.
const PROFILE: &str = "native";

/// Time that may pass in silence.
const PATIENCE: Duration = Duration::from_millis(1500);

/// How often it reports that the compiler is still at work.
const CLOCK: Duration = Duration::from_secs(15);

fn main() -> ExitCode {
    // As cargo says now, rather than when this was compiled: a checkout may have been moved, or copied with its `target`.
    let here = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let root = Path::new(&here).join("../..");
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |dir| root.join(dir));
    let xtask = target.join(PROFILE).join("xtask");
    match compile(&root, &xtask) {
        Ok(status) if status.success() => {}
        Ok(status) => {
            return ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(101));
        }
        Err(error) => return complain(&format!("cannot run cargo: {error}")),
    }
    let error = Command::new(&xtask).args(env::args_os().skip(1)).exec();
    complain(&format!("cannot run {}: {error}", xtask.display()))
}

/// Lets cargo compile xtask, and says so unless it is done at once.
fn compile(root: &Path, xtask: &Path) -> std::io::Result<ExitStatus> {
    let start = Instant::now();
    let first = !xtask.is_file();
    if first {
        say("==> xtask, which does all the rest (compiled once: about a minute on two cores)");
    }
    let cargo = env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from);
    let mut command = Command::new(cargo);
    // No package is named: cargo takes `default-members`, i.e. everything native, whose features therefore are those of every
    // other build. Another selection would compile what they share a second time.
    command.args(["build", "--profile", PROFILE, "--bin", "xtask"]);
    if !first {
        command.arg("--quiet");
    }
    command.current_dir(root).stdin(Stdio::null());
    for (name, _) in env::vars_os().filter(|(name, _)| name.to_str().is_some_and(describes_a_package)) {
        command.env_remove(name);
    }
    let mut cargo = command.spawn()?;
    // The first time, cargo shows what it does; later it is nearly always done at once, and only otherwise worth a word.
    let status = if first { cargo.wait()? } else { wait(&mut cargo, start)? };
    if status.success() && start.elapsed() > PATIENCE {
        say(&format!("    done in {:.1} s", start.elapsed().as_secs_f64()));
    }
    Ok(status)
}

fn wait(cargo: &mut Child, start: Instant) -> std::io::Result<ExitStatus> {
    let mut said = 0;
    loop {
        if let Some(status) = cargo.try_wait()? {
            return Ok(status);
        }
        let elapsed = start.elapsed();
        if said == 0 && elapsed > PATIENCE {
            say("==> xtask, which has changed");
            said = 1;
        } else if elapsed > CLOCK * said && said > 0 {
            say(&format!("    {}:{:02}", elapsed.as_secs() / 60, elapsed.as_secs() % 60));
            said += 1;
        }
        thread::sleep(Duration::from_millis(10));
    }
}

/// Whether cargo has set a variable to describe this package: some build scripts would take that as a change.
fn describes_a_package(name: &str) -> bool {
    ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
        || name == "CARGO_PRIMARY_PACKAGE"
}

/// Prints a line. A reader that has gone away is no reason to stop.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

fn complain(line: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr().lock(), "error: {line}");
    ExitCode::from(101)
}
