-- What a check of the log found, so that a page can say when it was last seen to be whole, and a later check can go on from there.
CREATE TABLE audit_verification (
    number INTEGER PRIMARY KEY,
    checked_at INTEGER NOT NULL,
    -- Absent where the service checked of itself.
    checked_by TEXT REFERENCES account (id),
    -- First entry that was looked at; 1 for the whole log.
    first INTEGER NOT NULL CHECK (first >= 1),
    -- Last one that was found good, and its hash; 0 of an empty log, or where nothing was.
    last INTEGER NOT NULL CHECK (last >= 0),
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    checkpoints INTEGER NOT NULL CHECK (checkpoints >= 0),
    -- Code of what is wrong, which entry it is about, and the sentence that says it; absent where the log is whole.
    fault TEXT,
    fault_entry INTEGER,
    fault_text TEXT,
    CHECK ((fault IS NULL) = (fault_text IS NULL))
) STRICT;

-- Answers to the questions of an audit as they were last given: the log is long, and a page is to be quick. Each says up to which
-- entry it read.
CREATE TABLE audit_answer (
    question TEXT NOT NULL,
    project TEXT NOT NULL REFERENCES project (id),
    status TEXT NOT NULL CHECK (status IN ('answered', 'attention', 'not applicable', 'not recorded')),
    summary TEXT NOT NULL,
    -- Lines, a JSON array.
    evidence TEXT NOT NULL CHECK (json_valid(evidence)),
    head INTEGER NOT NULL CHECK (head >= 0),
    answered_at INTEGER NOT NULL,
    answered_by TEXT NOT NULL REFERENCES account (id),
    PRIMARY KEY (project, question)
) STRICT, WITHOUT ROWID;

-- Searches by what few entries have, so that a page of a long log is found without reading all of it.
CREATE INDEX audit_entry_outcome ON audit_entry (outcome, seq) WHERE outcome <> 'ok';
CREATE INDEX audit_entry_session ON audit_entry (session, seq) WHERE session IS NOT NULL;
CREATE INDEX audit_entry_agency ON audit_entry (agency, seq) WHERE agency IS NOT NULL;
CREATE INDEX audit_entry_address ON audit_entry (source_address, seq) WHERE source_address IS NOT NULL;
CREATE INDEX audit_entry_sha256 ON audit_entry (object_sha256, seq) WHERE object_sha256 IS NOT NULL;
CREATE INDEX audit_entry_reason ON audit_entry (reason, seq) WHERE reason IS NOT NULL;
CREATE INDEX audit_entry_role ON audit_entry (role, seq) WHERE role IS NOT NULL;

-- Changes of persons of one run, in their order.
CREATE INDEX person_change_run ON person_change (run, number);
CREATE INDEX person_change_run_kind ON person_change (run, kind, number);
