DELETE FROM vec_{model_id} WHERE embedding_id = ?;
