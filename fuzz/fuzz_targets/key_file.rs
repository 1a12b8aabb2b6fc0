//! Any bytes as a key file, for both holders: no panic.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tallystick_keyfile::fuzz_keyfile(bytes));
