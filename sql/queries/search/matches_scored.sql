-- Exact scores of a few vectors against vector ?1, and what matches tell of their samples, in any
-- order; ?2 is a JSON array of embedding ids. has_rows tells whether any table is attached. Of samples
-- that have gone meanwhile all of a match's fields are NULL.
SELECT
    v.embedding_id, 1.0 - vec_distance_cosine(v.vector, ?1) AS score,
    EXISTS (SELECT 1 FROM attachments) AS has_rows,
    /* search/match_columns */
FROM json_each(?2) AS wanted
CROSS JOIN vec_{model_id} AS v ON v.embedding_id = wanted.value
LEFT JOIN embeddings AS e ON e.embedding_id = v.embedding_id
LEFT JOIN samples AS s ON s.sample_id = e.sample_id
LEFT JOIN sources AS src ON src.source_id = s.source_id;
