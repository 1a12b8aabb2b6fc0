//! Every kind of chart: well-formed, within its frame, with name, description, table and a tip for each row.

mod samples;

use tallystick_chart::{Content, Markup, Width, inspect};

const WIDTHS: [Width; 2] = [Width::Wide, Width::Narrow];

#[test]
fn charts_keep_their_shape() {
    for (name, figure) in samples::all() {
        insta::assert_snapshot!(format!("{name}_wide"), figure.svg(Width::Wide).unwrap());
        insta::assert_snapshot!(format!("{name}_narrow"), figure.svg(Width::Narrow).unwrap());
    }
}

#[test]
fn charts_are_well_formed_and_within_their_frame() {
    for (name, figure) in samples::all().into_iter().chain(samples::odd()) {
        for width in WIDTHS {
            let Some(svg) = figure.svg(width) else { continue };
            inspect::drawing(&svg).unwrap_or_else(|wrong| panic!("{name} {width:?}: {wrong}"));
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{name}: {svg}");
        }
        let mut out = Markup::default();
        figure.write(&mut out, Some(1));
        inspect::well_formed(&out.finish()).unwrap_or_else(|wrong| panic!("{name}: {wrong}"));
    }
}

#[test]
fn each_row_of_a_table_is_drawn_and_described() {
    for (name, figure) in samples::all() {
        assert!(figure.description.len() > 30, "{name}: {}", figure.description);
        for row in &figure.table.rows {
            assert_eq!(row.len(), figure.table.columns.len(), "{name}");
        }
        for width in WIDTHS {
            let drawn = figure.svg(width).unwrap().matches("<g class=\"row\"><title>").count();
            assert_eq!(drawn, figure.table.rows.len(), "{name}");
        }
    }
}

#[test]
fn what_is_not_there_is_said_in_words() {
    let odd = samples::odd();
    let why = |wanted: &str| {
        let (_, figure) = odd.iter().find(|(name, _)| *name == wanted).unwrap();
        let Content::Empty(why) = &figure.content else { panic!("{wanted} is drawn") };
        why.to_string()
    };
    for name in ["no bins", "no row", "no line", "nobody"] {
        assert!(why(name).starts_with("There is n"), "{name}");
    }
}
