//! Issuers and funds as their issuer writes them.

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::Value;

use super::{FundStatus, Strategy};
use crate::{
    Result,
    ids::IssuerId,
    input::{Object, text_between},
    investor::Lei,
    money::Currency,
    patch,
    reference::Country,
};

/// An issuer of funds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IssuerEntry {
    /// Name, which no other issuer has.
    pub name: String,
    /// Country in which it is established.
    pub country: Country,
    /// Its Legal Entity Identifier, if it has one.
    pub lei: Option<Lei>,
    /// Website.
    pub website: Option<String>,
    /// Short description; may be empty.
    pub description: String,
}

impl IssuerEntry {
    /// Reads `{name, country, lei, website, description}`.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] naming every invalid field.
    pub fn read(mut body: Object<'_>) -> Result<Self> {
        let name = body.required_as("name", text_between(1, 200));
        let country = body.required::<Country>("country");
        let lei = body.optional::<Lei>("lei");
        let website = body.optional_as("website", website);
        let description = body.optional_as("description", text_between(0, 5000)).unwrap_or_default();
        body.finish(|| Some(Self { name: name?, country: country?, lei, website, description }))
    }

    /// The issuer after a JSON Merge Patch.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn patched(&self, changes: &Value) -> Result<Self> {
        patch::patched(self, changes, &[], Self::read)
    }
}

/// The address of a website: a URI (RFC 3986) with the scheme `https`, a domain name and no user, of at most 500 characters.
fn website(value: &Value) -> Result<String, String> {
    let text = value.as_str().unwrap_or_default();
    let (authority, rest) = match text.strip_prefix("https://") {
        Some(after) => after.split_at(after.find(['/', '?', '#']).unwrap_or(after.len())),
        None => ("", ""),
    };
    let (host, port) = authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port)));
    let has_port = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
    if text.len() <= 500 && is_domain_name(host) && has_port && is_path_and_query(rest) {
        return Ok(text.to_owned());
    }
    Err("must be the address of a website, such as https://alder.example, of at most 500 characters"
        .to_owned())
}

/// Letters, digits and hyphens between dots, none of them at the edge of a label (RFC 1123, 2.1).
fn is_domain_name(host: &str) -> bool {
    let is_label = |label: &str| {
        let within = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        within && !label.is_empty() && !label.starts_with('-') && !label.ends_with('-')
    };
    host.split('.').all(is_label)
}

/// What may follow the authority: path, query and fragment of characters that stand for themselves, or are percent-encoded (RFC 3986,
/// 3.3 to 3.5).
fn is_path_and_query(text: &str) -> bool {
    let (before, fragment) = text.split_once('#').unwrap_or((text, ""));
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?".contains(&byte);
    [before, fragment].into_iter().all(|part| {
        let mut encoded = part.split('%');
        let first = encoded.next().unwrap_or_default();
        let hex = |rest: &str| rest.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2;
        first.bytes().all(plain) && encoded.all(|rest| hex(rest) && rest.bytes().all(plain))
    })
}

/// A fund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FundEntry {
    /// Its issuer.
    pub issuer_id: IssuerId,
    /// Name, which no other fund of the issuer has.
    pub name: String,
    /// Investment strategy.
    pub strategy: Strategy,
    /// Domicile.
    pub domicile: Country,
    /// Legal form under the law of its domicile.
    pub legal_form: String,
    /// Base currency.
    pub base_currency: Currency,
    /// Short description; may be empty.
    pub description: String,
    /// Launch date, which may be in the future.
    pub launched_on: NaiveDate,
}

impl FundEntry {
    /// Reads `{issuer_id, name, strategy, domicile, legal_form, base_currency, description, launched_on}`.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] naming every invalid field.
    pub fn read(mut body: Object<'_>) -> Result<Self> {
        let issuer_id = body.required::<IssuerId>("issuer_id");
        let name = body.required_as("name", text_between(1, 200));
        let strategy = body.required::<Strategy>("strategy");
        let domicile = body.required::<Country>("domicile");
        let legal_form = body.required_as("legal_form", text_between(1, 100));
        let base_currency = body.required::<Currency>("base_currency");
        let description = body.optional_as("description", text_between(0, 5000)).unwrap_or_default();
        let launched_on = body.required::<NaiveDate>("launched_on");
        body.finish(|| {
            Some(Self {
                issuer_id: issuer_id?,
                name: name?,
                strategy: strategy?,
                domicile: domicile?,
                legal_form: legal_form?,
                base_currency: base_currency?,
                description,
                launched_on: launched_on?,
            })
        })
    }

