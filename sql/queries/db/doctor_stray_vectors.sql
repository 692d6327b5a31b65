-- Vectors that belong to nothing.
SELECT v.embedding_id
FROM vec_{model_id} AS v
WHERE v.embedding_id NOT IN (
    SELECT e.embedding_id FROM embeddings AS e WHERE e.model_id = {model_id}
);
