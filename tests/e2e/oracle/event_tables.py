"""The event tables and the crosswalk of docs/study.md.

Takes a study with its members, gives the rows of each table. An event is in a table if its day lies within the study's `events`.
"""


from tables import INTAKE_DAYS, Token, person, person_month, person_window, text, token


def within(study, member, kind, day):
    """Events of a member in the tables, with their days relative to the index day."""
    events = study.events.of(kind, member.person)
    return [(it, day(it) - member.day) for it in events if day(it) - member.day in study.span]


def arrest_token(member, arrest):
    return Token("arrest", ((member.person, arrest.day, arrest.made_by, arrest.booking),))


def case_token(member, case):
    return Token("case", ((member.person, case.court or case.filed),))


def arrest(study):
    rows = []
    for member in study.members:
        for it, rel_day in within(study, member, "arrest", lambda it: it.day):
            is_index = member.is_index_arrest(it)
            rows.append({
                "arrest_id": arrest_token(member, it), "study_id": member.person, "rel_day": text(rel_day), "type": it.type,
                "warrant_only": text(it.warrant_only), "index_event": text(is_index),
                "outcome": text(it.new_offence() and not is_index), "severity_arrest": text(it.severity),
                "n_charges": text(len(it.charges)), "top_offense_code": text(it.top),
                "top_offense_grp": text(study.group(it.top, it.day)), "district": text(it.district), "agency": text(it.agency),
                "officer_pid": token("officer", *it.officers), "incident_pid": token("incident", *it.incidents),
                "booking_pid": token("booking", it.booking), "dv": text(it.dv),
            })
    return rows


def arrest_charge(study):
    rows = []
    for member in study.members:
        for it, _ in within(study, member, "arrest", lambda it: it.day):
            for seq, (severity, statute) in enumerate(it.charges, 1):
                rows.append({"arrest_id": arrest_token(member, it), "study_id": member.person, "seq": text(seq),
                             "code": text(statute), "severity": text(severity)})
    return rows


def arrest_of(member, action):
    """The arrest that an action is about."""
    same = [it for it in member.arrests if action["incident"] and action["incident"] in it.incidents]
    on_day = [it for it in same if it.day == action["arrest_date"]]
    if same:
        return (on_day or same)[0]
    of_day = [it for it in member.arrests if it.day == action["arrest_date"]]
    if len(of_day) == 1 and not (action["incident"] and of_day[0].incidents):
        return of_day[0]
    return None


def arrest_in_table(study, member, action):
    found = arrest_of(member, action)
    return found if found and found.day - member.day in study.span else None


def da_action(study):
    rows = []
    for member in study.members:
        for it, rel_day in within(study, member, "da_action", lambda it: it["date"]):
            about = arrest_in_table(study, member, it)
            rows.append({
                "study_id": member.person, "rel_day": text(rel_day), "arrest_id": arrest_token(member, about) if about else "",
                "action": it["action"], "severity_arrest": text(it["severity"]), "agency": text(it["agency"]),
                "incident_pid": token("incident", it["incident"]), "case_pid": token("court", it["court"]), "dv": text(it["dv"]),
            })
    return rows


def case(study):
    rows = []
    for member in study.members:
        for it, rel_day in within(study, member, "case", lambda it: it.filed):
            rows.append({
                "case_id": case_token(member, it), "study_id": member.person, "rel_day": text(rel_day),
                "index_event": text(it in member.index_cases), "severity_filed": text(it.severity_filed),
                "n_counts": text(len(it.counts)), "arrest_rel_day": member.rel(it.arrest_day),
                "disp_rel_day": member.rel(it.disposed), "disp_cd": text(it.disposition),
                "convicted": "1" if it.convicted else "" if it.disposed is None else "0",
                "severity_convicted": text(it.severity_convicted),
                "sentence_days": text(max(it.known("sentence_days"), default=None)),
                "probation_months": text(max(it.known("probation_months"), default=None)),
                "dept_pid": token("department", it.department), "case_pid": token("court", it.court),
            })
    return rows


def case_charge(study):
    rows = []
    for member in study.members:
        for it, _ in within(study, member, "case", lambda it: it.filed):
            for seq, count in enumerate(it.counts, 1):
                rows.append({"case_id": case_token(member, it), "study_id": member.person, "seq": text(seq),
                             "code": text(count.statute), "severity_filed": text(count.severity_filed),
                             "severity_convicted": text(count.severity_convicted)})
    return rows


