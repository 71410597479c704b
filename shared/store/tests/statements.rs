//! Every statement is what it is declared as: Postgres prepares it on the migrated database, says what its parameters and columns
//! are, and which of the roles that components connect as may run it: one at least. (That it is the role of the components that do is
//! shown by `tests/tests/privileges.rs`, which looks into them.)
//!
//! `cargo xtask test --program statements` runs this alone, in seconds: it needs neither components nor host, and makes the
//! database itself. Of a whole `cargo xtask test` it is the first to run, while everything else still compiles.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot be set up has failed")]

mod support;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use fundrail_store::{Statement, Type};
use postgres::{Client, types::Type as PgType};
use support::{Place, explain, file, folder, texts};

/// Fails with all that is wrong, a fault a paragraph.
fn none(faults: &BTreeSet<String>) {
    let listed = faults.iter().map(String::as_str).collect::<Vec<_>>().join("\n\n");
    assert!(faults.is_empty(), "{} faults of statements\n\n{listed}\n", faults.len());
}

#[test]
fn every_statement_is_what_it_is_declared_as() {
    let mut client = support::connect(&support::bare());
    client.batch_execute("set plan_cache_mode = force_generic_plan").expect("a setting");
    let nullable = nullable(&mut client);
    let roles = support::component_roles(&mut client);
    let mut faults = BTreeSet::new();
    for statement in fundrail_store::all() {
        for sql in texts(statement) {
            match client.prepare(sql) {
                Err(error) => {
                    faults.insert(explain(statement, &error));
                }
                Ok(prepared) => {
                    faults.extend(parameters(statement, prepared.params()));
                    faults.extend(columns(statement, prepared.columns()));
                    faults.extend(nulls(statement, prepared.columns(), &nullable));
                    faults.extend(permission(&mut client, &roles, statement, sql));
                }
            }
        }
    }
    none(&faults);
}

/// What is bound, beside what Postgres takes it for.
fn parameters(statement: &Statement, found: &[PgType]) -> Vec<String> {
    let (file, declared) = (file(statement.name), statement.parameters);
    if found.len() != declared.len() {
        return vec![format!(
            "{file}: names {} parameters, and {} are declared",
            found.len(),
            declared.len()
        )];
    }
    let pairs = declared.iter().zip(found).enumerate();
    let wrong = pairs.filter(|(_, (declared, found))| declared.name() != found.name());
    let said = wrong.map(|(index, (declared, found))| {
        let number = index + 1;
        format!(
            "{file}: ${number} is {} to Postgres, and bound as {}: a cast has to be in the text, as \
             `${number}::{}`",
            shown(found.name()),
            shown(declared.name()),
            cast(*declared, found)
        )
    });
    said.collect()
}

/// What the text has to say of a parameter that is bound as something else than it is.
fn cast(declared: Type, found: &PgType) -> String {
    format!("{}::{}", shown(declared.name()), shown(found.name()))
}

/// The columns that are read, beside those that Postgres hands over.
fn columns(statement: &Statement, found: &[postgres::Column]) -> Vec<String> {
    let (file, declared) = (file(statement.name), statement.columns);
    // What is executed may well be a `select` of a function, whose row nobody reads.
    if declared.is_empty() {
        return Vec::new();
    }
    let mut faults = Vec::new();
    for index in 0..declared.len().max(found.len()) {
        let number = index + 1;
        match (declared.get(index), found.get(index)) {
            (Some(declared), Some(found)) => {
                if let Some(name) = declared.name
                    && name != found.name()
                {
                    faults.push(format!(
                        "{file}: column {number} is called `{}`, and read as `{name}`",
                        found.name()
                    ));
                }
                faults.extend(kind(&file, number, declared.kind, found));
            }
            (Some(declared), None) => {
                let name = declared.name.unwrap_or("the only column");
                faults
                    .push(format!("{file}: column {number}, `{name}`, is read, and the statement has none"));
            }
            (None, found) => {
                let name = found.map(postgres::Column::name).unwrap_or_default();
                faults.push(format!(
                    "{file}: column {number}, `{name}`, is in the statement, and nobody reads it"
                ));
            }
        }
    }
    faults
}

