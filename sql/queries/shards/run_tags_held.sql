-- In a shard: tags of some of the set's runs (?1: their labels by their numbers, as JSON), on spans
-- (?2: 1) or on whole sounds (0).
SELECT DISTINCT t.sample_id, j.value, t.start_s, t.end_s
FROM json_each(?1) AS j
JOIN tag_runs AS r ON json_extract(r.params, '$.set_run') = CAST(j.key AS INTEGER)
JOIN tags AS t USING (run_id)
WHERE (t.start_s IS NOT NULL) = ?2
