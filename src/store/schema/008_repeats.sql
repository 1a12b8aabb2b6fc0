-- Requests that came with a key of their own (Idempotency-Key), so that the same one sent again does nothing twice.
CREATE TABLE repeat (
    -- Over account and key: whoever reads this learns neither.
    digest BLOB PRIMARY KEY CHECK (length(digest) = 32),
    -- Over method, address and body.
    fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32),
    created_at INTEGER NOT NULL,
    -- Absent until the request was answered.
    status INTEGER CHECK (status BETWEEN 200 AND 299),
    -- Sealed: an answer may hold a secret that is shown once.
    answer BLOB,
    CHECK ((status IS NULL) = (answer IS NULL))
) STRICT;
CREATE INDEX repeat_created_at ON repeat (created_at);
