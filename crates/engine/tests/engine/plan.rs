//! The SQL as text.

use tallystick_engine::{Plan, PlanJoin, PlanPass, PlanSource, scripts};
use tallystick_linkage::compare::Thresholds;
use tallystick_wire::{FieldSet, LevelCounts};

/// Two sources and two passes: one with a fixed date between both, one within a source.
fn plan() -> Plan {
    let source = |label: &str, first_record, records| PlanSource {
        label: label.into(),
        profile: "standard".into(),
        digest: "00".repeat(32),
        first_record,
        records,
        left_out: 0,
        fields: FieldSet(0b1111),
        levels: LevelCounts::default(),
        without_duplicates: label == "jail",
    };
    let across = |fixed| PlanJoin { first: 0, second: 1, group: 1, fixed: FieldSet(fixed) };
    let pass = |number, name: &str, fields, joins| PlanPass {
        number,
        name: name.into(),
        block_rows_max: 400,
        fields: FieldSet(fields),
        rows: vec![3, 4],
        joins,
    };
    let within = PlanJoin { first: 0, second: 0, group: 0, fixed: FieldSet(0) };
    Plan {
        version: 1,
        program: "tallystick 0".into(),
        config_hash: "00".repeat(32),
        audit: "a test".into(),
        left_out_hash: "00".repeat(32),
        connect_mbit: 0,
        thresholds_permille: Thresholds::default(),
        attributes: Vec::new(),
        sources: vec![source("court", 0, 3), source("jail", 3, 4)],
        passes: vec![
            pass(0, "dob+f1", 0b0111, vec![across(0b1000)]),
            pass(13, "local-id", 0b1_0000_0000_0000, vec![within]),
        ],
    }
}

#[test]
fn the_scripts_are_as_they_were() {
    let text: String =
        scripts(&plan()).iter().map(|script| format!("== {}\n{script}", script.name)).collect();
    insta::assert_snapshot!(text);
}

#[test]
fn a_plan_is_read_as_it_was_written() {
    let text = serde_json::to_string(&plan()).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), plan());
    let more = text.replacen('{', "{\"more\":1,", 1);
    assert!(serde_json::from_str::<Plan>(&more).is_err());
}
