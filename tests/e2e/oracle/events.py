"""Events of persons from content rows, as the chapter "How rows become events" of docs/study.md says.

Takes rows by record of the study, gives lists of events by person. Days are whole numbers, None where there is none; a text that is
missing is None; a number of an agency is a pair of numbering and text.
"""

from dataclasses import dataclass, field

GRAVE = {None: 0, "I": 1, "M": 2, "F": 3}
TYPES = ["BOOK", "CITE", "WARRANT", "HOLD", "LEAD_DIVERT", "OTHER"]
ACTIONS = ["FILED", "DISCHARGED", "MTR", "FURTHER_INV", "REFERRED", "OTHER"]
NUMBERS = {"incident", "booking", "court", "officer"}
CODES = {
    "arrest": ["type", "statute", "severity", "district", "agency"],
    "da_action": ["action", "severity", "agency"],
    "case": ["statute", "severity_filed", "disposition", "severity_convicted", "department"],
    "jail": ["release_reason"],
    "referral": ["pathway", "district", "exit_reason", "housing"],
    "service": ["category", "mode"],
}
OTHERS = {
    "arrest": ["date", "incident", "booking", "warrant", "officer", "dv"],
    "da_action": ["date", "arrest_date", "incident", "court", "dv"],
    "case": ["filed", "court", "arrest_date", "count", "disposition_date", "sentence_days", "probation_months", "sealed",
             "extract_date"],
    "jail": ["booked", "released", "booking", "court"],
    "referral": ["date", "recorded", "incident", "officer", "handoff_hours", "screening_date", "intake_date", "exit_date"],
    "service": ["date", "connected", "part2"],
}
DAY = {"case": "filed", "jail": "booked"}
TRAITS = ["sex", "race", "age_band"]


def by_lot(number):
    """Orders numbers where the study does by their pseudonyms, which cannot be known here."""
    return "" if number is None else str(number)


def code(text, listed):
    """A code in upper case, or what it stands for; None if that is nothing."""
    if text is None:
        return None
    plain = text.strip().upper()
    for left, right in listed.items():
        if left.strip().upper() == plain:
            return right or None
    return plain or None


def severity(text):
    return text[0] if text and text[0] in "FMI" else None


def alphabet(text):
    """Sorts what is missing last."""
    return (text is None, (text or "").encode())


def first_of_alphabet(texts):
    return min(texts, key=alphabet, default=None)


def present(cells):
    return [cell for cell in cells if cell is not None]


def fields(record, shared, cells):
    """The fields of one row of a record of the study."""
    names, kind = record.get("columns", {}), record["kind"]
    def cell(name):
        return cells.get(names.get(name, name))
    found = {name: cell(name) for name in OTHERS[kind]}
    for name in NUMBERS & set(found):
        if isinstance(found[name], str):
            found[name] = ("text", found[name])
    for name in CODES[kind] + TRAITS:
        listed = record.get("codes", {}).get(name, shared.get(name, {}))
        found[name] = code(cell(name), listed)
    found["made_by"] = found.get("agency") or record["source"].upper()
    return found


@dataclass
class Arrest:
    day: int
    made_by: str
    booking: tuple | None
    rows: list
    agency: str | None = None
    type: str = ""
    warrant_only: bool = False
    severity: str | None = None
    top: str | None = None
    charges: list = field(default_factory=list)
    incidents: list = field(default_factory=list)
    officers: list = field(default_factory=list)
    district: str | None = None
    dv: bool | None = None

    def new_offence(self):
        return self.type in ("BOOK", "CITE", "OTHER") and not self.warrant_only


def arrests(rows):
    """One for each day, agency and booking of a person."""
    for row in rows:
        row["type"] = row["type"] if row["type"] in TYPES else "OTHER"
        row["warrant"] = row["warrant"] is True or row["type"] == "WARRANT"
        row["severity"] = severity(row["severity"])
    groups = {}
    for row in rows:
        groups.setdefault((row["date"], row["made_by"]), {}).setdefault(row["booking"], []).append(row)
    found = []
    for (day, made_by), bookings in groups.items():
        without = bookings.pop(None, [])
        if without and not bookings:
            bookings[None] = []
        if without:
            bookings[min(bookings, key=by_lot)].extend(without)
        for booking, of_booking in bookings.items():
            found.append(arrest(Arrest(day, made_by, booking, of_booking)))
    return sorted(found, key=lambda it: (it.day, alphabet(it.made_by), by_lot(it.booking)))


def arrest(it):
    rows = it.rows
    it.type = min((row["type"] for row in rows), key=TYPES.index)
    it.warrant_only = all(row["warrant"] for row in rows)
    charge = lambda row: (row["severity"], row["statute"])
    by_weight = lambda it: (-GRAVE[it[0]], alphabet(it[1]))
    it.charges = sorted(set(map(charge, rows)), key=by_weight)
    fresh = {charge(row) for row in rows if not row["warrant"]} or set(it.charges)
    it.severity, it.top = min(fresh, key=by_weight)
    it.incidents = sorted(set(present(row["incident"] for row in rows)))
    it.officers = sorted(set(present(row["officer"] for row in rows)))
    it.agency = first_of_alphabet(row["agency"] for row in rows)
    it.district = first_of_alphabet(row["district"] for row in rows)
    it.dv = max(present(row["dv"] for row in rows), default=None)
    return it


