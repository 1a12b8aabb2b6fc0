//! Takes counts step by step, gives boxes with arrows and what left the flow on the way (after the
//! flow diagram RECORD asks for in item 6.3; Benchimol et al. 2015, doi:10.1371/journal.pmed.1001885).

use crate::canvas::{
    Drawing, SMALL, TEXT, Width, fitted, line, px, rectangle, row_group, text, wrapped,
};
use crate::markup::Markup;
use crate::numbers;

/// Height of a line of text.
const LINE: f64 = 17.0;
/// Length of an arrow with nothing beside it.
const ARROW: f64 = 26.0;

/// The flow.
#[derive(Clone, Debug)]
pub struct FlowChart {
    /// Steps from above.
    pub steps: Vec<FlowBox>,
}

/// One step.
#[derive(Clone, Debug)]
pub struct FlowBox {
    /// What is counted.
    pub name: String,
    /// How many.
    pub count: u64,
    /// By source.
    pub by_source: Vec<(String, u64)>,
    /// What left since the step before.
    pub left_out: Vec<(String, u64)>,
}

/// Where things stand for one width.
struct Layout {
    /// Right end of the boxes.
    box_right: f64,
    /// Where lists begin: beside the box, or inside it.
    list_left: f64,
    list_right: f64,
    /// Columns of the list by source.
    list_columns: usize,
    /// Whether lists stand beside the boxes.
    beside: bool,
    /// Left end of what was left out.
    out_left: f64,
    /// Where the arrows run.
    arrow_x: f64,
}

impl Layout {
    fn of(width: Width) -> Self {
        match width {
            Width::Wide => Self {
                box_right: 330.0,
                list_left: 362.0,
                list_right: 860.0,
                list_columns: 2,
                beside: true,
                out_left: 362.0,
                arrow_x: 165.0,
            },
            Width::Narrow => Self {
                box_right: 339.0,
                list_left: 14.0,
                list_right: 326.0,
                list_columns: 1,
                beside: false,
                out_left: 64.0,
                arrow_x: 30.0,
            },
        }
    }
}

impl Drawing for FlowChart {
    fn draw(&self, ink: &mut Markup, width: Width, tips: &[String]) -> f64 {
        let layout = Layout::of(width);
        let mut y = 1.0;
        for (index, step) in self.steps.iter().enumerate() {
            row_group(ink, tips.get(index), |ink| {
                if index > 0 {
                    y = Self::draw_arrow(ink, &layout, step, y);
                }
                y = Self::draw_box(ink, &layout, step, y);
            });
        }
        y + 2.0
    }
}

impl FlowChart {
    /// The box of a step; gives its lower end.
    fn draw_box(ink: &mut Markup, layout: &Layout, step: &FlowBox, top: f64) -> f64 {
        let names = wrapped(&step.name, TEXT, layout.box_right - 28.0);
        let head = 44.0 + LINE * names.len() as f64;
        let list_lines = step.by_source.len().div_ceil(layout.list_columns) as f64;
        let list = list_lines * LINE;
        let height = if layout.beside {
            head.max(list + 14.0)
        } else {
            head + if list > 0.0 { list + 4.0 } else { 0.0 }
        };
        rectangle(ink, "box", (1.0, top), (layout.box_right - 1.0, height));
        let offset = if layout.beside { (height - head) / 2.0 } else { 0.0 };
        let count = numbers::count(step.count);
        text(ink, "count", 14.0, top + offset + 31.0, &count);
        for (index, name) in names.iter().enumerate() {
            text(ink, "t", 14.0, top + offset + 51.0 + LINE * index as f64, name);
        }
        let list_top = if layout.beside { top + (height - list) / 2.0 } else { top + head - 2.0 };
        if layout.beside && list > 0.0 {
            let x = layout.list_left - 14.0;
            line(ink, "grid", (x, list_top), (x, list_top + list));
        }
        Self::draw_sources(ink, layout, &step.by_source, list_top);
        top + height
    }

    fn draw_sources(ink: &mut Markup, layout: &Layout, sources: &[(String, u64)], top: f64) {
        let lines = sources.len().div_ceil(layout.list_columns).max(1);
        let gap = 34.0;
        let columns = layout.list_columns as f64;
        let wide = (layout.list_right - layout.list_left - gap * (columns - 1.0)) / columns;
        for (index, (source, count)) in sources.iter().enumerate() {
            let left = layout.list_left + (wide + gap) * (index / lines) as f64;
            let y = top + LINE * (index % lines) as f64 + 13.0;
            text(ink, "s", left, y, &fitted(source, SMALL, wide - 90.0));
            text(ink, "s end value", left + wide, y, &numbers::count(*count));
        }
    }

    /// The arrow to a step, with what was left out beside it; gives the arrow's point.
    fn draw_arrow(ink: &mut Markup, layout: &Layout, step: &FlowBox, top: f64) -> f64 {
        let room = layout.list_right - layout.out_left - 24.0;
        let lines: Vec<String> = step
            .left_out
            .iter()
            .flat_map(|(reason, count)| {
                wrapped(&format!("{} {reason}", numbers::count(*count)), SMALL, room)
            })
            .collect();
        let height = lines.len() as f64 * LINE + 14.0;
        let length = if lines.is_empty() { ARROW } else { height + 24.0 };
        let (x, bottom) = (layout.arrow_x, top + length);
        line(ink, "arrow", (x, top), (x, bottom - 6.0));
        arrow_head(ink, &[(x, bottom), (x - 5.0, bottom - 9.0), (x + 5.0, bottom - 9.0)]);
        if !lines.is_empty() {
            let y = top + 12.0;
            let middle = top + length / 2.0;
            let tip = layout.out_left - 1.0;
            line(ink, "arrow", (x, middle), (tip - 6.0, middle));
            arrow_head(ink, &[(tip, middle), (tip - 9.0, middle - 5.0), (tip - 9.0, middle + 5.0)]);
            let size = (layout.list_right - layout.out_left, height);
            rectangle(ink, "box out", (layout.out_left, y), size);
            for (index, content) in lines.iter().enumerate() {
                let y = y + 7.0 + LINE * index as f64 + 13.0;
                text(ink, "s", layout.out_left + 12.0, y, content);
            }
        }
        bottom
    }
}

fn arrow_head(ink: &mut Markup, corners: &[(f64, f64); 3]) {
    let points: Vec<String> =
        corners.iter().map(|(x, y)| format!("{},{}", px(*x), px(*y))).collect();
    ink.empty("polygon", &[("class", "arrow-head"), ("points", &points.join(" "))]);
}
