-- Anchors that can score under the model, with their vectors, in the order of labels: whole sounds
-- by their own vector, spans by the span's, where that is of the sound as it is now.
SELECT
    a.label_id, a.polarity, a.weight, a.sample_id, s.content_hash, s.source_id, s.path,
    coalesce(v.vector, p.vector)
FROM anchors AS a
CROSS JOIN samples AS s ON s.sample_id = a.sample_id
LEFT JOIN embeddings AS e
    ON a.start_s IS NULL AND e.sample_id = a.sample_id AND e.model_id = {model_id}
    AND e.window_index IS NULL
LEFT JOIN vec_{model_id} AS v ON v.embedding_id = e.embedding_id AND v.is_window = 0
LEFT JOIN span_vectors AS p
    ON p.sample_id = a.sample_id AND p.start_s = a.start_s AND p.end_s = a.end_s
    AND p.model_id = {model_id} AND p.content_hash = s.content_hash
WHERE coalesce(v.vector, p.vector) IS NOT NULL
ORDER BY a.label_id, a.polarity DESC, a.anchor_id;
