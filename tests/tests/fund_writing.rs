//! Issuers keep their part of the catalogue: what they may write, what others see of it, and when.

use std::time::Instant;

use fundrail_tests::{
    Environment, Request, Response, Tenant, Value, assert_problem, json, shared, skip, wait_until,
};
use uuid::Uuid;

const NOBODY: &str = "0198c0de-0000-7000-8000-000000000000";
/// Of the seed, and so of somebody else.
const ALDER: &str = "0198c001-0000-7000-8000-000000000001";
const SHORT_TREASURY: &str = "0198c002-0000-7000-8000-000000000001";
const SHORT_TREASURY_I_USD: &str = "0198c003-0000-7000-8000-000000000001";

fn unique() -> String {
    Uuid::new_v4().simple().to_string()
}

/// An issuer's tenant, with an issuer.
struct Desk<'a> {
    env: &'a Environment,
    tenant: Tenant,
    issuer: String,
}

impl<'a> Desk<'a> {
    #[track_caller]
    fn open(env: &'a Environment) -> Self {
        let tenant = env.issuer();
        let body = json!({"name": format!("Issuer {}", unique()), "country": "LU"});
        let issuer = env.post("/v1/issuers").token(&tenant).json(&body).send().expect(201);
        Self { env, tenant, issuer: id(&issuer) }
    }

    fn fund_body(&self) -> Value {
        json!({
            "issuer_id": self.issuer, "name": format!("Fund {}", unique()), "strategy": "treasury", "domicile": "LU",
            "legal_form": "SICAV-RAIF", "base_currency": "EUR", "launched_on": "2026-01-05",
            "description": "Bills of governments of the euro area.",
        })
    }

    #[track_caller]
    fn fund(&self) -> Value {
        self.env.post("/v1/funds").token(&self.tenant).json(&self.fund_body()).send().expect(201)
    }

    #[track_caller]
    fn class(&self, fund: &Value) -> Value {
        self.env.post(&classes(fund)).token(&self.tenant).json(&class_body()).send().expect(201)
    }

    #[track_caller]
    fn become_status(&self, path: &str, status: &str) -> Response {
        let body = json!({"status": status, "reason": "decided by the board"});
        self.env.post(&format!("{path}/status")).token(&self.tenant).json(&body).send()
    }

    /// A fund with a class, both published.
    #[track_caller]
    fn published(&self) -> (Value, Value) {
        let fund = self.fund();
        let class = self.class(&fund);
        let class = self.become_status(&class_path(&fund, &class), "open").expect(200);
        (self.become_status(&fund_path(&fund), "open").expect(200), class)
    }

    fn read(&self, path: &str) -> Response {
        self.env.get(path).token(&self.tenant).send()
    }

    #[track_caller]
    fn tag(&self, path: &str) -> String {
        let read = self.read(path);
        read.expect(200);
        read.header("etag").expect("an ETag").to_owned()
    }

    /// A request that names the version of what is at `path`.
    #[track_caller]
    fn change(&self, method: &str, path: &str) -> Request<'a> {
        self.env.request(method, path).token(&self.tenant).header("if-match", &self.tag(path))
    }
}

fn id(it: &Value) -> String {
    it["id"].as_str().expect("an id").to_owned()
}

fn fund_path(fund: &Value) -> String {
    format!("/v1/funds/{}", id(fund))
}

fn classes(fund: &Value) -> String {
    format!("{}/share-classes", fund_path(fund))
}

fn class_path(fund: &Value, class: &Value) -> String {
    format!("{}/{}", classes(fund), id(class))
}

fn class_body() -> Value {
    json!({
        "name": format!("I EUR {}", unique()), "currency": "EUR", "min_first_subscription": "100000",
        "min_further_subscription": "1000.50", "fees": {"management_bps": 15}, "distribution_policy": "accumulating",
        "rule_sets": ["sanctions"], "launched_on": "2026-01-05", "symbol": format!("W{}", &unique()[..16]),
    })
}

