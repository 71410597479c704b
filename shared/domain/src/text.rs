//! E-mail addresses.

use std::fmt;

use serde::Serialize;

use crate::input::FromText;

/// The top-level domain under which no domain exists (RFC 2606, 2; RFC 6761, 6.4). Deleted accounts are moved there, so nobody
/// else may use it: they could block somebody's deletion.
const NOBODYS: &str = "invalid";

/// An e-mail address in lower case, which identifies a user.
///
/// Accepts what WHATWG HTML calls a valid e-mail address (a practical subset of RFC 5322), of at most 254 characters (RFC 5321,
/// 4.5.3.1.3, without the angle brackets), with a dot in the domain.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Email(String);

impl Email {
    /// The address, in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromText for Email {
    fn from_text(text: &str) -> Result<Self, String> {
        let expected = || "must be an e-mail address such as ada@example.com".to_owned();
        let (local, domain) = text.rsplit_once('@').ok_or_else(expected)?;
        let local_fits = (1..=64).contains(&local.len())
            && local.bytes().all(|b| b.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&b));
        let label_fits = |label: &str| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        if text.len() > 254 || !local_fits || !domain.contains('.') || !domain.split('.').all(label_fits) {
            return Err(expected());
        }
        let last = domain.rsplit('.').next().unwrap_or(domain);
        if last.eq_ignore_ascii_case(NOBODYS) {
            return Err("must be in a domain that can exist (RFC 2606, 2)".to_owned());
        }
        Ok(Self(text.to_ascii_lowercase()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_kept_in_lower_case() {
        assert_eq!(Email::from_text("Ada.L+x@Example.COM").unwrap().as_str(), "ada.l+x@example.com");
    }

    #[test]
    fn nobody_has_an_address_where_no_domain_is() {
        let id = "0198c0de-0000-7000-8000-000000000001";
        for wrong in [&format!("deleted-{id}@deleted.invalid"), "a@b.invalid", "a@b.INVALID"] {
            assert!(Email::from_text(wrong).unwrap_err().contains("RFC 2606"), "{wrong}");
        }
        assert!(Email::from_text("invalid@invalid.example").is_ok());
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("{}@example.com", "a".repeat(65));
        for wrong in
            ["", "a", "a@b", "@b.c", "a@.c", "a@b..c", "a b@c.d", "a@-b.c", "a@b.c\n", "ä@b.c", &long]
        {
            assert!(Email::from_text(wrong).is_err(), "{wrong}");
        }
    }
}
