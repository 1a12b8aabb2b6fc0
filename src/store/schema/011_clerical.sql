-- Pairs for clerical review are segments, too.
CREATE TABLE segment_of_all_kinds (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('encodings', 'content', 'upload', 'pass', 'result', 'report', 'persons', 'release', 'sketch', 'pairs')),
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

-- Pairs of a finished run of which review sets are drawn. Which records they are of stands in sealed files only, here and below.
CREATE TABLE pair_pool (
    run TEXT PRIMARY KEY REFERENCES run (id),
    segment TEXT NOT NULL UNIQUE REFERENCES segment (id)
) STRICT, WITHOUT ROWID;

-- Pairs that people judge.
CREATE TABLE review_set (
    id TEXT PRIMARY KEY,
    number INTEGER NOT NULL UNIQUE CHECK (number >= 1),
    project TEXT NOT NULL REFERENCES project (id),
    run TEXT NOT NULL REFERENCES run (id),
    drawn_by TEXT NOT NULL REFERENCES account (id),
    drawn_at INTEGER NOT NULL,
    -- Draws the same pairs again.
    seed INTEGER NOT NULL CHECK (seed BETWEEN 0 AND 4294967295),
    pairs INTEGER NOT NULL CHECK (pairs >= 1),
    segment TEXT NOT NULL UNIQUE REFERENCES segment (id),
    state TEXT NOT NULL CHECK (state IN ('open', 'finished', 'removed')),
    ended_at INTEGER,
    -- What it says of the run, JSON: shares, counts, intervals.
    estimates TEXT CHECK (json_valid(estimates)),
    CHECK ((state = 'open') = (ended_at IS NULL)),
    CHECK ((state = 'finished') = (estimates IS NOT NULL))
) STRICT;
CREATE INDEX review_set_run ON review_set (run);

-- A pair is closed once it has a verdict.
CREATE TABLE review_pair (
    review_set TEXT NOT NULL REFERENCES review_set (id),
    -- Its turn, from 1.
    place INTEGER NOT NULL CHECK (place >= 1),
    verdict TEXT CHECK (verdict IN ('same', 'different', 'cannot-tell')),
    -- How it came about.
    closed_by TEXT CHECK (closed_by IN ('agreement', 'adjudication', 'agency')),
    PRIMARY KEY (review_set, place),
    CHECK ((verdict IS NULL) = (closed_by IS NULL))
) STRICT, WITHOUT ROWID;

-- Judgements: two, and a third where they differ. An account has one of a pair.
CREATE TABLE review_judgement (
    review_set TEXT NOT NULL,
    place INTEGER NOT NULL,
    account TEXT NOT NULL REFERENCES account (id),
    turn INTEGER NOT NULL CHECK (turn BETWEEN 1 AND 3),
    verdict TEXT NOT NULL CHECK (verdict IN ('same', 'different', 'cannot-tell')),
    -- As it stood when the second judgement came: by this the agreement of reviewers is counted.
    before_second TEXT NOT NULL CHECK (before_second IN ('same', 'different', 'cannot-tell')),
    reason TEXT,
    judged_at INTEGER NOT NULL,
    PRIMARY KEY (review_set, place, account),
    UNIQUE (review_set, place, turn),
    FOREIGN KEY (review_set, place) REFERENCES review_pair (review_set, place)
) STRICT, WITHOUT ROWID;

-- Pairs that an agency is asked to look up among its own records.
CREATE TABLE review_lookup (
    id TEXT PRIMARY KEY,
    review_set TEXT NOT NULL,
    place INTEGER NOT NULL,
    agency TEXT NOT NULL REFERENCES agency (id),
    asked_by TEXT NOT NULL REFERENCES account (id),
    asked_at INTEGER NOT NULL,
    answer TEXT CHECK (answer IN ('same', 'different', 'cannot-tell', 'handle-unknown')),
    answered_by TEXT REFERENCES account (id),
    answered_at INTEGER,
    UNIQUE (review_set, place),
    FOREIGN KEY (review_set, place) REFERENCES review_pair (review_set, place),
    CHECK ((answer IS NULL) = (answered_by IS NULL)),
    CHECK ((answer IS NULL) = (answered_at IS NULL))
) STRICT;
CREATE INDEX review_lookup_agency ON review_lookup (agency);
