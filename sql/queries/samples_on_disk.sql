-- Every sample with what tells its file, and whether it has a vector under model ?1.
SELECT
    s.sample_id, s.content_hash, s.bytes, src.root, s.path, s.path_bytes,
    EXISTS (
        SELECT 1 FROM embeddings AS e
        WHERE e.sample_id = s.sample_id AND e.model_id = ?1 AND e.window_index IS NULL
    ) AS has_vector
FROM samples AS s
JOIN sources AS src USING (source_id)
ORDER BY s.sample_id;
