#!/usr/bin/env python3
"""Pseudonyms of numbers of events a second time, written from the documentation of
crates/encoder/src/{number,keys}.rs, to check the encoder by. HMAC is Python's own.

    python3 tests/vectors/number_v1.py           writes tests/vectors/number_v1/*.json
    python3 tests/vectors/number_v1.py --check   fails if a file differs from what it would write

The numbers below were made by hand. Cells may be added, never changed: a number that comes out differently
no longer joins with submissions made before.
"""

import hashlib
import hmac
import json
import pathlib
import re
import sys
import unicodedata


def mac(key, message):
    return hmac.new(key, message, hashlib.sha256).digest()


def hkdf(secret, salt, info):
    """RFC 5869 with SHA-256, 32 bytes."""
    return mac(mac(salt, secret), info + b"\x01")


def fold(text):
    return re.sub("[^A-Z0-9]", "", unicodedata.normalize("NFKC", text).upper())


def normalise(cell, prefixes):
    text = fold(re.sub(r"^([0-9]*)\.0$", r"\1", cell.strip()))
    for prefix in sorted(map(fold, prefixes), key=len, reverse=True):
        if text.startswith(prefix):
            text = text[len(prefix):]
            break
    return text.lstrip("0")


def pseudonym(key, of, number):
    """None for a cell in which no number stands."""
    if not re.search("[0-9]", number):
        return None
    return mac(key, of.encode() + b"\x1f" + number.encode())[:8].hex()


def document(project, epoch, encoding_key, numberings):
    salt = bytes.fromhex(project) + epoch.to_bytes(4, "little")
    key = hkdf(bytes.fromhex(encoding_key), salt, b"tallystick/v1/number")
    out = {"project": project, "epoch": epoch, "encoding_key": encoding_key, "numberings": []}
    for of, prefixes, cells in numberings:
        cases = [{"cell": cell, "number": normalise(cell, prefixes),
                  "pseudonym": pseudonym(key, of, normalise(cell, prefixes))} for cell in cells]
        out["numberings"].append({"of": of, "prefixes": prefixes, "cases": cases})
    return out


KEY = "8f1d3c0a5b7e9264d1f0a3c59e87b6420c1d2e3f405162738495a6b7c8d9eafb"
PROJECT = "00112233445566778899aabbccddeeff"

INCIDENTS = ["170012345", "170-012-345", " 170012345 ", "170012345.0", "\uff11\uff17\uff10\uff10\uff11\uff12\uff13\uff14\uff15",
             "\u2474170012345", "1700123450", "A17-0012345", "a17 0012345", "", "0", "000-000", "PENDING", "n/a",
             "170012345/2", ".0", "12.50", "\u00bd", "9" * 200, "170012345\u00df", "\u33af7"]
CASES = ["CRI-17001234", "17001234", "cri 17001234", "CRI-0017001234", "0017001234", "CRIM17001234",
         "CRICRI17001234", "CRI", "CRI-000", "MCR17001234", "17001234CRI"]

FILES = {
    "project": (PROJECT, 0, KEY, [
        ("incident", [], INCIDENTS),
        # The same digits under another name are another number.
        ("booking", [], ["170012345", "00170012345"]),
        ("court", ["CRI", "crim-"], CASES),
        ("court_without_prefixes", [], CASES),
    ]),
    "next_epoch": (PROJECT, 258, KEY, [("incident", [], INCIDENTS[:2])]),
    "another_project": (PROJECT[::-1], 0, KEY[::-1], [("incident", [], INCIDENTS[:2])]),
}


def main():
    folder = pathlib.Path(__file__).with_suffix("")
    folder.mkdir(exist_ok=True)
    stale = [path.name for path in folder.iterdir() if path.stem not in FILES]
    for name, arguments in FILES.items():
        text = json.dumps(document(*arguments), indent=1) + "\n"
        path = folder / (name + ".json")
        if "--check" not in sys.argv:
            path.write_text(text, encoding="ascii")
        elif not path.exists() or path.read_text(encoding="ascii") != text:
            stale.append(path.name)
    if stale:
        sys.exit("differs from number_v1.py: " + ", ".join(stale))


if __name__ == "__main__":
    main()
