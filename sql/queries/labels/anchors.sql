-- A label's anchors, each with what became of its sound; :tolerance as in sqlclap.db.spans.
SELECT
    a.anchor_id, a.sample_id, a.polarity, a.weight,
    CASE
        WHEN s.sample_id IS NULL THEN 'gone'
        WHEN a.end_s > s.duration_s + :tolerance THEN 'past the end'
        WHEN :model_id IS NOT NULL AND a.start_s IS NULL AND NOT EXISTS (
            SELECT 1 FROM embeddings AS e
            WHERE e.sample_id = a.sample_id AND e.model_id = :model_id AND e.window_index IS NULL
        ) THEN 'no vector'
        WHEN :model_id IS NOT NULL AND a.start_s IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM span_vectors AS p
            WHERE p.sample_id = a.sample_id AND p.start_s = a.start_s AND p.end_s = a.end_s
                AND p.model_id = :model_id AND p.content_hash = s.content_hash
        ) THEN 'no vector'
        WHEN s.content_hash <> a.content_hash THEN 'changed'
        ELSE 'ok'
    END AS state,
    s.path, a.start_s, a.end_s
FROM anchors AS a
LEFT JOIN samples AS s USING (sample_id)
WHERE a.label_id = :label_id
ORDER BY a.anchor_id;
