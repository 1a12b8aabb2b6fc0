"""Does with pandas what the gate does, slowly and without a line of its code, and compares.

Reads a folder with one folder a release:
  policy.json                         the policy
  raw/person.csv, raw/arrest.csv      the tables before
  released/person.csv, arrest.csv     the tables that left
  report.json                         the report of the gate
Prints one JSON object a line: k, l and classes of what left, counted by pandas; the minimal levels, found by trying
every combination; and how many cells that left are not what the chosen level makes of the raw ones.
"""

import itertools
import json
import pathlib
import sys

import pandas

MISSING = {"", ".a", ".b", ".c", ".d", ".e"}
RARE = "(rare)"


def read(path):
    return pandas.read_csv(path, dtype=str, keep_default_na=False)


def is_number(text):
    return text.lstrip("-").isdigit()


def band(low, high, bottom, top):
    if bottom is not None and low is not None and low <= bottom:
        low = None
    if top is not None and high is not None and high >= top:
        high = None
    if low is None:
        return "all" if high is None else f"<={high}"
    if high is None:
        return f"{low}+"
    return str(low) if low == high else f"{low}-{high}"


def lift(level, value, bottom, top):
    """What a level makes of a value."""
    if level == "suppressed":
        return ".c"
    if level == "as-is" or value in MISSING:
        return value
    if level == "year":
        return value[:4]
    if level == "half-year":
        return f"{value[:4]}H{1 if value[-1] in '12' else 2}"
    [(name, what)] = level.items()
    if name == "bands":
        low = int(value) // what * what
        return band(low, low + what - 1, bottom, top)
    if name == "cuts":
        lows = [cut for cut in what if cut <= int(value)]
        highs = [cut for cut in what if cut > int(value)]
        return band(lows[-1] if lows else None, highs[0] - 1 if highs else None, bottom, top)
    for group, members in what.items():
        if value in members:
            return group
    return next(group for group, members in what.items() if "*" in members)


class Axis:
    """A quasi-identifier: categories of rows at each level, and of persons."""

    def __init__(self, policy, quasi, tables):
        self.quasi, self.policy = quasi, policy
        self.rows = tables[quasi["table"]]
        self.ids = self.rows["study_id"]
        raw = self.rows[quasi["column"]]
        top = quasi["top"]
        if quasi["age"]:
            top = 90 if top is None else min(top, 90)
        clamped = raw.map(lambda value: self.clamp(value, top))
        rare = self.rare(raw)
        self.levels = []
        for level in quasi["levels"]:
            lifted = {value: lift(level, value, quasi["bottom"], top) for value in set(clamped)}
            into = {lifted[value] for value in rare}
            merged = RARE if level == "as-is" or len(into) > 1 else next(iter(into), RARE)
            self.levels.append(clamped.map(lambda v: merged if v in rare else lifted[v]))

    def clamp(self, value, top):
        if value in MISSING or not is_number(value):
            return value
        number = int(value)
        number = number if top is None else min(number, top)
        bottom = self.quasi["bottom"]
        return str(number if bottom is None else max(number, bottom))

    def rare(self, raw):
        dated = any(level in ("year", "half-year") for level in self.quasi["levels"])
        if dated:
            return set()
        pairs = pandas.DataFrame({"id": self.ids, "value": raw}).drop_duplicates()
        counts = pairs["value"].value_counts()
        few = counts[counts < self.policy["rare_persons"]].index
        return {value for value in few if value not in MISSING and not is_number(value)}

    def persons(self, cells, order):
        """By person: the cell, or the set of cells without those taken out."""
        if self.quasi["table"] == self.policy["person_table"]:
            return cells.reset_index(drop=True)
        frame = pandas.DataFrame({"id": self.ids, "cell": cells})
        frame = frame[frame["cell"] != ".c"]
        sets = frame.groupby("id")["cell"].agg(lambda own: "|".join(sorted(set(own))))
        return order.map(sets).fillna("").reset_index(drop=True)


def failing(key, arm, k, l):
    sizes = key.value_counts()
    seen = pandas.DataFrame({"key": key, "arm": arm})
    distinct = seen.drop_duplicates()["key"].value_counts()
    bad = sizes[(sizes < k) | (distinct.reindex(sizes.index) < l)]
    return int(bad.sum())


def minimal(policy, axes, person):
    order, arm = person["study_id"], person["arm"].reset_index(drop=True)
    codes, radices = [], []
    for axis in axes:
        coded = [pandas.factorize(axis.persons(cells, order))[0] for cells in axis.levels]
        codes.append(coded)
        radices.append([int(code.max()) + 1 for code in coded])
    most = len(order) * policy["suppressed_permille_max"] // 1000
    enough = set()
    for node in itertools.product(*(range(len(coded)) for coded in codes)):
        key = pandas.Series(0, index=range(len(order)))
        for coded, radix, level in zip(codes, radices, node):
            key = key * radix[level] + coded[level]
        out = failing(key, arm, policy["k"], policy["l"])
        if (0 if out == 0 else max(out, policy["k"])) <= most:
            enough.add(node)

    def is_minimal(node):
        finer = (node[:i] + (node[i] - 1,) + node[i + 1 :] for i in range(len(node)) if node[i] > 0)
        return all(other not in enough for other in finer)

    return sorted([level + 1 for level in node] for node in enough if is_minimal(node))


def judge(path):
    policy = json.loads((path / "policy.json").read_text())
    report = json.loads((path / "report.json").read_text())
    raw = {name: read(path / "raw" / f"{name}.csv") for name in ("person", "arrest")}
    left = {name: read(path / "released" / f"{name}.csv") for name in ("person", "arrest")}
    axes = [Axis(policy, quasi, raw) for quasi in policy["quasi"]]
    shown = pandas.DataFrame({"arm": left["person"]["arm"]})
    other, gone = 0, []
    for number, (axis, column) in enumerate(zip(axes, report["columns"])):
        cells = left[axis.quasi["table"]][axis.quasi["column"]]
        shown[str(number)] = axis.persons(cells, left["person"]["study_id"])
        chosen = axis.levels[column["level"] - 1]
        other += int(((cells != chosen) & (cells != ".c")).sum())
        if axis.quasi["table"] == policy["person_table"] and not (chosen == ".c").any():
            gone.append(cells == ".c")
    columns = [str(number) for number in range(len(axes))]
    found = shown.groupby(columns)["arm"].agg(persons="size", distinct="nunique").reset_index()
    classes = [
        [list(row[columns]), int(row["persons"]), int(row["distinct"])] for _, row in found.iterrows()
    ]
    return {
        "name": path.name,
        "k": int(found["persons"].min()),
        "l": int(found["distinct"].min()),
        "classes": sorted(classes),
        "suppressed": int(pandas.concat(gone, axis=1).all(axis=1).sum()) if gone else None,
        "minimal": minimal(policy, axes, raw["person"]),
        "cells_other": other,
    }


for folder in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    print(json.dumps(judge(folder)))