/// The ids of a page.
fn listed(page: &Value) -> Vec<String> {
    page["data"].as_array().expect("a list").iter().map(id).collect()
}

#[test]
fn writing_needs_a_token_and_the_permission() {
    let env = shared();
    let fund = format!("/v1/funds/{NOBODY}");
    let class = format!("{fund}/share-classes/{NOBODY}");
    let routes = [
        ("POST", "/v1/issuers".to_owned()),
        ("PATCH", format!("/v1/issuers/{NOBODY}")),
        ("POST", "/v1/funds".to_owned()),
        ("PATCH", fund.clone()),
        ("DELETE", fund.clone()),
        ("POST", format!("{fund}/status")),
        ("POST", format!("{fund}/restore")),
        ("POST", format!("{fund}/share-classes")),
        ("PATCH", class.clone()),
        ("DELETE", class.clone()),
        ("POST", format!("{class}/status")),
        ("POST", format!("{class}/restore")),
        ("POST", format!("{class}/tokens")),
        ("DELETE", format!("{class}/tokens/1")),
    ];
    let owner = env.issuer();
    let body = json!({"name": "reader", "scopes": ["funds:read"]});
    let key = env.post("/v1/auth/api-keys").token(&owner).json(&body).send().expect(201);
    let key = key["key"].as_str().expect("a key").to_owned();
    fundrail_tests::note_secret(&key);
    for (method, path) in routes {
        let send = |request: Request<'_>| request.body("application/json", b"{}").send();
        assert_problem(&send(env.request(method, &path)), 401, "unauthenticated", &[]);
        assert_problem(&send(env.request(method, &path).token(&key)), 403, "forbidden", &[]);
    }
}

#[test]
fn an_institution_keeps_no_funds() {
    let env = shared();
    let institution = env.institution();
    let issuer = json!({"name": format!("Issuer {}", unique()), "country": "LU"});
    let refused = env.post("/v1/issuers").token(&institution).json(&issuer).send();
    assert_problem(&refused, 403, "issuer_required", &[]);
    let desk = Desk::open(env);
    let refused = env.post("/v1/funds").token(&institution).json(&desk.fund_body()).send();
    assert_problem(&refused, 403, "issuer_required", &[]);
}

#[test]
fn nobody_writes_what_another_tenant_keeps() {
    let env = shared();
    let (desk, other) = (Desk::open(env), Desk::open(env));
    let (fund, class) = desk.published();
    let (fund, class) = (fund_path(&fund), class_path(&fund, &class));
    let seeded_fund = format!("/v1/funds/{SHORT_TREASURY}");
    let seeded_class = format!("{seeded_fund}/share-classes/{SHORT_TREASURY_I_USD}");
    let unknown = (format!("/v1/funds/{NOBODY}"), format!("/v1/funds/{NOBODY}/share-classes/{NOBODY}"));
    for (fund, class) in [(fund, class), (seeded_fund, seeded_class), unknown] {
        let send = |method: &str, path: &str, body: &Value| {
            env.request(method, path).token(&other.tenant).header("if-match", "*").json(body).send()
        };
        let status = json!({"status": "closed", "reason": "no reason"});
        let token = json!({"chain_id": 1, "address": format!("0x{}aaaaaaaa", unique()), "decimals": 18});
        for refused in [
            send("PATCH", &fund, &json!({"name": "Mine"})),
            send("DELETE", &fund, &json!({})),
            send("POST", &format!("{fund}/status"), &status),
            send("POST", &format!("{fund}/restore"), &json!({})),
            send("POST", &format!("{fund}/share-classes"), &class_body()),
            send("PATCH", &class, &json!({"name": "Mine"})),
            send("DELETE", &class, &json!({})),
            send("POST", &format!("{class}/status"), &status),
            send("POST", &format!("{class}/restore"), &json!({})),
            send("POST", &format!("{class}/tokens"), &token),
            send("DELETE", &format!("{class}/tokens/1"), &json!({})),
        ] {
            assert_problem(&refused, 404, "not_found", &[]);
        }
    }
    let issuer = format!("/v1/issuers/{ALDER}");
    let refused = env.request("PATCH", &issuer).token(&other.tenant).header("if-match", "*");
    assert_problem(&refused.json(&json!({"name": "Mine"})).send(), 404, "not_found", &[]);
    let mut body = other.fund_body();
    body["issuer_id"] = json!(desk.issuer);
    let refused = env.post("/v1/funds").token(&other.tenant).json(&body).send();
    assert_problem(&refused, 422, "invalid_fields", &["/issuer_id"]);
}

