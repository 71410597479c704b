//! What the roles that components connect as may do: what their files in `migrations/roles` say, which is what the statements of
//! their components need, and no more.
//!
//! Which statements a component runs is read from its Wasm: it contains the text of those that it can reach.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use aho_corasick::AhoCorasick;
use fundrail_store::Statement;
use fundrail_tests::{Component, Database, component, components, skip, workspace};
use postgres::{Client, GenericClient, error::SqlState};

/// The group of all roles of components.
const EVERYBODY: &str = "fundrail_app";

/// Privileges that no statement needs, but a function that runs with the rights of its caller: whose, what, and in which.
const BY_FUNCTIONS: &[(&str, &str, &str)] = &[
    ("fundrail_investors", "insert on investor_word", "investor_index_names"),
    ("fundrail_investors", "delete on investor_word", "investor_index_names"),
    ("fundrail_investors", "insert on kyc_file", "kyc_file_follow"),
    ("fundrail_investors", "update on kyc_file", "kyc_file_follow"),
    ("fundrail_prices", "select (id) on fund", "app_issues_fund"),
    ("fundrail_prices", "select (issuer_id) on fund", "app_issues_fund"),
    ("fundrail_prices", "select (id) on issuer", "app_issues_fund"),
    ("fundrail_prices", "select (tenant_id) on issuer", "app_issues_fund"),
];

/// Functions that anybody may call: none of them sees or does what its caller could not.
const ANYBODYS: &[&str] = &[
    "api_key_allows",
    "api_key_maker",
    "app_issues_fund",
    "app_issues_share_class",
    "app_tenant_id",
    "app_user_id",
    "audit_event_hash",
    "audit_field",
    "compliance_rules_changed",
    "count_version",
    "fund_lists_classes",
    "investor_count_identity",
    "investor_identity",
    "investor_index_names",
    "investor_lapse_proofs",
    "is_listed",
    "kyc_content_sha256",
    "kyc_file_follow",
    "member_meets_demand",
    "nav_lock",
    "nav_version_number",
    "rfc3339",
    "role_permission_within_tenant",
    "session_password_holds",
    "share_class_listed",
    "time_zone_known",
    "words_of",
];

fn database() -> Option<Database> {
    let database = Database::start();
    if database.is_none() {
        skip("it looks into the database");
    }
    database
}

fn role_of(domain: &str) -> String {
    format!("fundrail_{domain}")
}

/// Something that a role may do: on a table or view, on a column of one, or call.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Privilege {
    /// What it is granted on: `asset`, `function rfc3339`.
    on: String,
    /// `select`, …, `execute`.
    what: String,
    /// The only column that it is about, if it is about one.
    column: Option<String>,
}

impl Privilege {
    /// As it stands in a `grant` or `revoke`, without whom.
    fn said(&self) -> String {
        match &self.column {
            Some(column) => format!("{} ({column}) on {}", self.what, self.on),
            None => format!("{} on {}", self.what, self.on),
        }
    }
}

/// All that is granted to a role itself, or to `public`, in the schema.
fn granted(client: &mut impl GenericClient, role: &str) -> Vec<Privilege> {
    let sql = "select c.relname::text, lower(a.privilege_type), null::text
        from pg_class c, aclexplode(c.relacl) a
        where c.relnamespace = 'public'::regnamespace and a.grantee = coalesce(to_regrole($1)::oid, 0)
        union all
        select c.relname::text, lower(a.privilege_type), t.attname::text
        from pg_class c join pg_attribute t on t.attrelid = c.oid, aclexplode(t.attacl) a
        where c.relnamespace = 'public'::regnamespace and a.grantee = coalesce(to_regrole($1)::oid, 0)
        union all
        select case p.prokind when 'p' then 'procedure ' else 'function ' end || p.proname, lower(a.privilege_type), null
        from pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
        where p.pronamespace = 'public'::regnamespace and a.grantee = coalesce(to_regrole($1)::oid, 0)
        order by 1, 2, 3";
    let rows = client.query(sql, &[&role]).expect("what is granted");
    rows.iter().map(|row| Privilege { on: row.get(0), what: row.get(1), column: row.get(2) }).collect()
}

