-- In a shard: sounds that some of the set's runs tag (?1: their labels by their numbers, as JSON).
SELECT DISTINCT j.value, t.sample_id
FROM json_each(?1) AS j
JOIN tag_runs AS r ON json_extract(r.params, '$.set_run') = CAST(j.key AS INTEGER)
JOIN tags AS t USING (run_id)
