-- Exact scores of pairs of embeddings (?1, a JSON array of pairs) that reach ?2; missing files
-- duplicate nothing.
WITH pairs AS (
    SELECT value ->> 0 AS first, value ->> 1 AS second FROM json_each(?1)
),
scored AS (
    SELECT
        min(a.sample_id, b.sample_id) AS first_sample,
        max(a.sample_id, b.sample_id) AS second_sample,
        1.0 - vec_distance_cosine(v.vector, w.vector) AS score
    FROM pairs AS p
    CROSS JOIN embeddings AS a ON a.embedding_id = p.first
    CROSS JOIN embeddings AS b ON b.embedding_id = p.second
    CROSS JOIN vec_{model_id} AS v ON v.embedding_id = p.first
    CROSS JOIN vec_{model_id} AS w ON w.embedding_id = p.second
)
SELECT first_sample, second_sample, score
FROM scored
JOIN samples AS s ON s.sample_id = first_sample AND s.status = 'ok'
JOIN samples AS t ON t.sample_id = second_sample AND t.status = 'ok'
WHERE score >= ?2;
