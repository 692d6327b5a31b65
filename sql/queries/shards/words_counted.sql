-- Samples with words in their name, folders or metadata: ?1 is FTS5's expression. Whether each has a
-- vector of the model is told, and how often it has each phrase, with its number of words.
SELECT w.rowid AS sample_id, EXISTS (
    SELECT 1
    FROM embeddings AS e
    WHERE e.sample_id = w.rowid AND e.model_id = ?2 AND ifnull(e.window_index, -1) = -1
) AS has_vector, sqlclap_phrases(w.sound_words)
FROM sound_words AS w
WHERE w.sound_words MATCH ?1
