//! Fuzzes [`fundrail_fuzz::webhook_body`].
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fundrail_fuzz::webhook_body(input));
