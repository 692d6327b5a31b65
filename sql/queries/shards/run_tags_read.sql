-- In a shard: the tags that a sound (?1) has of the set's runs, with the runs' numbers.
SELECT
    json_extract(r.params, '$.set_run') AS set_run, t.score, t.gap, t.confidence, t.created_at,
    t.start_s, t.end_s
FROM tags AS t
JOIN tag_runs AS r USING (run_id)
WHERE t.sample_id = ?1 AND json_extract(r.params, '$.set_run') IS NOT NULL;
