-- The rows of attached tables with their sounds: join the table by row_key, and scores by sample_id.
-- problem says why a row has no sound.
SELECT
    a.table_name, r.key AS row_key, s.sample_id, r.path, r.start_s, r.end_s,
    ifnull(r.problem, f.stage || ': ' || f.reason) AS problem
FROM attached_rows AS r
JOIN attachments AS a USING (attachment_id)
LEFT JOIN samples AS s ON s.source_id = r.source_id AND s.path = r.path
LEFT JOIN ingest_failures AS f ON f.source_id = r.source_id AND f.path = r.path
