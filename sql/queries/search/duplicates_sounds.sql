-- The sounds of a group (?1 is a JSON array of sample ids), each against the group's first.
WITH members AS (
    SELECT
        s.sample_id, src.root, s.path, s.path_bytes, s.bytes, s.duration_s,
        s.format, s.sample_rate, s.channels, s.peak_db, s.rms_db, s.content_hash, s.heard_share,
        EXISTS (
            SELECT 1 FROM labels AS l
            CROSS JOIN anchors AS a ON a.label_id = l.label_id AND a.sample_id = s.sample_id
        )
            OR EXISTS (SELECT 1 FROM votes AS o WHERE o.sample_id = s.sample_id)
            OR EXISTS (SELECT 1 FROM tags AS t WHERE t.sample_id = s.sample_id) AS marks,
        (
            SELECT v.vector
            FROM embeddings AS e
            JOIN vec_{model_id} AS v ON v.embedding_id = e.embedding_id
            WHERE e.sample_id = s.sample_id AND e.model_id = {model_id} AND e.window_index IS NULL
                AND vec_distance_l2(v.vector, zeroblob(length(v.vector))) BETWEEN 1e-15 AND 1e15
        ) AS vector
    FROM json_each(?1) AS wanted
    JOIN samples AS s ON s.sample_id = wanted.value
    JOIN sources AS src ON src.source_id = s.source_id
)
SELECT
    m.sample_id, m.root, m.path, m.path_bytes, m.bytes, m.duration_s,
    CASE
        WHEN m.vector IS NULL OR f.vector IS NULL THEN 1.0  -- the same bytes, and silent
        ELSE ifnull(1.0 - vec_distance_cosine(m.vector, f.vector), 1.0)
    END AS score,
    m.format, m.sample_rate, m.channels, m.peak_db, m.rms_db, m.content_hash, m.marks,
    m.heard_share
FROM members AS m
JOIN (SELECT vector FROM members ORDER BY sample_id LIMIT 1) AS f
ORDER BY m.sample_id;
