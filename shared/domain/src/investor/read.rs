//! Reads investors from requests: every wrong field is named.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{
    Acknowledgement, BeneficialOwner, Classification, Document, EvidenceKind, Figure, Figures, Kind, Kyc,
    KycStatus, Lei, Permit, PermitKind, Profile, Screening, Wallet,
};
use crate::{
    Error, FieldError, Result,
    input::{FromJson, Object, text_between},
    reference::{Country, Nationality, WalletAddress},
    stored, text,
};

/// Largest EIP-155 chain id that wallets handle: 2^52 − 20 (EIP-2294 counsels a bound; this is MetaMask's).
const MAX_CHAIN_ID: u64 = 4_503_599_627_370_476;
/// As many entries as a list of a profile may have.
const MANY: (usize, usize) = (0, 100);

impl Profile {
    /// Reads a profile as the database has it.
    ///
    /// # Errors
    /// [`Error::Internal`] when it is not as expected.
    pub fn from_stored(text: &str) -> Result<Self> {
        stored::read(text, "investor")
    }

    /// Reads a whole profile from a request body. `now` bounds what lies in the past.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] naming every wrong field.
    pub fn read(mut body: Object<'_>, now: DateTime<Utc>) -> Result<Self> {
        let kind = body.required::<Kind>("kind");
        let name = body.required_as("name", text_between(1, 300));
        let other_names = names(&mut body);
        let birth_date = past_date(&mut body, "birth_date", now);
        let incorporated_on = past_date(&mut body, "incorporated_on", now);
        let registration_number = body.optional_as("registration_number", text_between(1, 100));
        let lei = body.optional::<Lei>("lei");
        let residence = body.required::<Country>("residence");
        let nationalities = body.list::<Nationality>("nationalities", (0, 20));
        let permits = body.objects("permits", (0, 20), permit);
        let kyc = body.optional_object("kyc", |object| kyc(object, now));
        let screening = body.optional_object("screening", |object| screening(object, now));
        let benefit_plan = body.optional::<bool>("benefit_plan").unwrap_or(false);
        let has_owners = body.has("beneficial_owners");
        let owners = body.objects("beneficial_owners", MANY, |object| beneficial_owner(object, now));
        let acknowledgements = body.objects("acknowledgements", MANY, |object| acknowledgement(object, now));
        let wallets = body.objects("wallets", MANY, |object| Wallet::read(object, now));
        let classifications =
            body.objects("classifications", MANY, |object| Classification::read(object, now));
        complain_of_foreign_fields(&mut body, kind);
        complain_of_repeats(&mut body, nationalities.as_deref(), wallets.as_deref());
        complain_of_repeated_owners(&mut body, owners.as_deref());
        body.finish(|| {
            Some(Self {
                kind: kind?,
                name: name?,
                other_names: other_names?,
                birth_date,
                incorporated_on,
                registration_number,
                lei,
                residence: residence?,
                nationalities: nationalities?,
                permits: permits?,
                kyc,
                screening,
                benefit_plan,
                beneficial_owners: if has_owners { Some(owners?) } else { None },
                acknowledgements: acknowledgements?,
                wallets: wallets?,
                classifications: classifications?,
            })
        })
    }
}

impl Profile {
    /// What it becomes by a JSON Merge Patch (RFC 7396): a field that is given replaces the one that was, `null` removes
    /// it. The kind stays, and wallets and classifications are added one by one.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming every wrong field, of the patch or of what comes out.
    pub fn patched(self, patch: &Value, now: DateTime<Utc>) -> Result<Self> {
        let Value::Object(patch) = patch else { return Err(Error::field("", "has to be a JSON object")) };
        let fixed = UNPATCHABLE.iter().filter(|(name, _)| patch.contains_key(*name));
        let mut errors: Vec<FieldError> = fixed
            .map(|(name, instead)| FieldError { pointer: format!("/{name}"), message: (*instead).to_owned() })
            .collect();
        let whole =
            serde_json::to_value(&self).map_err(|error| Error::internal(format!("no JSON: {error}")))?;
        let Value::Object(mut whole) = whole else { return Err(Error::internal("a profile is no object")) };
        whole.retain(|name, _| UNPATCHABLE.iter().all(|(fixed, _)| name != fixed));
        // Empty lists of the other kind of investor would be complained of.
        whole.retain(|_, value| value.as_array().is_none_or(|list| !list.is_empty()));
        if let Some(owners) = self.beneficial_owners.as_ref().filter(|owners| owners.is_empty()) {
            whole.insert("beneficial_owners".to_owned(), json!(owners));
        }
        whole.insert("kind".to_owned(), json!(self.kind));
        let patched = patch.iter().filter(|(name, _)| UNPATCHABLE.iter().all(|(fixed, _)| name != fixed));
        whole.extend(patched.map(|(name, value)| (name.clone(), value.clone())));
        let whole = Value::Object(whole);
        let read = match Self::read(Object::root(&whole)?, now) {
            Err(Error::Invalid(others)) => {
                errors.extend(others);
                return Err(Error::Invalid(errors));
            }
            other => other?,
        };
        if !errors.is_empty() {
            return Err(Error::Invalid(errors));
        }
        Ok(Self { wallets: self.wallets, classifications: self.classifications, ..read })
    }
}

