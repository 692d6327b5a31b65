-- How many samples there are whose metadata isn't read yet.
SELECT count(*)
FROM samples AS s
WHERE s.status IN ('ok', 'silent')
    AND NOT EXISTS (SELECT 1 FROM sound_descriptions AS d WHERE d.sample_id = s.sample_id);
