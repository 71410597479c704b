//! Prints the OpenAPI document: what `cargo xtask openapi` runs.

use std::io::Write as _;

fn main() -> std::io::Result<()> {
    let document = fundrail_api::openapi::document();
    writeln!(std::io::stdout(), "{document:#}")
}
