//! `/v1/assets` and `/v1/prices…`: latest prices with source, time and age.

use std::{thread::sleep, time::Duration};

use fundrail_tests::{Environment, Options, Response, Value, assert_problem, json, shared, skip};

const ETH: &str = "0198c004-0000-7000-8000-000000000022";
const NOBODY: &str = "0198c0de-0000-7000-8000-000000000000";

fn symbols<'a>(list: &'a Value, field: &str) -> Vec<&'a str> {
    list["data"].as_array().unwrap().iter().map(|entry| entry[field].as_str().unwrap()).collect()
}

fn is_hit(response: &Response) -> bool {
    response.header("cache-status") == Some("fundrail; hit")
}

#[test]
fn prices_are_for_those_who_are_signed_in() {
    let env = shared();
    for path in ["/v1/assets", "/v1/prices", "/v1/prices/ETH"] {
        assert_problem(&env.get(path).send(), 401, "unauthenticated", &[]);
    }
}

#[test]
fn the_second_price_is_answered_from_the_cache_and_is_older() {
    let env = shared();
    let tenant = env.institution();
    let first = env.get("/v1/prices/JPM").token(&tenant).send();
    sleep(Duration::from_millis(20));
    let second = env.get("/v1/prices/JPM").token(&tenant).send();
    assert!(is_hit(&second), "{}", second.describe());
    let (first, mut second) = (first.expect(200), second.expect(200));
    let age = |price: &Value| price["age_ms"].as_u64().unwrap();
    assert!(age(&second) >= age(&first) + 20, "{first} {second}");
    second["age_ms"] = first["age_ms"].clone();
    assert_eq!(first, second);
    let fields: Vec<&String> = first.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["age_ms", "as_of", "asset", "currency", "price", "source", "stale"]);
}

#[test]
fn an_asset_is_found_by_symbol_in_any_case_and_by_id() {
    let env = shared();
    let tenant = env.institution();
    for name in ["ETH", "eth", ETH, &ETH.to_uppercase()] {
        let price = env.get(&format!("/v1/prices/{name}")).token(&tenant).send().expect(200);
        assert_eq!((&price["asset"], &price["currency"]), (&json!("ETH"), &json!("USD")), "{name}");
    }
}

#[test]
fn a_price_says_where_it_is_from() {
    let env = shared();
    let tenant = env.institution();
    let price = |asset: &str| env.get(&format!("/v1/prices/{asset}")).token(&tenant).send().expect(200);
    let apple = price("AAPL");
    assert_eq!(
        (&apple["price"], &apple["source"], &apple["as_of"]),
        (&json!("430.47"), &json!("historical:quandl-wiki"), &json!("2013-03-01T21:00:00.000000Z"))
    );
    assert_eq!(price("BTC")["source"], "demonstration");
    // Whoever is its issuer may publish a value.
    let class = price("ALST-I-USD");
    assert!(class["source"].as_str().unwrap().starts_with("nav:"), "{class}");
}

#[test]
fn a_price_of_the_past_is_marked_wherever_it_is_shown() {
    let env = shared();
    let tenant = env.institution();
    let apple = env.get("/v1/prices/AAPL").token(&tenant).send().expect(200);
    assert_eq!(apple["stale"], true);
    assert!(apple["age_ms"].as_u64().unwrap() > 10 * 365 * 86_400_000, "{apple}");
    let list = env.get("/v1/prices?asset_class=stock").token(&tenant).send().expect(200);
    let stale: Vec<&Value> = list["data"].as_array().unwrap().iter().map(|price| &price["stale"]).collect();
    assert_eq!(stale, [true; 4]);
    // The seed values its funds up to the day before yesterday, but for the suspended one.
    let list = env.get("/v1/prices?asset_class=fund_share&limit=100").token(&tenant).send().expect(200);
    let stale_of = |symbol: &str| {
        let prices = list["data"].as_array().unwrap();
        prices.iter().find(|price| price["asset"] == symbol).map(|price| price["stale"].clone())
    };
    assert_eq!((stale_of("ALST-I-USD"), stale_of("QMAG-I-USD")), (Some(json!(false)), Some(json!(true))));
}

