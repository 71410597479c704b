//! Waiting for what happens by and by.

use std::{
    thread,
    time::{Duration, Instant},
};

/// Waits up to ten seconds for a condition; `what` says in a failure what was waited for.
pub fn wait_until(what: &str, condition: impl FnMut() -> bool) {
    let mut condition = condition;
    wait_until_some(what, || condition().then_some(()));
}

/// Waits up to ten seconds for a value.
pub fn wait_until_some<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited 10 s in vain: {what}");
        thread::sleep(Duration::from_millis(50));
    }
}
