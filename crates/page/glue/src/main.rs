//! Takes a compiled module and a directory, gives the module for browsers and its JavaScript there.

use std::path::PathBuf;
use std::process::ExitCode;

use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    let paths: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [module, out] = paths.as_slice() else {
        eprintln!("usage: tallystick-page-glue MODULE DIR");
        return ExitCode::from(2);
    };
    let mut bindgen = Bindgen::new();
    let result = bindgen
        .input_path(module)
        .out_name("tallystick_page")
        .typescript(true)
        .remove_name_section(true)
        .remove_producers_section(true)
        .web(true)
        .and_then(|bindgen| bindgen.generate(out));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
