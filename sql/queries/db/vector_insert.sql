INSERT INTO vec_{model_id} (embedding_id, is_window, vector) VALUES (?, ?, ?);