/// The lines of the file that would grant this.
fn lines(role: &str, granted: &[Privilege]) -> BTreeSet<String> {
    let mut on: BTreeMap<&str, BTreeMap<usize, (&str, BTreeSet<&str>)>> = BTreeMap::new();
    for privilege in granted {
        let order = ["select", "insert", "update", "delete"].iter().position(|one| *one == privilege.what);
        let one = on.entry(&privilege.on).or_default().entry(order.unwrap_or(4)).or_default();
        one.0 = &privilege.what;
        one.1.extend(privilege.column.as_deref());
    }
    let said = |(what, columns): &(&str, BTreeSet<&str>)| {
        let columns: Vec<&str> = columns.iter().copied().collect();
        if columns.is_empty() { (*what).to_owned() } else { format!("{what} ({})", columns.join(", ")) }
    };
    on.iter()
        .map(|(on, whats)| {
            let whats: Vec<String> = whats.values().map(said).collect();
            format!("grant {} on {on} to {role};", whats.join(", "))
        })
        .collect()
}

#[test]
fn every_role_may_do_what_its_file_says_and_nothing_else() {
    let Some(database) = database() else { return };
    let mut admin = database.admin();
    let mut named = BTreeSet::new();
    for entry in fs::read_dir(workspace().join("migrations/roles")).expect("the files of the roles") {
        let path = entry.expect("a file").path();
        let role = path.file_stem().and_then(|name| name.to_str()).expect("its name").to_owned();
        let text = fs::read_to_string(&path).expect("its text");
        let said = text.lines().filter(|line| line.starts_with("grant ")).map(str::to_owned).collect();
        let found = lines(&role, &granted(&mut admin, &role));
        let lacking: Vec<&String> = BTreeSet::difference(&said, &found).collect();
        let beyond: Vec<&String> = found.difference(&said).collect();
        assert!(lacking.is_empty() && beyond.is_empty(), "{role}: lacking {lacking:#?}, beyond {beyond:#?}");
        named.insert(role);
    }
    let mut roles: BTreeSet<String> = database.domains().map(role_of).collect();
    roles.insert(EVERYBODY.to_owned());
    assert_eq!(named, roles, "files, and roles that components connect as");
}

#[test]
fn what_anybody_may_do_is_to_call_these_functions() {
    let Some(database) = database() else { return };
    let anybodys = granted(&mut database.admin(), "public");
    let called: Vec<&str> =
        anybodys.iter().filter_map(|privilege| privilege.on.strip_prefix("function ")).collect();
    assert_eq!(called, ANYBODYS);
    let others: Vec<&Privilege> =
        anybodys.iter().filter(|privilege| !privilege.on.starts_with("function ")).collect();
    assert!(others.is_empty(), "{others:?}");
    let definers = "select proname::text from pg_proc
        where pronamespace = 'public'::regnamespace and prosecdef and proname = any ($1)";
    let definers = database.admin().query(definers, &[&ANYBODYS]).expect("an answer");
    assert!(definers.is_empty(), "with the rights of its owner: {definers:?}");
}

/// The components of `spin.toml` by the domain as whose role they connect.
fn components_by_domain() -> BTreeMap<String, Vec<Component>> {
    let mut by_domain: BTreeMap<String, Vec<Component>> = BTreeMap::new();
    for component in components(&workspace().join("spin.toml")) {
        let variable = component.variables.get("database_url");
        let domain = variable.and_then(|set| set.strip_prefix("{{ ")?.strip_suffix("_database_url }}"));
        let domain = domain.unwrap_or_else(|| panic!("{} connects as no domain: {variable:?}", component.id));
        by_domain.entry(domain.to_owned()).or_default().push(component);
    }
    by_domain
}

/// The statements that components contain, and the number by which each is prepared.
fn contained(components: &[Component]) -> BTreeSet<usize> {
    let statements: Vec<&Statement> = fundrail_store::all().collect();
    let texts = AhoCorasick::new(statements.iter().map(|statement| statement.sql)).expect("texts");
    let mut found = BTreeSet::new();
    for one in components {
        let path = component(one.file.trim_end_matches(".wasm"));
        let wasm = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        found.extend(texts.find_overlapping_iter(&wasm).map(|found| found.pattern().as_usize()));
    }
    assert!(!found.is_empty(), "{components:?} contain no statement");
    found
}

/// Prepares every statement under its number.
fn prepare(client: &mut Client) {
    for (number, statement) in fundrail_store::all().enumerate().filter(|(_, one)| !is_call(one)) {
        let prepare = format!("prepare statement_{number} as {}", statement.sql);
        client.batch_execute(&prepare).unwrap_or_else(|error| panic!("{}: {error:?}", statement.name));
    }
}

