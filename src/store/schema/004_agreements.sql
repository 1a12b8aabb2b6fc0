-- What the unit may do, for whom and how long. The papers are kept elsewhere; `sha256` names them. Days are whole days
-- since 1970-01-01, UTC; first and last day are included.
CREATE TABLE agreement (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('mou', 'dsa', 'dul', 'irb')),
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
    valid_from INTEGER NOT NULL,
    valid_until INTEGER NOT NULL CHECK (valid_until >= valid_from),
    -- Of a DSA: whose data.
    agency TEXT REFERENCES agency (id),
    -- Of a DSA and a DUL: codes, a JSON array.
    purposes TEXT CHECK (purposes IS NULL OR json_array_length(purposes) > 0),
    -- Of a DSA: names of content columns, a JSON array; `*` alone for all.
    content TEXT CHECK (content IS NULL OR json_valid(content)),
    -- Of a provider's DSA: by what its rows may be disclosed (42 CFR Part 2).
    basis TEXT CHECK (basis IN ('consent', 'research', 'audit')),
    -- Of a DSA and a DUL: last day on which data may be held.
    retention_until INTEGER CHECK (retention_until >= valid_until),
    -- Of a DUL: persons of the smallest cell that may be shown.
    minimum_cell INTEGER CHECK (minimum_cell >= 1),
    -- Of an IRB: number of the protocol, and what was decided.
    protocol TEXT CHECK (length(protocol) BETWEEN 1 AND 32),
    decision TEXT CHECK (decision IN ('approved', 'exempt', 'waived')),
    recorded_at INTEGER NOT NULL,
    -- Absent for the console.
    recorded_by TEXT REFERENCES account (id),
    ended_at INTEGER,
    end_reason TEXT,
    CHECK ((ended_at IS NULL) = (end_reason IS NULL)),
    CHECK ((kind = 'dsa') = (agency IS NOT NULL)),
    CHECK ((kind = 'dsa') = (content IS NOT NULL)),
    CHECK (kind = 'dsa' OR basis IS NULL),
    CHECK ((kind IN ('dsa', 'dul')) = (purposes IS NOT NULL)),
    CHECK ((kind IN ('dsa', 'dul')) = (retention_until IS NOT NULL)),
    CHECK ((kind = 'dul') = (minimum_cell IS NOT NULL)),
    CHECK ((kind = 'irb') = (protocol IS NOT NULL)),
    CHECK ((kind = 'irb') = (decision IS NOT NULL))
) STRICT;

-- Projects of a DSA, a DUL or an IRB.
CREATE TABLE agreement_project (
    agreement TEXT NOT NULL REFERENCES agreement (id),
    project TEXT NOT NULL REFERENCES project (id),
    PRIMARY KEY (agreement, project)
) STRICT, WITHOUT ROWID;
CREATE INDEX agreement_project_project ON agreement_project (project);

-- Partners of an MOU.
CREATE TABLE agreement_partner (
    agreement TEXT NOT NULL REFERENCES agreement (id),
    agency TEXT NOT NULL REFERENCES agency (id),
    PRIMARY KEY (agreement, agency)
) STRICT, WITHOUT ROWID;

-- Recipients of a DUL.
CREATE TABLE agreement_recipient (
    agreement TEXT NOT NULL REFERENCES agreement (id),
    account TEXT NOT NULL REFERENCES account (id),
    PRIMARY KEY (agreement, account)
) STRICT, WITHOUT ROWID;

-- The last snapshot of a provider's consents for a project. Handles are keyed hashes that only the provider can undo.
CREATE TABLE consent_snapshot (
    project TEXT NOT NULL REFERENCES project (id),
    agency TEXT NOT NULL REFERENCES agency (id),
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
    recorded_at INTEGER NOT NULL,
    recorded_by TEXT REFERENCES account (id),
    PRIMARY KEY (project, agency)
) STRICT, WITHOUT ROWID;

CREATE TABLE consent (
    project TEXT NOT NULL,
    agency TEXT NOT NULL,
    handle BLOB NOT NULL CHECK (length(handle) = 16),
    basis TEXT NOT NULL CHECK (basis IN ('consent', 'research', 'audit')),
    -- Last day; absent where it has no end.
    valid_until INTEGER,
    is_revoked INTEGER NOT NULL CHECK (is_revoked IN (0, 1)),
    PRIMARY KEY (project, agency, handle),
    FOREIGN KEY (project, agency) REFERENCES consent_snapshot (project, agency)
) STRICT, WITHOUT ROWID;

-- Weeks of the log that somebody looked at. A week is signed off once.
CREATE TABLE audit_review (
    -- Monday, days since 1970-01-01.
    week INTEGER PRIMARY KEY CHECK ((week + 3) % 7 = 0),
    -- Head of the log that was looked at.
    head_seq INTEGER NOT NULL REFERENCES audit_entry (seq),
    head_hash BLOB NOT NULL CHECK (length(head_hash) = 32),
    -- Computed by the unit, a JSON object.
    counts TEXT NOT NULL CHECK (json_valid(counts)),
    finding TEXT NOT NULL,
    reviewed_at INTEGER NOT NULL,
    reviewed_by TEXT NOT NULL REFERENCES account (id)
) STRICT;
