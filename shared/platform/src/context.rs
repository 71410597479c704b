//! What a handler sees of a request.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use fundrail_api::endpoint::{Body, Operation};
use fundrail_domain::{
    Error, FieldError, Result,
    ids::TenantId,
    input::{FromText, MOST_ERRORS, Object, parse_json, whole_number},
};
use fundrail_kit::{
    client_address,
    entity_tag::{Comparison, names},
    route::percent_decode,
};
use http::{HeaderMap, request::Parts};
use serde_json::Value;

use crate::{
    Asked, Order, Principal,
    audit::{self, Actor},
    db::{Db, Identity},
    guard::Authority,
    route::Route,
};

/// A request that has passed the guard, with its body read.
pub struct Context {
    pub(crate) head: Parts,
    pub(crate) body: Bytes,
    pub(crate) route: &'static Route,
    pub(crate) parameters: Vec<(&'static str, String)>,
    pub(crate) request_id: String,
    pub(crate) client_address: Option<String>,
    pub(crate) authority: Option<Authority>,
    pub(crate) now: DateTime<Utc>,
    pub(crate) db: RefCell<Option<Rc<Db>>>,
}

impl Context {
    /// The id that identifies this request in the log and to the caller.
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// When the request arrived. A request has a single time.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// The caller's address without port, as far as proxies are trusted.
    pub fn client_address(&self) -> Option<&str> {
        self.client_address.as_deref()
    }

    /// The network that the caller's address belongs to: which counts as one place. `unknown` if the host does not say.
    pub fn network(&self) -> String {
        let address = self.client_address().and_then(|text| text.parse().ok());
        address.map_or_else(|| "unknown".to_owned(), client_address::network)
    }

    /// The caller.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] on a public route without a token.
    pub fn principal(&self) -> Result<&Principal> {
        let authority = self.authority.as_ref().ok_or_else(|| Error::unauthenticated("no token"))?;
        Ok(&authority.caller.principal)
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// A header as text; `None` if it is missing or not text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Checks that the caller means the stored version, by its entity tag.
    ///
    /// # Errors
    /// [`Error::VersionRequired`] without `If-Match`, [`Error::Stale`] if it names another version.
    pub fn check_if_match(&self, etag: &str) -> Result<()> {
        let given = self.header("if-match").ok_or(Error::VersionRequired)?;
        if names(given, etag, Comparison::Strong) { Ok(()) } else { Err(Error::Stale) }
    }

    /// The same if the caller names a version at all; whatever they mean otherwise is the present one.
    ///
    /// # Errors
    /// [`Error::Stale`] if `If-Match` names another version, and those of `etag`.
    pub fn check_if_match_if_given(&self, etag: impl FnOnce() -> Result<String>) -> Result<()> {
        if self.header("if-match").is_some() { self.check_if_match(&etag()?) } else { Ok(()) }
    }

    /// The bytes of the body, as covered by a signature.
    pub fn raw_body(&self) -> &Bytes {
        &self.body
    }

    /// The body as strict JSON.
    ///
    /// # Errors
    /// [`Error::Malformed`] with the position of the first error.
    fn json(&self) -> Result<Value> {
        Ok(parse_json(&self.body)?)
    }

    /// The body, as read by the operation.
    ///
    /// # Errors
    /// [`Error::Malformed`] for what is not JSON, [`Error::Invalid`] naming every wrong field.
    pub fn body_of<O: Operation>(
        &self,
        with: <O::Body as Body>::With<'_>,
    ) -> Result<<O::Body as Body>::Read> {
        let json = self.json()?;
        <O::Body as Body>::read(Object::root(&json)?, with)
    }

    /// A path parameter, parsed.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming the parameter.
    pub fn param<T: FromText>(&self, name: &'static str) -> Result<T> {
        let text = self.param_text(name)?;
        T::from_text(text).map_err(|message| Error::field(format!("/{name}"), message))
    }

    /// A path parameter as received, percent-decoded.
    pub fn param_text(&self, name: &'static str) -> Result<&str> {
        let found = self.parameters.iter().find(|(parameter, _)| *parameter == name);
        found
            .map(|(_, text)| text.as_str())
            .ok_or_else(|| Error::internal(format!("the route has no parameter :{name}")))
    }

    /// The query parameters.
    ///
    /// # Errors
    /// [`Error::Malformed`] if they cannot be decoded, [`Error::Invalid`] if one is duplicated.
    pub fn query(&self) -> Result<Query> {
        Query::parse(self.head.uri.query().unwrap_or_default())
    }

    /// The database, bound to the caller's tenant and user. One connection per request, however often this is called.
    pub async fn db(&self) -> Result<Rc<Db>> {
        let held = self.db.borrow().as_ref().map(Rc::clone);
        let db = match held {
            Some(db) => db,
            None => Rc::new(Db::open(self.caller()).await?),
        };
        if let Some(authority) = &self.authority {
            db.rest_on(authority);
        }
        *self.db.borrow_mut() = Some(Rc::clone(&db));
        Ok(db)
    }

    /// Whom the connection acts for when the handler begins.
    pub(crate) fn caller(&self) -> Identity {
        self.principal().map_or_else(|_| Identity::default(), Principal::identity)
    }

    /// Records in the audit trail that the caller did something to something in their tenant.
    pub async fn audit(
        &self,
        db: &Db,
        action: &'static str,
        (subject_kind, subject_id): (&'static str, String),
        detail: Value,
    ) -> Result<()> {
        let principal = self.principal()?;
        self.audit_as(
            db,
            (principal.tenant_id, principal.actor()),
            action,
            (subject_kind, subject_id),
            detail,
        )
        .await
    }

    /// Records what somebody did who is not yet signed in. The connection must act for the tenant.
    pub async fn audit_as(
        &self,
        db: &Db,
        (tenant, actor): (TenantId, Actor),
        action: &'static str,
        (subject_kind, subject_id): (&'static str, String),
        detail: Value,
    ) -> Result<()> {
        let event = audit::Event {
            tenant,
            actor,
            action,
            subject_kind,
            subject_id,
            detail,
            request_id: Some(&self.request_id),
            client_address: self.client_address(),
        };
        audit::record(db, event).await
    }
}

/// Query parameters, read like a body: all complaints at once, including unknown ones.
pub struct Query {
    given: BTreeMap<String, String>,
    seen: Vec<&'static str>,
    errors: Vec<FieldError>,
}

impl Query {
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let malformed = || Error::Malformed {
            code: "malformed_query",
            detail: "the query string is not percent-encoded UTF-8".into(),
        };
        let mut given = BTreeMap::new();
        let mut errors = Vec::new();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let decode = |text: &str| percent_decode(&text.replace('+', " ")).ok_or_else(malformed);
            let (name, value) = (decode(name)?, decode(value)?);
            if given.insert(name.clone(), value).is_some() {
                errors.push(FieldError { pointer: format!("/{name}"), message: "is duplicated".to_owned() });
            }
        }
        Ok(Self { given, seen: Vec::new(), errors })
    }

    /// An optional parameter. An empty one is not absent: it is read, and usually invalid.
    pub fn optional<T: FromText>(&mut self, name: &'static str) -> Option<T> {
        self.optional_as(name, T::from_text)
    }

    /// Like [`Self::optional`], with a custom reader.
    pub fn optional_as<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        self.seen.push(name);
        let text = self.given.get(name)?;
        match read(text) {
            Ok(value) => Some(value),
            Err(message) => {
                self.errors.push(FieldError { pointer: format!("/{name}"), message });
                None
            }
        }
    }