#[test]
fn an_issuer_publishes_a_fund_and_everybody_finds_it() {
    let env = shared();
    let (desk, reader) = (Desk::open(env), env.institution());
    let created = env.post("/v1/funds").token(&desk.tenant).json(&desk.fund_body()).send();
    let fund = created.expect(201);
    let path = fund_path(&fund);
    assert_eq!(created.header("location"), Some(path.as_str()));
    assert_eq!(created.header("etag"), Some(desk.tag(&path).as_str()));
    assert_eq!((&fund["status"], &fund["version"]), (&json!("draft"), &json!(1)));

    assert_problem(&desk.become_status(&path, "open"), 409, "fund_without_class", &[]);
    let class = desk.class(&fund);
    assert_eq!(class["dealing"]["cut_off"], "12:00");
    assert_eq!(class["min_further_subscription"], json!({"value": "1000.5", "currency": "EUR"}));
    desk.become_status(&class_path(&fund, &class), "open").expect(200);
    let token = json!({"chain_id": 1, "address": format!("0x{}aaaaaaaa", unique()), "decimals": 18, "standard": "erc3643"});
    let tokens = format!("{}/tokens", class_path(&fund, &class));
    let added = env.post(&tokens).token(&desk.tenant).json(&token).send().expect(201);
    assert_eq!(added["tokens"][0]["standard"], "erc3643");

    assert_problem(&env.get(&path).token(&reader).send(), 404, "not_found", &[]);
    desk.become_status(&path, "open").expect(200);
    let seen = env.get(&path).token(&reader).send().expect(200);
    assert_eq!(seen, desk.read(&path).expect(200));
    assert_eq!(seen["share_classes"][0]["id"], class["id"]);
    let list = format!("/v1/funds?issuer_id={}", desk.issuer);
    assert_eq!(listed(&env.get(&list).token(&reader).send().expect(200)), [id(&fund)]);
}

/// Everywhere that a fund or its class could be seen, by somebody who does not keep them.
#[track_caller]
fn seen_by(
    env: &Environment,
    reader: &Tenant,
    desk: &Desk<'_>,
    fund: &Value,
    class: &Value,
) -> Vec<&'static str> {
    let status = |path: &str| env.get(path).token(reader).send().status;
    let read = |path: &str| env.get(path).token(reader).send().expect(200);
    let symbol = class["symbol"].as_str().expect("a symbol");
    let issuer = format!("/v1/issuers/{}", desk.issuer);
    let check = json!({"investor_id": NOBODY, "share_class_id": class["id"], "side": "subscribe",
        "amount": {"value": "1", "currency": "EUR"}});
    let checked = env.post("/v1/compliance/checks").token(reader).json(&check).send();
    let name = fund["name"].as_str().expect("a name").replace(' ', "%20");
    let escaped = |found: Value| found["data"].as_array().is_some_and(|data| !data.is_empty());
    let places = [
        ("the fund", status(&fund_path(fund)) == 200),
        ("the class", status(&class_path(fund, class)) == 200),
        ("its values", status(&format!("{}/navs", class_path(fund, class))) == 200),
        ("its price", status(&format!("/v1/prices/{symbol}")) == 200),
        ("the asset", read("/v1/assets?limit=100&order=desc").to_string().contains(symbol)),
        ("the list of its issuer", escaped(read(&format!("/v1/funds?issuer_id={}", desk.issuer)))),
        ("the search by name", escaped(read(&format!("/v1/funds?q={name}")))),
        ("the count of its issuer", read(&issuer)["fund_count"] != 0),
        // A class that can be seen would be asked about an investor whom nobody has.
        ("compliance", !checked.describe().contains("no such share class")),
    ];
    places.into_iter().filter(|(_, seen)| *seen).map(|(place, _)| place).collect()
}

