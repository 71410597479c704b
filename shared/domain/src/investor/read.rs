//! Reads investors from requests, and names every invalid field.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, Months, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::{
    Acknowledgement, BeneficialOwner, Classification, Document, EvidenceKind, Figure, Figures, Kind, Kyc,
    KycStatus, Lei, NewWallet, Permit, PermitKind, Profile, Screening, owners,
};
use crate::{
    Error, FieldError, Result,
    ids::FundId,
    input::{FromJson, Object, text_between},
    reference::{Country, Nationality, Region, WalletAddress},
    time::{believable_from, first_moment_of},
};

/// Largest EIP-155 chain id that wallets handle: 2^52 − 20 (EIP-2294 recommends a bound; this is MetaMask's).
const MAX_CHAIN_ID: u64 = 4_503_599_627_370_476;
/// Maximum number of entries in a list of a profile.
const MANY: (usize, usize) = (0, 100);

/// An investor to be recorded: who it is, and the first statements about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The profile.
    pub profile: Profile,
    /// Identity verification.
    pub kyc: Option<Kyc>,
    /// A screening against sanctions lists.
    pub screening: Option<Screening>,
    /// Wallets.
    pub wallets: Vec<NewWallet>,
    /// Classifications of the investor.
    pub classifications: Vec<Classification>,
}

/// What a change says about a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stated<T> {
    /// Nothing.
    Unsaid,
    /// It is revoked.
    Withdrawn,
    /// This is stated.
    As(T),
}

impl<T> Stated<T> {
    fn of(patch: &Map<String, Value>, name: &str, read: Option<T>) -> Self {
        match (patch.get(name), read) {
            (None, _) => Self::Unsaid,
            (Some(_), None) => Self::Withdrawn,
            (Some(_), Some(stated)) => Self::As(stated),
        }
    }
}

/// A change of an investor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The profile afterwards.
    pub profile: Profile,
    /// What it says about the verification.
    pub kyc: Stated<Kyc>,
    /// What it says about the screening.
    pub screening: Stated<Screening>,
}

impl Entry {
    /// Reads an investor from a request body. `now` is the limit for what must be past.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] naming every invalid field.
    pub fn read(mut body: Object<'_>, now: DateTime<Utc>) -> Result<Self> {
        let kind = body.required::<Kind>("kind");
        let name = body.required_as("name", text_between(1, 300));
        let other_names = names(&mut body);
        let birth_date = birth_date(&mut body, now);
        let incorporated_on = past_date(&mut body, "incorporated_on", now);
        let registration_number = body.optional_as("registration_number", text_between(1, 100));
        let lei = body.optional::<Lei>("lei");
        let residence = body.required::<Country>("residence");
        let region = region(&mut body, residence);
        let nationalities = body.list::<Nationality>("nationalities", (0, 20));
        let permits = body.objects("permits", (0, 20), permit);
        let kyc = body.optional_object("kyc", |object| Kyc::read(object, now));
        let screening = body.optional_object("screening", |object| Screening::read(object, now));
        let benefit_plan = body.optional::<bool>("benefit_plan").unwrap_or(false);
        let manages_funds = body.list::<FundId>("manages_funds", MANY);
        let has_owners = body.has("beneficial_owners");
        let owners = body.objects("beneficial_owners", MANY, |object| beneficial_owner(object, now));
        let acknowledgements = body.objects("acknowledgements", MANY, |object| acknowledgement(object, now));
        let wallets = body.objects("wallets", MANY, NewWallet::read);
        let classifications =
            body.objects("classifications", MANY, |object| Classification::read(object, now));
        complain_of_foreign_fields(&mut body, kind);
        complain_of_repeats(&mut body, nationalities.as_deref(), wallets.as_deref());
        complain_of_repeated_funds(&mut body, manages_funds.as_deref());
        complain_of_repeated_owners(&mut body, owners.as_deref());
        body.finish(|| {
            let profile = Profile {
                kind: kind?,
                name: name?,
                other_names: other_names?,
                birth_date,
                incorporated_on,
                registration_number,
                lei,
                residence: residence?,
                region,
                nationalities: nationalities?,
                permits: permits?,
                benefit_plan,
                manages_funds: manages_funds?,
                beneficial_owners: if has_owners { Some(owners?) } else { None },
                acknowledgements: acknowledgements?,
            };
            Some(Self { profile, kyc, screening, wallets: wallets?, classifications: classifications? })
        })
    }
}

