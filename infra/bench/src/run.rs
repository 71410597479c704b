//! The order of things: start, compare, warm up, press in turn, report.

use std::time::Duration;

use anyhow::{Context as _, bail};

use crate::{
    cases::{self, Case},
    cli::{Arguments, Throughput},
    load::{Client, Pressure, Round, press},
    report::{self, Measured},
    stack::{Paths, Server, say},
};

/// Does what was asked.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    throughput(&arguments.throughput)
}

fn throughput(options: &Throughput) -> anyhow::Result<()> {
    let paths = Paths::find()?;
    let manifest = paths.write_manifest()?;
    let host = Server::host(&paths, &manifest, &[])?;
    let twin = Server::twin(&paths, &[])?;
    let mut measured = Vec::new();
    for case in cases::all().iter().filter(|case| wanted(options, case)) {
        let done = measure(case, options, &twin, &host).map_err(|error| {
            let tails = [&host, &twin].map(|server| format!("{}: {}", server.name, server.log_tail()));
            error.context(format!("{}\n{}", case.name, tails.join("\n")))
        })?;
        measured.push(done);
    }
    report::print(&measured);
    let memory = serde_json::json!({ "host": host.memory()?, "native": twin.memory()? });
    report::write(&paths.out, &measured, &serde_json::json!({ "cases": measured, "memory": memory }))
}

fn wanted(options: &Throughput, case: &Case) -> bool {
    options.only.is_empty() || options.only.iter().any(|name| name == case.name)
}

fn measure(case: &Case, options: &Throughput, twin: &Server, host: &Server) -> anyhow::Result<Measured> {
    compare(case, twin, host)?;
    let pressure = |duration| Pressure {
        connections: options.connections,
        threads: std::thread::available_parallelism().map_or(2, usize::from),
        duration,
    };
    let mut rounds: [Vec<Round>; 2] = [Vec::new(), Vec::new()];
    let [native_rounds, host_rounds] = &mut rounds;
    let mut sides = [(twin, native_rounds), (host, host_rounds)];
    for (server, _) in &sides {
        press(server.address, &case.make, pressure(Duration::from_secs(1)))?;
    }
    for _ in 0..options.rounds {
        for (server, rounds) in &mut sides {
            let duration = Duration::try_from_secs_f64(options.seconds).context("--seconds")?;
            rounds.push(press(server.address, &case.make, pressure(duration))?);
            server.empty_log()?;
        }
        // Whoever went first goes second in the next round.
        sides.reverse();
    }
    let [native_rounds, host_rounds] = &rounds;
    let measured = Measured::of(case, native_rounds, host_rounds);
    say(&format!("{}: {:.0} of {:.0}", case.name, measured.host.rps, measured.native.rps));
    Ok(measured)
}

/// Both sides have to answer alike before they are timed.
fn compare(case: &Case, twin: &Server, host: &Server) -> anyhow::Result<()> {
    let answer = |server: &Server| {
        let mut client = Client::new(server.address)?;
        client.send((case.make)(crate::load::next_number()))?.success(server.name)
    };
    let (native, hosted) = (answer(twin)?, answer(host)?);
    if native.body != hosted.body {
        bail!(
            "the answers differ:\n  native {}\n  host   {}",
            crate::load::excerpt(&native.body),
            crate::load::excerpt(&hosted.body)
        );
    }
    Ok(())
}
