//! Row-level security: what one tenant cannot do to another's rows, table by table and command by command.
//!
//! The tables come from `pg_catalog`, so that a new one is tried or fails a test by name. Every refusal is only believed
//! after the same statement has succeeded for the tenant whose row it is.

mod fixtures;
mod functions;

use std::collections::{BTreeMap, BTreeSet};

use fixtures::{DEFINERS, FIXTURES, Fixture, GROUND, Readers, SHARED, UNREAD};
use fundrail_tests::{Database, skip};
use postgres::{Client, error::SqlState};
use uuid::Uuid;

/// Somebody who acts.
struct Party {
    tenant: Uuid,
    user: Uuid,
}

impl Party {
    fn new() -> Self {
        Self { tenant: Uuid::now_v7(), user: Uuid::now_v7() }
    }

    /// Fills in the placeholders of a fixture's texts. `new` is 0 for the row that stands and 1 for a further one.
    fn fill(&self, sql: &str, new: u8) -> String {
        let digits = self.tenant.simple().to_string();
        let fresh = Uuid::new_v4();
        sql.replace("{tenant}", &self.tenant.to_string())
            .replace("{user}", &self.user.to_string())
            .replace("{wallet}", &format!("0x{}{digits}", digits.split_at(24).1))
            .replace("{digits}", &fresh.simple().to_string())
            .replace("{id}", &fresh.to_string())
            .replace("{new}", &new.to_string())
    }

    /// A connection as a component of a domain that serves this party has it.
    fn connect(&self, database: &Database, domain: &str) -> Client {
        let mut client = database.connect_as(domain, Some(self.tenant));
        let set = "select set_config('app.user_id', $1, false)";
        client.execute(set, &[&self.user.to_string()]).expect("the user is set");
        client
    }
}

/// What came of a statement, in a transaction that is rolled back.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Rows(u64),
    NoPrivilege,
    RowLevelSecurity,
    /// A constraint stopped it: the rows were reached.
    Constraint(String),
}

impl Outcome {
    /// Whether rows were reached.
    fn reached(&self) -> bool {
        matches!(self, Self::Rows(1..) | Self::Constraint(_))
    }
}

fn attempt(client: &mut Client, sql: &str) -> Outcome {
    let mut transaction = client.transaction().expect("a transaction");
    match transaction.execute(sql, &[]) {
        Ok(rows) => Outcome::Rows(rows),
        Err(error) => {
            let error = error.as_db_error().unwrap_or_else(|| panic!("{sql}: {error}"));
            let code = error.code();
            if *code == SqlState::INSUFFICIENT_PRIVILEGE && error.message().contains("row-level security") {
                Outcome::RowLevelSecurity
            } else if *code == SqlState::INSUFFICIENT_PRIVILEGE {
                Outcome::NoPrivilege
            } else if code.code().starts_with("23") {
                Outcome::Constraint(error.message().to_owned())
            } else {
                panic!("{sql}: {error}")
            }
        }
    }
}

fn database(why: &str) -> Option<Database> {
    let database = Database::start();
    if database.is_none() {
        skip(why);
    }
    database
}

/// Tables of the schema, partitions left out: whether they have row-level security, and forced.
fn tables(admin: &mut Client) -> BTreeMap<String, (bool, bool)> {
    let sql = "select c.relname::text, c.relrowsecurity, c.relforcerowsecurity from pg_class c \
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition";
    let rows = admin.query(sql, &[]).expect("the tables");
    rows.iter().map(|row| (row.get(0), (row.get(1), row.get(2)))).collect()
}

#[test]
fn every_table_with_a_tenant_has_row_level_security_enabled_and_forced() {
    let Some(database) = database("it looks into the database") else { return };
    let mut admin = database.admin();
    let tables = tables(&mut admin);
    let sql = "select c.relname::text from pg_class c join pg_attribute a on a.attrelid = c.oid \
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and a.attname = 'tenant_id' \
          and not a.attisdropped";
    let of_tenants: Vec<String> =
        admin.query(sql, &[]).expect("tables").iter().map(|row| row.get(0)).collect();
    assert!(of_tenants.len() >= 10, "{of_tenants:?}");
    for table in &of_tenants {
        assert_eq!(tables[table], (true, true), "{table}: row-level security enabled, forced");
    }
    for (table, (enabled, forced)) in &tables {
        assert_eq!(enabled, forced, "{table}: enabled, but the owner reads past it");
    }
}

#[test]
fn every_table_is_either_somebodys_or_on_the_list_of_shared_ones() {
    let Some(database) = database("it looks into the database") else { return };
    let mut admin = database.admin();
    let (mut owned, mut shared) = (BTreeSet::new(), BTreeSet::new());
    for (table, (secured, _)) in tables(&mut admin) {
        if secured {
            owned.insert(table)
        } else {
            shared.insert(table)
        };
    }
    let fixtures: BTreeSet<String> = FIXTURES.iter().map(|fixture| fixture.table.to_owned()).collect();
    assert_eq!(owned, fixtures, "tables with row-level security, and those with a fixture");
    let listed: BTreeSet<String> = SHARED.iter().map(|table| (*table).to_owned()).collect();
    assert_eq!(shared, listed, "tables without row-level security, and those listed");
}

