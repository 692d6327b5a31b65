-- Exact scores of a few vectors against vector ?1, in any order; ?2 is a JSON array of their ids.
SELECT v.embedding_id, 1.0 - vec_distance_cosine(v.vector, ?1) AS score
FROM json_each(?2) AS wanted
CROSS JOIN vec_{model_id} AS v ON v.embedding_id = wanted.value;
