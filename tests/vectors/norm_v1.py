#!/usr/bin/env python3
"""norm/v1 a second time: slow, plain, and written apart from the Rust code, to check it by.

    python3 tests/vectors/norm_v1.py           writes tests/vectors/norm_v1/*.json
    python3 tests/vectors/norm_v1.py --check   fails if a file differs from what it would write

The rows below were made by hand; the people in them do not exist. Rows may be added, never changed:
a row that comes out differently is a new version of the rules.
"""

import datetime
import json
import pathlib
import re
import sys
import unicodedata

TODAY_YEAR_MAX = 2026
NULLS = {"#N/A", "N/A", "NONE", "NULL", "TEST", "UNK", "UNKNOWN", "VOID"}
NO_NAMES = NULLS | set("BABY BABYBOY BABYGIRL FNU LNU NFN NLN NMI NMN".split())
TITLES = set("DR MISS MR MRS MS PROF REV".split())
PARTICLES = set(
    "AL BIN DA DAS DE DEL DELA DELOS DEN DER DI DOS DU EL IBN LA LAS LOS MAC MC SAINT ST VAN VON".split()
)
SUFFIXES = {"JR": "JR", "JNR": "JR", "SR": "SR", "SNR": "SR", "II": "II", "2ND": "II",
            "III": "III", "3RD": "III", "IV": "IV", "4TH": "IV"}
SUFFIX_COLUMN = dict(SUFFIXES, **{"J R": "JR", "JUNIOR": "JR", "S R": "SR", "SENIOR": "SR",
                                  "2": "II", "3": "III", "4": "IV", "V": "V", "5": "V", "5TH": "V"})
STREET_TYPES = set(
    """ALLEY ALY AV AVE AVENUE BLVD BOULEVARD CCT CIR CIRCLE CIRCUIT CL CLOSE COURT CR CRES CRESCENT
    CRT CT DR DRIVE DRV FREEWAY FWY GR GROVE HIGHWAY HWY LANE LN LOOP PARADE PARKWAY PDE PKWY PL
    PLACE PLAZA PLZ RD ROAD ROW SQ SQUARE ST STR STREET TCE TER TERRACE TPKE TRAIL TRL TURNPIKE WALK
    WAY WY""".split()
)
DIRECTIONS = set(
    """E EAST N NE NORTH NORTHEAST NORTHWEST NW S SE SOUTH SOUTHEAST SOUTHWEST SW W WEST""".split()
)
UNITS = set("# APARTMENT APT BLDG FLAT FLT LOT RM ROOM SPC STE SUITE TRLR UNIT".split())
LETTERS = {"ß": "SS", "ẞ": "SS", "Æ": "AE", "æ": "AE", "Ø": "O", "ø": "O", "Ł": "L", "ł": "L",
           "Đ": "D", "đ": "D", "Ð": "D", "ð": "D", "Œ": "OE", "œ": "OE", "Þ": "TH", "þ": "TH",
           "Ħ": "H", "ħ": "H", "ı": "I"}
INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
APOSTROPHES = "'`\u00b4\u2018\u2019\u201b\u2032" + "".join(map(chr, range(0x2b9, 0x2c0)))


def plain(text):
    """NFKD without marks, letters spelled out, dashes as hyphens, upper case."""
    text = "".join(c for c in text if c not in APOSTROPHES)
    text = unicodedata.normalize("NFKD", text)
    text = "".join(LETTERS.get(c, c) for c in text)
    text = re.sub("[\u2010-\u2015\u2212]", "-", text)
    text = "".join(c for c in text if not unicodedata.category(c).startswith("M") and c not in INVISIBLE)
    return "".join(c.upper() if c.isascii() else " " for c in text)


def words_of(text):
    return re.findall("[A-Z0-9]+", plain(text))


def name_words(text, keep_hyphens=False):
    """Words of a name; brackets and quotes are left out unless they hold everything."""
    outside = re.sub(r'\([^)]*\)|"[^"]*"', " ", text)
    if not words_of(outside):
        outside = text
    folded = plain(outside)
    if keep_hyphens:
        folded = re.sub(r"[^A-Z0-9]*-[^A-Z0-9]*", "-", folded)
        return [w.strip("-") for w in re.findall("[A-Z0-9-]+", folded) if w.strip("-")]
    return re.findall("[A-Z0-9]+", folded)


