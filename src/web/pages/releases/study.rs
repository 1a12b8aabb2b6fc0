//! A study in words: whom it is about, what it counts, and what may leave of it.

use tallystick_study::Study;
use tallystick_study::definition::{
    Arm, Exclusion, ExclusionEffect, IndexEvent, Kind, Offence, RecordDefinition,
};

use crate::release::desk::Plan;

/// A study as a page shows it.
#[derive(Debug)]
pub(super) struct StudyShown {
    pub(super) title: String,
    pub(super) arms: Vec<ArmShown>,
    pub(super) exclusions: Vec<(String, String)>,
    pub(super) windows: Vec<(String, String)>,
    pub(super) covariates: Vec<(String, String)>,
    pub(super) sources: Vec<SourceShown>,
    pub(super) offences: Vec<(String, String)>,
    pub(super) quasi: Vec<(String, String)>,
    pub(super) facts: Vec<(String, String)>,
}

/// An arm.
#[derive(Debug)]
pub(super) struct ArmShown {
    pub(super) name: String,
    pub(super) index: &'static str,
    pub(super) period: String,
    pub(super) rules: Vec<String>,
}

/// Records of a source, and the days that it covers.
#[derive(Debug)]
pub(super) struct SourceShown {
    pub(super) source: String,
    pub(super) kind: &'static str,
    pub(super) table: String,
    pub(super) coverage: String,
}

/// Its title; the text was read when the release was asked for.
pub(super) fn title(text: &str) -> String {
    Study::parse(text).map_or_else(|_| "Study".to_owned(), |study| study.title)
}

impl StudyShown {
    /// Reads a study; `None` if this version of the program does not take it any more.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let Plan { study, policy } = Plan::parse(text).ok()?;
        let quasi = policy.quasi.iter().map(|it| {
            let what = if it.area {
                "an area"
            } else if it.age {
                "an age"
            } else {
                "may be known from elsewhere"
            };
            (format!("{}.{}", it.table, it.column), what.to_owned())
        });
        let sensitive = policy.sensitive.iter().map(|column| {
            (
                format!("{}.{column}", policy.person_table),
                "sensitive: nobody's value may follow from a group".to_owned(),
            )
        });
        Some(Self {
            arms: study.arms.iter().map(arm).collect(),
            exclusions: study.exclusions.iter().map(exclusion).collect(),
            windows: windows(&study),
            covariates: covariates(&study),
            sources: sources(&study),
            offences: offences(&study),
            quasi: quasi.chain(sensitive).collect(),
            facts: vec![
                ("Standard".to_owned(), super::profile_words(policy.profile.as_str()).to_owned()),
                (
                    "Expert's report".to_owned(),
                    policy.expert_report.clone().unwrap_or_else(|| "none".to_owned()),
                ),
                ("Persons that must be alike (k)".to_owned(), policy.k.to_string()),
                ("Values that must differ among them (l)".to_owned(), policy.l.to_string()),
                (
                    "Persons that may be taken out".to_owned(),
                    format!("{} of 1,000", policy.suppressed_permille_max),
                ),
                (
                    "Records under 42 CFR Part 2".to_owned(),
                    if study.part2_coarse { "keep the month only" } else { "keep their day" }
                        .to_owned(),
                ),
                ("Drawn linkages".to_owned(), study.imputed_linkages.to_string()),
                ("Tables left out".to_owned(), listed(&study.leave_out, "none")),
            ],
            title: study.title,
        })
    }
}

fn listed(words: &[String], none: &str) -> String {
    if words.is_empty() { none.to_owned() } else { words.join(", ") }
}

fn arm(arm: &Arm) -> ArmShown {
    let mut rules = Vec::new();
    match arm.index {
        IndexEvent::Referral => {
            rules.push(format!("Pathways: {}", listed(&arm.pathways, "all")));
        }
        IndexEvent::Arrest => {
            let types: Vec<String> = arm.types.iter().map(|it| format!("{it:?}")).collect();
            rules.push(format!("Types of arrest: {}", listed(&types, "all for a new offence")));
            rules.push(format!("Gravest charge: {}", listed(&arm.offence_groups, "any")));
            rules.push(format!("Districts: {}", listed(&arm.districts, "all")));
        }
    }
    if arm.never_referred {
        rules.push("Nobody who was ever referred".to_owned());
    }
    ArmShown {
        name: arm.name.clone(),
        index: match arm.index {
            IndexEvent::Referral => "first referral of the period",
            IndexEvent::Arrest => "first eligible arrest of the period",
        },
        period: format!("{} to {}", arm.from, arm.to),
        rules,
    }
}

fn exclusion(rule: &Exclusion) -> (String, String) {
    let mut words = vec![match rule.effect {
        ExclusionEffect::Exclude => "Not in the study:".to_owned(),
        ExclusionEffect::Flag => format!("Marked by the column elig_{}:", rule.name),
    }];
    words.push(format!("an earlier case of {}", listed(&rule.offence_groups, "any offence")));
    if let Some(severity) = rule.convicted {
        words.push(format!("with a conviction ({severity:?})"));
    }
    if rule.open_at_index {
        words.push("open on the index day".to_owned());
    }
    if let Some(days) = rule.within_days {
        words.push(format!("within {days} days before it"));
    }
    words.push(format!("(arms: {})", listed(&rule.arms, "all")));
    (rule.name.clone(), words.join(" "))
}

fn windows(study: &Study) -> Vec<(String, String)> {
    let span = |from: i32, to: i32| format!("day {from} to day {to}");
    let windows = study.windows.iter().map(|it| (it.name.clone(), span(it.from, it.to)));
    let months = &study.months;
    let events =
        ("Events in the event tables".to_owned(), span(study.events.from, study.events.to));
    let months = (
        "Months".to_owned(),
        format!("month {} to month {}, of {} days each", months.from, months.to, months.days),
    );
    windows.chain([months, events]).collect()
}

fn covariates(study: &Study) -> Vec<(String, String)> {
    let days: Vec<String> = study.prior_days.iter().map(ToString::to_string).collect();
    let traits: Vec<String> = study.codes.keys().cloned().collect();
    vec![
        (
            "Earlier events are counted over".to_owned(),
            format!("{} days before the index day", listed(&days, "no")),
        ),
        ("Traits with codes of their own".to_owned(), listed(&traits, "none")),
    ]
}

fn sources(study: &Study) -> Vec<SourceShown> {
    let of = |record: &RecordDefinition| {
        let spans = study.coverage.iter().filter(|it| it.source == record.source);
        let spans: Vec<String> = spans.map(|it| format!("{} to {}", it.from, it.to)).collect();
        SourceShown {
            source: record.source.clone(),
            kind: kind_words(record.kind),
            table: record.table.clone(),
            coverage: listed(&spans, "first to last event of the source"),
        }
    };
    study.records.iter().map(of).collect()
}

const fn kind_words(kind: Kind) -> &'static str {
    match kind {
        Kind::Arrest => "arrests",
        Kind::DaAction => "actions of the prosecutor",
        Kind::Case => "court cases",
        Kind::Jail => "stays in jail",
        Kind::Referral => "referrals",
        Kind::Service => "encounters",
    }
}

fn offences(study: &Study) -> Vec<(String, String)> {
    let of = |it: &Offence| {
        let from = it.from.map(|day| format!(", from {day}")).unwrap_or_default();
        let to = it.to.map(|day| format!(", to {day}")).unwrap_or_default();
        (it.group.clone(), format!("{}{from}{to}", it.statutes.join(", ")))
    };
    study.offences.0.iter().map(of).collect()
}
