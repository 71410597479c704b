//! The order of things: start, compare, warm up, press in turn, report.

use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use serde_json::json;

use crate::{
    cases::{CASES, Cache, Case, Setup, comparable},
    cli::{Arguments, Measurement, Throughput},
    cold_start,
    database::Database,
    load::{Client, Pressure, Round, excerpt, next_number, press},
    report::{self, Measured},
    sizes,
    stack::{Paths, Server, say},
    timing, work,
};

/// Not timed: connections, pools, caches and prepared statements come to be.
const WARM_UP: Duration = Duration::from_secs(2);
/// Of a case that is cached, the answers that may come from elsewhere: while an entry is renewed.
const MISSES_PER_THOUSAND: usize = 10;

/// Does what was asked.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    match &arguments.command {
        Some(Measurement::Timing(options)) => timing::run(options),
        None => throughput(&arguments.throughput),
    }
}

/// Everything that is pressed.
struct Stage {
    host: Server,
    twin: Server,
    client: Client,
    setup: Setup,
    /// Last, since the servers hold connections to it.
    database: Database,
}

fn throughput(options: &Throughput) -> anyhow::Result<()> {
    let chosen = chosen(options)?;
    let paths = Paths::find()?;
    let database = Database::create(&paths.root)?;
    work::forget_cached(&database)?;
    let host = Server::host(&paths, &paths.write_manifest()?, &database.variables)?;
    let twin = Server::twin(&paths, &database.variables)?;
    let mut client = Client::new(host.address)?;
    let cold = chosen.iter().any(|case| case.cache == Cache::Misses);
    let setup = Setup::new(&mut client, &database, cold)?;
    let mut stage = Stage { host, twin, client, setup, database };
    say(&format!(
        "{} connections, {} rounds of {} s each; generator, servers, Postgres and Redis share {} cores\n",
        options.connections,
        options.rounds,
        options.seconds,
        cores()
    ));
    let mut measured = Vec::new();
    for case in chosen {
        let done = measure(case, options, &mut stage).map_err(|error| {
            // A component's last lines are on their way.
            std::thread::sleep(Duration::from_millis(500));
            let tails =
                [&stage.host, &stage.twin].map(|server| format!("{}: {}", server.name, server.log_tail()));
            error.context(format!("{}\n{}", case.name, tails.join("\n")))
        });
        measured.push(done?);
    }
    report::print(&measured);
    let memory = report::memory(&stage.host, &stage.twin)?;
    let sizes = sizes::measure(&paths)?;
    let cold_starts = if options.only.is_empty() { cold_start::measure(&stage.host)? } else { Vec::new() };
    let details = json!({ "cases": measured, "memory": memory, "sizes": sizes, "cold_starts": cold_starts });
    report::write(&paths.out, &measured, &details)
}

/// The cases that were asked for.
fn chosen(options: &Throughput) -> anyhow::Result<Vec<&'static Case>> {
    let names = || CASES.iter().map(|case| case.name).collect::<Vec<_>>().join(", ");
    for name in &options.only {
        ensure!(CASES.iter().any(|case| case.name == name), "there is no case `{name}`, only {}", names());
    }
    let wanted = |case: &&Case| options.only.is_empty() || options.only.iter().any(|name| name == case.name);
    Ok(CASES.iter().filter(wanted).collect())
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

fn measure(case: &Case, options: &Throughput, stage: &mut Stage) -> anyhow::Result<Measured> {
    compare(case, stage)?;
    let duration = Duration::try_from_secs_f64(options.seconds).context("--seconds")?;
    let mut rounds: [Vec<Round>; 2] = [Vec::new(), Vec::new()];
    for number in 0..=options.rounds {
        // A token lasts ten minutes, and a case may take longer.
        stage.setup.renew(&mut stage.client)?;
        let make = (case.make)(&stage.setup);
        let warm_up = number == 0;
        let duration = if warm_up { WARM_UP } else { duration };
        let pressure = Pressure { connections: options.connections, threads: cores(), duration };
        // Whoever went first goes second in the next round.
        let order = if number % 2 == 0 { [0, 1] } else { [1, 0] };
        for side in order {
            let (server, rounds) = match (side, &mut rounds) {
                (0, [native, _]) => (&stage.twin, native),
                (_, [_, host]) => (&stage.host, host),
            };
            let round = press(server.address, &make, pressure)?;
            server.empty_log()?;
            if !warm_up {
                check_cache(case, &round).with_context(|| server.name)?;
                rounds.push(round);
            }
        }
    }
    let [native, host] = &rounds;
    let mut measured = Measured::of(case, native, host);
    measured.native.scripts = scripts(case, &stage.twin, stage)?;
    measured.host.scripts = scripts(case, &stage.host, stage)?;
    say(&format!(
        "{}: ratio {:.3}; a request runs {:.2} scripts natively, {:.2} on the host",
        case.name, measured.ratio, measured.native.scripts, measured.host.scripts
    ));
    Ok(measured)
}

/// Scripts of Redis a request, in a short round of its own.
#[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn scripts(case: &Case, server: &Server, stage: &Stage) -> anyhow::Result<f64> {
    let pressure = Pressure { connections: 1, threads: 1, duration: Duration::from_millis(500) };
    let before = work::scripts(&stage.database)?;
    let round = press(server.address, &(case.make)(&stage.setup), pressure)?;
    let scripts = work::scripts(&stage.database)?.saturating_sub(before);
    Ok(scripts as f64 / round.micros.len().max(1) as f64)
}

/// A cached case that misses, or an uncached one that hits, would be another measurement under the same name.
fn check_cache(case: &Case, round: &Round) -> anyhow::Result<()> {
    let (hits, requests) = (round.hits, round.micros.len());
    match case.cache {
        Cache::Hits if (requests - hits) * 1_000 > requests * MISSES_PER_THOUSAND => {
            bail!("only {hits} of {requests} answers came from the cache")
        }
        Cache::Misses if hits > 0 => bail!("{hits} of {requests} answers came from the cache"),
        _ => Ok(()),
    }
}

/// Both sides have to answer alike before they are timed.
fn compare(case: &Case, stage: &Stage) -> anyhow::Result<()> {
    let make = (case.make)(&stage.setup);
    let number = next_number();
    let answer = |server: &Server| {
        let number = if case.once { next_number() } else { number };
        let mut client = Client::new(server.address)?;
        comparable(&client.send(make(number))?.success(server.name)?)
    };
    let (hosted, native) = (answer(&stage.host)?, answer(&stage.twin)?);
    ensure!(
        native == hosted,
        "the answers differ:\nnative: {}\n\nhost: {}",
        excerpt(native.as_bytes()),
        excerpt(hosted.as_bytes())
    );
    Ok(())
}