class Row:
    def __init__(self):
        self.out = {}
        self.suffix = ""

    def take_suffixes(self, words, all_of_them=False):
        words = list(words)
        for i in reversed(range(len(words))):
            if words[i] in SUFFIXES and (len(words) > 1 or all_of_them):
                self.suffix = self.suffix or SUFFIXES[words[i]]
                del words[i]
        return words

    def set_name(self, key, words):
        if all(w in NO_NAMES for w in words):
            return
        joined = "".join(words)[:64]
        if not re.search("[A-Z]", joined) or joined in NO_NAMES:
            return
        self.out[key] = joined
        fits = [len("".join(words[: i + 1])) <= 64 for i in range(len(words))]
        parts = [
            word for word, whole in zip(words, fits)
            if whole and len(re.findall("[A-Z]", word)) >= 3 and word not in PARTICLES
        ]
        if len(words) > 1 and parts:
            self.out[key + "_parts"] = parts[:3]

    def set_last(self, words):
        self.set_name("last", drop_titles(self.take_suffixes(words)))

    def set_middle(self, words):
        words = self.take_suffixes(words)
        if all(w in NO_NAMES for w in words):
            return
        joined = re.sub("[^A-Z]", "", "".join(words))[:32]
        if joined in SUFFIXES:
            self.suffix = self.suffix or SUFFIXES[joined]
        elif joined and joined not in NO_NAMES:
            self.out["middle"] = joined

    def set_first(self, words):
        words = drop_titles(self.take_suffixes(words))
        if len(words) > 1 and re.fullmatch("[A-Z]", words[-1]) and len(words[0]) > 1:
            middle = self.out.setdefault("middle", words[-1])
            if middle.startswith(words[-1]):
                words = words[:-1]
        self.set_name("first", words)

    def drop_unnamed(self):
        pair = (self.out.get("first"), self.out.get("last"))
        if "DOE" in pair and ("JOHN" in pair or "JANE" in pair):
            for key in ("first", "last", "first_parts", "last_parts"):
                self.out.pop(key, None)


def drop_titles(words):
    while len(words) > 1 and words[0] in TITLES:
        words = words[1:]
    return words


def at_hyphens(words):
    return [part for word in words for part in word.split("-") if part]


def whole_name(row, text, last_first):
    left, _, right = text.partition(",")
    left, right = name_words(left, True), name_words(right, True)
    if all(w in SUFFIXES for w in right):
        row.take_suffixes(right, True)
        left = drop_titles(row.take_suffixes(left))
        if last_first:
            n = 0
            while n < len(left) and left[n] in PARTICLES:
                n += 1
            last, given = left[: n + 1], left[n + 1:]
        else:
            n = max(len(left) - 1, 0)
            while n > 1 and left[n - 1] in PARTICLES:
                n -= 1
            last, given = left[n:], left[:n]
        # Without a comma the suffixes of the whole come before those of any part.
        row.set_name("last", at_hyphens(last))
    else:
        row.set_last(at_hyphens(left))
        given = drop_titles(row.take_suffixes(right))
    row.set_middle(at_hyphens(given[1:]))
    row.set_first(at_hyphens(given[:1]))


def without_tail(text):
    return text[:-2] if re.fullmatch(r"[0-9]*\.0", text) else text


def ssn4(text):
    text = without_tail(text)
    if re.search("[A-WYZa-wyz]", text):
        return ""
    tail = re.split(r"[Xx*#]", text)
    digits = re.sub("[^0-9]", "", tail[-1])
    masked = len(tail) > 1
    if len(digits) not in ((4, 5, 6, 7, 8) if masked else (4, 7, 8, 9)):
        return ""
    if len(digits) == 9:
        never = re.fullmatch(r"(000|666|9..)......|...00....|123456789|(.)\2{8}", digits)
        if never:
            return ""
    return "" if digits[-4:] in ("0000", "9999", "1234") else digits[-4:]


