-- Samples of the sizes of new files, with what tells their file, whether they have a vector
-- under a model, and whether they are objects that a listing no longer has.
SELECT
    s.sample_id, s.content_hash, s.bytes, src.root, s.path, s.path_bytes,
    EXISTS (
        SELECT 1 FROM embeddings AS e
        WHERE e.sample_id = s.sample_id AND e.model_id = ? AND e.window_index IS NULL
    ) AS has_vector,
    EXISTS (SELECT 1 FROM temp.gone_objects AS g WHERE g.sample_id = s.sample_id) AS is_gone
FROM samples AS s
JOIN sources AS src USING (source_id)
WHERE s.bytes IN (SELECT n.bytes FROM temp.new_sizes AS n)
ORDER BY s.sample_id;
