//! Fuzzes [`fundrail_fuzz::event_log`].
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fundrail_fuzz::event_log(input));
