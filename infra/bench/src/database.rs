//! A database of the run's own, and the variables that point both servers at it.

use std::{
    collections::BTreeMap,
    env, fs,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context as _, anyhow, bail};
use fundrail_kit::webhook::Secrets;
use serde::Deserialize;
use tokio_postgres::NoTls;

/// Requests a minute of every class of routes, so that no limit is ever reached. It is still looked up and counted.
const UNREACHED_LIMIT: u64 = 6_000_000;

/// A migrated and seeded database, dropped with this value.
pub(crate) struct Database {
    created: Created,
    /// What both servers are given, as environment.
    pub variables: BTreeMap<String, String>,
}

/// What `xtask database --create` prints.
#[derive(Deserialize)]
struct Created {
    database: String,
    admin_url: String,
    component_urls: BTreeMap<String, String>,
    postgres_address: String,
}

impl Database {
    /// Makes one, on the services that `cargo xtask bench` has started.
    pub(crate) fn create(root: &Path) -> anyhow::Result<Self> {
        let name = format!("fundrail_bench_{}", std::process::id());
        let output = xtask(&["--create", &name])?;
        let created: Created = serde_json::from_slice(&output).context("xtask printed no URLs")?;
        let mut variables = defaults(root)?;
        let limits = variables.get("SPIN_VARIABLE_RATE_LIMITS").context("spin.toml has no limits")?;
        let limits = unreached(limits);
        variables.extend(settings()?);
        let redis = variable("REDIS_URL")?;
        let redis_address = redis.split('@').next_back().unwrap_or(&redis).trim_start_matches("redis://");
        let redis_address = redis_address.split('/').next().unwrap_or(redis_address);
        let mut set = |name: &str, value: String| variables.insert(format!("SPIN_VARIABLE_{name}"), value);
        for (name, url) in &created.component_urls {
            set(&name.to_uppercase(), url.clone());
        }
        set("POSTGRES_ADDRESS", created.postgres_address.clone());
        set("REDIS_URL", redis.clone());
        set("REDIS_ADDRESS", format!("redis://{redis_address}"));
        set("RATE_LIMITS", limits);
        Ok(Self { created, variables })
    }

    /// Runs statements as the administrator.
    pub(crate) fn administer(&self, sql: &str) -> anyhow::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(&self.created.admin_url, NoTls).await?;
            tokio::spawn(connection);
            client.batch_execute(sql).await.context("a statement of the benchmark failed")
        })
    }

    /// The secrets of the chain webhook.
    pub(crate) fn webhook_secrets(&self) -> anyhow::Result<Secrets> {
        let secrets =
            self.variables.get("SPIN_VARIABLE_WEBHOOK_SECRETS").context("there is no webhook secret")?;
        Secrets::parse(secrets).map_err(|wrong| anyhow!("the variable `webhook_secrets` {wrong}"))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // Best effort: the services are usually private, and gone with the command that started them.
        let _ = xtask(&["--drop", &self.created.database]);
    }
}

fn xtask(arguments: &[&str]) -> anyhow::Result<Vec<u8>> {
    let mut command = Command::new(variable("FUNDRAIL_XTASK_BIN")?);
    let command = command.arg("database").args(arguments).stdin(Stdio::null()).stderr(Stdio::inherit());
    let output = command.output().context("cannot run xtask")?;
    if !output.status.success() {
        bail!("`xtask database {}` failed", arguments.join(" "));
    }
    Ok(output.stdout)
}

fn variable(name: &str) -> anyhow::Result<String> {
    env::var(name).with_context(|| format!("{name} is not set: start me by `cargo xtask bench`"))
}

/// The settings and secrets that the seeded database was made with.
fn settings() -> anyhow::Result<BTreeMap<String, String>> {
    let path = variable("FUNDRAIL_ENV_FILE")?;
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
    let pairs = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('='));
    Ok(pairs.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())).collect())
}

/// The defaults of the application's variables: the twin reads no manifest.
fn defaults(root: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let manifest: toml::Table = fs::read_to_string(root.join("spin.toml"))?.parse()?;
    let variables =
        manifest.get("variables").and_then(toml::Value::as_table).context("spin.toml has no variables")?;
    let defaults = variables.iter().filter_map(|(name, variable)| {
        let default = variable.get("default")?.as_str()?;
        Some((format!("SPIN_VARIABLE_{}", name.to_uppercase()), default.to_owned()))
    });
    Ok(defaults.collect())
}

/// The same classes of routes, with limits that nobody reaches.
fn unreached(limits: &str) -> String {
    let classes = limits.split(',').filter_map(|limit| limit.split('=').next());
    classes.map(|class| format!("{}={UNREACHED_LIMIT}", class.trim())).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_gets_the_limit_that_nobody_reaches() {
        assert_eq!(unreached("default=600, login=20"), "default=6000000,login=6000000");
    }
}