fn is_call(statement: &Statement) -> bool {
    statement.sql.trim_start().starts_with("call ")
}

/// Whether a role may run a statement: the executor asks when it begins, which is as far as `explain` goes.
fn may_run(client: &mut impl GenericClient, role: &str, number: usize, statement: &Statement) -> bool {
    if is_call(statement) {
        let procedure =
            statement.sql.trim_start().trim_start_matches("call ").split('(').next().unwrap_or_default();
        let may =
            "select bool_and(has_function_privilege($1, oid, 'execute')) from pg_proc where proname = $2";
        return client.query_one(may, &[&role, &procedure.trim()]).expect("an answer").get(0);
    }
    let nulls = vec!["null"; statement.parameters.len()].join(", ");
    let arguments = if nulls.is_empty() { nulls } else { format!("({nulls})") };
    let mut attempt = client.transaction().expect("a transaction");
    attempt.batch_execute(&format!("set local role {role}")).expect("the role");
    match attempt.batch_execute(&format!("explain execute statement_{number}{arguments}")) {
        Ok(()) => true,
        Err(error) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => false,
        Err(error) => panic!("{}: {error:?}", statement.name),
    }
}

#[test]
fn every_component_may_run_the_statements_that_it_contains() {
    let Some(database) = database() else { return };
    let mut admin = database.admin();
    prepare(&mut admin);
    let statements: Vec<&Statement> = fundrail_store::all().collect();
    let (mut refused, mut contained_somewhere) = (Vec::new(), BTreeSet::new());
    for (domain, components) in components_by_domain() {
        for number in contained(&components) {
            if !may_run(&mut admin, &role_of(&domain), number, statements[number]) {
                refused.push(format!("{} by {domain}", statements[number].name));
            }
            contained_somewhere.insert(number);
        }
    }
    assert!(refused.is_empty(), "{refused:#?}");
    assert_eq!(contained_somewhere.len(), statements.len(), "every statement is some component's");
}

/// Whether any of these statements cannot be run by `role` once `privilege` is taken from `holder`.
fn needs(
    admin: &mut Client,
    (holder, privilege): (&str, &Privilege),
    role: &str,
    numbers: &BTreeSet<usize>,
) -> bool {
    let statements: Vec<&Statement> = fundrail_store::all().collect();
    let name = privilege.on.rsplit(' ').next().unwrap_or_default();
    let mut numbers: Vec<usize> = numbers.iter().copied().collect();
    // What names it comes first: the others may need it by way of a view or a policy.
    numbers.sort_by_key(|number| !statements[*number].sql.contains(name));
    let mut transaction = admin.transaction().expect("a transaction");
    transaction.batch_execute(&format!("revoke {} from {holder}", privilege.said())).expect("it is revoked");
    numbers.iter().any(|number| !may_run(&mut transaction, role, *number, statements[*number]))
}

#[test]
fn no_role_may_do_what_no_statement_of_its_components_needs() {
    let Some(database) = database() else { return };
    let mut admin = database.admin();
    prepare(&mut admin);
    let mut beyond = BTreeSet::new();
    for (domain, components) in components_by_domain() {
        let (role, numbers) = (role_of(&domain), contained(&components));
        for privilege in granted(&mut admin, &role) {
            if !needs(&mut admin, (&role, &privilege), &role, &numbers) {
                beyond.insert((role.clone(), privilege.said()));
            }
        }
    }
    let excepted: BTreeSet<(String, String)> =
        BY_FUNCTIONS.iter().map(|(role, what, _)| ((*role).to_owned(), (*what).to_owned())).collect();
    assert_eq!(beyond, excepted, "what no statement needs, and what a function does for its caller");
}

#[test]
fn what_every_role_may_do_is_what_every_domain_with_a_route_needs() {
    let Some(database) = database() else { return };
    let mut admin = database.admin();
    prepare(&mut admin);
    let routed = fundrail_tests::triggers(&workspace().join("spin.toml"), "http");
    let routed: BTreeSet<String> = routed.into_iter().map(|(_, component)| component).collect();
    for (domain, components) in components_by_domain() {
        if !components.iter().any(|component| routed.contains(&component.id)) {
            continue;
        }
        let numbers = contained(&components);
        for privilege in granted(&mut admin, EVERYBODY) {
            // A role may have all of what the group has a part of.
            let own = granted(&mut admin, &role_of(&domain));
            let has = |own: &Privilege| own.on == privilege.on && own.what == privilege.what;
            let needed = own.iter().any(has)
                || needs(&mut admin, (EVERYBODY, &privilege), &role_of(&domain), &numbers);
            assert!(needed, "{domain} does not need {}", privilege.said());
        }
    }
}

