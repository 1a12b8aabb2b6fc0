-- Sealed files of releases are segments, too.
CREATE TABLE segment_of_all_kinds (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('encodings', 'content', 'upload', 'pass', 'result', 'report', 'persons', 'release', 'sketch')),
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

-- Releases of a run's result for a study. The bundle is made when somebody other than the preparer has approved what the check
-- found; approving and making it give the same tables, or it fails.
CREATE TABLE release (
    id TEXT PRIMARY KEY,
    number INTEGER NOT NULL UNIQUE CHECK (number >= 1),
    project TEXT NOT NULL REFERENCES project (id),
    run TEXT NOT NULL REFERENCES run (id),
    -- The release that this one takes the place of.
    replaces TEXT REFERENCES release (id),
    profile TEXT NOT NULL CHECK (profile IN ('safe-harbor', 'expert', 'limited')),
    -- The study with its disclosure policy, TOML.
    study TEXT NOT NULL,
    study_hash BLOB NOT NULL CHECK (length(study_hash) = 32),
    prepared_by TEXT NOT NULL REFERENCES account (id),
    prepared_at INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'refused', 'failed', 'checked', 'rejected', 'approved', 'released', 'revoked')),
    -- Code of what stopped it.
    failure TEXT,
    -- What the check found and every count, JSON; also of a refusal.
    report TEXT CHECK (json_valid(report)),
    -- Over all tables as they were checked.
    tables_hash BLOB CHECK (length(tables_hash) = 32),
    -- What later releases are compared with.
    sketch TEXT REFERENCES segment (id),
    checked_at INTEGER,
    decided_by TEXT REFERENCES account (id),
    decided_at INTEGER,
    -- Of the approval: up to when it can be downloaded.
    valid_until INTEGER,
    bundle TEXT REFERENCES segment (id),
    bundle_sha256 BLOB CHECK (length(bundle_sha256) = 32),
    bundle_bytes INTEGER,
    released_at INTEGER,
    -- When, and why, it was taken back.
    ended_at INTEGER,
    ended_by TEXT REFERENCES account (id),
    end_reason TEXT,
    -- When it was noted that its run is out of date, and why that is.
    superseded_at INTEGER,
    superseded_because TEXT,
    CHECK (decided_by IS NULL OR decided_by <> prepared_by),
    CHECK ((decided_by IS NULL) = (decided_at IS NULL)),
    CHECK ((state IN ('refused', 'failed')) = (failure IS NOT NULL)),
    CHECK (state NOT IN ('checked', 'rejected', 'approved', 'released') OR tables_hash IS NOT NULL),
    CHECK (state NOT IN ('rejected', 'approved', 'released') OR decided_by IS NOT NULL),
    CHECK (state NOT IN ('approved', 'released') OR valid_until IS NOT NULL),
    CHECK (state <> 'released' OR (bundle IS NOT NULL AND bundle_sha256 IS NOT NULL AND released_at IS NOT NULL)),
    CHECK ((state = 'revoked') = (ended_at IS NOT NULL)),
    CHECK ((superseded_at IS NULL) = (superseded_because IS NULL))
) STRICT;
CREATE INDEX release_project ON release (project, number);
CREATE INDEX release_run ON release (run);

-- Accounts that may download it: those of the licences when it was approved.
CREATE TABLE release_recipient (
    release TEXT NOT NULL REFERENCES release (id),
    account TEXT NOT NULL REFERENCES account (id),
    PRIMARY KEY (release, account)
) STRICT, WITHOUT ROWID;

-- Who has it.
CREATE TABLE release_download (
    number INTEGER PRIMARY KEY,
    release TEXT NOT NULL REFERENCES release (id),
    account TEXT NOT NULL REFERENCES account (id),
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX release_download_release ON release_download (release);

-- What was destroyed, with the certificate that was signed.
CREATE TABLE destruction (
    id TEXT PRIMARY KEY,
    project TEXT NOT NULL REFERENCES project (id),
    run TEXT NOT NULL REFERENCES run (id),
    account TEXT NOT NULL REFERENCES account (id),
    at INTEGER NOT NULL,
    certificate TEXT NOT NULL CHECK (json_valid(certificate)),
    signature BLOB NOT NULL CHECK (length(signature) = 64)
) STRICT;
CREATE INDEX destruction_run ON destruction (run);
