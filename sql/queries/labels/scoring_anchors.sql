-- Anchors that can score under model ?1, with their vectors, in the order of labels.
SELECT a.label_id, a.polarity, a.weight, a.sample_id, s.content_hash, s.source_id, s.path, v.vector
FROM anchors AS a
CROSS JOIN samples AS s ON s.sample_id = a.sample_id
CROSS JOIN embeddings AS e
    ON e.sample_id = a.sample_id AND e.model_id = {model_id} AND e.window_index IS NULL
CROSS JOIN vec_{model_id} AS v ON v.embedding_id = e.embedding_id AND v.is_window = 0
ORDER BY a.label_id, a.polarity DESC, a.anchor_id;
