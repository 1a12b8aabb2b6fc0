"""The tables of a study, as part 2 of docs/study.md defines them: slowly, by sets of days.

Takes a study, events and the records of persons; gives for each table its columns and rows. Cells are what CSV would hold, or a `Token`:
something that has a number of the release.
"""

import datetime
import re
from dataclasses import dataclass

from events import GRAVE, alphabet
from exports import EPOCH, day_of

INTAKE_DAYS = 30
COUNTS = ["n_fel_arr", "n_misd_arr", "n_nonwarrant_arr", "n_warrant_arr", "n_fel_case", "n_misd_case", "n_conv"]
KIND = dict.fromkeys(COUNTS[:4], "arrest") | dict.fromkeys(COUNTS[4:], "case")
PRIORS = {"prior_fel_arr": "n_fel_arr", "prior_misd_arr": "n_misd_arr", "prior_fel_case": "n_fel_case",
          "prior_misd_case": "n_misd_case", "prior_conv": "n_conv"}


@dataclass(frozen=True)
class Token:
    """One thing that is numbered, or one of several by lot."""
    numbering: str
    of: tuple


def token(numbering, *candidates):
    candidates = [it for it in candidates if it is not None]
    return Token(numbering, tuple(candidates)) if candidates else ""


def text(cell):
    return "" if cell is None else str(int(cell)) if isinstance(cell, bool) else str(cell)


def day(written):
    """A day of the file, which may be a date of TOML or a text."""
    return day_of(written if isinstance(written, datetime.date) else datetime.date.fromisoformat(written))


def plain(name):
    """A name within a column's."""
    return name.replace("-", "_")


def spelled(statute):
    """Code, section and subdivisions; the code may stand behind, and a severity behind a stroke."""
    statute = re.sub("/[FMI]$", "", statute.upper().replace("&", ""))
    parts = re.findall("[A-Z]+|[0-9.]+", statute)
    if parts and parts[0][0].isdigit() and re.fullmatch("[A-Z]{2,}", parts[-1]):
        parts = parts[-1:] + parts[:-1]
    return parts


def same_words(listed, word):
    return not listed or (word is not None and word.upper() in {it.upper() for it in listed})


class Study:
    def __init__(self, definition, events, persons_of):
        """`persons_of[source]` are the persons who have a record there."""
        self.events, self.persons_of = events, persons_of
        self.arms, self.windows = definition["arm"], definition["window"]
        self.rules = definition.get("exclusion", [])
        self.priors = definition.get("prior_days", [182, 365, 730])
        self.months = definition.get("months", {"from": -24, "to": 24, "days": 30})
        span = definition.get("events", {"from": -730, "to": 730})
        self.span = range(span["from"], span["to"] + 1)
        self.offences = definition.get("offences", [])
        self.coarse = definition.get("part2_coarse", True)
        self.kinds = {}
        for record in definition["record"]:
            self.kinds.setdefault(record["kind"], set()).add(record["source"])
        self.covered = {}
        for stretch in definition.get("coverage", []):
            days = range(day(stretch["from"]), day(stretch["to"]) + 1)
            self.covered.setdefault(stretch["source"], set()).update(days)
        for source in {record["source"] for record in definition["record"]} - set(self.covered):
            seen = events.spans.get(source, [])
            self.covered[source] = set(range(min(seen), max(seen) + 1)) if seen else set()
        persons = sorted(set().union(*persons_of.values()))
        members = filter(None, (self.assign(person) for person in persons))
        self.members = [it for it in members if not any(it.flags[rule["name"]] for rule in self.rules
                                                        if rule["effect"] == "exclude")]

    # Offence groups and coverage.

    def group(self, statute, when):
        if statute is None:
            return None
        parts = spelled(statute)
        for offence in self.offences:
            if "from" in offence and when < day(offence["from"]) or "to" in offence and when > day(offence["to"]):
                continue
            if any(parts[:len(under)] == under for under in map(spelled, offence["statutes"]) if under):
                return offence["group"]
        return None

    def covers(self, kind, days):
        return all(set(days) <= self.covered[source] for source in self.kinds[kind])

    def unless_missing(self, kind, days, cell):
        """A cell that counts a kind of record within days."""
        if kind not in self.kinds:
            return ".a"
        return text(cell) if self.covers(kind, days) else ".b"

    def outcomes_covered(self, days):
        return all(self.covers(kind, days) for kind in ("arrest", "case", "jail") if kind in self.kinds)

    def last_day(self, kind):
        return max((max(self.covered[source]) for source in self.kinds[kind] if self.covered[source]), default=None)

    def end_of_stretch(self, source, index):
        if index not in self.covered[source]:
            return None
        while index + 1 in self.covered[source]:
            index += 1
        return index

    # Arms and rules.

    def assign(self, person):
        referred, arrests = self.events.of("referral", person), self.events.of("arrest", person)
        for arm in self.arms:
            period = range(day(arm["from"]), day(arm["to"]) + 1)
            if arm["index"] == "referral":
                fit = [it for it in referred if it["date"] in period and same_words(arm.get("pathways"), it["pathway"])]
                if fit:
                    return Member(self, person, arm, min(fit, key=lambda it: it["date"]), None)
                continue
            fit = [it for it in arrests if it.day in period and self.is_eligible(arm, it)]
            if fit and not (arm.get("never_referred") and referred):
                first = min(fit, key=lambda it: (it.day, -GRAVE[it.severity], alphabet(it.top), alphabet(it.district)))
                return Member(self, person, arm, None, first)
        return None

    def is_eligible(self, arm, arrest):
        types = arm.get("types") or ["BOOK", "CITE", "OTHER"]
        return (arrest.type in types and (not arrest.warrant_only or "WARRANT" in types)
                and same_words(arm.get("offence_groups"), self.group(arrest.top, arrest.day))
                and same_words(arm.get("districts"), arrest.district))

    def rule_holds(self, rule, member):
        if rule.get("arms") and member.arm["name"] not in rule["arms"]:
            return False
        return any(self.count_fits(rule, member, case, count)
                   for case in self.events.of("case", member.person) for count in case.counts)

    def count_fits(self, rule, member, case, count):
        if case.filed >= member.day:
            return False
        when = case.filed
        if "convicted" in rule:
            is_grave = count.is_convicted and GRAVE[count.severity_convicted] >= GRAVE[rule["convicted"]]
            if not is_grave or count.disposed is None or count.disposed >= member.day:
                return False
            when = count.disposed
        if "within_days" in rule and member.day - when > rule["within_days"]:
            return False
        if rule.get("open_at_index") and count.disposed is not None and count.disposed < member.day:
            return False
        groups = rule.get("offence_groups")
        return not groups or self.group(count.statute, case.filed) in groups


