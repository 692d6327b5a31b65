INSERT INTO embeddings (sample_id, model_id, window_index, start_s, end_s)
VALUES (?, ?, ?, ?, ?)
RETURNING embedding_id;
