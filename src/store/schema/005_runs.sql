-- Sealed files of runs are segments, too. A table's CHECK cannot be changed but by a new table in its place.
CREATE TABLE segment_of_all_kinds (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('encodings', 'content', 'upload', 'pass', 'result', 'report', 'persons')),
    wrapped_key BLOB,
    -- Of the plain text; of an upload, what is durable so far.
    bytes INTEGER NOT NULL CHECK (bytes >= 0),
    created_at INTEGER NOT NULL,
    shredded_at INTEGER,
    CHECK ((wrapped_key IS NULL) = (shredded_at IS NOT NULL))
) STRICT;
INSERT INTO segment_of_all_kinds (id, kind, wrapped_key, bytes, created_at, shredded_at)
SELECT id, kind, wrapped_key, bytes, created_at, shredded_at FROM segment;
DROP TABLE segment;
ALTER TABLE segment_of_all_kinds RENAME TO segment;

CREATE TABLE run (
    id TEXT PRIMARY KEY,
    -- Place in the queue.
    number INTEGER NOT NULL UNIQUE CHECK (number >= 1),
    project TEXT NOT NULL REFERENCES project (id),
    account TEXT NOT NULL REFERENCES account (id),
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'finished', 'failed', 'cancelled')),
    queued_at INTEGER NOT NULL,
    started_at INTEGER,
    ended_at INTEGER,
    -- Version and commit of the program that runs it, and its settings.
    code_version TEXT,
    settings_hash BLOB CHECK (length(settings_hash) = 32),
    -- Over the records that it does without, by source and handle; absent until it has begun.
    left_out_hash BLOB CHECK (length(left_out_hash) = 32),
    -- Of the submissions.
    config_hash BLOB NOT NULL CHECK (length(config_hash) = 32),
    -- How far it is: state of the work, not of the record.
    stage TEXT CHECK (stage IN ('reading', 'comparing', 'clustering', 'writing')),
    done INTEGER NOT NULL DEFAULT 0 CHECK (done >= 0),
    total INTEGER NOT NULL DEFAULT 0 CHECK (total >= 0),
    stage_at INTEGER,
    -- What of the stage had been done when it began here: passes of an earlier process.
    stage_done INTEGER NOT NULL DEFAULT 0 CHECK (stage_done >= 0),
    progress_at INTEGER,
    -- Code of what stopped it.
    failure TEXT,
    -- Names result and report; the same for the same submissions and settings.
    digest BLOB CHECK (length(digest) = 32),
    result TEXT REFERENCES segment (id),
    report TEXT REFERENCES segment (id),
    page TEXT REFERENCES segment (id),
    -- Parameters, counts and quality, as they are shown.
    summary TEXT CHECK (json_valid(summary)),
    CHECK ((state IN ('finished', 'failed', 'cancelled')) = (ended_at IS NOT NULL)),
    CHECK (state <> 'running' OR started_at IS NOT NULL),
    CHECK ((started_at IS NULL) = (code_version IS NULL)),
    CHECK ((started_at IS NULL) = (settings_hash IS NULL)),
    CHECK ((state = 'failed') = (failure IS NOT NULL)),
    CHECK ((state = 'finished') = (digest IS NOT NULL)),
    CHECK ((digest IS NULL) = (result IS NULL AND report IS NULL AND page IS NULL AND summary IS NULL))
) STRICT;
CREATE INDEX run_project ON run (project, number);
-- One at a time.
CREATE UNIQUE INDEX run_running ON run (state) WHERE state = 'running';

-- What it links: the manifest. A source is linked once.
CREATE TABLE run_source (
    run TEXT NOT NULL REFERENCES run (id),
    source TEXT NOT NULL CHECK (length(source) BETWEEN 1 AND 16),
    submission TEXT NOT NULL REFERENCES submission (id),
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    records INTEGER NOT NULL CHECK (records >= 0),
    PRIMARY KEY (run, source)
) STRICT, WITHOUT ROWID;
CREATE INDEX run_source_submission ON run_source (submission);

CREATE TABLE run_rule (
    run TEXT NOT NULL REFERENCES run (id),
    first TEXT NOT NULL,
    second TEXT NOT NULL CHECK (first <= second),
    rule TEXT NOT NULL CHECK (rule IN ('link', 'one-to-one', 'dedupe', 'unique')),
    PRIMARY KEY (run, first, second),
    CHECK ((first = second) = (rule IN ('dedupe', 'unique')))
) STRICT, WITHOUT ROWID;

-- What finished passes found, until the run has ended.
CREATE TABLE run_pass (
    run TEXT NOT NULL REFERENCES run (id),
    -- Which way through the passes: 0 for pairs that may connect, 1 for those that do, 2 for those that speak against.
    sweep INTEGER NOT NULL CHECK (sweep BETWEEN 0 AND 2),
    position INTEGER NOT NULL CHECK (position >= 0),
    segment TEXT NOT NULL UNIQUE REFERENCES segment (id),
    PRIMARY KEY (run, sweep, position)
) STRICT, WITHOUT ROWID;
