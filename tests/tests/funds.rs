//! `/v1/funds…` and `/v1/issuers…`: what stands in the catalogue, and who may publish a net asset value.

use std::collections::BTreeSet;

use fundrail_tests::{Environment, Response, Tenant, Value, assert_problem, json, shared, skip, wait_until};
use uuid::Uuid;

/// Ids of the seed.
const ALDER: &str = "0198c001-0000-7000-8000-000000000001";
const SHORT_TREASURY: &str = "0198c002-0000-7000-8000-000000000001";
const SHORT_TREASURY_I_USD: &str = "0198c003-0000-7000-8000-000000000001";

const NOBODY: &str = "0198c0de-0000-7000-8000-000000000000";

fn names(list: &Value) -> BTreeSet<&str> {
    list["data"].as_array().unwrap().iter().map(|entry| entry["name"].as_str().unwrap()).collect()
}

fn ids(list: &Value) -> Vec<String> {
    list["data"].as_array().unwrap().iter().map(|entry| entry["id"].as_str().unwrap().to_owned()).collect()
}

/// All entries of a list that the seed made, page by page. Others come while tests run, after these.
fn all(env: &Environment, tenant: &Tenant, path: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut after = String::new();
    loop {
        let page = env.get(&format!("{path}{after}")).token(tenant).send().expect(200);
        found.extend(ids(&page));
        match page["next"].as_str() {
            Some(next) => after = format!("&starting_after={next}"),
            None => break,
        }
        assert_eq!(page["has_more"], true);
    }
    found.retain(|id| id.starts_with("0198c00"));
    found
}

fn is_hit(response: &Response) -> bool {
    response.header("cache-status") == Some("fundrail; hit")
}

#[test]
fn the_catalogue_is_for_those_who_are_signed_in() {
    let env = shared();
    for path in ["/v1/funds", "/v1/issuers"] {
        assert_problem(&env.get(path).send(), 401, "unauthenticated", &[]);
        assert_problem(&env.get(&format!("{path}/{NOBODY}")).send(), 401, "unauthenticated", &[]);
    }
    let path = format!("/v1/funds/{NOBODY}/share-classes/{NOBODY}/navs");
    assert_problem(&env.post(&path).json(&json!({})).send(), 401, "unauthenticated", &[]);
}

#[test]
fn every_tenant_sees_the_same_catalogue() {
    let env = shared();
    let (ours, theirs) = (env.institution(), env.issuer());
    let (path, issuer) = (format!("/v1/funds/{SHORT_TREASURY}"), format!("/v1/issuers/{ALDER}"));
    for path in [path.as_str(), issuer.as_str()] {
        let (one, other) = (env.get(path).token(&ours).send(), env.get(path).token(&theirs).send());
        assert_eq!(one.expect(200), other.expect(200));
    }
}

#[test]
fn the_seed_has_a_dozen_funds_of_five_issuers_and_all_strategies() {
    let env = shared();
    let tenant = env.institution();
    let page = env.get("/v1/funds?limit=100").token(&tenant).send().expect(200);
    assert!(page["data"].as_array().unwrap().len() >= 12);
    for strategy in ["treasury", "money_market", "private_credit", "real_estate", "equity"] {
        let path = format!("/v1/funds?strategy={strategy}");
        let page = env.get(&path).token(&tenant).send().expect(200);
        let funds = page["data"].as_array().unwrap();
        assert!(!funds.is_empty(), "{strategy}");
        assert!(funds.iter().all(|fund| fund["strategy"] == strategy), "{strategy}");
    }
    let issuers = env.get("/v1/issuers").token(&tenant).send().expect(200);
    assert!(names(&issuers).len() >= 5 && names(&issuers).contains("Alder Asset Management"));
}

