INSERT INTO embeddings (embedding_id, sample_id, model_id, start_s, end_s)
VALUES (?1, ?2, ?3, 0, 1);
