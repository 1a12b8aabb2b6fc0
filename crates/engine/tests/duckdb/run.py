"""Runs scripts of an export in DuckDB: run.py [--resume] DIR SCRIPT [SCRIPT...]. Each SCRIPT is a file in DIR.

Lines `-- read NAME FROM FOLDER` make a view of Parquet files, lines `-- write NAME` write one; what lies between is run as it is.
With `--resume` a table that a former run wrote to its end is not written again. Prints `wrote TABLE` for each.

What does not fit into memory lies in DIR meanwhile, which is guarded as filters are. DUCKDB_MEMORY, DUCKDB_DISK and DUCKDB_THREADS in the
environment say how much of the machine it may take, as in 8GB, 20GB and 2; else nearly all.
"""

import os
import pathlib
import shutil
import sys

import duckdb


def view_of_files(database, name, folder):
    files = sorted(str(path) for path in folder.glob("*.parquet"))
    listed = ", ".join("'" + path.replace("'", "''") + "'" for path in files)
    database.execute(f"CREATE OR REPLACE TEMPORARY VIEW {name} AS SELECT * FROM read_parquet([{listed}])")


def write(database, resume, name, out):
    folder = out / name
    part = folder / "part-0.parquet"
    if not (resume and part.exists()):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        # Under its name only when it is complete.
        unfinished = folder / "part-0.unfinished"
        target = str(unfinished).replace("'", "''")
        database.execute(f"COPY (SELECT * FROM {name}) TO '{target}' (FORMAT parquet)")
        unfinished.rename(part)
    view_of_files(database, name, folder)
    print(f"wrote {name}", flush=True)


def run(database, resume, directory, script):
    statement = []
    for line in (directory / script).read_text().splitlines():
        words = line.split()
        if line.startswith("-- read "):
            view_of_files(database, words[2], directory / words[4])
        elif line.startswith("-- write "):
            write(database, resume, words[2], directory / "out")
        elif line.strip():
            statement.append(line)
            if line.endswith(";"):
                database.execute("\n".join(statement))
                statement.clear()


def main(arguments):
    resume = arguments[:1] == ["--resume"]
    directory, *scripts = arguments[1:] if resume else arguments
    spill = pathlib.Path(directory) / "duckdb.spill"
    shutil.rmtree(spill, ignore_errors=True)
    # Rows of a table need no order.
    settings = {"temp_directory": str(spill), "preserve_insertion_order": False}
    limits = {"DUCKDB_MEMORY": "memory_limit", "DUCKDB_DISK": "max_temp_directory_size", "DUCKDB_THREADS": "threads"}
    for name, setting in limits.items():
        if value := os.environ.get(name):
            settings[setting] = value
    database = duckdb.connect(config=settings)
    for script in scripts:
        run(database, resume, pathlib.Path(directory), script)
    database.close()
    shutil.rmtree(spill, ignore_errors=True)


main(sys.argv[1:])
