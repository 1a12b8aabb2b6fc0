"""Compares tables cell by cell, numbers of the release up to renaming.

Each number is named by all rows in which it stands, then by the names of the numbers that stand beside it there, and so on; two sets of
tables are the same if the rows are, with such names in the numbers' place. Rows that can repeat are compared as a bag. Numbers are compared
once the rows of all event tables are equal without them, and no further than the first round that shows a difference, which is the one nearest to it.
"""

from collections import Counter, defaultdict

from tables import Token

NUMBERINGS = {"arrest_id": "arrest", "case_id": "case", "referral_id": "referral", "incident_pid": "incident",
              "booking_pid": "booking", "case_pid": "court", "officer_pid": "officer", "dept_pid": "department"}
KEYS = {"person": ["study_id"], "person_window": ["study_id", "window"], "person_month": ["study_id", "month"],
        "link_quality": ["study_id", "source"]}
# What only the linkage knows.
LEFT_OUT = {"link_quality": ["n_records", "match_prob", "strict_same", "loose_same", "reviewed"]}
# Of linkages other than the main one.
TABLES_LEFT_OUT = ["person_window_strict", "person_window_loose", "link_variants"]
ROUNDS = 5


def tokens_of(rows):
    """Found rows, with tokens for the numbers of the release."""
    def cell(name, value):
        return Token(NUMBERINGS[name], (value,)) if name in NUMBERINGS and value else value
    return [{name: cell(name, value) for name, value in row.items()} for row in rows]


def visible(row):
    return tuple((name, "#" if isinstance(cell, Token) else cell) for name, cell in sorted(row.items()))


def names_of(tables, rounds=ROUNDS):
    """The name of each token."""
    names = {}
    for _ in range(rounds):
        places = defaultdict(list)
        for table, rows in tables.items():
            for row in rows:
                whole = hash((table, named(row, names)))
                for column, cell in row.items():
                    if isinstance(cell, Token):
                        places[cell].append((table, column, whole))
        names = {token: hash((token.numbering, tuple(sorted(found)))) for token, found in places.items()}
    return names


def named(row, names):
    def cell(value):
        return names.get(value, value.numbering) if isinstance(value, Token) else value
    return tuple((column, cell(value)) for column, value in sorted(row.items()))


def settle(expected, found):
    """Puts one for each number that is one of several by lot: that which stands where the found one stands, if there is such a one.

    Rows are matched without the column first. Then numbers are named without the unsure cells, and compared by their names.
    """
    unsure = {(table, name) for table, rows in expected.items() for row in rows for name, cell in row.items()
              if isinstance(cell, Token) and len(cell.of) > 1}
    for table, column in sorted(unsure):
        bare = [side | {table: [row | {column: ""} for row in side[table]]} for side in (expected, found)]
        names = [names_of(side) for side in bare]
        matched = defaultdict(list)
        for place, row in enumerate(bare[1][table]):
            matched[named(row, names[1])].append(place)
        pairs = []
        for place, row in enumerate(bare[0][table]):
            cell, same = expected[table][place][column], matched[named(row, names[0])]
            if isinstance(cell, Token) and len(cell.of) > 1:
                pairs.append((place, same.pop(0) if same else None))
        blank = [{place for place, _ in pairs}, {place for _, place in pairs}]
        sure = [side | {table: [row | {column: ""} if place in blank[number] else row
                                for place, row in enumerate(side[table])]}
                for number, side in enumerate((expected, found))]
        ours, theirs = map(names_of, sure)
        for place, other in pairs:
            row = expected[table][place]
            candidates = [Token(row[column].numbering, (it,)) for it in row[column].of]
            wanted = None if other is None else theirs.get(found[table][other][column])
            alike = [it for it in candidates if ours.get(it) == wanted]
            row[column] = (alike or candidates)[0]


def compare(expected, found):
    """Lines of what was compared, and lines of differences by table."""
    found = {table: rows for table, rows in found.items()
             if table not in TABLES_LEFT_OUT and not table.startswith("person_window_imputed_")}
    differences = {table: [f"{table}: only {'expected' if table in expected else 'found'}"]
                   for table in set(expected) ^ set(found)}
    tables = [table for table in expected if table in found]
    expected, found = ({table: side[table] for table in tables} for side in (expected, found))
    for table in tables:
        left_out = LEFT_OUT.get(table, [])
        found[table] = tokens_of([{name: cell for name, cell in row.items() if name not in left_out} for row in found[table]])
        differences[table] = differ(table, expected[table], found[table])
    if not any(lines for table, lines in differences.items() if table not in KEYS):
        differences |= differ_in_numbers(expected, found)
    done = []
    for table in tables:
        left_out = f", without {', '.join(LEFT_OUT[table])}" if table in LEFT_OUT else ""
        result = "DIFFERENT" if differences[table] else "equal"
        done.append(f"{table}: {len(expected[table])} rows expected, {len(found[table])} found, {result}{left_out}")
    return done, {table: lines for table, lines in differences.items() if lines}


