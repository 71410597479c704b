//! The way of a first user, from registering to seeing an escrow.

use alloy_primitives::{hex, keccak256};
use fundrail_tests::{
    Environment, Value, assert_problem, json, new_wallet, shared, signed_webhook, wait_until_some,
};
use uuid::Uuid;

const FACTORY: &str = "0x5fbdb2315678afecb367f032d93f642f64180aa3";
const CREATED: &str = "EscrowCreated(address,bytes32,address,address,address,address,uint256,uint64)";

/// Twenty bytes that nobody else has.
fn address() -> String {
    let random = (Uuid::new_v4().simple().to_string(), Uuid::new_v4().simple().to_string());
    format!("0x{}{}", random.0, random.1.split_at(8).0)
}

/// An address as a word of 32 bytes.
fn word(address: &str) -> String {
    format!("{:0>64}", address.trim_start_matches("0x"))
}

fn created(escrow: &str, buyer: &str, seller: &str) -> Value {
    let order = keccak256(escrow.as_bytes());
    let topics = [
        hex::encode_prefixed(keccak256(CREATED)),
        format!("0x{}", word(escrow)),
        hex::encode_prefixed(order),
        format!("0x{}", word(buyer)),
    ];
    let amount = format!("{:064x}", 250_000_000_000_u64);
    let deadline = format!("{:064x}", 4_000_000_000_u64);
    let none = word("0x");
    let data = format!("0x{}{none}{none}{amount}{deadline}", word(seller));
    // A block has one hash, and a log a place of its own in it.
    let block = hex::encode_prefixed(keccak256("block 7"));
    let index = Uuid::new_v4().as_fields().0;
    json!({ "type": "chain.log", "data": {
        "chain_id": 31337, "block_number": 7, "block_hash": block, "transaction_hash": hex::encode_prefixed(order),
        "log_index": index, "address": FACTORY, "topics": topics, "data": data, "removed": false,
    }})
}

fn escrow_is_seen_by_its_buyer(env: &Environment, buyer: &fundrail_tests::Tenant, wallet: &str) -> String {
    let escrow = address();
    let body = created(&escrow, wallet, &address()).to_string();
    let path = "/v1/webhooks/chain/standard";
    let first = signed_webhook(env, path, body.as_bytes()).send().expect(202);
    assert_eq!((&first["accepted"], &first["duplicates"]), (&json!(1), &json!(0)));
    let second = signed_webhook(env, path, body.as_bytes()).send().expect(202);
    assert_eq!((&second["accepted"], &second["duplicates"]), (&json!(0), &json!(1)));
    let seen = wait_until_some("the escrow appears", || {
        let response = env.get(&format!("/v1/escrows/{escrow}")).token(buyer).send();
        (response.status == 200).then(|| response.json())
    });
    assert_eq!(seen["state"], "created", "{seen:#}");
    assert_eq!(seen["amount"], "250000000000", "{seen:#}");
    assert_eq!(seen["buyer"].as_str().map(str::to_lowercase), Some(wallet.to_owned()), "{seen:#}");
    escrow
}

#[test]
fn a_new_institution_finds_a_fund_clears_an_investor_and_sees_its_escrow_and_a_price() {
    let env = shared();
    let tenant = env.institution();
    let stranger = env.institution();

    let funds = env.get("/v1/funds").token(&tenant).send().expect(200);
    let fund = &funds["data"][0];
    let class = &fund["share_classes"][0];
    assert!(class["id"].is_string(), "{funds:#}");

    let wallet = new_wallet();
    let investor = json!({
        "kind": "natural", "name": "Ada Lovelace", "residence": "LU", "nationalities": ["LU"], "birth_date": "1985-12-10",
        "wallets": [{"chain_id": 31337, "address": wallet}],
    });
    let made = env.post("/v1/investors").token(&tenant).json(&investor).send();
    let investor = made.expect(201);
    let location = made.header("location").expect("where it is").to_owned();
    assert_eq!(env.get(&location).token(&tenant).send().expect(200)["id"], investor["id"]);
    assert_problem(&env.get(&location).token(&stranger).send(), 404, "not_found", &[]);

    let order = json!({
        "investor_id": investor["id"], "share_class_id": class["id"], "side": "subscribe",
        "amount": {"value": "250000.00", "currency": class["currency"]},
    });
    let decision = env.post("/v1/compliance/checks").token(&tenant).json(&order).send().expect(201);
    assert!(
        ["allow", "deny", "review"].contains(&decision["outcome"].as_str().expect("an outcome")),
        "{decision:#}"
    );
    assert!(decision["results"].as_array().is_some_and(|results| !results.is_empty()), "{decision:#}");
    let again = env.post("/v1/compliance/checks").token(&tenant).json(&order).send().expect(200);
    assert_eq!(again["id"], decision["id"], "nothing has changed, so it is the same decision");
    assert_problem(
        &env.post("/v1/compliance/checks").token(&stranger).json(&order).send(),
        404,
        "not_found",
        &[],
    );

    env.prove_wallets(&tenant, &investor);
    let escrow = escrow_is_seen_by_its_buyer(env, &tenant, &wallet);
    let path = format!("/v1/escrows/{escrow}");
    assert_problem(&env.get(&path).token(&stranger).send(), 404, "not_found", &[]);

    let assets = env.get("/v1/prices?limit=1").token(&tenant).send().expect(200);
    let asset = assets["data"][0]["asset"].clone();
    let symbol = asset.as_str().or_else(|| asset["symbol"].as_str()).expect("an asset").to_owned();
    let path = format!("/v1/prices/{symbol}");
    let status = |_: u8| env.get(&path).token(&tenant).send().header("cache-status").map(str::to_owned);
    let (first, second) = (status(1), status(2));
    assert!(first.is_some_and(|first| first.starts_with("fundrail; ")), "the first says where it came from");
    assert_eq!(second.as_deref(), Some("fundrail; hit"), "the second comes from the cache");
}
