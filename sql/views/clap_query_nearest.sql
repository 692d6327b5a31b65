-- The 100 sounds nearest to every stored query (clap_queries) of the default model: the fast form of
-- clap_query_scores, for queries in which nothing is not wanted. Needs sqlite-vec; with a condition
-- on the name, one query is looked up.
SELECT q.name, e.sample_id, s.path, 1.0 - v.distance AS score
FROM clap_queries AS q
CROSS JOIN vec_{model_id} AS v
    ON v.vector MATCH q.vector AND v.k = 100 + json_array_length(q.left_out) AND v.is_window = 0
CROSS JOIN embeddings AS e ON e.embedding_id = v.embedding_id
CROSS JOIN samples AS s ON s.sample_id = e.sample_id
WHERE q.model_id = {model_id}
    AND typeof(v.distance) = 'real'
    AND NOT EXISTS (SELECT 1 FROM clap_query_against AS a WHERE a.query_id = q.query_id)
    AND (
        q.left_out = '[]' OR e.sample_id NOT IN (SELECT j.value FROM json_each(q.left_out) AS j)
    )
