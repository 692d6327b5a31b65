-- Samples of certain sizes (?2, a JSON array), with what tells their file, and whether they have a
-- vector under model ?1.
SELECT
    s.sample_id, s.content_hash, s.bytes, src.root, s.path, s.path_bytes,
    EXISTS (
        SELECT 1 FROM embeddings AS e
        WHERE e.sample_id = s.sample_id AND e.model_id = ?1 AND e.window_index IS NULL
    ) AS has_vector
FROM samples AS s
JOIN sources AS src USING (source_id)
WHERE s.bytes IN (SELECT value FROM json_each(?2))
ORDER BY s.sample_id;
