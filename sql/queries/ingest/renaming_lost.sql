-- Samples that take a name, each with the one that had it and whose own sound is nowhere.
SELECT t.sample_id, t.taken_from
FROM targets AS t
WHERE t.taken_from IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM targets AS other WHERE other.sample_id = t.taken_from)
    AND NOT EXISTS (SELECT 1 FROM put_aside AS a WHERE a.number = t.number)
ORDER BY t.sample_id;
