-- What tells one state of samples' own vectors from most others, without counting them: the last of
-- them, the mark of the last change, and the index, which publishing it forgets changes for.
SELECT json_array(
    (SELECT max(e.embedding_id) FROM embeddings AS e WHERE e.model_id = ?1 AND e.window_index IS NULL),
    (SELECT c.mark FROM embedding_changes AS c WHERE c.model_id = ?1 ORDER BY c.seq DESC LIMIT 1),
    (SELECT max(m.path) FROM index_meta AS m WHERE m.model_id = ?1)
);