#[test]
fn a_fund_shows_its_classes_with_terms_tokens_and_value() {
    let env = shared();
    let tenant = env.institution();
    let fund = env.get(&format!("/v1/funds/{SHORT_TREASURY}")).token(&tenant).send().expect(200);
    assert_eq!(fund["issuer"], json!({"id": ALDER, "name": "Alder Asset Management"}));
    let class = &fund["share_classes"][0];
    assert_eq!(class["id"], SHORT_TREASURY_I_USD);
    assert_eq!(class["min_first_subscription"], json!({"value": "100000", "currency": "USD"}));
    assert_eq!(class["rule_sets"], json!(["reg-s-1", "mifid-professional", "lux-raif", "sanctions"]));
    assert_eq!(class["fees"]["management_bps"], 15);
    let chains: Vec<&Value> = class["tokens"].as_array().unwrap().iter().map(|t| &t["chain_id"]).collect();
    assert_eq!(chains, [1, 137, 31337]);
    assert!(class["tokens"][0]["address"].as_str().unwrap().starts_with("0x"));
    assert_eq!((&class["dealing_frequency"], &class["nav_move_limit_bps"]), (&json!("daily"), &json!(1000)));
    let symbol = class["symbol"].as_str().unwrap();
    // Whoever is its issuer may publish a value at any time, and the two are cached by themselves.
    wait_until("a class is priced by its published value, of the day that it is of", || {
        let fund = env.get(&format!("/v1/funds/{SHORT_TREASURY}")).token(&tenant).send().expect(200);
        let nav = &fund["share_classes"][0]["latest_nav"];
        let price = env.get(&format!("/v1/prices/{symbol}")).token(&tenant).send().expect(200);
        nav["per_share"]["currency"] == "USD"
            && price["price"] == nav["per_share"]["value"]
            && price["source"] == format!("nav:{}", nav["source"].as_str().unwrap())
            && price["as_of"] == format!("{}T00:00:00.000000Z", nav["nav_date"].as_str().unwrap())
    });
}

#[test]
fn filters_narrow_the_list_together() {
    let env = shared();
    let tenant = env.institution();
    let found = |query: &str| {
        let page = env.get(&format!("/v1/funds?{query}")).token(&tenant).send().expect(200);
        names(&page).into_iter().map(str::to_owned).collect::<BTreeSet<String>>()
    };
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<String>>();
    assert_eq!(found("domicile=SG&status=open"), set(&["Quaymark Asia Treasury Fund"]));
    assert_eq!(found("currency=GBP"), set(&["Solvane Sterling Liquidity Fund"]));
    assert_eq!(
        found(&format!("issuer_id={ALDER}&strategy=real_estate")),
        set(&["Alder Logistics Property Fund"])
    );
    assert_eq!(found("q=treasury%20%20BILLS&domicile=LU"), set(&["Alder Short Treasury Fund"]));
    assert_eq!(
        found("q=fallowm&status=closed"),
        set(&["Fallowmere Senior Loan Fund"]),
        "part of an issuer's name"
    );
    assert_eq!(found("q=zzalder00012"), set(&["Alder Short Treasury Fund"]), "an ISIN");
    assert_eq!(found("q=100%25"), set(&[]), "a per cent sign is no wildcard");
    assert_eq!(found("domicile=FR"), set(&[]));
    // The euro class of this fund is on Polygon, and a cheap one; but its institutional class is neither.
    assert_eq!(
        found("strategy=money_market&currency=EUR&chain=137&min_subscription_max=100"),
        set(&["Alder Euro Money Market Fund"])
    );
    assert_eq!(
        found("strategy=money_market&currency=EUR&chain=8453&min_subscription_max=49999.99"),
        set(&[])
    );
}

#[test]
fn pages_put_together_are_the_whole_list() {
    let env = shared();
    let tenant = env.institution();
    for path in ["/v1/funds", "/v1/issuers"] {
        let whole = all(env, &tenant, &format!("{path}?limit=100"));
        assert_eq!(all(env, &tenant, &format!("{path}?limit=2")), whole);
        assert_eq!(whole.iter().collect::<BTreeSet<_>>().len(), whole.len());
    }
}

#[test]
fn every_wrong_parameter_is_named() {
    let env = shared();
    let tenant = env.institution();
    let query = "strategy=crypto&domicile=XX&currency=euro&chain=-1&issuer_id=7&status=dead&q=%20&\
        min_subscription_max=-1&limit=101&starting_after=x&colour=red";
    let wrong = [
        "/strategy",
        "/domicile",
        "/currency",
        "/chain",
        "/issuer_id",
        "/status",
        "/q",
        "/min_subscription_max",
        "/limit",
        "/starting_after",
        "/colour",
    ];
    let response = env.get(&format!("/v1/funds?{query}")).token(&tenant).send();
    assert_problem(&response, 422, "invalid_fields", &wrong);
    let response = env.get("/v1/issuers?limit=0&strategy=equity").token(&tenant).send();
    assert_problem(&response, 422, "invalid_fields", &["/limit", "/strategy"]);
    let response = env.get("/v1/funds?q=%ff").token(&tenant).send();
    assert_problem(&response, 400, "malformed_query", &[]);
}

