//! The outbox of mail: written with its cause, delivered at least once, and given up in the end.

use fundrail_tests::{Control, Environment, Options, Tenant, json, shared, skip, wait_until};
use uuid::Uuid;

fn controlled() -> Option<(&'static Environment, &'static Control)> {
    let env = shared();
    let control = env.control();
    if control.is_none() {
        skip("it looks into the database");
    }
    Some((env, control?))
}

/// What stands in the row of a mail.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    sent: bool,
    given_up: bool,
    attempts: i32,
    due: bool,
    last_error: Option<String>,
}

fn row(control: &Control, id: Uuid) -> Row {
    let sql = "select sent_at is not null, given_up_at is not null, attempts, due_at <= now(), last_error \
        from notification where id = $1::text::uuid";
    let row = control.database().admin().query_one(sql, &[&id.to_string()]).expect("the mail");
    Row {
        sent: row.get(0),
        given_up: row.get(1),
        attempts: row.get(2),
        due: row.get(3),
        last_error: row.get(4),
    }
}

/// A mail as it might stand in the outbox: after so many attempts, the next one due in so many seconds.
fn written(control: &Control, tenant: &Tenant, secret: Option<&str>, attempts: i32, due_in: i32) -> Uuid {
    let id = Uuid::now_v7();
    let sql = "insert into notification (tenant_id, id, kind, recipient, secret_sealed, secret_key_id, attempts, due_at) \
        values ($1::text::uuid, $2::text::uuid, 'test', 'somebody@example.com', $3, case when $3::text is not null then 'gone' end, \
        $4, now() + make_interval(secs => $5))";
    let (tenant, key) = (tenant.id.to_string(), id.to_string());
    let mut admin = control.database().admin();
    admin.execute(sql, &[&tenant, &key, &secret, &attempts, &f64::from(due_in)]).expect("a mail");
    id
}

#[test]
fn a_mail_is_delivered_once_and_the_outbox_says_when() {
    let Some((env, control)) = controlled() else { return };
    let owner = env.institution();
    let email = format!("new-{}@example.com", Uuid::new_v4().simple());
    let body = json!({"email": email, "roles": ["viewer"]});
    env.post("/v1/auth/invitations").token(&owner).json(&body).send().expect(201);
    let mail = || {
        let path = format!("/v1/ops/notifications?recipient={email}");
        env.get(&path).token(&owner).send().expect(200)["data"][0].clone()
    };
    wait_until("it is delivered", || mail()["sent_at"].is_string());
    let mail = mail();
    assert!(mail["token"].is_string(), "in development it can still be read");
    assert!(mail["sent_at"].as_str() >= mail["created_at"].as_str(), "{mail}");
    let id = mail["id"].as_str().and_then(|id| id.parse().ok()).expect("an id");
    assert_eq!(row(control, id).attempts, 1);
}

#[test]
fn a_mail_whose_cause_is_undone_is_never_sent() {
    let Some((env, control)) = controlled() else { return };
    let owner = env.institution();
    let mut admin = control.database().admin();
    let email = format!("new-{}@example.com", Uuid::new_v4().simple());
    let invite = |roles: &[&str]| {
        let body = json!({"email": email, "roles": roles});
        env.post("/v1/auth/invitations").token(&owner).json(&body).send()
    };
    assert_eq!(invite(&["no such role"]).status, 422);
    let count = "select count(*) from notification where recipient = $1";
    let mails: i64 = admin.query_one(count, &[&email]).expect("a count").get(0);
    assert_eq!(mails, 0);
    invite(&["viewer"]).expect(201);
    let mails: i64 = admin.query_one(count, &[&email]).expect("a count").get(0);
    assert_eq!(mails, 1);
}

