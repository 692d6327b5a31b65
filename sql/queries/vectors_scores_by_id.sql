-- Exact scores of a few embeddings against vector ?1; ?2 is a JSON array of their ids.
SELECT v.embedding_id, e.sample_id, 1.0 - vec_distance_cosine(v.vector, ?1) AS score
FROM json_each(?2) AS wanted
CROSS JOIN vec_{model_id} AS v ON v.embedding_id = wanted.value
CROSS JOIN embeddings AS e ON e.embedding_id = v.embedding_id
ORDER BY score DESC, v.embedding_id;
