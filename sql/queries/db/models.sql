SELECT
    m.name, m.model_version, m.dim, m.is_default,
    iif(json_valid(m.contract), m.contract ->> '$.front_end.window_s', NULL) AS window_s,
    iif(
        json_valid(m.contract),
        coalesce(m.contract ->> '$.front_end.hop_s', m.contract ->> '$.front_end.window_s'),
        NULL
    ) AS hop_s,
    count(e.embedding_id) FILTER (WHERE e.window_index IS NULL) AS samples,
    count(e.embedding_id) FILTER (WHERE e.window_index IS NOT NULL) AS windows
FROM models AS m
LEFT JOIN embeddings AS e USING (model_id)
GROUP BY m.model_id
ORDER BY m.model_id;