#[test]
fn what_has_no_price_is_not_found() {
    let env = shared();
    let tenant = env.institution();
    for asset in ["NOSUCH", NOBODY] {
        let response = env.get(&format!("/v1/prices/{asset}")).token(&tenant).send();
        assert_problem(&response, 404, "not_found", &[]);
    }
    for asset in ["A%20B", "-A", "%C3%84", "ABCDEFGHIJKLMNOPQRSTU", "A%00"] {
        let response = env.get(&format!("/v1/prices/{asset}")).token(&tenant).send();
        assert_problem(&response, 422, "invalid_fields", &["/asset"]);
    }
}

#[test]
fn lists_are_narrowed_and_paged_by_symbol() {
    let env = shared();
    let tenant = env.institution();
    let get = |path: &str| env.get(path).token(&tenant).send().expect(200);
    let stocks = get("/v1/prices?asset_class=stock");
    assert_eq!(symbols(&stocks, "asset"), ["AAPL", "JPM", "MSFT", "NVDA"]);
    assert_eq!((&stocks["has_more"], &stocks["next"]), (&json!(false), &Value::Null));
    assert_eq!(symbols(&get("/v1/assets?asset_class=stock"), "symbol"), ["AAPL", "JPM", "MSFT", "NVDA"]);
    assert_eq!(symbols(&get("/v1/prices?asset_class=coin&currency=EUR"), "asset"), ["EURC"]);
    let first = get("/v1/prices?asset_class=stock&limit=3");
    assert_eq!((&first["has_more"], &first["next"]), (&json!(true), &json!("MSFT")));
    let second = get("/v1/prices?asset_class=stock&limit=3&starting_after=MSFT");
    assert_eq!(symbols(&second, "asset"), ["NVDA"]);
    let assets = get("/v1/assets?limit=100");
    assert!(symbols(&assets, "symbol").len() >= 30);
    let class =
        assets["data"].as_array().unwrap().iter().find(|asset| asset["symbol"] == "ALST-I-USD").unwrap();
    assert_eq!(class["fund_id"], "0198c002-0000-7000-8000-000000000001");
    assert_eq!(class["share_class_id"], "0198c003-0000-7000-8000-000000000001");
}

#[test]
fn every_wrong_parameter_is_named() {
    let env = shared();
    let tenant = env.institution();
    for path in ["/v1/prices", "/v1/assets"] {
        let query = "asset_class=bond&currency=usd&limit=x&starting_after=%20&page=2";
        let response = env.get(&format!("{path}?{query}")).token(&tenant).send();
        let wrong = ["/asset_class", "/currency", "/limit", "/starting_after", "/page"];
        assert_problem(&response, 422, "invalid_fields", &wrong);
    }
}

#[test]
fn a_price_that_only_aged_is_not_sent_again() {
    let env = shared();
    let tenant = env.institution();
    for path in ["/v1/prices/AVAX", "/v1/prices?asset_class=coin", "/v1/assets"] {
        let first = env.get(path).token(&tenant).send();
        let tag = first.header("etag").expect("a tag").to_owned();
        assert_eq!(tag.starts_with("W/"), path != "/v1/assets", "{path}: {tag}");
        let second = env.get(path).token(&tenant).header("if-none-match", &tag).send();
        assert_eq!((second.status, second.text().len()), (304, 0), "{path}");
    }
}

#[test]
fn without_a_cache_prices_are_read_from_the_database() {
    let Some(env) = Environment::start(&Options::default()) else { return skip("it kills Redis") };
    let Some(control) = env.control() else { return skip("it kills Redis") };
    let tenant = env.institution();
    let before = env.get("/v1/prices/MSFT").token(&tenant).send().expect(200);
    control.redis().kill();
    // An asset that was never asked for, so that no cache could know it.
    for asset in ["MSFT", "NVDA"] {
        let response = env.get(&format!("/v1/prices/{asset}")).token(&tenant).send();
        let status = response.header("cache-status").map(str::to_owned);
        assert_eq!(response.expect(200)["asset"], asset);
        assert_eq!(status.as_deref(), Some("fundrail; fwd=bypass; detail=cache-unavailable"));
    }
    control.redis().restart();
    let after = env.get("/v1/prices/MSFT").token(&tenant).send().expect(200);
    assert_eq!(before["price"], after["price"]);
}
