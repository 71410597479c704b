//! Schemathesis against the live API, signed in: what the document promises, and what it forbids, tried with generated
//! requests.

use std::{
    collections::BTreeMap,
    env, fs,
    process::{Command, Stdio},
};

use fundrail_tests::{Environment, Options, run_folder, shared, skip, workspace};

/// Seconds for all of it; the schema's examples and edge cases come first.
const BUDGET: &str = "110";

#[test]
fn generated_requests_get_what_the_document_promises() {
    let Some(program) = env::var_os("FUNDRAIL_SCHEMATHESIS") else {
        return skip(
            "FUNDRAIL_SCHEMATHESIS names no program: `cargo xtask test` installs it where PyPI is in reach",
        );
    };
    // Its people come from addresses of their own, by the word of a proxy.
    let variables = vec![("trusted_proxies", "127.0.0.1/32".to_owned())];
    let own = Environment::start(&Options { variables, ..Options::default() });
    let env = own.as_ref().unwrap_or_else(|| shared());
    let Some(user) = env.demo_issuer() else { return };
    let user = env.operator(&user).unwrap_or(user);
    let (statuses, report) =
        (run_folder().join("schemathesis.statuses"), run_folder().join("schemathesis.txt"));
    let _ = fs::remove_file(&statuses);
    let mut command = Command::new(program);
    for name in ["DEMO_EMAIL", "DEMO_PASSWORD", "DEMO_ISSUER_EMAIL", "DEMO_ISSUER_PASSWORD"] {
        let name = format!("FUNDRAIL_{name}");
        command.env(&name, env.variables().get(&name).unwrap_or_default());
    }
    let output = command
        .arg("--config-file")
        .arg(workspace().join("tests/schemathesis/schemathesis.toml"))
        .arg("run")
        .arg(format!("{}/v1/openapi.json", env.client().base()))
        .args(["--max-time", BUDGET])
        .current_dir(run_folder())
        .env("SCHEMATHESIS_HOOKS", workspace().join("tests/schemathesis/hooks.py"))
        .env("FUNDRAIL_BASE", env.client().base())
        .env("FUNDRAIL_EMAIL", &user.email)
        .env("FUNDRAIL_PASSWORD", &user.password)
        .env("FUNDRAIL_WEBHOOK_SECRET", env.webhook_secret())
        .env("FUNDRAIL_STATUSES", &statuses)
        .env("FUNDRAIL_SECRETS", run_folder().join("journeys.secrets"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::null())
        .output()
        .expect("schemathesis runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    fs::write(&report, &said).expect("a report");
    let statuses = fs::read_to_string(&statuses).expect("statuses");
    let failures = never_succeeded(env, &statuses);
    let server_errors: Vec<&str> =
        statuses.lines().filter(|line| line.rsplit(' ').next() >= Some("500")).collect();
    assert!(server_errors.is_empty(), "{server_errors:#?}");
    assert!(output.status.success(), "{}:\n{said}", report.display());
    assert!(failures.is_empty(), "no 2xx from {failures:#?}");
}

/// Operations of which no request has succeeded, with the statuses that they gave.
fn never_succeeded(env: &Environment, statuses: &str) -> BTreeMap<String, Vec<String>> {
    let mut seen: BTreeMap<String, Vec<String>> =
        env.operations().iter().map(|operation| (operation.name(), Vec::new())).collect();
    for line in statuses.lines() {
        let (name, status) = line.rsplit_once(' ').expect("a method, a path and a status");
        let statuses = seen.entry(name.to_owned()).or_default();
        if !statuses.iter().any(|known| known == status) {
            statuses.push(status.to_owned());
        }
    }
    // It never tries the document that it has begun with, and without which there would be no statuses.
    seen.remove("GET /v1/openapi.json");
    // It has no key of a wallet to sign with; `wallets.rs` has.
    seen.remove("POST /v1/investors/{id}/wallets/{wallet_id}/proofs");
    seen.retain(|_, statuses| !statuses.iter().any(|status| status.starts_with('2')));
    seen
}
