//! Which rule asks which question of an audit, and where it belongs; from the list of questions in the design.

/// A question's place: heading, and the rule that asks it.
pub(super) struct Asked {
    pub(super) group: &'static str,
    pub(super) law: &'static str,
}

/// Headings in the order in which they are shown.
pub(super) const GROUPS: [&str; 6] = [
    "Is the log whole, and are the people right?",
    "What came in, and under which agreements?",
    "How was it linked?",
    "What went out, and to whom?",
    "Rights of the persons",
    "How long is it kept?",
];

/// Why a question is asked.
pub(super) fn of(code: &str) -> Asked {
    let (group, law) = match code {
        "A1" => (
            1,
            "28 CFR 22.24: data move under an agreement only; 11 CCR 707: who sent what, and when.",
        ),
        "A2" => (
            1,
            "28 CFR Part 22 and Common Rule 45 CFR 46: what was linked is what was agreed and reviewed.",
        ),
        "A3" => (1, "GUILD item 1d: what was left out of a source, and why."),
        "A4" => (
            1,
            "AISP's three tiers (MOU, DSA, DUL) and the review board's decision, in force at that moment; 28 CFR 22.24.",
        ),
        "A5" => (1, "42 CFR 2.31 (consent), 2.52 (research), 2.53 (audit and evaluation)."),
        "A6" => (2, "GUILD items 2a and 2b; RECORD 12.3: how records were linked."),
        "A7" => (0, "CJIS Security Policy 5.4; 28 CFR 22.21: need to know."),
        "A8" => (2, "GUILD step 2; RECORD 22.1: the same input gives the same result."),
        "A9" => (2, "GUILD item 2c; RECORD 6.3: numbers at each stage of linkage."),
        "A10" => (2, "GUILD item 2d: false and missed matches, also by group."),
        "A11" => (2, "GUILD item 2b: clerical review."),
        "A12" => (2, "Good practice in data linkage: recipients are told of what changed."),
        "A13" => (
            3,
            "11 CCR 707: the information that was given; 45 CFR 164.514: what identifies is left out.",
        ),
        "A14" => (
            3,
            "45 CFR 164.514(b)(1), (b)(2) and (e): expert determination, Safe Harbor, limited data set.",
        ),
        "A15" => (3, "Separation of duties: whoever prepares a release does not approve it."),
        "A16" => {
            (3, "11 CCR 707: date, recipient and way of transmission; CJIS Security Policy 5.4.")
        }
        "A17" => (0, "42 CFR 2.52: nothing that identifies a patient goes to law enforcement."),
        "A18" => (3, "42 CFR 2.32: the notice against redisclosure goes with each disclosure."),
        "A19" => (4, "42 CFR 2.25: accounting of disclosures, asked for through the program."),
        "A20" => {
            (4, "PC 851.87, 851.91 to 851.93, 1203.425: records that were sealed after they came.")
        }
        "A21" => (
            5,
            "42 CFR 2.52: linked data are destroyed after delivery; 28 CFR 22.25: final disposition.",
        ),
        "A22" => (0, "CJIS Security Policy 5.4: the log is reviewed every week."),
        "A23" => (
            0,
            "CJIS Security Policy 5.4: the log is protected from change, and change is detected.",
        ),
        "A24" => (
            0,
            "CJIS Security Policy 5.4: accounts are ended within a day; 28 CFR Part 22: staff sign and are trained.",
        ),
        "A25" => (3, "11 CCR 707: the record of each release is kept for three years."),
        _ => (
            5,
            "28 CFR 22.25 and the agreements themselves: nothing is held beyond the day they set.",
        ),
    };
    Asked { group: GROUPS[group], law }
}
