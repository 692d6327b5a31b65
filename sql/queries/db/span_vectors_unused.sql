-- Vectors of spans that nobody speaks of any more, and of what sounds were before they changed.
DELETE FROM span_vectors
WHERE NOT EXISTS (
        SELECT 1 FROM anchors AS a
        WHERE a.sample_id = span_vectors.sample_id AND a.start_s = span_vectors.start_s
            AND a.end_s = span_vectors.end_s
    )
    AND NOT EXISTS (
        SELECT 1 FROM votes AS v
        WHERE v.sample_id = span_vectors.sample_id AND v.start_s = span_vectors.start_s
            AND v.end_s = span_vectors.end_s
    )
    OR content_hash <> (
        SELECT s.content_hash FROM samples AS s WHERE s.sample_id = span_vectors.sample_id
    );
