-- What a composed query puts first, by its formula on the stored vectors: for any SQLite client that
-- has sqlite-vec, without sqlclap. Whole parts are put in by sqlclap.finding.plain_statement.
WITH scored AS MATERIALIZED (
    SELECT e.sample_id, e.embedding_id, {score} AS score
    FROM vec_{model_id} AS v
    CROSS JOIN embeddings AS e ON e.embedding_id = v.embedding_id
    CROSS JOIN samples AS s ON s.sample_id = e.sample_id
    WHERE e.model_id = {model_id} AND e.window_index IS NULL AND v.is_window = 0
        AND vec_distance_l2(v.vector, zeroblob(length(v.vector))) BETWEEN 1e-15 AND 1e15
        AND {conditions}
)
SELECT row_number() OVER (ORDER BY {order}) AS rank, o.score, s.*
FROM scored AS o
JOIN samples AS s USING (sample_id)
WHERE o.score >= {min_score}
ORDER BY rank
LIMIT {limit} OFFSET {offset};
