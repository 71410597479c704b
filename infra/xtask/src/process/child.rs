//! `xtask child`: what a service is started through. It gives up root if asked to, ties the service's life to ours, and then
//! becomes the service. All of this with safe calls in a process of its own, where `pre_exec` would be unsafe.

use std::{ffi::OsString, os::unix::process::CommandExt as _, process::Command};

use anyhow::{Context as _, anyhow};
use rustix::{
    process::{Pid, Signal, getppid, set_parent_process_death_signal},
    thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid},
};

/// The arguments of `xtask child`.
#[derive(Debug, clap::Args)]
pub(crate) struct Child {
    /// The process that must be our parent; if it is not, it died before we could watch it.
    #[arg(long)]
    pub parent: i32,
    /// User id to run as.
    #[arg(long, requires = "gid")]
    pub uid: Option<u32>,
    /// Group id to run as.
    #[arg(long)]
    pub gid: Option<u32>,
    /// Number of the signal that the kernel sends when the parent dies.
    #[arg(long)]
    pub death_signal: i32,
    /// The program and its arguments.
    #[arg(last = true, required = true)]
    pub command: Vec<OsString>,
}

/// Becomes the program. Returns only with the reason why it could not.
pub(crate) fn exec(child: &Child) -> anyhow::Error {
    match prepare(child) {
        Ok(mut command) => {
            let error = command.exec();
            anyhow!("cannot run {}: {error}", command.get_program().display())
        }
        Err(error) => error,
    }
}

fn prepare(child: &Child) -> anyhow::Result<Command> {
    let (program, arguments) = child.command.split_first().context("no program given")?;
    if let (Some(uid), Some(gid)) = (child.uid, child.gid) {
        let (uid, gid) = (rustix::process::Uid::from_raw(uid), rustix::process::Gid::from_raw(gid));
        // For the calling thread only, which is the only one here. Groups first: without root they cannot be dropped.
        set_thread_groups(&[gid]).context("cannot drop root's groups")?;
        set_thread_res_gid(gid, gid, gid).context("cannot change the group")?;
        set_thread_res_uid(uid, uid, uid).context("cannot change the user")?;
    }
    // After the change of user, which would clear it; `exec` keeps it.
    let signal = Signal::from_named_raw(child.death_signal).context("no such signal")?;
    set_parent_process_death_signal(Some(signal)).context("cannot ask for the parent-death signal")?;
    if getppid() != Pid::from_raw(child.parent) {
        return Err(anyhow!("the process that started this one is gone"));
    }
    let mut command = Command::new(program);
    command.args(arguments);
    Ok(command)
}
