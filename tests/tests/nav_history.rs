//! `…/navs`, `…/nav-series` and `…/nav-imports`: the history of a share class, for charts, for spreadsheets, and brought along.

use chrono::{Datelike as _, Days, NaiveDate, Utc};
use fundrail_tests::{Environment, Response, Tenant, Value, assert_problem, json, problem_pointers, shared};
use uuid::Uuid;

const NOBODY: &str = "0198c0de-0000-7000-8000-000000000000";
/// Of the seed: valued on working days for two years.
const SEEDED: &str =
    "/v1/funds/0198c002-0000-7000-8000-000000000009/share-classes/0198c003-0000-7000-8000-000000000013";

/// A share class of a tenant's own, launched long ago.
struct Class<'a> {
    env: &'a Environment,
    issuer: Tenant,
    path: String,
}

impl<'a> Class<'a> {
    #[track_caller]
    fn new(env: &'a Environment) -> Self {
        let issuer = env.issuer();
        let create = |path: &str, body: &Value| {
            let created = env.post(path).token(&issuer).json(body).send().expect(201);
            created["id"].as_str().expect("an id").to_owned()
        };
        let unique = Uuid::new_v4();
        let id = create("/v1/issuers", &json!({"name": format!("Issuer {unique}"), "country": "LU"}));
        let body = json!({"issuer_id": id, "name": "F", "strategy": "equity", "domicile": "LU", "legal_form": "SICAV",
            "base_currency": "EUR", "launched_on": "2020-01-01"});
        let fund = create("/v1/funds", &body);
        let body = json!({"name": "A", "currency": "EUR", "min_first_subscription": "1", "min_further_subscription": "1",
            "fees": {"management_bps": 1}, "distribution_policy": "accumulating", "rule_sets": ["sanctions"],
            "launched_on": "2020-01-01"});
        let class = create(&format!("/v1/funds/{fund}/share-classes"), &body);
        let path = format!("/v1/funds/{fund}/share-classes/{class}");
        for path in [&path, &format!("/v1/funds/{fund}")] {
            let body = json!({"status": "open", "reason": "ready"});
            env.post(&format!("{path}/status")).token(&issuer).json(&body).send().expect(200);
        }
        Self { env, issuer, path }
    }

    fn import(&self, by: &Tenant, lines: &str) -> Response {
        let file = format!("nav_date,nav_per_share\n{lines}");
        self.env
            .post(&format!("{}/nav-imports", self.path))
            .token(by)
            .body("text/csv", file.as_bytes())
            .send()
    }

    #[track_caller]
    fn points(&self, query: &str) -> Vec<(String, String)> {
        let path = format!("{}/nav-series{query}", self.path);
        points(&self.env.get(&path).token(&self.issuer).send().expect(200))
    }
}