class Member:
    """A person of the study with what belongs to the index event."""

    def __init__(self, study, person, arm, referral, arrest):
        of = lambda kind: study.events.of(kind, person)
        self.study, self.person, self.arm, self.referral, self.arrest = study, person, arm, referral, arrest
        self.day = arrest.day if arrest else referral["date"]
        self.arrests, self.cases, self.stays = of("arrest"), of("case"), of("jail")
        self.incidents = {referral["incident"]} - {None} if referral else set()
        for it in self.arrests:
            if it.day == self.day:
                self.incidents |= set(it.incidents)
        mine = [it for it in self.arrests if self.is_index_arrest(it)]
        bookings = {it.booking for it in mine if it.booking}
        self.index_stays = [it for it in self.stays if it["from"] == self.day or it["booking"] in bookings]
        courts = set().union(*(it["courts"] for it in self.index_stays))
        for it in of("da_action"):
            if it["action"] == "FILED" and (it["arrest_date"] == self.day or it["incident"] in self.incidents):
                courts.add(it["court"])
        first = min([self.day, *(it.day for it in mine)])
        other_days = {it.day for it in self.arrests if not self.is_index_arrest(it)}
        days = {self.day} | ({it.day for it in mine} - other_days)
        self.index_cases = [it for it in self.cases if it.filed >= first
                            and (it.arrest_day in days or (it.court and it.court in courts))]
        self.flags = {rule["name"]: study.rule_holds(rule, self) for rule in study.rules}
        self.counted = self.count()
        self.custody = self.days_of(self.stays)
        self.jail = self.days_of(it for it in self.stays if it not in self.index_stays)

    def is_index_arrest(self, arrest):
        return arrest.day == self.day or bool(self.incidents & set(arrest.incidents))

    def count(self):
        """Names of counts with their days."""
        found = []
        for it in self.arrests:
            if self.is_index_arrest(it):
                continue
            if it.new_offence():
                found.append(("n_nonwarrant_arr", it.day))
                found += [(name, it.day) for name, grade in zip(COUNTS[:2], "FM") if it.severity == grade]
            elif it.warrant_only:
                found.append(("n_warrant_arr", it.day))
        for it in self.cases:
            if it in self.index_cases:
                continue
            found += [(name, it.filed) for name, grade in zip(COUNTS[4:6], "FM") if it.severity_filed == grade]
            if it.conviction_day is not None:
                found.append(("n_conv", it.conviction_day))
        return found

    def days_of(self, stays):
        days, last = set(), None
        for it in stays:
            last = self.study.last_day("jail") if it["to"] is None else it["to"] - 1
            days |= set(range(it["from"], (it["from"] - 1 if last is None else last) + 1))
        return days

    def days(self, first, last):
        """Days relative to the index day, both included."""
        return range(self.day + first, self.day + last + 1)

    def cell(self, name, days):
        return self.study.unless_missing(KIND[name], days, sum(it == name and when in days for it, when in self.counted))

    def rel(self, when):
        return text(None if when is None else when - self.day)

    def index_arrest(self):
        """The index arrest, or of a referral the nearest arrest of the index event."""
        mine = [it for it in self.arrests if self.is_index_arrest(it)]
        by = lambda it: (abs(it.day - self.day), -GRAVE[it.severity], alphabet(it.top), alphabet(it.district))
        return self.arrest or min(mine, key=by, default=None)