def phone(text):
    digits = ""
    for c in without_tail(text):
        if c in "0123456789":
            digits += c
        elif len(digits) >= 10 and re.match("[A-Za-z,;/#]", c):
            break
    if not 10 <= len(digits) <= 15 or len(set(digits[-10:])) == 1:
        return ""
    return digits[-10:]


def postal(text):
    text = without_tail(text)
    code = re.sub("[^A-Za-z0-9]", "", text)[:10].upper()
    if code in NULLS:
        return ""
    if re.fullmatch("[0-9]{9}", code) or (re.match("[0-9]{5}-", text) and code.isdigit()):
        code = code[:5]
    ok = 3 <= len(code) <= 8 and re.search("[0-9]", code) and code.strip("0") and code != "99999"
    return code if ok else ""


def joined(text, limit):
    value = "".join(words_of(text))[:limit]
    return "" if value in NULLS else value


def local_id(text):
    text = without_tail(text)
    value = joined(text, 192)
    return (value.lstrip("0") if value.isdigit() else value)[:32]


NUMBER = re.compile("[0-9]+[A-Z]?")


def address(text):
    text = re.sub(r"[^A-Z0-9#/-]", " ", plain(text).replace(".", ""))
    text = text.replace("#", " # ")
    text = re.sub("[ /-]*/[ /-]*", "/", text)
    text = re.sub("[ -]*-[ -]*", "-", text).strip(" -/")
    tokens = []
    for token in text.split():
        left, slash, right = token.rpartition("/")
        if slash and left[:1].isdigit() and NUMBER.fullmatch(right) and len(right) <= 10:
            tokens.append(("fraction", right))
            continue
        for part in token.split("/"):
            if part[:1].isdigit() and "-" in part:
                tokens.append(("joined", part.replace("-", "")))
            else:
                tokens += [("word", w) for w in part.split("-") if w]
    number, street, filler, unit = "", [], "", False
    for kind, token in tokens:
        was_unit, unit = unit, False
        if kind == "fraction":
            if was_unit or number:
                continue
        elif kind == "joined":
            if was_unit:
                continue
        elif was_unit and token == "#":
            unit = True
            continue
        elif was_unit and (len(token) == 1 or re.search("[0-9]", token)):
            continue
        elif token in UNITS:
            unit = True
            continue
        elif re.sub("[0-9].*", "", token) in UNITS:
            continue
        elif token in STREET_TYPES or token in DIRECTIONS:
            filler = filler or token
            continue
        if not number and NUMBER.fullmatch(token) and len(token) <= 10:
            number = re.sub("^0+(?=[0-9])", "", token)
        elif len(" ".join(street + [token])) <= 64:
            street.append(token)
    core = " ".join(street)
    nowhere = (
        "HOMELESS" in street or "TRANSIENT" in street
        or core.startswith(("GENERAL DELIVERY", "NO FIXED"))
        or core in NULLS | {"NFA", "NO ADDRESS", "NO PERMANENT ADDRESS"}
    )
    core = core or filler
    return ("", "") if nowhere or not core else (number, core)


def strptime(text, form):
    try:
        return datetime.datetime.strptime(re.sub("(?i)sept(?![a-z])", "Sep", text), form).date()
    except ValueError:
        return None


def date(text, formats, pivot=None):
    for form in formats:
        if form == "excel":
            match = re.fullmatch(r"([0-9]{1,6})(\.[0-9]+)?", text)
            serial = int(match[1]) if match else 0
            if not match or serial in (0, 60):
                continue
            epoch = datetime.date(1899, 12, 31 if serial < 60 else 30)
            found = epoch + datetime.timedelta(days=serial)
        else:
            # strptime is laxer than the rules in one way: "%Y%m%d" may take one digit.
            if form == "%Y%m%d" and not re.fullmatch("[0-9]{8}", text):
                continue
            found = strptime(text, form.replace("%B", "%b")) or strptime(text, form.replace("%b", "%B"))
            if not found:
                continue
            if "%y" in form:
                year = pivot - pivot % 100 + found.year % 100
                found = found.replace(year=year - 100 if year > pivot else year)
        return found
    return None


