//! A copy of the migrated database in which every table that grows has 100,000 rows: made-up ones, as a planner sees them.
//!
//! Row number `i` of whichever table has the id, and refers to the ids, that are made from `i`, and belongs to tenant `i % 200`: so
//! rows that refer to each other are of one tenant, and no column needs to know of another.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot be set up has failed")]

use std::{collections::BTreeSet, thread};

use postgres::{Client, Config};

use super::{admin, bare, component_roles, connect};

/// Rows of each table that grows.
const ROWS: usize = 100_000;
/// Tenants, and rows of each table that does not.
const TENANTS: usize = 200;
/// How the copy is called.
const NAME: &str = "fundrail_plans";
/// A role that may do what any of the roles of components may.
const ANY_COMPONENT: &str = "fundrail_any_component";

/// Columns that hold one of a few codes, though no constraint lists them.
const CODES: &[(&[&str], &[&str])] = &[
    (&["currency", "base_currency"], &["EUR", "USD", "CHF"]),
    // Which key something is encrypted with: nearly always the current one.
    (&["secret_key_id"], &["key-1"]),
    (&["domicile", "residence", "region", "country"], &["LU", "IE", "DE"]),
];

/// The copy, filled and analysed.
pub(crate) struct Filled {
    server: Config,
    /// As its administrator.
    pub admin: Config,
    /// The words that columns may hold, by table and column.
    pub words: Vec<(String, String, Vec<String>)>,
}

impl Filled {
    /// Makes it. Every table has to be in one of the two lists.
    pub(crate) fn make(growing: &[&str], small: &[&str]) -> Self {
        let server = admin();
        let bare = bare().get_dbname().expect("the name of the database without rows").to_owned();
        let mut client = connect(&server);
        client.batch_execute(&format!("drop database if exists {NAME} with (force)")).expect("no copy");
        client.batch_execute(&format!("create database {NAME} template {bare}")).expect("a copy");
        let roles = component_roles(&mut client).join(", ");
        client
            .batch_execute(&format!(
                "drop role if exists {ANY_COMPONENT}; create role {ANY_COMPONENT} in role {roles}"
            ))
            .expect("a role");
        let mut filled = Self { admin: server.clone().dbname(NAME).clone(), words: Vec::new(), server };
        filled.fill(growing, small);
        filled
    }

    /// A connection that may do what any component may, under row-level security as they are.
    pub(crate) fn component(&self) -> Client {
        let mut client = connect(&self.admin);
        client.batch_execute(&format!("set role {ANY_COMPONENT}")).expect("the role");
        client
    }

    fn fill(&mut self, growing: &[&str], small: &[&str]) {
        let mut client = connect(&self.admin);
        check_lists(&mut client, growing, small);
        let sizes =
            growing.iter().map(|table| (*table, ROWS)).chain(small.iter().map(|table| (*table, TENANTS)));
        let mut statements = Vec::new();
        for (table, rows) in sizes {
            let columns = columns(&mut client, table);
            statements.push(insert(&mut client, table, rows, &columns, small));
            let of_words = columns.into_iter().filter(|column| !column.words.is_empty());
            self.words.extend(of_words.map(|column| (table.to_owned(), column.name, column.words)));
        }
        // Foreign keys stay, since the planner goes by them; nothing checks them while rows are replicated.
        let checks = "select string_agg(format('alter table %s drop constraint %I', conrelid::regclass, conname), '; ')
            from pg_constraint where contype = 'c' and connamespace = 'public'::regnamespace and coninhcount = 0";
        let checks: String = client.query_one(checks, &[]).expect("the checks").get(0);
        client.batch_execute(&checks).expect("no checks");
        client
            .batch_execute("create table price_candle_rest partition of price_candle default")
            .expect("a partition");
        client.batch_execute(&source()).expect("numbers");
        // Two at a time, which is as many processors as there may be.
        let half = statements.len().div_ceil(2);
        let copy = &self.admin;
        thread::scope(|scope| {
            for statements in statements.chunks(half) {
                scope.spawn(move || {
                    let mut client = connect(copy);
                    // Made-up rows are alike: a few thousand of them say as much as all.
                    let settings =
                        "set session_replication_role = replica; set default_statistics_target = 10";
                    client.batch_execute(settings).expect("settings");
                    for statement in statements {
                        let done = client.batch_execute(statement);
                        done.unwrap_or_else(|error| panic!("{error:?}\n{statement}"));
                    }
                });
            }
        });
        check_rows(&mut client, growing);
    }
}

/// A gigabyte that nobody needs any more.
impl Drop for Filled {
    fn drop(&mut self) {
        // A test that has failed says why, whatever becomes of the copy.
        if let Ok(mut client) = self.server.connect(postgres::NoTls) {
            let _ = client.batch_execute(&format!("drop database if exists {NAME} with (force)"));
            let _ = client.batch_execute(&format!("drop role if exists {ANY_COMPONENT}"));
        }
    }
}

/// Row `i` is in all tables the same.
fn source() -> String {
    let id = |number: &str| format!("('00000000-0000-7000-8000-' || lpad(to_hex({number}), 12, '0'))::uuid");
    format!(
        "create unlogged table source as
         select i, {} as id, {} as tenant, 't' || lpad(i::text, 6, '0') as text, now() + (i - {ROWS} * 9 / 10) * interval '1 second' as time
         from generate_series(0, {ROWS} - 1) i",
        id("i"),
        id(&format!("i % {TENANTS}"))
    )
}

/// The id of row `number`.
pub(crate) fn id(number: usize) -> String {
    format!("00000000-0000-7000-8000-{number:012x}")
}