/// Fields that a patch may not name, with what to do instead.
const UNPATCHABLE: &[(&str, &str)] = &[
    ("kind", "does not change; record another investor"),
    ("wallets", "are added by POST to the investor's /wallets"),
    ("classifications", "are added by POST to the investor's /classifications"),
];

impl Wallet {
    /// Reads a wallet; `None` when it has complained.
    pub fn read(object: &mut Object<'_>, now: DateTime<Utc>) -> Option<Self> {
        let chain_id = object.required_as("chain_id", |value| match u64::from_json(value) {
            Ok(id @ 1..=MAX_CHAIN_ID) => Ok(id),
            _ => Err(format!("has to be a whole number from 1 to {MAX_CHAIN_ID}")),
        });
        let address = object.required_as("address", |value| {
            let address = WalletAddress::from_json(value)?;
            if address.0.is_zero() {
                return Err("has to be an address that somebody can control, not zero".to_owned());
            }
            Ok(address)
        });
        let verified_at = past_moment(object, "verified_at", now);
        Some(Self { chain_id: chain_id?, address: address?, verified_at })
    }
}

impl Classification {
    /// Reads a classification; `None` when it has complained.
    pub fn read(object: &mut Object<'_>, now: DateTime<Utc>) -> Option<Self> {
        let kind = object.required("kind");
        let evidence = object.required::<EvidenceKind>("evidence");
        let reference = object.optional_as("reference", text_between(1, 200));
        let issued_on = required_past_date(object, "issued_on", now);
        let expires_on = date(object, "expires_on");
        if let (Some(issued), Some(expires)) = (issued_on, expires_on)
            && expires < issued
        {
            object.complain("expires_on", "must not lie before issued_on");
        }
        let has_figures = object.has("figures");
        let figures = object.optional_object("figures", figures);
        Some(Self {
            kind: kind?,
            evidence: evidence?,
            reference,
            issued_on: issued_on?,
            expires_on,
            figures: if has_figures { figures? } else { Figures::new() },
        })
    }
}

fn figures(object: &mut Object<'_>) -> Option<Figures> {
    let mut figures = Figures::new();
    let mut whole = true;
    for (word, figure) in Figure::WORDS {
        if !object.has(word) {
            let _ = object.optional::<Decimal>(word);
            continue;
        }
        match object.optional_as(word, |value| match Decimal::from_json(value)? {
            amount if amount.is_sign_negative() && !amount.is_zero() => {
                Err("must not be negative".to_owned())
            }
            amount => Ok(amount.normalize()),
        }) {
            Some(amount) => drop(figures.insert(*figure, amount)),
            None => whole = false,
        }
    }
    whole.then_some(figures)
}

fn names(body: &mut Object<'_>) -> Option<Vec<String>> {
    /// A name as it stands in a list.
    struct Name(String);
    impl FromJson for Name {
        fn from_json(value: &serde_json::Value) -> Result<Self, String> {
            text_between(1, 300)(value).map(Self)
        }
    }
    let names = body.list::<Name>("other_names", (0, 50))?;
    Some(names.into_iter().map(|name| name.0).collect())
}

fn permit(object: &mut Object<'_>) -> Option<Permit> {
    let country = object.required("country");
    let kind = object.required("kind");
    let expires_on = date(object, "expires_on");
    if kind == Some(PermitKind::Temporary) && !object.has("expires_on") {
        object.complain("expires_on", "is required for a temporary permit");
    }
    Some(Permit { country: country?, kind: kind?, expires_on })
}

fn kyc(object: &mut Object<'_>, now: DateTime<Utc>) -> Option<Kyc> {
    let status = object.required("status");
    let verified_on = past_date(object, "verified_on", now);
    let expires_on = date(object, "expires_on");
    if status == Some(KycStatus::Verified) && !object.has("verified_on") {
        object.complain("verified_on", "is required when the status is verified");
    }
    if let (Some(verified), Some(expires)) = (verified_on, expires_on)
        && expires < verified
    {
        object.complain("expires_on", "must not lie before verified_on");
    }
    Some(Kyc { status: status?, verified_on, expires_on })
}

