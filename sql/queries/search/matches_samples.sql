-- What matches tell of the samples behind embeddings, in any order; ?1 is a JSON array of embedding
-- ids.
SELECT
    e.embedding_id,
    /* search/match_columns */
FROM json_each(?1) AS wanted
JOIN embeddings AS e ON e.embedding_id = wanted.value
JOIN samples AS s ON s.sample_id = e.sample_id
JOIN sources AS src ON src.source_id = s.source_id;
