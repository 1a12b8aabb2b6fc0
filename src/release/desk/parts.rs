//! Parts of a paper: sections, lists of facts, tables, diagrams.

use tallystick_chart::Markup;

/// A section with its heading.
pub(super) fn section(
    out: &mut Markup,
    (id, title): (&'static str, &'static str),
    body: impl FnOnce(&mut Markup),
) {
    out.element("section", &[("id", id)], |out| {
        out.leaf("h2", &[], title);
        body(out);
    });
    out.line();
}

/// A line for each fact.
pub(super) fn facts(out: &mut Markup, rows: &[(&str, String)]) {
    out.element("dl", &[("class", "facts")], |out| {
        for (name, value) in rows {
            out.leaf("dt", &[], name);
            out.leaf("dd", &[], value);
        }
    });
}

/// A table that scrolls by itself on narrow screens.
pub(super) fn table(out: &mut Markup, caption: &'static str, head: &[&str], rows: &[Vec<String>]) {
    let frame =
        [("class", "scroll"), ("tabindex", "0"), ("role", "region"), ("aria-label", caption)];
    out.element("div", &frame, |out| {
        out.element("table", &[], |out| {
            out.leaf("caption", &[], caption);
            out.element("thead", &[], |out| {
                out.element("tr", &[], |out| {
                    for (place, cell) in head.iter().enumerate() {
                        let class = if place == 0 { "" } else { "number-cell" };
                        out.leaf("th", &[("scope", "col"), ("class", class)], cell);
                    }
                });
            });
            out.element("tbody", &[], |out| {
                for row in rows {
                    out.element("tr", &[], |out| {
                        for (place, cell) in row.iter().enumerate() {
                            match place {
                                0 => out.leaf("th", &[("scope", "row")], cell),
                                _ => out.leaf("td", &[("class", "number-cell")], cell),
                            }
                        }
                    });
                }
            });
        });
    });
}

/// Boxes below each other with arrows between; the table says the same.
pub(super) fn diagram(out: &mut Markup, arm: &str, boxes: &[String]) {
    const WIDTH: usize = 520;
    const HEIGHT: usize = 34;
    const STEP: usize = 52;
    let height = (boxes.len() * STEP).to_string();
    let label = format!("Flow of arm {arm}");
    let view = format!("0 0 {WIDTH} {height}");
    let frame = [
        ("class", "steps"),
        ("role", "img"),
        ("aria-label", label.as_str()),
        ("viewBox", view.as_str()),
    ];
    out.leaf("h3", &[], &format!("Arm {arm}"));
    out.element("svg", &frame, |out| {
        for (place, text) in boxes.iter().enumerate() {
            let top = place * STEP;
            let (y, middle) = ((top + 1).to_string(), (top + HEIGHT / 2 + 5).to_string());
            let (width, box_height) = ((WIDTH - 2).to_string(), HEIGHT.to_string());
            let shape = [
                ("x", "1"),
                ("y", y.as_str()),
                ("width", width.as_str()),
                ("height", box_height.as_str()),
            ];
            let style = [("rx", "4"), ("fill", "none"), ("stroke", "currentColor")];
            out.empty("rect", &[shape.as_slice(), style.as_slice()].concat());
            let at = [
                ("x", "12"),
                ("y", middle.as_str()),
                ("font-size", "14"),
                ("fill", "currentColor"),
            ];
            out.leaf("text", &at, text);
            if place + 1 < boxes.len() {
                let (from, to) = (top + HEIGHT + 1, top + STEP + 1);
                let path = format!("M26 {from}V{to}m-4 -6l4 6l4 -6");
                out.empty(
                    "path",
                    &[("d", path.as_str()), ("fill", "none"), ("stroke", "currentColor")],
                );
            }
        }
    });
}