fn screening(object: &mut Object<'_>, now: DateTime<Utc>) -> Option<Screening> {
    let outcome = object.required("outcome");
    let screened_at = past_moment(object, "screened_at", now);
    if !object.has("screened_at") {
        object.complain("screened_at", "is required");
    }
    let source = object.required_as("source", text_between(1, 200));
    Some(Screening { outcome: outcome?, screened_at: screened_at?, source: source? })
}

fn beneficial_owner(object: &mut Object<'_>, now: DateTime<Utc>) -> Option<BeneficialOwner> {
    let name = object.required_as("name", text_between(1, 300));
    let percent = object.required_as("percent", |value| match Decimal::from_json(value)? {
        percent if percent > Decimal::ZERO && percent <= Decimal::ONE_HUNDRED => Ok(percent.normalize()),
        _ => Err("has to be above 0 and at most 100".to_owned()),
    });
    let identified_on = past_date(object, "identified_on", now);
    Some(BeneficialOwner { name: name?, percent: percent?, identified_on })
}

fn acknowledgement(object: &mut Object<'_>, now: DateTime<Utc>) -> Option<Acknowledgement> {
    let document = object.required::<Document>("document");
    let share_class_id = object.required("share_class_id");
    let acknowledged_at = past_moment(object, "acknowledged_at", now);
    if !object.has("acknowledged_at") {
        object.complain("acknowledged_at", "is required");
    }
    Some(Acknowledgement {
        document: document?,
        share_class_id: share_class_id?,
        acknowledged_at: acknowledged_at?,
    })
}

/// A person has no register, and an organisation no birthday.
fn complain_of_foreign_fields(body: &mut Object<'_>, kind: Option<Kind>) {
    let (foreign, whose): (&[&str], &str) = match kind {
        Some(Kind::Natural) => {
            (&["incorporated_on", "registration_number", "lei", "beneficial_owners"], "a legal investor")
        }
        Some(Kind::Legal) => (&["birth_date", "nationalities", "permits"], "a natural investor"),
        None => return,
    };
    for name in foreign {
        if body.has(name) {
            body.complain(name, format!("belongs to {whose} only"));
        }
    }
}

fn complain_of_repeats(
    body: &mut Object<'_>,
    nationalities: Option<&[Nationality]>,
    wallets: Option<&[Wallet]>,
) {
    let mut seen = BTreeSet::new();
    for (index, country) in nationalities.unwrap_or_default().iter().enumerate() {
        if !seen.insert(country) {
            body.complain_below(&format!("/nationalities/{index}"), "stands twice");
        }
    }
    let mut seen = BTreeSet::new();
    for (index, wallet) in wallets.unwrap_or_default().iter().enumerate() {
        if !seen.insert((wallet.chain_id, wallet.address)) {
            body.complain_below(&format!("/wallets/{index}"), "stands twice");
        }
    }
}

/// Direct and indirect interests overlap, so their sum may pass 100 %; one owner is one entry.
fn complain_of_repeated_owners(body: &mut Object<'_>, owners: Option<&[BeneficialOwner]>) {
    let mut seen = BTreeSet::new();
    for (index, owner) in owners.unwrap_or_default().iter().enumerate() {
        if !seen.insert(text::key_of_name(&owner.name)) {
            body.complain_below(&format!("/beneficial_owners/{index}/name"), "stands twice");
        }
    }
}

/// A date that people now living, or their papers, can have.
fn date(object: &mut Object<'_>, name: &'static str) -> Option<NaiveDate> {
    object.optional_as(name, |value| {
        let date = NaiveDate::from_json(value)?;
        if (1800..=2200).contains(&date.year()) {
            Ok(date)
        } else {
            Err("has to lie between the years 1800 and 2200".to_owned())
        }
    })
}

fn past_date(object: &mut Object<'_>, name: &'static str, now: DateTime<Utc>) -> Option<NaiveDate> {
    let date = date(object, name)?;
    // Somewhere on Earth it is already tomorrow (UTC+14).
    if date > (now + chrono::Duration::hours(14)).date_naive() {
        object.complain(name, "must not lie in the future");
        return None;
    }
    Some(date)
}

fn required_past_date(object: &mut Object<'_>, name: &'static str, now: DateTime<Utc>) -> Option<NaiveDate> {
    let date = past_date(object, name, now);
    if !object.has(name) {
        object.complain(name, "is required");
    }
    date
}

fn past_moment(object: &mut Object<'_>, name: &'static str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    object.optional_as(name, |value| {
        let moment = DateTime::<Utc>::from_json(value)?;
        // Clocks differ a little.
        if moment > now + chrono::Duration::minutes(5) {
            return Err("must not lie in the future".to_owned());
        }
        if moment.year() < 1970 {
            return Err("must not lie before 1970".to_owned());
        }
        Ok(DateTime::from_timestamp_micros(moment.timestamp_micros()).unwrap_or(moment))
    })
}
