-- What an approver said of a release besides yes or no: the points of the checklist that were ticked, by their stable names,
-- and of a refusal why.
CREATE TABLE release_opinion (
    release TEXT PRIMARY KEY REFERENCES release (id),
    points TEXT NOT NULL CHECK (json_valid(points)),
    reason TEXT,
    CHECK (reason IS NULL OR length(reason) BETWEEN 1 AND 32)
) STRICT, WITHOUT ROWID;

-- What evaluators ask to be changed about a release. Texts are erased when the release may be held no longer; that there was
-- a request stays.
CREATE TABLE change_request (
    id TEXT PRIMARY KEY,
    number INTEGER NOT NULL UNIQUE CHECK (number >= 1),
    release TEXT NOT NULL REFERENCES release (id),
    kind TEXT NOT NULL CHECK (kind IN ('missing-variable', 'wrong-window', 'question', 'error-found', 'renewal')),
    -- At most 500 characters; absent once it was erased.
    text TEXT CHECK (length(text) <= 500),
    asked_by TEXT NOT NULL REFERENCES account (id),
    asked_at INTEGER NOT NULL,
    -- Last day of the licence's retention, days since 1970-01-01: then the texts are erased.
    kept_until INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'accepted', 'declined', 'done')),
    answer TEXT CHECK (length(answer) <= 500),
    answered_by TEXT REFERENCES account (id),
    answered_at INTEGER,
    CHECK ((answered_by IS NULL) = (answered_at IS NULL)),
    CHECK ((state = 'open') = (answered_by IS NULL))
) STRICT;
CREATE INDEX change_request_release ON change_request (release, number);
