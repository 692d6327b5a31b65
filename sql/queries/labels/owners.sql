-- The samples that embeddings belong to; ?1 is a JSON array of embedding ids.
SELECT e.embedding_id, e.sample_id
FROM json_each(?1) AS wanted
CROSS JOIN embeddings AS e ON e.embedding_id = wanted.value;
