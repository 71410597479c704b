//! `cargo xtask new function NAME`: writes a function that compiles, is tested, documented and served, for its author to change.
//!
//! Whole files come from the texts beside this module; a line each is put into the lists that a function stands in. Nothing is
//! written before all of it is known to fit, so that a refusal leaves the checkout as it was.

use std::{fs, path::PathBuf};

use anyhow::{Context as _, bail};
use clap::Subcommand;

use crate::{cargo::cargo, checkout::Checkout, progress::say};

/// What `new` makes.
#[derive(Debug, Subcommand)]
pub(crate) enum New {
    /// A function: crate, component, endpoints, statements, migration and tests
    Function {
        /// Lower-case words with hyphens between them, such as `portfolio` or `capital-calls`; its paths are `/v1/NAME…`
        name: String,
    },
}

/// Files, each with what it is made from.
const FILES: &[(&str, &str)] = &[
    ("functions/{{name}}/Cargo.toml", include_str!("new_function/function.toml.txt")),
    ("functions/{{name}}/src/lib.rs", include_str!("new_function/function.rs.txt")),
    ("shared/api/src/{{module}}.rs", include_str!("new_function/api.rs.txt")),
    ("shared/store/src/{{module}}.rs", include_str!("new_function/store.rs.txt")),
    ("shared/store/sql/{{module}}/create.sql", include_str!("new_function/create.sql.txt")),
    ("shared/store/sql/{{module}}/list.sql", include_str!("new_function/list.sql.txt")),
    ("shared/store/sql/{{module}}/read.sql", include_str!("new_function/read.sql.txt")),
    ("migrations/{{version}}__{{module}}.sql", include_str!("new_function/migration.sql.txt")),
    ("migrations/roles/fundrail_{{module}}.sql", include_str!("new_function/role.sql.txt")),
    ("tests/tests/{{module}}.rs", include_str!("new_function/test.rs.txt")),
];

/// Lines that are put into files that are there: the file, what they stand before, and the lines.
const LINES: &[(&str, &str, &str)] = &[
    ("shared/api/src/lib.rs", "pub mod prices;\n", "pub mod {{module}};\n"),
    ("shared/api/src/lib.rs", "    ]\n    .into_iter()\n", "        {{module}}::ENDPOINTS,\n"),
    ("shared/api/src/openapi/mod.rs", "    ]\n}\n", "        crate::{{module}}::openapi(),\n"),
    ("shared/store/src/lib.rs", "pub mod prices;\n", "pub mod {{module}};\n"),
    ("shared/store/src/lib.rs", "        prices::STATEMENTS,\n", "        {{module}}::STATEMENTS,\n"),
    ("shared/store/tests/plans.rs", "];\n\n", "    \"{{module}}\",\n"),
    (
        "tests/tests/rls/fixtures.rs",
        "];\n\n/// Tables that belong to nobody",
        "    owned(\n        \"{{module}}\",\n        \"insert into {{module}} (tenant_id, id, name) values ('{tenant}', \
         '{id}', 'N')\",\n        TENANT,\n    ),\n",
    ),
    (
        "tests/tests/openapi.rs",
        "    ]\n}\n\n#[test]\nfn the_documented_fields_of_a_body",
        "        read::<fundrail_api::{{module}}::Create{{Type}}>(()),\n",
    ),
    (
        "spin.toml",
        "redis_url = { required = true, secret = true }\n",
        "{{module}}_database_url = { required = true, secret = true }\n",
    ),
    (
        "spin.toml",
        "# ---------------------------------------------------------------------------------------------------------------\n\
         # Components\n",
        "[[trigger.http]]\nroute = \"/v1/{{name}}/...\"\ncomponent = \"{{name}}\"\n\n",
    ),
];

