//! `.local/dev.env`: the variables of `spin.toml` for this machine, with secrets that are created once and kept.
//!
//! `KEY=VALUE` lines that need no quoting, so that both our host and a shell can read the file: `set -a; . .local/dev.env; set
//! +a; spin up`.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};

use crate::{
    checkout::{Checkout, write_private},
    database::{self, DatabaseUrl, component_url},
    progress::say,
    random,
    spin_manifest::SpinManifest,
};

const HEADER: &str = "\
# Development settings of this checkout, made by `cargo xtask up`. Keep them to yourself: they hold secrets.
# Addresses follow the services; everything else stays as it is here. To use them with stock Spin, while `up` or
# your own Postgres and Redis run:  set -a; . .local/dev.env; set +a; spin up
";

/// How many times more requests per minute a development machine allows than `spin.toml` does by default.
const DEVELOPMENT_RATE_FACTOR: u64 = 1000;

/// Address of the local chain, for scripts.
const CHAIN_URL: &str = "FUNDRAIL_CHAIN_URL";

/// The passwords of the roles that can log in.
#[derive(Clone)]
pub(crate) struct RolePasswords {
    /// Of `fundrail_owner`.
    pub owner: String,
    /// Of the role of each domain, by the name of the domain.
    pub components: BTreeMap<String, String>,
}

/// The file's contents.
#[derive(Clone)]
pub(crate) struct DevEnv {
    path: PathBuf,
    /// The domains, each of which connects to the database as a role of its own.
    domains: Vec<String>,
    /// In the order of the file.
    entries: Vec<(String, String)>,
    /// Names of what has been generated since it was read.
    generated: Vec<String>,
}

impl DevEnv {
    /// Where a checkout's file is, unless `FUNDRAIL_ENV_FILE` names another.
    pub(crate) fn path(checkout: &Checkout) -> anyhow::Result<PathBuf> {
        match env::var_os("FUNDRAIL_ENV_FILE") {
            Some(path) => Ok(path.into()),
            None => Ok(checkout.local()?.join("dev.env")),
        }
    }

    /// Reads the checkout's file, creates what is missing in it, and writes it back if anything was.
    pub(crate) fn open(checkout: &Checkout) -> anyhow::Result<Self> {
        Self::open_at(checkout, &Self::path(checkout)?)
    }

    /// The same for the file at `path`. Of several callers at once, one creates what is missing and the others find it.
    pub(crate) fn open_at(checkout: &Checkout, path: &Path) -> anyhow::Result<Self> {
        let manifest = SpinManifest::read(checkout)?;
        let _lock = lock(path)?;
        let domains = database::domains(&checkout.migrations())?;
        let mut env = Self { path: path.to_owned(), domains, entries: read(path)?, generated: Vec::new() };
        env.generate(&manifest)?;
        if !env.generated.is_empty() {
            env.save()?;
        }
        Ok(env)
    }

    /// Sets the addresses to those of running services, and writes the file if that changes anything in it.
    pub(crate) fn point_at(&mut self, database: &DatabaseUrl, redis: Option<&str>) -> anyhow::Result<()> {
        let _lock = lock(&self.path)?;
        // As it is now: somebody else may have written it since.
        self.entries = read(&self.path)?;
        let before = self.entries.clone();
        let passwords = self.role_passwords()?;
        for (domain, password) in &passwords.components {
            self.set(&database_variable(domain), component_url(database, domain, password).as_str());
        }
        self.set("SPIN_VARIABLE_POSTGRES_ADDRESS", &database.address());
        let owner = database.with_role("fundrail_owner", &passwords.owner);
        self.set("FUNDRAIL_OWNER_DATABASE_URL", owner.as_str());
        if let Some(redis) = redis {
            self.set("SPIN_VARIABLE_REDIS_URL", redis);
            self.set("SPIN_VARIABLE_REDIS_ADDRESS", &redis_address(redis)?);
        }
        if self.entries == before { Ok(()) } else { self.save() }
    }

