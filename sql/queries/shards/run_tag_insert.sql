-- In a shard: gives a sound (?1) a tag of one of the set's runs (?2); nothing where the shard has no part
-- of that run.
INSERT INTO tags
    (sample_id, label_id, run_id, score, gap, confidence, created_at, start_s, end_s)
SELECT ?1, r.label_id, r.run_id, ?3, ?4, ?5, ?6, ?7, ?8
FROM tag_runs AS r
WHERE json_extract(r.params, '$.set_run') = ?2;