#[test]
fn an_unknown_fund_or_issuer_is_not_found() {
    let env = shared();
    let tenant = env.institution();
    for path in ["/v1/funds", "/v1/issuers"] {
        assert_problem(&env.get(&format!("{path}/{NOBODY}")).token(&tenant).send(), 404, "not_found", &[]);
        assert_problem(&env.get(&format!("{path}/7")).token(&tenant).send(), 422, "invalid_fields", &["/id"]);
    }
    let response = env.request("PUT", &format!("/v1/funds/{SHORT_TREASURY}")).token(&tenant).send();
    assert_problem(&response, 405, "method_not_allowed", &[]);
}

#[test]
fn the_second_reader_is_answered_from_the_cache() {
    let env = shared();
    let tenant = env.institution();
    // Words that no other test looks for.
    for path in
        ["/v1/funds?q=warehouses%20rhine", &format!("/v1/funds/{SHORT_TREASURY}"), "/v1/issuers?limit=77"]
    {
        // Values that other tests publish drop lists, so that a second reader may miss now and then.
        wait_until(path, || {
            let first = env.get(path).token(&tenant).send();
            let second = env.get(path).token(&tenant).send();
            first.expect(200);
            second.expect(200);
            is_hit(&second) && first.body == second.body && first.header("etag") == second.header("etag")
        });
    }
}

#[test]
fn what_a_caller_has_is_not_sent_again() {
    let env = shared();
    let tenant = env.institution();
    for path in [&format!("/v1/funds/{SHORT_TREASURY}"), "/v1/funds?limit=3"] {
        let first = env.get(path).token(&tenant).send();
        let tag = first.header("etag").expect("a tag").to_owned();
        let second = env.get(path).token(&tenant).header("if-none-match", &tag).send();
        assert_eq!((second.status, second.text().len()), (304, 0));
        let other = env.get(path).token(&tenant).header("if-none-match", "\"another\"").send();
        assert_eq!(other.expect(200), first.json());
    }
}

/// A fund of a tenant's own, made as no route makes them yet.
struct OwnFund {
    fund: Uuid,
    class: Uuid,
    symbol: String,
}

impl OwnFund {
    fn of(tenant: &Tenant, database: &fundrail_tests::Database) -> Self {
        let (issuer, fund, class) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
        let symbol = format!("T{}", &fund.simple().to_string()[16..]).to_uppercase();
        let sql = format!(
            "insert into issuer (id, tenant_id, name, country) values ('{issuer}', '{}', 'Issuer {issuer}', 'LU');
             insert into fund (id, issuer_id, name, strategy, domicile, legal_form, status, base_currency, launched_on)
             values ('{fund}', '{issuer}', 'Fund', 'equity', 'LU', 'RAIF', 'open', 'EUR', current_date - 10);
             insert into share_class (id, fund_id, name, currency, min_first_subscription, min_further_subscription,
                 management_fee_bps, distribution_policy, rule_sets, launched_on)
             values ('{class}', '{fund}', 'A', 'EUR', 1, 1, 0, 'accumulating', '{{sanctions}}', current_date - 10);
             insert into asset (id, symbol, name, asset_class, currency, share_class_id)
             values ('{}', '{symbol}', 'Fund A', 'fund_share', 'EUR', '{class}')",
            tenant.id,
            Uuid::now_v7(),
        );
        database.admin().batch_execute(&sql).expect("a fund");
        Self { fund, class, symbol }
    }

    fn navs(&self) -> String {
        format!("/v1/funds/{}/share-classes/{}/navs", self.fund, self.class)
    }
}

/// A day in UTC, as far from today as `days` says.
fn day(database: &fundrail_tests::Database, days: i32) -> String {
    let sql = "select ((now() at time zone 'utc')::date + $1::int4)::text";
    database.admin().query_one(sql, &[&days]).expect("a day").get(0)
}

