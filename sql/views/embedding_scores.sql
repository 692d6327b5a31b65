-- What label_scores and moment_scores are made of: the scores, for every label that has anchors, of
-- every vector of the default model, samples' own (part is -1) and windows (part is their number);
-- vectors without a direction (zeros, NaN) have none. Needs sqlite-vec. A condition on sample_id, and
-- one on part, is fast; without one, all are scored.
-- Windows take the place of GROUP BY: SQLite hands conditions on sample_id and part down through them.
-- An anchor on a span scores by the span's vector, where that is of the sound as it is now.
-- held_back_by says what keeps a sample from high; the rival is a label (rival_label) or a negative
-- anchor (rival_sample_id).
WITH examples AS MATERIALIZED (
    SELECT
        n.label_id, n.anchor_id, n.sample_id AS anchor_sample, n.polarity, n.weight,
        p.name AS label, p.top_k, p.threshold, p.gap AS label_gap,
        p.threshold_from = 'calibrated' AS trusted,
        coalesce(w.vector, x.vector) AS vector
    FROM anchors AS n
    CROSS JOIN samples AS y ON y.sample_id = n.sample_id
    LEFT JOIN embeddings AS o
        ON n.start_s IS NULL AND o.sample_id = n.sample_id AND o.model_id = {model_id}
        AND o.window_index IS NULL
    LEFT JOIN vec_{model_id} AS w ON w.embedding_id = o.embedding_id AND w.is_window = 0
    LEFT JOIN span_vectors AS x
        ON x.sample_id = n.sample_id AND x.start_s = n.start_s AND x.end_s = n.end_s
        AND x.model_id = {model_id} AND x.content_hash = y.content_hash
        AND length(x.vector) = (SELECT 4 * z.dim FROM models AS z WHERE z.model_id = {model_id})
    CROSS JOIN label_settings AS p ON p.label_id = n.label_id AND p.model_id = {model_id}
    WHERE coalesce(w.vector, x.vector) IS NOT NULL
        AND vec_distance_l2(
            coalesce(w.vector, x.vector), zeroblob(length(coalesce(w.vector, x.vector)))
        ) BETWEEN 1e-15 AND 1e15
)
SELECT
    sample_id, part, start_s, end_s, label_id, label, score, rival, score - rival AS gap,
    CASE
        WHEN score >= threshold AND ifnull(score - rival >= label_gap, trusted) THEN 'high'
        WHEN score >= 0.85 * threshold AND ifnull(score - rival >= 0, 1) THEN 'medium'
        ELSE 'low'
    END AS confidence,
    nullif(
        substr(
            iif(score < threshold, ', score', '') || iif(score - rival < label_gap, ', rival', '')
            || iif(rival IS NULL AND NOT trusted, ', no rival', ''),
            3
        ),
        ''
    ) AS held_back_by,
    iif(is_negative, NULL, other_label) AS rival_label,
    iif(is_negative, negative_sample, NULL) AS rival_sample_id,
    (SELECT s.heard_share FROM samples AS s WHERE s.sample_id = scored.sample_id) AS heard_share
FROM (
    SELECT
        *, iif(is_negative, negative, best_other) AS rival
    FROM (
        SELECT
            *, negative IS NOT NULL AND (best_other IS NULL OR negative > best_other) AS is_negative
        FROM (
            SELECT
                sample_id, part, start_s, end_s, label_id, label, score, negative, negative_sample, threshold, label_gap,
                trusted, first_value(score) OVER others AS best_other,
                first_value(iif(score IS NULL, NULL, label)) OVER others AS other_label
            FROM (
                SELECT
                    sample_id, part, start_s, end_s, label_id, label, threshold, label_gap, trusted,
                    avg(similarity) FILTER (WHERE polarity = 'positive' AND nth <= top_k)
                        OVER (PARTITION BY sample_id, part, label_id) AS score,
                    max(similarity) FILTER (WHERE polarity = 'negative')
                        OVER (PARTITION BY sample_id, part, label_id) AS negative,
                    max(anchor_sample) FILTER (WHERE polarity = 'negative' AND nth = 1)
                        OVER (PARTITION BY sample_id, part, label_id) AS negative_sample,
                    row_number() OVER (PARTITION BY sample_id, part, label_id) AS line
                FROM (
                    SELECT
                        sample_id, part, start_s, end_s, label_id, label, top_k, threshold, label_gap, trusted, polarity,
                        anchor_sample, similarity,
                        row_number() OVER (
                            PARTITION BY sample_id, part, label_id, polarity
                            ORDER BY similarity DESC, anchor_id
                        ) AS nth
                    FROM (
                        -- A weight never raises a similarity, not even one below zero.
                        SELECT *, min(cosine, weight * cosine) AS similarity
                        FROM (
                            SELECT
                                e.sample_id, ifnull(e.window_index, -1) AS part, e.start_s,
                                e.end_s, a.label_id, a.label, a.top_k, a.threshold,
                                a.label_gap, a.trusted, a.polarity, a.weight, a.anchor_id,
                                a.anchor_sample,
                                max(-1.0, min(1.0, 1.0 - vec_distance_cosine(v.vector, a.vector)))
                                    AS cosine
                            FROM embeddings AS e
                            CROSS JOIN vec_{model_id} AS v
                                ON v.embedding_id = e.embedding_id
                                AND v.is_window = (e.window_index IS NOT NULL)
                            CROSS JOIN examples AS a
                            WHERE e.model_id = {model_id}
                                AND vec_distance_l2(v.vector, zeroblob(length(v.vector)))
                                    BETWEEN 1e-15 AND 1e15
                        )
                    )
                )
            )
            WHERE line = 1
            WINDOW others AS (
                PARTITION BY sample_id, part ORDER BY score DESC, label_id
                ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE CURRENT ROW
            )
        )
    )
) AS scored
WHERE score IS NOT NULL
