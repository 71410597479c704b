//! Fuzzes [`fundrail_fuzz::manifest`].
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fundrail_fuzz::manifest(input));