/// Columns that may be null in their table, and never are in what a statement brings: of which statement, and why.
const NEVER_NULL: &[(&str, &str, &str)] = &[
    ("idempotency/find", "status", "an answer is kept when it is whole"),
    ("idempotency/find", "headers", "an answer is kept when it is whole"),
    ("idempotency/find", "body", "an answer is kept when it is whole"),
];

/// Columns of tables that may be null, by the numbers that Postgres names them by.
fn nullable(client: &mut Client) -> BTreeSet<(u32, i16)> {
    let nullable = "select a.attrelid, a.attnum from pg_attribute a join pg_class t on t.oid = a.attrelid
        where t.relnamespace = 'public'::regnamespace and t.relkind in ('r', 'p') and a.attnum > 0 and not a.attnotnull";
    let rows = client.query(nullable, &[]).expect("the columns");
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

/// Columns that are read as if they were never null, and are handed over as a table has them, where they may be. Of what is worked
/// out, or comes from a view, Postgres does not say.
fn nulls(statement: &Statement, found: &[postgres::Column], nullable: &BTreeSet<(u32, i16)>) -> Vec<String> {
    let pairs = statement.columns.iter().zip(found).filter(|(declared, _)| !declared.nullable);
    let of_table = |column: &postgres::Column| Some((column.table_oid()?, column.column_id()?));
    let may_be = pairs.filter(|(_, found)| of_table(found).is_some_and(|place| nullable.contains(&place)));
    let excepted =
        |name: &str| NEVER_NULL.iter().any(|(of, column, _)| *of == statement.name && *column == name);
    let faults = may_be.filter(|(_, found)| !excepted(found.name()));
    let said = faults.map(|(_, found)| {
        format!(
            "{}: `{}` may be null in its table, and is read as if it never were",
            file(statement.name),
            found.name()
        )
    });
    said.collect()
}

/// Exactly the type: Spin would hand over `name` or `varchar` as text too, but hands over none of times, numbers and JSON.
fn kind(file: &str, number: usize, declared: Type, found: &postgres::Column) -> Option<String> {
    let (name, kind) = (found.name(), found.type_().name());
    (declared.name() != kind).then(|| {
        let spin = if HANDED_OVER.iter().any(|known| known.name() == kind) {
            ""
        } else {
            ", which Spin does not hand over"
        };
        format!(
            "{file}: column {number}, `{name}`, is {}{spin}, and read as {}",
            shown(kind),
            shown(declared.name())
        )
    })
}

/// The types of columns that come through Spin as they are.
const HANDED_OVER: [Type; 8] =
    [Type::Bool, Type::Int16, Type::Int32, Type::Int64, Type::Text, Type::Bytes, Type::Uuid, Type::Texts];

/// A type as one writes it.
fn shown(name: &str) -> String {
    name.strip_prefix('_').map_or_else(|| name.to_owned(), |element| format!("{element}[]"))
}

/// Whether any component may run it. Preparing does not ask; the executor does when it begins, which is as far as `explain` goes.
fn permission(client: &mut Client, roles: &[String], statement: &Statement, sql: &str) -> Option<String> {
    if let Some(procedure) = sql.trim_start().strip_prefix("call ") {
        return may_call(client, roles, statement, procedure.split('(').next().unwrap_or_default().trim());
    }
    let nulls = vec!["null"; statement.parameters.len()].join(", ");
    let nulls = if nulls.is_empty() { nulls } else { format!("({nulls})") };
    let mut refusals = Vec::new();
    client.batch_execute(&format!("prepare explained as {sql}")).expect("it was prepared before");
    for role in roles {
        let explain = format!("begin; set local role {role}; explain execute explained{nulls}");
        let explained = client.batch_execute(&explain);
        client.batch_execute("rollback").expect("it is undone");
        // Its position is that in our own words, which the file does not have.
        let said = |error: postgres::Error| {
            error.as_db_error().map_or_else(|| error.to_string(), ToString::to_string)
        };
        refusals.extend(explained.err().map(said));
    }
    client.batch_execute("deallocate all").expect("it is forgotten");
    let refused = refusals.len() == roles.len();
    let said: BTreeSet<String> = refusals.into_iter().collect();
    let said = said.into_iter().collect::<Vec<_>>().join("; ");
    refused.then(|| format!("{}: no role of migrations/roles may run it: {said}", file(statement.name)))
}

/// The same of a procedure, which cannot be explained.
fn may_call(client: &mut Client, roles: &[String], statement: &Statement, procedure: &str) -> Option<String> {
    let may = "select bool_or(has_function_privilege(role, p.oid, 'execute')) from pg_proc p, unnest($2::text[]) role
        where p.proname = $1::text";
    let may = client.query_one(may, &[&procedure, &roles]).expect("an answer");
    (!may.get::<_, Option<bool>>(0).unwrap_or(false))
        .then(|| format!("{}: no role of migrations/roles may call {procedure}", file(statement.name)))
}

#[test]
fn every_file_is_declared_once_and_every_declaration_has_its_file() {
    let mut declared = BTreeMap::new();
    for statement in fundrail_store::all() {
        *declared.entry(statement.name.to_owned()).or_insert(0) += 1;
    }
    let files = files(&folder());
    let mut faults = BTreeSet::new();
    faults.extend(files.iter().filter(|name| !declared.contains_key(*name)).map(|name| {
        format!(
            "{}: no statement is declared for it, or its module is not in `all()` of src/lib.rs",
            file(name)
        )
    }));
    faults.extend(
        declared
            .iter()
            .filter(|(_, times)| **times > 1)
            .map(|(name, times)| format!("{}: {times} statements are declared for it", file(name))),
    );
    faults.extend(
        declared
            .keys()
            .filter(|name| !files.contains(*name))
            .map(|name| format!("{}: a statement is declared for it, and there is no such file", file(name))),
    );
    none(&faults);
}

/// The names of the statements that have a file.
fn files(folder: &Path) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder).expect("the folder of the statements") {
        let path = entry.expect("an entry of it").path();
        if path.is_dir() {
            let aggregate = path.file_name().and_then(|name| name.to_str()).expect("a name").to_owned();
            names.extend(files(&path).into_iter().map(|name| format!("{aggregate}/{name}")));
        } else {
            let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
            let name = name.strip_suffix(".sql").unwrap_or_else(|| panic!("{} is no SQL", path.display()));
            names.insert(name.to_owned());
        }
    }
    names
}

#[test]
fn every_column_is_named() {
    let mut faults = BTreeSet::new();
    for statement in fundrail_store::all() {
        for (index, line) in statement.sql.lines().enumerate() {
            // `count(*)` counts rows, and names none of their columns.
            let bare = line.to_lowercase().replace("(*)", "");
            let all = ["select *", "select distinct *", "returning *", ".*", ", *"];
            if bare.trim() == "*" || all.iter().any(|all| bare.contains(all)) {
                faults.insert(format!(
                    "{}:{}: takes all columns, whichever a migration adds",
                    file(statement.name),
                    index + 1
                ));
            }
        }
    }
    none(&faults);
}

#[test]
fn a_character_is_found_in_its_line_or_behind_the_file() {
    let text = "select é\nfrom x\n";
    assert_eq!(support::place(text, 8), Place::Within { line: 1, column: 8, quoted: "select é" });
    assert_eq!(support::place(text, 10), Place::Within { line: 2, column: 1, quoted: "from x" });
    assert_eq!(support::place(text, 17), Place::Behind);
    assert_eq!(support::place("select 1", 9), Place::Behind);
}
