//! No statement reads the whole of a table that grows: Postgres plans each for 100,000 rows a table, as it would for a component,
//! and says what it would read.
//!
//! `cargo xtask test --program plans` runs this alone. Of functions of the database, those statements are looked at that run when
//! they are called with made-up arguments: not what they do only for others, and none of triggers.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot be set up has failed")]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use fundrail_store::{Statement, Type};
use postgres::{Client, types::ToSql};
use serde_json::Value;
use support::{
    connect, file, functions,
    rows::{Filled, id},
    texts,
};
use uuid::Uuid;

/// Tables that grow with whatever the suite is used for. A new table belongs here or among [`SMALL`].
const GROWING: &[&str] = &[
    "api_key",
    "app_user",
    "asset",
    "audit_event",
    "audit_pending",
    "audit_seal",
    "chain_block",
    "chain_event",
    "chain_event_contradiction",
    "chain_event_pending",
    "chain_statement",
    "compliance_decision",
    "escrow",
    "escrow_change",
    "escrow_event",
    "escrow_ledger_entry",
    "fund",
    "holding_lot",
    "idempotency_record",
    "investor",
    "investor_author",
    "investor_change",
    "investor_classification",
    "investor_classification_approval",
    "investor_revocation",
    "investor_screening",
    "investor_verification",
    "investor_wallet",
    "investor_word",
    "invitation",
    "issuer",
    "job",
    "kyc_document",
    "kyc_document_withdrawal",
    "kyc_file",
    "kyc_request",
    "kyc_transition",
    "login_challenge",
    "membership",
    "membership_role",
    "nav",
    "nav_proposal",
    "nav_version",
    "notification",
    "one_time_token",
    "ownership_party",
    "ownership_party_screening",
    "ownership_stake",
    "ownership_stake_end",
    "price_candle",
    "price_tick",
    "refresh_token",
    "session",
    "share_class",
    "share_class_token",
    "sign_in_failure",
    "user_address",
    "user_device",
    "user_password",
    "user_recovery_code",
    "user_totp",
    "wallet_challenge",
];

/// Tables of a few rows: what releases and those who run the suite write, and what there is one of for each tenant.
const SMALL: &[&str] = &[
    "audit_head",
    "chain",
    "chain_contract",
    "chain_contract_watcher",
    "compliance_rule",
    "compliance_rule_review",
    "compliance_rules_version",
    "dealing_calendar",
    "function_set",
    "periodic_task",
    "permission",
    "refinery_schema_history",
    "risk_country",
    "role",
    "role_permission",
    "rule_set",
    "rule_set_rule",
    "signing_key",
    "tenant",
];

/// What may read a whole table: which statement or function, of which table, and why.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    (
        "migrations/functions/audit_seal_pending.sql",
        "audit_pending",
        "a queue that is emptied every second, and has to be looked at tenant by tenant",
    ),
    (
        "migrations/functions/chain_pending_take.sql",
        "chain_event_pending",
        "a queue that is emptied every two seconds, by a thousand rows at once",
    ),
    ("migrations/functions/job_statistics.sql", "job", "it counts all of them, for an operator who asks"),
];

/// Whose rows are asked for: everything about row 7 belongs to tenant 7, and is there.
const ROW: usize = 7;

#[test]
fn nothing_reads_a_whole_table_that_grows() {
    let filled = Filled::make(GROWING, SMALL);
    let mut scans = Scans { partitions: partitions(&mut connect(&filled.admin)), ..Scans::default() };
    let mut client = filled.component();
    let act = "select set_config('app.tenant_id', $1, false), set_config('app.user_id', $1, false)";
    client.execute(act, &[&id(ROW)]).expect("a tenant and a user");
    for statement in fundrail_store::all().filter(|statement| !support::is_call(statement.sql)) {
        for plan in plans(&mut client, statement, &filled) {
            match plan {
                Ok(plan) => scans.add(&file(statement.name), &plan),
                Err(fault) => drop(scans.faults.insert(fault)),
            }
        }
    }
    for ran in functions::ran(&filled, ROW) {
        scans.add(&format!("migrations/functions/{}.sql", ran.function), &ran.plan);
    }
    let faults = scans.faults();
    assert!(faults.is_empty(), "{} faults of plans\n\n{}\n", faults.len(), faults.join("\n\n"));
}

