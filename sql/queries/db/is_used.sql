-- Whether anything is stored: sounds, failures, labels, or a table that was not there at first
-- (?1, a JSON array of names; vectors' tables come with a model).
SELECT
    EXISTS (SELECT 1 FROM samples)
    OR EXISTS (SELECT 1 FROM ingest_failures)
    OR EXISTS (SELECT 1 FROM labels)
    OR EXISTS (
        SELECT 1 FROM sqlite_schema
        WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT GLOB 'vec_[0-9]*'
            AND name NOT IN (SELECT value FROM json_each(?1))
    );