    /// `limit` of a list: 1 to 100, 20 by default.
    pub fn limit(&mut self) -> usize {
        let read = |text: &str| match whole_number(text) {
            Some(limit @ 1..=100) => Ok(limit),
            _ => Err("must be a whole number from 1 to 100".to_owned()),
        };
        self.optional_as("limit", read).unwrap_or(20)
    }

    /// `order` of a list: `asc` or `desc`, or else the list's default.
    pub fn order(&mut self, otherwise: Order) -> Order {
        self.optional_as("order", Order::read).unwrap_or(otherwise)
    }

    /// `order` of a list that can only be read in ascending order, since it is meant to be followed: `asc`.
    pub fn upwards(&mut self) {
        let read = |text: &str| match text {
            "asc" => Ok(()),
            _ => Err("must be `asc`: this list can only be read from its beginning".to_owned()),
        };
        let _ = self.optional_as("order", read);
    }

    /// `order`, `limit` and `starting_after` of a list.
    pub fn page<C: FromText>(&mut self, otherwise: Order) -> Asked<C> {
        Asked { order: self.order(otherwise), limit: self.limit(), after: self.optional("starting_after") }
    }

    /// Finishes reading: returns all complaints, or what was read.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming every invalid or unknown parameter.
    pub fn finish(mut self) -> Result<()> {
        for name in self.given.keys().filter(|name| !self.seen.contains(&name.as_str())) {
            self.errors.push(FieldError {
                pointer: format!("/{name}"),
                message: "is not a parameter of this route".to_owned(),
            });
        }
        self.errors.truncate(MOST_ERRORS);
        if self.errors.is_empty() { Ok(()) } else { Err(Error::Invalid(self.errors)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_and_wrong_parameters_are_all_named() {
        let mut query = Query::parse("limit=500&colour=red&currency=eur&currency=usd").unwrap();
        assert_eq!(query.limit(), 20);
        let _ = query.optional::<fundrail_domain::money::Currency>("currency");
        let Err(Error::Invalid(errors)) = query.finish() else { panic!("accepted") };
        let pointers: Vec<&str> = errors.iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(pointers, ["/currency", "/limit", "/currency", "/colour"]);
    }

    #[test]
    fn values_are_decoded() {
        let mut query = Query::parse("q=a%20b%2Bc+d&limit=7").unwrap();
        assert_eq!(query.optional::<String>("q").as_deref(), Some("a b+c d"));
        assert_eq!(query.limit(), 7);
        query.finish().unwrap();
        assert!(Query::parse("q=%ff").is_err());
    }
}
