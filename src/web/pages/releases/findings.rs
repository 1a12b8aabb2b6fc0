//! Codes of the disclosure check in words: what a finding means and what to ask; what a refusal is and what to change.

/// What a finding means, and what its reader asks.
pub(super) fn finding_words(code: &str) -> (&'static str, &'static str) {
    match code {
        "sequence-unique" => (
            "Persons whose sequence of tables, types and days nobody else has",
            "Who else knows days of arrests? Would longer periods do?",
        ),
        "sequence-unique-in-class" => (
            "The same among persons who are alike otherwise: what k does not protect",
            "Who else knows days of arrests? Would longer periods do?",
        ),
        "attribute-alike" => (
            "Persons in groups where everybody has one value of a sensitive column",
            "Should the column be declared as sensitive?",
        ),
        "attribute-skewed" => {
            ("Persons in groups where nearly everybody has one value of a sensitive column", "")
        }
        "cohort-small" => (
            "Few persons have one value of a sensitive column",
            "Do the outcomes of so few need rows?",
        ),
        "area-unprotected" | "date-unprotected" => {
            ("Areas or calendar dates that are not among what others may know", "Why are they not?")
        }
        "summary-partial" => ("Only the first rows of persons are protected", ""),
        "column-lost" => {
            ("A column is gone for everybody", "Is there a level in between that would do?")
        }
        "k-below-default" => ("Groups may be smaller than 11 persons", "Who agreed to this?"),
        "l-not-demanded" => ("That somebody is in the data may show", ""),
        "not-deidentified" => {
            ("A limited data set, which needs a data use agreement", "Is it in the licence?")
        }
        "differencing" => ("Differs from an earlier release by few persons", "Who holds that one?"),
        "persons-suppressed" => ("Persons whose traits were taken out", ""),
        "rare-merged" => ("Rare categories were put together", ""),
        "table-without-persons" => ("A table that is about nobody", ""),
        _ => ("See the handbook", ""),
    }
}

/// A reason of the disclosure check in words; empty where the reason says it itself.
pub(super) fn refusal_words(code: &str) -> &'static str {
    match code {
        "policy-invalid" => "The disclosure policy contradicts itself",
        "policy-column-invalid" => "The disclosure policy asks of a column what it cannot be",
        "table-missing" => "The policy names a table that the study does not make",
        "column-missing" => "The policy names a column that the table does not have",
        "table-undeclared" => "A table would leave that the policy does not name",
        "days-undeclared" => "A column of days is not declared",
        "quasi-undeclared" => "A column that others may know of a person is not declared",
        "identifier-undeclared" => "A column looks like an identifier",
        "free-text" => "A column looks like free text",
        "numbers-unique" => "A column has numbers that nearly nobody shares",
        "dates-too-fine" => "Days are finer than the standard permits",
        "ages-too-fine" => "Ages are finer than the standard permits",
        "area-too-fine" => "Areas are smaller than the standard permits",
        "name-undeclared" => "A column is named like an age or an area and is declared as neither",
        "person-unknown" => "A row is about a person who is not in the table of persons",
        "level-unfit" => "A level does not fit the column's values",
        "levels-not-nested" => "A coarser level does not hold the finer one",
        "lattice-too-large" => "There are too many combinations of levels",
        "too-few-persons" => "There are too few persons to leave as rows",
        "too-many-suppressed" => "Too many persons would have to be taken out",
        "k-not-met" => "Groups of persons who are alike are too small",
        "l-not-met" => "Groups of persons have too few different sensitive values",
        "table-broken" => "A table is broken, by a fault of the program",
        _ => "",
    }
}

/// A point of the Five Safes: its heading, the question, and what only a person can answer.
pub(super) fn safe_words(safe: &str) -> (&'static str, &'static str, &'static str) {
    match safe {
        "projects" => (
            "Safe projects",
            "Is this use of the data permitted and fitting?",
            "The study is what the review board approved and the agencies agreed to.",
        ),
        "people" => (
            "Safe people",
            "Can the recipients be trusted to use the data so?",
            "Each recipient is who the licence means, and is trained.",
        ),
        "settings" => (
            "Safe settings",
            "Does the way of delivery keep everybody else out?",
            "The recipients keep and use the file as the licence says.",
        ),
        "data" => (
            "Safe data",
            "Could somebody be recognised in the data?",
            "What was made coarser is enough for this use; the expert's report covers it.",
        ),
        _ => (
            "Safe outputs",
            "Could this release, beside others, show somebody?",
            "Each severe finding is acceptable, and the reason is written down.",
        ),
    }
}
