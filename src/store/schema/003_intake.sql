-- Sealed files. A key that is gone, with the time it went, is a segment that was erased.
CREATE TABLE segment (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('encodings', 'content', 'upload')),
    wrapped_key BLOB,
    -- Of the plain text; of an upload, what is durable so far.
    bytes INTEGER NOT NULL CHECK (bytes >= 0),
    created_at INTEGER NOT NULL,
    shredded_at INTEGER,
    CHECK ((wrapped_key IS NULL) = (shredded_at IS NOT NULL))
) STRICT;

CREATE TABLE upload (
    id TEXT PRIMARY KEY,
    agency TEXT NOT NULL REFERENCES agency (id),
    account TEXT NOT NULL REFERENCES account (id),
    segment TEXT NOT NULL REFERENCES segment (id),
    length INTEGER NOT NULL CHECK (length > 0),
    received INTEGER NOT NULL DEFAULT 0 CHECK (received BETWEEN 0 AND length),
    -- The last, unfinished chunk, sealed to this upload.
    tail BLOB NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('receiving', 'complete', 'accepted', 'refused', 'ended')),
    submission TEXT REFERENCES submission (id),
    -- Code of the refusal.
    reason TEXT,
    created_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL,
    CHECK ((state = 'accepted') = (submission IS NOT NULL)),
    CHECK ((state = 'refused') = (reason IS NOT NULL))
) STRICT;
CREATE INDEX upload_agency ON upload (agency, created_at);
CREATE INDEX upload_state ON upload (state);

CREATE TABLE submission (
    id TEXT PRIMARY KEY,
    agency TEXT NOT NULL REFERENCES agency (id),
    project TEXT NOT NULL REFERENCES project (id),
    account TEXT NOT NULL REFERENCES account (id),
    state TEXT NOT NULL CHECK (state IN ('accepted', 'superseded', 'withdrawn')),
    -- SHA-256 of the file as it came.
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
    -- Digest over header and directory, which names the file in reports of runs.
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    bytes INTEGER NOT NULL CHECK (bytes > 0),
    epoch INTEGER NOT NULL,
    profile TEXT NOT NULL CHECK (profile IN ('standard', 'trusted')),
    key_check BLOB NOT NULL,
    config_hash BLOB NOT NULL CHECK (length(config_hash) = 32),
    rows_read INTEGER NOT NULL,
    rows_accepted INTEGER NOT NULL,
    rows_rejected INTEGER NOT NULL,
    rows_collapsed INTEGER NOT NULL,
    aliases INTEGER NOT NULL,
    records INTEGER NOT NULL,
    content_rows INTEGER NOT NULL,
    encodings TEXT NOT NULL REFERENCES segment (id),
    content TEXT REFERENCES segment (id),
    received_at INTEGER NOT NULL,
    ended_at INTEGER,
    superseded_by TEXT REFERENCES submission (id),
    -- What was signed and given to the agency.
    receipt TEXT NOT NULL CHECK (json_valid(receipt)),
    signature BLOB NOT NULL CHECK (length(signature) = 64),
    CHECK (rows_read = rows_accepted + rows_rejected),
    CHECK (records + rows_collapsed = rows_accepted + aliases),
    CHECK ((state = 'accepted') = (ended_at IS NULL)),
    CHECK (superseded_by IS NULL OR state = 'superseded')
) STRICT;
CREATE INDEX submission_agency ON submission (agency, received_at);
-- The same file is one submission, while it stands.
CREATE UNIQUE INDEX submission_once ON submission (agency, sha256) WHERE state = 'accepted';
-- A source has one standing submission in a project.
CREATE UNIQUE INDEX submission_stands ON submission (agency, project) WHERE state = 'accepted';