/// Writes it, and says what comes next.
pub(crate) async fn run(checkout: &Checkout, new: &New) -> anyhow::Result<()> {
    let New::Function { name } = new;
    let function = Function::named(name, &next_version(checkout)?)?;
    let mut written = Vec::new();
    for (path, text) in FILES {
        let path = checkout.root.join(function.fill(path));
        if path.exists() {
            bail!("{} is there already", path.display());
        }
        written.push((path, function.fill(text)));
    }
    let mut changed: Vec<(PathBuf, String)> = Vec::new();
    for (file, before, line) in LINES {
        let path = checkout.root.join(file);
        let at = changed.iter().position(|(known, _)| *known == path);
        let text = match at {
            Some(at) => changed.swap_remove(at).1,
            None => fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?,
        };
        let (head, tail) = text
            .split_once(before)
            .with_context(|| format!("{file} has no {before:?} any more, before which a line belongs"))?;
        changed.push((path, format!("{head}{}{before}{tail}", function.fill(line))));
    }
    let manifest = checkout.root.join("spin.toml");
    if let Some((_, text)) = changed.iter_mut().find(|(path, _)| *path == manifest) {
        text.push_str(&function.fill(include_str!("new_function/component.toml.txt")));
    }
    for (path, text) in written.iter().chain(&changed) {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
        }
        fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    cargo(checkout).args(["fmt"]).quietly().await.context("what was written cannot be formatted")?;
    for (path, _) in written.iter().chain(&changed) {
        let shown = path.strip_prefix(&checkout.root).unwrap_or(path);
        say(&format!("    {}", shown.display()));
    }
    say(&format!(
        "\n{name} is there. `cargo xtask test --program {} --program statements` tries it, `cargo xtask up` serves it at \
         /v1/{name}, and /docs lists it. What it is for is up to you: `grep -rn TODO` finds the places, \
         docs/adding-a-function.md explains them.",
        function.module
    ));
    Ok(())
}

/// The names of a function.
struct Function {
    name: String,
    module: String,
    kind: String,
    version: String,
}

impl Function {
    /// Reads a name.
    fn named(name: &str, version: &str) -> anyhow::Result<Self> {
        let words: Vec<&str> = name.split('-').collect();
        let fits = |word: &&str| {
            word.starts_with(|c: char| c.is_ascii_lowercase())
                && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        };
        if !words.iter().all(fits) || name.len() > 40 {
            bail!(
                "{name:?} is no name of a function: lower-case words with hyphens between them, `capital-calls` say"
            );
        }
        let capitalised = |word: &&str| {
            let (first, rest) = word.split_at(1);
            format!("{}{rest}", first.to_ascii_uppercase())
        };
        Ok(Self {
            name: name.to_owned(),
            module: words.join("_"),
            kind: words.iter().map(capitalised).collect(),
            version: version.to_owned(),
        })
    }

    fn fill(&self, text: &str) -> String {
        text.replace("{{name}}", &self.name)
            .replace("{{module}}", &self.module)
            .replace("{{Type}}", &self.kind)
            .replace("{{words}}", &self.name.replace('-', " "))
            .replace("{{version}}", &self.version)
    }
}

/// The version of the next migration: the last one's, counted up.
fn next_version(checkout: &Checkout) -> anyhow::Result<String> {
    let folder = checkout.root.join("migrations");
    let entries = fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let versions = entries.flatten().filter_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        name.strip_prefix('V')?.split_once("__")?.0.parse::<u64>().ok()
    });
    let last = versions.max().context("there are no migrations")?;
    Ok(format!("V{}", last + 100))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_words_with_hyphens() {
        let function = Function::named("capital-calls", "V1").expect("a name");
        assert_eq!(
            function.fill("{{name}} {{module}} {{Type}} {{words}}"),
            "capital-calls capital_calls CapitalCalls capital calls"
        );
        for wrong in ["", "Portfolio", "a--b", "-a", "a-", "a_b", "1a", "../a", "a b"] {
            assert!(Function::named(wrong, "V1").is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_line_still_has_its_place() {
        let checkout = Checkout::find().expect("a checkout");
        for (file, before, _) in LINES {
            let text = fs::read_to_string(checkout.root.join(file)).expect("a file");
            assert!(text.contains(before), "{file} has no {before:?} any more");
        }
    }
}
