"""Reads a bundle with tools that nobody of this project wrote, and says where they do not agree.

Usage: check.py BUNDLE PUBLIC_KEY_HEX. Needs requirements.txt of this folder and Rscript. Ends with
`all agree`, or with what does not and status 1.

There is no schema of DDI-Codebook in a package registry whose licence is ours, so `ddi-codebook.xml` is
checked for form and for the order of its elements, which is copied out of the schema by hand below.
"""

import csv
import hashlib
import io
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import duckdb
import pandas
import pyarrow.parquet
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from frictionless import Package
from lxml import etree

KINDS = [".a", ".b", ".c", ".d", ".e"]
WORDS = ["not collected", "not in coverage", "suppressed", "not linked", "consent withheld"]
DDI = "{ddi:codebook:2_5}"
# Children in the schema's order, of the elements that the bundle uses.
DDI_ORDER = {
    "codeBook": ["docDscr", "stdyDscr", "fileDscr", "dataDscr", "otherMat"],
    "docDscr": ["citation", "guide", "docStatus", "docSrc", "controlledVocabUsed", "notes"],
    "stdyDscr": ["citation", "studyAuthorization", "stdyInfo", "studyDevelopment", "method", "dataAccs"],
    "citation": ["titlStmt", "rspStmt", "prodStmt", "distStmt", "serStmt", "verStmt", "biblCit"],
    "titlStmt": ["titl", "subTitl", "altTitl", "parTitl", "IDNo"],
    "prodStmt": ["producer", "copyright", "prodDate", "prodPlac", "software", "fundAg", "grantNo"],
    "stdyInfo": ["studyBudget", "subject", "abstract", "sumDscr", "qualityStatement", "notes"],
    "sumDscr": ["timePrd", "collDate", "nation", "geogCover", "geogUnit", "anlyUnit", "universe", "dataKind"],
    "method": ["dataColl", "notes", "anlyInfo", "stdyClas", "dataProcessing", "codingInstructions"],
    "dataColl": ["timeMeth", "dataCollector", "collectorTraining", "frequenc", "sampProc", "sources"],
    "sources": ["dataSrc", "sourceCitation", "srcOrig", "srcChar", "srcDocu"],
    "dataAccs": ["setAvail", "useStmt", "notes"],
    "useStmt": ["confDec", "specPerm", "restrctn", "contact", "citReq", "deposReq", "conditions"],
    "fileDscr": ["fileTxt", "locMap", "notes"],
    "fileTxt": ["fileName", "fileCitation", "dataFingerprint", "fileCont", "fileStrc", "dimensns", "fileType"],
    "dimensns": ["caseQnty", "varQnty", "logRecL", "recPrCas", "recNumTot"],
    "dataDscr": ["varGrp", "nCubeGrp", "var", "nCube", "notes"],
    "var": [
        "location", "labl", "imputation", "security", "embargo", "respUnit", "anlysUnit", "qstn", "valrng",
        "invalrng", "undocCod", "universe", "TotlResp", "sumStat", "txt", "stdCatgry", "catgryGrp", "catgry",
        "codInstr", "verStmt", "concept", "derivation", "varFormat", "geoMap", "catLevel", "notes",
    ],
    "catgry": ["catValu", "labl", "txt", "catStat", "mrow", "catgry"],
    "derivation": ["drvdesc", "drvcmd"],
    "otherMat": ["labl", "txt", "notes", "table", "citation", "otherMat"],
}

findings = []


def check(holds, what):
    if not holds:
        findings.append(what)


def manifest_and_signature(folder, key):
    signed = (folder / "manifest.json").read_bytes()
    signature = (folder / "manifest.sig").read_bytes()
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
    public.verify(signature, b"tallystick bundle v1\0" + signed)
    manifest = json.loads(signed)
    for output in manifest["outputs"]:
        content = (folder / output["name"]).read_bytes()
        check(len(content) == output["bytes"], f"{output['name']}: bytes")
        check(hashlib.sha256(content).hexdigest() == output["sha256"], f"{output['name']}: SHA-256")
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    listed = {output["name"] for output in manifest["outputs"]} | {"manifest.json", "manifest.sig"}
    check(there == listed, "members are those of the manifest")


def frictionless(folder):
    """The public validator, with checksums, keys and types of every cell."""
    package = Package(str(folder / "datapackage.json"))
    report = package.validate()
    check(report.valid, f"frictionless: {report.flatten(['code', 'rowNumber', 'fieldName', 'type'])[:5]}")
    for resource in package.resources:
        rows = resource.read_rows()
        check(len(rows) == resource.rows, f"{resource.name}: rows by frictionless")