#[test]
fn no_role_of_a_component_is_superuser_bypasses_anything_or_owns_anything() {
    let Some(database) = database("it looks into the database") else { return };
    let mut admin = database.admin();
    for domain in database.domains() {
        let role = format!("fundrail_{domain}");
        let sql = "select rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication, rolconnlimit \
            from pg_roles where rolname = $1";
        let row = admin.query_one(sql, &[&role]).expect("the role");
        assert!(!row.get::<_, bool>(0), "{role}");
        assert!(
            row.get::<_, i32>(1) >= 128,
            "{role} may have the connections of two pools, and some end of them"
        );
        let groups = "select string_agg(roleid::regrole::text, ' ') from pg_auth_members where member = $1::text::regrole";
        let groups: Option<String> = admin.query_one(groups, &[&role]).expect("its groups").get(0);
        assert_eq!(groups.as_deref(), Some("fundrail_app"), "what {role} is a member of");
        owns_nothing(&mut admin, &role);
        let mut component = database.connect_as(domain, None);
        let who =
            component.query_one("select session_user::text, current_user::text", &[]).expect("the role");
        assert_eq!((who.get(0), who.get(1)), (role.as_str(), role.as_str()), "components connect by it");
        assert!(
            component.batch_execute("create table public.own (n integer)").is_err(),
            "{role} creates nothing"
        );
        for other in
            ["fundrail_system", "fundrail_owner", "fundrail_identity"].iter().filter(|other| **other != role)
        {
            assert!(
                component.batch_execute(&format!("set role {other}")).is_err(),
                "{role} cannot become {other}"
            );
        }
    }
    owns_nothing(&mut admin, "fundrail_app");
    let login = "select rolcanlogin from pg_roles where rolname = 'fundrail_app'";
    assert!(
        !admin.query_one(login, &[]).expect("the group").get::<_, bool>(0),
        "nobody connects as the group"
    );
}

fn owns_nothing(admin: &mut Client, role: &str) {
    let owned = "select (select count(*) from pg_class where relowner = $1::text::regrole)
        + (select count(*) from pg_proc where proowner = $1::text::regrole)
        + (select count(*) from pg_database where datdba = $1::text::regrole)";
    assert_eq!(admin.query_one(owned, &[&role]).expect("a count").get::<_, i64>(0), 0, "{role}");
}

#[test]
fn every_role_of_a_component_is_set_to_end_what_hangs_and_to_compile_no_statement_first() {
    let Some(database) = database("it looks into the database") else { return };
    for domain in database.domains() {
        let mut component = database.connect_as(domain, None);
        for (setting, expected) in [
            // Compiling takes longer than any statement of a component.
            ("jit", "off"),
            ("statement_timeout", "15s"),
            ("idle_in_transaction_session_timeout", "10s"),
            ("search_path", "public"),
        ] {
            let found: String =
                component.query_one(&format!("show {setting}"), &[]).expect("a setting").get(0);
            assert_eq!(found, expected, "{setting} of {domain}");
        }
    }
}

#[test]
fn the_functions_that_cross_tenants_are_these_and_no_others() {
    let Some(database) = database("it looks into the database") else { return };
    let sql = "select p.proname::text, p.proowner::regrole::text, \
            coalesce('search_path=public, pg_temp' = any (p.proconfig), false), \
            exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a where a.grantee = 0) \
        from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prosecdef order by 1";
    let rows = database.admin().query(sql, &[]).expect("the functions");
    let found: Vec<(&str, &str)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    assert_eq!(found, DEFINERS);
    for row in &rows {
        let name: &str = row.get(0);
        assert!(row.get::<_, bool>(2), "{name} takes its search path from its caller");
        assert!(!row.get::<_, bool>(3), "{name} may be called by everybody");
    }
}

