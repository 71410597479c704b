//! Power over the services of an environment: for tests that look into the database or break something.

use std::{
    collections::BTreeMap,
    path::Path,
    process::Command,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::Duration,
};

use postgres::NoTls;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    host::Host,
    paths::xtask_binary,
    services::{Postgres, Redis},
};

/// What only a test that started the services can do.
#[derive(Debug)]
pub struct Control {
    pub(crate) database: Database,
    pub(crate) postgres: Option<Mutex<Postgres>>,
    pub(crate) redis: Arc<Mutex<Redis>>,
    pub(crate) host: Mutex<Host>,
}

impl Control {
    /// The database.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// The Postgres server of this environment alone.
    ///
    /// # Panics
    /// When the environment was started without [`crate::Options::own_postgres`].
    pub fn postgres(&self) -> MutexGuard<'_, Postgres> {
        held(self.postgres.as_ref().expect("an environment with a Postgres of its own"))
    }

    /// The Redis of this environment.
    pub fn redis(&self) -> MutexGuard<'_, Redis> {
        held(&self.redis)
    }

    /// The host of this environment.
    pub fn host(&self) -> MutexGuard<'_, Host> {
        held(&self.host)
    }
}

/// A test that failed while holding it leaves it as usable as before.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A migrated and seeded database of an environment.
#[derive(Debug, Clone)]
pub struct Database {
    name: String,
    admin_url: String,
    component_urls: BTreeMap<String, String>,
    address: String,
}

impl Database {
    /// A database without a host, for tests of what stands in it alone. `None` when the tests are pointed at a
    /// `FUNDRAIL_URL`.
    pub fn start() -> Option<Self> {
        crate::environment::database_without_host()
    }

    /// Copies the template on the server of `admin_url`.
    pub(crate) fn create(admin_url: &str, env_file: Option<&Path>) -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        drop_abandoned(admin_url);
        let name = format!("{PREFIX}{}_{number}", std::process::id());
        let mut command = Command::new(xtask_binary());
        command.args(["database", "--create", &name]).env("DATABASE_URL", admin_url);
        if let Some(file) = env_file {
            command.env("FUNDRAIL_ENV_FILE", file);
        }
        let output = command.output().unwrap_or_else(|error| panic!("cannot run xtask: {error}"));
        let said = String::from_utf8_lossy(&output.stdout);
        let made = said.lines().find_map(|line| serde_json::from_str::<Value>(line).ok());
        let made = made.unwrap_or_else(|| {
            panic!("xtask makes no database: {said}{}", String::from_utf8_lossy(&output.stderr))
        });
        let text =
            |field: &str| made[field].as_str().unwrap_or_else(|| panic!("no {field}: {made}")).to_owned();
        let database = Self {
            name,
            admin_url: text("admin_url"),
            component_urls: serde_json::from_value(made["component_urls"].clone())
                .unwrap_or_else(|error| panic!("no URLs of components: {error}: {made}")),
            address: text("postgres_address"),
        };
        database.review_lists();
        database
    }

    /// Says that the lists which others keep were looked at today: what the tests try is the rules, whenever that is.
    fn review_lists(&self) {
        let sql = "insert into compliance_rule_review (rule_id, rule_version, reviewed_on, next_review_on, source)
            select distinct rule_id, rule_version, current_date, current_date + 30, 'the tests' from compliance_rule_review";
        self.admin().batch_execute(sql).expect("reviews");
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the components of each domain connect by, by the variable of `spin.toml` that it is the value of.
    pub fn component_urls(&self) -> &BTreeMap<String, String> {
        &self.component_urls
    }

    /// The domains, each of which has a role of its own.
    pub fn domains(&self) -> impl Iterator<Item = &str> {
        self.component_urls.keys().filter_map(|variable| variable.strip_suffix("_database_url"))
    }

    /// `postgres://host:port`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// A connection of the administrator, who sees everything.
    pub fn admin(&self) -> postgres::Client {
        postgres::Client::connect(&self.admin_url, NoTls).expect("a connection of the administrator")
    }

    /// A connection as a component of a domain has it, bound to a tenant or to none.
    pub fn connect_as(&self, domain: &str, tenant: Option<Uuid>) -> postgres::Client {
        let url = self.component_urls.get(&format!("{domain}_database_url"));
        let url = url.unwrap_or_else(|| panic!("there is no domain {domain}"));
        let mut client = postgres::Client::connect(url, NoTls).expect("a connection of its role");
        let tenant = tenant.map(|id| id.to_string()).unwrap_or_default();
        client
            .execute(
                "select set_config('app.tenant_id', $1, false), set_config('app.user_id', '', false)",
                &[&tenant],
            )
            .expect("the tenant is set");
        client
    }
}

const PREFIX: &str = "fundrail_test_";

/// Databases of test processes that are gone. (A test binary ends without running any destructor.)
fn drop_abandoned(admin_url: &str) {
    let mut server = postgres::Client::connect(admin_url, NoTls).expect("a connection to DATABASE_URL");
    let like = format!("{}%", PREFIX.replace('_', "\\_"));
    let rows = server.query("select datname::text from pg_database where datname like $1", &[&like]);
    for row in rows.expect("the names of databases") {
        let name: String = row.get(0);
        let process = name.strip_prefix(PREFIX).and_then(|rest| rest.split('_').next()?.parse::<u32>().ok());
        if process.is_some_and(|id| !Path::new("/proc").join(id.to_string()).exists()) {
            let _ = server.batch_execute(&format!("drop database if exists {name} with (force)"));
        }
    }
}

/// Publishes the periodic wake-up on these channels as the ticker does, more often, until nobody else holds `redis`.
pub(crate) fn start_ticker(redis: &Arc<Mutex<Redis>>, channels: Vec<String>) {
    let (url, redis) = (held(redis).url(), Arc::downgrade(redis));
    thread::spawn(move || {
        let client = redis::Client::open(url).expect("an address");
        let mut connection = None;
        while redis.strong_count() > 0 {
            if connection.is_none() {
                connection = client.get_connection_with_timeout(Duration::from_secs(1)).ok();
            }
            let mut wake_ups = redis::pipe();
            for channel in &channels {
                wake_ups.publish(channel, "tick").ignore();
            }
            let published = connection.as_mut().map(|connection| wake_ups.query::<()>(connection));
            if !matches!(published, Some(Ok(()))) {
                connection = None;
            }
            thread::sleep(Duration::from_millis(250));
        }
    });
}
