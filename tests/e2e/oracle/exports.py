"""Reads the agencies' exports as docs/mapping.md says that their program does.

Takes a folder of exports with their mappings, gives content rows of linked persons: typed cells, None for a missing one. Knows the
parts of a mapping that the synthetic exports use, and stops at any other.
"""

import csv
import datetime
import pathlib
import re
import tomllib
import unicodedata

import pandas

EPOCH = datetime.date(1970, 1, 1)
BANDS = [(17, "0-17"), (24, "18-24"), (34, "25-34"), (44, "35-44"), (54, "45-54"), (64, "55-64"), (999, "65+")]
YES, NO = {"Y", "YES", "T", "TRUE", "1", "X"}, {"N", "NO", "F", "FALSE", "0"}
MAPPINGS = pathlib.Path(__file__).parents[3] / "config" / "mappings"


def day_of(date):
    """Days since 1970-01-01."""
    return (date - EPOCH).days


def read_date(text, formats):
    """The day that a text names by the first format that reads all of it."""
    for form in formats:
        if form == "excel":
            if re.fullmatch(r"[0-9]{1,7}(\.[0-9]+)?", text):
                return day_of(datetime.date(1899, 12, 30)) + int(float(text))
            continue
        try:
            return day_of(datetime.datetime.strptime(text, form).date())
        except ValueError:
            continue
    return None


def read_number(text, of, prefixes):
    """What is left of an event's number, with the numbering it belongs to; None if it is no number."""
    text = re.sub(r"^([0-9]*)\.0$", r"\1", text.strip())
    fold = lambda it: re.sub("[^A-Z0-9]", "", unicodedata.normalize("NFKC", it).upper())
    text = fold(text)
    for prefix in sorted(map(fold, prefixes), key=len, reverse=True):
        if text.startswith(prefix):
            text = text[len(prefix):]
            break
    text = text.lstrip("0")
    return (of, text) if re.search("[0-9]", text) else None


def read_flag(text):
    text = text.upper()
    return True if text in YES else False if text in NO else None


def read_integer(text):
    text = text.replace(",", "")
    return int(text) if re.fullmatch("[+-]?[0-9]+", text) else None


def age_band(birth, event):
    """The age band that the program adds: 365.2425 days a year."""
    if birth is None or event is None or event < birth:
        return None
    years = (event - birth) * 10_000 // 3_652_425
    return next(name for last, name in BANDS if years <= last)


class Mapping:
    """A mapping file, as far as content goes."""

    def __init__(self, path):
        self.mapping = tomllib.loads(path.read_text(encoding="utf-8"))
        self.content = self.mapping["content"]
        self.read = self.mapping.get("read", {})
        self.row_id = self.mapping["row_id"]
        self.missing = {word.upper() for word in self.read.get("missing", [])}
        dob = self.mapping["fields"].get("dob")
        self.dob = dob if dob is None or "column" in dob else None
        if dob is not None and self.dob is None:
            raise NotImplementedError("dates of birth in parts")

    def frame(self, path):
        encoding = {"utf-8": "utf-8-sig", "utf-16": "utf-16", "windows-1252": "cp1252"}
        return pandas.read_csv(
            path, sep=self.read.get("delimiter", ","), dtype=str, keep_default_na=False, quoting=csv.QUOTE_MINIMAL,
            encoding=encoding[self.read.get("encoding", "utf-8")],
        )

    def cell(self, text, column):
        text = text.strip()
        if set(column) - {"column", "type", "formats", "of", "prefixes", "missing"}:
            raise NotImplementedError("content columns by codes, constants or marks")
        if not text or text.upper() in self.missing | {word.upper() for word in column.get("missing", [])}:
            return None
        match column["type"]:
            case "date":
                return read_date(text, column.get("formats", ["%Y-%m-%d", "%Y%m%d"]))
            case "integer":
                return read_integer(text)
            case "flag":
                return read_flag(text)
            case "number":
                return read_number(text, column["of"], column.get("prefixes", []))
            case "code":
                return text
        raise NotImplementedError("a type of content")

    def birth(self, row):
        """Day of birth; what is before 1900 or a day of zeros is none."""
        if self.dob is None:
            return None
        text = row[self.dob["column"]].strip()
        if not text or text.upper() in self.missing:
            return None
        day = read_date(text, self.dob.get("formats", ["%Y-%m-%d", "%Y%m%d"]))
        return day if day is not None and day >= day_of(datetime.date(1900, 1, 1)) else None

    def rows(self, path, persons):
        """Rows of persons: the person, and content by column; the first of each column's types beside."""
        frame = self.frame(path)
        found = []
        for row in frame.to_dict("records"):
            person = persons.get(row[self.row_id].strip())
            if person is None:
                continue
            cells = {name: self.cell(row[column["column"]], column) for name, column in self.content["columns"].items()}
            if self.dob is not None and "event_date" in self.content and "age_band" not in cells:
                cells["age_band"] = age_band(self.birth(row), cells[self.content["event_date"]])
            found.append((person, cells))
        return found


def mapping_of(folder, source):
    """The mapping beside the export, or the one that is shipped for it."""
    beside = folder / f"{source}.mapping.toml"
    return Mapping(beside if beside.exists() else MAPPINGS / f"synth-{source}.toml")


def read_persons(path, column):
    """`{source: {record id: person}}` of a file of persons or of the truth."""
    frame = pandas.read_csv(path, dtype=str, keep_default_na=False)
    persons = {}
    for source, record, person in zip(frame["source"], frame["record_id"], frame[column]):
        persons.setdefault(source, {})[record.strip()] = person
    return persons


def self_test():
    assert read_number("CRI-0017001234", "court", ["C", "CRI"]) == ("court", "17001234")
    assert read_number("17001234.0", "court", []) == read_number(" 17 001 234", "court", [])
    assert read_number("PENDING", "court", []) is None and read_number("000", "court", []) is None
    assert read_number("CRICRI1", "court", ["CRI"]) != read_number("CRI1", "court", ["CRI"])
    assert read_date("01/02/2018 23:59", ["%m/%d/%Y %H:%M"]) == read_date("2018-01-02", ["%Y-%m-%d"]) == 17_533
    assert read_date("31334", ["excel", "%m/%d/%Y"]) == read_date("10/14/1985", ["%m/%d/%Y"])
    assert read_date("2017-02-30", ["%Y-%m-%d"]) is None
    assert age_band(0, 6574) == "0-17" and age_band(0, 6575) == "18-24" and age_band(5, 4) is None
    assert read_flag("x") is True and read_flag("maybe") is None and read_integer("1,204") == 1204