    /// Sets the address of the local chain, or removes it if there is none.
    pub(crate) fn point_at_chain(&mut self, url: Option<&str>) -> anyhow::Result<()> {
        let _lock = lock(&self.path)?;
        self.entries = read(&self.path)?;
        let before = self.entries.clone();
        match url {
            Some(url) => self.set(CHAIN_URL, url),
            None => self.entries.retain(|(name, _)| name != CHAIN_URL),
        }
        if self.entries == before { Ok(()) } else { self.save() }
    }

    /// An error if `spin.toml` requires a variable that neither the file nor the environment has.
    pub(crate) fn check(&self, checkout: &Checkout) -> anyhow::Result<()> {
        let manifest = SpinManifest::read(checkout)?;
        // The addresses are known once the services are running.
        let mut addresses: Vec<String> =
            self.domains.iter().map(|domain| database_variable(domain)).collect();
        addresses.push("SPIN_VARIABLE_REDIS_URL".to_owned());
        let has = |name: &String| {
            addresses.contains(name) || self.get(name).is_some() || env::var_os(name).is_some()
        };
        let missing: Vec<String> = manifest.required().map(variable).filter(|name| !has(name)).collect();
        if !missing.is_empty() {
            bail!(
                "spin.toml requires variables that {} does not have: {}. Set them there or in the environment; what \
                 every checkout needs is made in infra/xtask/src/dev_env.rs",
                self.path.display(),
                missing.join(", ")
            );
        }
        Ok(())
    }

    /// A value.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.entries.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A value whose existence `open` has ensured.
    pub(crate) fn require(&self, name: &str) -> anyhow::Result<&str> {
        self.get(name).with_context(|| format!("{} has no {name}", self.path.display()))
    }

    /// The role passwords.
    pub(crate) fn role_passwords(&self) -> anyhow::Result<RolePasswords> {
        let password = |domain: &String| {
            let password = self.require(&password_variable(domain))?;
            Ok((domain.clone(), password.to_owned()))
        };
        Ok(RolePasswords {
            owner: self.require("FUNDRAIL_OWNER_PASSWORD")?.to_owned(),
            components: self.domains.iter().map(password).collect::<anyhow::Result<_>>()?,
        })
    }

    /// Shows what was newly created, once: `KEY=VALUE` lines with their present values.
    pub(crate) fn say_generated(&mut self) {
        let names = std::mem::take(&mut self.generated);
        if names.is_empty() {
            return;
        }
        say(&format!("\nGenerated and kept in {}, shown this once:\n", self.path.display()));
        for name in names {
            say(&format!("    {name}={}", self.get(&name).unwrap_or_default()));
        }
        say("");
    }

    /// Everything but the addresses: what data created with these settings depends on.
    pub(crate) fn secrets(&self) -> String {
        let kept = |name: &str| !name.ends_with("_URL") && !name.ends_with("_ADDRESS");
        self.entries
            .iter()
            .filter(|(name, _)| kept(name))
            .map(|(name, value)| format!("{name}={value}\n"))
            .collect::<Vec<_>>()
            .concat()
    }

    /// Where it is.
    pub(crate) fn file(&self) -> &Path {
        &self.path
    }

