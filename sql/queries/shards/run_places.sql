-- In a shard: where tags of some of the set's runs are (?1: their numbers, as JSON).
SELECT t.sample_id, t.start_s
FROM json_each(?1) AS j
JOIN tag_runs AS r ON json_extract(r.params, '$.set_run') = j.value
JOIN tags AS t USING (run_id)
