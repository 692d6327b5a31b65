-- Moments of samples (a JSON array of ids) that don't begin within the times of a filter, by the
-- clock there; its conditions on `at` follow.
SELECT embedding_id
FROM (
    SELECT
        e.embedding_id,
        strftime('%Y-%m-%dT%H:%M:%f', t.started_at, e.start_s || ' seconds') AS at
    FROM json_each(:sqlclap_among) AS among
    CROSS JOIN recording_times AS t ON t.sample_id = among.value
    CROSS JOIN embeddings AS e ON e.sample_id = t.sample_id
    WHERE e.model_id = :sqlclap_model_id
)
WHERE NOT
