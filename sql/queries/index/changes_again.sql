-- An embedding that an index passed over is looked at again with each change to the library.
INSERT INTO embedding_changes (model_id, embedding_id, op, mark)
SELECT ?1, e.embedding_id, 'add', random()
FROM embeddings AS e
WHERE e.embedding_id = ?2 AND e.model_id = ?1;
