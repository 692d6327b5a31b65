-- The other library's embeddings of its model {other_id}: ?1 is added to samples, ?2 to embeddings.
INSERT INTO embeddings (embedding_id, sample_id, model_id, window_index, start_s, end_s, created_at)
SELECT embedding_id + ?2, sample_id + ?1, {model_id}, window_index, start_s, end_s, created_at
FROM other.embeddings WHERE model_id = {other_id} ORDER BY embedding_id
