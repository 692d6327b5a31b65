-- In a shard: those of some samples (?1, JSON) of which it keeps something, or which a run has tagged.
SELECT j.value
FROM json_each(?1) AS j
WHERE EXISTS (SELECT 1 FROM favourites AS k WHERE k.sample_id = j.value)
    OR EXISTS (SELECT 1 FROM sample_ratings AS k WHERE k.sample_id = j.value)
    OR EXISTS (SELECT 1 FROM sample_notes AS k WHERE k.sample_id = j.value)
    OR EXISTS (SELECT 1 FROM recent_uses AS k WHERE k.sample_id = j.value)
    OR EXISTS (SELECT 1 FROM tags AS k WHERE k.sample_id = j.value);
