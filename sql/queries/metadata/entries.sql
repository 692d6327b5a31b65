-- All that is said of a sound; the most trusted of each field comes first, and is the best.
SELECT
    m.field, m.value, m.origin, m.said_by,
    row_number() OVER (PARTITION BY m.field ORDER BY m.trust, m.metadata_id) = 1
FROM metadata AS m
WHERE m.sample_id = ?
ORDER BY m.field, m.trust, m.metadata_id;