#[test]
fn a_draft_is_seen_by_nobody_but_its_issuer() {
    let env = shared();
    let (desk, reader) = (Desk::open(env), env.institution());
    let fund = desk.fund();
    // So far down that the list of assets has it on its first page.
    let mut body = class_body();
    body["symbol"] = json!(format!("ZZ{}", &unique()[..16]).to_uppercase());
    let class = env.post(&classes(&fund)).token(&desk.tenant).json(&body).send().expect(201);
    let value = json!({"nav_date": "2026-11-30", "nav_per_share": "100"});
    env.post(&format!("{}/navs", class_path(&fund, &class))).token(&desk.tenant).json(&value).send();
    desk.become_status(&class_path(&fund, &class), "open").expect(200);
    // Its issuer sees it, and with that fills whatever could be cached.
    desk.read(&fund_path(&fund)).expect(200);
    desk.read(&class_path(&fund, &class)).expect(200);
    let own = desk.read("/v1/funds?own=true").expect(200);
    assert_eq!(listed(&own), [id(&fund)]);
    assert_eq!(
        listed(&desk.read(&format!("/v1/funds?issuer_id={}", desk.issuer)).expect(200)),
        Vec::<String>::new()
    );
    for by in [&reader, &env.issuer()] {
        assert_eq!(seen_by(env, by, &desk, &fund, &class), Vec::<&str>::new());
        assert_eq!(listed(&env.get("/v1/funds?own=true").token(by).send().expect(200)), Vec::<String>::new());
    }
    desk.become_status(&fund_path(&fund), "open").expect(200);
    assert!(seen_by(env, &reader, &desk, &fund, &class).len() >= 6, "published, it is seen");
}

#[test]
fn a_draft_class_of_a_published_fund_is_hidden_too() {
    let env = shared();
    let (desk, reader) = (Desk::open(env), env.institution());
    let (fund, class) = desk.published();
    let draft = desk.class(&fund);
    let shown = |by: &Tenant| -> Vec<String> {
        let fund = env.get(&fund_path(&fund)).token(by).send().expect(200);
        fund["share_classes"].as_array().expect("classes").iter().map(id).collect()
    };
    assert_eq!(shown(&reader), [id(&class)]);
    assert_eq!(shown(&desk.tenant), [id(&class), id(&draft)]);
    assert_eq!(shown(&reader), [id(&class)], "also when its issuer has read it before");
    let path = class_path(&fund, &draft);
    assert_problem(&env.get(&path).token(&reader).send(), 404, "not_found", &[]);
    desk.read(&path).expect(200);
    let list = env.get(&format!("/v1/funds?issuer_id={}", desk.issuer)).token(&reader).send().expect(200);
    assert_eq!(list["data"][0]["share_classes"].as_array().map(Vec::len), Some(1));
    desk.become_status(&path, "soft_closed").expect(200);
    assert_eq!(shown(&reader), [id(&class), id(&draft)]);
}

#[test]
fn a_write_is_seen_by_cached_readers_within_a_second() {
    let env = shared();
    let (desk, reader) = (Desk::open(env), env.institution());
    let (fund, _) = desk.published();
    let (path, issuer) = (fund_path(&fund), format!("/v1/issuers/{}", desk.issuer));
    let list = format!("/v1/funds?issuer_id={}", desk.issuer);
    for path in [&path, &list, &issuer] {
        env.get(path).token(&reader).send().expect(200);
    }
    let name = format!("Renamed {}", unique());
    desk.change("PATCH", &path).json(&json!({"name": name})).send().expect(200);
    let acknowledged = Instant::now();
    assert_eq!(env.get(&path).token(&reader).send().expect(200)["name"], name);
    assert_eq!(env.get(&list).token(&reader).send().expect(200)["data"][0]["name"], name);
    println!("seen {:?} after the answer", acknowledged.elapsed());
    let name = format!("Renamed {}", unique());
    desk.change("PATCH", &issuer).json(&json!({"name": name})).send().expect(200);
    wait_until("the name of the issuer, wherever it stands", || {
        let fund = env.get(&path).token(&reader).send().expect(200);
        let issuer = env.get(&issuer).token(&reader).send().expect(200);
        fund["issuer"]["name"] == name.as_str() && issuer["name"] == name.as_str()
    });
}

