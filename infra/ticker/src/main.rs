//! Wakes the workers.
//!
//! Spin has no timer trigger: periodic work needs a Redis message from outside. A message carries nothing, since it may be lost,
//! or arrive twice: the work is in the database, and a message only says that it is time to look.

use std::{
    io::Write as _,
    process::ExitCode,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::Context as _;
use clap::Parser;
use redis::aio::MultiplexedConnection;
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    time::{Instant, MissedTickBehavior, interval, timeout},
};

/// How long Redis may take to reply; a frozen one counts as gone.
const PATIENCE: Duration = Duration::from_secs(2);

/// The message. Subscribers ignore it.
const PAYLOAD: &str = "tick";

/// Publishes a message to Redis channels at a fixed interval, for as long as it runs.
#[derive(Debug, Parser)]
#[command(version)]
struct Options {
    /// Address of Redis: redis://[:password@]host:port
    #[arg(long, env = "REDIS_URL", hide_env_values = true)]
    redis_url: String,
    /// The channels, comma-separated: those of the Redis triggers in spin.toml
    #[arg(long, env = "FUNDRAIL_TICK_CHANNELS", value_delimiter = ',', required = true)]
    channels: Vec<String>,
    /// Milliseconds between messages
    #[arg(long, env = "FUNDRAIL_TICK_MILLISECONDS", default_value_t = 1000, value_parser = clap::value_parser!(u64).range(10..))]
    milliseconds: u64,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let ended =
        runtime.context("cannot start the runtime").and_then(|runtime| runtime.block_on(run(&options)));
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log("error", &format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Publishes until a signal arrives. Only what can never work is an error.
async fn run(options: &Options) -> anyhow::Result<()> {
    let client = redis::Client::open(options.redis_url.as_str()).context("the URL of Redis is wrong")?;
    let mut ended = Ended::watch()?;
    let mut ticker = Ticker { client, channels: options.channels.clone(), connection: None, well: None };
    let mut ticks = interval(Duration::from_millis(options.milliseconds));
    // After a pause there is nothing to catch up with: one message wakes everybody.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            () = ended.wait() => return Ok(()),
            _ = ticks.tick() => {}
        }
        tokio::select! {
            biased;
            () = ended.wait() => return Ok(()),
            () = ticker.tick() => {}
        }
    }
}

/// The connection to Redis.
struct Ticker {
    client: redis::Client,
    channels: Vec<String>,
    connection: Option<MultiplexedConnection>,
    /// Whether the last message was published, and since when that has been so; `None` before the first.
    well: Option<(bool, Instant)>,
}

impl Ticker {
    /// Publishes once. The next tick reopens a failed connection.
    async fn tick(&mut self) {
        let published = timeout(PATIENCE, self.publish()).await;
        let error = match published {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(format!("{error:#}")),
            Err(_) => Some(format!("Redis does not answer within {} s", PATIENCE.as_secs())),
        };
        if error.is_some() {
            self.connection = None;
        }
        self.note(error.as_deref());
    }

    async fn publish(&mut self) -> anyhow::Result<()> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => {
                self.client.get_multiplexed_async_connection().await.context("cannot connect to Redis")?
            }
        };
        let mut publish = redis::pipe();
        for channel in &self.channels {
            publish.publish(channel, PAYLOAD).ignore();
        }
        publish.query_async::<()>(&mut connection).await.context("cannot publish")?;
        self.connection = Some(connection);
        Ok(())
    }

    /// Reports changes, not every tick.
    fn note(&mut self, error: Option<&str>) {
        let well = error.is_none();
        match (self.well, error) {
            (Some((before, _)), _) if before == well => return,
            (_, Some(error)) => log("warn", error),
            (None, None) => log("info", &format!("publishing to {}", self.channels.join(", "))),
            (Some((_, since)), None) => {
                log("info", &format!("publishing again after {} s", since.elapsed().as_secs()));
            }
        }
        self.well = Some((well, Instant::now()));
    }
}

/// Ctrl-C and SIGTERM.
struct Ended {
    interrupt: Signal,
    terminate: Signal,
}

impl Ended {
    fn watch() -> anyhow::Result<Self> {
        let watch = |kind| signal(kind).context("cannot watch for signals");
        Ok(Self { interrupt: watch(SignalKind::interrupt())?, terminate: watch(SignalKind::terminate())? })
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// One line of JSON on standard output.
fn log(level: &str, message: &str) {
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let line = serde_json::json!({ "level": level, "source": "ticker", "unix_ms": time, "message": message });
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}
