//! Counting tries. A try is counted as a failure before its password is looked at, and taken back when it was right: so
//! that a hundred tries at once are a hundred tries.

use fundrail_domain::{
    auth::lockout::{self, History, Thresholds},
    ids::UserId,
};
use fundrail_identity::tokens;
use fundrail_platform::{
    Context, Error, Result,
    config::{self, Kept},
    db::Db,
    jobs::RecordFailedSignIn,
};
use fundrail_store::identity::attempts as store;

thread_local! {
    static THRESHOLDS: Kept<Thresholds> = const { Kept::new("lockout_thresholds", Thresholds::parse) };
}

/// What a try is counted under: hashes, so that no list of tried addresses is kept.
pub(crate) struct Keys {
    pub(crate) pair: String,
    pub(crate) account: String,
    pub(crate) address: String,
    /// Of a device that is the account's own.
    pub(crate) device: Option<String>,
    /// Of who is signed in already, wherever they are.
    pub(crate) person: Option<String>,
}

impl Keys {
    /// Of a try at an account from wherever the request comes from.
    pub(crate) fn of(cx: &Context, email: &str) -> Self {
        let address = cx.network();
        Self {
            pair: tokens::hash(&format!("{email}\n{address}")),
            account: tokens::hash(email),
            address: tokens::hash(&address),
            device: None,
            person: None,
        }
    }

    /// Of a try by who is signed in, or has their mailbox.
    pub(crate) fn of_person(cx: &Context, email: &str, user: UserId) -> Self {
        Self { person: Some(tokens::hash(&format!("person\n{user}"))), ..Self::of(cx, email) }
    }

    /// The counters of a try, by scope, in its order: on a device of the account's own that of the device alone.
    fn counters(&self) -> (Vec<String>, Vec<String>) {
        let all = [("account", &self.account), ("address", &self.address), ("pair", &self.pair)];
        let own = self.device.as_ref().map(|device| ("device", device));
        let mut counted = own.map_or_else(|| all.to_vec(), |own| vec![own]);
        counted.extend(self.person.as_ref().map(|person| ("person", person)));
        counted.into_iter().map(|(scope, key)| (scope.to_owned(), key.clone())).unzip()
    }
}

/// Counts a try, or refuses it.
///
/// # Errors
/// [`Error::TooSoon`] while a pause stands, for an account that exists as for one that does not.
pub(crate) async fn begin(db: &Db, keys: &Keys, address_known: bool) -> Result<()> {
    let thresholds = config::kept(&THRESHOLDS).await?;
    let (scopes, hashes) = keys.counters();
    db.transaction(async |db| {
        let history = store::history_for_update(db, &scopes, &hashes).await?;
        let pause = lockout::pause(History { address_known, ..history }, *thresholds);
        if pause > 0 {
            return Err(Error::TooSoon { retry_after: pause });
        }
        store::count_failure(db, &scopes, &hashes).await.map(drop)
    })
    .await
}

/// Takes the try back: it was right.
pub(crate) async fn succeeded(db: &Db, keys: &Keys) -> Result<()> {
    let (scopes, hashes) = keys.counters();
    store::forget_failures(db, &scopes, &hashes).await.map(drop)
}

/// Has the failure written into the account's audit trail. By a job, which finds out whose that is, if anybody's: the
/// answer takes as long for an account that does not exist.
pub(crate) async fn report_failure(cx: &Context, db: &Db, email: &str) -> Result<()> {
    let job = RecordFailedSignIn {
        email: email.to_owned(),
        request_id: Some(cx.request_id().to_owned()),
        client_address: cx.client_address().map(str::to_owned),
    };
    db.enqueue(&job).await
}
