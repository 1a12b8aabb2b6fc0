//! Any bytes, read as a submission and as its content.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tallystick_wire::fuzz_container(bytes));
