//! Any bytes, read as an export.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tallystick_agency::export::fuzz_export(data));