/// Not a policy of row-level security, which has the same code.
fn lacks_a_privilege(error: &postgres::Error) -> bool {
    error.as_db_error().is_some_and(|error| {
        *error.code() == SqlState::INSUFFICIENT_PRIVILEGE && error.message().starts_with("permission denied")
    })
}

/// `explain` does not look into the functions that policies call, and a row that makes them run may be rare.
#[test]
fn every_role_may_do_what_the_policies_of_its_tables_ask() {
    let Some(database) = database() else { return };
    let mut admin = database.admin();
    let policies = "select tablename::text, lower(cmd), concat(qual, ' ', with_check) from pg_policies";
    let policies = admin.query(policies, &[]).expect("policies");
    let mut asked = BTreeSet::new();
    for policy in policies {
        let (table, command, text): (String, String, String) = (policy.get(0), policy.get(1), policy.get(2));
        for role in database.domains().map(role_of) {
            let own = granted(&mut admin, &role);
            let reaches = own.iter().any(|one| one.on == table && (one.what == command || command == "all"));
            for function in ANYBODYS.iter().filter(|name| reaches && text.contains(&format!("{name}("))) {
                asked.insert((role.clone(), *function));
            }
        }
    }
    assert!(
        asked.iter().any(|(role, function)| role == "fundrail_prices" && *function == "app_issues_fund"),
        "{asked:?}"
    );
    for (role, function) in asked {
        let parameters = "select repeat('null, ', pronargs) from pg_proc where proname = $1";
        let parameters: String = admin.query_one(parameters, &[&function]).expect("the function").get(0);
        let call =
            format!("begin; set local role {role}; select {function}({})", parameters.trim_end_matches(", "));
        let outcome = admin.batch_execute(&call);
        assert!(outcome.is_ok(), "{role} cannot call {function}: {outcome:?}");
        admin.batch_execute("rollback").expect("it is undone");
    }
}

/// What a component that has been taken over would like to do.
const TEMPTATIONS: &[&str] = &[
    "select * from auth_find_credentials('somebody@example.com', '')",
    "select * from auth_find_refresh_token('x')",
    "select count(*) from user_password",
    "select count(*) from user_totp",
    "select count(*) from user_recovery_code",
    "select count(*) from one_time_token",
    "select count(*) from session",
    "select secret_hash from api_key",
    "select secret_sealed from signing_key",
    "insert into signing_key default values",
    "insert into membership_role default values",
    "update tenant set mfa_required = false",
];

#[test]
fn only_components_of_identity_reach_a_secret_or_give_rights() {
    let Some(database) = database() else { return };
    for domain in database.domains() {
        let mut component = database.connect_as(domain, None);
        for sql in TEMPTATIONS {
            let outcome = component.batch_execute(&format!("begin; {sql}"));
            let refused = outcome.as_ref().err().is_some_and(lacks_a_privilege);
            assert_eq!(refused, domain != "identity", "{sql}, by a component of {domain}: {outcome:?}");
            component.batch_execute("rollback").expect("it is undone");
        }
        let published = "select kid, public_key from signing_key";
        component.query(published, &[]).unwrap_or_else(|error| panic!("{domain}: {error:?}"));
    }
}

#[test]
fn only_components_of_the_chain_write_an_escrow_and_none_writes_its_tables() {
    let Some(database) = database() else { return };
    for domain in database.domains() {
        let mut component = database.connect_as(domain, None);
        let mut refused =
            |sql: &str| component.batch_execute(sql).err().is_some_and(|error| lacks_a_privilege(&error));
        for sql in [
            "select escrow_store(gen_random_uuid(), 'no document')",
            "select escrow_withdraw(1, '0x', 'no document')",
            "select * from chain_intake('[]', gen_random_uuid(), 'standard', 'm')",
        ] {
            assert_eq!(refused(sql), domain != "chain", "{sql}, by a component of {domain}");
        }
        for table in ["escrow", "escrow_event", "escrow_ledger_entry", "chain_event", "chain_block"] {
            let sql = format!("insert into {table} default values");
            assert!(refused(&sql), "{sql}, by a component of {domain}");
        }
    }
}