def differ(table, expected, found):
    """Differences of all but numbers."""
    if expected and found:
        columns = [set(rows[0]) for rows in (expected, found)]
        if columns[0] != columns[1]:
            return [f"{table}: columns only expected {sorted(columns[0] - columns[1])}, only found {sorted(columns[1] - columns[0])}"]
    if table in KEYS:
        return by_key(table, expected, found)
    return bag(table, map(visible, expected), map(visible, found))


def differ_in_numbers(expected, found):
    settle(expected, found)
    for rounds in range(1, ROUNDS + 1):
        ours, theirs = (names_of(side, rounds) for side in (expected, found))
        differences = {table: bag(table, (named(row, ours) for row in expected[table]),
                                  (named(row, theirs) for row in found[table])) for table in expected if table not in KEYS}
        if any(differences.values()):
            return differences
    return {}


def by_key(table, expected, found):
    sides = [{tuple(row[name] for name in KEYS[table]): row for row in rows} for rows in (expected, found)]
    lines = []
    for key in sorted(set(sides[0]) | set(sides[1])):
        one, other = (side.get(key) for side in sides)
        if one is None or other is None:
            lines.append(f"{table} {' '.join(key)}: row only {'found' if one is None else 'expected'}")
            continue
        lines += [f"{table}.{name} {' '.join(key)}: expected {one[name]!r}, found {other[name]!r}" for name in one
                  if one[name] != other[name]]
    return lines


def bag(table, expected, found):
    """Rows that one side has more often; pairs of the most alike are shown by what differs."""
    expected, found = Counter(expected), Counter(found)
    persons = defaultdict(lambda: ([], []))
    for side, rows in enumerate([expected - found, found - expected]):
        for row in rows.elements():
            persons[dict(row)["study_id"]][side].append(dict(row))
    lines = []
    for person, (more, others) in sorted(persons.items()):
        for row in more:
            where = " ".join(f"{name}={cell}" for name, cell in row.items() if name.endswith("rel_day") or name == "seq")
            if not others:
                lines.append(f"{table} {person} {where}: row only expected: {shown(row)}")
                continue
            near = min(others, key=lambda it: sum(row[name] != it[name] for name in row))
            others.remove(near)
            apart = {name: (row[name], near[name]) for name in row if row[name] != near[name]}
            lines.append(f"{table} {person} {where}: " + "; ".join(
                f"{name} stands for another" if name in NUMBERINGS else f"{name}: expected {one!r}, found {other!r}"
                for name, (one, other) in apart.items()))
        lines += [f"{table} {person}: row only found: {shown(row)}" for row in others]
    return lines


def shown(row):
    return {name: cell for name, cell in row.items() if name not in NUMBERINGS and name != "study_id"}


def self_test():
    def tables(a, b, c):
        t = lambda numbering, it: Token(numbering, (it,))
        arrests = [{"study_id": "p", "arrest_id": t("arrest", number), "incident_pid": t("incident", incident), "type": kind}
                   for number, incident, kind in [(1, a, "BOOK"), (2, b, "CITE"), (3, c, "CITE")]]
        return {"arrest": arrests, "arrest_charge": [{"study_id": "p", "arrest_id": t("arrest", 1), "code": "x"}]}
    def text_tables(a, b, c):
        plain = lambda cell: str(cell.of[0]) if isinstance(cell, Token) else cell
        return {table: [{name: plain(cell) for name, cell in row.items()} for row in rows]
                for table, rows in tables(a, b, c).items()}
    assert compare(tables(5, 5, 6), text_tables(7, 7, 8))[1] == {}, "renamed"
    assert compare(tables(5, 5, 6), text_tables(7, 8, 7))[1] == {}, "two rows alike"
    assert compare(tables(5, 5, 6), text_tables(7, 8, 8))[1] != {}, "another two share it"
    assert compare(tables(5, 6, 7), text_tables(7, 8, 8))[1] != {}, "two became one"
    unsure = tables(5, 6, 7)
    unsure["arrest"][0]["incident_pid"] = Token("incident", (9, 6))
    assert compare(unsure, text_tables(4, 4, 5))[1] == {}, "one of several"
    unsure = tables(5, 6, 7)
    unsure["arrest"][0]["incident_pid"] = Token("incident", (9, 8))
    assert compare(unsure, text_tables(4, 4, 5))[1] != {}, "none of several"