def person(study):
    rows = []
    for it in study.members:
        most = lambda name: text(study.events.most(it.person, name))
        index = it.index_arrest()
        date = EPOCH + datetime.timedelta(it.day)
        row = {
            "study_id": it.person,
            "arm": it.arm["name"],
            "pathway": text(it.referral and it.referral["pathway"]),
            "housing_at_intake": text(it.referral["housing"]) if it.referral else ".a",
            "index_quarter": f"{date.year}Q{(date.month + 2) // 3}",
            "index_district": text(index and index.district) or text(it.referral and it.referral["district"]),
            "index_offense_grp": text(index and study.group(index.top, index.day)),
            "index_severity": text(index and index.severity),
            "age_band": text(study.events.nearest(it.person, "age_band", it.day)),
            "sex": most("sex"),
            "race_eth": most("race"),
        }
        for days in study.priors:
            span = it.days(-days, -1)
            row |= {f"{name}_{days}": it.cell(what, span) for name, what in PRIORS.items()}
            row[f"prior_jail_days_{days}"] = study.unless_missing("jail", span, len(it.jail & set(span)))
        for rule in study.rules:
            if rule["effect"] == "flag":
                row["elig_" + rule["name"]] = text(it.flags[rule["name"]])
        linked = {source: it.person in persons for source, persons in sorted(study.persons_of.items())}
        row["n_sources"] = text(sum(linked.values()))
        row |= {f"in_{plain(source)}": text(is_in) for source, is_in in linked.items()}
        for source in sorted(study.covered):
            end = study.end_of_stretch(source, it.day)
            row[f"followup_days_{plain(source)}"] = ".b" if end is None else text(end - it.day)
        for window in study.windows:
            if window["from"] > 0:
                full = study.outcomes_covered(it.days(window["from"], window["to"]))
                row[f"full_fu_{window['to']}"] = text(full)
        rows.append(row)
    return rows


def person_window(study):
    rows = []
    for it in study.members:
        for window in study.windows:
            days = it.days(window["from"], window["to"])
            custody, jail = len(it.custody & set(days)), len(it.jail & set(days))
            row = {"study_id": it.person, "window": window["name"]}
            row |= {name: it.cell(name, days) for name in COUNTS}
            row |= {name: study.unless_missing("jail", days, value) for name, value in [
                ("jail_days", jail), ("custody_days", custody), ("days_at_risk", len(days) - custody)]}
            row["observed"] = text(study.outcomes_covered(days))
            rows.append(row)
    return rows


def person_month(study):
    rows, length = [], study.months["days"]
    for it in study.members:
        contacts = [contact["date"] for contact in study.events.of("service", it.person)]
        referrals = study.events.of("referral", it.person)
        for month in range(study.months["from"], study.months["to"] + 1):
            days = it.days(month * length, month * length + length - 1)
            is_enrolled = any(
                referral["intake_date"] is not None and referral["intake_date"] <= days[-1]
                and (referral["exit_date"] is None or referral["exit_date"] > days[0]) for referral in referrals)
            row = {"study_id": it.person, "month": text(month)} | {name: it.cell(name, days) for name in COUNTS}
            row["contacts"] = study.unless_missing("service", days, sum(when in days for when in contacts))
            row["enrolled"] = study.unless_missing("referral", days, is_enrolled)
            row["in_custody_days"] = study.unless_missing("jail", days, len(it.custody & set(days)))
            rows.append(row)
    return rows
