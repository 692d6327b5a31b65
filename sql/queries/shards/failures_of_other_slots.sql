-- Removes the failures of files that the function says are of other slots.
DELETE FROM ingest_failures WHERE rowid IN (
    SELECT f.rowid
    FROM ingest_failures AS f JOIN sources AS s ON s.source_id = f.source_id
    WHERE NOT sqlclap_in_slots(s.root, f.path)
)
