//! Slowing down whoever guesses, without letting them lock out somebody else.
//!
//! Failures are counted in three ways: per pair of account and address, per account, and per address. Each has a number of free
//! attempts, followed by a delay that doubles with every further failure. Where the owner of an account has signed in before,
//! only its pair counts: a stranger who guesses at the account from elsewhere, even from a thousand places, does not keep the
//! owner out there, and neither does a neighbour behind the same address who guesses at other accounts. From a new place, owners
//! get back in with a password reset, which ends the delay.
//!
//! Somebody who is signed in and has to give the password again is also counted per person: a stolen session tried from a
//! thousand places has as many attempts as one.
//!
//! A neighbour who guesses at the very same account is distinguished from its owner by the device: attempts on a device that the
//! owner has signed in on before are counted per device only.

/// Longest delay, in seconds.
pub const LONGEST: i64 = 900;

/// Failures older than this are forgotten, in seconds.
pub const MEMORY: i64 = 12 * 3600;

/// Failures without a delay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thresholds {
    /// For one account from one address.
    pub pair: u32,
    /// For one account from anywhere.
    pub account: u32,
    /// For any account from one address.
    pub address: u32,
}

impl Thresholds {
    /// Reads `pair=5,account=20,address=50`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut thresholds = Self { pair: 0, account: 0, address: 0 };
        for entry in text.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            let parsed = entry.split_once('=').and_then(|(name, n)| Some((name, n.parse::<u32>().ok()?)));
            match parsed {
                Some(("pair", n)) => thresholds.pair = n,
                Some(("account", n)) => thresholds.account = n,
                Some(("address", n)) => thresholds.address = n,
                _ => return Err("must have the form pair=5,account=20,address=50".to_owned()),
            }
        }
        if thresholds.pair == 0 || thresholds.account == 0 || thresholds.address == 0 {
            return Err("must name pair, account and address, each at least 1".to_owned());
        }
        Ok(thresholds)
    }
}

/// Previous failures of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Failures {
    /// Number of failures.
    pub count: u32,
    /// Seconds since the last one.
    pub age: i64,
}

/// Everything that is known before a password is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct History {
    /// For this account from this address.
    pub pair: Failures,
    /// For this account.
    pub account: Failures,
    /// From this address.
    pub address: Failures,
    /// Whether the account's owner has signed in from this address before.
    pub address_known: bool,
    /// On this device, if the account's owner has signed in on it before; then nothing else counts.
    pub device: Option<Failures>,
    /// By the person already signed in as the account's owner, from anywhere.
    pub person: Option<Failures>,
}

/// Seconds that an attempt must wait; 0 if it may be made now.
pub fn pause(history: History, thresholds: Thresholds) -> u64 {
    if let Some(device) = history.device {
        return remaining(device, thresholds.pair);
    }
    let person = remaining(history.person.unwrap_or_default(), thresholds.pair);
    let pair = remaining(history.pair, thresholds.pair).max(person);
    if history.address_known {
        return pair;
    }
    let (account, address) = (history.account, history.address);
    pair.max(remaining(account, thresholds.account)).max(remaining(address, thresholds.address))
}

/// Remaining seconds of one delay: 1 s once the threshold is reached, then 2, 4, 8, … up to [`LONGEST`].
pub fn remaining(failures: Failures, threshold: u32) -> u64 {
    if failures.count < threshold || failures.age > MEMORY {
        return 0;
    }
    let doublings = (failures.count - threshold).min(20);
    let pause = (1i64 << doublings).min(LONGEST);
    u64::try_from(pause.saturating_sub(failures.age.max(0))).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const THRESHOLDS: Thresholds = Thresholds { pair: 5, account: 20, address: 50 };

    fn failures(count: u32, age: i64) -> Failures {
        Failures { count, age }
    }

    #[test]
    fn the_pause_doubles_and_is_bounded() {
        let pause_after =
            |count| pause(History { pair: failures(count, 0), ..History::default() }, THRESHOLDS);
        assert_eq!([4, 5, 6, 7, 8].map(pause_after), [0, 1, 2, 4, 8]);
        assert_eq!(pause_after(u32::MAX), 900);
    }

    #[test]
    fn a_pause_passes_and_failures_are_forgotten() {
        let at_age = |age| pause(History { pair: failures(9, age), ..History::default() }, THRESHOLDS);
        assert_eq!([0, 10, 15, 16, 17, MEMORY + 1].map(at_age), [16, 6, 1, 0, 0, 0]);
    }

    #[test]
    fn a_stranger_cannot_lock_an_owner_out_where_they_have_been_before() {
        let attacked = History { account: failures(1_000, 0), ..History::default() };
        assert_eq!(pause(attacked, THRESHOLDS), 900);
        assert_eq!(pause(History { address_known: true, ..attacked }, THRESHOLDS), 0);
    }

    #[test]
    fn an_address_that_tries_many_accounts_is_slowed_down_and_those_who_are_at_home_there_are_not() {
        let history = History { address: failures(60, 0), ..History::default() };
        assert_eq!(pause(history, THRESHOLDS), 900);
        let at_home = History { address_known: true, ..history };
        assert_eq!(pause(at_home, THRESHOLDS), 0, "a neighbour has guessed");
        assert_eq!(pause(History { pair: failures(8, 0), ..at_home }, THRESHOLDS), 8);
    }

    #[test]
    fn a_neighbour_who_guesses_at_an_account_does_not_keep_its_owner_out_on_a_device_of_theirs() {
        let guessed = failures(1_000, 0);
        let all = History { pair: guessed, account: guessed, address: guessed, ..History::default() };
        assert_eq!(pause(all, THRESHOLDS), 900);
        let on_device = |count| pause(History { device: Some(failures(count, 0)), ..all }, THRESHOLDS);
        assert_eq!([0, 4, 5, 8].map(on_device), [0, 0, 1, 8], "a stolen device guesses no faster");
    }

    #[test]
    fn who_is_signed_in_has_as_many_tries_from_many_places_as_from_one() {
        let elsewhere = History { address_known: true, ..History::default() };
        let tried = |count| pause(History { person: Some(failures(count, 0)), ..elsewhere }, THRESHOLDS);
        assert_eq!([0, 4, 5, 8, 1_000].map(tried), [0, 0, 1, 8, 900]);
        let here = History { pair: failures(6, 0), person: Some(failures(6, 0)), ..elsewhere };
        assert_eq!(pause(here, THRESHOLDS), 2, "the tries of one place are no more than they are");
    }

    #[test]
    fn thresholds_have_to_be_complete() {
        assert_eq!(Thresholds::parse("pair=5, account=20,address=50"), Ok(THRESHOLDS));
        for wrong in ["", "pair=5", "pair=0,account=1,address=1", "pair=x,account=1,address=1", "other=1"] {
            assert!(Thresholds::parse(wrong).is_err(), "{wrong}");
        }
    }
}