/// Which whole tables are read.
#[derive(Default)]
struct Scans {
    partitions: BTreeMap<String, String>,
    faults: BTreeSet<String>,
    excepted: BTreeSet<(String, String)>,
}

impl Scans {
    fn add(&mut self, file: &str, plan: &Value) {
        let mut found = Vec::new();
        whole_tables(plan, &mut found);
        for (scanned, filter) in found {
            let table = self.partitions.get(&scanned).unwrap_or(&scanned);
            if EXCEPTIONS.iter().any(|(excepted, of, _)| *excepted == file && of == table) {
                self.excepted.insert((file.to_owned(), table.clone()));
            } else if GROWING.contains(&table.as_str()) {
                self.faults.insert(format!("{file}: reads all of {table}, for {filter}"));
            }
        }
    }

    fn faults(mut self) -> Vec<String> {
        for (file, table, _) in EXCEPTIONS {
            if !self.excepted.contains(&((*file).to_owned(), (*table).to_owned())) {
                self.faults.insert(format!("{file}: need not be an exception for {table} any more"));
            }
        }
        self.faults.into_iter().collect()
    }
}

/// Which table a partition is of.
fn partitions(client: &mut Client) -> BTreeMap<String, String> {
    let partitions = "select p.relname::text, t.relname::text
        from pg_inherits i join pg_class p on p.oid = i.inhrelid join pg_class t on t.oid = i.inhparent
        where p.relkind = 'r'";
    let rows = client.query(partitions, &[]).expect("the partitions");
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

/// The plans of a statement: in either order, and with what may be left out given and left out.
fn plans(client: &mut Client, statement: &Statement, filled: &Filled) -> Vec<Result<Value, String>> {
    let mut plans = Vec::new();
    for sql in texts(statement) {
        for left_out in [false, true] {
            let parameters = statement.parameters.iter().enumerate();
            let parameters = parameters.map(|(index, kind)| {
                let word = word(sql, index + 1, filled);
                parameter(&casts(sql, index + 1), word, *kind, left_out)
            });
            let parameters = parameters.collect::<Vec<_>>();
            let bound =
                parameters.iter().map(|parameter| &**parameter as &(dyn ToSql + Sync)).collect::<Vec<_>>();
            // Values are known when it is planned, as they are when Spin binds them.
            let plan = client.query_one(&format!("explain (format json) {sql}"), &bound);
            plans.push(plan.map(|row| row.get(0)).map_err(|error| {
                let said = error.as_db_error().map_or_else(|| error.to_string(), ToString::to_string);
                format!("{}: is not planned for made-up parameters: {said}", file(statement.name))
            }));
        }
    }
    plans
}

/// A value that a component might bind.
fn parameter(casts: &[String], word: Option<&str>, kind: Type, left_out: bool) -> Box<dyn ToSql + Sync> {
    let cast = |name: &str| casts.iter().any(|cast| cast == name);
    let given = !(left_out && cast("is null"));
    let one = |of: &str| word.map_or_else(|| text(|name| cast(&format!("{name}{of}"))), str::to_owned);
    match kind {
        Type::Bool => Box::new(given.then_some(true)),
        Type::Int16 => Box::new(given.then_some(3_i16)),
        Type::Int32 => Box::new(given.then_some(3_i32)),
        Type::Int64 => Box::new(given.then_some(3_i64)),
        Type::Bytes => Box::new(given.then(|| b"t000007".to_vec())),
        Type::Uuid => Box::new(given.then(|| Uuid::parse_str(&id(ROW)).expect("an id"))),
        Type::Text => Box::new(given.then(|| one(""))),
        Type::Texts => Box::new(given.then(|| vec![one("[]")])),
    }
}

/// One of the words of the column that a parameter is compared with: of a table that the statement names, else of any, as a view
/// may have it.
fn word<'a>(sql: &str, number: usize, filled: &'a Filled) -> Option<&'a str> {
    let column = ["= $", "= any($"].iter().find_map(|compared| {
        let compared = format!("{compared}{number}");
        let ends = |at: &usize| !sql[at + compared.len()..].starts_with(|next: char| next.is_ascii_digit());
        let at = sql.match_indices(&compared).map(|(at, _)| at).find(ends)?;
        sql[..at].trim_end().rsplit(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).next()
    })?;
    let named =
        |table: &str| sql.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).any(|word| word == table);
    let mut of_column = filled.words.iter().filter(|(_, name, _)| name == column);
    let of_table = of_column.clone().find(|(table, ..)| named(table));
    of_table.or_else(|| of_column.next())?.2.first().map(String::as_str)
}

