//! The tests of the contracts: by Node's own runner, which reports in the words of `cargo test`, on chains of their own.

use std::time::Duration;

use super::Options;
use crate::{
    checkout::Checkout,
    node::Contracts,
    process::Run,
    progress::{complain, step},
    python,
};

/// The name by which `--program` selects them.
const PROGRAM: &str = "contracts";

/// Whether anything else is to run.
pub(super) fn others_wanted(options: &Options) -> bool {
    options.program.is_empty() || options.program.iter().any(|name| name != PROGRAM)
}

/// The options for everything else.
pub(super) fn without(options: &Options) -> Options {
    let program = options.program.iter().filter(|name| *name != PROGRAM).cloned().collect();
    Options { program, ..options.clone() }
}

/// Installs what they need, and returns what runs them; `None` if other programs were chosen.
pub(super) async fn prepare_if_wanted(checkout: &Checkout, options: &Options) -> anyhow::Result<Option<Run>> {
    if !options.program.is_empty() && !options.program.iter().any(|name| name == PROGRAM) {
        return Ok(None);
    }
    step("contracts", prepare(checkout, options)).await.map(Some)
}

async fn prepare(checkout: &Checkout, options: &Options) -> anyhow::Result<Run> {
    let contracts = Contracts::ready(checkout).await?;
    contracts.node().args(["test/support/prepare.mjs"]).limit(Duration::from_mins(10)).quietly().await?;
    let mut run = contracts.node().args(["--test", "--test-reporter=./lib/reporter.mjs"]);
    if let Some(filter) = &options.filter {
        run = run.args([format!("--test-name-pattern={}", literal(filter))]);
    }
    match python::slither(checkout).await {
        Ok(program) => run = run.env("FUNDRAIL_SLITHER", program),
        Err(error) => complain(&format!("there is no Slither for the test that needs it: {error:#}")),
    }
    Ok(run.args(contracts.tests()?))
}

/// A text as a regular expression that matches nothing else.
fn literal(text: &str) -> String {
    text.chars().flat_map(|c| [(!c.is_alphanumeric()).then_some('\\'), Some(c)]).flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::literal;

    #[test]
    fn a_filter_matches_itself_alone() {
        assert_eq!(literal("a fee (1.5 %)"), r"a\ fee\ \(1\.5\ \%\)");
    }
}
