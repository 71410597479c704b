//! Bindings for Spin's interfaces, generated at build time from the WIT of the published `spin-sdk` crate.

#![allow(missing_docs, unreachable_pub, clippy::all, clippy::pedantic, clippy::indexing_slicing, unsafe_code)]

include!(concat!(env!("OUT_DIR"), "/bindings.rs"));
