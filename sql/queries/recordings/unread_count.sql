-- How many samples there are whose start is not known yet.
SELECT count(*)
FROM samples AS s
WHERE s.status IN ('ok', 'silent')
    AND NOT EXISTS (SELECT 1 FROM recording_times AS t WHERE t.sample_id = s.sample_id);
