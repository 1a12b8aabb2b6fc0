-- Stable ids of persons. They are random; which records bear them stands in sealed files only.

-- The ids of a finished run's persons, and how they differ from those of the project's run before.
CREATE TABLE run_persons (
    run TEXT PRIMARY KEY REFERENCES run (id),
    project TEXT NOT NULL REFERENCES project (id),
    before TEXT REFERENCES run (id),
    -- Ids in the order of the result's persons.
    ids TEXT NOT NULL UNIQUE REFERENCES segment (id),
    persons INTEGER NOT NULL CHECK (persons >= 0),
    kept INTEGER NOT NULL CHECK (kept >= 0),
    returned INTEGER NOT NULL CHECK (returned >= 0),
    created INTEGER NOT NULL CHECK (created >= 0),
    split INTEGER NOT NULL CHECK (split >= 0),
    merged INTEGER NOT NULL CHECK (merged >= 0),
    moved INTEGER NOT NULL CHECK (moved >= 0),
    gone INTEGER NOT NULL CHECK (gone >= 0),
    -- Why: what differs between the two runs.
    reasons TEXT NOT NULL CHECK (json_valid(reasons)),
    CHECK (persons = kept + returned + created + split)
) STRICT;
CREATE INDEX run_persons_project ON run_persons (project);

-- Which record was last whose, of all runs of a project.
CREATE TABLE known_persons (
    project TEXT PRIMARY KEY REFERENCES project (id),
    segment TEXT NOT NULL UNIQUE REFERENCES segment (id)
) STRICT, WITHOUT ROWID;

-- What happened to single ids. Of a project's first run only the number is kept.
CREATE TABLE person_change (
    number INTEGER PRIMARY KEY,
    project TEXT NOT NULL REFERENCES project (id),
    run TEXT NOT NULL REFERENCES run (id),
    kind TEXT NOT NULL CHECK (kind IN ('returned', 'created', 'split', 'merged', 'moved', 'gone')),
    person BLOB NOT NULL CHECK (length(person) = 16),
    -- Split: from whom; merged: into whom; moved: from whom.
    other BLOB CHECK (length(other) = 16),
    -- Records that this is about; of those that are gone, 0.
    records INTEGER NOT NULL CHECK (records >= 0),
    CHECK ((kind IN ('split', 'merged', 'moved')) = (other IS NOT NULL)),
    CHECK ((kind = 'gone') = (records = 0))
) STRICT;
CREATE INDEX person_change_project ON person_change (project, number);

-- Rows that agencies took out: later runs do without them.
CREATE TABLE retraction (
    id TEXT PRIMARY KEY,
    project TEXT NOT NULL REFERENCES project (id),
    agency TEXT NOT NULL REFERENCES agency (id),
    account TEXT NOT NULL REFERENCES account (id),
    made_at INTEGER NOT NULL
) STRICT;
CREATE TABLE retracted_row (
    project TEXT NOT NULL REFERENCES project (id),
    agency TEXT NOT NULL REFERENCES agency (id),
    handle BLOB NOT NULL CHECK (length(handle) = 16),
    retraction TEXT NOT NULL REFERENCES retraction (id),
    PRIMARY KEY (project, agency, handle)
) STRICT, WITHOUT ROWID;

-- When something that a finished run linked was taken out, and what.
ALTER TABLE run ADD COLUMN outdated_at INTEGER;
ALTER TABLE run ADD COLUMN outdated_because TEXT
CHECK (outdated_because IN ('rows-retracted', 'submission-withdrawn'))
CHECK ((outdated_because IS NULL) = (outdated_at IS NULL));
