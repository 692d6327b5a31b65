-- The windows of a model, joined by commas, but for those that changed after ?1.
SELECT group_concat(embedding_id)
FROM embeddings
WHERE model_id = {model_id} AND window_index IS NOT NULL AND embedding_id NOT IN (
    SELECT c.embedding_id FROM embedding_changes AS c WHERE c.model_id = {model_id} AND c.seq > ?1
);
