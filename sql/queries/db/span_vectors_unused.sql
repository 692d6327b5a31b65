-- Vectors of spans that nobody speaks of any more, and of what sounds were before they changed.
SELECT p.rowid
FROM span_vectors AS p
WHERE NOT EXISTS (
        SELECT 1 FROM votes AS v
        WHERE v.sample_id = p.sample_id AND v.start_s = p.start_s AND v.end_s = p.end_s
    )
    AND NOT EXISTS (
        SELECT 1 FROM anchors AS a
        WHERE a.sample_id = p.sample_id AND a.start_s = p.start_s AND a.end_s = p.end_s
    )
    OR p.content_hash <> (SELECT s.content_hash FROM samples AS s WHERE s.sample_id = p.sample_id);
