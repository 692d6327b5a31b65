-- What matches tell of the samples behind embeddings, in any order; ?1 is a JSON array of embedding
-- ids. The columns from sample_id on are the fields of a match by name: root and path_bytes give its
-- file.
SELECT
    e.embedding_id, src.root, s.path_bytes,
    s.sample_id, s.path, s.duration_s, s.status, s.heard_share, s.format
FROM json_each(?1) AS wanted
JOIN embeddings AS e ON e.embedding_id = wanted.value
JOIN samples AS s ON s.sample_id = e.sample_id
JOIN sources AS src ON src.source_id = s.source_id;
