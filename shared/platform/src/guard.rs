//! What serving requests needs of whoever knows the callers: a [`Guard`], which `fundrail_identity` provides.

use std::{net::IpAddr, rc::Rc};

use fundrail_api::endpoint::Endpoint;
use fundrail_domain::Result;
use futures::future::LocalBoxFuture;
use http::request::Parts;

use crate::{Principal, db::Db, rates::RateState};

/// Decides who is let in, and whether they still may do what they were let in for.
pub trait Guard: 'static {
    /// Credentials as a caller presented them.
    type Credential;

    /// Lets a request in, or not. `rate` is set as soon as it is known, even for refused requests.
    fn admit(
        head: &Parts,
        endpoint: &Endpoint,
        address: Option<IpAddr>,
        rate: &mut Option<RateState>,
    ) -> impl Future<Output = Result<Admission<Self::Credential>>>;

    /// Checks again, in Postgres, who has been let in: for a request with a slow body, since its sender may have been signed out,
    /// demoted or removed in the meantime. Nothing is counted again.
    ///
    /// # Errors
    /// Those of [`Self::admit`].
    fn ask_again(
        admission: Admission<Self::Credential>,
        endpoint: &Endpoint,
    ) -> impl Future<Output = Result<Admission<Self::Credential>>>;

    /// Checks at the beginning of a transaction that a caller still may, and locks that until the transaction of `db` ends.
    ///
    /// # Errors
    /// [`fundrail_domain::Error::Unauthenticated`] if the session or key has ended, [`fundrail_domain::Error::Forbidden`] if it
    /// permits less than it did.
    fn hold(caller: &Caller, db: &Db) -> impl Future<Output = Result<()>>;
}

/// Result of a [`Guard`].
pub struct Admission<Credential> {
    /// Who has been let in; none at a public endpoint.
    pub principal: Option<Principal>,
    /// The connection that was needed for it, to continue with.
    pub db: Option<Db>,
    /// What was presented, for checking again.
    pub credential: Option<Credential>,
}

impl<Credential> Admission<Credential> {
    /// Of whoever it may be.
    pub fn of_anybody() -> Self {
        Self { principal: None, db: None, credential: None }
    }
}

/// A caller, and what they are calling.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who has been let in.
    pub principal: Rc<Principal>,
    /// What they have been let in for.
    pub endpoint: &'static Endpoint,
}

/// A caller together with [`Guard::hold`]: what the transactions of a request rely on.
#[derive(Clone)]
pub(crate) struct Authority {
    pub(crate) caller: Caller,
    hold: Hold,
}

type Hold = for<'a> fn(&'a Caller, &'a Db) -> LocalBoxFuture<'a, Result<()>>;

impl Authority {
    pub(crate) fn of<G: Guard>(principal: Principal, endpoint: &'static Endpoint) -> Self {
        let caller = Caller { principal: Rc::new(principal), endpoint };
        Self { caller, hold: |caller, db| Box::pin(G::hold(caller, db)) }
    }

    pub(crate) async fn hold(&self, db: &Db) -> Result<()> {
        (self.hold)(&self.caller, db).await
    }
}