#[test]
fn no_command_on_any_table_reaches_the_rows_of_another_tenant() {
    let Some(database) = database("it looks into the database") else { return };
    let (owner, other) = (Party::new(), Party::new());
    let mut admin = database.admin();
    for sql in GROUND {
        admin.batch_execute(sql).unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }
    for party in [&owner, &other] {
        for fixture in FIXTURES {
            let sql = party.fill(fixture.insert, 0);
            let rows = admin.execute(&sql, &[]).unwrap_or_else(|error| panic!("{sql}: {error:?}"));
            assert_eq!(rows, 1, "{sql}");
        }
    }
    let mut seen = BTreeSet::new();
    for domain in database.domains() {
        let mut ours = owner.connect(&database, domain);
        let mut theirs = other.connect(&database, domain);
        let mut nobodys = database.connect_as(domain, None);
        for fixture in FIXTURES {
            if reading(fixture, &owner, [&mut ours, &mut theirs, &mut nobodys]) {
                seen.insert(fixture.table);
            }
            updating(fixture, &owner, domain, [&mut ours, &mut theirs], &mut admin);
            giving(fixture, &owner, &other, &mut theirs);
            deleting(fixture, &owner, [&mut ours, &mut theirs]);
            inserting(fixture, &owner, [&mut ours, &mut theirs]);
        }
    }
    let unseen: Vec<&str> =
        FIXTURES.iter().map(|fixture| fixture.table).filter(|table| !seen.contains(table)).collect();
    assert_eq!(unseen, UNREAD, "tables that no component reads a row of, not even for its owner");
}

/// Whether this component may read it at all.
fn reading(fixture: &Fixture, owner: &Party, [ours, theirs, nobodys]: [&mut Client; 3]) -> bool {
    let sql = owner.fill(&format!("select 1 from {} where {}", fixture.table, fixture.own), 0);
    let own = attempt(ours, &sql);
    if own == Outcome::NoPrivilege {
        for client in [theirs, nobodys] {
            assert_eq!(attempt(client, &sql), Outcome::NoPrivilege, "{sql}");
        }
        return false;
    }
    assert!(own.reached(), "as its owner: {sql}: {own:?}");
    let everybody = if fixture.readers == Readers::Everybody { own } else { Outcome::Rows(0) };
    assert_eq!(attempt(theirs, &sql), everybody, "as another tenant: {sql}");
    assert_eq!(attempt(nobodys, &sql), everybody, "as no tenant: {sql}");
    true
}

/// Writes a column that components may write, with the value that it has.
fn updating(
    fixture: &Fixture,
    owner: &Party,
    domain: &str,
    [ours, theirs]: [&mut Client; 2],
    admin: &mut Client,
) {
    let sql = "select attname::text from pg_attribute where attrelid = $1::text::regclass and attnum > 0 \
        and not attisdropped and attgenerated = '' and attidentity = '' \
        order by has_column_privilege($2::text, attrelid, attnum, 'UPDATE') desc, attnum limit 1";
    let role = format!("fundrail_{domain}");
    let column: String = admin.query_one(sql, &[&fixture.table, &role]).expect("a column").get(0);
    let sql = format!("update {} set {column} = {column} where {}", fixture.table, fixture.own);
    let sql = owner.fill(&sql, 0);
    match attempt(ours, &sql) {
        own if own.reached() => {
            assert_eq!(attempt(theirs, &sql), Outcome::Rows(0), "as another tenant: {sql}");
        }
        Outcome::NoPrivilege => assert_eq!(attempt(theirs, &sql), Outcome::NoPrivilege, "{sql}"),
        outcome => panic!("as its owner: {sql}: {outcome:?}"),
    }
}

/// Hands a row of one's own to another tenant.
fn giving(fixture: &Fixture, owner: &Party, other: &Party, theirs: &mut Client) {
    let may = "select coalesce((select has_column_privilege(attrelid, attnum, 'UPDATE') from pg_attribute \
        where attrelid = $1::text::regclass and attname = 'tenant_id'), false)";
    if theirs.query_one(may, &[&fixture.table]).expect("the privilege").get(0) {
        let sql =
            format!("update {} set tenant_id = '{}' where {}", fixture.table, owner.tenant, fixture.own);
        assert_eq!(attempt(theirs, &other.fill(&sql, 0)), Outcome::RowLevelSecurity, "{sql}");
    }
}

fn deleting(fixture: &Fixture, owner: &Party, [ours, theirs]: [&mut Client; 2]) {
    let sql = owner.fill(&format!("delete from {} where {}", fixture.table, fixture.own), 0);
    match attempt(ours, &sql) {
        own if own.reached() => {
            assert_eq!(attempt(theirs, &sql), Outcome::Rows(0), "as another tenant: {sql}");
        }
        Outcome::NoPrivilege => assert_eq!(attempt(theirs, &sql), Outcome::NoPrivilege, "{sql}"),
        outcome => panic!("as its owner: {sql}: {outcome:?}"),
    }
}

fn inserting(fixture: &Fixture, owner: &Party, [ours, theirs]: [&mut Client; 2]) {
    let sql = owner.fill(fixture.insert, 1);
    match attempt(ours, &sql) {
        // A row that may stand only once is there already: the policy let it pass.
        own if own.reached() => {
            let sql = owner.fill(fixture.insert, 1);
            assert_eq!(attempt(theirs, &sql), Outcome::RowLevelSecurity, "as another tenant: {sql}");
        }
        Outcome::NoPrivilege => assert_eq!(attempt(theirs, &sql), Outcome::NoPrivilege, "{sql}"),
        outcome => panic!("as its owner: {sql}: {outcome:?}"),
    }
}