#[test]
fn an_issuer_publishes_a_value_and_everybody_sees_it() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it makes a fund in the database") };
    let (issuer, reader) = (env.issuer(), env.institution());
    let own = OwnFund::of(&issuer, control.database());
    let fund = format!("/v1/funds/{}", own.fund);
    let price = format!("/v1/prices/{}", own.symbol);
    let list = format!("/v1/funds?starting_after={}&limit=99", Uuid::from_u128(own.fund.as_u128() - 1));
    let before = env.get(&fund).token(&reader).send().expect(200);
    assert_eq!(before["share_classes"][0]["latest_nav"], Value::Null);
    assert_problem(&env.get(&price).token(&reader).send(), 404, "not_found", &[]);
    let listed = env.get(&list).token(&reader).send().expect(200);
    assert_eq!(listed["data"][0]["id"], own.fund.to_string());

    let body = json!({"nav_date": day(control.database(), -1), "nav_per_share": "101.2500"});
    let published = env.post(&own.navs()).token(&issuer).json(&body).send();
    assert_eq!(published.header("location"), Some(fund.as_str()));
    let nav = published.expect(201);
    assert_eq!(nav["per_share"], json!({"value": "101.2500", "currency": "EUR"}));
    assert_eq!(nav["source"], "issuer");

    let shown = || env.get(&fund).token(&reader).send().expect(200)["share_classes"][0]["latest_nav"].clone();
    wait_until("the cached fund is dropped", || shown() == nav);
    let priced = env.get(&price).token(&reader).send().expect(200);
    assert_eq!((&priced["price"], &priced["source"]), (&json!("101.2500"), &json!("nav:issuer")));
    let fresh = env.get(&list).token(&reader).send();
    assert_eq!(fresh.expect(200)["data"][0]["id"], own.fund.to_string());

    let again = env.post(&own.navs()).token(&issuer).json(&body).send();
    assert_problem(&again, 409, "nav_already_published", &[]);
    let sql =
        "select count(*) from audit_event where tenant_id = $1::text::uuid and action = 'nav.published'";
    let rows: i64 =
        control.database().admin().query_one(sql, &[&issuer.id.to_string()]).expect("a count").get(0);
    assert_eq!(rows, 1);
}

#[test]
fn a_published_value_drops_every_list() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it makes a fund in the database") };
    let issuer = env.issuer();
    let own = OwnFund::of(&issuer, control.database());
    let lists = ["/v1/funds?limit=41", "/v1/funds?limit=42&status=open", "/v1/issuers?limit=43"];
    for list in lists {
        env.get(list).token(&issuer).send().expect(200);
    }
    let body = json!({"nav_date": day(control.database(), -2), "nav_per_share": "7"});
    env.post(&own.navs()).token(&issuer).json(&body).send().expect(201);
    for list in lists {
        wait_until(list, || !is_hit(&env.get(list).token(&issuer).send()));
    }
}

#[test]
fn only_the_issuer_publishes_a_value() {
    let env = shared();
    let institution = env.institution();
    let body = json!({"nav_date": "2026-01-05", "nav_per_share": "1"});
    let seeded = format!("/v1/funds/{SHORT_TREASURY}/share-classes/{SHORT_TREASURY_I_USD}/navs");
    for tenant in [&institution, &env.issuer()] {
        let response = env.post(&seeded).token(tenant).json(&body).send();
        assert_problem(&response, 404, "not_found", &[]);
    }
    let Some(control) = env.control() else { return skip("it makes a fund in the database") };
    let (ours, theirs) = (env.issuer(), env.issuer());
    let (own, other) = (OwnFund::of(&ours, control.database()), OwnFund::of(&theirs, control.database()));
    assert_problem(&env.post(&own.navs()).token(&theirs).json(&body).send(), 404, "not_found", &[]);
    let mixed = format!("/v1/funds/{}/share-classes/{}/navs", own.fund, other.class);
    assert_problem(&env.post(&mixed).token(&ours).json(&body).send(), 404, "not_found", &[]);
}

