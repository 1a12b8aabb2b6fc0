//! What an approver says besides yes or no: the points of the Five Safes that were weighed, and of a refusal why.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::DeskError;
use crate::audit::Event;
use crate::ids::ReleaseId;
use crate::store::{Act, StoreError};

/// A point of the Five Safes (Desai, Ritchie and Welpton 2016).
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Point {
    /// Is this use of the data permitted and fitting?
    Projects,
    /// Can the recipients be trusted to use them so?
    People,
    /// Does the way of delivery keep others out?
    Settings,
    /// Is there a risk of disclosure in the data?
    Data,
    /// Are the results free of what could be disclosed?
    Outputs,
}

impl Point {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Projects, Self::People, Self::Settings, Self::Data, Self::Outputs];

    /// The stable name, as the checklist has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Projects => "projects",
            Self::People => "people",
            Self::Settings => "settings",
            Self::Data => "data",
            Self::Outputs => "outputs",
        }
    }

    /// The one with this name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|point| point.as_str() == text)
    }

    /// Its name in the counts of the log.
    const fn counted(self) -> &'static str {
        match self {
            Self::Projects => "ticked_projects",
            Self::People => "ticked_people",
            Self::Settings => "ticked_settings",
            Self::Data => "ticked_data",
            Self::Outputs => "ticked_outputs",
        }
    }
}

/// Why an approver refuses.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Objection {
    /// The study is not what was agreed or reviewed.
    Study,
    /// A recipient should not have it.
    Recipients,
    /// What is known of single persons weighs too much.
    Risk,
    /// Groups are too small to be of use as rows.
    Cohort,
    /// The linkage is not good enough for the question.
    Linkage,
    /// It was asked for by mistake, or another takes its place.
    Unneeded,
}

impl Objection {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Study, Self::Recipients, Self::Risk, Self::Cohort, Self::Linkage, Self::Unneeded];

    /// The stable code.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Study => "study-not-agreed",
            Self::Recipients => "recipients",
            Self::Risk => "disclosure-risk",
            Self::Cohort => "cohort-small",
            Self::Linkage => "linkage-quality",
            Self::Unneeded => "not-needed",
        }
    }

    /// The one with this code.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }

    /// Its name in the counts of the log.
    const fn counted(self) -> &'static str {
        match self {
            Self::Study => "objection_study",
            Self::Recipients => "objection_recipients",
            Self::Risk => "objection_risk",
            Self::Cohort => "objection_cohort",
            Self::Linkage => "objection_linkage",
            Self::Unneeded => "objection_unneeded",
        }
    }
}

/// What an approver says besides yes or no.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Opinion {
    /// Points that were ticked.
    pub points: Vec<Point>,
    /// Why it is refused.
    pub objection: Option<Objection>,
}

impl Opinion {
    /// The entry with each of them counted.
    pub(super) fn told(&self, event: Event) -> Event {
        let event = self.points.iter().fold(event, |event, point| event.count(point.counted(), 1));
        match self.objection {
            Some(objection) => event.count(objection.counted(), 1),
            None => event,
        }
    }

    /// Enters it beside the decision.
    pub(super) fn enter(&self, act: &Act<'_>, id: ReleaseId) -> Result<(), DeskError> {
        let points: Vec<&str> = self.points.iter().map(|point| point.as_str()).collect();
        let points = serde_json::Value::from(points).to_string();
        let reason = self.objection.map(Objection::as_str);
        let sql = "INSERT INTO release_opinion (release, points, reason) VALUES (?1, ?2, ?3)";
        act.sql().execute(sql, params![id, points, reason])?;
        Ok(())
    }
}

/// What was said of a release; nothing if it was decided without a word.
///
/// # Errors
/// As the records fail.
pub fn opinion(connection: &Connection, id: ReleaseId) -> Result<Option<Opinion>, DeskError> {
    let sql = "SELECT points, reason FROM release_opinion WHERE release = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let found: Option<(String, Option<String>)> =
        statement.query_row([id], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let Some((points, reason)) = found else { return Ok(None) };
    let corrupt = |column| StoreError::Corrupt { table: "release_opinion", column };
    let points: Vec<String> = serde_json::from_str(&points).map_err(|_| corrupt("points"))?;
    let points: Option<Vec<Point>> = points.iter().map(|text| Point::parse(text)).collect();
    let objection = reason.map(|text| Objection::parse(&text).ok_or_else(|| corrupt("reason")));
    Ok(Some(Opinion {
        points: points.ok_or_else(|| corrupt("points"))?,
        objection: objection.transpose()?,
    }))
}
