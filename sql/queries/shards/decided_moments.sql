-- In a shard: moments (embeddings of model ?2) that something said of sounds or spans, ?1 a JSON array of
-- [sample, start, end], speaks for, as labels/decided_moments; ?3 is the share.
SELECT DISTINCT e.embedding_id
FROM (
    SELECT value ->> 0 AS sample_id, value ->> 1 AS start_s, value ->> 2 AS end_s
    FROM json_each(?1)
) AS d
JOIN embeddings AS e ON e.sample_id = d.sample_id AND e.model_id = ?2
WHERE iif(
    d.start_s IS NULL,
    e.window_index IS NULL,
    min(d.end_s, e.end_s) - max(d.start_s, e.start_s) + 1e-6
    >= ?3 * min(d.end_s - d.start_s, e.end_s - e.start_s)
)
