-- Made-up sounds' own vectors (?4 is NULL) and windows, for benchmarks; ?5 and ?6 in seconds.
INSERT INTO embeddings (embedding_id, sample_id, model_id, window_index, start_s, end_s)
VALUES (?1, ?2, ?3, ?4, ?5, ?6);
