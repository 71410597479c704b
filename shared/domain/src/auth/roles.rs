//! Who may give which roles to whom, and what a machine may never do.

use crate::{Error, FieldError, Result};

/// The role that every tenant must always have somebody in.
pub const OWNER: &str = "owner";

/// The role of whoever runs the installation, which no tenant can assign.
pub const OPERATOR: &str = "operator";

/// Kinds of tenants.
pub const TENANT_KINDS: &[(&str, &str)] = &[("institution", "institution"), ("issuer", "issuer")];

/// The roles of somebody who creates a tenant of a kind: they own it, and an issuer's owner also manages its catalogue.
pub fn first_roles(tenant_kind: &str) -> &'static [&'static str] {
    if tenant_kind == "issuer" { &[OWNER, "issuer"] } else { &[OWNER] }
}

/// Permissions that no API key gets: members and keys are managed by people, who can be asked for a second factor.
const FOR_PEOPLE: &[&str] = &["users:write", "api_keys:write", "tenant:write", "secrets:rotate"];

/// A change of a member's roles in a tenant; removing them is a change to none.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a> {
    /// Roles of the caller.
    pub by: &'a [String],
    /// Whether they change their own roles.
    pub of_oneself: bool,
    /// Roles before.
    pub before: &'a [String],
    /// Roles afterwards.
    pub after: &'a [String],
    /// Number of other owners.
    pub other_owners: u64,
    /// Roles that can be assigned in this tenant.
    pub assignable: &'a [String],
}

/// Decides on a change of roles. A role that no tenant can assign, such as operator, is taken only by somebody who holds it, and
/// nobody but an owner touches an owner. Anybody may leave, and give up any role of their own: only what an owner leaves behind
/// matters.
///
/// # Errors
/// [`Error::Invalid`] for a role that cannot be assigned, [`Error::Forbidden`] naming the role that the caller lacks,
/// [`Error::Conflict`] with code `last_owner` if the tenant would be left without one.
pub fn check_change(change: Change<'_>) -> Result<()> {
    let has = |roles: &[String]| roles.iter().any(|role| role == OWNER);
    let errors = wrong_roles(change.after, change.before, change.assignable);
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    if let Some(role) = role_lacking(change) {
        return Err(Error::Forbidden { permission: format!("the role {role}").into() });
    }
    if has(change.before) && !has(change.after) && change.other_owners == 0 {
        return Err(Error::conflict("last_owner", "a tenant must have an owner: name another one first"));
    }
    Ok(())
}

/// The role that the caller would have to hold for a change, and does not.
fn role_lacking(change: Change<'_>) -> Option<&str> {
    let Change { by, before, after, assignable, of_oneself, .. } = change;
    let gives = after.iter().filter(|role| !before.contains(role));
    let takes = before.iter().filter(|role| !of_oneself && !after.contains(role));
    // Whoever owns a tenant is changed by owners alone, in whatever way.
    let keeps = before.iter().filter(|role| !of_oneself && *role == OWNER);
    let is_reserved = |role: &&String| *role == OWNER || !assignable.contains(role);
    gives.chain(takes).chain(keeps).filter(is_reserved).find(|role| !by.contains(role)).map(String::as_str)
}

/// What is wrong with the new roles in the field `roles`. Roles that the member already has, e.g. operator, may stay.
pub fn wrong_roles(after: &[String], before: &[String], assignable: &[String]) -> Vec<FieldError> {
    let message = || format!("must be one of {}", assignable.join(", "));
    let wrong = |role: &String| !assignable.contains(role) && !before.contains(role);
    let wrong = after.iter().enumerate().filter(|(_, role)| wrong(role));
    wrong.map(|(index, _)| FieldError { pointer: format!("/roles/{index}"), message: message() }).collect()
}

/// The sender of an invitation, as they are when it is accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Giver {
    /// Their roles; none if they are no longer a member.
    pub roles: Vec<String>,
    /// What those permit.
    pub permissions: Vec<String>,
}

impl Giver {
    /// Whether they may invite somebody to these roles now: an invitation grants no more than that.
    pub fn may_give(&self, roles: &[String], assignable: &[String]) -> bool {
        let invites = self.permissions.iter().any(|permission| permission == "users:write");
        let change = Change {
            by: &self.roles,
            of_oneself: false,
            before: &[],
            after: roles,
            other_owners: 1,
            assignable,
        };
        invites && check_change(change).is_ok()
    }
}

/// Decides on the scopes of an API key.
///
/// # Errors
/// [`Error::Invalid`] with [`wrong_scopes`].
pub fn check_scopes(scopes: &[String], held: impl Fn(&str) -> bool) -> Result<()> {
    let errors = wrong_scopes(scopes, held);
    if errors.is_empty() { Ok(()) } else { Err(Error::Invalid(errors)) }
}