def csv_rows(path):
    text = path.read_bytes().decode("utf-8")
    check("\n" not in text.replace("\r\n", ""), f"{path.name}: lines end with CR LF")
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    return rows[0], rows[1:]


def parquet_equals_csv(folder, resource):
    """Cell by cell: CSV by Python's reader, Parquet by Arrow, and once more by DuckDB."""
    header, rows = csv_rows(folder / resource["path"])
    fields = resource["schema"]["fields"]
    check(header == [field["name"] for field in fields], f"{resource['name']}: header")
    path = folder / resource["parquet"]["path"]
    table = pyarrow.parquet.read_table(path)
    kept = json.loads(table.schema.metadata[b"tallystick"])
    check(kept["schema"]["fields"] == fields, f"{resource['name']}: metadata of Parquet")
    with duckdb.connect() as connection:
        duck = connection.read_parquet(str(path))
        names = duck.columns
        duck = dict(zip(names, zip(*duck.fetchall())))
    check(names == table.column_names, f"{resource['name']}: columns by DuckDB")
    for place, field in enumerate(fields):
        name, kinds = field["name"], f"{field['name']}_missing"
        cells = [row[place] for row in rows]
        expected = [value_of(field, cell) for cell in cells]
        has_kinds = any(cell in KINDS for cell in cells)
        check((kinds in names) == has_kinds, f"{resource['name']}.{kinds} is there if needed")
        arrow = table.column(name).to_pylist()
        for reader, found in [("Arrow", arrow), ("DuckDB", list(duck[name]))]:
            found = [float(cell) if field["kind"] == "decimal" and cell is not None else cell for cell in found]
            check(found == expected, f"{resource['name']}.{name} by {reader}")
        if has_kinds:
            expected = [cell if cell in KINDS else None for cell in cells]
            check(table.column(kinds).to_pylist() == expected, f"{resource['name']}.{kinds} by Arrow")
            check(list(duck[kinds]) == expected, f"{resource['name']}.{kinds} by DuckDB")


def value_of(field, cell):
    if cell == "" or cell in KINDS:
        return None
    convert = {"days": int, "integer": int, "decimal": float, "flag": "1".__eq__, "text": str}
    return convert[field["kind"]](cell)


def pandas_reads(folder, resource):
    """As docs/bundle.md says."""
    kinds = {"days": "Int64", "integer": "Int64", "decimal": "Float64", "flag": "boolean", "text": "string"}
    fields = resource["schema"]["fields"]
    frame = pandas.read_csv(
        folder / resource["path"],
        dtype={field["name"]: kinds[field["kind"]] for field in fields},
        na_values=resource["schema"]["missingValues"],
        keep_default_na=False,
        true_values=["1"],
        false_values=["0"],
    )
    parquet = pandas.read_parquet(folder / resource["parquet"]["path"], dtype_backend="numpy_nullable")
    check(len(frame) == resource["rows"], f"{resource['name']}: rows by pandas")
    for field in fields:
        name = field["name"]
        same = frame[name].astype(str).tolist() == parquet[name].astype(kinds[field["kind"]]).astype(str).tolist()
        check(same, f"{resource['name']}.{name}: CSV and Parquet by pandas")


def ddi(folder, resources):
    root = etree.parse(folder / "ddi-codebook.xml", etree.XMLParser(resolve_entities=False)).getroot()
    ids = [element.get("ID") for element in root.iter() if element.get("ID")]
    check(len(ids) == len(set(ids)), "ddi: ids are unlike")
    for element in root.iter():
        name = element.tag.removeprefix(DDI)
        check(element.tag.startswith(DDI), f"ddi: {name}: namespace")
        children = [child.tag.removeprefix(DDI) for child in element]
        order = DDI_ORDER.get(name, [])
        known = all(child in order for child in children)
        check(known, f"ddi: {name}: children")
        if known:
            places = [order.index(child) for child in children]
            check(places == sorted(places), f"ddi: {name}: order of children")
    variables = {(v.get("files"), v.get("name")) for v in root.iter(f"{DDI}var")}
    columns = {
        (f"F{place}", field["name"])
        for place, resource in enumerate(resources, 1)
        for field in resource["schema"]["fields"]
    }
    check(variables == columns, "ddi: variables are the columns")
    for variable in root.iter(f"{DDI}var"):
        check(variable.get("files") in ids, "ddi: a variable's file is there")


