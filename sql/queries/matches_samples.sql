-- The samples behind embeddings, by embedding_id, in any order.
SELECT
    e.embedding_id, s.sample_id, src.root, s.path, s.path_bytes, s.duration_s, s.status,
    e.start_s, e.end_s
FROM json_each(?) AS wanted
JOIN embeddings AS e ON e.embedding_id = wanted.value
JOIN samples AS s ON s.sample_id = e.sample_id
JOIN sources AS src ON src.source_id = s.source_id;