fn points(series: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let points = series["points"].as_array().expect("points");
    points.iter().map(|point| (text(&point["nav_date"]), text(&point["per_share"]))).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(day, value)| ((*day).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn the_history_is_for_those_who_are_signed_in_and_imports_for_the_issuer() {
    let env = shared();
    let class = Class::new(env);
    let other = env.issuer();
    for path in ["navs", "nav-series"] {
        let path = format!("{}/{path}", class.path);
        assert_problem(&env.get(&path).send(), 401, "unauthenticated", &[]);
        env.get(&path).token(env.institution()).send().expect(200);
    }
    let path = format!("{}/nav-imports", class.path);
    assert_problem(&env.post(&path).body("text/csv", b"x").send(), 401, "unauthenticated", &[]);
    for by in [&other, &env.institution()] {
        assert_problem(&class.import(by, "2026-01-05,100\n"), 404, "not_found", &[]);
    }
    let unknown = format!("/v1/funds/{NOBODY}/share-classes/{NOBODY}");
    let series = env.get(&format!("{unknown}/nav-series")).token(&other).send();
    assert_problem(&series, 404, "not_found", &[]);
    let import = env.post(&format!("{unknown}/nav-imports")).token(&other).body("text/csv", b"x").send();
    assert_problem(&import, 404, "not_found", &[]);
}

#[test]
fn a_history_is_brought_along_as_one_file() {
    let env = shared();
    let class = Class::new(env);
    let imported = class.import(&class.issuer, "2021-03-02,101.5\n2021-03-01,100\n2021-04-01,102\n");
    let report = imported.expect(201);
    assert_eq!((&report["published"], &report["unchanged"]), (&json!(3), &json!(0)));
    assert_eq!(
        (&report["lines"][0]["line"], &report["lines"][0]["nav_date"]),
        (&json!(3), &json!("2021-03-01"))
    );
    let all = pairs(&[("2021-03-01", "100"), ("2021-03-02", "101.5"), ("2021-04-01", "102")]);
    assert_eq!(class.points(""), all);

    // Again, with a day more: what is known has no effect.
    let report =
        class.import(&class.issuer, "2021-03-01,100.0\n2021-03-02,101.5\n2021-05-03,103\n").expect(201);
    assert_eq!((&report["published"], &report["unchanged"]), (&json!(1), &json!(2)));
    assert_eq!(report["lines"][0]["nav_id"], Value::Null);
    let page = env.get(&format!("{}/navs", class.path)).token(&class.issuer).send().expect(200);
    let positions: Vec<i64> =
        page["data"].as_array().unwrap().iter().filter_map(|v| v["position"].as_i64()).collect();
    assert_eq!(positions, [1, 2, 3, 4]);
    let fund = class.path.split("/share-classes").next().unwrap();
    let shown = env.get(fund).token(env.institution()).send().expect(200);
    assert_eq!(shown["share_classes"][0]["latest_nav"]["nav_date"], "2021-05-03");
}

#[test]
fn one_wrong_line_and_nothing_is_published() {
    let env = shared();
    let class = Class::new(env);
    class.import(&class.issuer, "2021-03-01,100\n").expect(201);
    let lines = "2021-03-02,NaN\n2021-03-03,0\n2021-03-04,-5\n2021-03-05,101\nthis is no line\n2021-03-05,102\n2019-12-31,100\n\
        2021-03-08,101\n";
    let refused = class.import(&class.issuer, lines);
    let wrong = [
        "/lines/2/nav_per_share",
        "/lines/3/nav_per_share",
        "/lines/4/nav_per_share",
        "/lines/6",
        "/lines/7/nav_date",
        "/lines/8/nav_date",
    ];
    assert_problem(&refused, 422, "invalid_fields", &wrong);
    let refused = class.import(&class.issuer, "2021-03-01,101\n2021-03-02,100.5\n2021-03-03,150\n");
    assert_problem(&refused, 422, "invalid_fields", &["/lines/2/nav_per_share", "/lines/4/nav_per_share"]);
    let bare = class.env.post(&format!("{}/nav-imports", class.path)).token(&class.issuer).send();
    assert_problem(&bare, 422, "invalid_fields", &["/lines/1"]);
    let binary = class.env.post(&format!("{}/nav-imports", class.path)).token(&class.issuer);
    let binary = binary.body("text/csv", b"nav_date,nav_per_share\n2021-03-02,\xff\xfe\n").send();
    assert!(problem_pointers(&binary).contains("/lines/2/nav_per_share"), "{}", binary.describe());
    assert_eq!(class.points(""), pairs(&[("2021-03-01", "100")]));
}

#[test]
fn a_long_history_comes_in_and_out_as_a_file() {
    let env = shared();
    let class = Class::new(env);
    let first = NaiveDate::from_ymd_opt(2020, 1, 1).unwrap();
    let days: Vec<NaiveDate> = (0..2000).filter_map(|n| first.checked_add_days(Days::new(n))).collect();
    assert!(days.last().is_some_and(|day| *day < Utc::now().date_naive()));
    let lines = days.iter().enumerate();
    let file =
        lines.fold(String::new(), |file, (n, day)| file + &format!("{day},{}.{:02}\n", 100 + n / 50, n % 50));
    let report = class.import(&class.issuer, &file).expect(201);
    assert_eq!(report["published"], 2000);
    let exported = env.get(&format!("{}/nav-series", class.path)).token(&class.issuer);
    let exported = exported.header("accept", "text/csv").send();
    assert_eq!(exported.status, 200);
    assert!(exported.header("content-type").is_some_and(|kind| kind.starts_with("text/csv")));
    assert_eq!(exported.text().replace("\r\n", "\n"), format!("nav_date,nav_per_share\n{file}"));
    let again = env.post(&format!("{}/nav-imports", class.path)).token(&class.issuer);
    let again = again.body("text/csv", &exported.body).send().expect(201);
    assert_eq!((&again["published"], &again["unchanged"]), (&json!(0), &json!(2000)));
}

#[test]
fn a_series_has_the_last_value_of_each_interval() {
    let env = shared();
    let class = Class::new(env);
    // 2021-02-28 is a Sunday, 2021-03-01 a Monday.
    let lines =
        "2021-02-25,100\n2021-02-26,101\n2021-02-28,102\n2021-03-01,103\n2021-03-31,104\n2021-04-01,105\n";
    class.import(&class.issuer, lines).expect(201);
    assert_eq!(class.points("?interval=1d").len(), 6);
    let weekly = pairs(&[("2021-02-28", "102"), ("2021-03-01", "103"), ("2021-04-01", "105")]);
    assert_eq!(class.points("?interval=1w"), weekly);
    let monthly = pairs(&[("2021-02-28", "102"), ("2021-03-31", "104"), ("2021-04-01", "105")]);
    assert_eq!(class.points("?interval=1m"), monthly);
    assert_eq!(class.points("?from=2021-02-26&to=2021-03-01").len(), 3);
    let wrong = env
        .get(&format!("{}/nav-series?interval=1y&from=x&to=y&z=1", class.path))
        .token(&class.issuer)
        .send();
    assert_problem(&wrong, 422, "invalid_fields", &["/interval", "/from", "/to", "/z"]);

    let seeded = |interval: &str| {
        let path = format!("{SEEDED}/nav-series?interval={interval}");
        points(&env.get(&path).token(&class.issuer).send().expect(200))
    };
    let (daily, monthly) = (seeded("1d"), seeded("1m"));
    let month = |day: &str| day[..7].to_owned();
    let mut expected: Vec<(String, String)> = Vec::new();
    for point in daily {
        match expected.last_mut() {
            Some(last) if month(&last.0) == month(&point.0) => *last = point,
            _ => expected.push(point),
        }
    }
    assert!(expected.len() >= 20);
    assert_eq!(monthly, expected);
    let mondays = seeded("1w");
    let weeks: Vec<_> = mondays.iter().map(|(day, _)| day.parse::<NaiveDate>().unwrap().iso_week()).collect();
    assert!(weeks.windows(2).all(|pair| pair[0] < pair[1]), "one value a week");
}

#[test]
fn the_versions_come_as_a_file_that_no_spreadsheet_runs() {
    let env = shared();
    let class = Class::new(env);
    let days = [-3, -2].map(|days| (Utc::now().date_naive() + chrono::Duration::days(days)).to_string());
    class.import(&class.issuer, &format!("{},100\n", days[0])).expect(201);
    let body = json!({"nav_date": days[1], "nav_per_share": "101"});
    let wrong = env.post(&format!("{}/navs", class.path)).token(&class.issuer).json(&body).send().expect(201);
    let body = json!({"nav_date": days[1], "nav_per_share": "102", "replaces": wrong["id"], "reason": "=1+1, \"so\""});
    env.post(&format!("{}/navs", class.path)).token(&class.issuer).json(&body).send().expect(201);
    let file =
        env.get(&format!("{}/navs", class.path)).token(&class.issuer).header("accept", "text/csv").send();
    let (tag, text) = (file.header("etag").expect("a tag").to_owned(), file.text());
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert_eq!(lines.len(), 5, "a header, three versions, and the end of the last line: {text}");
    assert!(lines[0].starts_with("position,nav_date,nav_per_share,currency,"));
    assert!(lines[3].contains(",102,EUR,") && lines[3].contains(",\"'=1+1, \"\"so\"\"\","), "{}", lines[3]);
    let again = env.get(&format!("{}/navs", class.path)).token(&class.issuer).header("accept", "text/csv");
    assert_eq!(again.header("if-none-match", &tag).send().status, 304);
}

#[test]
fn a_file_sent_twice_under_one_key_is_imported_once() {
    let env = shared();
    let class = Class::new(env);
    let send = || {
        let request = env.post(&format!("{}/nav-imports", class.path)).token(&class.issuer);
        request
            .header("idempotency-key", "history")
            .body("text/csv", b"nav_date,nav_per_share\n2021-03-01,100\n")
            .send()
    };
    let (first, second) = (send(), send());
    assert_eq!(first.expect(201), second.expect(201));
    assert_eq!(second.header("idempotency-replayed"), Some("true"));
}
