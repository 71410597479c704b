//! Chain logs to deliver, as contracts would write them.
#![allow(dead_code, unreachable_pub, reason = "each file of tests uses some of it")]

use std::time::{SystemTime, UNIX_EPOCH};

use fundrail_domain::{
    chain::{Log, LogKey},
    escrow::{Event, Terms},
};
use fundrail_tests::{
    Control, Environment, Request, Response, Tenant, Value, WalletKey, json, sign_webhook, signed_webhook,
    wait_until_some,
};
use uuid::Uuid;

pub use alloy_primitives::{Address, B256, U256};

/// Where chain logs are delivered.
pub const INTAKE: &str = "/v1/webhooks/chain/standard";
/// The local chain of the seed.
pub const LOCAL: i64 = 31337;
/// The escrow factory of the seed.
pub const FACTORY: Address = alloy_primitives::address!("5FbDB2315678afecb367f032d93F642f64180aa3");

/// 32 bytes that nobody else has.
pub fn random() -> B256 {
    let (left, right) = (Uuid::new_v4(), Uuid::new_v4());
    let mut bytes = [0; 32];
    bytes[..16].copy_from_slice(left.as_bytes());
    bytes[16..].copy_from_slice(right.as_bytes());
    B256::from(bytes)
}

/// An address that nobody else has, of a key that is remembered.
pub fn random_address() -> Address {
    WalletKey::random().address()
}

/// Lower case, as callers often write them.
pub fn lower(address: Address) -> String {
    format!("{address:#x}")
}

/// An escrow on the local chain whose parties are new.
pub fn new_terms() -> Terms {
    Terms {
        escrow: random_address(),
        order_id: random(),
        buyer: random_address(),
        seller: random_address(),
        arbiter: random_address(),
        token: Some(random_address()),
        amount: U256::from(1000),
        deadline: 4_000_000_000,
    }
}

/// The block of a chain at a height: the same to everybody, as chains have it.
pub fn block_hash(chain_id: i64, height: i64) -> B256 {
    let mut bytes = [0x5a; 32];
    bytes[..8].copy_from_slice(&chain_id.to_be_bytes());
    bytes[24..].copy_from_slice(&height.to_be_bytes());
    B256::from(bytes)
}

/// What the contracts of an escrow write, one event a block of its own.
pub struct Story {
    pub terms: Terms,
    pub chain_id: i64,
    pub factory: Address,
    pub block: i64,
}

impl Story {
    pub fn new(terms: Terms) -> Self {
        Self { terms, chain_id: LOCAL, factory: FACTORY, block: 100 }
    }

    /// The log of the next event, as `data` of a message.
    pub fn log(&mut self, event: &Event) -> Value {
        self.block += 1;
        let (topics, data) = event.encode();
        let address = if matches!(event, Event::Created(_)) { self.factory } else { self.terms.escrow };
        let block_hash = block_hash(self.chain_id, self.block);
        // Other stories write into the same blocks.
        let log_index = i64::from(Uuid::new_v4().as_fields().0);
        let key = LogKey { chain_id: self.chain_id, block_hash, log_index };
        let log = Log { key, block_number: self.block, transaction_hash: random(), address, topics, data };
        let mut log = serde_json::to_value(log).expect("JSON");
        log["removed"] = json!(false);
        log
    }

    pub fn created(&mut self) -> Value {
        self.log(&Event::Created(self.terms))
    }

    pub fn funded(&mut self, amount: u64) -> Value {
        self.log(&Event::Funded { from: self.terms.buyer, amount: U256::from(amount) })
    }

    pub fn released(&mut self, amount: u64) -> Value {
        self.log(&Event::Released { to: self.terms.seller, amount: U256::from(amount) })
    }

    /// Goes on at a height.
    pub fn go_to(&mut self, height: i64) {
        self.block = height - 1;
    }

    /// Height of the last block.
    pub fn height(&self) -> i64 {
        self.block
    }

    pub fn path(&self) -> String {
        format!("/v1/escrows/{}", lower(self.terms.escrow))
    }
}

/// The same log, in another block of its height.
pub fn in_block(log: &Value, hash: B256) -> Value {
    let mut other = log.clone();
    other["block_hash"] = json!(hash.to_string());
    other
}

/// The same log, taken back.
pub fn removal(log: &Value) -> Value {
    let mut removal = log.clone();
    removal["removed"] = json!(true);
    removal
}

/// A message about a log or a list of them.
pub fn message(data: &Value) -> Value {
    json!({ "type": "chain.log", "data": data })
}