def actions(rows):
    found = set()
    for row in rows:
        action = row["action"] if row["action"] in ACTIONS else "OTHER"
        found.add((row["date"], row["arrest_date"], action, row["incident"], row["court"], severity(row["severity"]),
                   row["agency"], row["dv"]))
    names = ["date", "arrest_date", "action", "incident", "court", "severity", "agency", "dv"]
    found = [dict(zip(names, values)) for values in found]
    return sorted(found, key=lambda it: tuple(map(str, it.values())))


@dataclass
class Count:
    number: int | None
    statute: str | None = None
    severity_filed: str | None = None
    disposition: str | None = None
    disposed: int | None = None
    is_convicted: bool = False
    severity_convicted: str | None = None
    sentence_days: int | None = None
    probation_months: int | None = None


@dataclass
class Case:
    court: tuple | None
    filed: int
    arrest_day: int | None
    counts: list
    department: str | None

    def known(self, name):
        return present(getattr(count, name) for count in self.counts)

    @property
    def convicted(self):
        return [count for count in self.counts if count.is_convicted]

    @property
    def severity_filed(self):
        return max(self.known("severity_filed"), key=GRAVE.get, default=None)

    @property
    def severity_convicted(self):
        return max(present(count.severity_convicted for count in self.convicted), key=GRAVE.get, default=None)

    @property
    def disposed(self):
        return max(self.known("disposed"), default=None)

    @property
    def conviction_day(self):
        return min(present(count.disposed for count in self.convicted), default=None)

    @property
    def disposition(self):
        if self.convicted:
            # Counts stand in the order of their numbers: max takes the first of equals.
            return max(self.convicted, key=lambda count: GRAVE[count.severity_convicted]).disposition
        return next(iter(self.known("disposition")), None)


def in_order_of_extracts(rows):
    """Rows without a day of extract first. Those of one extract by their disposition, without one last, and by what else they say."""
    last = lambda cell: (cell is None, cell if cell is not None else 0)
    first = lambda cell: (cell is not None, cell if cell is not None else 0)
    def said(row):
        grade = severity(row["severity_convicted"])
        convicted = GRAVE[grade] + 1 if grade or (row["disposition"] or "").startswith("G") else 0
        return (first(row["extract_date"]), last(row["count"]), last(row["disposition_date"]), alphabet(row["disposition"]), convicted,
                row["filed"], last(row["arrest_date"]), alphabet(row["statute"]), GRAVE[severity(row["severity_filed"])],
                first(row["sentence_days"]), first(row["probation_months"]), alphabet(row["department"]))
    return sorted(rows, key=said)


def cases(rows):
    groups = {}
    for row in rows:
        if row["sealed"] is not True:
            place = row["court"] if row["court"] is not None else ("day", row["filed"])
            groups.setdefault(place, []).append(row)
    found = [case(rows) for rows in groups.values()]
    return sorted(found, key=lambda it: (it.filed, by_lot(it.court)))


def case(rows):
    counts = {}
    for row in in_order_of_extracts(rows):
        place = (row["count"], None) if row["count"] is not None else (None, alphabet(row["statute"]))
        count = counts.setdefault(place, Count(row["count"]))
        add_extract(count, row)
    ordered = sorted(counts, key=lambda it: (it[0] is None, it[0] or 0, it[1] or ()))
    return Case(
        court=rows[0]["court"],
        filed=min(row["filed"] for row in rows),
        arrest_day=min(present(row["arrest_date"] for row in rows), default=None),
        counts=[counts[place] for place in ordered],
        department=department(rows),
    )


def department(rows):
    """Of the last row that names one."""
    return next((row["department"] for row in reversed(in_order_of_extracts(rows)) if row["department"]), None)


def add_extract(count, row):
    """What was filed is what was filed first; all else of a later extract is believed where it speaks."""
    filed = {"statute": row["statute"], "severity_filed": severity(row["severity_filed"])}
    later = {"disposition": row["disposition"], "disposed": row["disposition_date"], "sentence_days": row["sentence_days"],
             "probation_months": row["probation_months"]}
    for name, value in filed.items():
        if getattr(count, name) is None:
            setattr(count, name, value)
    for name, value in later.items():
        if value is not None:
            setattr(count, name, value)
    convicted = severity(row["severity_convicted"])
    if convicted is not None:
        count.is_convicted, count.severity_convicted = True, convicted
    elif row["disposition"] is not None and row["disposition"].startswith("G"):
        count.is_convicted = True
    elif row["disposition"] is not None:
        count.is_convicted, count.severity_convicted = False, None


