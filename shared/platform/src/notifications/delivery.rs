//! Working off the outbox: what is due is leased, handed to a transport, and noted as sent or put back.
//!
//! Delivery is at least once: whoever dies between handing over and noting leaves the mail due again. A transport gets the mail's
//! id each time, by which a provider can tell a repetition.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use fundrail_domain::{Error, Result, ids::NotificationId};
use fundrail_kit::backoff;
use fundrail_store::notifications::{self as store, Claimed};
use serde_json::Value;
use zeroize::Zeroizing;

use super::place;
use crate::{
    config,
    db::Db,
    log::{self, Level},
    random,
    secrets::{self, Sealed},
    time,
};

/// An e-mail on its way.
pub struct Mail {
    /// The id: the same at every attempt.
    pub id: NotificationId,
    /// Template.
    pub kind: String,
    /// Address of the recipient.
    pub recipient: String,
    /// Values for the template.
    pub payload: Value,
    /// Token of its link.
    pub token: Option<Zeroizing<Vec<u8>>>,
}

/// What takes mail to its recipients.
pub trait Transport {
    /// Hands a mail over, or says why not: then it is tried again later.
    fn deliver(&self, mail: &Mail) -> impl Future<Output = Result<()>>;
}

/// The transport of development: there is nothing to do, as the outbox is read at `GET /v1/ops/notifications`.
#[derive(Debug, Clone, Copy)]
pub struct ReadInOutbox;

impl Transport for ReadInOutbox {
    async fn deliver(&self, _: &Mail) -> Result<()> {
        Ok(())
    }
}

/// The transport of this deployment, by the variable `mail_transport`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Configured {
    /// None: mail waits.
    Nothing,
    /// That of development.
    ReadInOutbox,
}

impl Configured {
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "none" => Ok(Self::Nothing),
            "outbox" => Ok(Self::ReadInOutbox),
            _ => Err("must be `none` or `outbox`".to_owned()),
        }
    }
}

/// The transport of this deployment.
///
/// # Errors
/// [`Error::Internal`] if the variable is invalid, or names the transport of development anywhere else: nobody could read the
/// mail there.
pub async fn configured() -> Result<Configured> {
    let configured = config::parsed("mail_transport", Configured::parse).await?;
    if configured == Configured::ReadInOutbox && !config::is_development().await {
        return Err(Error::internal(
            "the variable `mail_transport` is `outbox`, which is for development alone",
        ));
    }
    Ok(configured)
}

/// Mails leased at once.
const BATCH: i32 = 20;
/// How long a mail is this worker's: longer than a batch may take.
const LEASE_SECONDS: i32 = 300;
/// Maximum time for handing over one mail.
const PATIENCE: Duration = Duration::from_secs(10);
/// Attempts after which a mail is given up: with pauses of up to five minutes between them, about a day.
const MOST_ATTEMPTS: i32 = 300;

/// Delivers what is due, until nothing is left or the time is up. A mail that cannot be delivered holds up no other.
///
/// # Errors
/// Those of the database.
pub async fn run(db: &Db, transport: &impl Transport, until: Instant) -> Result<()> {
    while Instant::now() < until {
        let claimed = store::claim(db, BATCH, LEASE_SECONDS, MOST_ATTEMPTS).await?;
        if claimed.is_empty() {
            break;
        }
        for mail in claimed {
            attempt(db, transport, mail).await?;
        }
    }
    for given_up in store::report_given_up(db).await? {
        let fields = [
            ("mail", given_up.id.to_string().into()),
            ("kind", given_up.kind.into()),
            ("attempts", given_up.attempts.into()),
            ("context", given_up.last_error.unwrap_or_default().into()),
        ];
        log::line(Level::Error, "a mail was given up", &fields);
    }
    Ok(())
}

async fn attempt(db: &Db, transport: &impl Transport, claimed: Claimed) -> Result<()> {
    let (id, attempt) = (claimed.id, claimed.attempts);
    let held = match hand_over(transport, claimed).await {
        Ok(()) => store::sent(db, id, attempt).await?,
        Err(error) => {
            let reason = error.context().map_or_else(|| error.to_string(), str::to_owned);
            let noise = random::bytes::<2>().map_or(0, u16::from_le_bytes);
            let retry = backoff::seconds(u32::try_from(attempt).unwrap_or(1), noise);
            let retry = i32::try_from(retry).unwrap_or(i32::MAX);
            store::failed(db, id, attempt, &log::redact(&reason), retry, MOST_ATTEMPTS).await?
        }
    };
    if !held {
        let fields = [("mail", id.to_string().into()), ("attempt", attempt.into())];
        log::line(Level::Warn, "the delivery of a mail outlived its lease", &fields);
    }
    Ok(())
}

async fn hand_over(transport: &impl Transport, claimed: Claimed) -> Result<()> {
    let token = match claimed.secret_sealed.zip(claimed.secret_key_id) {
        Some((text, key_id)) => {
            Some(secrets::keys().await?.open(&place(claimed.id), &Sealed { key_id, text })?)
        }
        None => None,
    };
    let mail = Mail {
        id: claimed.id,
        kind: claimed.kind,
        recipient: claimed.recipient,
        payload: claimed.payload.0,
        token,
    };
    let handed = time::within(PATIENCE, transport.deliver(&mail)).await;
    handed.unwrap_or_else(|| Err(Error::unavailable("mail", "the transport did not take it in time")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transport_is_named_and_never_guessed() {
        assert_eq!(Configured::parse("none"), Ok(Configured::Nothing));
        assert_eq!(Configured::parse("outbox"), Ok(Configured::ReadInOutbox));
        for wrong in ["", "None", "smtp", "outbox "] {
            assert!(Configured::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