fn check_lists(client: &mut Client, growing: &[&str], small: &[&str]) {
    let tables = "select relname::text from pg_class
        where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition";
    let there = client.query(tables, &[]).expect("the tables");
    let there = there.iter().map(|row| row.get(0)).collect::<BTreeSet<String>>();
    let listed = growing.iter().chain(small).map(ToString::to_string).collect::<BTreeSet<_>>();
    let new = there.difference(&listed).collect::<Vec<_>>();
    assert!(
        new.is_empty(),
        "tables that are in neither list, of those that grow and those that do not: {new:?}"
    );
    let gone = listed.difference(&there).collect::<Vec<_>>();
    assert!(gone.is_empty(), "tables that are listed, and are not there: {gone:?}");
    assert_eq!(listed.len(), growing.len() + small.len(), "a table is listed twice");
}

/// No unique index may have taken rows away.
fn check_rows(client: &mut Client, growing: &[&str]) {
    for table in growing {
        let rows = client.query_one(&format!("select count(*) from {table}"), &[]).expect("a count");
        let rows: i64 = rows.get(0);
        assert!(
            usize::try_from(rows).is_ok_and(|rows| rows >= ROWS / 2),
            "{table} has {rows} rows: the values made up for its columns are not unique together"
        );
    }
}

/// What a column is.
struct Column {
    name: String,
    kind: String,
    nullable: bool,
    /// The table that it refers to, if that is another.
    refers_to: Option<String>,
    /// The words that it may hold, if it is one of several.
    words: Vec<String>,
}

/// The statement that fills a table and analyses it. What migrations have filled stays as it is.
fn insert(client: &mut Client, table: &str, rows: usize, columns: &[Column], small: &[&str]) -> String {
    let filled = client.query_one(&format!("select exists (select from {table})"), &[]).expect("an answer");
    if filled.get(0) {
        return format!("analyze {table}");
    }
    let names = columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ");
    let values = columns.iter().map(|column| value(column, small)).collect::<Vec<_>>().join(", ");
    format!(
        "insert into {table} ({names}) overriding system value select {values} from source s where i < {rows}
         on conflict do nothing; analyze {table}"
    )
}

fn columns(client: &mut Client, table: &str) -> Vec<Column> {
    let columns = "select a.attname::text, format_type(a.atttypid, null), not a.attnotnull,
               (select k.confrelid::regclass::text from pg_constraint k
                where k.contype = 'f' and k.conrelid = a.attrelid and a.attnum = any(k.conkey) order by cardinality(k.conkey), 1 limit 1),
               array(select m[1] from pg_constraint k, regexp_matches(pg_get_constraintdef(k.oid), '''([a-z_]+)''::text', 'g') m
                     where k.contype = 'c' and k.conrelid = a.attrelid and k.conkey = array[a.attnum]
                       and pg_get_constraintdef(k.oid) like '%= ANY%')
        from pg_attribute a
        where a.attrelid = $1::text::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
        order by a.attnum";
    let rows = client.query(columns, &[&table]).expect("the columns");
    rows.iter().map(Column::read).collect()
}

impl Column {
    fn read(row: &postgres::Row) -> Self {
        let (name, kind): (String, String) = (row.get(0), row.get(1));
        let mut words: Vec<String> = row.get(4);
        let codes = CODES.iter().find(|(names, _)| names.contains(&name.as_str()));
        if let Some((_, codes)) = codes.filter(|_| words.is_empty() && kind == "text") {
            words = codes.iter().map(ToString::to_string).collect();
        }
        Self { name, kind, nullable: row.get(2), refers_to: row.get(3), words }
    }
}

fn value(column: &Column, small: &[&str]) -> String {
    let few = column.refers_to.as_deref().is_some_and(|table| small.contains(&table));
    let value = match (column.name.as_str(), column.kind.as_str()) {
        ("tenant_id", _) => return "s.tenant".to_owned(),
        // Of these there are three, whatever refers to them.
        ("chain_id", _) => return "1 + s.i % 3".to_owned(),
        (_, "uuid") if few => "s.tenant".to_owned(),
        (_, "uuid") => "s.id".to_owned(),
        // All jobs but one in fifty have been done.
        ("state", "text") if column.words.iter().any(|word| word == "leased") => {
            "case s.i / 200 % 100 when 0 then 'queued' when 1 then 'leased' else 'done' end".to_owned()
        }
        (_, "text") if !column.words.is_empty() => {
            let words = column.words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(", ");
            format!("(array[{words}])[1 + s.i / {TENANTS} % {}]", column.words.len())
        }
        (_, "text") if few => format!("'t' || lpad((s.i % {TENANTS})::text, 6, '0')"),
        (_, "text") => "s.text".to_owned(),
        (_, "boolean") => format!("s.i / {TENANTS} % 2 = 0"),
        (_, "smallint") => "s.i % 100".to_owned(),
        // Counters, for the most part, and versions.
        (_, "integer") => "s.i % 10".to_owned(),
        (_, "bigint" | "numeric") => "s.i".to_owned(),
        (_, "timestamp with time zone") => "s.time".to_owned(),
        (_, "date") => "current_date - s.i % 1000".to_owned(),
        (_, "time without time zone") => "time '12:00'".to_owned(),
        (_, "jsonb") => "'{}'::jsonb".to_owned(),
        (_, "bytea") => "convert_to(s.text, 'UTF8')".to_owned(),
        (_, "text[]") => "array[s.text]".to_owned(),
        (_, "uuid[]") => "array[s.id]".to_owned(),
        (name, kind) => panic!("no value is known for {name}, which is {kind}: say one in {}", file!()),
    };
    if column.nullable { format!("case when s.i / {TENANTS} % 2 = 0 then {value} end") } else { value }
}
