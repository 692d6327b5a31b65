-- One row that sums a library up.
SELECT
    (SELECT count(*) FROM samples) AS samples,
    (SELECT count(*) FROM samples WHERE status = 'silent') AS silent,
    (
        SELECT count(*) FROM samples AS s JOIN sources AS src USING (source_id)
        WHERE s.status = 'missing' AND src.root NOT LIKE 'vectors:%'
    ) AS missing,
    (
        SELECT count(*) FROM samples AS s JOIN sources AS src USING (source_id)
        WHERE src.root LIKE 'vectors:%'
    ) AS without_audio,
    (SELECT count(*) FROM ingest_failures)
        + (SELECT count(*) FROM attached_rows WHERE problem IS NOT NULL) AS failures,
    (
        SELECT count(*)
        FROM samples AS s
        WHERE s.status IN ('ok', 'silent')
            AND NOT EXISTS (SELECT 1 FROM sound_descriptions AS d WHERE d.sample_id = s.sample_id)
    ) AS metadata_unread,
    (SELECT coalesce(sum(duration_s), 0) FROM samples) AS duration_s,
    (SELECT coalesce(sum(bytes), 0) FROM samples) AS sound_bytes;
