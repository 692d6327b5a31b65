-- Moments under model ?2 that overlap spans, [[sample, start, end], ...], by at least half of the
-- shorter of the two.
WITH spoken AS (
    SELECT
        json_extract(value, '$[0]') AS sample_id,
        json_extract(value, '$[1]') AS start_s,
        json_extract(value, '$[2]') AS end_s
    FROM json_each(?1)
)
SELECT DISTINCT e.embedding_id
FROM spoken
CROSS JOIN embeddings AS e ON e.sample_id = spoken.sample_id AND e.model_id = ?2
WHERE min(e.end_s, spoken.end_s) - max(e.start_s, spoken.start_s) + 1e-6
        >= 0.5 * min(e.end_s - e.start_s, spoken.end_s - spoken.start_s)
    AND (e.window_index IS NOT NULL OR NOT EXISTS (
        SELECT 1 FROM embeddings AS w
        WHERE w.sample_id = e.sample_id AND w.model_id = e.model_id AND w.window_index IS NOT NULL
    ))
