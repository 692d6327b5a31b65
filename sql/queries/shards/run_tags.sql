-- In a shard: tags of some of the set's runs (?1: their labels by their numbers, as JSON) on the next ?3
-- sounds after ?2, or (?4) on one sound; each pair's last one.
WITH part AS MATERIALIZED (
    SELECT r.run_id, CAST(j.key AS INTEGER) AS set_run, j.value AS label
    FROM json_each(?1) AS j
    JOIN tag_runs AS r ON json_extract(r.params, '$.set_run') = CAST(j.key AS INTEGER)
),
page AS MATERIALIZED (
    SELECT DISTINCT t.sample_id
    FROM part CROSS JOIN tags AS t USING (run_id)
    WHERE t.sample_id > ?2 AND (?4 IS NULL OR t.sample_id = ?4)
    ORDER BY t.sample_id
    LIMIT ?3
)
SELECT
    s.sample_id, src.root, s.path, s.path_bytes, part.label, max(part.set_run), t.score, t.gap,
    t.confidence, t.created_at, s.heard_share, t.start_s, t.end_s
FROM page
JOIN tags AS t USING (sample_id)
JOIN part USING (run_id)
JOIN samples AS s USING (sample_id)
JOIN sources AS src USING (source_id)
GROUP BY t.sample_id, part.label, t.start_s, t.end_s
ORDER BY t.sample_id