    fn generate(&mut self, manifest: &SpinManifest) -> anyhow::Result<()> {
        self.ensure("SPIN_VARIABLE_ENVIRONMENT", || Ok("development".to_owned()))?;
        self.ensure("SPIN_VARIABLE_MAIL_TRANSPORT", || Ok("outbox".to_owned()))?;
        self.ensure("SPIN_VARIABLE_ENCRYPTION_KEYS", || Ok(format!("k1:{}", random::base64::<32>()?)))?;
        let keys = self.require("SPIN_VARIABLE_ENCRYPTION_KEYS")?.to_owned();
        self.ensure("SPIN_VARIABLE_DEVELOPMENT_ENCRYPTION_KEYS", || Ok(keys))?;
        self.ensure("SPIN_VARIABLE_WEBHOOK_SECRETS", || Ok(format!("whsec_{}", random::base64::<24>()?)))?;
        // Anybody on this machine may say where they come from, and tests do; all of them share its address.
        self.ensure("SPIN_VARIABLE_TRUSTED_PROXIES", || Ok("127.0.0.1/32,::1/128".to_owned()))?;
        self.ensure("SPIN_VARIABLE_FORWARDED_HEADER", || Ok("forwarded".to_owned()))?;
        self.ensure(
            "SPIN_VARIABLE_LOCKOUT_THRESHOLDS",
            || Ok("pair=5,account=20,address=100000".to_owned()),
        )?;
        self.ensure("FUNDRAIL_OWNER_PASSWORD", random::password)?;
        for domain in self.domains.clone() {
            self.ensure(&password_variable(&domain), random::password)?;
        }
        for who in ["DEMO", "DEMO_ISSUER"] {
            let email = format!("{}@example.com", who.to_lowercase().replace('_', "-"));
            self.ensure(&format!("FUNDRAIL_{who}_EMAIL"), || Ok(email))?;
            self.ensure(&format!("FUNDRAIL_{who}_PASSWORD"), random::password)?;
        }
        let limits = manifest.default_of("rate_limits").unwrap_or_default();
        let current = self.get("SPIN_VARIABLE_RATE_LIMITS").unwrap_or_default();
        let limits = development_limits(limits, current)?;
        if limits != current {
            self.set("SPIN_VARIABLE_RATE_LIMITS", &limits);
            self.generated.push("SPIN_VARIABLE_RATE_LIMITS".to_owned());
        }
        Ok(())
    }

    fn ensure(&mut self, name: &str, make: impl FnOnce() -> anyhow::Result<String>) -> anyhow::Result<()> {
        if self.get(name).is_none() {
            self.entries.push((name.to_owned(), make()?));
            self.generated.push(name.to_owned());
        }
        Ok(())
    }

    fn set(&mut self, name: &str, value: &str) {
        match self.entries.iter_mut().find(|(key, _)| key == name) {
            Some((_, current)) => value.clone_into(current),
            None => self.entries.push((name.to_owned(), value.to_owned())),
        }
    }

    fn save(&self) -> anyhow::Result<()> {
        let lines: Vec<String> = self.entries.iter().map(|(key, value)| format!("{key}={value}\n")).collect();
        write_private(&self.path, &format!("{HEADER}{}", lines.concat()))
    }
}

/// Keeps every other process, and every other caller in this one, from the settings at `path` until it is dropped.
fn lock(path: &Path) -> anyhow::Result<fs::File> {
    let beside = path.with_extension("lock");
    let lock = || -> std::io::Result<fs::File> {
        let file = fs::OpenOptions::new().create(true).truncate(false).write(true).open(&beside)?;
        file.lock()?;
        Ok(file)
    };
    lock().with_context(|| format!("cannot lock {}", beside.display()))
}

