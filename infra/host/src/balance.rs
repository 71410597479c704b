//! Distributes connections over the cores. The kernel does so at random, which now and then leaves one core with two thirds of
//! them. So a connection is moved once, when it is accepted, and never again.

use std::{
    net::{SocketAddr, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::sync::mpsc;

use crate::admission::Admitted;

/// A connection on its way to another core, counted as that core's.
pub(crate) struct HandedOver {
    pub(crate) stream: TcpStream,
    pub(crate) peer: SocketAddr,
    pub(crate) counted: Counted,
    pub(crate) admitted: Admitted,
}

/// Number of connections per core.
pub(crate) struct Balance {
    cores: Vec<Load>,
}

struct Load {
    connections: AtomicUsize,
    hand_over: mpsc::UnboundedSender<HandedOver>,
}

/// A connection, counted until dropped.
pub(crate) struct Counted {
    balance: Arc<Balance>,
    core: usize,
}

impl Balance {
    /// For `cores` cores; returns also, for each of them, the receiver for connections that are handed over.
    pub(crate) fn new(cores: usize) -> (Arc<Self>, Vec<mpsc::UnboundedReceiver<HandedOver>>) {
        let (senders, receivers): (Vec<_>, _) = (0..cores).map(|_| mpsc::unbounded_channel()).unzip();
        let load = |hand_over| Load { connections: AtomicUsize::new(0), hand_over };
        (Arc::new(Self { cores: senders.into_iter().map(load).collect() }), receivers)
    }

    /// The core for a connection accepted by `own`: `own`, unless another has fewer.
    pub(crate) fn choose(&self, own: usize) -> usize {
        let connections =
            |core: usize| self.cores.get(core).map(|load| load.connections.load(Ordering::Relaxed));
        let least = (0..self.cores.len()).min_by_key(|core| connections(*core)).unwrap_or(own);
        if connections(least) < connections(own) { least } else { own }
    }

    /// Counts a connection of `core`.
    pub(crate) fn count(self: &Arc<Self>, core: usize) -> Counted {
        if let Some(load) = self.cores.get(core) {
            load.connections.fetch_add(1, Ordering::Relaxed);
        }
        Counted { balance: self.clone(), core }
    }

    /// Sends a connection to `core`; returns it if that core is gone.
    pub(crate) fn hand_over(&self, core: usize, connection: HandedOver) -> Result<(), HandedOver> {
        match self.cores.get(core) {
            Some(load) => load.hand_over.send(connection).map_err(|refused| refused.0),
            None => Err(connection),
        }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        if let Some(load) = self.balance.cores.get(self.core) {
            load.connections.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_go_where_there_are_fewest() {
        let (balance, _receivers) = Balance::new(2);
        assert_eq!(balance.choose(1), 1);
        let one = balance.count(1);
        assert_eq!(balance.choose(1), 0);
        assert_eq!(balance.choose(0), 0);
        drop(one);
        assert_eq!(balance.choose(1), 1);
    }
}