/// A message about a log or a list of them, which names the time of the event: milliseconds from now.
pub fn timed(data: &Value, millis: i64) -> Value {
    let at = std::time::SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    let at = i64::try_from(at.as_millis()).expect("before the end of time") + millis;
    let time = chrono::DateTime::from_timestamp_millis(at).expect("a time").to_rfc3339();
    json!({ "type": "chain.log", "timestamp": time, "data": data })
}

/// How many of a delivery were accepted, and how many say nothing new.
pub fn counts(answer: &Value) -> (i64, i64) {
    let number = |field: &str| answer[field].as_i64().unwrap_or_else(|| panic!("no {field}: {answer}"));
    (number("accepted"), number("duplicates"))
}

/// A signed delivery of a body.
pub fn delivery<'a>(env: &'a Environment, body: &Value) -> Request<'a> {
    signed_webhook(env, INTAKE, body.to_string().as_bytes())
}

/// A delivery of a body as the message `id`, sent at a second of Unix time.
pub fn sent<'a>(env: &'a Environment, id: &str, at: u64, body: &Value) -> Request<'a> {
    let body = body.to_string();
    let signature = sign_webhook(env.webhook_secret(), id, at, body.as_bytes());
    let request = env.post(INTAKE).header("webhook-id", id).header("webhook-timestamp", &at.to_string());
    request.header("webhook-signature", &signature).body("application/json", body.as_bytes())
}

/// Seconds of Unix time.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs()
}

/// Delivers a log and expects that it is new.
#[track_caller]
pub fn deliver(env: &Environment, log: &Value) {
    let answer = delivery(env, &message(log)).send().expect(202);
    assert_eq!(counts(&answer), (1, 0));
}

/// A new chain with the factory on it, that wants three blocks on top of a final one.
pub fn new_chain(control: &Control) -> i64 {
    let id = 500_000_000 + i64::from(Uuid::new_v4().as_fields().0);
    let mut admin = control.database().admin();
    let chain = "insert into chain (id, name, confirmations) values ($1, 'Another', 3)";
    admin.execute(chain, &[&id]).expect("a chain");
    let factory = "insert into chain_contract (chain_id, address, kind) values ($1, $2, 'escrow_factory')";
    admin.execute(factory, &[&id, &lower(FACTORY)]).expect("a factory");
    id
}

/// A new institution with an investor who controls this wallet on the local chain.
#[track_caller]
pub fn holder_of(env: &Environment, wallet: Address) -> Tenant {
    let tenant = env.institution();
    register_wallet(env, &tenant, wallet, LOCAL);
    tenant
}

/// Gives the tenant an investor who proves to control this wallet.
#[track_caller]
pub fn register_wallet(env: &Environment, tenant: &Tenant, wallet: Address, chain_id: i64) {
    let investor = json!({
        "kind": "natural", "name": "Ada Lovelace", "residence": "LU", "nationalities": ["LU"], "birth_date": "1985-12-10",
        "wallets": [{"chain_id": chain_id, "address": lower(wallet)}],
    });
    let investor = env.post("/v1/investors").token(tenant).json(&investor).send().expect(201);
    env.prove_wallets(tenant, &investor);
}

/// Reads until the escrow is as wanted; `what` says in a failure what that is.
#[track_caller]
pub fn escrow_when(
    env: &Environment,
    path: &str,
    tenant: &Tenant,
    what: &str,
    wanted: impl Fn(&Value) -> bool,
) -> Value {
    wait_until_some(what, || {
        let response: Response = env.get(path).token(tenant).send();
        (response.status == 200).then(|| response.json()).filter(&wanted)
    })
}

/// An escrow that has been made, and its buyer.
#[track_caller]
pub fn made(env: &Environment) -> (Story, Tenant, Value) {
    let mut story = Story::new(new_terms());
    let buyer = holder_of(env, story.terms.buyer);
    deliver(env, &story.created());
    let escrow = escrow_when(env, &story.path(), &buyer, "the escrow appears", |_| true);
    (story, buyer, escrow)
}

/// Whether an escrow is in a state.
pub fn in_state(state: &'static str) -> impl Fn(&Value) -> bool {
    move |escrow| escrow["state"] == state
}

/// The rows of an escrow's ledger.
#[track_caller]
pub fn entries(env: &Environment, story: &Story, tenant: &Tenant) -> Vec<Value> {
    let page = env.get(&format!("{}/ledger", story.path())).token(tenant).send().expect(200);
    page["data"].as_array().expect("a list").clone()
}

/// Debits less credits of an account.
pub fn balance(entries: &[Value], account: &str) -> i64 {
    let amount = |entry: &Value, side: &str| {
        entry[side].as_str().and_then(|amount| amount.parse::<i64>().ok()).expect("an amount")
    };
    let of_account = entries.iter().filter(|entry| entry["account"] == account);
    of_account.map(|entry| amount(entry, "debit") - amount(entry, "credit")).sum()
}