/// The entries of the file at `path`; empty if it does not exist.
fn read(path: &Path) -> anyhow::Result<Vec<(String, String)>> {
    match fs::read_to_string(path) {
        Ok(text) => parse(&text).with_context(|| format!("cannot understand {}", path.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

/// The environment variable of the address by which the components of a domain connect.
fn database_variable(domain: &str) -> String {
    variable(&database::variable_of(domain))
}

/// The environment variable of the password of a domain's role. Not that of somebody whose account is seeded.
fn password_variable(domain: &str) -> String {
    format!("FUNDRAIL_ROLE_{}_PASSWORD", domain.to_uppercase())
}

/// The environment variable of a variable of `spin.toml`.
fn variable(name: &str) -> String {
    format!("SPIN_VARIABLE_{}", name.to_uppercase())
}

fn parse(text: &str) -> anyhow::Result<Vec<(String, String)>> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let (key, value) =
                line.split_once('=').with_context(|| format!("no `=` in the line `{line}`"))?;
            Ok((key.trim().to_owned(), value.trim().to_owned()))
        })
        .collect()
}

/// `redis://:password@host:port/0` → `redis://host:port`.
fn redis_address(url: &str) -> anyhow::Result<String> {
    let (scheme, rest) = url.split_once("://").context("REDIS_URL must begin with redis:// or rediss://")?;
    if !matches!(scheme, "redis" | "rediss") {
        bail!("REDIS_URL must begin with redis:// or rediss://, not {scheme}://");
    }
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    if host.is_empty() {
        bail!("REDIS_URL names no host");
    }
    let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    Ok(if has_port { format!("{scheme}://{host}") } else { format!("{scheme}://{host}:6379") })
}

/// Each class in `defaults` (`class=limit,…`): the value in `current`, or else a generous one.
fn development_limits(defaults: &str, current: &str) -> anyhow::Result<String> {
    let mut limits: BTreeMap<String, u64> = BTreeMap::new();
    for (text, factor) in [(defaults, DEVELOPMENT_RATE_FACTOR), (current, 1)] {
        for entry in text.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            let limit =
                entry.split_once('=').and_then(|(class, limit)| Some((class, limit.parse::<u64>().ok()?)));
            let (class, limit) = limit.with_context(|| format!("no `class=limit`: `{entry}`"))?;
            limits.insert(class.to_owned(), limit.saturating_mul(factor));
        }
    }
    let limits: Vec<String> = limits.iter().map(|(class, limit)| format!("{class}={limit}")).collect();
    Ok(limits.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_keep_what_was_set_and_gain_new_classes() {
        let limits = development_limits("default=600,login=20", "login=7").unwrap();
        assert_eq!(limits, "default=600000,login=7");
    }

    #[test]
    fn the_address_of_redis_has_no_password_and_always_a_port() {
        assert_eq!(redis_address("redis://:pw@127.0.0.1:7000/0").unwrap(), "redis://127.0.0.1:7000");
        assert_eq!(redis_address("rediss://cache.example").unwrap(), "rediss://cache.example:6379");
        assert!(redis_address("127.0.0.1:6379").is_err());
    }

    #[test]
    fn values_may_hold_equals_signs() {
        let entries = parse("# a comment\n\nKEY=k1:AAA=\n").unwrap();
        assert_eq!(entries, [("KEY".to_owned(), "k1:AAA=".to_owned())]);
        assert!(parse("no assignment").is_err());
    }

    #[test]
    fn secrets_are_made_once_and_kept() {
        let checkout = Checkout::find().unwrap();
        let path = env::temp_dir().join(format!("fundrail-dev-env-{}", std::process::id()));
        let first = DevEnv::open_at(&checkout, &path).unwrap();
        let again = DevEnv::open_at(&checkout, &path).unwrap();
        for file in [&path, &path.with_extension("lock")] {
            fs::remove_file(file).unwrap();
        }
        assert!(!first.generated.is_empty());
        assert!(again.generated.is_empty());
        assert_eq!(first.entries, again.entries);
    }

    #[test]
    fn two_who_begin_at_once_have_the_same_secrets() {
        let checkout = Checkout::find().unwrap();
        let path = env::temp_dir().join(format!("fundrail-dev-env-race-{}", std::process::id()));
        let opened: Vec<DevEnv> = std::thread::scope(|scope| {
            let open = || DevEnv::open_at(&checkout, &path).unwrap();
            let openers: Vec<_> = (0..8).map(|_| scope.spawn(open)).collect();
            openers.into_iter().map(|opener| opener.join().unwrap()).collect()
        });
        let kept = read(&path).unwrap();
        for file in [&path, &path.with_extension("lock")] {
            fs::remove_file(file).unwrap();
        }
        assert!(opened.iter().all(|env| env.entries == kept), "all of them, and the file");
        assert_eq!(opened.iter().filter(|env| !env.generated.is_empty()).count(), 1, "one has made them");
    }
}