#[test]
fn a_change_names_the_version_that_it_is_made_to() {
    let env = shared();
    let desk = Desk::open(env);
    let fund = desk.fund();
    let class = desk.class(&fund);
    let issuer = format!("/v1/issuers/{}", desk.issuer);
    for path in [fund_path(&fund), class_path(&fund, &class), issuer] {
        let patch = |tag: Option<&str>, name: &str| {
            let request = env.request("PATCH", &path).token(&desk.tenant);
            let request = match tag {
                Some(tag) => request.header("if-match", tag),
                None => request,
            };
            request.json(&json!({"name": name})).send()
        };
        let tag = desk.tag(&path);
        assert_problem(&patch(None, "A"), 428, "precondition_required", &[]);
        assert_problem(&patch(Some("\"another\""), "A"), 412, "precondition_failed", &[]);
        let before = desk.read(&path).expect(200);
        let changed = patch(Some(&tag), &format!("A {}", unique()));
        assert_eq!(changed.expect(200)["version"], before["version"].as_i64().expect("a number") + 1);
        assert_eq!(changed.header("etag"), Some(desk.tag(&path).as_str()));
        assert_problem(&patch(Some(&tag), "B"), 412, "precondition_failed", &[]);
    }
    let path = fund_path(&fund);
    let bare = env.request("DELETE", &path).token(&desk.tenant).send();
    assert_problem(&bare, 428, "precondition_required", &[]);
}

#[test]
fn of_two_changes_at_once_one_wins() {
    let env = shared();
    let desk = Desk::open(env);
    let fund = desk.fund();
    let (path, tag) = (fund_path(&fund), desk.tag(&fund_path(&fund)));
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let send = |n: usize| {
            let body = json!({"name": format!("Fund {n} {}", unique())});
            env.request("PATCH", &path).token(&desk.tenant).header("if-match", &tag).json(&body).send().status
        };
        let threads: Vec<_> = (0..4).map(|n| scope.spawn(move || send(n))).collect();
        threads.into_iter().map(|thread| thread.join().expect("an answer")).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 412).count(), 3, "{statuses:?}");
    assert_eq!(desk.read(&path).expect(200)["version"], 2);
}

#[test]
fn a_request_sent_twice_under_one_key_creates_once() {
    let env = shared();
    let desk = Desk::open(env);
    let body = desk.fund_body();
    let send = |body: &Value| {
        env.post("/v1/funds").token(&desk.tenant).header("idempotency-key", "one").json(body).send()
    };
    let (first, second) = (send(&body), send(&body));
    assert_eq!(first.expect(201), second.expect(201));
    assert_eq!(second.header("idempotency-replayed"), Some("true"));
    assert_problem(&send(&desk.fund_body()), 422, "idempotency_key_reused", &[]);
    let again = env.post("/v1/funds").token(&desk.tenant).json(&body).send();
    assert_problem(&again, 409, "fund_name_taken", &["/name"]);
    assert_eq!(listed(&desk.read("/v1/funds?own=true").expect(200)).len(), 1);
}

