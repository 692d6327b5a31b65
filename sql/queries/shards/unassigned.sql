-- Own embeddings whose sounds are in no cluster of a clustering (?2) by this very vector.
SELECT e.embedding_id, e.sample_id
FROM embeddings AS e
LEFT JOIN clusters AS c
    ON c.clustering_id = ?2 AND c.sample_id = e.sample_id AND c.embedding_id = e.embedding_id
WHERE e.model_id = ?1 AND e.window_index IS NULL AND c.sample_id IS NULL
ORDER BY e.embedding_id
