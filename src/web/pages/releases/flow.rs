//! The flow of persons as a drawing: boxes below each other, with arrows between. Counts are those of the report, where
//! small ones and those from which one would follow are left out; a table beside it says the same.

use tallystick_chart::Markup;

use super::report::Step;
use crate::web::pages::shown::grouped;

const WIDTH: usize = 340;
/// Characters of a line in a box.
const LINE: usize = 42;
/// Height of a line, of a box without its lines, and of an arrow.
const LINE_HEIGHT: usize = 18;
const BOX_HEIGHT: usize = 34;
const ARROW: usize = 22;

/// The flow of one arm.
#[derive(Debug)]
pub(super) struct FlowShown {
    pub(super) arm: String,
    /// Markup of ours; its texts are escaped.
    pub(super) svg: String,
    /// Step and count.
    pub(super) rows: Vec<(String, String)>,
}

/// A count, or that it is not shown.
pub(super) fn persons(count: Option<u64>) -> String {
    count.map_or_else(|| "not shown".to_owned(), grouped)
}

/// The flow by arm, in the order in which arms stand; each begins with all who were linked.
pub(super) fn flows(steps: &[Step]) -> Vec<FlowShown> {
    let mut arms: Vec<&str> = Vec::new();
    for arm in steps.iter().filter_map(|step| step.arm.as_deref()) {
        if !arms.contains(&arm) {
            arms.push(arm);
        }
    }
    let of_all = || steps.iter().filter(|step| step.arm.is_none());
    let shown = arms.iter().enumerate().map(|(place, arm)| {
        let first = of_all().take(if place == 0 { usize::MAX } else { 1 });
        let own = steps.iter().filter(|step| step.arm.as_deref() == Some(arm));
        let rows: Vec<(String, String)> =
            first.chain(own).map(|step| (step.label.clone(), persons(step.persons))).collect();
        FlowShown { arm: (*arm).to_owned(), svg: draw(arm, &rows), rows }
    });
    shown.collect()
}

/// Words in lines of a box's width.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is a first line");
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > LINE {
            lines.push(word.to_owned());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

fn draw(arm: &str, rows: &[(String, String)]) -> String {
    let boxes: Vec<(Vec<String>, &str)> =
        rows.iter().map(|(label, count)| (wrapped(label), count.as_str())).collect();
    let height_of = |lines: &[String]| BOX_HEIGHT + LINE_HEIGHT * lines.len();
    let height: usize = boxes.iter().map(|(lines, _)| height_of(lines) + ARROW).sum();
    let view = format!("0 0 {WIDTH} {}", height.saturating_sub(ARROW).max(1) + 2);
    let label = format!("Flow of persons, arm {arm}; the table below says the same");
    let mut out = Markup::default();
    let frame = [("viewBox", view.as_str()), ("role", "img"), ("aria-label", label.as_str())];
    out.element("svg", &frame, |out| {
        let mut y = 1;
        for (place, (lines, count)) in boxes.iter().enumerate() {
            if place > 0 {
                let (middle, tip) = (WIDTH / 2, y - 2);
                let path = format!("M{middle} {}V{tip}m-4 -6l4 6l4 -6", y - ARROW);
                out.empty("path", &[("d", path.as_str()), ("class", "arrow")]);
            }
            one_box(out, y, height_of(lines), lines, count);
            y += height_of(lines) + ARROW;
        }
    });
    out.finish()
}

fn one_box(out: &mut Markup, y: usize, height: usize, lines: &[String], count: &str) {
    let (top, tall, wide) = (y.to_string(), height.to_string(), (WIDTH - 2).to_string());
    let shape = [("x", "1"), ("y", top.as_str()), ("width", wide.as_str())];
    out.empty(
        "rect",
        &[&shape[..], &[("height", tall.as_str()), ("rx", "6"), ("class", "box")]].concat(),
    );
    for (place, line) in lines.iter().enumerate() {
        let at = (y + 20 + place * LINE_HEIGHT).to_string();
        out.leaf("text", &[("x", "14"), ("y", at.as_str()), ("class", "step")], line);
    }
    let at = (y + height - 11).to_string();
    out.leaf("text", &[("x", "14"), ("y", at.as_str()), ("class", "count")], count);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_arm_begins_with_all_and_small_counts_are_not_drawn() {
        let step = |arm: Option<&str>, label: &str, persons| Step {
            arm: arm.map(ToOwned::to_owned),
            label: label.to_owned(),
            persons,
        };
        let steps = [
            step(None, "linked", Some(2_345)),
            step(Some("A"), "<script> & of a label that is longer than one line of a box", None),
            step(Some("B"), "in the study", Some(40)),
        ];
        let flows = flows(&steps);
        let arms: Vec<&str> = flows.iter().map(|flow| flow.arm.as_str()).collect();
        assert_eq!(arms, ["A", "B"]);
        assert!(flows.iter().all(|flow| flow.rows[0].1 == "2,345"));
        assert_eq!(flows[0].rows[1].1, "not shown");
        assert!(!flows[0].svg.contains("<script>") && flows[0].svg.contains("&lt;script&gt;"));
        assert_eq!(wrapped("").len(), 1);
        assert!(wrapped(&"word ".repeat(30)).iter().all(|line| line.chars().count() <= LINE));
    }
}