/// A text that can be cast to what the statement casts it to.
fn text(cast: impl Fn(&str) -> bool) -> String {
    let known = [
        ("uuid", id(ROW)),
        ("timestamptz", "2026-06-01T00:00:00Z".to_owned()),
        ("date", "2026-06-01".to_owned()),
        ("interval", "1 day".to_owned()),
        ("numeric", "7".to_owned()),
        ("bigint", "7".to_owned()),
        ("integer", "7".to_owned()),
        ("int", "7".to_owned()),
        ("smallint", "7".to_owned()),
        ("boolean", "true".to_owned()),
        ("jsonb", "[]".to_owned()),
        ("json", "[]".to_owned()),
    ];
    let fitting = known.into_iter().find(|(name, _)| cast(name));
    fitting.map_or_else(|| format!("t{ROW:06}"), |(_, text)| text)
}

/// What a statement casts a parameter to, wherever it names it; and `is null` where it asks for that.
fn casts(sql: &str, number: usize) -> Vec<String> {
    let name = format!("${number}");
    let mut found = Vec::new();
    for (at, _) in sql.match_indices(&name) {
        let mut rest = &sql[at + name.len()..];
        if rest.starts_with(|next: char| next.is_ascii_digit()) {
            continue;
        }
        while let Some(cast) = rest.strip_prefix("::") {
            let end = cast.find(|next: char| !(next.is_ascii_alphanumeric() || "_[]".contains(next)));
            let (kind, after) = cast.split_at(end.unwrap_or(cast.len()));
            found.push(kind.to_owned());
            rest = after;
        }
        if rest.trim_start().starts_with("is null") {
            found.push("is null".to_owned());
        }
    }
    found
}

/// The tables that a plan reads from end to end, with what it looks for in them.
fn whole_tables(plan: &Value, found: &mut Vec<(String, String)>) {
    match plan {
        Value::Array(plans) => plans.iter().for_each(|plan| whole_tables(plan, found)),
        Value::Object(fields) => {
            if fields.get("Node Type").and_then(Value::as_str) == Some("Seq Scan") {
                let text = |field: &str| fields.get(field).and_then(Value::as_str).map(str::to_owned);
                let filter = text("Filter").unwrap_or_else(|| "all of its rows".to_owned());
                found.push((text("Relation Name").unwrap_or_default(), filter));
            }
            fields.values().for_each(|field| whole_tables(field, found));
        }
        _ => {}
    }
}

#[test]
fn a_parameter_is_made_up_by_its_casts() {
    let sql = "select a from b where ($3::text is null or c = $3) and d > $1::text::timestamptz and e = any($11::text[]::uuid[])";
    assert_eq!(casts(sql, 3), ["text", "is null"]);
    assert_eq!(casts(sql, 1), ["text", "timestamptz"]);
    assert_eq!(casts(sql, 11), ["text[]", "uuid[]"]);
    assert_eq!(text(|name| casts(sql, 1).iter().any(|cast| cast == name)), "2026-06-01T00:00:00Z");
}