    /// The fund after a JSON Merge Patch. Its issuer never changes; domicile and base currency only while nobody else has seen it.
    ///
    /// # Errors
    /// As [`Self::read`], and for what cannot be changed.
    pub fn patched(&self, changes: &Value, status: FundStatus) -> Result<Self> {
        let always = ("issuer_id", "cannot be changed");
        let published = "can only be changed while the fund is a draft";
        let fixed: patch::Fixed<'_> = match status {
            FundStatus::Draft => &[always],
            _ => &[always, ("domicile", published), ("base_currency", published)],
        };
        patch::patched(self, changes, fixed, Self::read)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Error;

    fn pointers<T: std::fmt::Debug>(result: Result<T>) -> Vec<String> {
        match result {
            Err(Error::Invalid(errors)) => errors.into_iter().map(|error| error.pointer).collect(),
            other => panic!("{other:?}"),
        }
    }

    fn fund() -> Value {
        json!({
            "issuer_id": "0198c001-0000-7000-8000-000000000001", "name": "Alder Bond Fund", "strategy": "treasury",
            "domicile": "LU", "legal_form": "SICAV", "base_currency": "EUR", "launched_on": "2026-01-05",
        })
    }

    #[test]
    fn everything_wrong_with_a_fund_is_named_at_once() {
        let wrong = json!({
            "issuer_id": "7", "name": " ", "strategy": "crypto", "domicile": "XX", "legal_form": "", "base_currency": "EURO",
            "description": 7, "launched_on": "2026-02-30", "colour": "red",
        });
        let all = [
            "/issuer_id",
            "/name",
            "/strategy",
            "/domicile",
            "/legal_form",
            "/base_currency",
            "/description",
            "/launched_on",
            "/colour",
        ];
        assert_eq!(pointers(FundEntry::read(Object::root(&wrong).unwrap())), all);
    }

    #[test]
    fn domicile_and_currency_are_fixed_once_others_have_seen_the_fund() {
        let entry = FundEntry::read(Object::root(&fund()).unwrap()).unwrap();
        let change = json!({"domicile": "IE", "base_currency": "USD", "name": "Alder Bonds"});
        assert_eq!(entry.patched(&change, FundStatus::Draft).unwrap().domicile.code(), "IE");
        assert_eq!(pointers(entry.patched(&change, FundStatus::Open)), ["/domicile", "/base_currency"]);
        let same = json!({"domicile": "LU", "name": "Alder Bonds"});
        assert_eq!(entry.patched(&same, FundStatus::Closed).unwrap().name, "Alder Bonds");
        let moved = json!({"issuer_id": "0198c001-0000-7000-8000-000000000002", "status": "open"});
        assert_eq!(pointers(entry.patched(&moved, FundStatus::Draft)), ["/issuer_id", "/status"]);
        assert_eq!(pointers(entry.patched(&json!({"name": null}), FundStatus::Draft)), ["/name"]);
    }

    #[test]
    fn a_website_is_one_that_a_browser_opens_safely() {
        let read = |website: &str| {
            let body = json!({"name": "A", "country": "LU", "website": website});
            IssuerEntry::read(Object::root(&body).unwrap())
        };
        for right in [
            "https://alder.example",
            "https://alder.example/funds?a=b",
            "https://a-1.EXAMPLE:8443/%C3%A9/x(1)?q=/?#top",
            "https://alder.example?q#",
        ] {
            assert!(read(right).is_ok(), "{right}");
        }
        for wrong in [
            "http://alder.example",
            "https://",
            "https:///x",
            "javascript:alert(1)",
            "https://a b",
            "",
            "https://é",
            "https://C\"!TER_t;@ZQ",
            "https://alder.example/\"",
            "https://alder.example/{id}",
            "https://alder.example/%",
            "https://alder.example/%2",
            "https://alder.example/%é",
            "https://alder.example/a#b#c",
            "https://user@alder.example",
            "https://alder.example:0",
            "https://alder.example:",
            "https://alder.example:65536",
            "https://-alder.example",
            "https://alder..example",
            "https://[::1]",
        ] {
            assert_eq!(pointers(read(wrong)), ["/website"], "{wrong}");
        }
        // ISO 17442 check digits; the valid one is the GLEIF's own.
        let lei = |lei: &str| {
            IssuerEntry::read(Object::root(&json!({"name": "A", "country": "LU", "lei": lei})).unwrap())
        };
        assert!(lei("506700GE1G29325QX363").is_ok());
        assert_eq!(pointers(lei("506700GE1G29325QX364")), ["/lei"]);
    }
}
