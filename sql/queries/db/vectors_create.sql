-- A model's vector table and the trigger that keeps it in step with embeddings.
CREATE VIRTUAL TABLE vec_{model_id} USING vec0 (
    embedding_id INTEGER PRIMARY KEY,
    is_window BOOLEAN,
    vector FLOAT[{dim}] distance_metric=cosine,
    chunk_size=64
);

CREATE TRIGGER embeddings_removed_vec_{model_id} AFTER DELETE ON embeddings
WHEN OLD.model_id = {model_id}
BEGIN
    DELETE FROM vec_{model_id} WHERE embedding_id = OLD.embedding_id;
END;
