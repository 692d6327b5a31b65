-- Verdicts in force of label ?1 on sounds, and spans of sounds, that have a vector, with where they
-- come from.
SELECT
    v.sample_id, v.verdict, s.content_hash, v.review_id, v.stratum, v.score,
    coalesce(w.vector, p.vector), s.source_id, s.path, v.start_s IS NOT NULL
FROM votes AS v
CROSS JOIN samples AS s ON s.sample_id = v.sample_id
LEFT JOIN embeddings AS e
    ON v.start_s IS NULL AND e.sample_id = v.sample_id AND e.model_id = {model_id}
    AND e.window_index IS NULL
LEFT JOIN vec_{model_id} AS w ON w.embedding_id = e.embedding_id AND w.is_window = 0
LEFT JOIN span_vectors AS p
    ON p.sample_id = v.sample_id AND p.start_s = v.start_s AND p.end_s = v.end_s
    AND p.model_id = {model_id} AND p.content_hash = s.content_hash
WHERE v.label_id = ?1 AND v.verdict IN ('accept', 'reject')
    AND coalesce(w.vector, p.vector) IS NOT NULL
    AND v.vote_id = (
        SELECT max(n.vote_id) FROM votes AS n
        WHERE n.label_id = v.label_id AND n.sample_id = v.sample_id
            AND n.start_s IS v.start_s AND n.end_s IS v.end_s
    )
ORDER BY v.vote_id;
