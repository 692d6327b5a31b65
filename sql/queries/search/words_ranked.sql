-- Samples with words in their name, folders or metadata, best first by FTS5's bm25: ?1 is its
-- expression. Whether each has a vector of the model that can be ranked by is told; the index
-- of embeddings answers that alone, asked by its own expression.
SELECT w.rowid AS sample_id, EXISTS (
    SELECT 1
    FROM embeddings AS e
    WHERE e.sample_id = w.rowid AND e.model_id = ?2 AND ifnull(e.window_index, -1) = -1
) AS has_vector
FROM sound_words AS w
WHERE w.sound_words MATCH ?1
ORDER BY w.rank, w.rowid;
