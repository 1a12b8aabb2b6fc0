-- The audit log. `body` is the entry as it is hashed and exported; every other column is computed from it,
-- so that what is searched cannot differ from what is signed.
CREATE TABLE audit_entry (
    seq INTEGER PRIMARY KEY CHECK (seq >= 1 AND seq = body ->> 'seq'),
    body TEXT NOT NULL CHECK (json_valid(body)),
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    at TEXT NOT NULL GENERATED ALWAYS AS (body ->> 'at') VIRTUAL,
    kind TEXT NOT NULL GENERATED ALWAYS AS (body ->> 'kind') VIRTUAL,
    outcome TEXT NOT NULL GENERATED ALWAYS AS (body ->> 'outcome') VIRTUAL,
    actor TEXT NOT NULL GENERATED ALWAYS AS (body ->> 'actor') VIRTUAL,
    role TEXT GENERATED ALWAYS AS (body ->> 'role') VIRTUAL,
    agency TEXT GENERATED ALWAYS AS (body ->> 'agency') VIRTUAL,
    session TEXT GENERATED ALWAYS AS (body ->> 'session') VIRTUAL,
    source_address TEXT GENERATED ALWAYS AS (body ->> 'source_address') VIRTUAL,
    object_kind TEXT GENERATED ALWAYS AS (body ->> 'object_kind') VIRTUAL,
    object TEXT GENERATED ALWAYS AS (body ->> 'object') VIRTUAL,
    object_sha256 TEXT GENERATED ALWAYS AS (body ->> 'object_sha256') VIRTUAL,
    purpose TEXT GENERATED ALWAYS AS (body ->> 'purpose') VIRTUAL,
    project TEXT GENERATED ALWAYS AS (body ->> 'project') VIRTUAL,
    reason TEXT GENERATED ALWAYS AS (body ->> 'reason') VIRTUAL
) STRICT;

CREATE INDEX audit_entry_at ON audit_entry (at);
CREATE INDEX audit_entry_kind ON audit_entry (kind, seq);
CREATE INDEX audit_entry_actor ON audit_entry (actor, seq);
CREATE INDEX audit_entry_object ON audit_entry (object, seq);
CREATE INDEX audit_entry_project ON audit_entry (project, seq);

CREATE TRIGGER audit_entry_is_never_changed BEFORE UPDATE ON audit_entry
BEGIN SELECT RAISE (ABORT, 'audit entries are never changed'); END;
CREATE TRIGGER audit_entry_is_never_deleted BEFORE DELETE ON audit_entry
BEGIN SELECT RAISE (ABORT, 'audit entries are never deleted'); END;

-- Signed heads of the chain. `body` is what is signed.
CREATE TABLE audit_checkpoint (
    seq INTEGER PRIMARY KEY REFERENCES audit_entry (seq),
    body TEXT NOT NULL CHECK (json_valid(body) AND seq = body ->> 'checkpoint'),
    signature BLOB NOT NULL CHECK (length(signature) = 64)
) STRICT;

CREATE TRIGGER audit_checkpoint_is_never_changed BEFORE UPDATE ON audit_checkpoint
BEGIN SELECT RAISE (ABORT, 'audit checkpoints are never changed'); END;
CREATE TRIGGER audit_checkpoint_is_never_deleted BEFORE DELETE ON audit_checkpoint
BEGIN SELECT RAISE (ABORT, 'audit checkpoints are never deleted'); END;
