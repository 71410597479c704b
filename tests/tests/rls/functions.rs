//! The functions of the schema, and the files that say how they are.

use std::{collections::BTreeMap, fs, path::Path};

use postgres::GenericClient;

/// What the schema has, by name: definition, owner and grants.
fn functions(client: &mut impl GenericClient) -> BTreeMap<String, String> {
    let sql = "select p.proname::text, concat_ws(E'\\n', pg_get_functiondef(p.oid), p.proowner::regrole, ( \
            select string_agg(a.grantee::regrole || ' ' || a.privilege_type, ', ' order by a.grantee, a.privilege_type) \
            from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a)) \
        from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prokind in ('f', 'p')";
    let rows = client.query(sql, &[]).expect("the functions");
    let functions: BTreeMap<String, String> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    assert_eq!(functions.len(), rows.len(), "a name stands for one function");
    functions
}

fn files() -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations/functions");
    let entries =
        fs::read_dir(&folder).expect("the folder of functions").map(|entry| entry.expect("a file").path());
    let read = |path: &Path| fs::read_to_string(path).expect("a file of a function");
    let name = |path: &Path| path.file_stem().and_then(|name| name.to_str()).expect("its name").to_owned();
    entries.map(|path| (name(&path), read(&path))).collect()
}

/// Every file is applied once more, each by itself: it changes its own function to what that is already, and no other.
#[test]
fn every_function_stands_in_a_file_of_its_name_and_is_as_that_says() {
    let Some(database) = super::database("it looks into the database") else { return };
    let mut admin = database.admin();
    let before = functions(&mut admin);
    let files = files();
    let (named, found): (Vec<&String>, Vec<&String>) = (files.keys().collect(), before.keys().collect());
    assert_eq!(named, found, "files, and functions of the schema");
    for (name, sql) in &files {
        let mut transaction = admin.transaction().expect("a transaction");
        transaction
            .batch_execute("set local role fundrail_owner; set local search_path = public")
            .expect("the role of who migrates");
        transaction.batch_execute(sql).unwrap_or_else(|error| panic!("{name}: {error:?}"));
        let made = "select proname::text from pg_proc where xmin = pg_current_xact_id()::xid";
        let made: Vec<String> =
            transaction.query(made, &[]).expect("what was made").iter().map(|row| row.get(0)).collect();
        assert_eq!(made, [name.as_str()], "what {name}.sql makes");
        assert_eq!(functions(&mut transaction)[name], before[name], "{name}, by its file and as it was");
        transaction.rollback().expect("it is undone");
    }
}
