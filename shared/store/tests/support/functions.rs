//! What the statements within functions of the database are planned as: the planner sees none of them from outside, so the functions
//! are called, in transactions that are rolled back, and `auto_explain` tells of all that they run.

#![allow(clippy::expect_used, reason = "a test that cannot be set up has failed")]

use std::sync::{Arc, Mutex, PoisonError};

use postgres::Client;
use serde_json::Value;

use super::rows::{Filled, id};

/// A statement that ran within a function.
pub(crate) struct Ran {
    /// The function.
    pub function: String,
    /// How it was planned.
    pub plan: Value,
}

/// Calls every function with made-up arguments. One that refuses them has run as far as that.
pub(crate) fn ran(filled: &Filled, row: usize) -> Vec<Ran> {
    let told = Arc::new(Mutex::new(Vec::new()));
    let mut client = listening(filled, &told);
    let functions = "select format('%s(%s)', p.oid::regproc, (
                   select string_agg(coalesce(format('%L', case format_type(a.type, null)
                              when 'uuid' then $1::text
                              when 'text' then case when p.prosrc ~ (p.proargnames[a.place] || '::jsonb?\\M')
                                  then '[]' else 't' || lpad($2::int4::text, 6, '0') end
                              when 'text[]' then array['t' || lpad($2::text, 6, '0')]::text
                              when 'uuid[]' then array[$1]::text
                              when 'jsonb' then '[]' when 'json' then '[]' when 'integer[]' then '{3}'
                              when 'boolean' then 'true'
                              when 'interval' then '1 day'
                              when 'date' then current_date::text
                              when 'timestamp with time zone' then now()::text
                              when 'integer' then '3' when 'bigint' then '3' when 'smallint' then '3' when 'numeric' then '3'
                          end), 'null') || '::' || format_type(a.type, null), ', ' order by a.place)
                   from unnest(p.proargtypes) with ordinality a(type, place))),
               coalesce((select min(m.member::regrole::text) from pg_auth_members m
                         where m.roleid = 'fundrail_app'::regrole and has_function_privilege(m.member, p.oid, 'execute')),
                        'fundrail_owner')
        from pg_proc p
        where p.pronamespace = 'public'::regnamespace and p.prokind = 'f'
          and p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
          and p.proowner in ('fundrail_owner'::regrole, 'fundrail_system'::regrole)
          and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
        order by 1";
    let number = i32::try_from(row).expect("a small number");
    let calls = client.query(functions, &[&id(row), &number]).expect("the functions");
    for call in &calls {
        // As a component, where one may call it; else by its owner.
        let (call, component): (&str, &str) = (call.get(0), call.get(1));
        for caller in [component, "fundrail_owner"] {
            let called =
                client.batch_execute(&format!("begin; set local role {caller}; select * from {call}"));
            let _ = client.batch_execute("rollback");
            if called.is_ok() {
                break;
            }
        }
    }
    let told = std::mem::take(&mut *told.lock().unwrap_or_else(PoisonError::into_inner));
    told.iter().filter_map(|(said, context)| read(said, context)).collect()
}

/// What was said, and in which function.
type Told = Arc<Mutex<Vec<(String, String)>>>;

/// A connection of the administrator, who alone can have it told.
fn listening(filled: &Filled, told: &Told) -> Client {
    let told = Arc::clone(told);
    let mut config = filled.admin.clone();
    config.notice_callback(move |notice| {
        let context = notice.where_().unwrap_or_default().to_owned();
        told.lock().unwrap_or_else(PoisonError::into_inner).push((notice.message().to_owned(), context));
    });
    let mut client = super::connect(&config);
    let settings = "load 'auto_explain';
        set auto_explain.log_min_duration = 0;
        set auto_explain.log_nested_statements = on;
        set auto_explain.log_format = json;
        set auto_explain.log_level = notice;
        set client_min_messages = notice;
        set statement_timeout = '20s'";
    client.batch_execute(settings).expect("auto_explain, which Postgres brings along");
    client
}

/// The plan in a notice, unless it is that of our own call.
fn read(said: &str, context: &str) -> Option<Ran> {
    let (_, plan) = said.split_once("plan:")?;
    let (_, function) = context.lines().next()?.split_once("function ")?;
    let end = function.find(|next: char| !(next.is_ascii_alphanumeric() || next == '_' || next == '"'))?;
    let function = function.get(..end)?.trim_matches('"').to_owned();
    Some(Ran { function, plan: serde_json::from_str(plan.trim()).ok()? })
}