#[test]
fn a_wrong_value_is_refused_and_nothing_is_written() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it makes a fund in the database") };
    let issuer = env.issuer();
    let own = OwnFund::of(&issuer, control.database());
    let send = |body: &Value| env.post(&own.navs()).token(&issuer).json(body).send();
    let today = day(control.database(), 0);
    let both = ["/nav_date", "/nav_per_share"];
    assert_problem(&send(&json!({})), 422, "invalid_fields", &both);
    assert_problem(&send(&json!({"nav_date": 7, "nav_per_share": 1.5})), 422, "invalid_fields", &both);
    let wrong = json!({"nav_date": day(control.database(), 1), "nav_per_share": "0", "note": "x"});
    assert_problem(&send(&wrong), 422, "invalid_fields", &["/nav_date", "/nav_per_share", "/note"]);
    let early = json!({"nav_date": day(control.database(), -11), "nav_per_share": "1"});
    assert_problem(&send(&early), 422, "invalid_fields", &["/nav_date"]);
    for value in ["-1", "1e3", "1.00000000001", "NaN", "1000000000000000000"] {
        let body = json!({"nav_date": today, "nav_per_share": value});
        assert_problem(&send(&body), 422, "invalid_fields", &["/nav_per_share"]);
    }
    let malformed = env.post(&own.navs()).token(&issuer).body("application/json", b"{\"nav_date\":").send();
    assert_problem(&malformed, 400, "malformed_json", &[]);
    let plain = env.post(&own.navs()).token(&issuer).body("text/plain", b"1").send();
    assert_problem(&plain, 415, "unsupported_media_type", &[]);
    let sql = "select count(*) from nav where share_class_id = $1::text::uuid";
    let rows: i64 =
        control.database().admin().query_one(sql, &[&own.class.to_string()]).expect("a count").get(0);
    assert_eq!(rows, 0);
}

#[test]
fn a_value_sent_twice_under_one_key_is_published_once() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it makes a fund in the database") };
    let issuer = env.issuer();
    let own = OwnFund::of(&issuer, control.database());
    let send = |value: &str| {
        let body = json!({"nav_date": day(control.database(), 0), "nav_per_share": value});
        env.post(&own.navs()).token(&issuer).header("idempotency-key", "today").json(&body).send()
    };
    let (first, second) = (send("12.5"), send("12.5"));
    assert_eq!(first.expect(201), second.expect(201));
    assert_eq!(second.header("idempotency-replayed"), Some("true"));
    assert_eq!(send("13").status, 422, "the same key with another body");
}

impl OwnFund {
    /// Publishes a value, or corrects one.
    fn publish(&self, env: &Environment, by: impl AsRef<str>, body: &Value) -> Response {
        env.post(&self.navs()).token(by).json(body).send()
    }

    /// The price as everybody sees it.
    #[track_caller]
    fn price(&self, env: &Environment, by: &Tenant) -> Value {
        env.get(&format!("/v1/prices/{}", self.symbol)).token(by).send().expect(200)
    }

    fn proposal(&self, id: &Value) -> String {
        let id = id["id"].as_str().expect("an id");
        format!("/v1/funds/{}/share-classes/{}/nav-proposals/{id}", self.fund, self.class)
    }

    /// Changes a column of the class, as no route does yet.
    fn set(&self, database: &fundrail_tests::Database, change: &str) {
        let sql = format!("update share_class set {change} where id = '{}'", self.class);
        database.admin().execute(&sql, &[]).expect("a change");
    }
}

fn nav(day: &str, value: &str) -> Value {
    json!({"nav_date": day, "nav_per_share": value})
}

fn correction(day: &str, value: &str, replaces: &Value) -> Value {
    json!({"nav_date": day, "nav_per_share": value, "replaces": replaces["id"], "reason": "a typing error"})
}

#[test]
fn a_value_is_as_old_as_the_day_that_it_is_of_and_stale_by_how_often_its_class_is_valued() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it makes a fund in the database") };
    let (issuer, database) = (env.issuer(), control.database());
    let own = OwnFund::of(&issuer, database);
    own.set(database, "launched_on = current_date - 400");
    own.publish(env, &issuer, &nav(&day(database, -30), "100")).expect(201);
    let price = own.price(env, &issuer);
    assert_eq!(price["as_of"], format!("{}T00:00:00.000000Z", day(database, -30)));
    assert!(price["age_ms"].as_u64().unwrap() >= 30 * 86_400_000, "{price}");
    assert_eq!(price["stale"], true);
    own.set(database, "dealing_frequency = 'monthly'");
    own.publish(env, &issuer, &nav(&day(database, -29), "100")).expect(201);
    assert_eq!(own.price(env, &issuer)["stale"], false);
    own.set(database, "dealing_frequency = 'daily'");
    own.publish(env, &issuer, &nav(&day(database, -1), "100")).expect(201);
    assert_eq!(own.price(env, &issuer)["stale"], false);
}

