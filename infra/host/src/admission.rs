//! Limits on connections: in total and per address, so that one client cannot take them all.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use serde_json::json;

use crate::log;

/// File descriptors reserved for everything but clients: Postgres, Redis, files.
const RESERVED: u64 = 256;

/// The connections of the whole process.
pub(crate) struct Admission {
    most: usize,
    /// `None` if any number may come from one address, as behind a proxy.
    most_of_one: Option<usize>,
    all: AtomicUsize,
    by_client: Mutex<HashMap<IpAddr, usize>>,
    /// The second in which a refusal was last logged.
    noted: AtomicU64,
}

/// An admitted connection, until dropped.
pub(crate) struct Admitted {
    admission: Arc<Admission>,
    client: IpAddr,
}

impl Admission {
    /// At most `most` in total, as far as there are file descriptors for them, and `most_of_one` per address.
    pub(crate) fn new(most: usize, most_of_one: Option<usize>) -> Arc<Self> {
        let most = most.min(descriptors());
        let noted = AtomicU64::new(0);
        Arc::new(Self { most, most_of_one, all: AtomicUsize::new(0), by_client: Mutex::default(), noted })
    }

    /// Counts a connection from `address`, if there is room for it.
    pub(crate) fn admit(self: &Arc<Self>, address: IpAddr) -> Option<Admitted> {
        let client = network(address);
        if self.all.fetch_add(1, Ordering::Relaxed) >= self.most {
            self.all.fetch_sub(1, Ordering::Relaxed);
            self.note("too many connections", client);
            return None;
        }
        let mut by_client = self.by_client.lock().unwrap_or_else(PoisonError::into_inner);
        let count = by_client.entry(client).or_default();
        if self.most_of_one.is_some_and(|most| *count >= most) {
            drop(by_client);
            self.all.fetch_sub(1, Ordering::Relaxed);
            self.note("too many connections from one address", client);
            return None;
        }
        *count += 1;
        drop(by_client);
        Some(Admitted { admission: self.clone(), client })
    }

    /// Logs a refusal, once a second: somebody who connects too often must not fill the log as well.
    fn note(&self, problem: &str, client: IpAddr) {
        let second = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        if self.noted.swap(second, Ordering::Relaxed) != second {
            let client = json!(client.to_string());
            log::warn("connection_refused", &[("problem", json!(problem)), ("client", client)]);
        }
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        self.admission.all.fetch_sub(1, Ordering::Relaxed);
        let mut by_client = self.admission.by_client.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = by_client.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                by_client.remove(&self.client);
            }
        }
    }
}

/// The client behind an address: one client has a whole IPv6 /64.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        address @ IpAddr::V4(_) => address,
    }
}

/// Number of connections for which the process can open file descriptors, after raising its own limit as far as allowed.
fn descriptors() -> usize {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    let raised = rustix::process::Rlimit { current: limit.maximum, maximum: limit.maximum };
    if setrlimit(Resource::Nofile, raised).is_ok() {
        limit = getrlimit(Resource::Nofile);
    }
    let Some(limit) = limit.current else { return usize::MAX };
    // If there is hardly room for anything, half of it is for clients.
    usize::try_from(limit.saturating_sub(RESERVED).max(limit / 2)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_client_cannot_take_all_connections() {
        let admission = Admission::new(3, Some(2));
        let from = |address: &str| admission.admit(address.parse().unwrap());
        let first = from("2001:db8::1").unwrap();
        let _second = from("2001:db8::ffff").unwrap();
        assert!(from("2001:db8::3").is_none(), "one network is one client");
        let other = from("192.0.2.1").unwrap();
        assert!(from("192.0.2.2").is_none(), "there are no more than three");
        drop(other);
        drop(first);
        assert!(from("2001:db8::3").is_some());
    }

    #[test]
    fn an_address_of_version_4_is_itself_however_it_is_written() {
        let admission = Admission::new(9, Some(1));
        let _one = admission.admit("192.0.2.1".parse().unwrap()).unwrap();
        assert!(admission.admit("::ffff:192.0.2.1".parse().unwrap()).is_none());
        assert!(admission.admit("::ffff:192.0.2.2".parse().unwrap()).is_some());
    }
}