def set_dob(row, found):
    if found and 1900 <= found.year <= TODAY_YEAR_MAX:
        row.out["dob"] = found.strftime("%Y%m%d")
        if found.month == found.day == 1:
            row.out["dob_default"] = True


def soundex(name):
    name = re.sub("[^A-Z]", "", name)
    digit = {c: d for d, cs in enumerate(["AEIOUY", "BFPV", "CGJKQSXZ", "DT", "L", "MN", "R"]) for c in cs}
    spoken = name[:1] + re.sub("[HW]", "", name[1:])
    codes = [digit.get(c, 0) for c in spoken]
    kept = [str(b) for a, b in zip(codes, codes[1:]) if b and b != a]
    return (name[:1] + "".join(kept) + "000")[:4] if name else ""


def nysiis(name):
    name = re.sub("[^A-Z]", "", name)
    if not name:
        return ""
    for old, new in [("MAC", "MCC"), ("KN", "NN"), ("K", "C"), ("PH", "FF"), ("PF", "FF"), ("SCH", "SSS")]:
        name = re.sub("^" + old, new, name)
    name = re.sub("(EE|IE)$", "Y", name)
    name = re.sub("(DT|RT|RD|NT|ND)$", "D", name)
    key, done, rest = name[0], name[0], name[1:]
    while rest:
        last = done[-1]
        if rest.startswith("EV"):
            rest = "AF" + rest[2:]
        elif rest[0] in "AEIOU":
            rest = "A" + rest[1:]
        elif rest[0] in "QZM":
            rest = {"Q": "G", "Z": "S", "M": "N"}[rest[0]] + rest[1:]
        elif rest.startswith("KN"):
            rest = "NN" + rest[2:]
        elif rest[0] == "K":
            rest = "C" + rest[1:]
        elif rest.startswith("SCH"):
            rest = "SSS" + rest[3:]
        elif rest.startswith("PH"):
            rest = "FF" + rest[2:]
        elif rest[0] == "H" and (last not in "AEIOU" or rest[1:2] not in tuple("AEIOU")):
            rest = last + rest[1:]
        elif rest[0] == "W" and last in "AEIOU":
            rest = last + rest[1:]
        if rest[0] != last:
            key += rest[0]
        done, rest = done + rest[0], rest[1:]
    if len(key) > 1:
        key = re.sub("S$", "", key)
        key = re.sub("(?<=.)AY$", "Y", key)
        key = re.sub("A$", "", key)
    return key[:6]


def normalise(columns, options):
    def cell(column):
        text = columns.get(column, "").strip()
        missing = {m.upper() for m in options.get("missing", [])}
        return "" if text.upper() in NULLS | missing else text

    row = Row()
    if "name" in options:
        whole_name(row, cell("NAME"), options["name"] == "last_first")
    else:
        row.suffix = SUFFIX_COLUMN.get(" ".join(words_of(cell("SUFFIX"))), "")
        row.set_last(name_words(cell("LAST")))
        row.set_middle(name_words(cell("MIDDLE")))
        row.set_first(name_words(cell("FIRST")))
    row.drop_unnamed()
    if "dob_parts" in options:
        parts = [re.sub(r"\.0$", "", cell(c)) for c in ("YEAR", "MONTH", "DAY")]
        try:
            set_dob(row, datetime.date(*map(int, parts)))
        except ValueError:
            pass
    else:
        formats = options.get("formats", ["%Y-%m-%d", "%Y%m%d"])
        set_dob(row, date(cell("DOB"), formats, options.get("pivot_year")))
    sexes = {"F": "F", "FEMALE": "F", "M": "M", "MALE": "M", "X": "X", "NONBINARY": "X", "NB": "X"}
    number, street = address(" ".join(filter(None, [cell("NUMBER"), cell("STREET")])))
    out = row.out
    out.update(
        suffix=row.suffix,
        sex=sexes.get("".join(words_of(cell("SEX"))), ""),
        ssn4=ssn4(cell("SSN")),
        phone=phone(cell("PHONE")),
        address_number=number,
        address_street=street,
        city=joined(cell("CITY"), 40),
        zip=postal(cell("ZIP")),
        local_id=local_id(cell("ID")),
        attribute=joined(cell("COUNTY"), 48),
    )
    for key in ("first", "last"):
        out[key + "_soundex"] = soundex(out.get(key, ""))
        out[key + "_nysiis"] = nysiis(out.get(key, ""))
    linking = ("first", "last", "dob", "ssn4", "phone", "address_street", "local_id")
    if not any(out.get(key) for key in linking):
        out["rejected"] = True
    return {key: value for key, value in sorted(out.items()) if value}


