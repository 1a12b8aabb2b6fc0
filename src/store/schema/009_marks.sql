-- A run is out of date as well when consents were taken back of clients that it may have linked. A column's CHECK cannot be
-- changed but by a new column in its place.
ALTER TABLE run RENAME COLUMN outdated_because TO outdated_because_before;
ALTER TABLE run RENAME COLUMN outdated_at TO outdated_at_before;
ALTER TABLE run ADD COLUMN outdated_at INTEGER;
ALTER TABLE run ADD COLUMN outdated_because TEXT
CHECK (outdated_because IN ('rows-retracted', 'submission-withdrawn', 'consents-changed'))
CHECK ((outdated_because IS NULL) = (outdated_at IS NULL));
UPDATE run SET outdated_at = outdated_at_before, outdated_because = outdated_because_before;
ALTER TABLE run DROP COLUMN outdated_because_before;
ALTER TABLE run DROP COLUMN outdated_at_before;

-- Sources of which something was taken out, until the note of known persons is without it.
CREATE TABLE person_forgetting (
    number INTEGER PRIMARY KEY,
    project TEXT NOT NULL REFERENCES project (id),
    agency TEXT NOT NULL REFERENCES agency (id)
) STRICT;
