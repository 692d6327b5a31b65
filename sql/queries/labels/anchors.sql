-- A label's anchors, each with what became of its sound.
SELECT
    a.anchor_id, a.sample_id, a.polarity, a.weight,
    CASE
        WHEN s.sample_id IS NULL THEN 'gone'
        WHEN :model_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM embeddings AS e
            WHERE e.sample_id = a.sample_id AND e.model_id = :model_id AND e.window_index IS NULL
        ) THEN 'no vector'
        WHEN s.content_hash <> a.content_hash THEN 'changed'
        ELSE 'ok'
    END AS state,
    s.path
FROM anchors AS a
LEFT JOIN samples AS s USING (sample_id)
WHERE a.label_id = :label_id
ORDER BY a.anchor_id;
