-- Own embeddings whose sounds have no place on a map (?2) by this very vector.
SELECT e.embedding_id, e.sample_id
FROM embeddings AS e
LEFT JOIN layout_umap AS u
    ON u.layout_id = ?2 AND u.sample_id = e.sample_id AND u.embedding_id = e.embedding_id
WHERE e.model_id = ?1 AND e.window_index IS NULL AND u.sample_id IS NULL
ORDER BY e.embedding_id
