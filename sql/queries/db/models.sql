SELECT
    m.name, m.model_version, m.dim, m.is_default,
    count(e.embedding_id) FILTER (WHERE e.window_index IS NULL) AS samples,
    count(e.embedding_id) FILTER (WHERE e.window_index IS NOT NULL) AS windows
FROM models AS m
LEFT JOIN embeddings AS e USING (model_id)
GROUP BY m.model_id
ORDER BY m.model_id;
