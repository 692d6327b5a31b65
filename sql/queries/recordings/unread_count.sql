-- How many samples there are whose start is not known yet.
SELECT count(*)
FROM samples AS s
JOIN sources AS src USING (source_id)
WHERE s.status IN ('ok', 'silent')
    AND src.root NOT LIKE '%://%' -- objects are read while they are fetched
    AND NOT EXISTS (SELECT 1 FROM recording_times AS t WHERE t.sample_id = s.sample_id);