impl Profile {
    /// The result of a JSON Merge Patch (RFC 7396): a field that is given replaces the previous one, and `null` removes it. The
    /// kind cannot change, and wallets and classifications are added one at a time.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming every invalid field, of the patch or of its result.
    pub fn patched(&self, patch: &Value, now: DateTime<Utc>) -> Result<Change> {
        let Value::Object(patch) = patch else { return Err(Error::field("", "must be a JSON object")) };
        let fixed = UNPATCHABLE.iter().filter(|(name, _)| patch.contains_key(*name));
        let mut errors: Vec<FieldError> = fixed
            .map(|(name, instead)| FieldError { pointer: format!("/{name}"), message: (*instead).to_owned() })
            .collect();
        let mut whole = self.fields()?;
        // Empty lists that belong to the other kind of investor would be complained about.
        whole.retain(|_, value| value.as_array().is_none_or(|list| !list.is_empty()));
        if let Some(owners) = self.beneficial_owners.as_ref().filter(|owners| owners.is_empty()) {
            whole.insert("beneficial_owners".to_owned(), json!(owners));
        }
        let patched = patch.iter().filter(|(name, _)| UNPATCHABLE.iter().all(|(fixed, _)| name != fixed));
        if patch.contains_key("residence") && patch.get("residence") != whole.get("residence") {
            // A region belongs to its country: moving removes it, unless the patch gives a new one.
            whole.remove("region");
        }
        whole.extend(patched.map(|(name, value)| (name.clone(), value.clone())));
        let whole = Value::Object(whole);
        let read = match Entry::read(Object::root(&whole)?, now) {
            Err(Error::Invalid(others)) => {
                errors.extend(others);
                return Err(Error::Invalid(errors));
            }
            other => other?,
        };
        if !errors.is_empty() {
            return Err(Error::Invalid(errors));
        }
        Ok(Change {
            profile: read.profile,
            kyc: Stated::of(patch, "kyc", read.kyc),
            screening: Stated::of(patch, "screening", read.screening),
        })
    }

    /// The fields that differ in another one, each as `{from, to}`.
    ///
    /// # Errors
    /// [`Error::Internal`], which would be a defect: everything in it can be represented in JSON.
    pub fn differences(&self, other: &Self) -> Result<Map<String, Value>> {
        let mut after = other.fields()?;
        let pairs = self.fields()?.into_iter().filter_map(|(name, from)| {
            let to = after.remove(&name).unwrap_or(Value::Null);
            (from != to).then(|| (name, json!({ "from": from, "to": to })))
        });
        Ok(pairs.collect())
    }

    fn fields(&self) -> Result<Map<String, Value>> {
        match serde_json::to_value(self) {
            Ok(Value::Object(fields)) => Ok(fields),
            Ok(_) => Err(Error::internal("a profile is not an object")),
            Err(error) => Err(Error::internal(format!("no JSON: {error}"))),
        }
    }
}

/// Fields that a patch may not contain, with what to do instead.
const UNPATCHABLE: &[(&str, &str)] = &[
    ("kind", "cannot be changed; record another investor instead"),
    ("wallets", "must be added with POST to the investor's /wallets"),
    ("classifications", "must be added with POST to the investor's /classifications"),
];

/// Reads why something is revoked: a request with the single field `reason`.
///
/// # Errors
/// [`Error::Invalid`] naming every invalid field.
pub fn read_reason(mut body: Object<'_>) -> Result<String> {
    let reason = body.required_as("reason", text_between(1, 500));
    body.finish(|| reason)
}