def jail(study):
    rows = []
    for member in study.members:
        for it, rel_day in within(study, member, "jail", lambda it: it["from"]):
            days = None if it["to"] is None or it["to"] < it["from"] else it["to"] - it["from"]
            rows.append({"study_id": member.person, "in_rel_day": text(rel_day), "out_rel_day": member.rel(it["to"]),
                         "days": text(days), "out_reason": text(it["reason"]), "index_event": text(it in member.index_stays),
                         "booking_pid": token("booking", it["booking"])})
    return rows


def referral_token(member, it):
    return Token("referral", ((member.person, it["date"]),))


def referral(study):
    rows = []
    for member in study.members:
        for it, rel_day in within(study, member, "referral", lambda it: it["date"]):
            rows.append({"referral_id": referral_token(member, it), "study_id": member.person, "rel_day": text(rel_day),
                         "pathway": text(it["pathway"]), "district": text(it["district"]),
                         "officer_pid": token("officer", it["officer"]), "incident_pid": token("incident", it["incident"]),
                         "handoff_rel_hr": text(it["handoff_hours"])})
    return rows


def intake(study):
    rows = []
    for member in study.members:
        for it, rel_day in within(study, member, "referral", lambda it: it["date"]):
            if it["intake_date"] is not None:
                in_time = it["intake_date"] - it["date"] <= INTAKE_DAYS
            else:
                end = study.last_day("referral")
                in_time = False if end is not None and end >= it["date"] + INTAKE_DAYS else None
            rows.append({"referral_id": referral_token(member, it), "study_id": member.person, "rel_day": text(rel_day),
                         "screening_rel_day": member.rel(it["screening_date"]),
                         "intake_rel_day": member.rel(it["intake_date"]), "within_30d": text(in_time),
                         "exit_rel_day": member.rel(it["exit_date"]), "exit_reason": text(it["exit_reason"])})
    return rows


def service(study):
    rows = []
    for member in study.members:
        for it, rel_day in within(study, member, "service", lambda it: it["date"]):
            is_coarse = study.coarse and it["part2"]
            shown = lambda cell: ".c" if is_coarse else text(cell)
            rows.append({"study_id": member.person, "rel_day": shown(rel_day),
                         "rel_month": text(rel_day // study.months["days"]), "category": shown(it["category"]),
                         "mode": shown(it["mode"]), "connected": text(it["connected"]), "part2": text(it["part2"])})
    return rows


def crosswalk(study):
    rows = []
    for member in study.members:
        for incident, about, court, basis in links(study, member):
            rows.append({"study_id": member.person, "incident_pid": token("incident", incident),
                         "arrest_id": arrest_token(member, about) if about else "", "case_pid": token("court", court),
                         "basis": basis})
    return rows


def links(study, member):
    """Incident, arrest, court number and basis of what belongs together."""
    found, joined = [], []
    for it in study.events.of("da_action", member.person):
        about = arrest_in_table(study, member, it)
        is_in_table = it["date"] - member.day in study.span
        if it["court"] and (about or (it["incident"] and is_in_table)):
            joined.append((about, it["court"]))
            link = (it["incident"], about, it["court"], "da_action")
            if link not in found:
                found.append(link)
    arrests = [it for it, _ in within(study, member, "arrest", lambda it: it.day)]
    def join(arrest, court, basis):
        joined.append((arrest, court))
        found.extend((incident, arrest, court, basis) for incident in arrest.incidents or [None])
    for stay in member.stays:
        for arrest in arrests:
            if stay["booking"] and arrest.booking == stay["booking"]:
                for court in stay["courts"]:
                    if (arrest, court) not in joined:
                        join(arrest, court, "booking")
    for case in member.cases:
        same = [it for it in arrests if case.arrest_day is not None and it.day == case.arrest_day]
        if case.court and len(same) == 1 and case.court not in [court for _, court in joined]:
            join(same[0], case.court, "arrest_day")
    for arrest in arrests:
        if arrest not in [it for it, _ in joined]:
            join(arrest, None, "arrest")
    return found


def link_quality(study):
    """Only which rows there are: what is in them is known to the linkage alone."""
    return [{"study_id": member.person, "source": source} for member in study.members
            for source, persons in sorted(study.persons_of.items()) if member.person in persons]


def all_tables(study):
    tables = {"person": person(study), "person_window": person_window(study), "person_month": person_month(study)}
    of = {"arrest": [arrest, arrest_charge], "da_action": [da_action], "case": [case, case_charge], "jail": [jail],
          "referral": [referral, intake], "service": [service]}
    tables |= {make.__name__: make(study) for kind, made in of.items() if kind in study.kinds for make in made}
    return tables | {"xref_incident_arrest_case": crosswalk(study), "link_quality": link_quality(study)}
