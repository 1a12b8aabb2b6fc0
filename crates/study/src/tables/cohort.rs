//! Who is in the study, in which arm, and since when.

use super::FlowStep;
use crate::content::{Arrest, ArrestKind, Case, Content, Count, NO_DAY, NO_WORD, Severity};
use crate::definition::{Arm, Exclusion, ExclusionEffect, IndexEvent};
use crate::{Inputs, Study};

/// A person of the study.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    /// Person of the inputs.
    pub(crate) person: u32,
    /// Place of the arm in the study.
    pub(crate) arm: usize,
    /// Index day.
    pub(crate) day: i32,
    /// Place of the referral that made it.
    pub(crate) referral: Option<usize>,
    /// Place of the arrest that made it.
    pub(crate) arrest: Option<usize>,
    /// By exclusion of the study: whether its rule holds.
    pub(crate) flags: Vec<bool>,
}

/// How far a person came in one arm's rules.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
enum Reached {
    Nothing,
    Event,
    Period,
    Eligible,
    Arm,
}

/// The members, sorted by study id, and the counts of each step.
pub(super) fn cohort(
    study: &Study,
    inputs: &Inputs<'_>,
    content: &Content,
) -> (Vec<Member>, Vec<FlowStep>) {
    let mut counts = vec![[0u64; 5]; study.arms.len()];
    let mut excluded = vec![0u64; study.exclusions.len()];
    let mut arms = vec![0u64; study.arms.len()];
    let mut members = Vec::new();
    for person in 0..inputs.person_count {
        let Some(mut member) = assign(study, content, person, &mut counts) else { continue };
        member.flags =
            study.exclusions.iter().map(|rule| holds(rule, study, content, &member)).collect();
        let excluding = study
            .exclusions
            .iter()
            .zip(&member.flags)
            .position(|(rule, holds)| *holds && rule.effect == ExclusionEffect::Exclude);
        match excluding {
            Some(rule) => excluded[rule] += 1,
            None => {
                arms[member.arm] += 1;
                members.push(member);
            }
        }
    }
    members.sort_by_key(|member| inputs.study_ids[member.person as usize]);
    let flow = super::flow::cohort(study, inputs.person_count, &counts, &excluded, &arms);
    (members, flow)
}

/// The first arm whose rules a person meets.
fn assign(
    study: &Study,
    content: &Content,
    person: u32,
    counts: &mut [[u64; 5]],
) -> Option<Member> {
    let was_referred = !content.referrals.of(person).is_empty();
    for (place, arm) in study.arms.iter().enumerate() {
        let (reached, found) = match arm.index {
            IndexEvent::Referral => referred(arm, content, person),
            IndexEvent::Arrest => arrested(arm, study, content, person, was_referred),
        };
        counts[place].iter_mut().take(reached as usize + 1).for_each(|count| *count += 1);
        if let Some((day, it)) = found {
            let (referral, arrest) = match arm.index {
                IndexEvent::Referral => (Some(it), None),
                IndexEvent::Arrest => (None, Some(it)),
            };
            return Some(Member { person, arm: place, day, referral, arrest, flags: Vec::new() });
        }
    }
    None
}

fn in_period(arm: &Arm, day: i32) -> bool {
    (arm.from.0..=arm.to.0).contains(&day)
}

type Found = (Reached, Option<(i32, usize)>);

fn referred(arm: &Arm, content: &Content, person: u32) -> Found {
    let is_wanted = |word: u32| listed(&arm.pathways, content.words.text(word));
    let mut reached = Reached::Nothing;
    for (place, referral) in content.referrals.places(person).zip(content.referrals.of(person)) {
        reached = reached.max(Reached::Event);
        if !in_period(arm, referral.day) {
            continue;
        }
        reached = reached.max(Reached::Period);
        if is_wanted(referral.pathway) {
            return (Reached::Arm, Some((referral.day, place)));
        }
    }
    (reached, None)
}

