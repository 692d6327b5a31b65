-- Moments (embeddings of model ?2) that a vote or an anchor of label ?1 speaks for: on a span that
-- overlaps by the share ?3 of the shorter of both, or on the whole of a short sound.
SELECT DISTINCT e.embedding_id
FROM (
    SELECT v.sample_id, v.start_s, v.end_s FROM votes AS v WHERE v.label_id = ?1
    UNION
    SELECT a.sample_id, a.start_s, a.end_s FROM anchors AS a WHERE a.label_id = ?1
) AS d
JOIN embeddings AS e ON e.sample_id = d.sample_id AND e.model_id = ?2
WHERE iif(
    d.start_s IS NULL,
    e.window_index IS NULL,
    min(d.end_s, e.end_s) - max(d.start_s, e.start_s) + 1e-6
    >= ?3 * min(d.end_s - d.start_s, e.end_s - e.start_s)
);