REST = """sex = "SEX"
ssn = "SSN"
phone = "PHONE"
address = ["NUMBER", "STREET"]
city = "CITY"
zip = "ZIP"
local_id = "ID"
"attribute.county" = "COUNTY"
"""
PARTS = 'first = "FIRST"\nlast = "LAST"\nmiddle = "MIDDLE"\nsuffix = "SUFFIX"\n'


def mapping(options):
    text = 'source = "vectors"\ntype = "other"\n'
    if "missing" in options:
        text += "[read]\nmissing = %s\n" % json.dumps(options["missing"])
    text += "[fields]\n"
    if "name" in options:
        form = "LAST, FIRST MIDDLE" if options["name"] == "last_first" else "FIRST MIDDLE LAST"
        text += 'name = { column = "NAME", format = "%s" }\n' % form
    else:
        text += PARTS
    if "dob_parts" in options:
        text += 'dob = { year = "YEAR", month = "MONTH", day = "DAY" }\n'
    elif "formats" in options:
        pivot = ", pivot_year = %d" % options["pivot_year"] if "pivot_year" in options else ""
        text += 'dob = { column = "DOB", formats = %s%s }\n' % (json.dumps(options["formats"]), pivot)
    else:
        text += 'dob = "DOB"\n'
    return text + REST


def rows(column, *values):
    return [{column: value} for value in values]


def named(*pairs):
    return [dict(zip(("FIRST", "LAST", "MIDDLE", "SUFFIX"), pair)) for pair in pairs]


def placed(*pairs):
    return [dict(zip(("NUMBER", "STREET"), pair)) for pair in pairs]


