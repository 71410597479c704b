//! JSON Merge Patch (RFC 7396): what is stored, with the fields of a patch in place of its own, read again as a whole.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{Error, FieldError, Result, input::Object};

/// Fields that a patch cannot change, each with the reason.
pub type Fixed<'a> = &'a [(&'static str, &'a str)];

/// Applies a patch to something stored and reads the result with the reader of its kind, so that a patch can produce nothing
/// that could not have been created. A field of `fixed` may be repeated, but not changed.
///
/// # Errors
/// [`Error::Invalid`] naming every wrong field, of the patch or of its result.
pub fn patched<T: Serialize>(
    stored: &T,
    patch: &Value,
    fixed: Fixed<'_>,
    read: impl FnOnce(Object<'_>) -> Result<T>,
) -> Result<T> {
    let Value::Object(changes) = patch else { return Err(Error::field("", "must be a JSON object")) };
    let before =
        serde_json::to_value(stored).map_err(|error| Error::internal(format!("no JSON: {error}")))?;
    let mut whole = before.clone();
    merge(&mut whole, patch);
    let is_changed = |name: &str| whole.get(name) != before.get(name);
    let refused = fixed.iter().filter(|(name, _)| changes.contains_key(*name) && is_changed(name));
    let mut errors: Vec<FieldError> = refused
        .map(|(name, reason)| FieldError { pointer: format!("/{name}"), message: (*reason).to_owned() })
        .collect();
    match read(Object::root(&whole)?) {
        Ok(read) if errors.is_empty() => Ok(read),
        Ok(_) => Err(Error::Invalid(errors)),
        Err(Error::Invalid(others)) => {
            let named = |pointer: &str| errors.iter().any(|error| error.pointer == pointer);
            let others: Vec<FieldError> = others.into_iter().filter(|error| !named(&error.pointer)).collect();
            errors.extend(others);
            Err(Error::Invalid(errors))
        }
        Err(other) => Err(other),
    }
}

/// The fields that differ between two states of something, each as `{from, to}`: for the audit trail.
///
/// # Errors
/// [`Error::Internal`] for what cannot be represented in JSON, which would be a defect.
pub fn differences<T: Serialize>(before: &T, after: &T) -> Result<Map<String, Value>> {
    let fields = |state: &T| match serde_json::to_value(state) {
        Ok(Value::Object(fields)) => Ok(fields),
        other => Err(Error::internal(format!("no JSON object: {other:?}"))),
    };
    let (mut before, after) = (fields(before)?, fields(after)?);
    let changed = after.into_iter().filter_map(|(name, to)| {
        let from = before.remove(&name).unwrap_or_default();
        (from != to).then(|| (name, json!({ "from": from, "to": to })))
    });
    Ok(changed.collect())
}

/// Section 2 of the RFC: objects are merged, anything else is replaced, and null removes.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(changes) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(fields) = target else { return };
    for (name, change) in changes {
        if change.is_null() {
            fields.remove(name);
        } else {
            merge(fields.entry(name).or_insert(Value::Null), change);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_trail_has_what_differs_and_nothing_else() {
        let (before, after) = (json!({"a": 1, "b": null, "c": "x"}), json!({"a": 1, "b": 2, "c": "y"}));
        let expected = json!({"b": {"from": null, "to": 2}, "c": {"from": "x", "to": "y"}});
        assert_eq!(Value::Object(differences(&before, &after).unwrap()), expected);
    }

    /// The test cases of RFC 7396, appendix A.
    #[test]
    fn a_patch_is_applied_as_the_rfc_shows() {
        for (original, patch, result) in [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
            (json!({"a": "b"}), json!({"a": null}), json!({})),
            (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
            (json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}})),
            (json!({"a": [{"b": "c"}]}), json!({"a": [1]}), json!({"a": [1]})),
            (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
            (json!({"a": "b"}), json!(["c"]), json!(["c"])),
            (json!({"a": "foo"}), json!(null), json!(null)),
            (json!({"a": "foo"}), json!("bar"), json!("bar")),
            (json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1})),
            (json!([1, 2]), json!({"a": "b", "c": null}), json!({"a": "b"})),
            (json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
        ] {
            let mut target = original.clone();
            merge(&mut target, &patch);
            assert_eq!(target, result, "{original} with {patch}");
        }
    }

    #[test]
    fn what_is_fixed_may_be_repeated_and_everything_wrong_is_named_at_once() {
        let stored = json!({"kind": "a", "size": 1});
        let read = |mut body: Object<'_>| {
            let (kind, size) = (body.required::<String>("kind"), body.required::<u8>("size"));
            body.finish(|| Some(json!({"kind": kind?, "size": size?})))
        };
        let fixed: Fixed<'_> = &[("kind", "cannot be changed")];
        let patch = |changes: Value| patched(&stored, &changes, fixed, read);
        assert_eq!(patch(json!({"kind": "a", "size": 2})).unwrap(), json!({"kind": "a", "size": 2}));
        let wrong = patch(json!({"kind": "b", "size": 300, "colour": "red"}));
        let Err(Error::Invalid(errors)) = wrong else { panic!("accepted") };
        let pointers: Vec<&str> = errors.iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(pointers, ["/kind", "/size", "/colour"]);
        let Err(Error::Invalid(errors)) = patch(json!({"kind": null})) else { panic!("accepted") };
        assert_eq!(errors.len(), 1, "it is named once");
        assert!(patch(json!([])).is_err());
    }
}