#[test]
fn a_correction_takes_the_place_of_a_value_at_once_and_both_stay_in_the_history() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it makes a fund in the database") };
    let (issuer, reader) = (env.issuer(), env.institution());
    let own = OwnFund::of(&issuer, control.database());
    let [before, today] = [-2, -1].map(|days| day(control.database(), days));
    own.publish(env, &issuer, &nav(&before, "100")).expect(201);
    let wrong = own.publish(env, &issuer, &nav(&today, "105")).expect(201);
    assert_eq!(own.price(env, &reader)["price"], "105");

    let refused = |body: &Value, pointers: &[&str]| {
        assert_problem(&own.publish(env, &issuer, body), 422, "invalid_fields", pointers);
    };
    refused(&json!({"nav_date": today, "nav_per_share": "101", "replaces": wrong["id"]}), &["/reason"]);
    refused(&json!({"nav_date": today, "nav_per_share": "101", "reason": "x"}), &["/reason"]);
    refused(&correction(&today, "105.00", &wrong), &["/nav_per_share"]);
    refused(&correction(&before, "101", &wrong), &["/replaces"]);
    refused(&correction(&today, "101", &json!({"id": NOBODY})), &["/replaces"]);
    refused(&correction(&today, "0", &wrong), &["/nav_per_share"]);
    refused(&correction(&today, "NaN", &wrong), &["/nav_per_share"]);
    assert_problem(&own.publish(env, &reader, &correction(&today, "101", &wrong)), 404, "not_found", &[]);

    let key = Uuid::new_v4().to_string();
    let request = env.post(&own.navs()).token(&issuer).header("idempotency-key", &key);
    let right = request.json(&correction(&today, "101", &wrong)).send().expect(201);
    // No moment later, and from no cache.
    assert_eq!(own.price(env, &reader)["price"], "101");
    let fund = env.get(&format!("/v1/funds/{}", own.fund)).token(&reader).send().expect(200);
    assert_eq!(fund["share_classes"][0]["latest_nav"], right);

    let stale = own.publish(env, &issuer, &correction(&today, "102", &wrong));
    assert_problem(&stale, 409, "nav_replaced", &[]);
    let again = own.publish(env, &issuer, &nav(&today, "102"));
    assert_problem(&again, 409, "nav_already_published", &[]);

    let page = env.get(&own.navs()).token(&reader).send().expect(200);
    let shown: Vec<(&Value, &Value)> = page["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|version| (&version["per_share"]["value"], &version["position"]))
        .collect();
    assert_eq!(shown, [(&json!("100"), &json!(1)), (&json!("105"), &json!(2)), (&json!("101"), &json!(3))]);
    let (first, last) = (&page["data"][1], &page["data"][2]);
    assert_eq!((&first["replaced_by"], &last["replaces"]), (&right["id"], &wrong["id"]));
    assert_eq!((&last["reason"], &first["reason"]), (&json!("a typing error"), &Value::Null));
    let rest = env.get(&format!("{}?starting_after=2", own.navs())).token(&reader).send().expect(200);
    assert_eq!(ids(&rest), [right["id"].as_str().unwrap()]);
    let of_day = env.get(&format!("{}?nav_date={before}", own.navs())).token(&reader).send().expect(200);
    assert_eq!(of_day["data"].as_array().map(Vec::len), Some(1));
    let wrong = env.get(&format!("{}?nav_date=x&starting_after=-1&z=1", own.navs())).token(&reader).send();
    assert_problem(&wrong, 422, "invalid_fields", &["/nav_date", "/starting_after", "/z"]);
    assert_problem(&env.get(&own.navs()).send(), 401, "unauthenticated", &[]);
}

