-- Tags of the set's runs that both libraries have a part of, ?1 added to their sounds' ids.
INSERT INTO main.tags (sample_id, label_id, run_id, score, gap, confidence, created_at, start_s, end_s)
SELECT t.sample_id + ?1, here.label_id, here.run_id, t.score, t.gap, t.confidence, t.created_at,
    t.start_s, t.end_s
FROM main.tag_runs AS here
JOIN other.tag_runs AS there
    ON json_extract(there.params, '$.set_run') = json_extract(here.params, '$.set_run')
JOIN other.tags AS t ON t.run_id = there.run_id