R_REPORT = """
for (table in names(release)) for (column in names(release[[table]])) {
  cells <- release[[table]][[column]]
  written <- if (!is.null(attr(cells, "codes"))) attr(cells, "codes")[as.integer(cells)]
    else if (is.logical(cells)) as.character(as.integer(cells))
    else if (is.numeric(cells) && any(cells != round(cells), na.rm = TRUE)) sprintf("%.3f", cells)
    else as.character(cells)
  written[is.na(cells)] <- ""
  cat(table, column, class(cells)[1], length(cells), sum(is.na(cells)),
      if (is.factor(cells)) nlevels(cells) else 0,
      if (is.null(attr(cells, "label"))) "" else attr(cells, "label"),
      paste(written, collapse = "|"), sep = "\\t")
  cat("\\n")
}
"""


def r_reads(folder, resources):
    """The shipped script, in a locale that knows no UTF-8 and in one that does."""
    answers = []
    for locale in ["C", "C.UTF-8"]:
        script = f'source("{folder / "r/read.R"}")\n{R_REPORT}'
        done = subprocess.run(
            ["Rscript", "--vanilla", "-"],
            input=script, text=True, capture_output=True, check=False,
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": locale},
        )
        check(done.returncode == 0, f"R, locale {locale}: {done.stderr.strip()[-300:]}")
        answers.append(done.stdout)
    alone = subprocess.run(
        ["Rscript", "--vanilla", str(folder / "r/read.R")], capture_output=True, text=True, check=False
    )
    check(alone.returncode == 0, f"Rscript read.R: {alone.stderr.strip()[-300:]}")
    check(alone.stdout == "", "Rscript read.R prints nothing")
    found = {}
    for line in answers[1].splitlines():
        table, column, *rest = line.split("\t")
        found[table, column] = rest
    for resource in resources:
        header, rows = csv_rows(folder / resource["path"])
        for place, field in enumerate(resource["schema"]["fields"]):
            cells = [row[place] for row in rows]
            missing = sum(cell == "" or cell in KINDS for cell in cells)
            labels = field.get("valueLabels", [])
            coded = bool(labels) and all(
                cell in {label["value"] for label in labels} for cell in cells if cell and cell not in KINDS
            )
            kinds = {"days": "integer", "integer": "numeric", "decimal": "numeric", "flag": "logical"}
            is_factor = coded and field["kind"] != "flag"
            kind = "factor" if is_factor else kinds.get(field["kind"], "character")
            levels = len(labels) if is_factor else 0
            written = "|".join("" if cell in KINDS else cell for cell in cells)
            expected = [kind, str(len(rows)), str(missing), str(levels), " ".join(field["title"].split()), written]
            name = (resource["name"], field["name"])
            check(found.get(name) == expected, f"{name} by R: {str(found.get(name))[:300]} for {str(expected)[:300]}")
            with_kinds = sum(cell in KINDS for cell in cells)
            beside = found.get((resource["name"], f"{field['name']}_missing"))
            words = dict(zip(KINDS, WORDS))
            written = "|".join(words.get(cell, "") for cell in cells)
            expected = ["factor", str(len(rows)), str(len(rows) - with_kinds), "5", "", written]
            expected = expected if with_kinds else None
            check(beside == expected, f"{name}: kinds of missing by R")


def documentation(folder, bundle, key):
    """What docs/bundle.md tells evaluators to type, typed."""
    text = (Path(__file__).resolve().parents[4] / "docs/bundle.md").read_text()
    text = text.replace("release.zip", bundle).replace("the unit's public key, 64 hex digits", key)
    blocks = re.findall(r"```(python|r)\n(.*?)```", text, re.DOTALL)
    check(len(blocks) == 4, "docs/bundle.md: four examples")
    for language, block in blocks:
        command = [sys.executable, "-"] if language == "python" else ["Rscript", "--vanilla", "-"]
        done = subprocess.run(command, input=block, text=True, capture_output=True, check=False, cwd=folder)
        check(done.returncode == 0, f"docs/bundle.md, {language}: {done.stderr.strip()[-300:]}")


def main():
    bundle, key = sys.argv[1:]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        with zipfile.ZipFile(bundle) as archive:
            check(archive.testzip() is None, "zip: checksums")
            archive.extractall(folder)
        manifest_and_signature(folder, key)
        frictionless(folder)
        resources = json.loads((folder / "datapackage.json").read_text())["resources"]
        for resource in resources:
            parquet_equals_csv(folder, resource)
            pandas_reads(folder, resource)
        ddi(folder, resources)
        r_reads(folder, resources)
        documentation(folder, bundle, key)
    print("\n".join(findings) or "all agree")
    sys.exit(bool(findings))


main()
