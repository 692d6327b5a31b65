-- In a shard: which of some sounds (?1, a JSON array) some of the set's runs tag (?2, a JSON object).
SELECT DISTINCT t.sample_id
FROM json_each(?1) AS wanted
JOIN tags AS t ON t.sample_id = wanted.value
JOIN tag_runs AS r USING (run_id)
JOIN json_each(?2) AS j ON json_extract(r.params, '$.set_run') = CAST(j.key AS INTEGER)
