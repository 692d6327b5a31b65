-- The most trusted value of each field that is said of a sound.
SELECT b.sample_id, b.field, b.value, b.origin, b.said_by
FROM (
    SELECT
        m.*, row_number() OVER (PARTITION BY m.sample_id, m.field ORDER BY m.trust, m.metadata_id) AS place
    FROM metadata AS m
) AS b
WHERE b.place = 1
