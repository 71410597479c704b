//! `cargo xtask doctor`.

use std::{process::ExitCode, time::Duration};

use crate::{
    cargo::Workspace,
    checkout::Checkout,
    database, debian,
    dev_env::DevEnv,
    node,
    process::{Run, find_program},
    progress::say,
    run_state,
    services::{Given, postgres_bin_dir, redis_server_program},
    user,
    wasm_toolchain::WasmToolchain,
};

/// Result of looking for one thing.
enum Finding {
    /// It is there.
    Good(String),
    /// It is missing, and a command that needs it installs it.
    Coming(String),
    /// It is missing, and this is how to get it.
    Missing(String),
    /// It is missing, and nothing of ours needs it.
    Optional(String),
}

/// Checks everything; the exit code says whether `up` can be expected to work.
pub(crate) async fn run(checkout: &Checkout) -> anyhow::Result<ExitCode> {
    let install = debian::may_install().await;
    let findings = [
        ("Rust", rust().await),
        ("C linker", linker()),
        ("Wasm target", wasm(checkout, install).await),
        ("Postgres", postgres(install).await),
        ("Redis", redis(install)),
        ("settings", settings(checkout)),
        ("workspace", workspace(checkout).await),
        ("Python", python(install)),
        ("Node.js", node(install).await),
        ("running", running(checkout)?),
        ("Spin CLI", spin()),
    ];
    let mut missing = 0;
    for (name, finding) in findings {
        let (mark, text) = match finding {
            Finding::Good(text) => ("ok      ", text),
            Finding::Coming(text) => ("later   ", text),
            Finding::Optional(text) => ("optional", text),
            Finding::Missing(text) => {
                missing += 1;
                ("MISSING ", text)
            }
        };
        say(&format!("{mark}  {name:<12} {}", text.replace('\n', "\n                       ")));
    }
    if missing > 0 {
        say(&format!("\n{missing} missing"));
        return Ok(ExitCode::FAILURE);
    }
    say("\n`cargo xtask up` has what it needs");
    Ok(ExitCode::SUCCESS)
}

async fn rust() -> Finding {
    match Run::new("rustc").args(["--version"]).limit(Duration::from_secs(30)).quietly().await {
        Ok(version) => Finding::Good(version.trim().to_owned()),
        Err(error) => Finding::Missing(format!("{error:#}")),
    }
}

fn linker() -> Finding {
    match find_program("cc") {
        Some(path) => Finding::Good(path.display().to_string()),
        None => Finding::Missing("apt-get install gcc libc6-dev".to_owned()),
    }
}

async fn wasm(checkout: &Checkout, install: bool) -> Finding {
    if let Some(toolchain) = WasmToolchain::present(checkout).await {
        return Finding::Good(toolchain.name().to_owned());
    }
    if find_program("rustup").is_some() || install {
        return Finding::Coming("added by rustup, else from Debian's packages".to_owned());
    }
    Finding::Missing("rustup target add wasm32-wasip2".to_owned())
}

async fn postgres(install: bool) -> Finding {
    match Given::read() {
        Err(error) => return Finding::Missing(format!("{error:#}")),
        Ok(Given { database_url: Some(url), .. }) => {
            return match database::connect(&url).await {
                Ok(_) => Finding::Good(format!("DATABASE_URL: {}", url.redacted())),
                Err(error) => Finding::Missing(format!("DATABASE_URL: {error:#}")),
            };
        }
        Ok(_) => {}
    }
    if let Err(error) = user::User::for_services() {
        return Finding::Missing(format!("{error:#}"));
    }
    match postgres_bin_dir(None) {
        Some(bin) => Finding::Good(format!("{}, started by `up`", bin.display())),
        None => installable("postgresql", install),
    }
}

fn redis(install: bool) -> Finding {
    if let Ok(Given { redis_url: Some(_), .. }) = Given::read() {
        return Finding::Good("REDIS_URL".to_owned());
    }
    match redis_server_program() {
        Some(program) => Finding::Good(format!("{}, started by `up`", program.display())),
        None => installable("redis-server", install),
    }
}

fn installable(package: &str, install: bool) -> Finding {
    let command = format!("apt-get install {package}");
    if install { Finding::Coming(command) } else { Finding::Missing(command) }
}

fn settings(checkout: &Checkout) -> Finding {
    if DevEnv::path(checkout).is_ok_and(|path| !path.exists()) {
        return Finding::Coming("made by `up`".to_owned());
    }
    match DevEnv::open(checkout).and_then(|env| env.check(checkout).map(|()| env)) {
        Ok(env) => Finding::Good(env.file().display().to_string()),
        Err(error) => Finding::Missing(format!("{error:#}")),
    }
}

async fn workspace(checkout: &Checkout) -> Finding {
    match Workspace::read(checkout).await {
        Ok(_) => Finding::Good(checkout.root.display().to_string()),
        Err(error) => Finding::Missing(format!("{error:#}")),
    }
}

fn python(install: bool) -> Finding {
    match find_program("python3") {
        Some(path) => Finding::Good(format!("{}, for schemathesis in `test`", path.display())),
        None if install => {
            Finding::Coming("apt-get install python3-venv, for schemathesis in `test`".to_owned())
        }
        None => Finding::Optional("apt-get install python3-venv, for schemathesis in `test`".to_owned()),
    }
}

async fn node(install: bool) -> Finding {
    match (node::version().await, find_program("npm")) {
        (Ok(version), Some(_)) => Finding::Good(format!("{version}, for the contracts and the local chain")),
        _ if install => Finding::Coming(
            "apt-get install nodejs npm, by `test`, for the contracts; `up` runs no local chain until then"
                .to_owned(),
        ),
        _ => {
            Finding::Optional("apt-get install nodejs npm, for the contracts and the local chain".to_owned())
        }
    }
}

fn running(checkout: &Checkout) -> anyhow::Result<Finding> {
    let running = run_state::running(checkout)?;
    let running = running.filter(|running| running.xtask.is_some_and(crate::process::Identity::is_alive));
    Ok(Finding::Good(match running {
        None => "nothing".to_owned(),
        Some(running) => match running.address {
            Some(address) => format!("`{}`, at http://{address}", running.command),
            None => format!("`{}`", running.command),
        },
    }))
}

fn spin() -> Finding {
    match find_program("spin") {
        Some(path) => Finding::Good(path.display().to_string()),
        None => Finding::Optional("not needed: our host runs the same files".to_owned()),
    }
}
