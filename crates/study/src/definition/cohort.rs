//! Arms and exclusions.

use serde::Deserialize;

use super::Day;
use crate::content::{ArrestKind, Severity};

/// What makes a person's index day.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum IndexEvent {
    /// The first referral of the period.
    Referral,
    /// The first eligible arrest of the period.
    Arrest,
}

/// One arm of the study.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arm {
    /// Name, such as `LEAD`.
    pub name: String,
    /// What makes the index day.
    pub index: IndexEvent,
    /// First day that can be an index day.
    pub from: Day,
    /// Last day that can be one.
    pub to: Day,
    /// Referrals of these pathways only; all if empty.
    #[serde(default)]
    pub pathways: Vec<String>,
    /// Arrests of these types only; all but warrants, holds and diversions if empty.
    #[serde(default)]
    pub types: Vec<ArrestKind>,
    /// Arrests whose top charge is of these groups only; all if empty.
    #[serde(default)]
    pub offence_groups: Vec<String>,
    /// Arrests in these districts only; all if empty.
    #[serde(default)]
    pub districts: Vec<String>,
    /// Whoever was ever referred is not in this arm.
    #[serde(default)]
    pub never_referred: bool,
}

/// What a rule does with those it is about.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum ExclusionEffect {
    /// They are not in the study.
    Exclude,
    /// They are, with a flag.
    Flag,
}

/// A rule about what a person's earlier records hold.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exclusion {
    /// Name: the flag's column is `elig_` and this.
    pub name: String,
    /// What the rule does.
    pub effect: ExclusionEffect,
    /// Arms it is about; all if empty.
    #[serde(default)]
    pub arms: Vec<String>,
    /// Cases with a count of these groups; all if empty.
    #[serde(default)]
    pub offence_groups: Vec<String>,
    /// Cases convicted, at this severity.
    #[serde(default)]
    pub convicted: Option<Severity>,
    /// Cases filed before the index day and without a disposition on it.
    #[serde(default)]
    pub open_at_index: bool,
    /// Filed, or where `convicted` is set disposed, at most so many days before the index day.
    #[serde(default)]
    pub within_days: Option<i32>,
}