#[test]
fn a_value_that_moves_too_far_waits_for_a_second_person() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it makes a fund in the database") };
    let owner = env.issuer();
    let (second, viewer) = (env.colleague(&owner, "issuer"), env.colleague(&owner, "viewer"));
    let own = OwnFund::of(&owner, control.database());
    let [before, today] = [-2, -1].map(|days| day(control.database(), days));
    own.publish(env, &owner, &nav(&before, "101.25")).expect(201);
    let waits = own.publish(env, &owner, &nav(&today, "10125"));
    let proposal = waits.expect(202);
    assert_eq!(waits.header("location"), Some(own.proposal(&proposal).as_str()));
    assert_eq!((&proposal["state"], &proposal["move_bps"]), (&json!("pending"), &json!("990000")));
    assert_eq!(own.price(env, &second)["price"], "101.25", "it is not served");

    let path = own.proposal(&proposal);
    let approve = |by: &Tenant, value: &str| {
        env.post(&format!("{path}/approve")).token(by).json(&json!({"nav_per_share": value})).send()
    };
    assert_problem(&approve(&owner, "10125"), 409, "second_person_required", &[]);
    assert_problem(&approve(&viewer, "10125"), 403, "forbidden", &[]);
    assert_problem(&approve(&env.issuer(), "10125"), 404, "not_found", &[]);
    assert_problem(&approve(&second, "101.25"), 409, "nav_proposal_differs", &[]);
    let nothing = env.post(&format!("{path}/approve")).token(&second).json(&json!({})).send();
    assert_problem(&nothing, 422, "invalid_fields", &["/nav_per_share"]);
    assert_problem(&env.get(&path).token(&viewer).send(), 403, "forbidden", &[]);

    // A key acts for whoever made it, and approves nothing.
    let body = json!({"name": "publisher", "scopes": ["funds:read", "funds:write"]});
    let key = env.post("/v1/auth/api-keys").token(&owner).json(&body).send().expect(201);
    let key = key["key"].as_str().expect("a key").to_owned();
    fundrail_tests::note_secret(&key);
    let by_machine = env.post(&format!("{path}/approve")).token(&key);
    let by_machine = by_machine.json(&json!({"nav_per_share": "10125"})).send();
    assert_problem(&by_machine, 403, "forbidden", &[]);
    let of_key = own.publish(env, &key, &nav(&today, "303")).expect(202);
    let by_maker = env.post(&format!("{}/approve", own.proposal(&of_key))).token(&owner);
    let by_maker = by_maker.json(&json!({"nav_per_share": "303"})).send();
    assert_problem(&by_maker, 409, "second_person_required", &[]);

    // What takes its place is another proposal: the old one can no longer be approved.
    let newer = own.publish(env, &owner, &nav(&today, "202.5")).expect(202);
    assert_problem(&approve(&second, "10125"), 409, "nav_proposal_decided", &[]);
    let path = own.proposal(&newer);
    let approval = json!({"nav_per_share": "202.50"});
    let nav = env.post(&format!("{path}/approve")).token(&second).json(&approval).send().expect(201);
    assert_eq!(own.price(env, &owner)["price"], "202.5");
    let again = env.post(&format!("{path}/approve")).token(&second).json(&approval).send();
    assert_problem(&again, 409, "nav_proposal_decided", &[]);
    let decided = env.get(&path).token(&owner).send().expect(200);
    assert_eq!((&decided["state"], &decided["nav_id"]), (&json!("published"), &nav["id"]));
    assert_eq!(decided["decided_by"], second.user_id.to_string());

    let list = format!("/v1/funds/{}/share-classes/{}/nav-proposals", own.fund, own.class);
    let states: Vec<Value> = env.get(&list).token(&owner).send().expect(200)["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|proposal| proposal["state"].clone())
        .collect();
    assert_eq!(states, ["published", "superseded", "superseded"]);
    assert_problem(&env.get(&list).token(env.issuer()).send(), 404, "not_found", &[]);
    let history = env.get(&own.navs()).token(&owner).send().expect(200);
    assert_eq!(history["data"][1]["approved"], true);
}

#[test]
fn who_made_the_key_that_proposed_a_value_does_not_approve_it_though_somebody_else_has_taken_the_key_over() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it makes a fund in the database") };
    let owner = env.issuer();
    let (maker, third) = (env.colleague(&owner, "owner"), env.colleague(&owner, "issuer"));
    let own = OwnFund::of(&owner, control.database());
    let [before, today] = [-2, -1].map(|days| day(control.database(), days));
    own.publish(env, &owner, &nav(&before, "100")).expect(201);
    let body = json!({"name": "publisher", "scopes": ["funds:read", "funds:write"]});
    let made = env.post("/v1/auth/api-keys").token(&maker).json(&body).send().expect(201);
    let key = made["key"].as_str().expect("a key").to_owned();
    fundrail_tests::note_secret(&key);
    let take_over = format!("/v1/auth/api-keys/{}/take-over", made["id"].as_str().expect("an id"));
    let taken = env.post(&take_over).token(&owner).json(&json!({"overlap_seconds": 3600})).send().expect(201);
    fundrail_tests::note_secret(taken["key"].as_str().expect("a key"));
    // In the owner's name, by whoever still has the secret.
    let waits = own.publish(env, &key, &nav(&today, "300")).expect(202);
    assert_eq!(waits["proposed_by"], owner.user_id.to_string());
    let path = format!("{}/approve", own.proposal(&waits));
    let approve = |by: &Tenant| env.post(&path).token(by).json(&json!({"nav_per_share": "300"})).send();
    for one in [&maker, &owner] {
        assert_problem(&approve(one), 409, "second_person_required", &[]);
    }
    assert_eq!(own.price(env, &owner)["price"], "100");
    // Nor does anybody approve what a key has proposed that has been revoked since.
    let other = env.post("/v1/auth/api-keys").token(&maker).json(&body).send().expect(201);
    let other_key = other["key"].as_str().expect("a key").to_owned();
    fundrail_tests::note_secret(&other_key);
    let by_other = own.publish(env, &other_key, &nav(&day(control.database(), 0), "500")).expect(202);
    let revoke = format!("/v1/auth/api-keys/{}", other["id"].as_str().expect("an id"));
    assert_eq!(env.request("DELETE", &revoke).token(&owner).send().status, 204);
    let late = env.post(&format!("{}/approve", own.proposal(&by_other))).token(&third);
    assert_problem(&late.json(&json!({"nav_per_share": "500"})).send(), 409, "nav_proposer_gone", &[]);
    approve(&third).expect(201);
}