FILES = {
    "names_parts": ({}, named(
        ("Daniel", "Rollins"), ("  maria ", " GARCIA-LOPEZ "), ("María José", "Núñez de la Cruz"),
        ("Jean-Luc", "O'Neil"), ("Jean‐Luc", "O’Neil"), ("SEAN", "Mac Donald"), ("Søren", "Ærø"),
        ("Łukasz", "Żółć"), ("Đorđe", "Straße"), ("Thị", "Nguyễn"), ("Ｊｏｈｎ", "Ｓｍｉｔｈ"),
        ("John", "Smith Jr."), ("John Jr", "Smith"), ("John", "Smith III"), ("John", "JR SMITH"),
        ("John", "Smith", "", "Jr."), ("John", "Smith", "", "junior"), ("John", "Smith", "", "V"),
        ("John", "Smith", "", "esq"), ("John", "Smith Sr", "", "II"), ("John", "Smith-Jr"),
        ("John", "Smith", "JR"), ("John", "Smith", "A Jr"), ("John", "Smith 2nd", "Allen"),
        ("John A", "Smith"), ("John A.", "Smith", "Allen"), ("John B", "Smith", "Allen"),
        ("J R", "Ewing"), ("J.R.", "Ewing"), ("Jr", "Smith"), ("Mary Ann", "Smith"),
        ("Mary Ann K", "Smith"), ("Dr. Ana", "Silva"), ("Mr", "Brown"), ("Rev Dr John", "Brown"),
        ('Robert "Bob"', "Jones"), ("Robert (Bob)", "Jones"), ("(Bob)", "Jones"), ('"', "Jones"),
        ("William (Bill) H", "Gates (aka Doors)"), ("FNU", "LNU"), ("fnu", "Khan"), ("Ali", "LNU"),
        ("John", "Doe"), ("JANE", "doe"), ("Doe", "John"), ("James", "Doe"), ("Unknown", "Unknown"),
        ("UNK", "UNK UNK"), ("U N K", "Lee"), ("N/A", "Lee"), ("N A", "Na"), ("NFN", "Patel", "NMN"),
        ("BABY", "Cruz"), ("Baby Boy", "Cruz"), ("Baby Girl", "Reyes"), ("Test", "Smith"),
        ("void", "Smith"), ("None", "Smith", "None"), ("NULL", "Smith"), ("-", "."), ("???", "Diaz"),
        ("123", "Diaz"), ("J0hn", "Sm1th"), ("Иван", "Петров"), ("Иван", "Petrov"),
        ("Al", "van der Berg"), ("Ana", "de la O"), ("Ana", "de los Santos"), ("Omar", "Al-Sayed"),
        ("Rosa", "Garcia y Lopez"), ("Luis", "St. John"), ("Xóchitl", "Ibáñez-Peña Martínez Ortiz"),
        ("Anne-Marie", "D’Angelo"), ("Anne - Marie", "D Angelo"), ("Mc Kenzie", "Mc Donald"),
        ("Abcdefghijklmnopqrstuvwxyz Abcdefghijklmnopqrstuvwxyz", "Abcdefghijklmnopqrstuvwxyz "
         "Abcdefghijklmnopqrstuvwxyz Abcdefghijklmnopqrstuvwxyz"),
        ("Sam", "Lee", "O'Brien-Kay"), ("Sam", "Lee", "4"), ("Sam", "Lee", "NMI"), ("", "Lee"),
        ("Sam", ""), ("", ""), ("Knut", "Schmidt"), ("Philip", "Knowles"), ("Zsa Zsa", "Wright"),
        ("Kevin", "Pfister"), ("Matthew", "Hughes"), ("Steven", "McKee"), ("As", "Ashcraft"),
        ("a\u00adna", "po\u0301lo"), ("ﬁona", "Œuvre"), ("Þór", "Guðmundsson"), ("İbrahim", "Işık"),
    )),
    "names_last_first": ({"name": "last_first"}, rows(
        "NAME", "SMITH, JOHN A", "Smith, John", "SMITH JR, JOHN A", "SMITH, JOHN A JR",
        "SMITH, JR, JOHN A", "SMITH, JOHN, JR", "SMITH, JR", "SMITH,", ", JOHN", "SMITH",
        "SMITH JOHN A", "DE LA CRUZ MARIA E", "DE LA CRUZ, MARIA ELENA", "VAN DER BERG JAN",
        "VAN JOHN", "GARCIA-LOPEZ, ANA", "GARCIA LOPEZ, ANA MARIA", "GARCIA-LOPEZ ANA MARIA",
        "O'BRIEN, MARY-ANN", "O'BRIEN, MARY-A", "DOE, JOHN", "DOE, JANE", "DOE JOHN", "DOE, JAMES",
        "UNKNOWN", "UNKNOWN, UNKNOWN", "LNU, FNU", "KHAN, FNU", "SMITH, DR JOHN", "DR SMITH JOHN",
        "SMITH (AKA JONES), JOHN (JACK)", "SMITH, JOHN NMN", "SMITH IV JOHN", "Smith, J R",
        "Müller, Jürgen Ä", "SMITH,JOHN,ALLEN,III", "SMITH, III, JR", "Петров, Иван", "---", "N/A",
        "SMITH, JOHN ALLEN BERT", "SMITH, JOHN A-B", "SAINT JOHN, IAN", "DE LA", "SMITH-JR, JOHN",
    )),
    "names_first_last": ({"name": "first_last"}, rows(
        "NAME", "JOHN A SMITH", "JOHN SMITH", "JOHN SMITH JR", "JOHN SMITH, JR", "JOHN A SMITH III",
        "SMITH, JOHN A", "JOHN", "VAN MORRISON", "JAN VAN DER BERG", "MARIA DE LA CRUZ",
        "MARIA ELENA DE LA CRUZ", "ANA MARIA GARCIA LOPEZ", "ANA GARCIA-LOPEZ", "JOHN DOE",
        "JANE DOE", "MR JOHN SMITH", "DR. JOHN A. SMITH SR.", "JEAN-LUC PICARD", "AL SMITH",
        'ROBERT "BOB" JONES', "J R EWING", "UNKNOWN MALE", "FNU LNU", "JR SMITH", "JR", "",
        "JOHN ALLEN BERT SMITH", "José Luis Rodríguez", "DE LEON", "JOHN SMITH-JR",
    )),
    "dates_iso": ({}, rows(
        "DOB", "1984-01-08", "19840108", " 1984-01-08 ", "1984-1-8", "1984018", "1984-02-29",
        "1983-02-29", "1900-02-29", "2000-02-29", "1900-01-01", "1901-01-01", "1984-01-01",
        "1899-12-31", "1800-05-05", "2026-12-31", "2027-01-02", "0000-00-00", "00000000", "0", "",
        "N/A", "unknown", "1984-13-01", "1984-00-10", "01/08/1984", "1984-01-08 00:00:00", "84-01-08",
        "1984-04-31", "1984-12-31", "19841231", "198412310",
    )),
    "dates_us": (
        {"formats": ["%m/%d/%Y", "%m/%d/%Y %I:%M:%S %p", "%m/%d/%y", "%d-%b-%Y", "%B %d, %Y", "excel"],
         "pivot_year": 2024},
        rows("DOB", "07/04/1976", "7/4/1976", "13/04/1976", "07/04/1976 12:00:00 AM", "07/04/76",
             "07/04/24", "07/04/25", "1/1/80", "04-JUL-1976", "4-jul-1976", "July 4, 1976",
             "Jul 4, 1976", "Sept 4, 1976", "28310", "28310.0", "28310.75", "60", "61", "59", "1", "0", "99999",
             "00/00/0000", "02/30/1976", "07-04-1976", "07/04/1976 13:00:00 AM", "4-Juli-1976"),
    ),
    "dates_parts": ({"dob_parts": True}, [
        dict(zip(("YEAR", "MONTH", "DAY"), parts)) for parts in (
            ("1984", "1", "8"), ("1984", "01", "08"), ("1984.0", "12.0", "31.0"), ("1984", "", ""),
            ("1984", "2", "30"), ("1984", "1", "1"), ("", "", ""), ("0", "0", "0"), ("84", "1", "8"),
            ("1899", "1", "8"), ("2027", "1", "8"), ("1984", "13", "8"), ("198x", "1", "8"),
        )
    ]),
    "numbers": ({}, rows(
        "SSN", "536-22-6789", "536226789", "6789", "XXX-XX-6789", "***-**-6789", "xxxxx6789",
        "536-22-XXXX", "XXX-X2-6789", "36226789", "6226789", "226789", "26789", "789", "000-22-6789",
        "666-22-6789", "900-22-6789", "536-00-6789", "536-22-0000", "536-22-9999", "536-22-1234",
        "123-45-6789", "111-11-1111", "0000", "9999", "1234", "1111", "536226789.0", "536-22-678a",
        "5362267890", "UNKNOWN", "", "536 22 6789",
    ) + rows(
        "PHONE", "(415) 555-2671", "415.555.2671", "+1 415 555 2671", "14155552671", "5552671",
        "415-555-2671 x22", "415-555-2671 ext. 9876", "415-555-2671 / 510-555-9999", "0000000000",
        "999-999-9999", "4155552671.0", "no phone", "415-555-0100", "1234567890123456", "N/A",
        "011 44 20 7946 0958", "Cell: 415 555 2671",
    ) + rows(
        "ZIP", "94110", "94110-1234", "941101234", "94110-", "94110-12", "3916", "2139", "94110.0",
        "K1A 0B6", "sw1a 1aa", "00000", "99999", "12", "CALIF", "unknown", "94110 1234", "9411012345",
        "ABCDEFGH1", "",
    ) + rows(
        "SEX", "M", "m", "Male", "F", "FEMALE", "X", "Non-Binary", "nonbinary", "NB", "U", "Unknown",
        "1", "MF", "",
    ) + rows(
        "ID", "0012345", "12345", "A-0012345", "a0012345", "12345.0", "007/04", "0", "000", "UNK", "CII 12/34",
        "1234567890123456789012345678901234567890",
    )),
    "places": ({}, placed(
        ("22", "hemmings crescent"), ("", "22 Hemmings Cres"), ("", "22 N Hemmings St Apt 5"),
        ("", "22 North Hemmings Street, #5"), ("", "22 Hemmings St Unit B"), ("", "5/22 Hemmings Road"),
        ("", "Flat 3 22 Hemmings Rd"), ("", "FLT 68 22 HEMMINGS CL"), ("", "22-24 Hemmings Rd"),
        ("", "22B Hemmings Rd"), ("", "22-B Hemmings Rd"), ("", "22 B Hemmings Rd"),
        ("", "123 1/2 Main St"), ("", "0022 Main St."), ("", "34-12 84th St"), ("", "850 Bryant St"),
        ("", "100 16th St"), ("", "16th St & Mission St"), ("", "Mission St / 16th St"),
        ("", "5 North St"), ("", "5 Avenue C"), ("", "Broadway"), ("", "PO Box 123"),
        ("", "P.O. Box 123"), ("", "Homeless"), ("", "TRANSIENT"), ("", "homeless, San Francisco"),
        ("", "General Delivery"), ("", "GENERAL DELIVERY 94102"), ("", "No Fixed Address"), ("", "NFA"),
        ("", "no fixed abode"), ("", "Unknown"), ("", "123"), ("", ""), ("", "#5"), ("", "Apt 5"),
        ("", "22 St John St"), ("", "22 O’Farrell St, Rm 12"), ("", "22 Flat Rock Rd"),
        ("", "22 Main St STE #200"), ("", "22 Main St APT5"), ("", "22 Peña Adobe Rd"),
        ("12", "Smith-Jones Lane"), ("12", "N.W. Highland Dr."), ("1 2", "Main St"), ("0", "Main St"),
        ("", "Улица Ленина 5"), ("", "22 Main St Apt A-5"), ("", "22 Main St Apt 5-A"),
        ("", "22 Main St Unit 5/6"), ("", "22 E St"), ("", "1234567890123 Main St"),
        ("", "22 Abcdefghijklmnopqrstuvwxyz Abcdefghijklmnopqrstuvwxyz Abcdefghijklmnopqrstuvwxyz Xy"),
    ) + rows(
        "CITY", "San Francisco", "SAN-FRANCISCO", "St. Louis", "Cañon City", "UNKNOWN", "U N K", "",
        "Sm1thville", "--", "Санкт",
    ) + rows("COUNTY", "Alameda", "santa clara", "06-001", "none")),
    "missing_values": ({"missing": ["refused", "9/9/9999", "ÜBER", "0"]}, [
        {"FIRST": "Refused", "LAST": "Smith"}, {"FIRST": " REFUSED ", "LAST": "refused-it"},
        {"FIRST": "über", "LAST": "Ober"}, {"LAST": "Smith", "ID": "0"},
        {"LAST": "Smith", "DOB": "9/9/9999"}, {"NUMBER": "refused", "STREET": "5 Main St"},
    ]),
    "rejected": ({}, [
        {}, {"FIRST": "UNKNOWN", "LAST": "UNK"}, {"SEX": "M", "ZIP": "94110", "CITY": "Oakland"},
        {"FIRST": "John", "LAST": "Doe", "SEX": "M"}, {"MIDDLE": "Ann"}, {"COUNTY": "Alameda"},
        {"FIRST": "John", "LAST": "Doe", "ID": "7"}, {"SSN": "6789"}, {"PHONE": "415-555-2671"},
        {"STREET": "5 Main St"}, {"DOB": "1984-01-08"}, {"SSN": "0000", "PHONE": "1"},
    ]),
}


def main():
    folder = pathlib.Path(__file__).with_suffix("")
    stale = []
    for name, (options, cases) in FILES.items():
        document = {
            "norm_version": 1,
            "today_year_max": TODAY_YEAR_MAX,
            "mapping": mapping(options),
            "cases": [{"row": row, "expect": normalise(row, options)} for row in cases],
        }
        text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
        path = folder / (name + ".json")
        if "--check" not in sys.argv:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(path.name)
    if stale:
        sys.exit("differs from norm_v1.py: " + ", ".join(stale))


if __name__ == "__main__":
    main()