fn arrested(arm: &Arm, study: &Study, content: &Content, person: u32, was_referred: bool) -> Found {
    let mut reached = Reached::Nothing;
    let mut eligible: Vec<(usize, &Arrest)> = Vec::new();
    for (place, arrest) in content.arrests.places(person).zip(content.arrests.of(person)) {
        reached = reached.max(Reached::Event);
        if !in_period(arm, arrest.day) {
            continue;
        }
        reached = reached.max(Reached::Period);
        if is_eligible(arm, study, content, arrest) {
            eligible.push((place, arrest));
        }
    }
    // Of several on the first day the gravest; numbers of bookings decide nothing.
    let first =
        eligible.into_iter().min_by_key(|(place, arrest)| (arrest.day, leading(arrest), *place));
    match first {
        Some(_) if arm.never_referred && was_referred => (Reached::Eligible, None),
        Some((place, arrest)) => (Reached::Arm, Some((arrest.day, place))),
        None => (reached, None),
    }
}

/// Of several arrests of one day the least leads: the gravest, then by statute, district and type.
pub(super) const fn leading(
    arrest: &Arrest,
) -> (std::cmp::Reverse<Severity>, u32, u32, ArrestKind) {
    (std::cmp::Reverse(arrest.severity), arrest.top, arrest.district, arrest.kind)
}

fn is_eligible(arm: &Arm, study: &Study, content: &Content, arrest: &Arrest) -> bool {
    let is_of_type = match arm.types.as_slice() {
        [] => arrest.is_new_offence(),
        types => {
            let wants_warrants = types.contains(&ArrestKind::Warrant);
            types.contains(&arrest.kind) && (wants_warrants || !arrest.warrant_only)
        }
    };
    let group = group(study, content, arrest.top, arrest.day);
    is_of_type
        && listed(&arm.offence_groups, group)
        && listed(&arm.districts, content.words.text(arrest.district))
}

/// The offence group of a statute on a day.
pub(super) fn group<'a>(
    study: &'a Study,
    content: &Content,
    statute: u32,
    day: i32,
) -> Option<&'a str> {
    let entry = study.offences.group(content.words.text(statute)?, day)?;
    Some(study.offences.0[entry].group.as_str())
}

/// Whether a list that may be empty lets something through.
fn listed(list: &[String], text: Option<&str>) -> bool {
    list.is_empty() || text.is_some_and(|text| list.iter().any(|it| it.eq_ignore_ascii_case(text)))
}

/// Whether an exclusion's rule holds of a member: of one count of one case, not of several together.
fn holds(rule: &Exclusion, study: &Study, content: &Content, member: &Member) -> bool {
    if !rule.arms.is_empty() && !rule.arms.contains(&study.arms[member.arm].name) {
        return false;
    }
    content.cases.places(member.person).zip(content.cases.of(member.person)).any(|(place, case)| {
        let number = u32::try_from(place).expect("content has fewer rows than 2^32");
        let counts = content.counts.of(number);
        let is_before = case.filed < member.day;
        is_before
            && counts.iter().any(|count| holds_of(rule, study, content, member, (case, count)))
    })
}

fn holds_of(
    rule: &Exclusion,
    study: &Study,
    content: &Content,
    member: &Member,
    (case, count): (&Case, &Count),
) -> bool {
    let day = if rule.convicted.is_some() { count.disposed } else { case.filed };
    if day == NO_DAY || day >= member.day {
        return false;
    }
    let is_open = count.disposed == NO_DAY || count.disposed >= member.day;
    let is_convicted = |severity: Severity| count.convicted.is_some_and(|it| it >= severity);
    let is_of_group = || {
        count.statute != NO_WORD
            && group(study, content, count.statute, case.filed)
                .is_some_and(|group| rule.offence_groups.iter().any(|it| it == group))
    };
    rule.within_days.is_none_or(|days| member.day - day <= days)
        && (!rule.open_at_index || is_open)
        && rule.convicted.is_none_or(is_convicted)
        && (rule.offence_groups.is_empty() || is_of_group())
}
