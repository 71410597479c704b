//! Beneficial owners of an organisation: if two have the same name, something must show that they are two.

use super::BeneficialOwner;
use fundrail_kit::text::key_of_name;

/// Positions of owners that may be the same person as an earlier one: the name is the same, in whatever form Unicode allows, and
/// neither birth dates nor identifiers given for both tell them apart.
pub(super) fn repeated(owners: &[BeneficialOwner]) -> Vec<usize> {
    let names: Vec<String> = owners.iter().map(|owner| key_of_name(&owner.name)).collect();
    let same_name = |index: usize, earlier: usize| names.get(index) == names.get(earlier);
    let repeats = |index: usize, owner: &BeneficialOwner| {
        owners
            .iter()
            .take(index)
            .enumerate()
            .any(|(earlier, other)| same_name(index, earlier) && !told_apart(owner, other))
    };
    owners
        .iter()
        .enumerate()
        .filter(|(index, owner)| repeats(*index, owner))
        .map(|(index, _)| index)
        .collect()
}

fn told_apart(one: &BeneficialOwner, other: &BeneficialOwner) -> bool {
    let differ = |pair: Option<(String, String)>| pair.is_some_and(|(one, other)| one != other);
    let dates = one.birth_date.zip(other.birth_date).map(|(one, other)| (one.to_string(), other.to_string()));
    let identifiers = one.identifier.as_deref().zip(other.identifier.as_deref());
    differ(dates) || differ(identifiers.map(|(one, other)| (key_of_name(one), key_of_name(other))))
}