impl NewWallet {
    /// Reads a wallet; `None` if it has complained.
    pub fn read(object: &mut Object<'_>) -> Option<Self> {
        let chain_id = object.required_as("chain_id", |value| match u64::from_json(value) {
            Ok(id @ 1..=MAX_CHAIN_ID) => Ok(id),
            _ => Err(format!("must be a whole number from 1 to {MAX_CHAIN_ID}")),
        });
        let address = object.required_as("address", |value| {
            let address = WalletAddress::from_json(value)?;
            if address.0.is_zero() {
                return Err("must be an address that somebody can control, not zero".to_owned());
            }
            Ok(address)
        });
        let _ = object.optional_as("verified_at", |_| {
            Err::<(), _>("cannot be set: control of a wallet is proven by signing a challenge".to_owned())
        });
        Some(Self { chain_id: chain_id?, address: address? })
    }
}

impl Classification {
    /// Reads a classification; `None` if it has complained.
    pub fn read(object: &mut Object<'_>, now: DateTime<Utc>) -> Option<Self> {
        let kind = object.required("kind");
        let evidence = object.required::<EvidenceKind>("evidence");
        let reference = object.optional_as("reference", text_between(1, 200));
        let issuer = object.optional_as("issuer", text_between(1, 200));
        let document_sha256 = object.optional_as("document_sha256", super::file::sha256);
        let issued_on = required_past_date(object, "issued_on", now);
        let expires_on = date(object, "expires_on");
        if let (Some(issued), Some(expires)) = (issued_on, expires_on)
            && expires < issued
        {
            object.complain("expires_on", "must not be before issued_on");
        }
        let has_figures = object.has("figures");
        let figures = object.optional_object("figures", figures);
        Some(Self {
            kind: kind?,
            evidence: evidence?,
            reference,
            issuer,
            document_sha256,
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
    /// A name as it appears in a list.
    struct Name(String);
    impl FromJson for Name {
        fn from_json(value: &serde_json::Value) -> Result<Self, String> {
            text_between(1, 300)(value).map(Self)
        }
    }
    let names = body.list::<Name>("other_names", (0, 50))?;
    Some(names.into_iter().map(|name| name.0).collect())
}

/// A region of the investor's country of residence.
fn region(body: &mut Object<'_>, residence: Option<Country>) -> Option<Region> {
    let region = body.optional::<Region>("region")?;
    if residence.is_some_and(|country| !region.is_in(country)) {
        body.complain("region", "must be in the country of residence");
        return None;
    }
    Some(region)
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

impl Kyc {
    /// Reads a verification; `None` if it has complained.
    pub fn read(object: &mut Object<'_>, now: DateTime<Utc>) -> Option<Self> {
        let status = object.required("status");
        let verified_on = past_date(object, "verified_on", now);
        let expires_on = date(object, "expires_on");
        if status == Some(KycStatus::Verified) && !object.has("verified_on") {
            object.complain("verified_on", "is required if the status is verified");
        }
        if let (Some(verified), Some(expires)) = (verified_on, expires_on)
            && expires < verified
        {
            object.complain("expires_on", "must not be before verified_on");
        }
        Some(Self { status: status?, verified_on, expires_on })
    }
}

impl Screening {
    /// Reads a screening; `None` if it has complained.
    pub fn read(object: &mut Object<'_>, now: DateTime<Utc>) -> Option<Self> {
        let outcome = object.required("outcome");
        let screened_at = past_moment(object, "screened_at", now);
        if !object.has("screened_at") {
            object.complain("screened_at", "is required");
        }
        let source = object.required_as("source", text_between(1, 200));
        Some(Self { outcome: outcome?, screened_at: screened_at?, source: source? })
    }
}

fn beneficial_owner(object: &mut Object<'_>, now: DateTime<Utc>) -> Option<BeneficialOwner> {
    let name = object.required_as("name", text_between(1, 300));
    let birth_date = birth_date(object, now);
    let identifier = object.optional_as("identifier", text_between(1, 100));
    let controls = object.optional::<bool>("controls").unwrap_or(false);
    let percent = object.required_as("percent", |value| match Decimal::from_json(value)? {
        percent if percent.is_zero() && controls => Ok(Decimal::ZERO),
        percent if percent > Decimal::ZERO && percent <= Decimal::ONE_HUNDRED => Ok(percent.normalize()),
        _ => Err("must be greater than 0 and at most 100, or 0 for somebody who controls it without \
            owning any of it"
            .to_owned()),
    });
    let identified_on = past_date(object, "identified_on", now);
    Some(BeneficialOwner { name: name?, birth_date, identifier, percent: percent?, controls, identified_on })
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

/// A natural person has no register entry, and an organisation no birthday.
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
            body.complain(name, format!("applies to {whose} only"));
        }
    }
}

fn complain_of_repeats(
    body: &mut Object<'_>,
    nationalities: Option<&[Nationality]>,
    wallets: Option<&[NewWallet]>,
) {
    let mut seen = BTreeSet::new();
    for (index, country) in nationalities.unwrap_or_default().iter().enumerate() {
        if !seen.insert(country) {
            body.complain_below(&format!("/nationalities/{index}"), "is duplicated");
        }
    }
    let mut seen = BTreeSet::new();
    for (index, wallet) in wallets.unwrap_or_default().iter().enumerate() {
        if !seen.insert((wallet.chain_id, wallet.address)) {
            body.complain_below(&format!("/wallets/{index}"), "is duplicated");
        }
    }
}

fn complain_of_repeated_funds(body: &mut Object<'_>, funds: Option<&[FundId]>) {
    let mut seen = BTreeSet::new();
    for (index, fund) in funds.unwrap_or_default().iter().enumerate() {
        if !seen.insert(fund) {
            body.complain_below(&format!("/manages_funds/{index}"), "is duplicated");
        }
    }
}

/// Direct and indirect interests overlap, so their sum may exceed 100 %; each owner is one entry.
fn complain_of_repeated_owners(body: &mut Object<'_>, all: Option<&[BeneficialOwner]>) {
    for index in owners::repeated(all.unwrap_or_default()) {
        let message = "is duplicated; if these are two people, give both a birth_date or an identifier \
            to tell them apart";
        body.complain_below(&format!("/beneficial_owners/{index}/name"), message);
    }
    let owned = all.unwrap_or_default().iter();
    let owned = owned.fold(Decimal::ZERO, |sum, owner| sum.saturating_add(owner.percent));
    if owned > Decimal::ONE_HUNDRED {
        body.complain("beneficial_owners", "must not own more than 100 % in all");
    }
}

/// A date that living people, or their documents, can have.
pub(super) fn date(object: &mut Object<'_>, name: &'static str) -> Option<NaiveDate> {
    object.optional_as(name, |value| {
        let date = NaiveDate::from_json(value)?;
        if (1800..=2200).contains(&date.year()) {
            Ok(date)
        } else {
            Err("must be between the years 1800 and 2200".to_owned())
        }
    })
}

fn past_date(object: &mut Object<'_>, name: &'static str, now: DateTime<Utc>) -> Option<NaiveDate> {
    let date = date(object, name)?;
    if first_moment_of(date).is_some_and(|begins| begins > now) {
        object.complain(name, "must not be in the future");
        return None;
    }
    Some(date)
}

/// When a living person was born: nobody has lived for 150 years.
pub(super) fn birth_date(object: &mut Object<'_>, now: DateTime<Utc>) -> Option<NaiveDate> {
    let date = past_date(object, "birth_date", now)?;
    if date.checked_add_months(Months::new(150 * 12)).is_some_and(|day| day <= now.date_naive()) {
        object.complain("birth_date", "must be less than 150 years ago");
        return None;
    }
    Some(date)
}

pub(super) fn required_past_date(
    object: &mut Object<'_>,
    name: &'static str,
    now: DateTime<Utc>,
) -> Option<NaiveDate> {
    let date = past_date(object, name, now);
    if !object.has(name) {
        object.complain(name, "is required");
    }
    date
}

/// A moment in the past. One that is ahead by no more than clocks may differ is taken as now, so that nothing recorded is in the
/// future.
fn past_moment(object: &mut Object<'_>, name: &'static str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    object.optional_as(name, |value| {
        let moment = DateTime::<Utc>::from_json(value)?;
        if believable_from(moment).is_some_and(|from| from > now) {
            return Err("must not be in the future".to_owned());
        }
        if moment.year() < 1970 {
            return Err("must not be before 1970".to_owned());
        }
        let moment = moment.min(now);
        Ok(DateTime::from_timestamp_micros(moment.timestamp_micros()).unwrap_or(moment))
    })
}
