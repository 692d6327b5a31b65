-- All sounds' scores for every stored query (clap_queries) of the default model, as `sqlclap find`
-- works them out: the cosine to what is wanted, less what is like what is not wanted. Needs
-- sqlite-vec; with a condition on the name, one query is scored.
SELECT
    q.name, e.sample_id, s.path,
    1.0 - vec_distance_cosine(v.vector, q.vector) - ifnull(
        (
            SELECT sum(a.price * max(0.0, 1.0 - vec_distance_cosine(v.vector, a.vector) - a.level))
            FROM clap_query_against AS a
            WHERE a.query_id = q.query_id
        ),
        0.0
    ) AS score
FROM clap_queries AS q
CROSS JOIN vec_{model_id} AS v
CROSS JOIN embeddings AS e ON e.embedding_id = v.embedding_id AND e.window_index IS NULL
CROSS JOIN samples AS s ON s.sample_id = e.sample_id
WHERE q.model_id = {model_id}
    AND v.is_window = 0
    AND vec_distance_l2(v.vector, zeroblob(length(v.vector))) BETWEEN 1e-15 AND 1e15
    AND (
        q.left_out = '[]' OR e.sample_id NOT IN (SELECT j.value FROM json_each(q.left_out) AS j)
    )
