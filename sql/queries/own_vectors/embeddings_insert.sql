-- Samples' own embeddings of the model ?2; ?1 a JSON array of sample ids.
INSERT INTO embeddings (sample_id, model_id, window_index, start_s, end_s)
SELECT s.sample_id, ?2, NULL, 0.0, ifnull(s.duration_s, 0.0)
FROM json_each(?1) AS j
CROSS JOIN samples AS s ON s.sample_id = j.value
ORDER BY j.key
RETURNING embedding_id, sample_id;
