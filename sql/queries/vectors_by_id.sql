-- Vectors of embeddings; ?1 is a JSON array of their ids.
SELECT v.embedding_id, v.vector
FROM json_each(?1) AS wanted
CROSS JOIN vec_{model_id} AS v ON v.embedding_id = wanted.value;