#[test]
fn many_small_corrections_are_a_large_one_and_what_is_turned_down_never_counts() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it makes a fund in the database") };
    let owner = env.issuer();
    let own = OwnFund::of(&owner, control.database());
    let today = day(control.database(), -1);
    let first = own.publish(env, &owner, &nav(&today, "100")).expect(201);
    let step = own.publish(env, &owner, &correction(&today, "109", &first)).expect(201);
    let waits = own.publish(env, &owner, &correction(&today, "118", &step)).expect(202);
    assert_eq!((&waits["move_bps"], &waits["replaces"]), (&json!("1800"), &step["id"]));
    let path = format!("{}/reject", own.proposal(&waits));
    assert_problem(
        &env.post(&path).token(&owner).json(&json!({})).send(),
        422,
        "invalid_fields",
        &["/reason"],
    );
    let reason = json!({"reason": "not checked"});
    let rejected = env.post(&path).token(&owner).json(&reason).send().expect(200);
    assert_eq!(
        (&rejected["state"], &rejected["decision_reason"]),
        (&json!("rejected"), &json!("not checked"))
    );
    assert_problem(&env.post(&path).token(&owner).json(&reason).send(), 409, "nav_proposal_decided", &[]);
    assert_eq!(own.price(env, &owner)["price"], "109");
}

#[test]
fn a_correction_that_makes_a_jump_of_the_step_to_the_day_after_waits_for_a_second_person() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it makes a fund in the database") };
    let owner = env.issuer();
    let own = OwnFund::of(&owner, control.database());
    let days = [-4, -3, -2].map(|days| day(control.database(), days));
    own.publish(env, &owner, &nav(&days[0], "100")).expect(201);
    let first = own.publish(env, &owner, &nav(&days[1], "100")).expect(201);
    // Up, so that the next day is near to it, and back again: 19 % in a day, of steps that are each below 10 %.
    let up = own.publish(env, &owner, &correction(&days[1], "109", &first)).expect(201);
    own.publish(env, &owner, &nav(&days[2], "119")).expect(201);
    let back = own.publish(env, &owner, &correction(&days[1], "100", &up)).expect(202);
    assert_eq!(back["move_bps"], "1900");
    own.publish(env, &owner, &correction(&days[1], "109.5", &up)).expect(201);
}

#[test]
fn a_value_proposed_by_somebody_who_has_gone_cannot_be_approved() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it makes a fund in the database") };
    let owner = env.issuer();
    let gone = env.colleague(&owner, "issuer");
    let own = OwnFund::of(&owner, control.database());
    let [before, today] = [-2, -1].map(|days| day(control.database(), days));
    own.publish(env, &gone, &nav(&before, "100")).expect(201);
    let waits = own.publish(env, &gone, &nav(&today, "500")).expect(202);
    let user = format!("/v1/auth/users/{}", gone.user_id);
    let removed = env.request("DELETE", &user).token(&owner).send();
    assert!(removed.status < 300, "{}", removed.describe());
    let path = format!("{}/approve", own.proposal(&waits));
    let approved = env.post(&path).token(&owner).json(&json!({"nav_per_share": "500"})).send();
    assert_problem(&approved, 409, "nav_proposer_gone", &[]);
}
