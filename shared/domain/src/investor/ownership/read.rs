//! Reads owners and stakes from requests, and names every invalid field.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::super::{
    Kind,
    read::{birth_date, date, required_past_date},
};
use crate::{
    Result,
    ids::{InvestorId, OwnerId},
    input::{FromJson as _, Object, text_between},
    reference::Country,
};

/// An owner who is no investor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewParty {
    /// Natural or legal person.
    pub kind: Kind,
    /// Full name.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 300, example = "Grace Hopper"))]
    pub name: String,
    /// Date of birth of a natural person.
    #[serde(default)]
    pub birth_date: Option<NaiveDate>,
    /// Country in which a person resides or an organisation is established (ISO 3166-1 alpha-2).
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, pattern = "^[A-Z]{2}$", example = "LU"))]
    pub residence: Option<Country>,
    /// Number of a passport or identity card or in a register.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 100, example = "B198765"))]
    pub identifier: Option<String>,
}

impl NewParty {
    /// Reads an owner from a request.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] naming every invalid field.
    pub fn read(mut body: Object<'_>, now: DateTime<Utc>) -> Result<Self> {
        let kind = body.required::<Kind>("kind");
        let name = body.required_as("name", text_between(1, 300));
        let birth_date = birth_date(&mut body, now);
        let residence = body.optional("residence");
        let identifier = body.optional_as("identifier", text_between(1, 100));
        if kind == Some(Kind::Legal) && body.has("birth_date") {
            body.complain("birth_date", "applies to a natural person only");
        }
        body.finish(|| Some(Self { kind: kind?, name: name?, birth_date, residence, identifier }))
    }
}

/// A stake that somebody holds in an organisation. One of `owner_investor_id` and `owner_party_id` is given, and one of
/// `owned_investor_id` and `owned_party_id`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewStake {
    /// The owner, if an investor.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<uuid::Uuid>))]
    pub owner_investor_id: Option<InvestorId>,
    /// The owner, if no investor.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<uuid::Uuid>))]
    pub owner_party_id: Option<OwnerId>,
    /// What is owned, if an investor.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<uuid::Uuid>))]
    pub owned_investor_id: Option<InvestorId>,
    /// What is owned, if no investor.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<uuid::Uuid>))]
    pub owned_party_id: Option<OwnerId>,
    /// Share of what is owned, in per cent: greater than 0 and at most 100, with at most ten decimal places.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = r"^\d{1,3}(\.\d{1,10})?$", example = "25.5"))]
    pub percent: Decimal,
    /// First day on which it was held.
    pub since: NaiveDate,
    /// Last day on which it was held; null if it is still held.
    #[serde(default)]
    pub until: Option<NaiveDate>,
    /// Reference to the evidence, in the words of whoever keeps it.
    #[serde(default)]
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 1, max_length = 200, example = "register of members, 2026-01-05")
    )]
    pub reference: Option<String>,
}

impl NewStake {
    /// Reads a stake from a request.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] naming every invalid field.
    pub fn read(mut body: Object<'_>, now: DateTime<Utc>) -> Result<Self> {
        let by_investor = body.optional::<InvestorId>("owner_investor_id");
        let by_party = body.optional::<OwnerId>("owner_party_id");
        let of_investor = body.optional::<InvestorId>("owned_investor_id");
        let of_party = body.optional::<OwnerId>("owned_party_id");
        let percent = body.required_as("percent", |value| match Decimal::from_json(value)? {
            percent
                if percent > Decimal::ZERO
                    && percent <= Decimal::ONE_HUNDRED
                    && percent.normalize().scale() <= 10 =>
            {
                Ok(percent.normalize())
            }
            _ => Err("must be greater than 0 and at most 100, with at most ten decimal places".to_owned()),
        });
        let since = required_past_date(&mut body, "since", now);
        let until = date(&mut body, "until");
        let reference = body.optional_as("reference", text_between(1, 200));
        one_of(&mut body, "owner_investor_id", "owner_party_id");
        one_of(&mut body, "owned_investor_id", "owned_party_id");
        if by_investor.is_some() && by_investor == of_investor {
            body.complain("owner_investor_id", "must not be what is owned: nobody owns themselves");
        }
        if by_party.is_some() && by_party == of_party {
            body.complain("owner_party_id", "must not be what is owned: nobody owns themselves");
        }
        if let (Some(since), Some(until)) = (since, until)
            && until < since
        {
            body.complain("until", "must not be before since");
        }
        body.finish(|| {
            Some(Self {
                owner_investor_id: by_investor,
                owner_party_id: by_party,
                owned_investor_id: of_investor,
                owned_party_id: of_party,
                percent: percent?,
                since: since?,
                until,
                reference,
            })
        })
    }
}

/// Of two fields one must be given, and not both.
fn one_of(body: &mut Object<'_>, first: &str, second: &str) {
    match (body.has(first), body.has(second)) {
        (false, false) => body.complain(first, format!("is required, unless {second} is given")),
        (true, true) => body.complain(second, format!("must not be given together with {first}")),
        _ => {}
    }
}

/// That a stake has ended, or never was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StakeEnd {
    /// Last day on which it was held; absent if it never was, and was recorded by mistake.
    #[serde(default)]
    pub until: Option<NaiveDate>,
    /// The reason, for later reference.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 500, example = "sold"))]
    pub reason: String,
}

impl StakeEnd {
    /// Reads the end of a stake from a request.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] naming every invalid field.
    pub fn read(mut body: Object<'_>) -> Result<Self> {
        let until = date(&mut body, "until");
        let reason = body.required_as("reason", text_between(1, 500));
        body.finish(|| Some(Self { until, reason: reason? }))
    }
}
