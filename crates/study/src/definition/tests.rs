//! Definitions that are taken and refused.

use super::*;

const SHIPPED: &str = include_str!("../../../../config/studies/lead-sf.toml");

#[test]
fn the_shipped_study_parses() {
    let study = Study::parse(SHIPPED).unwrap();
    assert_eq!(study.programme().map(|arm| arm.name.as_str()), Some("LEAD"));
    assert_eq!(study.windows.len(), 4);
}

fn refused(from: &str, to: &str) -> String {
    let text = SHIPPED.replacen(from, to, 1);
    assert_ne!(text, SHIPPED, "the shipped study has what the test replaces");
    Study::parse(&text).unwrap_err().to_string()
}

#[test]
fn mistakes_are_named_with_their_place() {
    let found = [
        refused("months = {", "monts = {"),
        refused("from = \"2017-11-01\"", "from = \"2017-11-31\""),
        refused("to = \"2019-06-30\"", "to = \"2016-06-30\""),
        refused("from = -365\nto = -1", "from = -365\nto = 1"),
        refused("name = \"PRE182\"", "name = \"PRE365\""),
        refused("prior_days = [182, 365, 730]", "prior_days = [365, 182]"),
        refused("kind = \"referral\"", "kind = \"service\""),
        refused("count = \"count_no\"", "cont = \"count_no\""),
        refused("date = \"referral_date\"", "date = \"\""),
        refused("name = \"strike_8y\"", "name = \"strike 8y\""),
    ];
    assert_eq!(
        found,
        [
            "study, line 9: unknown field `monts`, expected one of `name`, `title`, `record`, `codes`, \
             `coverage`, `arm`, `exclusion`, `window`, `prior_days`, `months`, `events`, `offences`, `part2_coarse`, `imputed_linkages`, `leave_out`, `disclosure`",
            "study, line 121: not a day like 2017-11-01",
            "study, arm LEAD: its period ends before it begins",
            "study, window PRE365: holds day 0, and the index event is no outcome",
            "study, window PRE365: is there twice",
            "study, prior_days: are not in ascending order, or out of range",
            "study, record 5, recorded: is no field of this kind of record",
            "study, record 3, cont: is no field of this kind of record",
            "study, record 5, date: is required",
            "study, exclusion: a name has 1 to 20 letters, digits, _ or -",
        ]
    );
}

#[test]
fn windows_and_priors_may_be_left_out_with_their_defaults() {
    let study = Study::parse(&SHIPPED.replacen("prior_days = [182, 365, 730]\n", "", 1)).unwrap();
    assert_eq!(study.prior_days, [182, 365, 730]);
}
