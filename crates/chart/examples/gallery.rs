//! Every kind of chart with invented numbers, as one page: `cargo run -p tallystick-chart --example gallery > gallery.html`.

#[path = "../tests/samples/mod.rs"]
#[allow(dead_code, reason = "the tests need more of it")]
mod samples;

use std::io::Write as _;

use tallystick_chart::{Markup, theme};

fn main() -> std::io::Result<()> {
    let mut out = Markup::default();
    out.raw("<!DOCTYPE html>\n");
    out.element("html", &[("lang", "en")], |out| {
        out.element("head", &[], |out| {
            out.empty("meta", &[("charset", "utf-8")]);
            let viewport = "width=device-width, initial-scale=1";
            out.empty("meta", &[("name", "viewport"), ("content", viewport)]);
            out.leaf("title", &[], "Charts");
            out.element("style", &[], |out| out.raw(&theme::style_sheet()));
        });
        out.element("body", &[], |out| {
            out.element("header", &[("class", "page")], |out| out.leaf("h1", &[], "Charts"));
            out.element("div", &[("class", "layout")], |out| {
                out.leaf("nav", &[("aria-label", "Contents")], "");
                out.element("main", &[], |out| {
                    for (index, (_, figure)) in samples::all().iter().enumerate() {
                        figure.write(out, Some(index + 1));
                    }
                });
            });
        });
    });
    std::io::stdout().write_all(out.finish().as_bytes())
}
