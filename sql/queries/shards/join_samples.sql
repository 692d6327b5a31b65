-- The other library's sounds, ?1 added to their ids.
INSERT INTO samples (sample_id, source_id, {columns})
SELECT
    sample_id + ?1,
    (
        SELECT here.source_id
        FROM other.sources AS there JOIN main.sources AS here ON here.root = there.root
        WHERE there.source_id = p.source_id
    ),
    {columns}
FROM other.samples AS p
ORDER BY sample_id
