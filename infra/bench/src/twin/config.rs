//! The components' variables, from the same environment.

use anyhow::Context as _;

/// The variable of a component, e.g. `database_url`.
pub(crate) fn variable(name: &str) -> anyhow::Result<String> {
    let name = format!("SPIN_VARIABLE_{}", name.to_uppercase());
    std::env::var(&name).with_context(|| format!("{name} is not set"))
}
