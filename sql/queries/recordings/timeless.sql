-- How many sounds there are whose time is not known.
SELECT count(*)
FROM samples AS s
LEFT JOIN recording_times AS t USING (sample_id)
WHERE s.status IN ('ok', 'silent') AND t.started_at IS NULL;
