-- Rows of a model that don't belong together, in numbers.
SELECT
    (
        SELECT count(*) FROM embeddings AS e
        WHERE e.model_id = {model_id}
            AND NOT EXISTS (SELECT 1 FROM samples AS s WHERE s.sample_id = e.sample_id)
    ) AS embeddings_without_sample,
    (
        SELECT count(*) FROM embeddings AS e
        WHERE e.model_id = {model_id}
            AND e.embedding_id NOT IN (SELECT v.embedding_id FROM vec_{model_id} AS v)
    ) AS embeddings_without_vector,
    (
        SELECT count(*) FROM vec_{model_id} AS v
        WHERE v.embedding_id NOT IN (
            SELECT e.embedding_id FROM embeddings AS e WHERE e.model_id = {model_id}
        )
    ) AS vectors_without_embedding,
    (
        SELECT count(*) FROM samples AS s
        WHERE s.status = 'ok' AND NOT EXISTS (
            SELECT 1 FROM embeddings AS e
            WHERE e.sample_id = s.sample_id AND e.model_id = {model_id}
                AND e.window_index IS NULL
        )
    ) AS samples_without_vector;
