-- Every sample's score, rival, gap and confidence for every label that has anchors, under the
-- default model; vectors without a direction (zeros, NaN) have none. Needs sqlite-vec. A condition
-- on sample_id is fast; without one, all are scored.
-- Windows take the place of GROUP BY: SQLite hands a condition on sample_id down through them.
WITH examples AS MATERIALIZED (
    SELECT
        n.label_id, n.polarity, n.weight, p.name AS label, p.depth, p.threshold,
        p.gap AS label_gap, w.vector
    FROM anchors AS n
    CROSS JOIN embeddings AS o
        ON o.sample_id = n.sample_id AND o.model_id = {model_id} AND o.window_index IS NULL
    CROSS JOIN vec_{model_id} AS w ON w.embedding_id = o.embedding_id AND w.is_window = 0
    CROSS JOIN label_settings AS p ON p.label_id = n.label_id AND p.model_id = {model_id}
    WHERE vec_distance_l2(w.vector, zeroblob(length(w.vector))) BETWEEN 1e-15 AND 1e15
)
SELECT
    sample_id, label_id, label, score, rival, score - rival AS gap,
    CASE
        WHEN score >= threshold AND ifnull(score - rival >= label_gap, 1) THEN 'high'
        WHEN score >= 0.85 * threshold AND ifnull(score - rival >= 0, 1) THEN 'medium'
        ELSE 'low'
    END AS confidence
FROM (
    SELECT
        sample_id, label_id, label, score, threshold, label_gap,
        CASE
            WHEN negative IS NULL THEN best_other
            WHEN best_other IS NULL THEN negative
            ELSE max(negative, best_other)
        END AS rival
    FROM (
        SELECT
            sample_id, label_id, label, score, negative, threshold, label_gap,
            max(score) OVER (
                PARTITION BY sample_id
                ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE CURRENT ROW
            ) AS best_other
        FROM (
            SELECT
                sample_id, label_id, label, threshold, label_gap,
                avg(similarity) FILTER (WHERE polarity = 'positive' AND nth <= depth)
                    OVER (PARTITION BY sample_id, label_id) AS score,
                max(similarity) FILTER (WHERE polarity = 'negative')
                    OVER (PARTITION BY sample_id, label_id) AS negative,
                row_number() OVER (PARTITION BY sample_id, label_id) AS line
            FROM (
                SELECT
                    sample_id, label_id, label, depth, threshold, label_gap, polarity, similarity,
                    row_number() OVER (
                        PARTITION BY sample_id, label_id, polarity ORDER BY similarity DESC
                    ) AS nth
                FROM (
                    -- A weight never raises a similarity, not even one below zero.
                    SELECT
                        sample_id, label_id, label, depth, threshold, label_gap, polarity,
                        min(cosine, weight * cosine) AS similarity
                    FROM (
                        SELECT
                            e.sample_id, a.label_id, a.label, a.depth, a.threshold, a.label_gap,
                            a.polarity, a.weight,
                            max(-1.0, min(1.0, 1.0 - vec_distance_cosine(v.vector, a.vector)))
                                AS cosine
                        FROM embeddings AS e
                        CROSS JOIN vec_{model_id} AS v
                            ON v.embedding_id = e.embedding_id AND v.is_window = 0
                        CROSS JOIN examples AS a
                        WHERE e.model_id = {model_id} AND e.window_index IS NULL
                            AND vec_distance_l2(v.vector, zeroblob(length(v.vector)))
                                BETWEEN 1e-15 AND 1e15
                    )
                )
            )
        )
        WHERE line = 1
    )
)
WHERE score IS NOT NULL