/// Every scope in the field `scopes` that the creator of a key does not have, or that no machine may have.
pub fn wrong_scopes(scopes: &[String], held: impl Fn(&str) -> bool) -> Vec<FieldError> {
    scopes
        .iter()
        .enumerate()
        .filter_map(|(index, scope)| {
            let message = if FOR_PEOPLE.contains(&scope.as_str()) {
                "can be granted to people only"
            } else if !held(scope) {
                "must be a permission that you have yourself"
            } else {
                return None;
            };
            Some(FieldError { pointer: format!("/scopes/{index}"), message: message.to_owned() })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(roles: &[&str]) -> Vec<String> {
        roles.iter().map(|role| (*role).to_owned()).collect()
    }

    fn decide(
        by: &[&str],
        of_oneself: bool,
        before: &[&str],
        after: &[&str],
        other_owners: u64,
    ) -> &'static str {
        let (by, before, after) = (texts(by), texts(before), texts(after));
        let assignable = texts(&["owner", "admin", "trader"]);
        let change = Change {
            by: &by,
            of_oneself,
            before: &before,
            after: &after,
            other_owners,
            assignable: &assignable,
        };
        check_change(change).map_or_else(|error| error.code(), |()| "ok")
    }

    fn check(by_owner: bool, before: &[&str], after: &[&str], other_owners: u64) -> &'static str {
        decide(&[if by_owner { "owner" } else { "admin" }], false, before, after, other_owners)
    }

    #[test]
    fn nobody_is_removed_or_demoted_by_somebody_who_holds_less() {
        let holders: [&[&str]; 6] = [
            &["trader"],
            &["admin"],
            &["owner"],
            &["operator"],
            &["admin", "operator"],
            &["owner", "operator"],
        ];
        // Who removes whom: what only owners, and only operators, hold.
        for by in holders {
            for whom in holders {
                let lacks = |role: &str| whom.contains(&role) && !by.contains(&role);
                let expected = if lacks("owner") || lacks("operator") { "forbidden" } else { "ok" };
                assert_eq!(decide(by, false, whom, &[], 1), expected, "{by:?} removes {whom:?}");
                assert_eq!(decide(by, false, whom, &["trader"], 1), expected, "{by:?} demotes {whom:?}");
                assert_eq!(decide(whom, true, whom, &[], 1), "ok", "{whom:?} leaves");
            }
        }
        assert_eq!(
            decide(&["owner"], false, &["operator", "admin"], &["operator"], 1),
            "ok",
            "nothing of theirs is taken"
        );
        assert_eq!(
            decide(&["admin"], true, &["admin"], &["owner"], 1),
            "forbidden",
            "nobody makes themselves an owner"
        );
    }

    #[test]
    fn owners_are_made_and_unmade_by_owners_alone() {
        assert_eq!(check(false, &["trader"], &["admin"], 1), "ok");
        assert_eq!(check(false, &["trader"], &["owner"], 1), "forbidden");
        assert_eq!(check(false, &["owner"], &["trader"], 1), "forbidden");
        assert_eq!(check(false, &["owner"], &[], 1), "forbidden");
        assert_eq!(check(true, &["trader"], &["owner"], 1), "ok");
    }

    #[test]
    fn the_last_owner_cannot_go() {
        assert_eq!(check(true, &["owner"], &["trader"], 0), "last_owner");
        assert_eq!(check(true, &["owner"], &[], 0), "last_owner");
        assert_eq!(check(true, &["owner"], &["owner", "trader"], 0), "ok");
        assert_eq!(check(true, &["owner"], &[], 1), "ok");
    }

    #[test]
    fn an_invitation_holds_what_its_giver_could_give_now() {
        let may = |roles: &[&str], permissions: &[&str], given: &[&str]| {
            let giver = Giver { roles: texts(roles), permissions: texts(permissions) };
            giver.may_give(&texts(given), &texts(&["owner", "admin", "trader"]))
        };
        assert!(may(&["owner"], &["users:write"], &["owner"]));
        assert!(may(&["admin"], &["users:write"], &["admin", "trader"]));
        assert!(!may(&["admin"], &["users:write"], &["owner"]), "no owner any more");
        assert!(!may(&["viewer"], &["funds:read"], &["trader"]), "nobody who invites any more");
        assert!(!may(&[], &[], &["trader"]), "no member any more");
        assert!(!may(&["owner"], &["users:write"], &["operator"]), "not to be given");
    }

    #[test]
    fn roles_that_cannot_be_given_may_only_stay() {
        assert_eq!(check(true, &[], &["operator"], 1), "invalid_fields");
        assert_eq!(check(true, &["operator"], &["operator", "admin"], 1), "ok");
    }

    #[test]
    fn a_key_has_no_more_than_its_creator_and_nothing_that_is_for_people() {
        let held = |scope: &str| scope != "funds:write";
        assert!(check_scopes(&texts(&["funds:read", "prices:read"]), held).is_ok());
        for scope in ["funds:write", "users:write", "api_keys:write"] {
            assert!(check_scopes(&texts(&[scope]), held).is_err(), "{scope}");
        }
    }
}