#[test]
fn everything_wrong_is_named_at_once_and_nothing_is_written() {
    let env = shared();
    let desk = Desk::open(env);
    let wrong = json!({"issuer_id": 7, "name": "", "strategy": "x", "domicile": "XX", "legal_form": "\u{7}", "base_currency": "eur",
        "launched_on": "2026-13-01", "note": 1});
    let refused = env.post("/v1/funds").token(&desk.tenant).json(&wrong).send();
    let all = [
        "/issuer_id",
        "/name",
        "/strategy",
        "/domicile",
        "/legal_form",
        "/base_currency",
        "/launched_on",
        "/note",
    ];
    assert_problem(&refused, 422, "invalid_fields", &all);
    let fund = desk.fund();
    let wrong = json!({"name": "A", "currency": "EUR", "min_first_subscription": "0.001", "min_further_subscription": "NaN",
        "fees": {"management_bps": -1}, "distribution_policy": "accumulating", "rule_sets": ["sanctions", "no-such-set"],
        "launched_on": "2026-01-05", "isin": "LU0000000019",
        "dealing": {"calendar": "MOON", "time_zone": "Europe/Luxemburg", "cut_off": "25:00", "gate": {"capacity_bps": 0}}});
    let refused = env.post(&classes(&fund)).token(&desk.tenant).json(&wrong).send();
    let all = [
        "/isin",
        "/min_first_subscription",
        "/min_further_subscription",
        "/fees/management_bps",
        "/rule_sets/1",
        "/dealing/calendar",
        "/dealing/time_zone",
        "/dealing/cut_off",
        "/dealing/gate/capacity_bps",
    ];
    assert_problem(&refused, 422, "invalid_fields", &all);
    let class = desk.class(&fund);
    let path = class_path(&fund, &class);
    let refused =
        desk.change("PATCH", &path).json(&json!({"dealing": {"time_zone": "CEST"}, "status": "open"})).send();
    assert_problem(&refused, 422, "invalid_fields", &["/dealing/time_zone", "/status"]);
    let token =
        json!({"chain_id": "1", "address": "0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "decimals": 18});
    let refused = env.post(&format!("{path}/tokens")).token(&desk.tenant).json(&token).send();
    assert_problem(&refused, 422, "invalid_fields", &["/chain_id", "/address"]);
    let issuer =
        json!({"name": "A", "country": "LUX", "lei": "506700GE1G29325QX364", "website": "http://a.example"});
    let refused = env.post("/v1/issuers").token(&desk.tenant).json(&issuer).send();
    assert_problem(&refused, 422, "invalid_fields", &["/country", "/lei", "/website"]);
    assert_eq!(desk.read(&fund_path(&fund)).expect(200)["share_classes"].as_array().map(Vec::len), Some(1));
    assert_eq!(desk.read(&path).expect(200), class);
}

#[test]
fn terms_of_a_class_come_back_as_they_were_written() {
    let env = shared();
    let desk = Desk::open(env);
    let fund = desk.fund();
    let dealing = json!({
        "calendar": "NYSE", "time_zone": "America/New_York", "cut_off": "16:00", "valuation_point": "16:00",
        "notice": {"subscription_days": 5, "redemption_days": 30, "unit": "calendar_days"}, "lock_up_months": 12,
        "gate": {"capacity_bps": 1000, "of": "shares", "flow": "gross", "carried_first": true},
        "settlement_days": {"subscription": 1, "redemption": 3}, "rounding": {"shares": "half_up", "money": "down"},
        "swing": {"threshold_bps": 300, "factor_bps": 50},
    });
    let mut body = class_body();
    body["dealing"] = dealing.clone();
    body["decimals"] = json!(4);
    let class = env.post(&classes(&fund)).token(&desk.tenant).json(&body).send().expect(201);
    assert_eq!((&class["dealing"], &class["decimals"]), (&dealing, &json!(4)));
    let path = class_path(&fund, &class);
    assert_eq!(desk.read(&path).expect(200), class);
    let changed = desk
        .change("PATCH", &path)
        .json(&json!({"dealing": {"gate": null, "notice": {"redemption_days": 10}}}));
    let changed = changed.send().expect(200);
    assert_eq!(changed["dealing"]["gate"], Value::Null);
    let notice = json!({"subscription_days": 5, "redemption_days": 10, "unit": "calendar_days"});
    assert_eq!(changed["dealing"]["notice"], notice);
    assert_eq!(changed["dealing"]["swing"], dealing["swing"]);
}

#[test]
fn a_status_follows_only_where_it_may() {
    let env = shared();
    let desk = Desk::open(env);
    let (fund, class) = desk.published();
    for path in [class_path(&fund, &class), fund_path(&fund)] {
        assert_problem(&desk.become_status(&path, "open"), 409, "status_transition", &[]);
        assert_problem(&desk.become_status(&path, "draft"), 409, "status_transition", &[]);
        assert_problem(&desk.become_status(&path, "gone"), 422, "invalid_fields", &["/status"]);
        for status in ["suspended", "soft_closed", "closed", "open", "liquidated"] {
            assert_eq!(desk.become_status(&path, status).expect(200)["status"], status);
        }
        assert_problem(&desk.become_status(&path, "open"), 409, "status_transition", &[]);
        let bare =
            env.post(&format!("{path}/status")).token(&desk.tenant).json(&json!({"status": "open"})).send();
        assert_problem(&bare, 422, "invalid_fields", &["/reason"]);
    }
}

#[test]
fn only_what_nobody_relies_on_is_deleted_and_it_can_be_restored() {
    let env = shared();
    let (desk, reader) = (Desk::open(env), env.institution());
    let (fund, class) = desk.published();
    for path in [class_path(&fund, &class), fund_path(&fund)] {
        assert_problem(&desk.change("DELETE", &path).send(), 409, "still_in_use", &[]);
        let restored = env.post(&format!("{path}/restore")).token(&desk.tenant).json(&json!({})).send();
        assert_problem(&restored, 409, "not_deleted", &[]);
    }
    let path = fund_path(&fund);
    desk.become_status(&path, "liquidated").expect(200);
    env.get(&path).token(&reader).send().expect(200);
    assert_eq!(desk.change("DELETE", &path).send().status, 204);
    assert_problem(&env.get(&path).token(&reader).send(), 404, "not_found", &[]);
    let shown = desk.read(&path).expect(200);
    assert!(shown["deleted_at"].is_string(), "{shown}");
    assert_problem(&desk.change("DELETE", &path).send(), 409, "deleted", &[]);
    assert_problem(&desk.change("PATCH", &path).json(&json!({"name": "A"})).send(), 409, "deleted", &[]);
    assert_problem(
        &env.post(&classes(&fund)).token(&desk.tenant).json(&class_body()).send(),
        409,
        "deleted",
        &[],
    );
    let renamed = desk.change("PATCH", &class_path(&fund, &class)).json(&json!({"name": "A"})).send();
    assert_problem(&renamed, 409, "deleted", &[]);
    env.post(&format!("{path}/restore")).token(&desk.tenant).json(&json!({})).send().expect(200);
    let restored = env.get(&path).token(&reader).send().expect(200);
    assert_eq!((&restored["status"], &restored["name"]), (&json!("liquidated"), &fund["name"]));

    let draft = desk.fund();
    let draft_class = desk.class(&draft);
    let path = class_path(&draft, &draft_class);
    assert_eq!(desk.change("DELETE", &path).send().status, 204);
    assert!(desk.read(&path).expect(200)["deleted_at"].is_string());
    env.post(&format!("{path}/restore")).token(&desk.tenant).json(&json!({})).send().expect(200);
}

#[test]
fn names_and_numbers_belong_to_one() {
    let env = shared();
    let desk = Desk::open(env);
    let fund = desk.fund();
    let mut body = class_body();
    body["isin"] = json!("XS0000000009");
    // Whoever has run before on this database may have it already; then this is the conflict.
    let first = env.post(&classes(&fund)).token(&desk.tenant).json(&body).send();
    if first.status != 201 {
        assert_problem(&first, 409, "isin_taken", &["/isin"]);
    }
    let mut other = class_body();
    other["isin"] = body["isin"].clone();
    let second = env.post(&classes(&fund)).token(&desk.tenant).json(&other).send();
    assert_problem(&second, 409, "isin_taken", &["/isin"]);
    let class = desk.class(&fund);
    let mut other = class_body();
    other["symbol"] = class["symbol"].clone();
    let taken = env.post(&classes(&fund)).token(&desk.tenant).json(&other).send();
    assert_problem(&taken, 409, "symbol_taken", &["/symbol"]);
    other["symbol"] = json!("BTC");
    let taken = env.post(&classes(&fund)).token(&desk.tenant).json(&other).send();
    assert_problem(&taken, 409, "symbol_taken", &["/symbol"]);
    other["name"] = class["name"].clone();
    other["symbol"] = Value::Null;
    let taken = env.post(&classes(&fund)).token(&desk.tenant).json(&other).send();
    assert_problem(&taken, 409, "share_class_name_taken", &["/name"]);

    let tokens = format!("{}/tokens", class_path(&fund, &class));
    let add = |path: &str, chain: i64, address: &str| {
        let body = json!({"chain_id": chain, "address": address, "decimals": 6});
        env.post(path).token(&desk.tenant).json(&body).send()
    };
    let address = format!("0x{}bbbbbbbb", unique());
    add(&tokens, 137, &address).expect(201);
    assert_problem(
        &add(&tokens, 137, &format!("0x{}cccccccc", unique())),
        409,
        "token_chain_taken",
        &["/chain_id"],
    );
    let other = format!("{}/tokens", class_path(&fund, &desk.class(&fund)));
    assert_problem(
        &add(&other, 137, &address.to_uppercase().replace("0X", "0x")),
        409,
        "token_address_taken",
        &["/address"],
    );
}

#[test]
fn a_token_leaves_a_draft_but_not_what_is_published() {
    let env = shared();
    let desk = Desk::open(env);
    let fund = desk.fund();
    let class = desk.class(&fund);
    let path = class_path(&fund, &class);
    let add = |chain: i64| {
        let body = json!({"chain_id": chain, "address": format!("0x{}dddddddd", unique()), "decimals": 6});
        env.post(&format!("{path}/tokens")).token(&desk.tenant).json(&body).send().expect(201)
    };
    let remove =
        |chain: &str| env.request("DELETE", &format!("{path}/tokens/{chain}")).token(&desk.tenant).send();
    let one = add(1);
    add(137);
    assert_eq!(one["version"], 2, "a token is a change of its class");
    assert_eq!(remove("1").expect(200)["tokens"].as_array().map(Vec::len), Some(1));
    assert_problem(&remove("1"), 404, "not_found", &[]);
    assert_problem(&remove("x"), 422, "invalid_fields", &["/chain_id"]);
    desk.become_status(&path, "open").expect(200);
    assert_problem(&remove("137"), 409, "token_in_use", &[]);
}

#[test]
fn every_write_is_in_the_trail() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it reads the trail in the database") };
    let desk = Desk::open(env);
    let (fund, class) = desk.published();
    desk.change("PATCH", &fund_path(&fund)).json(&json!({"legal_form": "SICAV"})).send().expect(200);
    let sql = "select action, detail::text from audit_event where tenant_id = $1::text::uuid and subject_id in ($2, $3, $4)
        order by occurred_at, id";
    let parameters = [desk.tenant.id.to_string(), desk.issuer.clone(), id(&fund), id(&class)];
    let parameters: Vec<_> =
        parameters.iter().map(|text| text as &(dyn postgres::types::ToSql + Sync)).collect();
    let rows = control.database().admin().query(sql, &parameters).expect("the trail");
    let actions: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    let expected = [
        "issuer.created",
        "fund.created",
        "share_class.created",
        "share_class.status_changed",
        "fund.status_changed",
        "fund.updated",
    ];
    assert_eq!(actions, expected);
    let detail: Value = serde_json::from_str(&rows[5].get::<_, String>(1)).expect("JSON");
    assert_eq!(detail["changes"], json!({"legal_form": {"from": "SICAV-RAIF", "to": "SICAV"}}));
}
