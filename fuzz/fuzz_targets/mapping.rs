//! Any bytes as a mapping: no panic, and no error that quotes the file.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tallystick_encoder::mapping::fuzz_mapping(bytes));