#[test]
fn a_mail_that_cannot_be_delivered_comes_back_later_and_holds_up_no_other() {
    let Some((env, control)) = controlled() else { return };
    let tenant = env.institution();
    let broken = written(control, &tenant, Some("nothing that any key opens"), 0, -10);
    let good = written(control, &tenant, None, 0, 0);
    wait_until("the good one is sent", || row(control, good).sent);
    wait_until("the broken one was tried", || row(control, broken).last_error.is_some());
    let row = row(control, broken);
    assert!(!row.sent && !row.given_up && row.attempts >= 1, "{row:?}");
    assert!(row.last_error.is_some_and(|why| why.contains("no encryption key")));
}

#[test]
fn a_mail_is_given_up_in_the_end_and_the_log_names_it_without_its_recipient() {
    let Some((env, control)) = controlled() else { return };
    let broken = written(control, &env.institution(), Some("nothing that any key opens"), 299, 0);
    wait_until("it is given up", || row(control, broken).given_up);
    let given_up = row(control, broken);
    assert_eq!((given_up.sent, given_up.attempts), (false, 300));
    wait_until("the log says so", || {
        let log = control.host().log();
        log.lines().any(|line| line.contains("a mail was given up") && line.contains(&broken.to_string()))
    });
    let log = control.host().log();
    let line = log.lines().find(|line| line.contains(&broken.to_string())).unwrap_or_default();
    assert!(!line.contains("somebody@example.com"), "{line}");
    let sql = "select reported_at is not null from notification where id = $1::text::uuid";
    let reported: bool =
        control.database().admin().query_one(sql, &[&broken.to_string()]).expect("the mail").get(0);
    assert!(reported, "once");
}

#[test]
fn a_mail_whose_worker_died_is_delivered_when_its_lease_has_run_out_and_not_before() {
    let Some((env, control)) = controlled() else { return };
    let tenant = env.institution();
    let leased = written(control, &tenant, None, 1, 3600);
    let run_out = written(control, &tenant, None, 1, -1);
    wait_until("it is delivered", || row(control, run_out).sent);
    assert_eq!(row(control, run_out).attempts, 2);
    let leased = row(control, leased);
    assert!(!leased.sent && leased.attempts == 1 && !leased.due, "{leased:?}");
}

#[test]
fn without_a_transport_mail_waits_and_with_one_it_goes() {
    let options = Options { variables: vec![("mail_transport", "none".to_owned())], ..Options::default() };
    let Some(env) = Environment::start(&options) else { return skip("it restarts the host") };
    let control = env.control().expect("started here");
    let mail = written(control, &env.institution(), None, 0, -10);
    let look = || {
        let sql = "delete from periodic_task where name = 'mail.deliver'";
        control.database().admin().execute(sql, &[]).expect("it is due");
        let sql = "select exists (select from periodic_task where name = 'mail.deliver')";
        wait_until("a worker has looked", || {
            control.database().admin().query_one(sql, &[]).expect("an answer").get(0)
        });
    };
    // The second look begins after the first has ended.
    look();
    look();
    assert_eq!((row(control, mail).sent, row(control, mail).attempts), (false, 0));
    {
        let mut host = control.host();
        host.set_variable("mail_transport", "outbox");
        host.restart();
    }
    wait_until("it is sent", || row(control, mail).sent);
}

#[test]
fn whoever_comes_back_after_their_lease_changes_nothing() {
    let Some((env, control)) = controlled() else { return };
    let mail = written(control, &env.institution(), None, 2, 3600);
    let mut admin = control.database().admin();
    let mut told = |sql: &str, attempt: i32| -> bool {
        admin.query_one(sql, &[&mail.to_string(), &attempt]).expect("an answer").get(0)
    };
    let sent = "select notification_sent($1::text::uuid, $2)";
    let failed = "select notification_failed($1::text::uuid, $2, 'late', 1, 300)";
    assert!(!told(sent, 1) && !told(failed, 1));
    let before = row(control, mail);
    assert_eq!((before.sent, before.attempts, before.last_error), (false, 2, None));
    assert!(told(sent, 2));
    assert!(!told(sent, 2) && !told(failed, 2), "twice");
    assert!(row(control, mail).sent);
}