def stays(rows):
    groups = {}
    for row in rows:
        place = row["booking"] if row["booking"] is not None else ("day", row["booked"])
        groups.setdefault(place, []).append(row)
    found = []
    for rows in groups.values():
        released = [row for row in rows if row["released"] is not None]
        last = max(released, key=lambda row: (row["released"], alphabet(row["release_reason"])), default=None)
        found.append({
            "booking": rows[0]["booking"],
            "from": min(row["booked"] for row in rows),
            "to": last and last["released"],
            "reason": last and last["release_reason"],
            "courts": set(present(row["court"] for row in rows)),
        })
    return sorted(found, key=lambda it: (it["from"], by_lot(it["booking"])))


def referrals(rows):
    """One for each day; each field is that of the first row that has it, by the day on which it was recorded."""
    words, numbers = ["pathway", "district", "exit_reason", "housing"], ["incident", "officer"]
    days = ["screening_date", "intake_date", "exit_date"]
    last = lambda cell: (cell is None, cell or 0)
    def order(row):
        hours = row["handoff_hours"]
        return (last(row["recorded"]), [alphabet(row[name]) for name in words], [by_lot(row[name]) for name in numbers],
                (hours is not None, hours or 0), [last(row[name]) for name in days])
    groups = {}
    for row in sorted(rows, key=order):
        it = groups.setdefault(row["date"], {"date": row["date"]})
        for name in [*words, *numbers, *days, "handoff_hours"]:
            if it.get(name) is None:
                it[name] = row[name]
    return [it for _, it in sorted(groups.items())]


def contacts(rows):
    names = ["date", "category", "mode", "connected", "part2"]
    for row in rows:
        row["part2"] = row["part2"] is not False
    return [dict(zip(names, values)) for values in {tuple(row[name] for name in names) for row in rows}]


MAKE = {"arrest": arrests, "da_action": actions, "case": cases, "jail": stays, "referral": referrals, "service": contacts}


class Events:
    """All events: `events.of(kind, person)`."""

    def __init__(self, study, rows_of):
        """`rows_of(record)` gives pairs of person and content cells."""
        raw, self.traits, bound, self.spans = {}, {}, set(), {}
        ordered = sorted(study["record"], key=lambda record: record["kind"] == "referral")
        for record in ordered:
            kind, place = record["kind"], (record["source"], record["table"])
            is_first, day_name = place not in bound, DAY.get(kind, "date")
            bound.add(place)
            for person, cells in rows_of(record):
                row = fields(record, study.get("codes", {}), cells)
                if is_first:
                    self.add_traits(person, row, row[day_name])
                if row[day_name] is None:
                    continue
                self.spans.setdefault(record["source"], []).append(row[day_name])
                if kind == "da_action" and row["action"] is None:
                    continue
                raw.setdefault((kind, person), []).append(row)
        self.events = {place: MAKE[place[0]](rows) for place, rows in raw.items()}

    def add_traits(self, person, row, day):
        for name in TRAITS:
            if row[name] is not None:
                self.traits.setdefault((person, name), []).append((day, row[name]))

    def of(self, kind, person):
        return self.events.get((kind, person), [])

    def most(self, person, name):
        words = [word for _, word in self.traits.get((person, name), [])]
        return min(set(words), key=lambda word: (-words.count(word), word.encode()), default=None)

    def nearest(self, person, name, day):
        dated = [(abs(when - day), when, word) for when, word in self.traits.get((person, name), []) if when is not None]
        return min(dated, default=(0, 0, None))[2]


def self_test():
    assert code(" w ", {"W": "WHITE"}) == "WHITE" and code("u", {"U": ""}) is None and code("x", {}) == "X"
    assert severity("MISD") == "M" and severity("W") is None and severity(None) is None
    row = {"date": 5, "agency": None, "made_by": "P", "booking": ("b", "1"), "incident": None, "officer": None, "dv": None,
           "district": None, "type": "BOOK", "warrant": None, "severity": "M", "statute": "PC 602"}
    [one] = arrests([dict(row), dict(row, booking=None, warrant=True, severity="F", statute="PC 211")])
    assert (one.severity, one.top, len(one.charges), one.warrant_only) == ("M", "PC 602", 2, False)
    extract = dict.fromkeys(OTHERS["case"] + CODES["case"])
    first = dict(extract, filed=1, court=("c", "1"), count=1, extract_date=9, disposition="GP", disposition_date=4,
                 severity_convicted="M")
    [it] = cases([dict(first, extract_date=20, disposition_date=None, severity_convicted=None), first])
    assert (it.conviction_day, it.severity_convicted, it.disposition) == (4, "M", "GP")
    [it] = cases([first, dict(extract, filed=1, court=("c", "1"), count=1, extract_date=20, disposition="ND")])
    assert (it.convicted, it.severity_convicted, it.disposition, it.disposed) == ([], None, "ND", 4)
    [it] = cases([dict(first, disposition=None, severity_convicted="NONE")])
    assert not it.convicted
