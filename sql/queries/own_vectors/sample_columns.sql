-- What an export tells of samples; ?1 a JSON array of their ids. The id is the path: what an import
-- takes by default.
SELECT
    s.path, s.sample_id, src.root, s.path, nullif(s.content_hash, ''), s.duration_s, s.sample_rate,
    s.channels, s.format, s.status
FROM json_each(?1) AS j
CROSS JOIN samples AS s ON s.sample_id = j.value
CROSS JOIN sources AS src USING (source_id)
ORDER BY j.key;
