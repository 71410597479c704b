//! An environment: something that answers HTTP, and, when it was started here, power over what it runs on.

use std::{
    env,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use crate::{
    Client, Request,
    control::{Control, Database, start_ticker},
    folders::{run_folder, scratch, suite, workspace},
    host::Host,
    manifest::triggers,
    services::{Postgres, Redis},
    variables::Variables,
};

/// How an environment is to be.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// A Postgres server of its own, that a test may crash.
    pub own_postgres: bool,
    /// The Spin manifest, from the root of the checkout; `spin.toml` when empty.
    pub manifest: PathBuf,
    /// Further arguments of `fundrail-host up`.
    pub host_arguments: Vec<String>,
    /// Variables of the components that are to be different, as `("environment", "production")`.
    pub variables: Vec<(&'static str, String)>,
}

/// Something that answers HTTP.
#[derive(Debug)]
pub struct Environment {
    client: Client,
    variables: Variables,
    control: Option<Control>,
}

/// The environment that all tests of this binary share.
pub fn shared() -> &'static Environment {
    static SHARED: OnceLock<Environment> = OnceLock::new();
    SHARED.get_or_init(|| match env::var("FUNDRAIL_URL") {
        Ok(url) if !url.is_empty() => Environment::remote(&url),
        _ => Environment::boot(&Options::default()),
    })
}

impl Environment {
    /// An environment of the caller's own. `None` when the tests are pointed at a `FUNDRAIL_URL`, where nothing can be
    /// started.
    pub fn start(options: &Options) -> Option<Self> {
        (!is_remote()).then(|| Self::boot(options))
    }

    fn remote(url: &str) -> Self {
        let file = env_file();
        let variables = if file.is_file() { Variables::read(&file) } else { Variables::default() };
        Self { client: Client::new(url), variables, control: None }
    }

    fn boot(options: &Options) -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let server = server(options.own_postgres);
        let database = Database::create(&server.admin_url, server.env_file.as_deref());
        let redis = Redis::start();
        let mut variables = Variables::read(&server.env_file.unwrap_or_else(env_file));
        for (name, url) in database.component_urls() {
            variables.set(&format!("SPIN_VARIABLE_{}", name.to_uppercase()), url);
        }
        variables.set("SPIN_VARIABLE_POSTGRES_ADDRESS", database.address());
        variables.set("SPIN_VARIABLE_REDIS_URL", &redis.url());
        variables.set("SPIN_VARIABLE_REDIS_ADDRESS", redis.url().trim_end_matches("/0"));
        for (name, value) in &options.variables {
            variables.set(&format!("SPIN_VARIABLE_{}", name.to_uppercase()), value);
        }
        let file = scratch().join(format!("variables-{number}.env"));
        variables.write(&file);
        let manifest =
            if options.manifest.as_os_str().is_empty() { Path::new("spin.toml") } else { &options.manifest };
        let log = run_folder().join(format!("{}-{number}.log", suite()));
        let host = Host::start(&workspace().join(manifest), &file, &options.host_arguments, &log);
        let redis = Arc::new(Mutex::new(redis));
        let channels = triggers(&workspace().join(manifest), "redis").into_iter().map(|(channel, _)| channel);
        start_ticker(&redis, channels.collect());
        let client = Client::new(&host.url());
        let postgres = server.postgres.map(Mutex::new);
        Self {
            client,
            variables,
            control: Some(Control { database, postgres, redis, host: Mutex::new(host) }),
        }
    }

    /// Power over the services. `None` when the tests are pointed at a `FUNDRAIL_URL`:
    /// `let Some(control) = env.control() else { return skip("it looks into the database") };`
    pub fn control(&self) -> Option<&Control> {
        self.control.as_ref()
    }

    /// The settings that the environment runs with.
    pub fn variables(&self) -> &Variables {
        &self.variables
    }

    /// The secret that webhooks are signed with.
    ///
    /// # Panics
    /// When the tests are pointed at a `FUNDRAIL_URL` without `FUNDRAIL_ENV_FILE` naming its settings.
    pub fn webhook_secret(&self) -> &str {
        let secrets =
            self.variables.get("SPIN_VARIABLE_WEBHOOK_SECRETS").and_then(|all| all.split(',').next());
        secrets.expect("SPIN_VARIABLE_WEBHOOK_SECRETS in the file that FUNDRAIL_ENV_FILE names")
    }

    /// The caller.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// A request of any method.
    pub fn request(&self, method: &str, path: &str) -> Request<'_> {
        self.client.request(method, path)
    }

    /// A GET.
    pub fn get(&self, path: &str) -> Request<'_> {
        self.request("GET", path)
    }

    /// A POST.
    pub fn post(&self, path: &str) -> Request<'_> {
        self.request("POST", path)
    }

    /// A PATCH.
    pub fn patch(&self, path: &str) -> Request<'_> {
        self.request("PATCH", path)
    }

    /// A PUT.
    pub fn put(&self, path: &str) -> Request<'_> {
        self.request("PUT", path)
    }

    /// A DELETE.
    pub fn delete(&self, path: &str) -> Request<'_> {
        self.request("DELETE", path)
    }
}

fn is_remote() -> bool {
    env::var("FUNDRAIL_URL").is_ok_and(|url| !url.is_empty())
}

/// See [`Database::start`].
pub(crate) fn database_without_host() -> Option<Database> {
    (!is_remote()).then(|| {
        let server = server(false);
        Database::create(&server.admin_url, server.env_file.as_deref())
    })
}

/// A Postgres server to make databases on, and the settings whose role passwords it has.
struct Server {
    admin_url: String,
    env_file: Option<PathBuf>,
    postgres: Option<Postgres>,
}

fn server(own: bool) -> Server {
    match env::var("DATABASE_URL") {
        Ok(admin_url) if !own && !admin_url.is_empty() => {
            Server { admin_url, env_file: None, postgres: None }
        }
        _ if own => started(Postgres::start()),
        _ => {
            // One for all environments of this binary: it is the database that each has of its own.
            static SERVER: OnceLock<(Postgres, PathBuf)> = OnceLock::new();
            let (postgres, file) = SERVER.get_or_init(|| {
                let server = started(Postgres::start());
                (server.postgres.expect("just started"), server.env_file.expect("just named"))
            });
            Server { admin_url: postgres.admin_url(), env_file: Some(file.clone()), postgres: None }
        }
    }
}

/// Passwords of roles belong to a server, so each gets settings of its own.
fn started(postgres: Postgres) -> Server {
    let admin_url = postgres.admin_url();
    let port =
        admin_url.rsplit(':').next().and_then(|rest| rest.split('/').next()).unwrap_or_default().to_owned();
    Server { admin_url, env_file: Some(scratch().join(format!("dev-{port}.env"))), postgres: Some(postgres) }
}

/// The settings of the checkout: `FUNDRAIL_ENV_FILE`, else `.local/dev.env`.
fn env_file() -> PathBuf {
    env::var_os("FUNDRAIL_ENV_FILE").map_or_else(|| workspace().join(".local/dev.env"), PathBuf::from)
}
