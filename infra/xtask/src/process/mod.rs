//! Other programs: run to their end ([`Run`]), or kept running until dropped ([`Daemon`]).

pub(crate) mod child;
mod daemon;
mod identity;
mod run;

pub(crate) use daemon::{Daemon, DaemonSpec};
pub(crate) use identity::Identity;
pub(crate) use run::{Run, find_program};
