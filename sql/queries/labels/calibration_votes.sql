-- Verdicts in force of label ?1 on sounds that have a vector, with where they come from.
SELECT
    v.sample_id, v.verdict, s.content_hash, v.review_id, v.stratum, v.score, w.vector, s.source_id,
    s.path
FROM votes AS v
CROSS JOIN samples AS s ON s.sample_id = v.sample_id
CROSS JOIN embeddings AS e
    ON e.sample_id = v.sample_id AND e.model_id = {model_id} AND e.window_index IS NULL
CROSS JOIN vec_{model_id} AS w ON w.embedding_id = e.embedding_id AND w.is_window = 0
WHERE v.label_id = ?1 AND v.verdict IN ('accept', 'reject')
    AND v.vote_id = (
        SELECT max(n.vote_id) FROM votes AS n
        WHERE n.label_id = v.label_id AND n.sample_id = v.sample_id
    )
ORDER BY v.vote_id;
