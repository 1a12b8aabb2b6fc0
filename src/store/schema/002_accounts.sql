-- Who may do what. Names of accounts are log-in names of staff; the log and everything else knows them by id.
CREATE TABLE agency (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 16),
    source_type TEXT NOT NULL CHECK (
        source_type IN ('police', 'court', 'prosecutor', 'jail', 'provider', 'other')
    ),
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE project (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 64),
    -- The number of the project in the agencies' keys, 32 hex digits; submissions bear it.
    number TEXT NOT NULL UNIQUE CHECK (length(number) = 32),
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE account (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 3 AND 64 AND name = lower(name)),
    agency TEXT REFERENCES agency (id),
    created_at INTEGER NOT NULL,
    disabled_at INTEGER,
    -- Day until which training is valid, days since 1970-01-01; absent where none is recorded.
    trained_until INTEGER,
    -- A PHC string; absent until its holder has set it.
    password TEXT,
    -- Sealed; absent until its holder has shown that it works.
    second_factor BLOB,
    -- The last time step whose code was taken: a code is good once.
    second_factor_step INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0 CHECK (failures >= 0),
    locked_until INTEGER
) STRICT;

CREATE TABLE account_role (
    account TEXT NOT NULL REFERENCES account (id),
    role TEXT NOT NULL CHECK (role IN (
        'uploader', 'operator', 'preparer', 'approver', 'evaluator', 'compliance', 'administrator'
    )),
    PRIMARY KEY (account, role)
) STRICT, WITHOUT ROWID;

-- Duties that are kept apart: an account holds at most one of four, and an uploader nothing else.
CREATE TRIGGER account_role_duties_are_apart BEFORE INSERT ON account_role
WHEN EXISTS (
    SELECT 1 FROM account_role held WHERE held.account = NEW.account AND held.role <> NEW.role AND (
        'uploader' IN (NEW.role, held.role) OR (
            NEW.role IN ('operator', 'approver', 'evaluator')
            AND held.role IN ('operator', 'approver', 'evaluator')
        )
    )
)
BEGIN SELECT RAISE (ABORT, 'duties are kept apart'); END;

CREATE TABLE account_project (
    account TEXT NOT NULL REFERENCES account (id),
    project TEXT NOT NULL REFERENCES project (id),
    PRIMARY KEY (account, project)
) STRICT, WITHOUT ROWID;

-- One-time links by which a holder sets password and second factor.
CREATE TABLE enrolment (
    digest BLOB PRIMARY KEY CHECK (length(digest) = 32),
    account TEXT NOT NULL REFERENCES account (id),
    expires_at INTEGER NOT NULL,
    used_at INTEGER,
    -- What the holder has set but not yet shown to work.
    password TEXT,
    second_factor BLOB
) STRICT;

CREATE TABLE recovery_code (
    digest BLOB PRIMARY KEY CHECK (length(digest) = 32),
    account TEXT NOT NULL REFERENCES account (id),
    used_at INTEGER
) STRICT;

CREATE TABLE session (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES account (id),
    digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
    -- Digest of the token that forms and scripts must send back.
    csrf BLOB NOT NULL CHECK (length(csrf) = 32),
    opened_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    closed_at INTEGER,
    address TEXT
) STRICT;
CREATE INDEX session_account ON session (account);

CREATE TABLE token (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES account (id),
    digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
    role TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER,
    revoked_at INTEGER
) STRICT;
CREATE INDEX token_account ON token (account);
