-- Samples whose start is not known yet, after :after: :most of them.
SELECT s.sample_id, src.root, s.path, s.path_bytes, s.duration_s, src.time_zone
FROM samples AS s
JOIN sources AS src USING (source_id)
WHERE s.sample_id > :after AND s.status IN ('ok', 'silent')
    AND src.root NOT LIKE '%://%' -- objects are read while they are fetched
    AND NOT EXISTS (SELECT 1 FROM recording_times AS t WHERE t.sample_id = s.sample_id)
ORDER BY s.sample_id
LIMIT :most;
