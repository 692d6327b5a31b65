-- How many sounds were measured with none of some sets (JSON), or before it was kept.
SELECT count(*) FROM samples AS s
WHERE s.status IN ('ok', 'silent')
    AND (s.measurement_id IS NULL OR s.measurement_id NOT IN (SELECT value FROM json_each(?)));
